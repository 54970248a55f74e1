"""Minutes and adherence, of which effects are no straight line: what they multiply a table by.

A few further tables tell by what the effects on all eligible change with the dose and with
adherence, by start, age and quantity. Minutes of any mode count as so much of the
policy's own dose; dose and adherence multiply each other. How far this is wrong is measured at
other values, on all eligible and on groups of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.modes import MODES
from abm.results.effects_table import EffectsTable
from abm.scenario.parts import Adherence
from analysis.explore.between import along, where
from analysis.explore.further_tables import BANDS, FurtherTables, some_groups, sums
from analysis.explore.quantities import HELD
from analysis.words import in_words

Numbers = NDArray[np.float64]
DOSES = (0.5, 1.0, 2.0, 5.0)  # times the policy's own
HALF_LIVES = (1 / 6, 0.5, 1.0, 2.0, 6.0)  # times the policy's own
QUITTERS = (0.0, 0.4, 0.8, 0.95)
SHORTEST, LONGEST = 0.1, 100.0  # half-lives [years]
ROUND_MINUTES = 10
# Years of taking part hardly depend on the dose; all else is nothing without one.
WITHOUT_DOSE = ("delivered_years", "participant_years")
# Where the fit is tried: shares of the way from least to most of dose, half-life and quitting.
TRIED = ((0.1, 0.7, 0.1), (0.4, 0.3, 0.5), (0.3, 0.5, 0.25), (0.8, 0.85, 0.6))
# How far from the policy's own values the error counts in full: times the dose, times the
# half-life, more or fewer quitting. On the way there it grows with the distance.
FAR = {"dose": 2.0, "half_life": 3.0, "quitting": 0.3}


def fit_of(
    table: EffectsTable, *, threads: int | None = None,
    progress: Callable[[], Any] = lambda: None,
) -> dict[str, Any] | None:  # fmt: skip
    """Return the fit of a table, as :func:`fitted_to`; ``progress`` is called before each other."""
    return fitted_to(FurtherTables(table, threads, progress))


def fitted_to(further: FurtherTables) -> dict[str, Any] | None:
    """Return the fit for the page as plain data; None where there is nothing to fit.

    ``starts``: years for which factors are known; ``minutes``: levels of the dose with their
    factors, and by mode what a minute adds to the dose; ``adherence``: the same of its numbers;
    ``errors``: relative standard errors by quantity; ``most``: limits of inputs as shown;
    ``told``: a sentence.
    """
    if further.dose == 0.0 and further.policy.adherence is None:
        return None
    found: dict[str, Any] = {
        "starts": list(further.starts), "bands": list(BANDS), "far": FAR, "most": _limits(further),
        "minutes": _minutes(further) if further.dose else None,
        "adherence": list(_adherence(further)),
    }  # fmt: skip
    errors = _errors(further, found)
    found["errors"] = [float(f"{each:.3g}") for each in errors]
    return {**found, "told": _told(found["errors"])}


def tables_needed() -> int:
    """Return how many further tables a fit makes at most."""
    return 1 + len(DOSES) + len(MODES) + len(HALF_LIVES) + len(QUITTERS) + len(TRIED)


def tables_of_levels() -> int:
    """Return how many more :mod:`analysis.explore.levels` asks for at most."""
    return (len(DOSES) - 1) * (len(HALF_LIVES) - 1)


def _told(errors: list[float]) -> str:
    health = [errors[HELD.index(name)] for name in ("qalys_gained", "deaths", "care_cost_averted")]
    told = [f"{in_words(100 * each, 2)} %" for each in health]
    return (
        "Minutes and adherence other than the scenario's multiply what the table holds by factors "
        "fitted to further tables. Tried on other values and groups, their standard error is "
        f"{told[0]} for QALYs, {told[1]} for deaths and {told[2]} for health-care savings; near "
        "the scenario's own values it counts in part."
    )


# Minutes


def _minutes(further: FurtherTables) -> dict[str, Any]:
    """Return levels of the dose with their factors, and what a minute adds to the dose."""
    factors = [
        np.ones(further.shape) if times == 1.0
        else further.factors(adds=further.adds(times))
        for times in DOSES
    ]  # fmt: skip
    levels = (0.0, *DOSES)
    factors.insert(0, _without_dose(further, factors[0]))
    curves = np.array(factors)
    return {
        "levels": list(levels), "factors": _short(curves),
        "per_minute": _per_minute(further, levels, curves),
    }  # fmt: skip


def _without_dose(further: FurtherTables, least: Numbers) -> Numbers:
    policy = further.policy
    if policy.raises_to is not None or policy.il6_signalling != 1.0:
        return further.factors(adds=further.adds(0.0))
    found = np.zeros_like(least)
    for name in WITHOUT_DOSE:
        found[..., HELD.index(name)] = least[..., HELD.index(name)]
    return found


def _per_minute(
    further: FurtherTables, levels: tuple[float, ...], curves: Numbers
) -> dict[str, Any]:
    """Return by mode what a minute adds to the dose [policy's own doses], shaped as factors.

    By a run with as much more of the mode as the policy's own dose; where effects do not tell, by
    its MET-hours.
    """
    own = vars(further.policy.adds)
    only = [mode for mode, minutes in own.items() if minutes > 0.0]
    found = {}
    for mode in own:
        plain = further.met_hours(mode, 1.0) / further.dose
        if only == [mode]:
            found[mode] = np.full(curves.shape[1:], plain)
            continue
        more = further.minutes_for(mode, 1.0)
        reached = further.factors(adds=further.adds(1.0, {mode: more}))
        found[mode] = _worth(levels, curves, reached) / more
    return {mode: _short(each) for mode, each in _balanced(found, own).items()}


def _worth(levels: tuple[float, ...], curves: Numbers, reached: Numbers) -> Numbers:
    """Return how much more dose gives what was reached; 1 where the curve does not tell."""
    found = np.ones_like(reached)
    for cell in np.ndindex(*reached.shape):
        place = where(levels, list(curves[(slice(None), *cell)]), float(reached[cell]))
        found[cell] = 1.0 if place is None else max(place - 1.0, 0.0)
    return found


def _balanced(found: Mapping[str, Numbers], own: Mapping[str, float]) -> dict[str, Numbers]:
    """Return worths of minutes of which the policy's own come to its dose."""
    total = sum(found[mode] * minutes for mode, minutes in own.items())
    times = np.divide(1.0, total, out=np.ones_like(total), where=np.asarray(total) > 0.0)
    return {mode: each * (times if own[mode] > 0.0 else 1.0) for mode, each in found.items()}


# Adherence


def _adherence(further: FurtherTables) -> Iterator[dict[str, Any]]:
    """Yield levels of the half-life and of quitting with their factors."""
    own = further.policy.adherence
    if own is None:
        return
    half_lives = within_half_lives(own)
    quitters = [*QUITTERS, own.quit_12_weeks]
    for name, levels in (("half_life_years", half_lives), ("quit_12_weeks", quitters)):
        chosen = sorted(set(levels))
        factors = [_kept(further, name, level) for level in chosen]
        yield {
            "key": f"adherence.{name}", "log": name == "half_life_years",
            "levels": [float(f"{level:.6g}") for level in chosen],
            "factors": _short(np.array(factors)),
        }  # fmt: skip


def within_half_lives(own: Adherence) -> list[float]:
    """Return the half-lives at which further tables are made [years]."""
    return [min(max(times * own.half_life_years, SHORTEST), LONGEST) for times in HALF_LIVES]


def _kept(further: FurtherTables, name: str, level: float) -> Numbers:
    own = further.policy.adherence
    assert own is not None
    if level == getattr(own, name):
        return np.ones(further.shape)
    return further.factors(adherence=replace(own, **{name: level}))


# What may be asked


def _limits(further: FurtherTables) -> dict[str, list[float]]:
    """Return the least and most of inputs, as the page shows them."""
    found: dict[str, list[float]] = {}
    if further.dose:
        for mode in MODES:
            most = further.minutes_for(mode.name, DOSES[-1] - 1.0)
            own = getattr(further.policy.adds, mode.name)
            rounded = max(math.floor(most / ROUND_MINUTES), 1) * ROUND_MINUTES
            found[f"adds.{mode.name}"] = [0.0, float(max(rounded, math.ceil(own)))]
    if own := further.policy.adherence:
        ends = (HALF_LIVES[0] * own.half_life_years, HALF_LIVES[-1] * own.half_life_years)
        low, high = max(ends[0], SHORTEST), min(ends[1], LONGEST)
        found["adherence.half_life_years"] = [round(low + 0.05, 1), math.floor(high * 10) / 10]
        found["adherence.quit_12_weeks"] = [0.0, 100.0 * max(QUITTERS[-1], own.quit_12_weeks)]
    return found


# How far it is wrong


def _errors(further: FurtherTables, fit: Mapping[str, Any]) -> Numbers:
    """Return relative standard errors by quantity: of what was tried, pooled."""
    apart, size = np.zeros(len(HELD)), np.zeros(len(HELD))
    for wish in tried_wishes(further):
        other = further.changed(**wish)
        factors = factors_of(fit, further, wish)
        for mine, theirs in zip(some_groups(further.unchanged), some_groups(other), strict=True):
            fitted = sums(further.unchanged, mine) * factors
            real = sums(other, theirs)
            apart += ((fitted - real).sum(axis=1) ** 2).sum(axis=0)
            size += (real.sum(axis=1) ** 2).sum(axis=0)
    return np.sqrt(np.divide(apart, size, out=np.zeros_like(apart), where=size > 0.0))


def tried_wishes(further: FurtherTables) -> list[dict[str, Any]]:
    """Return minutes and adherence at which a fit is tried."""
    return [_wish(further, shares) for shares in TRIED]


def _wish(further: FurtherTables, shares: tuple[float, float, float]) -> dict[str, Any]:
    """Return minutes and adherence between the least and the most."""
    dose, half_life, quitting = shares
    found: dict[str, Any] = {}
    if further.dose:
        # Half of it as the policy has it, half in the next mode.
        modes = [mode.name for mode in MODES]
        first = max(modes, key=lambda mode: getattr(further.policy.adds, mode))
        other = modes[(modes.index(first) + 1) % 2]
        times = dose * DOSES[-1]
        more = {other: further.minutes_for(other, times / 4)}
        found["adds"] = further.adds(times * 3 / 4, more)
    if own := further.policy.adherence:
        low, high = (math.log(end) for end in (HALF_LIVES[0], HALF_LIVES[-1]))
        years = own.half_life_years * math.exp(low + half_life * (high - low))
        found["adherence"] = replace(
            own, half_life_years=min(max(years, SHORTEST), LONGEST), quit_12_weeks=quitting
        )
    return found


def factors_of(fit: Mapping[str, Any], further: FurtherTables, wish: Mapping[str, Any]) -> Numbers:
    """Return what a wish multiplies effects by, as the page's script does; shaped as factors."""
    found = np.ones(further.shape)
    for cell in np.ndindex(*found.shape):
        if fit["minutes"] and "adds" in wish:
            found[cell] *= _of_dose(fit["minutes"], further.policy.adds, wish["adds"], cell)
        for each in fit["adherence"] if "adherence" in wish else ():
            value = getattr(wish["adherence"], each["key"].partition(".")[2])
            place = math.log if each["log"] else float
            curve = [_at(level, cell) for level in each["factors"]]
            found[cell] *= along([place(level) for level in each["levels"]], curve, place(value))
    return found


def _of_dose(minutes: Mapping[str, Any], own: Any, adds: Any, cell: tuple[int, ...]) -> float:
    curve = [_at(level, cell) for level in minutes["factors"]]
    return along(minutes["levels"], curve, dose_of(minutes, own, adds, cell))


def dose_of(minutes: Mapping[str, Any], own: Any, adds: Any, cell: tuple[int, ...]) -> float:
    """Return what minutes come to in doses of the policy's own, as a cell of factors feels it."""
    more = (
        _at(worth, cell) * (getattr(adds, mode) - getattr(own, mode))
        for mode, worth in minutes["per_minute"].items()
    )
    return max(1.0 + sum(more), 0.0)


def _at(nested: Any, cell: tuple[int, ...]) -> float:
    for place in cell:
        nested = nested[place]
    return float(nested)


def _short(values: Numbers) -> Any:
    """Return numbers with six digits, as lists."""
    return (
        np.array([float(f"{each:.6g}") for each in values.ravel()]).reshape(values.shape).tolist()
    )
