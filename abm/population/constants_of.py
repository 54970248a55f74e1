"""From parameters and a scenario to the kernel's constants.

The only module that knows which evidence entry feeds which constant.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from abm.bout.simulate import spikes_per_met_hour
from abm.conditions import LAGS
from abm.evidence.cache import ByWhatItReads
from abm.evidence.parameters import Parameters
from abm.evidence.place import Place
from abm.kernel import layout as c
from abm.kernel.constants import (
    Activity,
    Body,
    Constants,
    Disease,
    Inflammation,
    Single,
    Step,
    single,
)
from abm.modes import MODES
from abm.places.country import (
    DiseaseRates,
    population,
    stationary_diseases,
)
from abm.population.calibration import integrate
from abm.population.deaths import (
    Deaths,
    balanced_again,
    depression_solved,
    first_guess,
    selection_by,
    solve_deaths,
)
from abm.population.dilution import dilution_factors
from abm.population.habits_and_body import (
    bmi_tables,
    habit_model,
    mode_weights,
    smoking_table,
)
from abm.population.integrals import Sums
from abm.population.misfits import Misfit, misfits_of, misfits_of_worth
from abm.population.prices import values_and_prices
from abm.population.risks import (
    by_cell,
    net_factors,
    risks_after_calibration,
    risks_before_calibration,
    rows_by_cell,
    with_found,
)
from abm.rules import il6
from abm.scenario.parts import ConstantDose, Scenario
from abm.scenario.text import ScenarioError

SINGLE = np.float32
# Evidence by sex, in the order of the layout
ZERO_SHARES = ("activity.zero_share.male", "activity.zero_share.female")
MEDIAN_DOSES = ("activity.median_dose.male", "activity.median_dose.female")
RESISTANCE_SHARES = (
    "activity.resistance_participation.male",
    "activity.resistance_participation.female",
)
CERTAIN_DIABETES = 50.0  # a hazard to date at which everybody is expected to have it
# Passes over every fifth age that find who lives to each age, and how closely deaths are solved
COARSE_PASSES = ((5, 1e-5), (5, 1e-6))

DiseaseParts = tuple[tuple[DiseaseRates, ...], Deaths, Sums, tuple[Misfit, ...]]


@dataclass(frozen=True)
class Model:
    """What one set of parameters says of people, whatever the scenario."""

    activity: Activity
    body: Body
    inflammation: Inflammation
    disease: Disease
    rates: tuple[DiseaseRates, ...]


@dataclass(frozen=True)
class CalibratedModel(Model):
    """A model that fits its place, and what calibration found on the way."""

    deaths: Deaths
    sums: Sums
    misfits: tuple[Misfit, ...]


def _activity(p: Parameters) -> Activity:
    model = habit_model(p)
    return Activity(
        tendency=by_cell(model.tendency),
        tendency_deprivation=SINGLE(model.deprivation),
        tendency_bmi=SINGLE(model.bmi),
        residual_sd=single(model.residual_sd),
        zero_share=single([p[path] for path in ZERO_SHARES]),
        low_ceiling=SINGLE(p["activity.low_dose_ceiling"]),
        median=single([p[path] for path in MEDIAN_DOSES]),
        log_sd=SINGLE(p["activity.dose_log_sd"]),
        highest=SINGLE(p["activity.maximum_dose"]),
        for_life_share=SINGLE(p["activity.habit_share.permanent"]),
        slow_share=SINGLE(p["activity.habit_share.slow"]),
        occasion_share=SINGLE(p["activity.habit_share.occasion"]),
        slow_keep=SINGLE(np.exp(-1.0 / p["activity.slow_time_constant_years"])),
        guideline=SINGLE(p["activity.guideline_dose"]),
        mode_alpha=by_cell(mode_weights(p)),
        resistance_share=single([p[path] for path in RESISTANCE_SHARES]),
        quality=single([p[mode.quality] for mode in MODES]),
        combined_factor=SINGLE(p["il6.quality.combined"]),
        combined_minimum_share=SINGLE(p["il6.quality.combined_minimum_share"]),
        marginal_met=single([p[mode.marginal_met] for mode in MODES]),
        fixed_dose=SINGLE(-1.0),
        group_bounds=single(p["activity.guideline_dose"] * np.array([0.5, 1.0, 2.0])),
    )


def _body(p: Parameters) -> Body:
    means, spreads = bmi_tables(p)
    return Body(by_cell(means), by_cell(spreads), by_cell(smoking_table(p)))


def _inflammation(p: Parameters) -> Inflammation:
    drift = p["il6.drift_time_constant_years"]
    exposure = spikes_per_met_hour(p)
    spikes = [exposure[mode.name]["exposure"] for mode in MODES]
    dose = p["il6.training.dose_scale"]
    moderate = max(spikes[0], 1e-9)
    answers = (
        p["il6.training.trial_share_with_diabetes_or_obesity"],
        p["il6.training.diabetes_or_obesity_multiplier"],
    )
    return Inflammation(
        reference=SINGLE(p["il6.reference_level"]),
        age_slope=SINGLE(p["il6.age_slope"]),
        bmi_slope=SINGLE(p["il6.bmi_slope"]),
        male=SINGLE(p["il6.male"]),
        smoker=SINGLE(p["il6.smoker"]),
        person_sd=SINGLE(p["il6.person_sd"]),
        drift_sd=SINGLE(p["il6.drift_sd"]),
        drift_keep=SINGLE(np.exp(-1.0 / drift)),
        measurement_sd=SINGLE(p["il6.measurement_sd"]),
        amplitude=SINGLE(p["il6.training.amplitude"]),
        dose_scale=SINGLE(dose),
        multiplier=SINGLE(il6.answer_to_training(1.0, *answers)),
        multiplier_of_others=SINGLE(il6.answer_to_training(0.0, *answers)),
        signalling_share=SINGLE(p["il6.training.signalling_share"]),
        obesity_bmi=SINGLE(p["il6.obesity_bmi"]),
        spike_share=SINGLE(p["il6.spike_driven_share"]),
        spike_scale=SINGLE(dose * moderate),
        spike_per_dose=single(spikes),
    )


def _before_calibration(
    parameters: Parameters, habits: Activity, rates: tuple[DiseaseRates, ...]
) -> Disease:
    """Return what is known of the clocks before reference hazards are, dilution included."""
    before = risks_before_calibration(parameters, rates)
    dilution = dilution_factors(parameters, habits, before)
    return before._replace(net_factor=single(net_factors(parameters, dilution)))


def activity_factors(parameters: Parameters) -> Single:
    """Return by what each published curve is multiplied when it acts on a habit, (clocks,)."""
    rates = stationary_diseases(parameters)
    return _before_calibration(parameters, _activity(parameters), rates).net_factor


def _calibrated(parameters: Parameters) -> tuple[Activity, Body, Disease, DiseaseParts]:
    """Return habits, body and disease that fit the place, and what was found on the way."""
    habits, body = _activity(parameters), _body(parameters)
    rates = stationary_diseases(parameters)
    risks = _before_calibration(parameters, habits, rates)
    selection, deaths = first_guess(parameters.place), None
    for every, close in COARSE_PASSES:
        sums = integrate(habits, body, risks, rates, parameters, selection, every)
        deaths = solve_deaths(sums, rates, parameters, deaths, close)
        selection = selection_by(deaths)
        rates = depression_solved(rates, deaths.causes, parameters)
        risks = with_found(risks, rates, deaths)
    sums = integrate(habits, body, risks, rates, parameters, selection)
    deaths = solve_deaths(sums, rates, parameters, deaths)
    selection = selection_by(deaths)
    rates = balanced_again(rates, deaths.causes, parameters)
    deaths = solve_deaths(sums, rates, parameters, deaths)
    body = body._replace(smoking_share=by_cell(sums.smoking))
    after = risks_after_calibration(risks, rates, sums, deaths)
    after = after._replace(death_to_date=rows_by_cell(selection.to_date))
    misfits = misfits_of(rates, deaths, sums, parameters)
    return habits, body, after, (rates, deaths, sums, misfits)


# Many inputs of a sensitivity study (policies, single bouts, costs) touch neither.
_CALIBRATED = ByWhatItReads(_calibrated)
_INFLAMMATION = ByWhatItReads(_inflammation)


def calibrated_model(parameters: Parameters) -> CalibratedModel:
    """Calibrate the model to the place under a set of parameters; the last few are kept."""
    try:
        habits, body, risks, parts = _CALIBRATED(parameters)
    except ValueError as error:
        told = f"place {parameters.place.shown}: its tables give no population: {error}"
        raise ScenarioError([told]) from error
    unsound = [name for name, table in risks._asdict().items() if not np.isfinite(table).all()]
    if unsound:
        given = ", ".join(parameters.overrides)
        raise ScenarioError(
            [
                "parameters: these values of the evidence ask for what no population can have, and "
                f"give no finite {', '.join(unsound)}.{f' Given here: {given}.' if given else ''}"
            ]
        )
    return CalibratedModel(habits, body, _INFLAMMATION(parameters), risks, *parts)


def _step(p: Parameters, months: int) -> Step:
    falling = p["il6.training.time_constant_falling_months"]
    rising = p["il6.training.time_constant_rising_months"]
    lags = [p[path] for path in LAGS.values()]
    years = months / 12.0
    return Step(
        SINGLE(years),
        *(SINGLE(np.exp(-months / tau)) for tau in (falling, rising)),
        *(SINGLE(np.exp(-months / 2.0 / tau)) for tau in (falling, rising)),
        single([np.exp(-years / lag) for lag in lags]),
        single([np.exp(-years / 2.0 / lag) for lag in lags]),
    )


def _age_sex_share(scenario: Scenario, place: Place) -> Single:
    """Return the cumulative share of the start population over cells."""
    people = population(place)
    youngest, oldest = scenario.population.ages
    ages = np.arange(c.YOUNGEST, c.OLDEST + 1)
    people = people * ((ages >= youngest) & (ages < oldest))
    if scenario.population.sex != "both":
        people[1 - c.SEXES.index(scenario.population.sex)] = 0.0
    cumulative = np.cumsum(people.ravel()) / people.sum()
    return single(np.where(cumulative > 1.0 - 1e-9, 2.0, cumulative))


def _diabetes_to_date(scenario: Scenario, found: CalibratedModel, within_curve: float) -> Single:
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
        return np.zeros(c.N_DISEASES, np.int32)
    if wanted == "none":
        return np.ones(c.N_DISEASES, np.int32)
    return np.array([2 if d in wanted else 1 for d in c.DISEASES], np.int32)


def constants_for(scenario: Scenario, parameters: Parameters) -> tuple[Constants, CalibratedModel]:
    """Return the kernel's constants for a scenario, and what calibration found."""
    found = calibrated_model(parameters)
    found = replace(found, misfits=(*found.misfits, *misfits_of_worth(found.rates, parameters)))
    within_curve = parameters["disease.diabetes_within_activity_curve"]
    hazard = _diabetes_to_date(scenario, found, within_curve)
    return _constants(scenario, parameters, found, hazard), found


