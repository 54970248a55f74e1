"""The figures of a place by single year of age: people, deaths, and disease made consistent.

Published incidence, prevalence and excess mortality do not fit each other; left alone, prevalence
would drift for decades. :func:`stationary_disease` gives the triple an exit rate, or more
incidence, so that the population it describes is its own successor. All arrays have shape
``(2, N_AGES)``: male and female, ages 20 to 120.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from abm.conditions import DISEASES, Condition, condition
from abm.evidence.parameters import Parameters
from abm.evidence.place import Columns, Place
from abm.kernel.layout import N_AGES, OLDEST, SEXES, YOUNGEST
from abm.places.bands import LOGARITHM, LOGIT, through_bands
from abm.places.depression import Course, solve
from abm.rules.depression import NEVER

Table = NDArray[np.float64]
AGES = np.arange(YOUNGEST, OLDEST + 1)
SMOOTHING_YEARS = 7
INCIDENCE, PREVALENCE, EXCESS = (
    "incidence_per_person_year", "prevalence_share", "excess_mortality_per_case_year",
)  # fmt: skip
LEAST_SHARE = 1e-6  # of all deaths: nobody's cause is none at all, on a logarithmic scale


@dataclass(frozen=True)
class DiseaseRates:
    """What one disease does to a stationary population.

    ``incidence`` [per person alive and year], ``prevalence`` [share], ``excess`` [deaths per
    case-year], ``exit_rate`` [per case-year]: leaving the prevalent stock alive; ``raised`` is the
    factor by which incidence had to be raised where prevalence grows faster than cases come.
    ``course`` holds the states of a disease that recurs; its incidence counts first onsets.
    """

    incidence: Table
    prevalence: Table
    excess: Table
    exit_rate: Table
    raised: Table
    course: Course | None = None


def of_sex(columns: Columns, sex: str, **wanted: str) -> dict[str, Table]:
    """Return the columns of numbers of a table, of the rows with a sex and a name."""
    wanted = {"sex": sex, **wanted}
    matching = [
        all(columns[name][row] == word for name, word in wanted.items())
        for row in range(len(columns["sex"]))
    ]
    inside = np.array(matching)
    words = ("sex", "condition", "cause")
    return {
        name: np.array(column, float)[inside]
        for name, column in columns.items()
        if name not in words
    }


@cache
def population(place: Place) -> Table:
    """Return persons by sex and age, read only; nobody above the oldest age published."""
    people = np.zeros((2, N_AGES))
    for s, sex in enumerate(SEXES):
        table = of_sex(place.tables["population"], sex)
        ages = table["age"].astype(int)
        inside = (ages >= YOUNGEST) & (ages <= OLDEST)
        people[s, ages[inside] - YOUNGEST] = table["population"][inside]
    people.setflags(write=False)
    return people


@cache
def death_rates(place: Place) -> Table:
    """Return deaths from all causes per person-year, read only; constant beyond the last age."""
    tables = [of_sex(place.tables["population"], sex) for sex in SEXES]
    rates = np.array(
        [
            np.exp(np.interp(AGES, table["age"], np.log(table["deaths_per_person_year"])))
            for table in tables
        ]
    )
    rates.setflags(write=False)
    return rates


@cache
def _by_single_age(place: Place, disease: str, measure: str) -> Table:
    """Return a published measure as a curve that has the mean of every band; 0 stays 0.

    Below the first band published nobody has the disease.
    """
    scale = LOGIT if measure == PREVALENCE else LOGARITHM
    found = np.zeros((2, N_AGES))
    for s, sex in enumerate(SEXES):
        table = of_sex(place.tables["disease_rates"], sex, condition=disease)
        starts, means = table["age"], table[measure]
        if means.any():
            curve = through_bands(starts, means, AGES, scale)
            found[s] = np.where(starts[0] > AGES, 0.0, curve)
    return found


@cache
def _excess(place: Place, published_as: str, flat_from: float) -> Table:
    """Return published excess mortality, scaled to the table of causes of death where it has one.

    The scale is a curve over age too, so that the deaths of every band are those of the table:
    the mean number of cases times their excess, both held from the age ``flat_from`` on.
    """
    excess = _flat_from(_by_single_age(place, published_as, EXCESS), flat_from)
    causes = place.tables.get("causes_of_death", {"cause": ()})
    if published_as not in causes["cause"] or not excess.any():
        return excess
    prevalence = _flat_from(_by_single_age(place, published_as, PREVALENCE), flat_from)
    deaths = population(place) * prevalence * excess
    all_deaths = population(place) * death_rates(place)
    scaled = np.zeros_like(excess)
    for s, sex in enumerate(SEXES):
        if not excess[s].any():  # a disease of the other sex
            continue
        table = of_sex(causes, sex, cause=published_as)
        starts, shares = table["age"], table["share_of_deaths"]
        wanted = (
            np.maximum(shares, LEAST_SHARE)
            * _sums(all_deaths[s], starts)
            / _sums(deaths[s], starts)
        )
        scaled[s] = excess[s] * through_bands(starts, wanted, AGES, LOGARITHM, deaths[s])
    return scaled


def _sums(values: Table, starts: Table) -> Table:
    """Return sums over bands of age; the last is open."""
    return np.add.reduceat(values, (starts - YOUNGEST).astype(int))


def _flat_from(table: Table, age: float) -> Table:
    """Hold a table at its value of ``age`` from there on."""
    index = np.minimum(np.arange(N_AGES), int(age) - YOUNGEST)
    return table[:, index]


def by_sex(paths: tuple[str, ...], parameters: Parameters) -> Table:
    """Return an entry for men and women, or one for both, shape (2, 1); 1 where there is none."""
    values = [parameters[path] for path in paths] or [1.0]
    return np.array([[values[0]], [values[-1]]])


def share_of_published(row: Condition, parameters: Parameters) -> float:
    """Return what a disease has of the one that rates are published for."""
    return parameters[row.evidence.share_of_published] if row.evidence.share_of_published else 1.0


def at_every_age(value: object) -> Table:
    """Return an evidence table at every single year of age, shape (ages,)."""
    if not isinstance(value, Mapping):
        return np.full(N_AGES, value, float)
    knots = sorted(value)
    return np.interp(AGES, knots, [value[knot] for knot in knots])


def published_disease(disease: str, parameters: Parameters) -> tuple[Table, Table, Table]:
    """Return incidence, prevalence and excess mortality as published, scaled by the evidence.

    Deaths stay those of the table of causes, whatever the scale on their cases.
    """
    row = condition(disease)
    incidence, prevalence = (
        _by_single_age(parameters.place, row.published_as, measure)
        for measure in (INCIDENCE, PREVALENCE)
    )
    flat = parameters["disease.rates_flat_from_age"]
    of_cases = by_sex(row.evidence.prevalence_scale, parameters)
    of_deaths = by_sex(row.evidence.death_scale, parameters)
    share = share_of_published(row, parameters)
    incidence = incidence * share * by_sex(row.evidence.incidence_scale, parameters)
    prevalence = prevalence * share * of_cases
    excess = _excess(parameters.place, row.published_as, flat)
    excess = excess * of_deaths / np.where(of_cases > 0.0, of_cases, 1.0)
    if row.evidence.incidence_flat_from_age:
        incidence = _flat_from(incidence, parameters[row.evidence.incidence_flat_from_age])
    if row.sex == "female":
        incidence, prevalence, excess = (
            np.stack([np.zeros(N_AGES), table[1]]) for table in (incidence, prevalence, excess)
        )
    return _flat_from(incidence, flat), _flat_from(prevalence, flat), excess


def death_ratio(row: Condition, parameters: Parameters) -> Table:
    """Return by how much those with a chronic disease and no other die faster, shape (ages,).

    Over those with none, of everything: straight in the logarithm between the ages published.
    """
    ratios = parameters[row.evidence.death_hazard_ratio]
    ages = sorted(ratios)
    logs = [np.log(ratios[age]) for age in ages]
    return np.asarray(np.exp(np.interp(AGES, ages, logs)), float)


def _smoothed(rates: Table, weights: Table) -> Table:
    """Return a moving average over age, weighted by ``weights``."""
    window = np.ones(SMOOTHING_YEARS)
    smooth = [
        np.convolve(r * w, window, "same") / np.maximum(np.convolve(w, window, "same"), 1e-30)
        for r, w in zip(rates, weights, strict=True)
    ]
    return np.array(smooth)


def _solved_incidence(prevalence: Table, faster: Table) -> Table:
    """Return the incidence that brings a cohort from each age's prevalence to the next one's.

    ``faster`` is by how much the ill die faster. Where prevalence sets in at some age, its first
    cases come in the year before.
    """
    later = np.column_stack([prevalence[:, 1:], prevalence[:, -1]])
    middle = (prevalence + later) / 2.0
    return np.maximum(later - prevalence + middle * (1.0 - middle) * faster, 0.0)


def _excess_by_ratio(
    paths: tuple[str, ...], prevalence: Table, parameters: Parameters
) -> Table:
    """Return by how much the ill die faster than the well, from the ratio of all their deaths."""
    more = np.array([at_every_age(parameters[path]) for path in paths]) - 1.0
    return more * death_rates(parameters.place) / (1.0 + more * prevalence)


def stationary_disease(
    disease: str, parameters: Parameters, removal: Table | None = None,
    selection: Table | float = 0.0,
) -> DiseaseRates:  # fmt: skip
    """Return one disease's rates, made stationary over age.

    Prevalence P follows dP/da = incidence - P (excess (1 - P) + exit). The exit rate that makes
    this hold is smoothed over age; where it is negative, incidence is raised instead. A disease
    that kills by a ratio alone has its excess from that ratio. Where no incidence is published, it
    is solved: see :func:`_solved_incidence`. ``removal`` is by how much the ill die faster in the
    model, where that is known better than by the published excess. A recurrent disease has its
    states solved from its own rates instead; ``selection`` is by how much those who ever had it die
    faster for what else tells them from others.
    """
    row = condition(disease)
    if row.kind == "recurrent":
        return _recurrent(row, parameters, removal, selection)
    incidence, prevalence, excess = published_disease(disease, parameters)
    if row.kills == "after":
        excess = (death_ratio(row, parameters) - 1.0) * death_rates(parameters.place)
    if row.kills == "by all-cause ratio":
        excess = _excess_by_ratio(row.evidence.all_cause_hazard_ratio, prevalence, parameters)
    faster = excess if removal is None else removal
    if not incidence.any():
        solved = _solved_incidence(prevalence, faster)
        none = np.zeros_like(excess)
        return DiseaseRates(solved, prevalence, excess, none, none + 1.0)
    present = prevalence > 0.0
    slope = np.gradient(prevalence, axis=1)
    held = np.maximum(prevalence, 1e-12)
    exit_rate = (incidence - slope) / held - faster * (1.0 - prevalence)
    exit_rate = np.where(present, _smoothed(exit_rate, held), 0.0)
    raised = incidence + np.maximum(-exit_rate, 0.0) * prevalence
    factor = np.where(incidence > 0.0, raised / np.maximum(incidence, 1e-30), 1.0)
    return DiseaseRates(raised, prevalence, excess, np.maximum(exit_rate, 0.0), factor)


def _recurrent(
    row: Condition, parameters: Parameters, removal: Table | None, selection: Table | float
) -> DiseaseRates:
    """Return the rates of a disease whose states are solved; nobody leaves those ever ill."""
    excess = (parameters[row.evidence.death_hazard_ratio] - 1.0) * death_rates(parameters.place)
    faster = excess if removal is None else removal
    course = solve(parameters, faster, np.broadcast_to(selection, faster.shape))
    first = course.onset * course.share[NEVER]
    return DiseaseRates(
        first, course.ill, excess, np.zeros_like(first), np.ones_like(first), course
    )


def stationary_diseases(parameters: Parameters) -> tuple[DiseaseRates, ...]:
    """Return the rates of all diseases in the order of their table."""
    return tuple(stationary_disease(disease, parameters) for disease in DISEASES)
