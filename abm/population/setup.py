"""What fixes a run but its seed, as the kernel is given it; made by :mod:`abm.running.setup`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from abm.evidence.parameters import Parameters
from abm.kernel import blocks
from abm.kernel.blocks import PERSONS_PER_BLOCK, Block, Counts, new_counts, seed_words
from abm.kernel.constants import Constants, Given, Plan, packed, packed_plan
from abm.scenario.parts import Scenario


@dataclass(frozen=True)
class Setup:
    """Everything that fixes a run but its seed: what the kernel is given.

    ``sample`` and ``sample_cumulative`` hold a survey's respondents, if there is one; ``notes``
    are for the reader of the results.
    """

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

    @property
    def steps(self) -> int:
        """Return the number of steps of the whole run."""
        return self.scenario.years * self.steps_per_year

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


def new_block(setup: Setup, persons: int = PERSONS_PER_BLOCK, keep_people: bool = False) -> Block:
    """Return empty memory for a block of up to ``persons`` at the start."""
    return blocks.new_block(
        setup.worlds, setup.plan.start.size, setup.scenario.years, persons,
        setup.constants.entrant_rate, keep_people,
    )  # fmt: skip


def empty_counts(setup: Setup) -> Counts:
    """Return tallies of the right shape for a run, all zero."""
    return new_counts(setup.worlds, setup.scenario.years, setup.plan.start.size)
