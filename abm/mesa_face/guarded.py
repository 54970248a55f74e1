"""What Mesa's ``Model`` offers and a scenario's model cannot do: each says what to do instead."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, NoReturn

from mesa import Agent, DataCollector, Model

from abm.mesa_face.collecting import check_collector
from abm.mesa_face.persons import OTHERS

if TYPE_CHECKING:
    from abm.running.stepwise import StepwisePopulation

SEEDED = (
    "the random numbers of the run come from its seed and from nothing else, so they cannot be "
    "reset; make another model, as in ExerciseModel(scenario, rng=2)"
)
LEAVING = "people leave by dying and cannot be removed; agents.select(...) leaves people out"


def _only_mesa_sets(name: str) -> None:
    """Refuse to set what Mesa counts, unless the asking code is Mesa's own."""
    asking = sys._getframe(2).f_globals.get("__name__", "")
    if asking.split(".")[0] != "mesa":
        raise AttributeError(
            f"{name} is counted as people are simulated and cannot be set; model.step() goes on by "
            "one step, model.run_model() to the end, and a new ExerciseModel(scenario) begins again"
        )


class GuardedModel(Model):  # type: ignore[misc]
    """A Mesa model whose people, steps and random numbers are given by a scenario."""

    population: StepwisePopulation

    def register_agent(self, agent: Agent) -> NoReturn:
        """Refuse: people come from the scenario."""
        raise NotImplementedError(OTHERS)

    def deregister_agent(self, agent: Agent) -> NoReturn:
        """Refuse: people leave by dying."""
        raise NotImplementedError(LEAVING)

    def remove_all_agents(self) -> NoReturn:
        """Refuse: people leave by dying, and a model is forgotten with its last name."""
        raise NotImplementedError(f"{LEAVING}; a model is forgotten when no name holds it")

    def reset_rng(self, rng: Any = None) -> NoReturn:
        """Refuse: the run's random numbers come from its seed."""
        raise NotImplementedError(SEEDED)

    def reset_randomizer(self, seed: Any = None) -> NoReturn:
        """Refuse: the run's random numbers come from its seed."""
        raise NotImplementedError(SEEDED)

    def _keep_within(self, step: float) -> None:
        """Refuse to go beyond the last step, before anything is simulated."""
        last = self.population.steps
        if step > last:
            years = self.population.setup.scenario.years
            raise RuntimeError(
                f"step {step:g} lies past the end: the run is over after {last} steps ({years} "
                f"{'year' if years == 1 else 'years'}); make a model of more years, as in "
                "ExerciseModel(scenario, years=40)"
            )

    @property
    def steps(self) -> int:
        """Return how many steps have been simulated; Mesa counts them, and nobody else."""
        return self._steps_counted

    @steps.setter
    def steps(self, steps: int) -> None:
        _only_mesa_sets("steps")
        self._steps_counted = steps

    @property
    def datacollector(self) -> DataCollector:
        """Return what is fed after every step; another can be set."""
        return self._collector

    @datacollector.setter
    def datacollector(self, collector: DataCollector) -> None:
        check_collector(type(self), collector)
        self._collector = collector

    @property
    def scenario(self) -> Any:
        """Return Mesa's own scenario, which Mesa has from 3.5 on; ours is ``exercise_scenario``."""
        try:
            return vars(self)["_scenario"]
        except KeyError:
            raise AttributeError("a model's scenario is its exercise_scenario") from None

    @scenario.setter
    def scenario(self, scenario: Any) -> None:
        if "population" in vars(self):
            raise AttributeError(
                "a model keeps the scenario it was made with; make another, as in "
                "ExerciseModel(scenario)"
            )
        Model.scenario.fset(self, scenario)

    if hasattr(Model, "run_until"):  # Mesa 3.5 and later

        @property
        def time(self) -> float:
            """Return the time [steps since the start]; Mesa counts it, and nobody else."""
            return float(vars(Model)["time"].__get__(self, type(self)))

        @time.setter
        def time(self, time: float) -> None:
            _only_mesa_sets("time")
            vars(Model)["time"].__set__(self, time)  # which tells those who observe it

        def run_for(self, duration: float) -> None:
            """Simulate so many steps; RuntimeError, and nothing done, if they pass the end."""
            self._keep_within(self.time + duration)
            super().run_for(duration)

        def run_until(self, end_time: float) -> None:
            """Simulate up to a step; RuntimeError, and nothing done, if it lies past the end."""
            self._keep_within(end_time)
            super().run_until(end_time)

        def schedule_event(self, function: Any, **when: Any) -> Any:
            """Schedule a function ``at`` a step or ``after`` so many, within the run."""
            after = when.get("after")
            self._keep_within(when.get("at") or 0 if after is None else self.time + after)
            return super().schedule_event(function, **when)

        def schedule_recurring(self, function: Any, schedule: Any, *more: Any, **named: Any) -> Any:
            """Schedule a function that recurs from a step within the run on."""
            self._keep_within(schedule.start or 0)
            return super().schedule_recurring(function, schedule, *more, **named)

        def observe(self, observable_name: Any, signal_type: Any, handler: Any) -> None:
            """Call a handler when something changes, such as ``time``; people give no signals."""
            names = [observable_name] if isinstance(observable_name, str) else observable_name
            if isinstance(names, (list, tuple, set)) and "agents" in names:
                raise NotImplementedError(
                    "people give no signals when they enter or die; compare model.agents or "
                    "model.people() before and after a step"
                )
            super().observe(observable_name, signal_type, handler)
