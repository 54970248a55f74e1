"""What can be seen of a person, and what can be set: attributes that stand for columns.

Each attribute reads the columns of a :class:`abm.running.stepwise.Crowd`, for one person or many.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from abm.kernel import layout as c
from abm.running.stepwise import Crowd, Keys

Reader = Callable[[Crowd, int, Keys], Any]
Writer = Callable[[Crowd, int, int, Any], None]


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
        return self.read(person.model.crowd, person._world, np.array([person._key])).tolist()[0]

    def __set__(self, person: PersonColumns, value: Any) -> None:
        if self.write is None:
            raise AttributeError(f"{self.name} cannot be set; {settable()} can")
        self.write(person.model.crowd, person._world, person._key, value)


def _number(k: int) -> Reader:
    return lambda crowd, world, keys: crowd.column(world, False, k)[keys].astype(float)


def _whole(k: int) -> Reader:
    return lambda crowd, world, keys: crowd.column(world, True, k)[keys]


def _flag(k: int) -> Reader:
    return lambda crowd, world, keys: crowd.column(world, False, k)[keys] > 0


def _reported(crowd: Crowd, world: int, keys: Keys) -> Any:
    told = crowd.column(world, False, c.REPORTED_DOSE)[keys].astype(float)
    return told + crowd.column(world, False, c.POLICY_DOSE)[keys]


def _reached(crowd: Crowd, world: int, keys: Keys) -> Any:
    del world
    return crowd.column(1 if crowd.setup.worlds > 1 else 0, True, c.REACHED)[keys] > 0


def _checked(name: str, value: Any, low: float, high: float) -> float:
    number = float(value)
    if not low <= number <= high:
        raise ValueError(f"{name} is {value!r}; must be a number from {low:g} to {high:g}")
    return number


def _set_bmi(crowd: Crowd, world: int, key: int, value: Any) -> None:
    crowd.set_bmi(world, key, _checked("bmi [kg/m2]", value, 10.0, 100.0))


def _set_smoker(crowd: Crowd, world: int, key: int, value: Any) -> None:
    if value not in (True, False):
        raise ValueError(f"smoker is {value!r}; must be True or False")
    crowd.set_smoker(world, key, bool(value))


def _set_habit(crowd: Crowd, world: int, key: int, value: Any) -> None:
    highest = float(crowd.setup.constants.activity.highest)
    crowd.set_habit(world, key, _checked("habitual_met_hours", value, 0.0, highest))


def settable() -> str:
    """Say which attributes can be set."""
    columns = [each for each in vars(PersonColumns).values() if isinstance(each, Column)]
    names = [column.name for column in columns if column.write]
    return f"{', '.join(names[:-1])} and {names[-1]}"


class PersonColumns:
    """The attributes of a person in one world, who is named by a key of the crowd."""

    model: Any
    _key: int
    _world: int

    age = Column(_whole(c.AGE), "Age [completed years].")
    sex = Column(
        lambda crowd, world, keys: np.array(c.SEXES)[crowd.column(world, True, c.SEX)[keys]],
        "male or female.",
    )
    deprivation = Column(_whole(c.DEPRIVATION), "Fifth of deprivation, 1 the most deprived.")
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
        lambda crowd, world, keys: np.exp(crowd.log_il6(world, keys)), "Usual resting IL-6 [pg/mL]."
    )
    coronary_heart_disease = Column(
        _flag(c.ILL + c.DISEASES.index("coronary_heart_disease")), "Whether the person has it."
    )
    stroke = Column(_flag(c.ILL + c.DISEASES.index("stroke")), "Whether the person has had one.")
    type_2_diabetes = Column(_flag(c.ILL + c.DIABETES), "Whether the person has it.")
    colon_cancer = Column(
        _flag(c.ILL + c.DISEASES.index("colon_cancer")), "Whether the person has it."
    )
    breast_cancer = Column(
        _flag(c.ILL + c.DISEASES.index("breast_cancer")), "Whether the person has it."
    )
    depression = Column(_flag(c.ILL + c.DEPRESSION), "Whether the person is in an episode.")
    alive = Column(
        lambda crowd, world, keys: crowd.column(world, True, c.CAUSE)[keys] < 0,
        "Whether the person lives; views of the dead show their last state.",
    )
    reached = Column(_reached, "Whether any policy was offered to the person.")
    unique_id = Column(
        lambda crowd, world, keys: crowd.person_ids(keys), "The person's id, as in result.people."
    )
