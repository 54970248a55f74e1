"""What raises and lowers each clock's hazard: from evidence, before and after calibration."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from abm.conditions import CONDITIONS
from abm.evidence.parameters import Parameters
from abm.kernel import layout as c
from abm.kernel.constants import Disease, Single, single
from abm.places.causes_of_death import unresponsive_share
from abm.places.country import DiseaseRates, Table, at_every_age
from abm.places.depression import COURSES, leaving_rates
from abm.population.biomarker_paths import additional_il6_slopes
from abm.population.curves import all_curves
from abm.population.deaths import Deaths
from abm.population.integrals import Sums
from abm.population.years_ill import excess_by_year, years_since_diagnosis
from abm.rules import disease
from abm.rules.depression import FIRST_RECURRENT, FIRST_SINGLE, N_STATES, WELL_AFTER_OTHER

SINGLE = np.float32
IMPOSSIBLE = -100.0  # a log hazard that never happens


def by_cell(table: Table) -> Single:
    """Return a (2, ages, ...) table as one over cells."""
    return single(np.asarray(table).reshape(2 * c.N_AGES, *np.shape(table)[2:]).ravel())


def rows_by_cell(tables: Table) -> Single:
    """Return (k, 2, ages) tables as rows over cells."""
    return single(np.asarray(tables).reshape(len(tables), 2 * c.N_AGES))


def _log_positive(table: Table) -> Table:
    """Return the logarithm, with :data:`IMPOSSIBLE` for 0."""
    return np.where(table > 0.0, np.log(np.maximum(table, 1e-40)), IMPOSSIBLE)


def _log_table(p: Parameters, paths: Sequence[str], divisor: float = 1.0) -> Table:
    """Return the logs of a hazard ratio by sex and age, shape (2, ages); sexes may share a path."""
    by_sex = paths if len(paths) == len(c.SEXES) else [*paths, *paths]
    return np.array([np.log(at_every_age(p[path])) / divisor for path in by_sex])


def _ratio(p: Parameters, path: str) -> float:
    """Return a hazard ratio; 1 where there is no entry."""
    return float(p[path]) if path else 1.0


def _raised_by(p: Parameters, cause: str) -> list[float]:
    """Return the hazard ratio that a disease brings to each clock."""
    return [_ratio(p, each.evidence.raised_by.get(cause, "")) for each in CONDITIONS]


def _while_ill(p: Parameters) -> Table:
    """Return the log hazard ratios of diseases that raise others while they last."""
    table = np.zeros((c.N_CLOCKS, c.N_DISEASES))
    for j, each in enumerate(CONDITIONS):
        if each.raises == "while ill":
            table[:, j] = np.log(_raised_by(p, each.name))
    for k, each in enumerate(CONDITIONS):
        for cause, path in each.evidence.raised_while_ill_by.items():
            table[k, c.DISEASES.index(cause)] = np.log(p[path])
    return table


def _deprivation(p: Parameters) -> Table:
    """Return the log hazard ratio of the most over the least deprived, shape (clocks, sexes).

    That of all other causes is solved later, from the gap in life expectancy.
    """
    ratios = [_ratio(p, each.evidence.deprivation_hazard_ratio) for each in CONDITIONS]
    return np.repeat(np.log(ratios), 2).reshape(c.N_CLOCKS, 2)


def _recent_share(rates: Sequence[DiseaseRates], fatality: Table) -> Table:
    """Return the share of those with a vascular disease in whom it is less than a year old."""
    shares = [
        rates[k].incidence * (1.0 - fatality[k]) / np.maximum(rates[k].prevalence, 1e-9)
        for k in c.VASCULAR
    ]
    return np.clip(np.array(shares), 0.0, 1.0)


def _recent_ratio(p: Parameters) -> float:
    """Return the hazard ratio of depression in the year after a vascular event."""
    paths = {CONDITIONS[c.DEPRESSION].evidence.raised_by[c.DISEASES[k]] for k in c.VASCULAR}
    (path,) = paths  # one ratio for all of them
    return float(p[path])


def _course(p: Parameters, rate: DiseaseRates) -> dict[str, Any]:
    """Return what the course of depression is made of, recurrence before calibration."""
    assert rate.course is not None
    leaving = np.broadcast_to(
        _log_positive(leaving_rates(p))[:, None, None], (N_STATES, 2, c.N_AGES)
    )
    return {
        "course_log_rate": rows_by_cell(leaving),
        "course_share": rows_by_cell(rate.course.of_ever_ill),
        "single_course": SINGLE(p[COURSES[FIRST_SINGLE]]),
        "recurrent_course": SINGLE(p[COURSES[FIRST_RECURRENT]]),
        "applies_to_recurrence": SINGLE(p["disease.depression.applies_to_recurrence"]),
    }


def _il6_slopes(p: Parameters) -> list[float]:
    """Return each condition's causal slope on ln IL-6 signalling, with what biomarkers add."""
    more = additional_il6_slopes(p)
    return [p[each.evidence.il6_causal_slope] + more.get(each.name, 0.0) for each in CONDITIONS]


