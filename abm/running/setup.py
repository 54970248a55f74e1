"""Lay out the run of a scenario, and simulate parts of its population."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.evidence.parameters import Parameters, central_parameters
from abm.kernel import blocks
from abm.kernel.blocks import PERSONS_PER_BLOCK, Block, Counts, new_counts, seed_words
from abm.kernel.constants import Constants, Given, Plan, packed, packed_plan
from abm.kernel.order import run_blocks
from abm.population import survey
from abm.population.constants_of import constants_for
from abm.scenario.budgets import affordable_reach, for_everyone
from abm.scenario.parts import Policy, Scenario
from abm.scenario.plan import plan_for


@dataclass(frozen=True)
class Setup:
    """Everything that fixes a run but its seed: what the kernel is given."""

    scenario: Scenario
    parameters: Parameters
    constants: Constants
    plan: Plan
    sample: NDArray[np.float32]
    sample_cumulative: NDArray[np.float32]
    worlds: int
    notes: tuple[str, ...] = ()

    @property
    def steps_per_year(self) -> int:
        """Return the number of steps in a year."""
        return 12 // self.scenario.step_months

    @cached_property
    def _records(self) -> tuple[NDArray[np.void], NDArray[np.void]]:
        return packed(self.constants), packed_plan(self.plan)

    def given(self, seed: int) -> Given:
        """Return what the kernel is given for a seed."""
        constants, policies = self._records
        return Given(
            constants, self.constants.diabetes_to_date, policies, self.sample,
            self.sample_cumulative, seed_words(seed),
        )  # fmt: skip


def set_up(
    scenario: Scenario, parameters: Parameters | None = None, pathways: bool = True
) -> Setup:
    """Calibrate and lay out a run.

    Parameters
    ----------
    scenario
        A complete scenario.
    parameters
        Values of the evidence entries; default the central ones with the scenario's overrides.
    pathways
        Also live the world in which policies do not reach IL-6, for the share that runs through it.
    """
    if parameters is None:
        parameters = central_parameters(scenario.parameters)
    constants, _ = constants_for(scenario, parameters)
    microdata = scenario.population.microdata
    (sample, weights), notes = survey.no_sample(), []
    if microdata:
        found = survey.load_survey(microdata, scenario)
        sample, weights = found.sample, found.cumulative
        notes += [found.note] if found.note else []
    reach, limits = affordable_reach(
        scenario, parameters, lambda policy: eligible_share(scenario, policy, parameters)
    )
    plan = plan_for(scenario, parameters, reach)
    worlds = 1 if not scenario.policies else 3 if pathways else 2
    notes += limits
    return Setup(scenario, parameters, constants, plan, sample, weights, worlds, tuple(notes))


def eligible_share(scenario: Scenario, policy: Policy, parameters: Parameters) -> float:
    """Return the share of the start population that a policy is open to, from a fixed sample."""
    setup = set_up(for_everyone(scenario, policy), parameters, pathways=False)
    counts = count_population(setup, 0, threads=1)
    return float(counts.told[0, 0, 0, 0]) / setup.scenario.persons


def new_block(setup: Setup, persons: int = PERSONS_PER_BLOCK, keep_people: bool = False) -> Block:
    """Return empty memory for a block of up to ``persons`` at the start."""
    return blocks.new_block(
        setup.worlds, setup.plan.start.size, setup.scenario.years, persons,
        setup.constants.entrant_rate, keep_people,
    )  # fmt: skip


def empty_counts(setup: Setup) -> Counts:
    """Return tallies of the right shape for a run, all zero."""
    return new_counts(setup.worlds, setup.scenario.years, setup.plan.start.size)


def live_slots(
    setup: Setup, seed: int, first: int, last: int, block: Block, counts: Counts
) -> None:
    """Live the people of slots ``first`` to ``last`` - 1 and add them to ``counts``."""
    steps = setup.scenario.years * setup.steps_per_year
    run_blocks(block, setup.given(seed), counts, steps, setup.steps_per_year, first, last)


def count_population(
    setup: Setup,
    seed: int,
    threads: int | None = None,
    progress: Callable[[int], Any] | None = None,
) -> Counts:
    """Live the whole population of a run in threads and return its tallies.

    The sums are whole numbers, so they do not depend on the number of threads. ``progress`` is
    called with the number of person-years finished.
    """
    from abm.running.queue import (  # which call on this module to simulate a part
        CENTRAL,
        Run,
        count_runs,
    )

    found: list[Counts] = []
    count_runs(
        [Run(seed, CENTRAL, setup)],
        lambda _, counts: found.append(counts),
        workers=threads,
        progress=progress,
    )
    return found[0]
