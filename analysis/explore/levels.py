"""Minutes and adherence from tables at several levels, between which the page interpolates.

On a grid of doses and half-lives, and at several shares of early quitters, the same persons are
simulated again. The page adds up whoever is asked about, at every level, and interpolates between
the sums; what comes out, over the sum as the policy stands, multiplies the answer of its own table.
Quitting stands apart: who quits within twelve weeks gains next to nothing, whatever the dose, so
that it scales the rest. How far this is wrong is measured at other values, on all eligible and on
groups of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.results.effects_table import EffectsTable
from analysis.explore.between import along
from analysis.explore.fit import (
    DOSES,
    QUITTERS,
    WITHOUT_DOSE,
    dose_of,
    tried_wishes,
    within_half_lives,
)
from analysis.explore.further_tables import CLEAR, FurtherTables, some_groups, spreads, sums
from analysis.explore.packing import Columns, columns_packed, page_order, quantised
from analysis.explore.quantities import HELD
from analysis.words import in_words

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Level:
    """One table: times the policy's own dose, the half-life [years] and the share that quits."""

    dose: float
    half_life: float | None
    quitting: float | None


@dataclass(frozen=True)
class Levels:
    """Tables at several levels for the page: ``content`` deflated, ``header`` fit for JSON."""

    content: bytes
    header: Mapping[str, Any]


def levels_of(further: FurtherTables, fit: Mapping[str, Any] | None) -> Levels | None:
    """Return tables at several levels; None where there is nothing to fit.

    ``fit`` is that of :func:`analysis.explore.fit.fitted_to`: it tells how much dose a minute of
    any mode adds.
    """
    if fit is None:
        return None
    grid = list(_levels(further))
    tables = [further.changed(**_changes(further, level)) for level in grid]
    errors = [float(f"{each:.3g}") for each in _errors(further, fit, grid, tables)]
    columns, units = _columns(further.table, tables)
    content, kinds = columns_packed(columns)
    return Levels(content, {
        "levels": [[each.dose, each.half_life, each.quitting] for each in grid],
        "starts": list(further.starts), "units": units.tolist(), "columns": kinds,
        "people": int(columns["effects"].shape[-1]), "errors": errors,
        "persons": tables[0].scenario.persons, "told": _told(errors, len(grid)),
    })  # fmt: skip


def _levels(further: FurtherTables) -> Iterator[Level]:
    """Yield the policy as it stands, the rest of the grid, and other shares of quitters."""
    own = further.policy.adherence
    half_life, quitting = (own and own.half_life_years), (own and own.quit_12_weeks)
    yield Level(1.0, half_life, quitting)
    doses = DOSES if further.dose else (1.0,)
    half_lives = [half_life] if own is None else within_half_lives(own)
    for dose, years in product(doses, half_lives):
        if (dose, years) != (1.0, half_life):
            yield Level(dose, years, quitting)
    for share in QUITTERS if own else ():
        if share != quitting:
            yield Level(1.0, half_life, share)


def _changes(further: FurtherTables, level: Level) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if level.dose != 1.0:
        found["adds"] = further.adds(level.dose)
    if own := further.policy.adherence:
        found["adherence"] = replace(
            own, half_life_years=level.half_life, quit_12_weeks=level.quitting
        )
    return found


# Interpolation, the same in the page's script (page/levels.js)


def factor_between(
    grid: list[Level], told: Numbers, wish: Level, without_dose: float = 0.0
) -> float:
    """Return what a wish multiplies an effect by, from the sums at each level; NaN if unknown.

    ``without_dose``: what is left of the sum of the least dose where there is none.
    """
    own = grid[0]
    half_lives = sorted({each.half_life or 0.0 for each in grid})
    curve = [_along_dose(grid, told, each, wish.dose, without_dose) for each in half_lives]
    value = curve[0]
    if own.half_life is not None and wish.half_life is not None:
        value = along([math.log(each) for each in half_lives], curve, math.log(wish.half_life))
    if own.quitting is not None and wish.quitting is not None:
        apart = [
            (each.quitting or 0.0, float(told[k]))
            for k, each in enumerate(grid)
            if (each.dose, each.half_life) == (own.dose, own.half_life)
        ]
        xs, ys = zip(*sorted(apart), strict=True)
        value *= along(xs, ys, wish.quitting) / float(told[0])
    return value / float(told[0])


