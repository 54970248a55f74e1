"""The face to Mesa: ``ExerciseModel`` is a Mesa model, ``Person`` an agent.

Behind them people are columns of blocks (:mod:`abm.running.stepwise`). A ``Person`` is a view made
when asked for and gone when no longer used; an ``AgentSet`` of people is a list of keys. The only
module that imports mesa.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from mesa import Agent, DataCollector, Model
from mesa.agent import AgentSet

from abm.evidence.parameters import Parameters
from abm.mesa_face.persons import Column, PersonColumns, settable
from abm.results.result import Result
from abm.running.setup import set_up, with_sizes
from abm.running.stepwise import Keys, StepwisePopulation
from abm.scenario.load import load_scenario
from abm.scenario.parts import Scenario

try:  # Mesa 3.4 and later
    from mesa.agentset import GroupBy
except ImportError:
    from mesa.agent import GroupBy


class Person(PersonColumns, Agent):  # type: ignore[misc]
    """One person in one world: a view, equal to any other view of the same person there.

    ``bmi``, ``smoker`` and ``habitual_met_hours`` can be set. The person's worlds part with that,
    as at the start of a policy, and only the world of the view is changed. IL-6 answers to BMI and
    smoking at once, and to the habit with its own time constants; hazards answer to the dose from
    the next step, to BMI and smoking from the next January, when they are looked up every year.
    """

    model: ExerciseModel

    pos = None

    def __init__(self, model: ExerciseModel, key: int, world: int) -> None:
        # Agent.__init__ would register the view and keep the model alive for ever.
        self.__dict__.update(model=model, _key=int(key), _world=int(world))

    @property
    def world(self) -> str:
        """Return the world this view looks at, baseline or policy."""
        return "policy" if self._world else "baseline"

    @property
    def twin(self) -> Person:
        """Return the same person in the baseline world."""
        return Person(self.model, self._key, 0)

    def __setattr__(self, name: str, value: Any) -> None:
        if not isinstance(getattr(type(self), name, None), Column):
            raise AttributeError(
                f"a Person has no column '{name}' and, being a view, nowhere to keep it; "
                f"{settable()} can be set"
            )
        super().__setattr__(name, value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Person):
            return NotImplemented
        same = (self._key, self._world) == (other._key, other._world)
        return same and self.model is other.model

    def __hash__(self) -> int:
        return hash((id(self.model), self._key, self._world))

    def __repr__(self) -> str:
        return f"<Person {self.unique_id}, {self.world}: {self.sex}, {self.age}>"

    def remove(self) -> None:
        """Refuse: people leave by dying; ``select`` leaves people out of a set."""
        raise NotImplementedError("a person leaves by dying; use select to leave people out")


class People(AgentSet):  # type: ignore[misc]
    """An AgentSet of views, which holds keys instead of agents.

    Parameters
    ----------
    agents
        People, of any world.
    random
        Source of shuffling; default that of their model.
    """

    def __init__(self, agents: Iterable[Person] = (), random: Any = None) -> None:
        views = list(dict.fromkeys(agents))
        model = views[0].model if views else None
        keys = np.array([view._key for view in views], np.int64)
        worlds = np.array([view._world for view in views], np.int64)
        self._hold(model, keys, worlds, random)

    def _hold(self, model: ExerciseModel | None, keys: Keys, worlds: Keys, random: Any) -> None:
        self.model, self._keys, self._worlds = model, keys, worlds
        self.random: Any = random or (model.random if model else None)

    def _some(self, places: Any, inplace: bool = False) -> People:
        """Return the people at some places of this set."""
        chosen = self if inplace else People.__new__(People)
        chosen._hold(self.model, self._keys[places], self._worlds[places], self.random)
        return chosen

    @property
    def _agents(self) -> dict[Person, None]:
        return dict.fromkeys(self)

    def _update(self, agents: Iterable[Person]) -> People:
        People.__init__(self, agents, self.random)
        return self

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[Person]:
        if self.model is None:
            return
        for key, world in zip(self._keys.tolist(), self._worlds.tolist(), strict=True):
            yield Person(self.model, key, world)

    def __contains__(self, agent: object) -> bool:
        if not isinstance(agent, Person) or agent.model is not self.model:
            return False
        return bool(((self._keys == agent._key) & (self._worlds == agent._world)).any())

    def __getitem__(self, item: Any) -> Any:
        return self.to_list()[item]

    def __copy__(self) -> People:
        return self._some(slice(None))

    def to_list(self) -> list[Person]:
        """Return the people as a list."""
        return list(self)

    def add(self, agent: Person) -> None:
        """Add a person to this set, not to the model."""
        self._update([*self, agent])

    def discard(self, agent: Person) -> None:
        """Leave a person out of this set."""
        self._update([person for person in self if person != agent])

    def remove(self, agent: Person) -> None:
        """Leave a person out of this set; KeyError if they are not in it."""
        if agent not in self:
            raise KeyError(agent)
        self.discard(agent)

    def select(
        self,
        filter_func: Callable[[Person], bool] | None = None,
        at_most: float = float("inf"),
        inplace: bool = False,
        agent_type: type[Agent] | None = None,
    ) -> People:
        """Return the people for whom ``filter_func`` holds, the first ``at_most`` of them.

        ``at_most`` is a number of people or, as a float of at most 1, a share of this set.
        """
        most = int(len(self) * at_most) if isinstance(at_most, float) and at_most <= 1 else at_most
        chosen: list[int] = []
        for place, person in enumerate(self):
            if len(chosen) >= most:
                break
            fits = agent_type is None or isinstance(person, agent_type)
            if fits and (filter_func is None or filter_func(person)):
                chosen.append(place)
        return self._some(np.array(chosen, np.int64), inplace)

    def shuffle(self, inplace: bool = False) -> People:
        """Return the people in random order."""
        places = list(range(len(self)))
        self.random.shuffle(places)
        return self._some(np.array(places, np.int64), inplace)

    def sort(
        self, key: Callable[[Person], Any] | str, ascending: bool = False, inplace: bool = False
    ) -> People:
        """Return the people in the order of an attribute or function, the highest first."""
        values = self.get(key) if isinstance(key, str) else [key(person) for person in self]
        places = sorted(range(len(self)), key=lambda i: values[i], reverse=not ascending)
        return self._some(np.array(places, np.int64), inplace)

    def get(
        self, attr_names: Any, handle_missing: str = "error", default_value: Any = None
    ) -> list[Any]:
        """Return an attribute of everybody, or of several a list per person."""
        if handle_missing not in ("error", "default"):
            raise ValueError(f"handle_missing is {handle_missing!r}; must be 'error' or 'default'")
        missing = (default_value,) if handle_missing == "default" else ()
        if isinstance(attr_names, str):
            return self._values(attr_names, missing)
        columns = [self._values(name, missing) for name in attr_names]
        return [list(values) for values in zip(*columns, strict=True)] if columns else []

    def _values(self, name: str, missing: tuple[Any, ...]) -> list[Any]:
        column = getattr(Person, name, None)
        if self.model is None or not isinstance(column, Column):
            return [getattr(person, name, *missing) for person in self]
        found = np.empty(len(self), object)
        for world in np.unique(self._worlds):
            own = self._worlds == world
            found[own] = column.read(self.model.population, int(world), self._keys[own]).tolist()
        return found.tolist()

    def map(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> list[Any]:
        """Return what a method, by name, or a function of a person gives for each."""
        if isinstance(method, str):
            return [getattr(person, method)(*args, **kwargs) for person in self]
        return [method(person, *args, **kwargs) for person in self]

    def do(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> People:
        """Call a method, by name, or a function of a person for each."""
        self.map(method, *args, **kwargs)
        return self

    def shuffle_do(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> People:
        """Call a method or function for each in random order."""
        self.shuffle().map(method, *args, **kwargs)
        return self

    def groupby(self, by: Callable[[Person], Any] | str, result_type: str = "agentset") -> GroupBy:
        """Group the people by an attribute or function."""
        values = self.get(by) if isinstance(by, str) else [by(person) for person in self]
        places: dict[Any, list[int]] = defaultdict(list)
        for place, value in enumerate(values):
            places[value].append(place)
        groups = {value: self._some(np.array(own)) for value, own in places.items()}
        if result_type == "agentset":
            return GroupBy(groups)
        return GroupBy({value: group.to_list() for value, group in groups.items()})


def _measure(model: ExerciseModel, world: str, name: str) -> float:
    return model.measures(world)[name]


class ExerciseModel(Model):  # type: ignore[misc]
    """A scenario as a Mesa model: one ``step()`` simulates ``step_months`` of everybody.

    ``agents`` are the living of the policy world (of the baseline where there is no policy);
    ``person.twin`` is the same person in the baseline. ``datacollector`` is fed after every step
    with the measures of both worlds. Outcomes are those of :func:`abm.simulate`, bit by bit.

    Parameters
    ----------
    scenario
        A scenario, the name of a bundled one, or a path.
    persons, years
        Replace the scenario's own.
    rng
        Seed of the run instead of the scenario's; anything but a whole number is turned into one.
    replicate
        Added to the seed: other persons and random numbers, for sweeps with ``batch_run``.
    parameters
        Values of the evidence entries instead of the central ones with the scenario's overrides.
    pathways
        Also simulate the world in which policies do not reach IL-6, for ``share_via_il6``.

    Raises
    ------
    ScenarioError
        If the scenario cannot be loaded.
    ValueError
        If a number is out of its range.
    """

    def __init__(
        self,
        scenario: Scenario | str | Path,
        *,
        persons: int | None = None,
        years: int | None = None,
        rng: Any = None,
        replicate: int = 0,
        parameters: Parameters | None = None,
        pathways: bool = True,
    ) -> None:
        self._began = time.perf_counter()
        chosen = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
        super().__init__(rng=chosen.seed if rng is None else rng)
        seed = chosen.seed if rng is None else rng
        if not isinstance(seed, (int, np.integer)):
            seed = self.rng.integers(2**32)
        seed = int(seed) + replicate
        chosen = with_sizes(chosen, persons=persons, years=years, seed=seed)
        self.population = StepwisePopulation(set_up(chosen, parameters, pathways), seed)
        self._measured: dict[str, tuple[int, dict[str, float]]] = {}
        self.datacollector = DataCollector(model_reporters=self._reporters())

    @property
    def exercise_scenario(self) -> Scenario:
        """Return the scenario that is simulated (``scenario`` is a name of Mesa's own)."""
        return self.population.setup.scenario

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
        keys = self.population.living(place)
        people = People.__new__(People)
        people._hold(self, keys, np.full(len(keys), place), self.random)
        return people

    def _place(self, world: str) -> int:
        if world not in self.worlds:
            raise ValueError(f"world is {world!r}; must be one of {', '.join(self.worlds)}")
        return self.worlds.index(world)

    def register_agent(self, agent: Agent) -> None:
        """Refuse: people come from the scenario."""
        raise NotImplementedError("people come from the scenario; others cannot be added")

    def step(self) -> None:
        """Simulate one step in all worlds.

        Raises
        ------
        RuntimeError
            If the scenario's years are over.
        """
        if self.population.steps_done >= self.population.steps:
            years = self.exercise_scenario.years
            raise RuntimeError(f"the run is over after {years} years; make a model of more years")
        self.population.step()
        self.running = self.population.steps_done < self.population.steps
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
        found: dict[str, Any] = {"date": "date"}
        for world in reversed(self.worlds):
            prefix = "" if world == self.worlds[-1] else f"{world}."
            for name in self.measures(world):
                found[prefix + name] = partial(_measure, world=world, name=name)
        return found

    def result(self) -> Result:
        """Return the tables of :func:`abm.simulate` over the whole years simulated so far."""
        return self.population.result(time.perf_counter() - self._began)

    def people(self) -> pd.DataFrame:
        """Return ``result.people`` as of now: one row per person and world, dead or alive."""
        return self.population.people_table()
