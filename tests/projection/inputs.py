"""The evidence files, read independently of the program."""

import csv
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import numpy as np
from numpy.typing import NDArray
from ruamel.yaml import YAML

EVIDENCE = Path(__file__).parents[2] / "abm" / "evidence"
PLACE = EVIDENCE.parent / "places" / "uk"
SEXES = ("male", "female")
FIRST_AGE, LAST_AGE = 20, 120
AGE = np.arange(FIRST_AGE, LAST_AGE + 1)
OLDEST_AT_START = 94
BANDS = ("20-29", "30-39", "40-49", "50-59", "60-69", "70-79", "80-89", "90+")
BAND_OF_AGE = np.minimum((AGE - FIRST_AGE) // 10, len(BANDS) - 1)

Table = NDArray[np.float64]
P, R = ParamSpec("P"), TypeVar("R")

# Figures replaced for a while, by the beginning of their paths, and what was found with them
_replaced: dict[str, float] = {}
_remembered: list[Any] = []


def remembered(function: Callable[P, R]) -> Callable[P, R]:
    """Return a function that keeps its results until figures are replaced."""
    keeping = cache(function)
    _remembered.append(keeping)
    return keeping


@contextmanager
def replaced(figures: Mapping[str, float]) -> Iterator[None]:
    """Let all figures whose paths begin with one of these have its number instead."""
    _set_replaced(figures)
    try:
        yield
    finally:
        _set_replaced({})


def _set_replaced(figures: Mapping[str, float]) -> None:
    _replaced.clear()
    _replaced.update(figures)
    for function in _remembered:
        function.cache_clear()


@cache
def entries() -> tuple[dict[str, Any], ...]:
    """Return the place's values and the evidence files, read by an ordinary YAML parser."""
    reader = YAML(typ="safe", pure=True)
    own = reader.load(PLACE / "place.yaml")
    return own["parameters"], *(reader.load(file) for file in sorted(EVIDENCE.glob("*.yaml")))


def figure(path: str) -> Any:
    """Return the central value of an evidence entry; a KeyError where there is none."""
    for beginning, number in _replaced.items():
        if path.startswith(beginning):
            return number
    for tree in entries():
        node = tree
        for key in path.split("."):
            node = node.get(int(key) if key.isdigit() else key, {})
        if "value" in node:
            return node["value"]
    raise KeyError(path)


def ratio(path: str) -> float:
    """Return a hazard ratio; 1 where the evidence has none."""
    try:
        return float(figure(path))
    except KeyError:
        return 1.0


def over_age(path: str) -> Table:
    """Return an entry by single year of age: linear between its knots, flat outside."""
    value = figure(path)
    if not isinstance(value, dict):
        return np.full(len(AGE), float(value))
    knots = sorted((float(age), float(number)) for age, number in value.items())
    return np.interp(AGE, *np.array(knots).T)


def by_sex(path: str) -> Table:
    """Return an entry by sex and age; entries that do not tell the sexes apart hold for both."""
    try:
        return np.array([over_age(f"{path}.{sex}") for sex in SEXES])
    except KeyError:
        return np.array([over_age(path)] * 2)


@cache
def rows(name: str) -> tuple[dict[str, str], ...]:
    """Return the rows of one table of the evidence, or of the place."""
    folder = EVIDENCE if (EVIDENCE / f"{name}.csv").exists() else PLACE
    lines = (folder / f"{name}.csv").read_text(encoding="utf-8").splitlines()
    return tuple(csv.DictReader(line for line in lines if not line.startswith("#")))


def dose_response(curve: str) -> tuple[Table, Table]:
    """Return doses [MET-hours per week] and relative risks of a published curve."""
    own = [row for row in rows("activity_dose_response") if row["outcome"] == curve]
    points = sorted((float(row["met_hours"]), float(row["relative_risk"])) for row in own)
    doses, risks = np.array(points).T
    return doses, risks


# The country


def people() -> Table:
    """Return the country's people by sex and age."""
    found = np.zeros((2, len(AGE)))
    for row in rows("population"):
        age = int(row["age"])
        if FIRST_AGE <= age <= LAST_AGE:
            found[SEXES.index(row["sex"]), age - FIRST_AGE] = float(row["population"])
    return found


def start_population() -> Table:
    """Return the country's people of 20 to 94 years."""
    return np.where(AGE <= OLDEST_AT_START, people(), 0.0)


def male_share_at_first_age() -> float:
    """Return the share of men among the country's people aged 20."""
    young = start_population()[:, 0]
    return float(young[0] / young.sum())


def life_table() -> Table:
    """Return the death rate by single age; the last one published holds beyond."""
    rates = np.zeros((2, len(AGE)))
    known = {(row["sex"], int(row["age"])): row for row in rows("population")}
    last = max(age for _, age in known)
    for i, age in enumerate(AGE):
        own = [known[sex, min(int(age), last)] for sex in SEXES]
        rates[:, i] = [float(row["deaths_per_person_year"]) for row in own]
    return rates


def in_bands(table: Table) -> Table:
    """Return sums over ten-year bands of age, along the last axis."""
    first = np.searchsorted(BAND_OF_AGE, np.arange(len(BANDS)))
    return np.add.reduceat(table, first, axis=-1)
