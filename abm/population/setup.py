"""What fixes a run but its seed, as the kernel is given it; made by :mod:`abm.running.setup`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from abm.evidence.parameters import Parameters
from abm.kernel import blocks
from abm.kernel.blocks import PERSONS_PER_BLOCK, Block, Counts, new_counts, seed_words
from abm.kernel.constants import Constants, Given, Later, Plan, packed, packed_plan, single
from abm.population.misfits import Misfit
from abm.population.survey import Survey
from abm.scenario.budgets import Delivery
from abm.scenario.parts import Scenario


class Shape(NamedTuple):
    """What the shapes of a run's tallies follow from; known before anything is calibrated."""

    worlds: int
    years: int
    policies: int
    followed_on: bool  # to the end of life
    everybody: bool  # is simulated, not only who can matter to an effect


class ToRun(Protocol):
    """What a run is made of: a setup, or what can be laid out as one."""

    @property
    def scenario(self) -> Scenario:
        """Return the scenario."""

    @property
    def shape(self) -> Shape:
        """Return what the shapes of tallies follow from."""

    @property
    def decisive(self) -> tuple[Any, ...]:
        """Return all that the tallies of a slot depend on but the seed and the program."""


@dataclass(frozen=True)
class Setup:
    """Everything that fixes a run but its seed: what the kernel is given.

    ``covered`` is the share of the eligible that each policy has reached by each month of the run,
    ``returning`` the share of those coming back whom it takes in each year.
    ``sample`` and ``sample_cumulative`` hold a survey's respondents, if there is one, ``survey``
    says where they come from; ``notes`` are for the reader of the results; ``misfits`` are what
    calibration could not give as asked for; ``deliveries`` say, by the name of the policy, what is
    expected within a budget or a capacity; ``later`` what holds after the run, if those who took
    part are followed to the end of their lives. With ``only_effects`` only those are simulated who
    can matter to an effect (:mod:`abm.kernel.possible`).
    """

    scenario: Scenario
    parameters: Parameters
    constants: Constants
    plan: Plan
    covered: NDArray[np.float32]
    returning: NDArray[np.float32]
    sample: NDArray[np.float32]
    sample_cumulative: NDArray[np.float32]
    worlds: int
    notes: tuple[str, ...] = ()
    deliveries: Mapping[str, Delivery] = field(default_factory=dict)
    later: Later | None = None
    misfits: tuple[Misfit, ...] = ()
    only_effects: bool = False
    survey: Survey | None = None

    @property
    def decisive(self) -> tuple[Any, ...]:
        """Return all that the tallies of a slot depend on but the seed and the program."""
        return (
            self.constants, self.plan, self.covered, self.returning, self.sample,
            self.sample_cumulative, self.worlds, self.scenario.years, self.steps_per_year,
            self.later, self.only_effects,
        )  # fmt: skip

    @property
    def shape(self) -> Shape:
        """Return what the shapes of tallies follow from."""
        return Shape(
            self.worlds, self.scenario.years, self.plan.start.size, self.later is not None,
            not self.only_effects,
        )  # fmt: skip

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
            constants, self.constants.diabetes_to_date, policies, self.covered, self.returning,
            self._reach_to_come, self.sample, self.sample_cumulative, seed_words(seed),
        )  # fmt: skip

    @cached_property
    def _reach_to_come(self) -> NDArray[np.float32]:
        """Return the largest share that each policy reaches in any year from one on."""
        if not self.only_effects:
            return self.covered[:, :0].copy()
        years = np.arange(self.scenario.years)
        start, end = self.plan.start[:, None], self.plan.end[:, None]
        december = np.where((years >= start) & (years < end), self.covered[:, 11::12], 0)
        return single(np.maximum.accumulate(december[:, ::-1], axis=1)[:, ::-1])

    @cached_property
    def _later_records(self) -> tuple[NDArray[np.void], NDArray[np.void]]:
        assert self.later is not None
        return packed(self.later.constants), packed_plan(self.later.plan)

    def given_later(self, seed: int) -> Given:
        """Return what the kernel is given for the years after the run."""
        assert self.later is not None
        constants, policies = self._later_records
        return self.given(seed)._replace(
            constants=constants, policies=policies, returning=self.later.returning,
            reach_to_come=self.covered[:, :0].copy(),
            diabetes_to_date=self.later.constants.diabetes_to_date,
        )  # fmt: skip


def new_block(setup: Setup, persons: int = PERSONS_PER_BLOCK, keep_people: bool = False) -> Block:
    """Return empty memory for a block of up to ``persons`` at the start."""
    return blocks.new_block(
        setup.worlds, setup.plan.start.size, setup.scenario.years, persons,
        setup.constants.entrant_rate, keep_people,
    )  # fmt: skip


def empty_counts(given: ToRun) -> Counts:
    """Return tallies of the right shape for a run, all zero."""
    return new_counts(*given.shape)
