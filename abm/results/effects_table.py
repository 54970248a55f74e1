"""The effects table: what a policy does to each person from each start, and the answers in it.

Expected effects add up over persons and are linear in reach times uptake. So what each person gives
from each start answers who, how many, how fast, from when and at what price, without another run.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abm.evidence.entries import has_costs as gives_costs
from abm.evidence.parameters import Parameters
from abm.kernel import layout as c
from abm.kernel.asking import mark_eligible
from abm.kernel.constants import packed_plan
from abm.limits import misfit, no_flag, refuse
from abm.results.answer import Answer
from abm.results.quantities import HORIZON, QUANTITIES, units_at, years_worth
from abm.results.scales import PER_100_000, REPRESENTED, SIMULATED
from abm.results.when_they_start import (
    Starts,
    drawn_starts,
    expected_starts,
    spread_over,
    still_there,
)
from abm.results.worth import LIFETIME, OF_CARE, RUN, has_prices
from abm.rules import economics
from abm.scenario.budgets import fixed_cost
from abm.scenario.hints import nearest
from abm.scenario.made_in_python import checked
from abm.scenario.parts import Cost, Eligibility, Policy, Scenario
from abm.scenario.plan import covered_by_month, plan_for

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Januaries:
    """What people are on each 1 January of a run; arrays of shape (people, years).

    ``there``: alive and entered on that 1 January, in the baseline. ``age`` [years],
    ``met_hours``: reported dose [marginal MET-hours per week], ``bmi`` [kg/m2], ``ill``: bits of
    the diseases, in the order of :data:`abm.conditions.DISEASES`. These are what eligibility asks
    for. They mean nothing where somebody is not there.
    """

    there: NDArray[np.bool_]
    age: NDArray[np.int32]
    met_hours: NDArray[np.float32]
    bmi: NDArray[np.float32]
    ill: NDArray[np.int32]

    def has(self, disease: str) -> NDArray[np.bool_]:
        """Return who has a disease on each 1 January, shape (people, years).

        Raises
        ------
        ValueError
            If there is no such disease.
        """
        wanted = f"one of {', '.join(c.DISEASES)}{nearest(str(disease), c.DISEASES)}"
        refuse([misfit("disease", disease, disease in c.DISEASES, wanted)])
        return (self.ill >> c.DISEASES.index(disease)) & 1 == 1


@dataclass(frozen=True)
class EffectsTable:
    """What one policy is expected to do to each person who starts it on the 1 January of a year.

    Attributes
    ----------
    scenario
        With this policy alone, as it stands.
    people
        One row per person: ``person`` (as in ``result.people``), ``entry_year``, ``sex``,
        ``deprivation`` (quintile), ``age`` on entering [years], ``death_year`` in the baseline
        (calendar years with a fraction; NaN if alive at the end), ``reach_draw`` and
        ``uptake_draw``: who lies below a reach and an uptake takes part in the run of this seed.
    on_january
        What they are on each 1 January of the run (:class:`Januaries`).
    years
        The calendar years of the run, shape (years,).
    starts
        The calendar years whose starts are known, in their order.
    effects
        Shape (people, starts, quantities), single precision, in the order and the units of
        ``quantities``; 0 for whom is not there. Events, deaths, ``life_years`` and
        ``participant_years`` are within the run, the others as far as the scenario looks. Events
        averted, years gained and care averted are positive when good.
    within_run
        As ``effects``, of those columns that look further: to the end of the run.
    parameters
        Values of the evidence entries.
    seed
        Seed of the run.
    """

    scenario: Scenario
    people: pd.DataFrame = field(repr=False)
    on_january: Januaries = field(repr=False)
    starts: tuple[int, ...]
    effects: NDArray[np.float32] = field(repr=False)
    within_run: NDArray[np.float32] = field(repr=False)
    parameters: Parameters = field(repr=False)
    seed: int

    @property
    def policy(self) -> Policy:
        """The policy, as the scenario has it."""
        return self.scenario.policies[0]

    @property
    def years(self) -> NDArray[np.int64]:
        """The calendar years of the run."""
        return self.scenario.start_year + np.arange(self.scenario.years)

    @property
    def quantities(self) -> Mapping[str, str]:
        """The units of the quantities, by their names, in the order of the columns."""
        return units_at(self.scenario.place)

    @property
    def nbytes(self) -> int:
        """The bytes that the arrays hold."""
        arrays = [self.effects, self.within_run, *vars(self.on_january).values()]
        return sum(each.nbytes for each in arrays)

    def eligible(self, rule: Eligibility | None = None) -> NDArray[np.bool_]:
        """Return who is eligible on each 1 January of the run, shape (people, years).

        By a rule of one's own, or by the policy's.
        """
        asked = self._asked({} if rule is None else {"eligible": rule})
        plans = packed_plan(plan_for(asked, self.parameters))
        now = self.on_january
        found = np.zeros(now.there.shape, np.bool_)
        mark_eligible(plans, *self._who, now.age, now.met_hours, now.bmi, now.ill, now.there, found)
        return found

    def answer(
        self, eligible: Eligibility | NDArray[np.bool_] | None = None, *,
        reach: float | None = None, uptake: float | None = None, ramp_years: float | None = None,
        start: int | None = None, cost: Cost | None = None, horizon: str | None = None,
        as_drawn: bool = False,
    ) -> Answer:  # fmt: skip
        """Return what the policy is expected to do, were some things of it different.

        Parameters
        ----------
        eligible
            Who may be offered it: a rule, or an array (people, years) of who is eligible on each 1
            January. Default: the policy's own rule.
        reach, uptake, ramp_years, start, cost
            As in a scenario; default the policy's own, which the months of delivery have to be.
            Without a ramp people start on a 1 January, which is exact. With one they start in any
            month of it, and what a start within a year does is interpolated between this 1 January
            and the next. A budget or capacity does not limit the reach.
        horizon
            How far health and money look: ``lifetime`` or ``run``; default as the scenario.
        as_drawn
            Count those who take part in the run of this seed, instead of everybody eligible by
            the chance to take part: then the answer, without a ramp, is that of the run.

        Returns
        -------
            Sums over the simulated persons, with the Monte Carlo covariance.

        Raises
        ------
        ScenarioError
            If a number is out of its range.
        ValueError
            If the start is none that the table knows, or something is of no use here.
        """
        given = {"reach": reach, "uptake": uptake, "ramp_years": ramp_years, "start": start,
                 "cost": cost}  # fmt: skip
        changes: dict[str, Any] = {
            name: value for name, value in given.items() if value is not None
        }
        if isinstance(eligible, Eligibility):
            changes["eligible"] = eligible
        refuse([*self._misfits(eligible, horizon), no_flag("as_drawn", as_drawn)])
        asked = self._asked(changes)
        refuse([self._unknown_start(asked.policies[0]), self._other_delivery(asked.policies[0])])
        who = eligible if isinstance(eligible, np.ndarray) else self.eligible(
            asked.policies[0].eligible
        )  # fmt: skip
        starts = self._starts(asked, who & self.on_january.there, as_drawn)
        return self._answer(asked, starts, horizon or self.horizon)

    @property
    def horizon(self) -> str:
        """How far health and money look: ``lifetime`` or ``run``."""
        return self.scenario.economics.horizon

    # What is asked

    def _asked(self, changes: Mapping[str, Any]) -> Scenario:
        """Return the scenario with a changed policy, checked; neither money nor places limit it."""
        policy = replace(self.policy, **changes)
        if policy.cost is not None:
            free = replace(policy.cost, budget_per_year=None, capacity_per_year=None)
            policy = replace(policy, cost=free)
        asked = replace(self.scenario, policies=(policy,))
        return asked if policy == self.policy else checked(asked)

    def _misfits(self, eligible: Any, horizon: Any) -> list[str | None]:
        shape = self.on_january.there.shape
        fits = eligible is None or isinstance(eligible, Eligibility)
        if isinstance(eligible, np.ndarray):
            fits = eligible.shape == shape and eligible.dtype == np.bool_
        wanted = f"an Eligibility, or an array of truth values of shape {shape}"
        known = (RUN,) if self.horizon == RUN else (LIFETIME, RUN)
        return [
            misfit("eligible", eligible, fits, wanted),
            misfit("horizon", horizon, horizon is None or horizon in known, " or ".join(known)),
        ]

    def _unknown_start(self, policy: Policy) -> str | None:
        fits = self.starts[0] <= policy.start <= self.starts[-1]
        wanted = f"a year from {self.starts[0]} to {self.starts[-1]}, of which the table tells"
        return misfit("start", policy.start, fits, wanted)

    def _other_delivery(self, policy: Policy) -> str | None:
        """Say that something would be delivered for longer or less long than the table knows."""
        ours, theirs = (each.cost and each.cost.delivery_months for each in (self.policy, policy))
        wanted = f"{'left out' if ours is None else ours}, as in the table"
        return misfit("cost.delivery_months", theirs, ours == theirs, wanted)

    # Who starts, and what comes of it

    @cached_property
    def _who(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Sex and quintile as the kernel has them."""
        sex = np.asarray(self.people["sex"].cat.codes, np.int32)
        return sex, self.people["deprivation"].to_numpy(np.int32)

    @property
    def _places(self) -> list[int]:
        return [year - self.scenario.start_year for year in self.starts]

    def _starts(self, asked: Scenario, eligible: NDArray[np.bool_], as_drawn: bool) -> Starts:
        policy, covered = asked.policies[0], covered_by_month(asked, [None])[0]
        runs = (self.years >= policy.start) & (self.years < (policy.end or math.inf))
        now = eligible & runs
        if not as_drawn:
            return expected_starts(now, covered, policy.uptake)
        draws = (self.people[name].to_numpy() for name in ("reach_draw", "uptake_draw"))
        return drawn_starts(now, covered, policy.uptake, *draws)

    def _answer(self, asked: Scenario, starts: Starts, horizon: str) -> Answer:
        told = self._told(asked, starts, horizon)
        started = still_there(starts, self.on_january.there)
        spent, fixed = self._spent(asked, starts.offered, started, told)
        averted = told[:, QUANTITIES.index("care_cost_averted")]
        by_person = np.column_stack(
            [told, starts.offered.sum(axis=1), started.sum(axis=1), spent, spent - averted]
        )
        money = asked.place.currency
        answered = {**self.quantities, "offered": "persons", "started": "persons",
                    "policy_cost": money, "net_cost": money}  # fmt: skip
        on_top = np.zeros(len(answered))
        on_top[-2:] = fixed
        return Answer(by_person, on_top, answered, horizon, self._scales)

    def _told(self, asked: Scenario, starts: Starts, horizon: str) -> Numbers:
        """Return what the table tells of each person who starts, shape (people, quantities)."""
        first = asked.policies[0].start - asked.start_year
        weights = spread_over(starts, first, self._places, self.on_january.there)
        found = np.zeros((len(weights), len(QUANTITIES)))
        some = np.flatnonzero(weights.any(axis=1))
        found[some] = np.einsum("ps,psq->pq", weights[some], self.effects[some])
        if horizon != self.horizon:
            shorter = np.einsum("ps,psq->pq", weights[some], self.within_run[some])
            found[some, HORIZON] = shorter
        if not gives_costs(self.scenario.place):  # unknown, and not none
            found[:, [QUANTITIES.index(name) for name in OF_CARE]] = np.nan
        return found

    def _spent(
        self, asked: Scenario, offered: Numbers, started: Numbers, told: Numbers
    ) -> tuple[Numbers, float]:
        """Return what is paid for each person, and what is fixed, discounted; NaN if unknown."""
        policy, cost = asked.policies[0], asked.policies[0].cost
        if cost is None or not has_prices(asked):
            return np.full(len(told), np.nan), math.nan
        rate = math.log1p(self.parameters["economics.discount_rate.costs"])
        worth = np.array([economics.discount(rate, year + 0.5) for year in range(asked.years)])
        names = QUANTITIES
        residents = self._residents(policy, rate) + told[:, names.index("resident_years")]
        # The rule is plain arithmetic, so it takes arrays as well as numbers.
        rule: Callable[..., Any] = economics.policy_cost
        spent = rule(
            offered @ worth, started @ worth, told[:, names.index("delivered_years")],
            residents * self._lives_in(policy), cost.per_person_offered, cost.per_participant,
            cost.per_participant_year, cost.per_resident_year, 0.0,
        )  # fmt: skip
        simulated = asked.persons / (asked.population.represents or asked.persons)
        return spent, float(fixed_cost(asked, policy, asked.years) @ worth) * simulated

    def _residents(self, policy: Policy, rate: float) -> Numbers:
        """Return the years that each person lives in the baseline while the policy runs."""
        first, years = self.scenario.start_year, self.scenario.years
        end = years if policy.end is None else min(policy.end - first, years)
        died = (self.people["death_year"] - first).fillna(math.inf).to_numpy()
        entered = (self.people["entry_year"] - first).to_numpy(float)
        return years_worth(entered, died, rate, (policy.start - first, end))

    def _lives_in(self, policy: Policy) -> NDArray[np.bool_]:
        fifths = policy.eligible.deprivation
        return np.isin(self._who[1], fifths or (1, 2, 3, 4, 5))

    @property
    def _scales(self) -> Mapping[str, float]:
        found = {SIMULATED: 1.0, PER_100_000: 1e5 / len(self.people)}
        if self.scenario.population.represents is not None:
            found[REPRESENTED] = self.scenario.population.represents / self.scenario.persons
        return found
