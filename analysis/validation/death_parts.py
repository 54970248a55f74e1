"""Death as the sum of its causes: what published curves make of it, and where the causes fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from abm import load_scenario, simulate
from abm.conditions import CONDITIONS, Condition
from abm.evidence.parameters import Parameters, central_parameters
from abm.evidence.place import bundled_place
from abm.kernel import layout as c
from abm.places.causes_of_death import unresponsive_share
from abm.places.country import Table, death_rates, population
from abm.population.constants_of import activity_factors, calibrated_model
from abm.population.curves import published_curve
from abm.results.outcome_tables import everybody
from analysis.validation.cohorts import cohort
from analysis.validation.estimates import Found, Size, exactly, over_seeds

PLACE = bundled_place()

YEARS, OLD = 5, 65
BANDS = dict(zip(c.AGE_BANDS, range(c.YOUNGEST, 100, 10), strict=True))


def deaths_by_cause(p: Parameters, at_once: bool = False) -> dict[str, Table]:
    """Return the country's deaths a year by cause, sex and age.

    Those of depression are put down to all other causes in registers, and stand apart here.
    ``at_once``: of diseases fatal events alone, which is what kills people who had none of them.
    """
    found = calibrated_model(p)
    causes, people = found.deaths.causes, population(PLACE)
    ill = dict(zip(c.BY_OWN_RATE, causes.having[c.N_COMBINATIONS :], strict=True))
    deaths = {}
    for k, name in enumerate(c.DISEASES):
        rate = found.rates[k]
        own = ill[k] * causes.excess[k] if k in ill else 0.0
        later = 0.0 if at_once else own + causes.put_down[k]
        deaths[name] = people * (causes.case_fatality[k] * rate.incidence + later)
    for place, name in enumerate(c.CAUSES[c.N_DISEASES :]):
        deaths[name] = people * causes.other[place]
    return deaths


def _ratio(row: Condition, relative: float, still: Table) -> Table | float:
    """Return what a relative risk makes of a cause's deaths; a part of all else stays as it is."""
    return still + (1.0 - still) * relative if row.unresponsive else relative


def ratio_of_parts(
    p: Parameters,
    relative_risk: Callable[[Condition], float],
    ages: slice,
    at_once: bool = False,
) -> float:
    """Return the relative risk of death that those of its causes add up to.

    Parameters
    ----------
    p
        Parameters.
    relative_risk
        That of a cause, from its row.
    ages
        Completed years of age, such as ``slice(60, 70)``.
    at_once
        See :func:`deaths_by_cause`.
    """
    near = slice(ages.start - c.YOUNGEST, ages.stop - c.YOUNGEST)
    still = unresponsive_share(p)[:, near]
    by_cause = deaths_by_cause(p, at_once)
    before = after = 0.0
    for row in CONDITIONS:
        deaths = by_cause[row.name][:, near]
        before += float(deaths.sum())
        after += float((deaths * _ratio(row, relative_risk(row), still)).sum())
    return after / before


def at_dose(p: Parameters, dose: float) -> Callable[[Condition], float]:
    """Return the relative risk of a cause that a published dose brings about, from its row."""
    net = dict(zip(c.CAUSES, activity_factors(p).tolist(), strict=True))

    def relative(row: Condition) -> float:
        doses, logs = published_curve(row.curve, p[row.evidence.curve_position])
        return float(np.exp(net[row.name] * logs[list(doses).index(dose)]))

    return relative


def share_left(p: Parameters) -> pd.DataFrame:
    """Return which share of all deaths is left for all other causes.

    Columns sex, age_band, left (of the band's deaths), least and at (the age with the smallest
    share), cut (ages at which the other causes do not fit, so that nearly nothing is left).
    """
    causes, deaths = calibrated_model(p).deaths.causes, population(PLACE) * death_rates(PLACE)
    rows = []
    for s, sex in enumerate(c.SEXES):
        for band, first in BANDS.items():
            inside = slice(first - c.YOUNGEST, first + 10 - c.YOUNGEST)
            left, weight = causes.left[s, inside], deaths[s, inside]
            most = left * death_rates(PLACE)[s, inside] + 1e-9
            held = int((causes.other[-1, s, inside] > most).sum())
            rows.append((sex, band, float(left @ weight / weight.sum()), float(left.min()),
                         first + int(left.argmin()), held))  # fmt: skip
    return pd.DataFrame(rows, columns=["sex", "age_band", "left", "least", "at", "cut"])


# Item 30


def averted_by_cause(size: Size) -> Found:
    """Let everyone meet the guideline: which share of the deaths averted is of all other causes?

    Beside it, what the curves of the causes add up to where all of the published effect is causal,
    and how little of all deaths other causes leave for all else.
    """

    def one(seed: int) -> dict[str, float]:
        scenario = load_scenario("everyone_meets_guideline")
        rows = simulate(scenario, persons=size.persons, seed=seed).effects.set_index("outcome")
        averted = rows["expected_averted"]
        return {"30.outside": 100.0 * averted["deaths.all_else"] / averted["deaths"]}

    as_published = {"activity.dilution.correction": 0.0}
    p = central_parameters({**cohort("replication").parameters, **as_published})
    parts = {
        f"30.parts.{dose:g}": exactly(ratio_of_parts(p, at_dose(p, dose), slice(60, 70)))
        for dose in (4.375, 8.75, 17.5)
    }
    table = share_left(central_parameters())
    least = table.loc[table["least"].idxmin()]
    where = f"{least['sex']}, {least['at']:.0f} years"
    return over_seeds(size, one) | parts | {
        "30.least_left": replace(exactly(least["least"]), remark=where),
        "30.cut": exactly(table["cut"].sum()),
    }  # fmt: skip


# Item 32


def dementia(size: Size) -> Found:
    """Simulate the country for five years: cases of 65 and over, deaths and new cases a year."""
    scale = float(population(PLACE).sum()) / size.persons

    def one(seed: int) -> dict[str, float]:
        scenario = load_scenario("uk", ["population.ages=[20, 111]"])
        result = simulate(scenario, persons=size.persons, years=YEARS, seed=seed,
                          keep_people=True)  # fmt: skip
        people, rows = result.people, result.outcomes
        old = people[(people["entry_year"] == people["entry_year"].min()) & (people["age"] >= OLD)]
        flows = rows[everybody(rows)].groupby("measure", observed=True)["value"].sum() / YEARS
        return {
            "32.cases": scale * float(old["prevalent.dementia"].sum()),
            "32.deaths": scale * float(flows["deaths.dementia"]),
            "32.new": scale * float(flows["incidence.dementia"]),
        }

    return over_seeds(size, one)