def risks_before_calibration(
    p: Parameters, rates: Sequence[DiseaseRates]
) -> Disease:
    """Return what is known of the clocks before reference hazards and deaths are."""
    curves, knots = all_curves(p)
    entries = [each.evidence for each in CONDITIONS]
    cells, diseases = 2 * c.N_AGES, c.N_DISEASES
    return Disease(
        log_reference=np.full((c.N_CLOCKS, cells), IMPOSSIBLE, SINGLE),
        log_exit=np.full((c.N_CLOCKS, cells), IMPOSSIBLE, SINGLE),
        intercept=np.full((diseases, cells), -1e3, SINGLE),
        bmi_slope=rows_by_cell(
            np.array([_log_table(p, e.bmi_hazard_ratio_per_5, 5.0) for e in entries])
        ),
        bmi_floor=single([p[e.bmi_threshold] if e.bmi_threshold else 0.0 for e in entries]),
        smoking=rows_by_cell(np.array([_log_table(p, e.smoking_hazard_ratio) for e in entries])),
        deprivation=single(_deprivation(p)),
        between_slope=single([p[e.il6_between_person_slope] for e in entries]),
        il6_slope=single(_il6_slopes(p)),
        net_factor=single([p[e.causal_share] for e in entries]),  # until dilution is known
        curve=single(curves),
        knots=single(knots),
        cap=SINGLE(p["disease.dose_cap"]),
        diabetes_ratio=single(_raised_by(p, c.DISEASES[c.DIABETES])),
        while_ill_log_ratio=single(_while_ill(p)),
        **_course(p, rates[c.DEPRESSION]),
        recent_ratio=SINGLE(_recent_ratio(p)),
        recent_share=rows_by_cell(_recent_share(rates, np.zeros((diseases, 1, 1)))),
        excess=np.zeros((diseases, cells), SINGLE),
        excess_by_year=single(excess_by_year(p)),
        years_ill=np.zeros((len(c.BY_YEARS_ILL), c.N_YEARS_ILL, cells), SINGLE),
        excess_of_several=np.zeros((c.N_COMBINATIONS, cells), SINGLE),
        case_fatality=np.zeros((diseases, cells), SINGLE),
        death_to_date=np.zeros((c.N_DEATH_CLOCKS, cells), SINGLE),
        responds=by_cell(1.0 - unresponsive_share(p)),
        start=np.zeros(diseases, np.int32),
    )


def net_factors(p: Parameters, dilution: Table) -> Table:
    """Return by what each published curve is multiplied when it acts on a habit, (clocks,)."""
    correction = p["activity.dilution.correction"]
    return np.array(
        [
            disease.net_factor(p[each.evidence.causal_share], factor, correction)
            for each, factor in zip(CONDITIONS, dilution, strict=True)
        ]
    )


def with_found(
    risks: Disease, rates: Sequence[DiseaseRates], deaths: Deaths
) -> Disease:
    """Return risks with as many recent vascular events as case fatality leaves alive.

    And with the course of depression as death leaves it.
    """
    depression = rates[c.DEPRESSION].course
    assert depression is not None
    share = _recent_share(rates, deaths.causes.case_fatality)
    return risks._replace(
        recent_share=rows_by_cell(share), course_share=rows_by_cell(depression.of_ever_ill)
    )


def risks_after_calibration(
    before: Disease, rates: Sequence[DiseaseRates], sums: Sums, deaths: Deaths
) -> Disease:
    """Fill in reference hazards, exits, intercepts, and death."""
    at_risk = np.maximum(sums.at_risk.sum(axis=-1), 1e-30)
    reference = np.array([r.incidence for r in rates]) / at_risk
    logs = np.concatenate([_log_positive(reference), _log_positive(deaths.causes.reference)])
    exits = np.array([r.exit_rate for r in rates])
    nobody = np.full((c.N_DEATH_CLOCKS, 2, c.N_AGES), IMPOSSIBLE)
    exits = np.concatenate([_log_positive(exits), nobody])
    leaving = before.course_log_rate.copy()
    leaving[WELL_AFTER_OTHER] -= by_cell(sums.recurring)
    excess, years_ill = deaths.causes.excess.copy(), []
    for k in c.BY_YEARS_ILL:
        found = years_since_diagnosis(rates[k], before.excess_by_year[k])
        excess[k] /= found.mean
        years_ill.append(rows_by_cell(found.share))
    place = before.deprivation.copy()
    place[c.ALL_ELSE] = deaths.deprivation
    return before._replace(
        log_reference=rows_by_cell(logs),
        log_exit=rows_by_cell(exits),
        course_log_rate=leaving,
        intercept=rows_by_cell(sums.intercept),
        excess=rows_by_cell(excess),
        years_ill=single(np.array(years_ill)),
        excess_of_several=rows_by_cell(deaths.causes.excess_of_several),
        case_fatality=rows_by_cell(deaths.causes.case_fatality),
        deprivation=place,
    )
