"""For whom: what is expected to be gained by deprivation, sex and age."""

from __future__ import annotations

from typing import Any

from abm.evidence.distributions import NORMAL_95
from abm.results.claims import excludes_zero
from analysis.pages.marks import Mark, interval_marks, why_nil
from analysis.tables.effect_tables import QALYS
from analysis.words import with_interval

NAN = float("nan")
FIFTHS = {
    "1": "Deprivation 1 (most)", "2": "Deprivation 2", "3": "Deprivation 3", "4": "Deprivation 4",
    "5": "Deprivation 5 (least)",
}  # fmt: skip
SEXES = {"female": "Women", "male": "Men"}
FAR = f"lifetime_{QALYS}"
PER_PARTICIPANTS = 1000.0


def gains_by_group(groups: Any) -> dict[str, Any]:
    """Return marks of QALYs by quintile and sex, and by age among those who take part.

    Parameters
    ----------
    groups
        The table ``result.group_effects``.

    Returns
    -------
        ``population``: per 100 000 persons of each group; ``ages``: per 1 000 who take part, of
        the age band in which they began; ``lifetime``: whether to the end of life; ``lost``:
        whether any group loses.
    """
    outcomes = set() if groups is None else set(groups["outcome"])
    outcome = next((name for name in (FAR, QALYS) if name in outcomes), None)
    if outcome is None:
        return {"population": [], "ages": [], "lifetime": False, "lost": False}
    rows = groups[groups["outcome"] == outcome]
    persons, ages = _by_persons(rows), _by_age(rows)
    return {
        "population": interval_marks(persons),
        "ages": interval_marks(ages),
        "lifetime": outcome == FAR,
        "lost": any(mark.estimate < 0.0 for mark in (*persons, *ages)),
    }


def _by_persons(rows: Any) -> list[Mark]:
    names = FIFTHS | SEXES
    own = rows.set_index("group")
    return [
        _mark(names[group], own.loc[group, "expected_averted_per_100k"],
              own.loc[group, "expected_standard_error_per_100k"])
        for group in names
        if group in own.index and own.loc[group, "persons"] > 0
    ]  # fmt: skip


def _by_age(rows: Any) -> list[Mark]:
    if "age_band" not in rows or "expected_averted_per_participant" not in rows:
        return []
    others = (rows[["sex", "deprivation", "activity_group"]] == "all").all(axis=1)
    ages = rows[others & (rows["age_band"] != "all") & (rows["participants"] > 0)]
    names = ("expected_averted_per_participant", "expected_standard_error_per_participant")
    return [
        _mark(f"Aged {row['age_band']}", *(PER_PARTICIPANTS * row[name] for name in names))
        for row in ages.to_dict("records")
    ]


def _mark(label: str, estimate: float, error: float) -> Mark:
    estimate, half = float(estimate), NORMAL_95 * float(error)
    limits = estimate - half, estimate + half
    why = "" if excludes_zero(*limits) else why_nil((estimate, *limits))
    return Mark(label, estimate, *limits, NAN, NAN, with_interval(estimate, *limits), why)
