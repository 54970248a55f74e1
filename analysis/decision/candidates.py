"""The policies among which a budget is shared out, person by person, and the groups they are of.

A person belongs to one group of a policy: sex, quintile of deprivation, and the age band on the
first 1 January on which the policy could take them. So whoever comes to be eligible later (enters,
reaches the age, falls below the dose) is counted from that year on, in the band of that year.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abm.kernel import layout as c
from abm.results.answer import Answer
from abm.results.claims import FEWEST_CONTRIBUTING
from abm.results.effects_table import EffectsTable

Numbers = NDArray[np.float64]
Whole = NDArray[np.int64]
MEASURES = ("offered", "started", "policy_cost", "care_cost_averted", "qalys_gained")
OFFERED, STARTED, COST, CARE, QALYS = range(len(MEASURES))
NOBODY = -1
FIRST_AGE, YEARS_OF_BAND = 20, 10


class Group(NamedTuple):
    """A group of one policy: ages as a band, sex, quintile of deprivation (1 the most deprived)."""

    age_band: str
    sex: str
    deprivation: int


@dataclass(frozen=True)
class Candidate:
    """What one policy does to each person were it offered to everybody eligible.

    Attributes
    ----------
    scenario, policy
        Their names.
    reach
        The largest share of a group that can be offered it.
    groups
        In the order of ``of_person``.
    of_person
        The place of each person's group, shape (people,); :data:`NOBODY` where the policy can
        never take them, or their group is too small to judge.
    values
        What each person contributes if the policy is offered, shape (people, measures), in the
        order of :data:`MEASURES`: chances and discounted sums.
    place_cost
        What is paid for each person as a resident once the policy runs where they live, whether
        they are offered it or not, shape (people,) [currency].
    fixed
        What is paid once it runs anywhere, for the simulated persons [currency].
    left_out
        Share of the eligible whose groups are too small to judge.
    ages
        Of whom the policy takes, [from, to); None for all.
    """

    scenario: str
    policy: str
    reach: float
    groups: tuple[Group, ...]
    of_person: Whole = field(repr=False)
    values: Numbers = field(repr=False)
    place_cost: Numbers = field(repr=False)
    fixed: float
    left_out: float = 0.0
    ages: tuple[int, int] | None = None

    @property
    def label(self) -> str:
        """The policy with its scenario, once where both have one name."""
        return label_of(self.policy, self.scenario)


def label_of(policy: str, scenario: str) -> str:
    """Return a policy with its scenario in brackets, once where both have one name."""
    return policy if policy == scenario else f"{policy} ({scenario})"


def candidate_of(table: EffectsTable, half: NDArray[np.bool_]) -> Candidate:
    """Return the policy of an effects table as a candidate.

    Parameters
    ----------
    table
        Of a policy with costs.
    half
        One half of the people, shape (people,): a group needs enough of both.
    """
    whole = table.answer(reach=1.0)
    first = first_january(table)
    groups, of_person = _groups(table, first, half)
    values, place_cost = _by_person(table, whole)
    eligible = first != NOBODY
    lost = (eligible & (of_person == NOBODY)).sum() / max(int(eligible.sum()), 1)
    fixed = float(whole.fixed[list(whole.units).index("policy_cost")])
    policy = table.policy
    return Candidate(table.scenario.name, policy.name, policy.reach, groups, of_person, values,
                     place_cost, fixed, float(lost), policy.eligible.ages)  # fmt: skip


def _by_person(table: EffectsTable, whole: Answer) -> tuple[Numbers, Numbers]:
    """Return what each person contributes if offered the policy, and costs as a resident anyhow."""
    price = table.policy.cost
    names = list(whole.units)
    values = whole.by_person[:, [names.index(name) for name in MEASURES]].copy()
    if price is None or price.per_resident_year == 0.0:
        return values, np.zeros(len(values))
    free = table.answer(reach=1.0, cost=replace(price, per_resident_year=0.0))
    of_place = values[:, COST] - free.by_person[:, names.index("policy_cost")]
    longer = whole.by_person[:, names.index("resident_years")] * price.per_resident_year
    longer = np.where(of_place != 0.0, longer, 0.0)  # of residents where the policy runs
    values[:, COST] -= of_place - longer
    return values, of_place - longer


def first_january(table: EffectsTable) -> Whole:
    """Return the place of the first year in which the policy could take each person."""
    policy, years = table.policy, table.years
    runs = (years >= policy.start) & (years < (policy.end or years[-1] + 1))
    possible = table.eligible() & table.on_january.there & runs
    first = possible.argmax(axis=1)
    return np.where(possible.any(axis=1), first, NOBODY)


def _groups(
    table: EffectsTable, first: Whole, half: NDArray[np.bool_]
) -> tuple[tuple[Group, ...], Whole]:
    """Return the groups with enough people in both halves, and the group of each person."""
    people = np.arange(len(first))
    age = table.on_january.age[people, np.maximum(first, 0)]
    band = np.clip((age - FIRST_AGE) // YEARS_OF_BAND, 0, c.N_BANDS - 1)
    sex = table.people["sex"].to_numpy()
    fifth = table.people["deprivation"].to_numpy()
    found: list[Group] = []
    of_person = np.full(len(first), NOBODY, np.int64)
    for one_sex in c.SEXES:
        for quintile in range(1, c.N_FIFTHS + 1):
            theirs = (first != NOBODY) & (sex == one_sex) & (fifth == quintile)
            for bands in joined_bands(band[theirs & half], band[theirs & ~half]):
                of_person[theirs & np.isin(band, bands)] = len(found)
                found.append(Group(_named(bands), one_sex, quintile))
    return tuple(found), of_person


def joined_bands(first: Whole, second: Whole, fewest: int = FEWEST_CONTRIBUTING) -> list[list[int]]:
    """Return age bands, neighbours joined until both halves have enough people of each.

    Parameters
    ----------
    first, second
        The places of the bands of the people of either half.
    fewest
        How many are enough.

    Returns
    -------
        From the youngest to the oldest; nothing where there are too few of all ages together.

    Examples
    --------
    >>> joined_bands([0, 0, 1, 2, 3, 3], [0, 0, 1, 1, 2, 3], fewest=2)
    [[0], [1, 2, 3]]
    """
    numbers = [np.bincount(np.asarray(each, np.int64), minlength=c.N_BANDS)
               for each in (first, second)]  # fmt: skip
    found: list[list[int]] = []
    open_ones: list[int] = []
    for band in range(c.N_BANDS):
        if any(each[band] for each in numbers):
            open_ones.append(band)
        if open_ones and min(int(each[open_ones].sum()) for each in numbers) >= fewest:
            found.append(open_ones)
            open_ones = []
    if found:
        found[-1] = found[-1] + open_ones
    return found


def _named(bands: list[int]) -> str:
    """Return bands as one: 20-29, 70-89 or 80+."""
    start, last = c.AGE_BANDS[bands[0]], c.AGE_BANDS[bands[-1]]
    low = start.rstrip("+").partition("-")[0]
    high = last.partition("-")[2]
    return f"{low}-{high}" if high else f"{low}+"


def halves_of(people: pd.DataFrame) -> NDArray[np.bool_]:
    """Return one half of the people, those of even numbers, shape (people,).

    People are drawn independently of one another, so either half is a sample of its own.
    """
    return np.asarray(people["person"].to_numpy() % 2 == 0)
