"""The effects of a run as rows of the report's tables, numbers written out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from abm.results.claims import excludes_zero, unknown
from analysis.certainty.draws_in_words import marked
from analysis.certainty.level_changes import UNKNOWN, Limits
from analysis.outcomes import row_label
from analysis.report.numbers import count, missing, percentage, range_in_words
from analysis.report.shares import share_cells
from analysis.tables.effect_tables import event_effects, forest
from analysis.words import amount, in_words, with_interval

BEST = ("estimate", "estimate_lower", "estimate_upper")
COUNTED = ("averted_per_100k", "lower", "upper")
COUNTS = ("baseline", "policy", "averted", "delayed", "added")
MEANS = {
    "il6.geometric_mean": "Resting IL-6, geometric mean [pg/mL]",
    "crp.geometric_mean": "CRP, geometric mean [mg/L]",
    "il10.geometric_mean": "Resting IL-10, geometric mean [ratio to an inactive adult]",
    "tnf.geometric_mean": "TNF-alpha, geometric mean [ratio to an inactive adult]",
    "il6.spike_exposure": "Exposure to IL-6 spikes of bouts [hours at resting level per week]",
    "met_hours.mean": "Habitual activity, mean [marginal MET-h/week]",
    "meets_guideline": "Meeting the activity guideline [persons, reported dose]",
}


def life_years_parameter(effects: Any, hundred_thousands: float = 1.0) -> str:
    """Return the interval over draws of :func:`life_years_gained`, or nothing."""
    rows = forest(effects, ["life_years"])
    if rows.empty or "parameter_lower" not in rows:
        return ""
    scale = rows.iloc[0]
    ends = ("estimate", "parameter_lower", "parameter_upper")
    gained, *limits = (hundred_thousands * float(scale[end]) for end in ends)
    return marked(range_in_words(*limits), gained, *limits)


def life_years_gained(effects: Any, hundred_thousands: float = 1.0) -> str:
    """Return life-years gained with their interval, or nothing: per 100 000 persons, or for more.

    ``hundred_thousands``: for how many times 100 000 persons.
    """
    rows = forest(effects, ["life_years"])
    if rows.empty:
        return ""
    gained = hundred_thousands * rows.drop(columns="outcome").iloc[0].astype(float)
    return with_interval(gained["estimate"], gained["estimate_lower"], gained["estimate_upper"])


def effect_rows(
    effects: Any, outcomes: Sequence[str] | None = None, hundred_thousands: float = 0.0
) -> list[dict[str, Any]]:
    """Return one row per outcome that happened: first events and deaths by default.

    Counts are of the simulated persons; ``interval`` (counted), ``best`` (expected where there is
    such) and ``parameter`` are per 100 000 persons; ``represented``, ``parameter_represented`` and
    ``counted_represented`` of the people represented, who are ``hundred_thousands`` times as many
    (0: nobody says how many).
    """
    counts = event_effects(effects, outcomes)
    scaled = forest(effects, outcomes)
    pairs = zip(counts.iterrows(), scaled.iterrows(), strict=True)
    return [
        _effect_row(effect, scale) | _represented(scale, hundred_thousands)
        for (_, effect), (_, scale) in pairs
        if effect["baseline"] or effect["policy"]
    ]


def _represented(scale: Any, hundred_thousands: float) -> dict[str, str]:
    """Return what is averted among the people represented, or nothing."""
    names = ("represented", "represented_amount", "counted_represented", "parameter_represented")
    if not hundred_thousands:
        return dict.fromkeys(names, "")
    best, counted = (
        [hundred_thousands * float(scale[name]) for name in group] for group in (BEST, COUNTED)
    )
    words = (with_interval(*best), amount(*best), with_interval(*counted))
    return dict(zip(names, (*words, _parameter_interval(scale, hundred_thousands)), strict=True))


def _effect_row(effect: Any, scale: Any) -> dict[str, Any]:
    counted = [float(scale[name]) for name in COUNTED]
    best = [float(scale[name]) for name in BEST]
    clear = bool(excludes_zero(best[1], best[2]))
    relative = best_relative_change(effect, scale)
    outcome = str(effect["outcome"])
    return {
        "outcome": outcome,
        "name": row_label(outcome),
        "per_100k": best[0],
        "amount": amount(*best),
        "relative": relative,
        **{name: count(effect.get(name)) for name in COUNTS},
        "interval": with_interval(*counted),
        "best": with_interval(*best),
        "expected": bool(scale["expected"]),
        "parameter": _parameter_interval(scale),
        "relative_change": percentage(relative, sign=True),
        **share_cells(effect, clear),
        "clear": clear,
        "unknown": bool(unknown(best[0], best[1])),
    }


def _parameter_interval(scale: Any, hundred_thousands: float = 1.0) -> str:
    """Return the interval over draws, marked where the estimate lies outside it, or nothing."""
    if missing(scale.get("parameter_lower")):
        return ""
    names = ("estimate", "parameter_lower", "parameter_upper")
    estimate, *limits = (hundred_thousands * float(scale[name]) for name in names)
    return marked(range_in_words(*limits), estimate, *limits)


def best_relative_change(effect: Any, scale: Any) -> float:
    """Return the relative change that belongs to ``estimate``: expected where there is such.

    ``effect`` and ``scale`` are rows of one outcome, of the effects and of
    :func:`analysis.tables.effect_tables.forest`.
    """
    if scale["expected"] and effect["baseline"]:
        return -float(effect["expected_averted"]) / float(effect["baseline"])
    return float(effect["relative_change"])


def mean_rows(effects: Any, limits: Mapping[str, Limits] | None = None) -> list[dict[str, str]]:
    """Return the rows of effects that are means (no events), written out for a table.

    ``limits`` of the relative change by outcome, as of
    :func:`analysis.certainty.level_changes.limits_of_changes`.
    """
    if "policy" not in effects:
        return []
    events = set(event_effects(effects)["outcome"])
    means = [
        effect
        for _, effect in effects.iterrows()
        if missing(effect.get("averted"))
        and str(effect["outcome"]).removeprefix("incidence.") not in events
    ]
    return [
        {
            "name": MEANS.get(str(effect["outcome"]), str(effect["outcome"])),
            "baseline": in_words(float(effect["baseline"]), 4),
            "policy": in_words(float(effect["policy"]), 4),
            "relative_change": percentage(float(effect["relative_change"]), sign=True),
            "interval": _interval_of_change((limits or {}).get(str(effect["outcome"]), UNKNOWN)),
        }
        for effect in means
    ]


def _interval_of_change(limits: Limits) -> str:
    """Return the limits of a relative change in per cent, or nothing where they are unknown."""
    if not limits.known:
        return ""
    return " to ".join(percentage(end, sign=True) for end in limits)
