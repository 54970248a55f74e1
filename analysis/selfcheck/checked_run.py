"""The runs that the checks look at: a scenario with all its policies, and with each by itself."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pandas as pd

from abm.conditions import DISEASES
from abm.kernel.blocks import Counts
from abm.kernel.layout import E_UNDISTURBED, EFFECT_GROUPS, FIXED_POINT, OUTCOMES
from abm.results.result import Result
from abm.running.queue import count_population
from abm.running.setup import set_up
from abm.running.simulate import simulate
from abm.scenario.parts import Policy, Scenario

STRATA = ["sex", "age_band", "deprivation", "activity_group"]
POLICY_WORLD = 0  # among those whose effects are counted: all but the baseline


@dataclass(frozen=True)
class CheckedRun:
    """A scenario, and its run with one row per person.

    ``alone`` holds, for each policy, the run of the scenario with that policy only.
    """

    scenario: Scenario
    result: Result
    alone: dict[str, Result] = field(default_factory=dict, repr=False)

    @property
    def has_policies(self) -> bool:
        """Whether there is anything to compare."""
        return bool(self.scenario.policies)

    @property
    def people(self) -> pd.DataFrame:
        """Return the persons of the run."""
        assert self.result.people is not None
        return self.result.people

    @property
    def everybody(self) -> pd.DataFrame:
        """Return the outcomes of all strata together."""
        rows = self.result.outcomes
        return rows[(rows[STRATA].astype(str) == "all").all(axis=1)]

    def with_one_policy(self, policy: Policy) -> Result:
        """Return the run in which a policy stands alone, made once."""
        if len(self.scenario.policies) == 1:
            return self.result
        if policy.name not in self.alone:
            self.alone[policy.name] = simulated(with_policy(self.scenario, policy))
        return self.alone[policy.name]


def with_policy(scenario: Scenario, policy: Policy) -> Scenario:
    """Return a scenario with one of its policies only, and the intervals of no other."""
    others = tuple(f"policies.{each.name}." for each in scenario.policies if each != policy)
    kept = {path: each for path, each in scenario.intervals.items() if not path.startswith(others)}
    return replace(scenario, policies=(policy,), intervals=kept)


def simulated(scenario: Scenario) -> Result:
    """Run a scenario and keep its people."""
    return simulate(scenario, pathways=False, keep_people=True)


def counted(scenario: Scenario, threads: int | None = None) -> Counts:
    """Run a scenario and return its whole-number tallies only."""
    return count_population(set_up(scenario, pathways=False), scenario.seed, threads)


def avoided_hazards(result: Result) -> dict[str, float]:
    """Return the hazard of each disease that the policy world avoided, of first events."""
    counts = next(iter(result.counts.values()))
    fallen = counts.effects[POLICY_WORLD, EFFECT_GROUPS.index("all"), :, E_UNDISTURBED]
    return {
        disease: float(fallen[OUTCOMES.index(f"incidence.{disease}")] / FIXED_POINT)
        for disease in DISEASES
    }


def took_part(result: Result) -> float:
    """Return the years that participants took part in any policy."""
    assert result.participation is not None
    return float(result.participation["participant_years"].sum())


def direction(policy: Policy) -> int | None:
    """Return 1 where a policy adds activity or lowers IL-6, -1 where it raises IL-6.

    0 where it does neither, None where it does both.
    """
    adds = policy.adds
    active = policy.raises_to is not None or bool(
        adds.moderate + adds.vigorous + adds.resistance + adds.endurance
    )
    wanted = {1} if active else set()
    if policy.il6_signalling != 1.0:
        wanted.add(1 if policy.il6_signalling < 1.0 else -1)
    if len(wanted) == 2:
        return None
    return wanted.pop() if wanted else 0