def _along_dose(
    grid: list[Level], told: Numbers, half_life: float, dose: float, without_dose: float
) -> float:
    own = grid[0]
    found = sorted(
        (each.dose, float(told[k]))
        for k, each in enumerate(grid)
        if (each.half_life or 0.0, each.quitting) == (half_life, own.quitting)
    )
    xs, ys = [each for each, _ in found], [each for _, each in found]
    if len(xs) == 1:
        return ys[0]
    return along([0.0, *xs], [without_dose * ys[0], *ys], dose)


def factors_between(
    grid: list[Level], tables: list[EffectsTable], wished: Callable[[tuple[int, ...]], Level],
    who: NDArray[np.bool_],
) -> Numbers:  # fmt: skip
    """Return factors for some persons, shape (starts, bands, quantities), as the page does.

    ``wished`` gives the level that a start, band and quantity feels.
    """
    told = np.array([sums(each, who) for each in tables])
    unclear = np.abs(told[0]) <= CLEAR * spreads(tables[0], who)
    told = np.where(unclear, told.sum(axis=2, keepdims=True), told)
    found = np.ones(told.shape[1:])
    for cell in np.ndindex(*found.shape):
        if told[(0, *cell)] != 0.0:
            without = float(HELD[cell[-1]] in WITHOUT_DOSE)
            curve = told[(slice(None), *cell)]
            found[cell] = factor_between(grid, curve, wished(cell), without)
    return found


# How far it is wrong


def _errors(
    further: FurtherTables, fit: Mapping[str, Any], grid: list[Level], tables: list[EffectsTable]
) -> Numbers:
    """Return relative standard errors by quantity: of what was tried, pooled."""
    apart, size = np.zeros(len(HELD)), np.zeros(len(HELD))
    for wish in tried_wishes(further):
        other = further.changed(**wish)
        asked = _wished(further, fit, wish)
        for who in some_groups(tables[0]):
            fitted = sums(tables[0], who) * factors_between(grid, tables, asked, who)
            real = sums(other, who)
            apart += ((fitted - real).sum(axis=1) ** 2).sum(axis=0)
            size += (real.sum(axis=1) ** 2).sum(axis=0)
    return np.sqrt(np.divide(apart, size, out=np.zeros_like(apart), where=size > 0.0))


def _wished(
    further: FurtherTables, fit: Mapping[str, Any], wish: Mapping[str, Any]
) -> Callable[[tuple[int, ...]], Level]:
    own = wish.get("adherence")

    def level(cell: tuple[int, ...]) -> Level:
        minutes = fit["minutes"]
        dose = dose_of(minutes, further.policy.adds, wish["adds"], cell) if minutes else 1.0
        return Level(dose, own and own.half_life_years, own and own.quit_12_weeks)

    return level


def _told(errors: list[float], number: int) -> str:
    health = [errors[HELD.index(name)] for name in ("qalys_gained", "deaths", "care_cost_averted")]
    told = [f"{in_words(100 * each, 2)} %" for each in health]
    return (
        f"Minutes and adherence other than the scenario's are interpolated between {number} tables "
        "at other doses, half-lives and shares that quit, over the persons who are asked about. "
        f"Tried on other values and groups, the standard error is {told[0]} for QALYs, {told[1]} "
        f"for deaths and {told[2]} for health-care savings; near the scenario's own values it "
        "counts in part."
    )


# Bytes


def _columns(table: EffectsTable, tables: list[EffectsTable]) -> tuple[Columns, Numbers]:
    """Return who of the page's people is in the tables, and their effects in whole units.

    ``effects`` has the shape (levels, quantities, starts, people), the people as in the page's
    order; the units have (levels, starts, quantities).
    """
    ours = table.people["person"].to_numpy()[page_order(table)]
    theirs = tables[0].people["person"].to_numpy()
    member = np.isin(ours, theirs)
    by_person = np.argsort(theirs)
    order = by_person[np.searchsorted(theirs[by_person], ours[member])]
    effects, units = zip(*(quantised(each, order) for each in tables), strict=True)
    whole = np.array(effects).transpose(0, 3, 2, 1)
    return {"member": member.astype(np.int64), "effects": whole}, np.array(units)
