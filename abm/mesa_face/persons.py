"""What can be seen of a person, and what can be set: attributes that stand for columns.

Each attribute reads the columns of a :class:`abm.running.stepwise.StepwisePopulation`, for
one person or many.
"""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from typing import Any

import numpy as np

from abm.conditions import CONDITIONS, Condition
from abm.kernel import layout as c
from abm.running.stepwise import Keys, StepwisePopulation
from abm.scenario.hints import LEAST_LIKENESS

OTHERS = (
    "people come from the scenario and others cannot be added; choose how many with persons=, "
    "and who with population: in the scenario (microdata: takes a survey file)"
)
Reader = Callable[[StepwisePopulation, int, Keys], Any]
Writer = Callable[[StepwisePopulation, int, int, Any], None]


class Column:
    """An attribute of a person that is read from, and perhaps written to, the columns.

    Parameters
    ----------
    read
        Returns the values of people in one world, as an array.
    doc
        What it is, with its unit.
    write
        Sets the value of one person in one world; None if it cannot be set.
    """

    def __init__(self, read: Reader, doc: str, write: Writer | None = None) -> None:
        self.read, self.write, self.__doc__, self.name = read, write, doc, ""

    def __set_name__(self, owner: type, name: str) -> None:
        del owner
        self.name = name

    def __get__(self, person: PersonColumns | None, owner: type | None = None) -> Any:
        if person is None:
            return self
        return self.read(person.model.population, person._world, np.array([person._key])).tolist()[
            0
        ]

    def __set__(self, person: PersonColumns, value: Any) -> None:
        if self.write is None:
            raise AttributeError(f"{self.name} cannot be set; {settable()} can")
        self.write(person.model.population, person._world, person._key, value)


def _number(k: int) -> Reader:
    return lambda people, world, keys: people.column(world, False, k)[keys].astype(float)


def _whole(k: int) -> Reader:
    return lambda people, world, keys: people.column(world, True, k)[keys]


def _flag(k: int) -> Reader:
    return lambda people, world, keys: people.column(world, False, k)[keys] > 0


def _reported(people: StepwisePopulation, world: int, keys: Keys) -> Any:
    habit = people.column(world, False, c.REPORTED_DOSE)[keys].astype(float)
    return habit + people.column(world, False, c.POLICY_DOSE)[keys]


def _reached(people: StepwisePopulation, world: int, keys: Keys) -> Any:
    del world
    return people.column(1 if people.setup.worlds > 1 else 0, True, c.REACHED)[keys] > 0


def _checked(name: str, value: Any, low: float, high: float) -> float:
    number = float(value)
    if not low <= number <= high:
        raise ValueError(f"{name} is {value!r}; must be a number from {low:g} to {high:g}")
    return number


def _set_bmi(people: StepwisePopulation, world: int, key: int, value: Any) -> None:
    people.set_bmi(world, key, _checked("bmi [kg/m2]", value, 10.0, 100.0))


def _set_smoker(people: StepwisePopulation, world: int, key: int, value: Any) -> None:
    if value not in (True, False):
        raise ValueError(f"smoker is {value!r}; must be True or False")
    people.set_smoker(world, key, bool(value))


def _set_habit(people: StepwisePopulation, world: int, key: int, value: Any) -> None:
    highest = float(people.setup.constants.activity.highest)
    people.set_habit(world, key, _checked("habitual_met_hours", value, 0.0, highest))


def settable() -> str:
    """Say which attributes can be set."""
    columns = [each for each in vars(PersonColumns).values() if isinstance(each, Column)]
    names = [column.name for column in columns if column.write]
    return f"{', '.join(names[:-1])} and {names[-1]}"


def no_name_of_ones_own(person_class: type, name: str) -> str:
    """Say why an attribute of one's own cannot have a name; nothing if it can.

    A name that a person has means something already; one that is nearly a column's is more likely a
    slip, which would change nothing without a word.
    """
    if name.startswith("_") or hasattr(person_class, name):
        return f"{name} of a person cannot be set; {settable()} can, and attributes of your own"
    columns = [each for each, is_column in vars(PersonColumns).items()
               if isinstance(is_column, Column)]  # fmt: skip
    near = get_close_matches(name.lower(), columns, n=1, cutoff=LEAST_LIKENESS)
    if not near:
        return ""
    return (
        f"a person has no column '{name}'; did you mean '{near[0]}'? An attribute of your own must "
        f"have a name less like it; of the columns {settable()} can be set"
    )


class PersonColumns:
    """The attributes of a person in one world, who is named by a key of the people."""

    model: Any
    _key: int
    _world: int

    age = Column(_whole(c.AGE), "Age [completed years].")
    sex = Column(
        lambda people, world, keys: np.array(c.SEXES)[people.column(world, True, c.SEX)[keys]],
        "male or female.",
    )
    deprivation = Column(_whole(c.DEPRIVATION), "Quintile of deprivation, 1 the most deprived.")
    bmi = Column(_number(c.BMI), "Body mass index [kg/m2]; can be set.", _set_bmi)
    smoker = Column(_flag(c.SMOKER), "Whether the person smokes; can be set.", _set_smoker)
    met_hours = Column(
        _reported, "Dose a survey would hear of, policies' included [marginal MET-hours per week]."
    )
    habitual_met_hours = Column(
        _number(c.HABIT_DOSE),
        "Habitual dose without policies [marginal MET-hours per week]; can be set.",
        _set_habit,
    )
    policy_met_hours = Column(
        _number(c.POLICY_DOSE), "Dose that policies add now [marginal MET-hours per week]."
    )
    il6 = Column(
        lambda people, world, keys: np.exp(people.log_il6(world, keys)),
        "Usual resting IL-6 [pg/mL].",
    )
    alive = Column(
        lambda people, world, keys: people.column(world, True, c.CAUSE)[keys] < 0,
        "Whether the person is alive; views of the dead show their last state.",
    )
    reached = Column(_reached, "Whether any policy was offered to the person.")
    unique_id = Column(
        lambda people, world, keys: people.person_ids(keys), "The person's id, as in result.people."
    )


def _add_disease(k: int, row: Condition) -> None:
    """Let a person say whether they have the disease at place ``k`` of the table of conditions."""
    case = "in an episode" if row.kind == "recurrent" else "a prevalent case"
    column = Column(_flag(c.ILL + k), f"Whether the person is {case} of {row.label}.")
    column.__set_name__(PersonColumns, row.name)
    setattr(PersonColumns, row.name, column)


for _place, _row in enumerate(CONDITIONS[: c.N_DISEASES]):
    _add_disease(_place, _row)
