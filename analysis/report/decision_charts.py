"""The plane, the acceptability curve and where a QALY comes from, as marks of a page."""

from __future__ import annotations

from typing import Any

from abm.results.qaly_sources import WHOLE
from abm.results.scales import PER_100_000
from analysis.decision.options import NOTHING
from analysis.outcomes import label
from analysis.pages.marks import NIL, Mark, acceptability_chart, interval_marks, plane_chart
from analysis.report.economics_rows import written
from analysis.report.numbers import percentage
from analysis.words import capitalised, in_words, probability

NAN = float("nan")
SMALL = 0.01  # share of all QALYs below which a source is put with others
KINDS = {"quality": "Quality of life: {}", "time": "Length of life: deaths from {} put off"}
FORWARD = "Length of life: deaths from {} brought forward"


def plane_of(draws: Any, threshold: float) -> dict[str, Any] | None:
    """Return the plane of one run's draws, per 100 000 persons; None without draws or costs."""
    if draws is None:
        return None
    own = draws[draws["scale"] == PER_100_000].dropna(subset=["qalys_gained", "net_cost"])
    if own.empty:
        return None
    gained, net = own["qalys_gained"], own["net_cost"]
    money = str(own["unit"].iat[0])
    below = float((threshold * gained - net > 0.0).mean())
    told = (
        f"Each dot is a parameter draw, per 100 000 persons. On the dashed line a QALY costs "
        f"{written(threshold)} {money}; the share of the draws below it is {probability(below)}."
    )
    clouds = {"": (gained.tolist(), net.tolist())}
    return plane_chart(clouds, money, threshold, told)


def acceptability_of(curves: Any, money: str) -> dict[str, Any] | None:
    """Return the acceptability curve of one run against doing nothing; None without draws."""
    if curves is None or curves.empty:
        return None
    own = curves[curves["scenario"] != NOTHING]
    number = int(own["draws"].iat[0])
    told = (
        "The probability that it pays, by what a QALY may cost; from "
        f"{number} parameter draw{'' if number == 1 else 's'}."
    )
    return acceptability_chart({"": (own["threshold"], own["probability"])}, money, told)


def source_marks(sources: Any) -> list[dict[str, Any]]:
    """Return where the QALYs come from, per 100 000 persons, as far as the run looks.

    Sources below a hundredth of the whole are put together.
    """
    if sources is None or sources.empty:
        return []
    own = sources[sources["scale"] == PER_100_000]
    far = own["horizon"].iat[-1]
    own = own[own["horizon"] == far]
    if (own["qalys_gained"] == 0.0).all():
        return []
    whole = abs(float(own.loc[own["kind"] == WHOLE, "qalys_gained"].sum())) or 1.0
    rows = own[own["kind"] != WHOLE]
    small = rows["qalys_gained"].abs() < SMALL * whole
    large = rows[~small].sort_values("qalys_gained", ascending=False).to_dict("records")
    marks = [_source(row) for row in large]
    rest = float(rows.loc[small, "qalys_gained"].sum())
    if small.any():
        words = f"{in_words(rest, 2)}"
        marks.append(Mark(f"{int(small.sum())} smaller sources together", rest,
                          NAN, NAN, NAN, NAN, words))  # fmt: skip
    return interval_marks(marks)


def _source(row: dict[str, Any]) -> Mark:
    name = str(row["source"])
    lost = row["kind"] == "time" and row["qalys_gained"] < 0.0
    told = (FORWARD if lost else KINDS.get(str(row["kind"]), "{}")).format(label(name))
    best = [float(row[end]) for end in ("qalys_gained", "lower", "upper")]
    clear = best[1] > 0.0 or best[2] < 0.0
    text = f"{in_words(best[0], 2)} ({percentage(float(row['share']))})"
    return Mark(capitalised(told), *best, NAN, NAN, text, "" if clear else NIL)
