"""Tables of a policy with other minutes or adherence, of fewer persons, the same in each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.modes import MODES
from abm.results.effects_table import EffectsTable
from abm.running.effects_table import effects_table
from abm.scenario.made_in_python import checked
from abm.scenario.parts import Adds, Policy
from analysis.explore.quantities import PLACES

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]
PERSONS = 5_000
# Bands of age at a start, from which age on: the young have longer to keep it up, and die of less.
BANDS = (0, 50, 65)
CLEAR = 2.0  # standard errors from zero, below which a band tells nothing of its own


class FurtherTables:
    """A policy, and the tables of it that are made where it is changed."""

    def __init__(
        self, table: EffectsTable, threads: int | None, progress: Callable[[], Any]
    ) -> None:
        """Note what to change; ``progress`` is called before each table."""
        self.table, self.threads, self.progress = table, threads, progress
        self._made: dict[Policy, EffectsTable] = {}

    @property
    def policy(self) -> Policy:
        """The policy as it stands."""
        return self.table.policy

    @property
    def starts(self) -> tuple[int, ...]:
        """The years of starts that are simulated: the first, one in the middle, and the last."""
        known = [year for year in self.table.starts if year >= self.policy.start]
        return tuple(dict.fromkeys((known[0], known[(len(known) - 1) // 2], known[-1])))

    def met_hours(self, mode: str, minutes: float) -> float:
        """Return what minutes of a mode come to [marginal MET-hours per week]."""
        (path,) = (each.marginal_met for each in MODES if each.name == mode)
        return minutes / 60.0 * float(self.table.parameters[path])

    @property
    def dose(self) -> float:
        """The dose of the policy as it stands [marginal MET-hours per week]."""
        return sum(
            self.met_hours(mode, minutes) for mode, minutes in vars(self.policy.adds).items()
        )

    def minutes_for(self, mode: str, times: float) -> float:
        """Return the minutes of a mode that come to so many times the policy's own dose."""
        return times * self.dose / self.met_hours(mode, 1.0)

    def adds(self, times: float, more: dict[str, float] | None = None) -> Adds:
        """Return the policy's minutes times something, and more of some modes."""
        more = more or {}
        return Adds(**{
            mode: times * minutes + more.get(mode, 0.0)
            for mode, minutes in vars(self.policy.adds).items()
        })  # fmt: skip

    def changed(self, **changes: Any) -> EffectsTable:
        """Return the table of the policy with other minutes or adherence; each is made once."""
        policy = replace(self.policy, **changes, start=self.starts[0])
        if policy not in self._made:
            self._made[policy] = self._simulated(policy)
        return self._made[policy]

    def _simulated(self, policy: Policy) -> EffectsTable:
        self.progress()
        scenario = checked(replace(self.table.scenario, policies=(policy,)))
        return effects_table(
            scenario, persons=min(PERSONS, scenario.persons), starts=list(self.starts),
            parameters=self.table.parameters, threads=self.threads,
        )  # fmt: skip

    @property
    def unchanged(self) -> EffectsTable:
        """The table of the policy as it stands."""
        return self.changed()

    def factors(self, **changes: Any) -> Numbers:
        """Return what a change multiplies effects on all eligible by, (starts, bands, quantities).

        That of all ages where a band has no clear effect; 1 where there is nothing to multiply.
        """
        other = sums(self.changed(**changes))
        own, spread = sums(self.unchanged), spreads(self.unchanged)
        of_all = _ratio(other.sum(axis=1, keepdims=True), own.sum(axis=1, keepdims=True))
        return np.where(np.abs(own) > CLEAR * spread, _ratio(other, own), of_all)

    @property
    def shape(self) -> tuple[int, int, int]:
        """The shape of factors: starts, bands of age, quantities."""
        return len(self.starts), len(BANDS), len(PLACES)


def _ratio(other: Numbers, own: Numbers) -> Numbers:
    return np.divide(other, own, out=np.ones_like(own), where=own != 0.0)


def sums(table: EffectsTable, who: Flags | None = None) -> Numbers:
    """Return effects on those eligible at each start, shape (starts, bands, quantities).

    ``who``: only some persons, shape (people,).
    """
    return _summed(table, who, 1)


def spreads(table: EffectsTable, who: Flags | None = None) -> Numbers:
    """Return about the standard errors of :func:`sums`."""
    return np.sqrt(_summed(table, who, 2))


def _summed(table: EffectsTable, who: Flags | None, power: int) -> Numbers:
    eligible, first = table.eligible(), table.scenario.start_year
    found = np.zeros((len(table.starts), len(BANDS), len(PLACES)))
    for place, year in enumerate(table.starts):
        chosen = eligible[:, year - first]
        chosen = chosen if who is None else chosen & who
        bands = np.searchsorted(BANDS, table.on_january.age[:, year - first], side="right") - 1
        told = table.effects[chosen, place][:, PLACES].astype(float) ** power
        np.add.at(found[place], bands[chosen], told)
    return found


def some_groups(table: EffectsTable) -> Sequence[Flags]:
    """Return groups on which a fit is tried: all, by sex, the deprived, younger and older."""
    people = table.people
    older = (people["age"] >= people["age"].median()).to_numpy()
    female = (people["sex"] == "female").to_numpy()
    deprived = (people["deprivation"] <= 2).to_numpy()
    return [np.ones(len(people), np.bool_), female, ~female, deprived, older, ~older]
