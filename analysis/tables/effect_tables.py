"""From effects to the numbers of a forest: what was averted, per 100 000, with its intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from abm.evidence.distributions import NORMAL_95
from abm.kernel.layout import EFFECT_GROUPS
from abm.results.claims import outside
from analysis.certainty.draws_in_words import doubts
from analysis.outcomes import events

QALYS = "qalys_gained"
PARAMETER_LIMITS = ("parameter_lower", "parameter_upper")
DRAWS = "parameter_draws"
SCALE = "one_per_100k"
COMPARED = EFFECT_GROUPS[1:]  # sexes and quintiles of deprivation


def forest(effects: pd.DataFrame, outcomes: Sequence[str] | None = None) -> pd.DataFrame:
    """Return cases and deaths averted per 100 000 with their intervals on the same scale.

    The limits of the effects are numbers of events; they are brought to the scale of
    ``averted_per_100k``.

    Returns
    -------
        Columns outcome; averted_per_100k, lower, upper (events counted); estimate,
        estimate_lower, estimate_upper (the expected difference where there is one, else the
        counted one); expected (which of both it is); and parameter_lower, parameter_upper,
        parameter_draws where the effects have them. Diseases in the fixed order, then deaths.
    """
    rows = event_effects(effects, outcomes)
    scale = rows["averted_per_100k"] / rows["averted"].where(rows["averted"] != 0)
    scale = scale.fillna(per_100k(effects))
    limits = [name for name in ("lower", "upper", *PARAMETER_LIMITS) if name in rows]
    table = rows[["outcome", "averted_per_100k"]].assign(
        **{name: rows[name].astype(float) * scale for name in limits}
    )
    expected = rows.get("expected_averted", pd.Series(float("nan"), index=rows.index))
    known = expected.notna()
    found = {
        "estimate": (expected * scale, "averted_per_100k"),
        "estimate_lower": (_limit(rows, "expected_lower") * scale, "lower"),
        "estimate_upper": (_limit(rows, "expected_upper") * scale, "upper"),
    }
    table = table.assign(
        **{name: best.where(known, table[counted]) for name, (best, counted) in found.items()},
        expected=known,
    )
    if DRAWS in rows:
        table = table.assign(**{DRAWS: rows[DRAWS]})
    first = ["outcome", "averted_per_100k", "lower", "upper", *found, "expected"]
    return table[[*first, *(name for name in (*PARAMETER_LIMITS, DRAWS) if name in table)]]


def doubts_of_draws(table: pd.DataFrame) -> str:
    """Return what the note of a figure of :func:`forest` says of few draws; nothing without.

    Where scenarios differ in their draws, of the fewest.
    """
    if DRAWS not in table or table[DRAWS].isna().all():
        return ""
    beyond = outside(table["estimate"], *(table[limit] for limit in PARAMETER_LIMITS))
    return "".join(f" {text}" for text in doubts(float(table[DRAWS].min()), bool(beyond.any())))


def _limit(rows: pd.DataFrame, name: str) -> pd.Series:
    if name in rows:
        return rows[name].astype(float)
    return pd.Series(float("nan"), index=rows.index)


def with_scale(effects: pd.DataFrame, groups: pd.DataFrame | None) -> pd.DataFrame:
    """Return effects that know per how many persons they are, even where nothing was averted.

    Parameters
    ----------
    effects
        ``result.effects``.
    groups
        ``result.group_effects``, or None.
    """
    everybody = None if groups is None else groups.loc[groups["group"] == "all", "persons"]
    if everybody is None or everybody.empty or not everybody.iat[0] > 0.0:
        return effects
    return effects.assign(**{SCALE: 1e5 / float(everybody.iat[0])})


def per_100k(effects: pd.DataFrame) -> float:
    """Return 100 000 over the persons behind the effects.

    0 where nothing was averted at all and :func:`with_scale` has not told it.
    """
    for count in ("averted", "expected_averted"):
        scaled = f"{count}_per_100k"
        if count in effects and scaled in effects:
            happened = effects[effects[count].fillna(0.0) != 0.0]
            if not happened.empty:
                return float(happened[scaled].iloc[0] / happened[count].iloc[0])
    return float(effects[SCALE].iat[0]) if SCALE in effects and len(effects) else 0.0


def event_effects(effects: pd.DataFrame, outcomes: Sequence[str] | None = None) -> pd.DataFrame:
    """Return the effects on some outcomes, in their order: first events and deaths by default.

    Incidence goes by the name of its disease: ``stroke`` stands for ``incidence.stroke``.
    """
    if "averted" not in effects:  # one world: nothing to compare
        return effects.head(0).reindex(
            columns=["outcome", "averted", "averted_per_100k", "lower", "upper"]
        )
    outcome = effects["outcome"].astype(str).str.removeprefix("incidence.")
    shown = events() if outcomes is None else outcomes
    order: dict[Any, int] = {name: place for place, name in enumerate(shown)}
    rows = effects.assign(outcome=outcome)[outcome.isin(order)]
    return rows.sort_values("outcome", key=lambda names: names.map(order)).reset_index(drop=True)


def benefit_by_group(groups: pd.DataFrame) -> pd.DataFrame:
    """Return what each quintile of deprivation and each sex is expected to gain, per 100 000.

    Parameters
    ----------
    groups
        ``result.group_effects``.

    Returns
    -------
        Columns outcome (the events in their order, then ``qalys_gained``), group, persons,
        expected_per_100k (averted, or gained), standard_error, lower, upper (95 % Monte Carlo).
    """
    outcome = groups["outcome"].str.removeprefix("incidence.")
    order = {name: place for place, name in enumerate([*events(), QALYS])}
    rows = groups.assign(outcome=outcome)[outcome.isin(order) & groups["group"].isin(COMPARED)]
    rows = rows.sort_values("outcome", key=lambda names: names.map(order), kind="stable")
    value, error = rows["expected_averted_per_100k"], rows["expected_standard_error_per_100k"]
    return pd.DataFrame(
        {
            "outcome": rows["outcome"],
            "group": rows["group"],
            "persons": rows["persons"],
            "expected_per_100k": value,
            "standard_error": error,
            "lower": value - NORMAL_95 * error,
            "upper": value + NORMAL_95 * error,
        }
    ).reset_index(drop=True)
