"""From parameters and a scenario to the kernel's constants.

The only module that knows which evidence entry feeds which constant.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from abm.bout.simulate import spikes_per_met_hour
from abm.evidence.cache import ByWhatItReads
from abm.evidence.parameters import Parameters
from abm.kernel import layout as c
from abm.kernel.constants import (
    Activity,
    Body,
    Constants,
    Disease,
    Economics,
    Inflammation,
    Single,
    Step,
    single,
)
from abm.places.country import (
    DiseaseRates,
    Table,
    population,
    stationary_disease,
    stationary_diseases,
)
from abm.population.calibration import Sums, integrate
from abm.population.curves import all_curves
from abm.population.deaths import (
    Deaths,
    divide_deaths,
    excess_of_the_ill,
    first_guess,
    selection_by,
    solve_deaths,
)
from abm.population.habits_and_body import (
    age_table,
    bmi_tables,
    habit_model,
    mode_weights,
    smoking_table,
)
from abm.scenario.parts import ConstantDose, Scenario

SINGLE = np.float32
CERTAIN_DIABETES = 50.0  # a hazard to date at which everybody is expected to have it
IMPOSSIBLE = -100.0  # a log hazard that never happens
COARSE_PASSES = (5, 5)  # passes over every fifth age that find who lives to each age

DiseaseParts = tuple[tuple[DiseaseRates, ...], Deaths, Sums]


@dataclass(frozen=True)
class Nature:
    """What calibration found for one set of parameters, whatever the scenario."""

    activity: Activity
    body: Body
    inflammation: Inflammation
    disease: Disease
    rates: tuple[DiseaseRates, ...]
    deaths: Deaths
    sums: Sums


def by_cell(table: Table) -> Single:
    """Return a (2, ages, ...) table as one over cells."""
    return single(np.asarray(table).reshape(2 * c.N_AGES, *np.shape(table)[2:]).ravel())


def rows_by_cell(tables: Table) -> Single:
    """Return (k, 2, ages) tables as rows over cells."""
    return single(np.asarray(tables).reshape(len(tables), 2 * c.N_AGES))


def _activity(p: Parameters) -> Activity:
    model = habit_model(p)
    share = p.under("activity.habit_share")
    return Activity(
        tendency=by_cell(model.tendency),
        tendency_deprivation=SINGLE(model.deprivation),
        tendency_bmi=SINGLE(model.bmi),
        residual_sd=single(model.residual_sd),
        zero_share=single([p[f"activity.zero_share.{sex}"] for sex in c.SEXES]),
        low_ceiling=SINGLE(p["activity.low_dose_ceiling"]),
        median=single([p[f"activity.median_dose.{sex}"] for sex in c.SEXES]),
        log_sd=SINGLE(p["activity.dose_log_sd"]),
        highest=SINGLE(p["activity.maximum_dose"]),
        for_life_share=SINGLE(share["permanent"]),
        slow_share=SINGLE(share["slow"]),
        occasion_share=SINGLE(share["occasion"]),
        slow_keep=SINGLE(np.exp(-1.0 / p["activity.slow_time_constant_years"])),
        guideline=SINGLE(p["activity.guideline_dose"]),
        mode_alpha=by_cell(mode_weights(p)),
        resistance_share=single([p[f"activity.resistance_participation.{x}"] for x in c.SEXES]),
        quality=single([p[f"il6.quality.{mode}"] for mode in c.MODES]),
        combined_factor=SINGLE(p["il6.quality.combined"]),
        combined_minimum_share=SINGLE(p["il6.quality.combined_minimum_share"]),
        marginal_met=single([p[f"activity.marginal_met.{mode}"] for mode in c.MODES]),
        fixed_dose=SINGLE(-1.0),
        group_bounds=single(p["activity.guideline_dose"] * np.array([0.5, 1.0, 2.0])),
    )


def _body(p: Parameters) -> Body:
    means, spreads = bmi_tables(p)
    return Body(by_cell(means), by_cell(spreads), by_cell(smoking_table(p)))


def _inflammation(p: Parameters) -> Inflammation:
    drift = p["il6.drift_time_constant_years"]
    exposure = spikes_per_met_hour(p)
    spikes = [exposure[mode]["exposure"] for mode in c.MODES]
    dose = p["il6.training.dose_scale"]
    moderate = max(spikes[0], 1e-9)
    return Inflammation(
        *(SINGLE(p[f"il6.{name}"]) for name in ("reference_level", "age_slope", "bmi_slope")),
        *(SINGLE(p[f"il6.{name}"]) for name in ("male", "smoker", "person_sd", "drift_sd")),
        drift_keep=SINGLE(np.exp(-1.0 / drift)),
        measurement_sd=SINGLE(p["il6.measurement_sd"]),
        amplitude=SINGLE(p["il6.training.amplitude"]),
        dose_scale=SINGLE(dose),
        multiplier=SINGLE(p["il6.training.diabetes_or_obesity_multiplier"]),
        obesity_bmi=SINGLE(p["il6.obesity_bmi"]),
        spike_share=SINGLE(p["il6.spike_driven_share"]),
        spike_scale=SINGLE(dose * moderate),
        spike_per_dose=single(spikes),
    )


def _log_table(p: Parameters, root: str, divisor: float = 1.0) -> Table:
    """Return the logs of a hazard ratio by sex and age, shape (2, ages); sexes may differ."""
    paths = [f"{root}.{sex}" if f"{root}.{sex}" in p.values else root for sex in c.SEXES]
    return np.array([np.log(age_table(p[path])) / divisor for path in paths])


def _clock_paths(p: Parameters, name: str, mortality: str) -> list[str]:
    return [*(f"disease.{name}.{d}" for d in c.DISEASES), mortality]


def _ratio(p: Parameters, path: str) -> float:
    return float(p[path]) if path in p.values else 1.0


def _history(p: Parameters, rate: DiseaseRates) -> tuple[Table, Table, Table]:
    """Return the share of the well with past depression, over the year and on 1 January.

    And the rate at which its raised risk wears off on the January of each age: it keeps the share
    with a history (now ill or before) as it is, while first episodes come in over the year.
    """
    root = "disease.depression.history_share_by_age"
    share = np.array([age_table(p[f"{root}.{sex}"]) for sex in c.SEXES])
    share = np.maximum(share, rate.prevalence * 1.05)
    well_before = share - rate.prevalence
    never = 1.0 - share
    ratio = p["disease.depression.relapse_hazard_ratio"]
    first = rate.incidence * never / (never + ratio * well_before)
    start = np.maximum(well_before - first / 2.0, 1e-6)
    end_of_year = start + first
    fading = np.zeros_like(start)
    fading[:, 1:] = np.maximum(-np.log(start[:, 1:] / end_of_year[:, :-1]), 0.0)
    well = 1.0 - rate.prevalence
    return well_before / well, start / well, fading


def _disease_before_calibration(
    p: Parameters, rates: Sequence[DiseaseRates], fatality: Table
) -> Disease:
    """Return what is known of the clocks before reference hazards are."""
    curves, knots = all_curves(p)
    cells = 2 * c.N_AGES
    bmi = [
        _log_table(p, path, 5.0)
        for path in _clock_paths(p, "bmi_hazard_ratio_per_5", "mortality.bmi_hazard_ratio_per_5")
    ]
    smoking = [
        _log_table(p, path)
        for path in _clock_paths(p, "smoking_hazard_ratio", "mortality.smoking_hazard_ratio")
    ]
    place = [np.log(_ratio(p, f"disease.deprivation_hazard_ratio.{d}")) for d in c.DISEASES]
    diabetes = [_ratio(p, f"disease.diabetes_hazard_ratio.{d}") for d in c.CAUSES]
    slopes = _clock_paths(p, "il6_causal_slope", "mortality.il6_causal_slope")
    between = _clock_paths(p, "il6_between_person_slope", "mortality.il6_between_person_slope")
    depression = [np.log(_ratio(p, f"disease.depression_hazard_ratio.{d}")) for d in c.CAUSES]
    shares = [p["causal_share.diseases"]] * 6 + [p["causal_share.other_death"]]
    history, history_start, fading = _history(p, rates[c.DEPRESSION])
    recent = [
        np.clip(
            rates[k].incidence * (1.0 - fatality[k]) / np.maximum(rates[k].prevalence, 1e-9),
            0.0, 1.0,
        )
        for k in (c.HEART, c.STROKE)
    ]  # fmt: skip
    return Disease(
        log_reference=np.full((7, cells), IMPOSSIBLE, SINGLE),
        log_exit=np.full((7, cells), IMPOSSIBLE, SINGLE),
        intercept=np.full((6, cells), -1e3, SINGLE),
        bmi_slope=rows_by_cell(np.array(bmi)),
        bmi_floor=single([0.0] * 6 + [p["mortality.bmi_threshold"]]),
        smoking=rows_by_cell(np.array(smoking)),
        deprivation=single(np.repeat([*place, 0.0], 2).reshape(7, 2)),
        between_slope=single([p[path] for path in between]),
        il6_slope=single([max(p[path], 0.0) for path in slopes]),
        causal_share=single(shares),
        curve=single(curves),
        knots=single(knots),
        cap=SINGLE(p["disease.dose_cap"]),
        diabetes_ratio=single(diabetes),
        depression_log_ratio=single(depression),
        history_log_ratio=SINGLE(np.log(p["disease.depression.relapse_hazard_ratio"])),
        history_share=by_cell(history),
        history_start=by_cell(history_start),
        fading=by_cell(fading),
        recent_ratio=SINGLE(p["disease.vascular_event_depression_hazard_ratio"]),
        recent_share=rows_by_cell(np.array(recent)),
        excess=np.zeros((6, cells), SINGLE),
        case_fatality=np.zeros((6, cells), SINGLE),
        death_to_date=np.zeros(cells, SINGLE),
        start=np.zeros(6, np.int32),
    )


def _log_positive(table: Table) -> Table:
    """Return the logarithm, with :data:`IMPOSSIBLE` for 0."""
    return np.where(table > 0.0, np.log(np.maximum(table, 1e-40)), IMPOSSIBLE)


def _after_calibration(
    before: Disease, rates: Sequence[DiseaseRates], sums: Sums, deaths: Deaths
) -> Disease:
    """Fill in reference hazards, exits, intercepts, and death."""
    at_risk = np.maximum(sums.at_risk.sum(axis=-1), 1e-30)
    reference = np.array([r.incidence for r in rates]) / at_risk
    logs = np.concatenate([_log_positive(reference), np.log(deaths.reference)[None]])
    exits = np.array([r.exit_rate for r in rates])
    exits = np.concatenate([_log_positive(exits), np.full((1, 2, c.N_AGES), IMPOSSIBLE)])
    place = before.deprivation.copy()
    place[c.OTHER] = deaths.deprivation
    return before._replace(
        log_reference=rows_by_cell(logs),
        log_exit=rows_by_cell(exits),
        intercept=rows_by_cell(sums.intercept),
        excess=rows_by_cell(deaths.causes.excess),
        case_fatality=rows_by_cell(deaths.causes.case_fatality),
        deprivation=place,
    )


def _calibrated(parameters: Parameters) -> tuple[Activity, Body, Disease, DiseaseParts]:
    """Return habits, body and disease that fit the country, and what was found on the way."""
    habits, body = _activity(parameters), _body(parameters)
    rates = stationary_diseases(parameters)
    causes = divide_deaths(rates, parameters)
    before = _disease_before_calibration(parameters, rates, causes.case_fatality)
    selection = first_guess()
    for every in (*COARSE_PASSES, 1):
        sums = integrate(habits, body, before, rates, parameters, selection, every)
        deaths = solve_deaths(sums, rates, causes, parameters)
        selection = selection_by(deaths)
    removal = excess_of_the_ill(sums, rates, deaths)
    rates = tuple(
        stationary_disease(d, parameters, removal[k]) if k in removal else rates[k]
        for k, d in enumerate(c.DISEASES)
    )
    deaths = solve_deaths(sums, rates, divide_deaths(rates, parameters), parameters)
    body = body._replace(smoking_share=by_cell(sums.smoking))
    after = _after_calibration(before, rates, sums, deaths)
    after = after._replace(death_to_date=by_cell(selection.to_date))
    return habits, body, after, (rates, deaths, sums)


# Many inputs of a sensitivity study (policies, lags, single bouts, costs) touch neither.
_CALIBRATED = ByWhatItReads(_calibrated)
_INFLAMMATION = ByWhatItReads(_inflammation)


def nature(parameters: Parameters) -> Nature:
    """Calibrate the model to the country under a set of parameters; the last few are kept."""
    habits, body, risks, parts = _CALIBRATED(parameters)
    return Nature(habits, body, _INFLAMMATION(parameters), risks, *parts)


def _step(p: Parameters, months: int) -> Step:
    falling = p["il6.training.time_constant_falling_months"]
    rising = p["il6.training.time_constant_rising_months"]
    lags = [
        p["disease.lag_years.cardiometabolic"], p["disease.lag_years.cancer"],
        p["disease.lag_years.depression"], p["mortality.lag_years"],
    ]  # fmt: skip
    years = months / 12.0
    return Step(
        SINGLE(years),
        *(SINGLE(np.exp(-months / tau)) for tau in (falling, rising)),
        *(SINGLE(np.exp(-months / 2.0 / tau)) for tau in (falling, rising)),
        single([np.exp(-years / lag) for lag in lags]),
        single([np.exp(-years / 2.0 / lag) for lag in lags]),
    )


def _economics(p: Parameters) -> Economics:
    root = "economics"
    utility = [age_table(p[f"{root}.population_utility_by_age.{sex}"]) for sex in c.SEXES]
    first, later = (
        single([p[f"{root}.cost_{year}_year.{d}"] / c.COST_UNIT for d in c.DISEASES])
        for year in ("first", "later")
    )
    return Economics(
        by_cell(np.array(utility)),
        *(
            single([p[f"{root}.{what}.{d}"] for d in c.DISEASES])
            for what in ("utility_decrement", "disability_weight")
        ),
        first,
        later,
        *(SINGLE(np.log1p(p[f"{root}.discount_rate.{what}"])) for what in ("health", "costs")),
    )


def _age_sex_share(scenario: Scenario) -> Single:
    """Return the cumulative share of the start population over cells."""
    people = population()
    youngest, oldest = scenario.population.ages
    ages = np.arange(c.YOUNGEST, c.OLDEST + 1)
    people = people * ((ages >= youngest) & (ages < oldest))
    if scenario.population.sex != "both":
        people[1 - c.SEXES.index(scenario.population.sex)] = 0.0
    cumulative = np.cumsum(people.ravel()) / people.sum()
    return single(np.where(cumulative > 1.0 - 1e-9, 2.0, cumulative))


def _diabetes_to_date(scenario: Scenario, found: Nature, within_curve: float) -> Single:
    """Return the hazard of diabetes met so far by the inactive, shape (years + 1, cells).

    In a population as surveyed it is what prevalence implies; where nobody has diabetes at the
    start it grows from 0 with the years since.
    """
    years = scenario.years
    start = _start(scenario)[c.DIABETES]
    if within_curve <= 0.0:
        return np.zeros((years + 1, 2 * c.N_AGES), SINGLE)
    if start == 2:
        return np.full((years + 1, 2 * c.N_AGES), CERTAIN_DIABETES, SINGLE)
    stock = found.sums.inactive_diabetes
    if start == 0:
        return single(np.repeat(by_cell(stock)[None], years + 1, axis=0))
    rate = found.rates[c.DIABETES]
    relative = -np.log1p(-rate.prevalence) / np.maximum(stock, 1e-12)
    hazard = rate.incidence / (1.0 - rate.prevalence) / relative
    tables = np.zeros((years + 1, 2, c.N_AGES))
    for year in range(years + 1):
        for back in range(min(year, c.N_AGES - 1)):
            tables[year, :, back + 1 :] += hazard[:, : c.N_AGES - back - 1]
        tables[year] += hazard / 2.0
    return single(tables.reshape(years + 1, -1))


def _start(scenario: Scenario) -> NDArray[np.int32]:
    """Return how each disease starts: 0 as surveyed, 1 nobody has it, 2 everybody."""
    wanted = scenario.population.diseases
    if wanted == "survey":
        return np.zeros(6, np.int32)
    if wanted == "none":
        return np.ones(6, np.int32)
    return np.array([2 if d in wanted else 1 for d in c.DISEASES], np.int32)


def constants_for(scenario: Scenario, parameters: Parameters) -> tuple[Constants, Nature]:
    """Return the kernel's constants for a scenario, and what calibration found."""
    found = nature(parameters)
    within_curve = parameters["disease.diabetes_within_activity_curve"]
    risks = found.disease._replace(start=_start(scenario))
    habits = found.activity
    if isinstance(scenario.population.activity, ConstantDose):
        habits = habits._replace(fixed_dose=SINGLE(scenario.population.activity.met_hours))
    people = population()[:, 0]
    male = people[0] / people.sum()
    if scenario.population.sex != "both":
        male = float(scenario.population.sex == "male")
    rate = parameters["people.entrant_rate"] if scenario.population.entrants else 0.0
    return (
        Constants(
            habits, found.body, found.inflammation, _step(parameters, scenario.step_months),
            risks, _economics(parameters), _diabetes_to_date(scenario, found, within_curve),
            _age_sex_share(scenario), float(rate), SINGLE(male),
        ),
        found,
    )  # fmt: skip