def uncalibrated_constants(scenario: Scenario, parameters: Parameters) -> Constants:
    """Return constants of the right shapes, before calibration: nobody can be simulated with them.

    They are known at once, so that the kernel can be compiled for them.
    """
    rates = stationary_diseases(parameters)
    model = Model(
        _activity(parameters), _body(parameters), _inflammation(parameters),
        risks_before_calibration(parameters, rates), rates,
    )  # fmt: skip
    hazard = np.zeros((scenario.years + 1, 2 * c.N_AGES), SINGLE)
    return _constants(scenario, parameters, model, hazard)


def _constants(
    scenario: Scenario, parameters: Parameters, model: Model, diabetes_to_date: Single
) -> Constants:
    """Return the kernel's constants for what a scenario asks of a model."""
    habits = model.activity
    if isinstance(scenario.population.activity, ConstantDose):
        habits = habits._replace(fixed_dose=SINGLE(scenario.population.activity.met_hours))
    people = population(parameters.place)[:, 0]
    male = people[0] / people.sum()
    if scenario.population.sex != "both":
        male = float(scenario.population.sex == "male")
    rate = parameters["people.entrant_rate"] if scenario.population.entrants else 0.0
    return Constants(
        habits, model.body, model.inflammation, _step(parameters, scenario.step_months),
        model.disease._replace(start=_start(scenario)),
        values_and_prices(scenario, parameters, [each.prevalence for each in model.rates]),
        diabetes_to_date, _age_sex_share(scenario, parameters.place), float(rate), SINGLE(male),
    )  # fmt: skip
