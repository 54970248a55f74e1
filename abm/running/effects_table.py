"""One call from a scenario to its effects table: ``effects_table``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from abm.evidence.parameters import Parameters
from abm.kernel import layout as c
from abm.kernel.asking import draw_offers
from abm.kernel.blocks import PERSONS_PER_BLOCK, seed_words
from abm.kernel.constants import packed_plan
from abm.limits import as_number, described, misfit, problems_of, refuse
from abm.population.setup import Setup
from abm.results.effects_table import EffectsTable, Januaries
from abm.results.persons import ENTRANT_IDS, NEVER
from abm.running.engines.base import Failure
from abm.running.engines.named import engine_named
from abm.running.engines.tasks import outcomes
from abm.running.every_start import (
    AGE,
    BMI,
    DOSE,
    FIFTH,
    SEX,
    PeopleByStart,
    from_every_start,
    kept_by_person,
    nobody_yet,
    people_from,
)
from abm.running.finished_work import FinishedWork, Slots
from abm.running.queue import TasksFailed
from abm.running.setup import set_up, with_sizes
from abm.running.simulate import no_parameters
from abm.scenario.hints import nearest
from abm.scenario.load import load_scenario
from abm.scenario.parts import Eligibility, Policy, Scenario

EVERYBODY = Eligibility(None, "both", None, None, None, None)
FEWEST = 2  # of one person no Monte Carlo error can be told


def effects_table(
    scenario: Scenario | str | Path,
    *,
    policy: str | int | None = None,
    persons: int | None = None,
    years: int | None = None,
    seed: int | None = None,
    starts: Sequence[int] | None = None,
    threads: int | None = None,
    parameters: Parameters | None = None,
    finished_work: FinishedWork | None = None,
    progress: Callable[[int], Any] | None = None,
) -> EffectsTable:
    """Simulate what a policy does to every person from every start.

    Everybody takes part from each 1 January on which they are there, eligible or not, in a run of
    this policy alone. What each person then gives is what they give in a run of the scenario with
    the same seed in which they start on that day, to the bit; a run adds it up rounded to 1 / 2**20
    of an event or year (costs: of a thousand). So what is asked of the table without a ramp is what
    a run would tell of the same people, but for this rounding: at most half a unit a person.

    Parameters
    ----------
    scenario
        A scenario with policies, the name of a bundled one, or a path. Budgets and capacities limit
        nobody here.
    policy
        Name or place (from 0) of the policy; may be left out where there is only one.
    persons, years, seed
        Replace the scenario's own.
    starts
        Calendar years to simulate starts in; default every year of the run in which the policy may
        take people on. A sample has to hold the last of these; between two of a sample the table
        answers by interpolation.
    threads
        Default one per processor. The table does not depend on it.
    parameters
        Values of the evidence entries instead of the central ones with the scenario's overrides.
    finished_work
        Where finished parts of this and earlier calls are kept; see docs/scaling.md.
    progress
        Called with the number of person-years finished since the last call.

    Returns
    -------
        In memory 144 bytes for each start of a person and 17 for each year, newcomers counted too;
        twice that while it is made.

    Raises
    ------
    ScenarioError
        If the scenario cannot be loaded.
    ValueError
        If the scenario has no policies, there is no such policy or start, a number is out of its
        range, or something is of a kind that cannot be used.
    TasksFailed
        If a part of the population cannot be simulated; what is finished stays kept.
    """
    chosen = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
    refuse(
        [
            *problems_of(persons=persons, years=years, seed=seed, threads=threads),
            *_misfits(parameters, finished_work, progress),
        ]
    )
    chosen = with_sizes(chosen, persons=persons, years=years, seed=seed)
    refuse([*_no_policy(chosen, policy), _too_few(chosen)])
    alone = replace(chosen, policies=(_named(chosen, policy),))
    refuse(_no_starts(alone, starts))
    years_of_starts = _possible(alone) if starts is None else [int(year) for year in starts]
    setup = set_up(_open_to_all(alone), parameters, pathways=False, lifetimes=True)
    places = [year - alone.start_year for year in years_of_starts]
    work = _Work(alone, kept_by_person(setup), places, finished_work or FinishedWork(None))
    work.kept.asked_by(alone)
    return _table(work, work.done(threads, progress or (lambda years: None)))


# What can be asked for


def _misfits(parameters: Any, finished_work: Any, progress: Any) -> Iterator[str | None]:
    yield no_parameters(parameters)
    fits = isinstance(finished_work, FinishedWork | None)
    yield misfit("finished_work", finished_work, fits, "FinishedWork(folder), or None")
    yield misfit("progress", progress, progress is None or callable(progress),
                 "a function of a number of person-years, or None")  # fmt: skip


def _no_policy(scenario: Scenario, policy: Any) -> Iterator[str]:
    """Yield why there is no such policy, or that it is not said which."""
    names = [each.name for each in scenario.policies]
    told = " or ".join(f"'{name}'" for name in names)
    if not names:
        yield f"policy: {scenario.name} has no policies, so no effects"
    elif policy is None and len(names) > 1:
        yield f"policy: {scenario.name} has {len(names)}; must be {told}"
    elif isinstance(policy, str) and policy not in names:
        yield f"policy: is {described(policy)}; must be {told}{nearest(policy, names)}"
    elif not isinstance(policy, str | None) and _place(policy, len(names)) is None:
        wanted = f"a name, or a whole number from 0 to {len(names) - 1}"
        yield f"policy: is {described(policy)}; must be {wanted} ({told})"


def _place(policy: Any, number: int) -> int | None:
    place = as_number(policy)
    return place if isinstance(place, int) and 0 <= place < number else None


def _named(scenario: Scenario, policy: str | int | None) -> Policy:
    if isinstance(policy, str):
        return next(each for each in scenario.policies if each.name == policy)
    return scenario.policies[int(policy or 0)]


def _too_few(scenario: Scenario) -> str | None:
    if scenario.persons >= FEWEST:
        return None
    return f"persons: is {scenario.persons}; must be at least {FEWEST}, for a Monte Carlo error"


def _possible(scenario: Scenario) -> list[int]:
    """Return the years of the run in which the policy may take people on."""
    policy, after = scenario.policies[0], scenario.start_year + scenario.years
    return list(range(policy.start, min(policy.end or after, after)))


def _no_starts(scenario: Scenario, starts: Any) -> Iterator[str]:
    """Yield why starts cannot be those of a table."""
    possible, policy = _possible(scenario), scenario.policies[0]
    first, last = scenario.start_year, scenario.start_year + scenario.years - 1
    if not possible:
        yield f"policy: '{policy.name}' starts in {policy.start}; must start by {last}, in the run"
    elif starts is not None:
        wanted = f"years from {first} to {possible[-1]} in their order, {possible[-1]} among them"
        if problem := _fault_of(starts, first, possible[-1]):
            yield f"starts: {problem}; must be {wanted}"


def _fault_of(starts: Any, first: int, last: int) -> str | None:
    if isinstance(starts, str) or not isinstance(starts, Sequence | np.ndarray | range):
        return f"is {described(starts)}"
    years = list(starts)
    if not years:
        return "is empty"
    for year in years:
        if not isinstance(as_number(year), int) or not first <= year <= last:
            return f"holds {described(year)}"
    if years != sorted(set(years)):
        return "has years out of order or twice"
    return None if years[-1] == last else f"ends with {years[-1]}"


def _open_to_all(scenario: Scenario) -> Scenario:
    """Return the scenario with its policy open to everybody, at once, at any price."""
    policy = replace(
        scenario.policies[0], eligible=EVERYBODY, start=scenario.start_year, ramp_years=0.0,
        reach=1.0, uptake=1.0, cost=_unlimited(scenario.policies[0]),
    )  # fmt: skip
    return replace(scenario, policies=(policy,))


def _unlimited(policy: Policy) -> Any:
    return policy.cost and replace(policy.cost, budget_per_year=None, capacity_per_year=None)


# The work


@dataclass(frozen=True, eq=False)
class _Work:
    """All that has to be simulated, part by part."""

    scenario: Scenario
    setup: Setup
    starts: list[int]
    kept: FinishedWork

    def done(self, threads: int | None, progress: Callable[[int], Any]) -> list[PeopleByStart]:
        """Simulate what was not kept, and return all parts in the order of their slots."""
        journal = self.kept.journal_of(self.setup, self.scenario.seed, apart=tuple(self.starts))
        found: dict[Slots, PeopleByStart] = {}
        missing = []
        parts = self.kept.parts(journal, self.scenario, PERSONS_PER_BLOCK, self._like)
        for slots, part in parts:
            if part is None:
                missing.append(slots)
            else:
                found[slots] = part
        try:
            with engine_named("threads", threads) as engine:
                for slots, outcome in outcomes(engine, self._simulated, missing):
                    if isinstance(outcome, Failure):
                        raise _failed(self.scenario, slots, outcome)
                    self.kept.keep(journal, slots, outcome)
                    progress(slots.number * self.scenario.years)
                    found[slots] = outcome
        except TasksFailed:
            self.kept.write()
            raise
        return [found[slots] for slots in sorted(found)]

    def _simulated(self, slots: Slots) -> PeopleByStart:
        return from_every_start(self.setup, self.scenario.seed, self.starts, *slots)

    def _like(self, slots: Slots) -> PeopleByStart:
        people = people_from(self.setup, self.scenario.seed, *slots).slots.size
        return nobody_yet(people, self.scenario.years, len(self.starts))


def _failed(scenario: Scenario, slots: Slots, failure: Failure) -> TasksFailed:
    error = TasksFailed(
        f"failed at every try: {scenario.name}, slots {slots.first} to {slots.last - 1}: "
        f"{failure.reason}"
    )
    error.add_note(failure.details)
    return error


# From parts to the table


def _table(work: _Work, parts: list[PeopleByStart]) -> EffectsTable:
    """Put the parts together; nothing in the table can be written to."""
    whole = _in_order(work, parts)
    first = work.scenario.start_year
    on_january = Januaries(whole.there, _ages(whole), whole.body[:, :, DOSE].copy(),
                        whole.body[:, :, BMI].copy(), whole.ill)  # fmt: skip
    for array in (whole.effects, whole.within_run, *vars(on_january).values()):
        array.flags.writeable = False
    return EffectsTable(
        scenario=work.scenario, people=_people(work, whole), on_january=on_january,
        starts=tuple(first + year for year in work.starts), effects=whole.effects,
        within_run=whole.within_run, parameters=work.setup.parameters, seed=work.scenario.seed,
    )  # fmt: skip


def _in_order(work: _Work, parts: list[PeopleByStart]) -> PeopleByStart:
    """Return all people in the order of the year they enter, then of their slots."""
    slots, entries = (np.concatenate([part[k] for part in parts]) for k in range(2))
    places = np.empty(slots.size, np.int64)
    places[np.lexsort((slots, entries))] = np.arange(slots.size)
    whole = nobody_yet(slots.size, work.scenario.years, len(work.starts))
    first = 0
    while parts:
        part = parts.pop(0)  # its memory is free once it is copied
        own = places[first : first + part.slot.size]
        for ours, theirs in zip(whole, part, strict=True):
            ours[own] = theirs
        first += part.slot.size
    return whole


def _ages(whole: PeopleByStart) -> Any:
    """Return the age of each person on each 1 January, shape (people, years)."""
    years = np.arange(whole.there.shape[1], dtype=np.int32)
    since = np.maximum(years - whole.entry[:, None], 0)
    return np.minimum(whole.who[:, AGE, None] + since, c.OLDEST).astype(np.int32)


def _people(work: _Work, whole: PeopleByStart) -> pd.DataFrame:
    first, died = work.scenario.start_year, whole.died.astype(float)
    reach, uptake = (np.zeros(whole.slot.size, np.float32) for _ in range(2))
    draw_offers(packed_plan(work.setup.plan), whole.slot, whole.entry,
                *seed_words(work.scenario.seed), reach, uptake)  # fmt: skip
    return pd.DataFrame(
        {
            "person": whole.entry.astype(np.int64) * ENTRANT_IDS + whole.slot,
            "entry_year": first + whole.entry,
            "sex": pd.Categorical.from_codes(whole.who[:, SEX], categories=c.SEXES),
            "deprivation": whole.who[:, FIFTH],
            "age": whole.who[:, AGE],
            "death_year": np.where(died < NEVER, first + died, np.nan),
            "reach_draw": reach,
            "uptake_draw": uptake,
        }
    )
