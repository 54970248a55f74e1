"""What health is worth and what care costs, for the kernel: the evidence in prices of one year."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.conditions import CONDITIONS
from abm.evidence.parameters import Parameters, table_at
from abm.evidence.prices import price_factor
from abm.kernel import layout as c
from abm.kernel.constants import Economics, single
from abm.places.country import Table, at_every_age
from abm.population.risks import by_cell
from abm.rules import economics
from abm.scenario.parts import Scenario

SINGLE = np.float32
UTILITIES = (
    "economics.population_utility_by_age.male",
    "economics.population_utility_by_age.female",
)
MOST_UTILITY = MOST_LOST = 1.0  # a year is worth at most a year, and an illness takes at most all
DISEASES = [each.evidence for each in CONDITIONS if each.is_disease]


def values_and_prices(scenario: Scenario, p: Parameters, prevalence: Sequence[Table]) -> Economics:
    """Return what health is worth and what care costs.

    Parameters
    ----------
    scenario
        Its perspective says whether social care counts among the costs of care.
    p
        The evidence entries.
    prevalence
        Of each disease, shape (2, ages): norms of quality of life hold the ill too.
    """
    first = _first_years(p, [e.cost_first_year for e in DISEASES])
    later = _later_years(p, [e.cost_later_year for e in DISEASES])
    social_first = _first_years(p, [e.social_care_first_year for e in DISEASES])
    social_later = _later_years(p, [e.social_care_later_year for e in DISEASES])
    counts = float(scenario.economics.perspective == "health_and_social_care")
    return Economics(
        utility=by_cell(np.minimum(utility_asked_of_the_well(p, prevalence), MOST_UTILITY)),
        decrement=single(_decrements(p)),
        share_lost=single(np.minimum(shares_asked(p), MOST_LOST)),
        disability=single([p[e.disability_weight] for e in DISEASES]),
        losses_add=SINGLE(p["economics.losses_add"]),
        first_year=single(first + counts * social_first),
        later_year=single(later + counts * social_later),
        social_first_year=single(social_first),
        social_later_year=single(social_later),
        dying=SINGLE(_price(p, "economics.cost_of_dying", p["economics.cost_of_dying"])),
        active_gain=SINGLE(
            p["economics.activity_gain_counts"] * p["economics.activity_utility_gain"]
        ),
        ill_before=SINGLE(p["economics.years_ill_at_start"]),
        health_rate=SINGLE(np.log1p(p["economics.discount_rate.health"])),
        cost_rate=SINGLE(np.log1p(p["economics.discount_rate.costs"])),
    )


def _decrements(p: Parameters) -> NDArray[np.float64]:
    """Return what a year ill takes of its quality, by disease."""
    return np.array([p[e.utility_decrement] for e in DISEASES])


def shares_asked(p: Parameters) -> NDArray[np.float64]:
    """Return the share of a year's quality that each disease takes as the evidence has it."""
    return _decrements(p) / float(p["economics.utility_of_respondents"])


def utility_asked_of_the_well(p: Parameters, prevalence: Sequence[Table]) -> Table:
    """Return the quality of a year without the diseases, shape (2, ages); it may lie above 1.

    With it the mean of everybody, ill and well, is the published norm of age and sex. Diseases are
    taken to come together as often as chance has it: the product of two decrements is below .01.
    """
    norms: Any = np.array([at_every_age(p[path]) for path in UTILITIES])
    kept: Any = np.ones_like(norms)
    lost: Any = np.zeros_like(norms)
    share: Any
    taken = np.minimum(shares_asked(p), MOST_LOST)
    for decrement, of_it, share in zip(_decrements(p), taken, prevalence, strict=True):
        kept = economics.quality_left(kept, of_it, share)
        lost = lost + decrement * share
    found: Any = economics.utility_of_the_well(norms, kept, lost, p["economics.losses_add"])
    well: Table = found
    return well


def _price(p: Parameters, path: str, amount: float) -> float:
    """Return an amount in thousands of today's money; nothing where a disease has no such cost."""
    return amount * price_factor(p, path) / c.COST_UNIT


def _first_years(p: Parameters, paths: Sequence[str]) -> NDArray[np.float64]:
    """Return the cost of an event's first year by disease."""
    return np.array([_price(p, path, p[path]) if path else 0.0 for path in paths])


def _later_years(p: Parameters, paths: Sequence[str]) -> NDArray[np.float64]:
    """Return the cost of a year ill by disease and whole years since the event.

    Nothing in the first: it is paid with the event.
    """
    found = np.zeros((len(paths), c.N_COST_YEARS))
    for k, path in enumerate(paths):
        for year in range(1, c.N_COST_YEARS) if path else ():
            found[k, year] = _price(p, path, table_at(p[path], year))
    return found
