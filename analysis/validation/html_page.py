"""The scorecard as a page: how much agrees, what misses and why, checks apart from the tuned."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis.pages.dress import page_from
from analysis.pages.figures import on_page
from analysis.validation.catalogue import EXPERIMENTS
from analysis.validation.estimates import AGREES, FEWEST_SEEDS, MISSES, UNSURE
from analysis.validation.page import KIND_WORDS, NO_NUMBER, VERDICTS, limits, modelled, published

if TYPE_CHECKING:
    from analysis.plots.files import RenderedFigure

TEMPLATE = "scorecard.html"


def html_page(
    table: pd.DataFrame, rests_on: str, figures: Sequence[RenderedFigure], first: str = ""
) -> str:
    """Return the scorecard as one HTML page that needs nothing else.

    Parameters
    ----------
    table
        As of :func:`analysis.validation.scorecard.scorecard`.
    rests_on
        Which program and evidence.
    figures
        The picture of the scorecard.
    first
        A sentence before all else.
    """
    return page_from(
        Path(__file__).with_name(TEMPLATE),
        answer=answer(table),
        first=first,
        rests_on=rests_on.replace("`", ""),
        kinds=[_kind(table, kind) for kind in ("check", "tune") if kind in set(table["kind"])],
        fewest=FEWEST_SEEDS,
        reported=_rows(table[table["kind"] == "report"]),
        figures=on_page(figures),
    )


def answer(table: pd.DataFrame) -> str:
    """Say how many numbers that follow from the inputs agree, and how many do not."""
    found = table.loc[table["kind"] == "check", "verdict"].value_counts()
    count = int(found.sum())
    if not count:
        return "Nothing can be said: no number here follows from the inputs alone."
    miss, unsure = int(found.get(MISSES, 0)), int(found.get(UNSURE, 0))
    return (
        f"Of {count} published {'number that follows' if count == 1 else 'numbers that follow'} "
        f"from the inputs, {int(found.get(AGREES, 0))} "
        f"agree{'s' if found.get(AGREES, 0) == 1 else ''}, {miss} miss{'es' if miss == 1 else ''} "
        f"and {unsure} {'is' if unsure == 1 else 'are'} undecided."
    )


def _kind(table: pd.DataFrame, kind: str) -> dict[str, Any]:
    own = table[table["kind"] == kind]
    found = own["verdict"].value_counts()
    return {
        "name": kind,
        "title": KIND_WORDS[kind],
        "counts": [(word, int(found.get(verdict, 0))) for verdict, word in VERDICTS.items()],
        "apart": _apart(own),
        "items": [
            {"item": item, "title": EXPERIMENTS[item].title, "rows": _rows(rows)}
            for item, rows in own.groupby("item", sort=False)
        ],
    }


def _apart(own: pd.DataFrame) -> list[dict[str, Any]]:
    """Return what misses or is undecided by its cause."""
    apart = own[own["verdict"].isin((MISSES, UNSURE))]
    return [
        {"reason": reason, "rows": _rows(rows)}
        for reason, rows in apart.groupby("reason", sort=False)
    ]


def _rows(rows: pd.DataFrame) -> list[dict[str, str]]:
    return [
        {
            "item": str(row["item"]),
            "what": f"{row['what']} [{row['unit']}]{_remark(row['remark'])}",
            "published": published(row) or "–",
            "modelled": modelled(row) or NO_NUMBER,
            "limits": limits(row) or "–",
            "verdict": str(row["verdict"]) if row["verdict"] != UNSURE else VERDICTS[UNSURE],
            "state": str(row["verdict"]).split()[0],
        }
        for row in rows.to_dict("records")
    ]


def _remark(text: str) -> str:
    return f" ({text})" if text else ""
