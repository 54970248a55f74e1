"""What Mesa's ``Model`` offers and a scenario's model cannot do: each says what to do instead."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, NoReturn

from mesa import Agent, DataCollector, Model

from abm.limits import no_flag
from abm.mesa_face.collecting import check_collector
from abm.mesa_face.persons import OTHERS

if TYPE_CHECKING:
    from abm.running.stepwise import StepwisePopulation

SEEDED = (
    "the random numbers of the run come from its seed and from nothing else, so they cannot be "
    "reset; make another model, as in ExerciseModel(scenario, rng=2)"
)
LEAVING = "people leave by dying and cannot be removed; agents.select(...) leaves people out"
COUNTED = (
    "is counted as people are simulated and cannot be set; model.step() goes on by one step, "
    "model.run_model() to the end, and a new ExerciseModel(scenario) begins again"
)
OF_THE_SCENARIO = (
    "belongs to the scenario a model was made with and cannot be set; change it with "
    'load_scenario(name, ["KEY=VALUE"]) and make another model of that'
)
KEPT_SCENARIO = (
    "cannot be set: a model keeps the scenario it was made with; make another, as in "
    "ExerciseModel(scenario)"
)


def _given(example: str) -> str:
    return f"is given when a model is made and cannot be set; make another, as in {example}"


# What a name cannot be set to once a model is made, and what to do instead.
FIXED = {
    "persons": _given("ExerciseModel(scenario, persons=5000)"),
    "years": _given("ExerciseModel(scenario, years=40)"),
    "seed": _given("ExerciseModel(scenario, rng=2)"),
    "parameters": _given("ExerciseModel(scenario, parameters=central_parameters({}))"),
    "pathways": _given("ExerciseModel(scenario, pathways=False)"),
    "agent_reporters": _given('ExerciseModel(scenario, agent_reporters={"il6": "il6"})'),
    "numbers": _given('ExerciseModel(scenario, **{"policies.walks.reach": 0.5})'),
    "random": f"cannot be set: {SEEDED}",
    "rng": f"cannot be set: {SEEDED}",
    "scenario": KEPT_SCENARIO,
    "exercise_scenario": KEPT_SCENARIO,
    **dict.fromkeys(
        ("economics", "policies", "population", "start_year", "step_months"), OF_THE_SCENARIO
    ),
    **dict.fromkeys(("agents", "agents_by_type", "agent_types"), f"cannot be set: {OTHERS}"),
    "date": "follows from the scenario's start_year and the steps done; model.step() goes on",
    "worlds": "follow from the scenario's policies; model.people_of(world) gives who lives in one",
}


def _asked_by_mesa() -> bool:
    """Say whether the code that sets an attribute is Mesa's own."""
    asking = str(sys._getframe(2).f_globals.get("__name__", ""))
    return asking.split(".")[0] == "mesa"


class GuardedModel(Model):  # type: ignore[misc]
    """A Mesa model whose people, steps and random numbers are given by a scenario."""

    population: StepwisePopulation

    def __setattr__(self, name: str, value: Any) -> None:
        """Set an attribute, unless that would be without effect on the run.

        Raises
        ------
        AttributeError
            If the name is one of :data:`FIXED`, or counted by Mesa; the message says what to do.
        """
        if name in ("steps", "time") and not _asked_by_mesa():
            raise AttributeError(f"{name} {COUNTED}")
        if name in FIXED and "population" in vars(self):
            raise AttributeError(f"{name} {FIXED[name]}")
        super().__setattr__(name, value)

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
        if step > self.population.steps:
            raise RuntimeError(f"step {step:g} lies past the end: {self._over()}")

    @property
    def running(self) -> bool:
        """Return whether ``run_model`` goes on; False ends it after this step, True goes on again.

        Raises
        ------
        AttributeError
            When set to neither True nor False, or to True when the run is over.
        """
        return self._running

    @running.setter
    def running(self, running: bool) -> None:
        if problem := no_flag("running", running):
            raise AttributeError(problem)
        if running and "population" in vars(self) and self._is_over():
            raise AttributeError(f"running: {self._over()}")
        self._running = bool(running)

    def _is_over(self) -> bool:
        return self.population.steps_done >= self.population.steps

    def _over(self) -> str:
        """Say that the last step is done, and what to do."""
        years = self.population.setup.scenario.years
        return (
            f"the run is over after {self.population.steps} steps ({years} "
            f"{'year' if years == 1 else 'years'}); make a model of more years, as in "
            "ExerciseModel(scenario, years=40)"
        )

    @property
    def datacollector(self) -> DataCollector:
        """Return what is fed after every step; another can be set."""
        return self._collector

    @datacollector.setter
    def datacollector(self, collector: DataCollector) -> None:
        check_collector(type(self), collector, vars(self).get("numbers", ()))
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
        Model.scenario.fset(self, scenario)

    if hasattr(Model, "run_until"):  # Mesa 3.5 and later

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
