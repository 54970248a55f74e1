"""The face to Mesa: ``ExerciseModel`` is a Mesa model.

Behind its persons (:mod:`abm.mesa_face.views`) are columns of blocks
(:mod:`abm.running.stepwise`).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, NoReturn

import pandas as pd
from mesa import Agent, DataCollector

from abm.evidence.parameters import Parameters
from abm.evidence.renamed import refusing_old
from abm.limits import no_flag, problems_of, refuse
from abm.mesa_face.collecting import reporter_name
from abm.mesa_face.guarded import GuardedModel
from abm.mesa_face.numbers import with_numbers
from abm.mesa_face.seeds import checked_rng, seed_of
from abm.mesa_face.views import People, Person
from abm.results.result import Result
from abm.running.setup import set_up, with_sizes
from abm.running.simulate import no_parameters
from abm.running.stepwise import StepwisePopulation
from abm.scenario.load import load_scenario
from abm.scenario.parts import Scenario


def _measure(model: ExerciseModel, world: str, name: str) -> float:
    return model.measures(world)[name]


@refusing_old("replicate")
class ExerciseModel(GuardedModel):
    """A scenario as a Mesa model: one ``step()`` simulates ``step_months`` of everybody.

    ``agents`` are the living of the policy world (of the baseline where there is no policy);
    ``person.twin`` is the same person in the baseline. ``datacollector`` is fed after every step
    with the measures of both worlds. Outcomes are those of :func:`abm.simulate`, bit by bit,
    health and money those within the run.

    Parameters
    ----------
    scenario
        A scenario, the name of a bundled one, or a path.
    persons, years
        Replace the scenario's own.
    rng
        Seed of the run; a generator or sequence is turned into one. Without it the scenario's, plus
        the iteration in ``batch_run(..., iterations=)``. ``seed`` and a column of that name say it.
    parameters
        Values of the evidence entries instead of the central ones with the scenario's overrides.
    pathways
        Also simulate the world in which policies do not reach IL-6, for ``share_via_il6``.
    agent_reporters
        What to collect of each person after every step, as of Mesa's ``DataCollector``. Slow, and
        for some hundred persons.
    kwargs
        Numbers of policies and evidence by their path, which is no name in Python:
        ``**{"policies.walks.reach": 0.5, "parameters.causal_share.all_else": 0.2}``.

    Raises
    ------
    ScenarioError
        If the scenario cannot be loaded.
    TypeError
        If there is no such keyword.
    ValueError
        If a number is out of its range, or something is of a kind that cannot be used.
    """

    def __init__(
        self,
        scenario: Scenario | str | Path,
        *,
        persons: int | None = None,
        years: int | None = None,
        rng: Any = None,
        parameters: Parameters | None = None,
        pathways: bool = True,
        agent_reporters: Mapping[str, Any] | None = None,
        **kwargs: float,  # SolaraViz takes further keywords under no other name
    ) -> None:
        self._began = time.perf_counter()
        chosen = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
        chosen = with_numbers(chosen, kwargs, type(self))
        kinds = no_parameters(parameters), no_flag("pathways", pathways)
        refuse([*problems_of(persons=persons, years=years), *kinds])
        rng = checked_rng(rng)
        super().__init__(rng=chosen.seed if rng is None else rng)
        seed = seed_of(rng, chosen.seed, self.rng)
        self.numbers: Mapping[str, float] = MappingProxyType(kwargs)
        self.own_attributes: dict[str, dict[tuple[int, int], Any]] = {}
        chosen = with_sizes(chosen, persons=persons, years=years, seed=seed)
        self.population = StepwisePopulation(set_up(chosen, parameters, pathways), seed)
        self._mesa_step = self.step
        self.step = self._step_within_the_run  # type: ignore[method-assign]  # as Mesa itself does
        self._measured: dict[str, tuple[int, dict[str, float]]] = {}
        self.datacollector = DataCollector(self._reporters(), agent_reporters)

    @property
    def exercise_scenario(self) -> Scenario:
        """Return the scenario that is simulated (``scenario`` is a name of Mesa's own)."""
        return self.population.setup.scenario

    @property
    def crowd(self) -> NoReturn:
        """Refuse the old name of ``population``."""
        raise AttributeError("crowd was renamed; must be population")

    @property
    def seed(self) -> int:
        """Return the seed of the run."""
        return self.population.seed

    @property
    def worlds(self) -> tuple[str, ...]:
        """Return the names of the worlds that can be looked at."""
        return ("baseline", "policy")[: min(self.population.setup.worlds, 2)]

    @property
    def date(self) -> float:
        """Return the present [calendar years]: 2025.0 is 1 January 2025."""
        return self.exercise_scenario.start_year + self.population.years_done

    @property
    def agents(self) -> People:
        """Return the living, as of now, in the policy world if there is one."""
        return self.people_of(self.worlds[-1])

    @property
    def agents_by_type(self) -> dict[type[Agent], People]:
        """Return the living under their only type."""
        return {Person: self.agents}

    @property
    def agent_types(self) -> list[type]:
        """Return the types of agents: people only."""
        return [Person]

    def people_of(self, world: str) -> People:
        """Return the living of one world, ``baseline`` or ``policy``."""
        place = self._place(world)
        return People.all_of(self, self.population.living(place), place)

    def _place(self, world: str) -> int:
        if world not in self.worlds:
            raise ValueError(f"world is {world!r}; must be one of {', '.join(self.worlds)}")
        return self.worlds.index(world)

    def _step_within_the_run(self, *args: Any, **kwargs: Any) -> None:
        # Before Mesa counts the step: from 3.5 on it would never step again after a refusal.
        self._keep_within(self.population.steps_done + 1)
        self._mesa_step(*args, **kwargs)

    def step(self) -> None:
        """Simulate one step in all worlds.

        Raises
        ------
        RuntimeError
            If the scenario's years are over.
        """
        self._keep_within(self.population.steps_done + 1)
        self.population.step()
        if self._is_over():
            self.running = False
        self.datacollector.collect(self)

    def measures(self, world: str) -> dict[str, float]:
        """Return a world's present persons, prevalence and means, and its events since the start.

        The names are those of ``result.outcomes``; deaths and incidence count from the start.
        """
        at, found = self._measured.get(world, (-1, {}))
        if at != self.population.version:
            found = self.population.measures(self._place(world))
            self._measured[world] = (self.population.version, found)
        return found

    def _reporters(self) -> dict[str, Any]:
        """Return what is collected: the agents' world by plain names, the baseline's prefixed."""
        found: dict[str, Any] = {"date": "date", "seed": "seed"}
        for world in reversed(self.worlds):
            for name in self.measures(world):
                column = reporter_name(name, world, self.worlds[-1])
                found[column] = partial(_measure, world=world, name=name)
        return found

    def result(self) -> Result:
        """Return the tables of :func:`abm.simulate` over the whole years simulated so far.

        Health and money are those within the run, whatever the horizon of the scenario.
        """
        return self.population.result(time.perf_counter() - self._began)

    def people(self) -> pd.DataFrame:
        """Return ``result.people`` as of now: one row per person and world, dead or alive."""
        return self.population.people_table()
