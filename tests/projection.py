"""The baseline as arithmetic: expected cases, deaths and stocks by single year of age and sex.

A second way from the published figures to what a country of agents should show in its first
years. It shares no code with the model: it reads the evidence files itself, interpolates, balances
incidence, prevalence and mortality itself, and moves stocks and flows where the model moves people.
It knows age, sex and disease only: everybody of one age and sex with the same illness is alike.
What differences between people add (those at higher risk fall ill and die first) is in
:mod:`tests.unlike_projection`, which takes the published figures and their balance from here.

Arrays have shape ``(sexes, ages)``: male, female; ages 20 to 120.
"""

import csv
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from ruamel.yaml import YAML

EVIDENCE = Path(__file__).parents[1] / "abm" / "evidence"
SEXES = ("male", "female")
DISEASES = (
    "coronary_heart_disease", "stroke", "type_2_diabetes", "colon_cancer", "breast_cancer",
    "depression",
)  # fmt: skip
LONG_TERM = ("coronary_heart_disease", "stroke", "type_2_diabetes")  # with a ratio on other death
FIRST_AGE, LAST_AGE = 20, 120
AGE = np.arange(FIRST_AGE, LAST_AGE + 1)
OLDEST_AT_START = 94
BANDS = ("20-29", "30-39", "40-49", "50-59", "60-69", "70-79", "80-89", "90+")
BAND_OF_AGE = np.minimum((AGE - FIRST_AGE) // 10, len(BANDS) - 1)
SMOOTHING_REACH = 3  # years of age on either side
SUBSTEPS = 48  # per year

Table = NDArray[np.float64]


# Published figures


@cache
def entries() -> tuple[dict[str, Any], ...]:
    """Return the evidence files as an ordinary YAML parser reads them."""
    reader = YAML(typ="safe", pure=True)
    return tuple(reader.load(file) for file in sorted(EVIDENCE.glob("*.yaml")))


def figure(path: str) -> Any:
    """Return the central value of an evidence entry."""
    for tree in entries():
        node = tree
        for key in path.split("."):
            node = node.get(int(key) if key.isdigit() else key, {})
        if "value" in node:
            return node["value"]
    raise KeyError(path)


def over_age(path: str) -> Table:
    """Return an entry by single year of age: linear between its knots, flat outside."""
    value = figure(path)
    if not isinstance(value, dict):
        return np.full(len(AGE), float(value))
    knots = sorted((float(age), float(number)) for age, number in value.items())
    return np.interp(AGE, *np.array(knots).T)


@cache
def rows(name: str) -> tuple[dict[str, str], ...]:
    """Return the rows of one evidence table."""
    lines = (EVIDENCE / f"{name}.csv").read_text(encoding="utf-8").splitlines()
    return tuple(csv.DictReader(line for line in lines if not line.startswith("#")))


def start_population() -> Table:
    """Return the country's people of 20 to 94 years."""
    people = np.zeros((2, len(AGE)))
    for row in rows("uk_population"):
        age = int(row["age"])
        if FIRST_AGE <= age <= OLDEST_AT_START:
            for s, sex in enumerate(SEXES):
                people[s, age - FIRST_AGE] = float(row[f"{sex}_population"])
    return people


def male_share_at_first_age() -> float:
    """Return the share of men among the country's people aged 20."""
    young = start_population()[:, 0]
    return float(young[0] / young.sum())


def life_table() -> Table:
    """Return the death rate by single age; the last one published holds beyond."""
    rates = np.zeros((2, len(AGE)))
    known = {int(row["age"]): row for row in rows("uk_population")}
    for i, age in enumerate(AGE):
        row = known[min(int(age), max(known))]
        rates[:, i] = [float(row[f"{sex}_death_rate"]) for sex in SEXES]
    return rates


def _between_knots(disease: str, measure: str) -> Table:
    """Return a published measure by single age, geometric between knots (0 where it is 0)."""
    source = "colorectal_cancer" if disease == "colon_cancer" else disease
    found = np.zeros((2, len(AGE)))
    own = sorted(
        (row for row in rows("uk_disease_rates") if row["disease"] == source),
        key=lambda row: float(row["age"]),
    )
    for s, sex in enumerate(SEXES):
        points = [(float(row["age"]), float(row[f"{sex}_{measure}"])) for row in own]
        for i, age in enumerate(AGE):
            below = max((p for p in points if p[0] <= age), default=points[0])
            above = min((p for p in points if p[0] >= age), default=points[-1])
            if below[1] <= 0.0 or above[1] <= 0.0:
                continue
            part = 0.0 if above[0] == below[0] else (age - below[0]) / (above[0] - below[0])
            found[s, i] = below[1] ** (1.0 - part) * above[1] ** part
    return found


def _held_from(table: Table, age: float) -> Table:
    held = table.copy()
    later = int(age) - FIRST_AGE
    held[:, later:] = table[:, later : later + 1]
    return held


@dataclass(frozen=True)
class Triple:
    """One disease in balance: rates per person alive or per case, and prevalence."""

    incidence: Table
    prevalence: Table
    excess: Table
    recovery: Table


@cache
def published(disease: str) -> tuple[Table, Table, Table]:
    """Return incidence, prevalence and excess mortality with the evidence's scales."""
    incidence, prevalence, excess = (
        _between_knots(disease, measure)
        for measure in ("incidence", "prevalence", "excess_mortality")
    )
    incidence = incidence * figure(f"disease.incidence_scale.{disease}")
    if disease == "colon_cancer":
        share = figure("disease.colon_share_of_colorectal")
        incidence, prevalence = share * incidence, share * prevalence
    if disease == "breast_cancer":
        incidence[0] = prevalence[0] = excess[0] = 0.0
    if disease == "type_2_diabetes":
        incidence = _held_from(
            figure("disease.diabetes_incidence_scale") * incidence,
            figure("disease.diabetes_flat_from_age"),
        )
        prevalence = figure("disease.diabetes_prevalence_scale") * prevalence
    last = figure("disease.rates_flat_from_age")
    incidence, prevalence, excess = (_held_from(t, last) for t in (incidence, prevalence, excess))
    if disease == "type_2_diabetes":
        excess = (figure("mortality.hazard_ratio.type_2_diabetes") - 1.0) * life_table()
    return incidence, prevalence, excess * figure("mortality.disease_death_scale")


@cache
def first_balance(disease: str) -> Triple:
    """Return a disease in balance with its published excess mortality."""
    return in_balance(*published(disease))


@cache
def balanced(disease: str) -> Triple:
    """Return a disease in balance with the deaths that :func:`mortality` finds for it.

    For heart disease and stroke these differ from the published excess only where deaths at the
    event reach their limits; for diabetes they follow from what others die of.
    """
    incidence, prevalence, excess = published(disease)
    if disease not in LONG_TERM:
        return first_balance(disease)
    first = {d: first_balance(d) for d in DISEASES}
    death = divided(first)
    at_once = death.at_event[disease] * first[disease].incidence / prevalence
    triple = in_balance(incidence, prevalence, death.excess[disease] + at_once)
    return replace(triple, excess=excess)


def in_balance(incidence: Table, prevalence: Table, excess: Table) -> Triple:
    """Return incidence and recovery that keep prevalence up.

    From age to age prevalence P changes by incidence - P (excess (1 - P) + recovery). Recovery
    takes what is left over, averaged over seven years of age by number of cases; where it would
    be negative, incidence is higher instead.
    """
    recovery = np.zeros_like(incidence)
    for s in range(2):
        p = prevalence[s]
        if not p.any():
            continue
        rise = np.empty_like(p)
        rise[1:-1] = (p[2:] - p[:-2]) / 2.0
        rise[0], rise[-1] = p[1] - p[0], p[-1] - p[-2]
        leaving = incidence[s] - rise - p * (1.0 - p) * excess[s]  # per person alive
        for i in range(len(AGE)):
            near = slice(max(i - SMOOTHING_REACH, 0), i + SMOOTHING_REACH + 1)
            recovery[s, i] = leaving[near].sum() / p[near].sum()
    raised = incidence + np.where(recovery < 0.0, -recovery * prevalence, 0.0)
    return Triple(raised, prevalence, excess, np.maximum(recovery, 0.0))


# Death


@dataclass(frozen=True)
class Mortality:
    """Death by other causes, what diseases add [both per year], share dying at the event."""

    other: Table
    excess: dict[str, Table]
    at_event: dict[str, Table]


@cache
def mortality() -> Mortality:
    """Divide the life table's deaths among causes, under diseases in balance with them."""
    return divided({disease: balanced(disease) for disease in DISEASES})


def divided(triples: dict[str, Triple]) -> Mortality:
    """Divide the life table's deaths among causes.

    Heart disease and stroke: the ill die at a published multiple of others' rate, the rest of
    their published deaths at the event. Diabetes: at a multiple. Cancers: at their excess.
    """
    total, zero = life_table(), np.zeros((2, len(AGE)))
    extra = {
        disease: np.full_like(zero, figure(f"mortality.hazard_ratio.{disease}") - 1.0)
        for disease in LONG_TERM
    }
    lowest = figure("mortality.acute_fatality_minimum")
    highest = figure("mortality.acute_fatality_maximum")
    cancers = sum(
        triples[d].prevalence * triples[d].excess for d in ("colon_cancer", "breast_cancer")
    )
    other, fatal = total.copy(), {}
    for _ in range(100):
        at_once = np.zeros_like(total)
        for disease in ("coronary_heart_disease", "stroke"):
            t = triples[disease]
            later = other * extra[disease] * t.prevalence
            fatal[disease] = np.clip(
                (t.prevalence * t.excess - later) / t.incidence, lowest, highest
            )
            at_once = at_once + fatal[disease] * t.incidence
        ill = sum(extra[d] * triples[d].prevalence for d in extra)
        other = np.maximum(total - at_once - cancers, 0.05 * total) / (1.0 + ill)
    excess = {disease: other * ratio for disease, ratio in extra.items()}
    for disease in ("colon_cancer", "breast_cancer"):
        excess[disease] = triples[disease].excess
    return Mortality(other, excess, {d: fatal.get(d, zero) for d in DISEASES})


# Stocks and flows


@dataclass(frozen=True)
class Projection:
    """Expected numbers per person at the start, shape (years, sexes, ages); years + 1 for stocks.

    ``events`` and ``stocks`` by disease, ``deaths`` by cause (diseases and "other").
    """

    people: Table
    person_years: Table
    events: dict[str, Table]
    stocks: dict[str, Table]
    deaths: dict[str, Table]


def project(years: int, people: Table | None = None, entrants: bool = True) -> Projection:
    """Move the country's people through the years.

    Parameters
    ----------
    years
        Length of the projection.
    people
        Persons at the start, shape (sexes, ages), in any unit; default the country's.
    entrants
        Whether new 20-year-olds come each January after the first.
    """
    alive = start_population() if people is None else people
    alive = alive / alive.sum()
    triples = {disease: balanced(disease) for disease in DISEASES}
    ill = {disease: alive * triples[disease].prevalence for disease in DISEASES}
    male = male_share_at_first_age()
    rate = figure("people.entrant_rate") if entrants else 0.0
    newcomers = rate * np.array([male, 1.0 - male])
    shape = (years, 2, len(AGE))
    found = Projection(
        np.zeros((years + 1, *shape[1:])), np.zeros(shape),
        {d: np.zeros(shape) for d in DISEASES},
        {d: np.zeros((years + 1, *shape[1:])) for d in DISEASES},
        {d: np.zeros(shape) for d in (*DISEASES, "other")},
    )  # fmt: skip
    for year in range(years + 1):
        found.people[year] = alive
        for disease in DISEASES:
            found.stocks[disease][year] = ill[disease]
        if year == years:
            break
        if year > 0:
            alive, ill = _a_year_older(alive, ill, newcomers)
        alive = _live_year(found, year, alive, ill)
    return found


def _a_year_older(
    alive: Table, ill: dict[str, Table], newcomers: NDArray[np.float64]
) -> tuple[Table, dict[str, Table]]:
    """Return everybody one year older, and the newcomers at 20: well but for depression."""

    def older(table: Table) -> Table:
        moved = np.zeros_like(table)
        moved[:, 1:] = table[:, :-1]
        moved[:, -1] += table[:, -1]
        return moved

    alive, ill = older(alive), {disease: older(table) for disease, table in ill.items()}
    alive[:, 0] = newcomers
    ill["depression"][:, 0] = newcomers * balanced("depression").prevalence[:, 0]
    return alive, ill


def _live_year(found: Projection, year: int, alive: Table, ill: dict[str, Table]) -> Table:
    """Live one year in small steps (midpoint rule); ``ill`` changes in place."""
    dt = 1.0 / SUBSTEPS
    names = [d for d in DISEASES if d != "depression"]
    death, triples = mortality(), {d: balanced(d) for d in DISEASES}
    onset = {d: triples[d].incidence / (1.0 - triples[d].prevalence) for d in DISEASES}

    def flows(n: Table, cases: dict[str, Table]) -> tuple[Any, ...]:
        new = {d: onset[d] * (n - cases[d]) for d in DISEASES}
        late = {d: death.excess[d] * cases[d] for d in names}
        at_once = {d: death.at_event[d] * new[d] for d in DISEASES}
        base = death.other * n
        total = base + sum(late.values()) + sum(at_once.values())
        change = {}
        for d in DISEASES:
            share = cases[d] / np.maximum(n, 1e-300)
            # deaths among cases: their own, and their part of what everybody dies of besides
            own = late.get(d, 0.0)
            besides = total - own - at_once[d]
            change[d] = new[d] - at_once[d] - triples[d].recovery * cases[d] - own - besides * share
        return new, late, at_once, base, total, change

    for _ in range(SUBSTEPS):
        *_, total, change = flows(alive, ill)
        middle = alive - total * dt / 2.0
        half = {d: ill[d] + change[d] * dt / 2.0 for d in DISEASES}
        new, late, at_once, base, total, change = flows(middle, half)
        found.person_years[year] += middle * dt
        found.deaths["other"][year] += base * dt
        for d in DISEASES:
            found.events[d][year] += new[d] * dt
            found.deaths[d][year] += (late.get(d, 0.0) + at_once[d]) * dt
            ill[d] = ill[d] + change[d] * dt
        alive = alive - total * dt
    return alive


def in_bands(table: Table) -> Table:
    """Sum single ages into ten-year bands along the last axis."""
    first = np.searchsorted(BAND_OF_AGE, np.arange(len(BANDS)))
    return np.add.reduceat(table, first, axis=-1)
