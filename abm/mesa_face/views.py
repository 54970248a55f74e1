"""People as Mesa sees them: a ``Person`` is an agent, ``People`` an AgentSet.

A ``Person`` is a view of one row, made when asked for and gone when no longer used; a set of people
is a list of keys.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
from mesa import Agent
from mesa.agent import AgentSet

from abm.mesa_face.persons import OTHERS, Column, PersonColumns, no_name_of_ones_own
from abm.running.stepwise import Keys

if TYPE_CHECKING:
    from abm.mesa_face.guarded import GuardedModel
CHANGES_NOTHING = (
    "a model gives its people anew at every look, so this set cannot be changed; change one of "
    "your own, as in people = model.agents.select(); nobody enters or leaves the model by it"
)

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
    Attributes of one's own are kept by the model for the person in that world; its equations do
    not read them.
    """

    model: GuardedModel

    pos = None

    def __init__(self, model: GuardedModel, key: int, world: int) -> None:
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
        """Set a column, or keep an attribute of one's own as long as the model lives.

        Raises
        ------
        AttributeError
            If the name is one of a person's that cannot be set, or so much like that of a column
            that it may be meant.
        """
        if isinstance(getattr(type(self), name, None), Column):
            super().__setattr__(name, value)
            return
        if problem := no_name_of_ones_own(type(self), name):
            raise AttributeError(problem)
        self.model.own_attributes.setdefault(name, {})[self._key, self._world] = value

    def __getattr__(self, name: str) -> Any:
        """Return an attribute of one's own; called where a person has no other of that name."""
        if name.startswith("_") or name == "model":  # asked for while a copy is made
            raise AttributeError(name)
        kept = self.model.own_attributes.get(name, {})
        try:
            return kept[self._key, self._world]
        except KeyError:
            raise AttributeError(f"{self!r} has no attribute {name!r}") from None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Person):
            return NotImplemented
        same = (self._key, self._world) == (other._key, other._world)
        return same and self.model is other.model

    def __hash__(self) -> int:
        return hash((id(self.model), self._key, self._world))

    def __repr__(self) -> str:
        return f"<Person {self.unique_id}, {self.world}: {self.sex}, {self.age}>"

    def remove(self) -> NoReturn:
        """Refuse: people leave by dying; ``select`` leaves people out of a set."""
        raise NotImplementedError("a person leaves by dying; use select to leave people out")

    @classmethod
    def create_agents(cls, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse: people come from the scenario."""
        raise NotImplementedError(OTHERS)

    @classmethod
    def from_dataframe(cls, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse: people come from the scenario, or from its survey file."""
        raise NotImplementedError(OTHERS)


class People(AgentSet):  # type: ignore[misc]
    """An AgentSet of views, which holds keys instead of agents.

    Parameters
    ----------
    agents
        People, of any world.
    random
        Source of shuffling; default that of their model.

    Raises
    ------
    TypeError
        If something else than a person is among them.
    ValueError
        If they are people of two models, whose keys mean nothing to each other.
    """

    def __init__(self, agents: Iterable[Person] = (), random: Any = None) -> None:
        views = list(dict.fromkeys(agents))
        model = _only_model(views)
        keys = np.array([view._key for view in views], np.int64)
        worlds = np.array([view._world for view in views], np.int64)
        self._hold(model, keys, worlds, random)

    def _hold(self, model: GuardedModel | None, keys: Keys, worlds: Keys, random: Any) -> None:
        self.model, self._keys, self._worlds = model, keys, worlds
        self.random: Any = random or (model.random if model else None)
        self._is_all_of_model = False

    @classmethod
    def all_of(cls, model: GuardedModel, keys: Keys, world: int) -> People:
        """Return the living of a world of a model: the set that a model gives, anew each time."""
        people = cls.__new__(cls)
        people._hold(model, keys, np.full(len(keys), world), model.random)
        people._is_all_of_model = True
        return people

    def _check_own(self) -> None:
        """Refuse to change the set that a model gives, which would do nothing to the model."""
        if self._is_all_of_model:
            raise NotImplementedError(CHANGES_NOTHING)

    def _some(self, places: Any, inplace: bool = False) -> People:
        """Return the people at some places of this set."""
        chosen = self if inplace else People.__new__(People)
        chosen._hold(self.model, self._keys[places], self._worlds[places], self.random)
        return chosen

    def _model(self) -> GuardedModel:
        """Return the model of the people in this set, which is not empty."""
        if self.model is None:
            raise IndexError("the set is empty; it must hold a person")
        return self.model

    @property
    def _agents(self) -> dict[Person, None]:
        return dict.fromkeys(self)

    def _update(self, agents: Iterable[Person]) -> People:
        People.__init__(self, agents, self.random)
        return self

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[Person]:
        for key, world in zip(self._keys.tolist(), self._worlds.tolist(), strict=True):
            yield Person(self._model(), key, world)

    def __contains__(self, agent: object) -> bool:
        if not isinstance(agent, Person) or agent.model is not self.model:
            return False
        return bool(((self._keys == agent._key) & (self._worlds == agent._world)).any())

    def __getitem__(self, item: Any) -> Any:
        if isinstance(item, slice):
            return list(self._some(item))
        return Person(self._model(), self._keys[item], self._worlds[item])

    def __copy__(self) -> People:
        return self._some(slice(None))

    def to_list(self) -> list[Person]:
        """Return the people as a list."""
        return list(self)

    def add(self, agent: Person) -> None:
        """Add a person of the same model to this set, not to the model."""
        self._check_own()
        model = _only_model([*self[:1], agent])
        if agent in self:
            return
        keys, worlds = (
            np.append(own, new)
            for own, new in ((self._keys, agent._key), (self._worlds, agent._world))
        )
        self._hold(model, keys, worlds, self.random)

    def discard(self, agent: Person) -> None:
        """Leave a person out of this set."""
        self._check_own()
        if agent in self:
            self._some((self._keys != agent._key) | (self._worlds != agent._world), inplace=True)

    def pop(self) -> Person:
        """Leave the first person out of this set and return them; KeyError if it is empty."""
        self._check_own()
        if len(self) == 0:
            raise KeyError("the set is empty; it must hold a person")
        first: Person = self[0]
        self._some(slice(1, None), inplace=True)
        return first

    def clear(self) -> None:
        """Leave everybody out of this set, not out of the model."""
        self._check_own()
        self._some(slice(0), inplace=True)

    def remove(self, agent: Person) -> None:
        """Leave a person out of this set; KeyError if they are not in it."""
        self._check_own()
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


def _only_model(people: Iterable[Any]) -> GuardedModel | None:
    """Return the model that all people belong to; None of nobody."""
    model = None
    for person in people:
        if not isinstance(person, Person):
            raise TypeError(f"a set of people holds {person!r:.60}; must hold persons only")
        if model is not None and person.model is not model:
            raise ValueError(
                "people of two models cannot be in one set: a key names another person in each; "
                "keep a set per model, or put their values together, as first.get('bmi') + "
                "second.get('bmi')"
            )
        model = person.model
    return model
