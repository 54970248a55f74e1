"""What it takes to lay out a parameter draw: it is calibrated where it is simulated.

So a cluster need not wait for the process that sends the tasks, and a draw travels in a few
kilobytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from abm.evidence.parameters import ParameterError, Parameters
from abm.population.setup import Setup, Shape
from abm.population.survey import Sample
from abm.running.finished_work import question_of
from abm.running.setup import for_effects, looks_on, set_up, worlds_of
from abm.scenario.drawn import drawn
from abm.scenario.parts import Scenario
from abm.scenario.text import ScenarioError


@dataclass(frozen=True, eq=False)
class Recipe:
    """One parameter draw of a scenario, of which only who can matter to an effect is simulated.

    ``scenario`` is that of the central values, ``sample`` its survey's respondents; ``question``
    names the states of scenario and evidence (:func:`abm.running.finished_work.question_of`), which
    are read once, where the tasks come from.
    """

    scenario: Scenario
    draw: int
    pathways: bool
    lifetimes: bool
    sample: Sample
    question: tuple[tuple[str, str], ...]

    @property
    def shape(self) -> Shape:
        """Return what the shapes of tallies follow from."""
        scenario = self.scenario
        return Shape(
            worlds_of(scenario, self.pathways), scenario.years, len(scenario.policies),
            looks_on(scenario, self.lifetimes), not scenario.policies,
        )  # fmt: skip

    @property
    def decisive(self) -> tuple[Any, ...]:
        """Return all that the tallies of a slot depend on but the seed and the program.

        What the kernel is given is not known yet, so this is all that it follows from. Persons are
        left out: budgets serve those that the scenario represents.
        """
        seed = self.scenario.seed
        return "draw", self.draw, seed, self.question, self.pathways, self.lifetimes

    @property
    def parameters(self) -> Parameters:
        """Return the values of the draw."""
        _, parameters = drawn(self.scenario, None, self.draw)
        assert parameters is not None
        return parameters

    @cached_property
    def setup(self) -> Setup:
        """The draw laid out: calibrated on first use.

        Raises
        ------
        ScenarioError
            If no population can have the drawn values; it names the draw.
        """
        try:
            moved = set_up(
                *drawn(self.scenario, None, self.draw), pathways=self.pathways,
                lifetimes=self.lifetimes, moved=True, sample=self.sample,
            )  # fmt: skip
        except (ScenarioError, ParameterError) as error:
            lines = str(error).splitlines()
            named = [f"{self.scenario.name}, draw {self.draw}: {line}" for line in lines]
            raise ScenarioError(named) from error
        return for_effects(moved)


def recipe_of(central: Setup, draw: int, *, pathways: bool, lifetimes: bool) -> Recipe:
    """Return the recipe of a draw of the scenario of which ``central`` has the central values."""
    return Recipe(
        central.scenario, draw, pathways, lifetimes, (central.sample, central.sample_cumulative),
        tuple(sorted(question_of(central.scenario).items())),
    )  # fmt: skip
