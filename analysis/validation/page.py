"""The scorecard in words: a table for the screen, a page for the documentation."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pandas as pd

from analysis.bout.published import aligned
from analysis.validation.catalogue import EXPERIMENTS
from analysis.validation.estimates import AGREES, FEWEST_SEEDS, MISSES, UNSURE
from analysis.validation.scorecard import counts
from analysis.validation.targets import targets

VERDICTS = {AGREES: "agree", MISSES: "miss", UNSURE: "undecided"}
KIND_WORDS = {
    "check": "Check (they follow from the inputs)",
    "tune": "Tune (parameters may have been chosen with them)",
}
HEAD = f"""# Validation

Written by `python run.py validate`; do not edit. Published results are replayed inside the model,
each by an experiment in `analysis/validation/`, its people a scenario in
`analysis/validation/cohorts/`. A number agrees if its Monte Carlo 95 % interval lies within the
limits, misses if it lies beyond them, and is undecided in between, and where fewer than
{FEWEST_SEEDS} seeds tell the error.

**Tune** numbers may have been used to choose parameters, so their agreement is no evidence.
**Check** numbers follow from the inputs, and no parameter was changed after looking at one.
Experiments that replicate cohort studies take all of the published effect of activity as causal, up
to 35 MET-hours a week, without secular trends.
"""
FIGURE = "![Every target between its limits, published and modelled](validation.png)"
LEGEND = """## Every number

Numbers of one kind share a line, in the order of its words. **Bold** misses, *italic* is undecided,
all others agree. `validation.csv` has each with its Monte Carlo error, persons, seeds, notes and
source; the sources stand in `abm/evidence/references.bib`.
"""
HEADS = ("Quantity", "Published", "Modelled", "Limits", "Kind")
NO_NUMBER = "no events"  # or too few of them in some seed
MARKS = {MISSES: "**", UNSURE: "*"}


def number(value: float, digits: int = 3) -> str:
    """Write a number with a few significant digits; nothing where there is none."""
    if math.isnan(value):
        return ""
    if value == 0:
        return "0"
    decimals = min(max(0, digits - 1 - math.floor(math.log10(abs(value)))), 4)
    # Halves go up as they read, so that a table read back gives the same page.
    rounded = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    text = f"{rounded:,f}".replace(",", "\N{NARROW NO-BREAK SPACE}")
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace("-", "\N{MINUS SIGN}")


def published(row: Any) -> str:
    """Write the published number and its interval."""
    low, high = number(row["published_low"]), number(row["published_high"])
    interval = f"({low} to {high})" if low and high else ""
    return f"{number(row['published'])} {interval}".strip()


def modelled(row: Any) -> str:
    """Write the modelled number and its Monte Carlo standard error."""
    if math.isnan(row["modelled"]):
        return NO_NUMBER
    error = row["standard_error"]
    reach = "" if error == 0 else " ± ?" if math.isnan(error) else f" ± {number(error, 2)}"
    return number(row["modelled"], 3) + reach


def limits(row: Any) -> str:
    """Write the limits for the modelled number."""
    low, high = number(row["lowest"]), number(row["highest"])
    if low and high:
        return low if low == high else f"{low} to {high}"
    return f"at least {low}" if low else f"at most {high}" if high else ""


def sums(table: pd.DataFrame) -> list[str]:
    """Say how many numbers agree, by kind."""
    found = counts(table)
    lines = []
    for kind, word in KIND_WORDS.items():
        if kind in found.index:
            each = [f"{int(found.loc[kind].get(v, 0))} {name}" for v, name in VERDICTS.items()]
            lines.append(f"{word}: {', '.join(each)}")
    return lines


def as_text(table: pd.DataFrame, first: str = "") -> str:
    """Return the scorecard for a screen, a sentence before it."""
    shown = table.assign(
        published=table.apply(published, axis=1),
        modelled=table.apply(modelled, axis=1),
        limits=table.apply(limits, axis=1),
        what=table["what"].str.cat(" [" + table["unit"] + "]"),
    )
    columns = ["item", "what", "published", "modelled", "limits", "kind", "verdict"]
    misses = [
        f"  {row['name']}: {row['reason']}"
        for _, row in table[table["verdict"] == MISSES].drop_duplicates("reason").iterrows()
    ]
    reasons = ["", "Why numbers miss", *misses] if misses else []
    beginning = [first, ""] if first else []
    return "\n".join([*beginning, aligned(shown[columns]), *reasons, "", *sums(table)])


def as_page(table: pd.DataFrame, evidence: str, first: str = "") -> str:
    """Return the scorecard as a page of the documentation, a sentence before it."""
    lines = [f"**{first}**\n"] if first else []
    lines += [HEAD, f"{evidence}\n", *(f"- {line}" for line in sums(table)), "", FIGURE, ""]
    lines += [*misses_of(table), LEGEND]
    for item in table["item"].unique():
        lines += section(item, table[table["item"] == item])
    return "\n".join(lines).rstrip() + "\n"


def misses_of(table: pd.DataFrame) -> list[str]:
    """Return the section on what misses or is undecided, and why."""
    apart = table[table["verdict"].isin((MISSES, UNSURE))]
    if apart.empty:
        return []
    lines = ["## What misses, and why", ""]
    for reason, rows in apart.groupby("reason", sort=False):
        names = "; ".join(miss(row) for _, row in rows.iterrows())
        lines += [f"- {names}. {reason}", ""]
    return lines


def miss(row: Any) -> str:
    """Name a number that misses, with what was found."""
    told = [modelled(row), f"limits {limits(row)}", row["kind"]]
    where = f" ({row['remark']})" if row["remark"] else ""
    return f"**{row['item']}** {row['what']}{where}: {'; '.join(told)}"


def section(item: str, rows: pd.DataFrame) -> list[str]:
    """Return one item's section: what is done, with how many people, and its table."""
    experiment = EXPERIMENTS[item]
    most = rows.loc[rows["persons"].idxmax()]
    lines = [f"### {item}. {experiment.title}", "", f"{experiment.explained()}{size(most)}", ""]
    lines += ["| " + " | ".join(HEADS) + " |", "|" + "---|" * len(HEADS)]
    named = rows.assign(line=[targets()[name].line for name in rows["name"]])
    for (line, unit, kind), own in named.groupby(["line", "unit", "kind"], sort=False):
        cells = [f"{line} [{unit}]", *columns_of(own), kind]
        lines.append("| " + " | ".join(cells) + " |")
    return [*lines, ""]


def size(row: Any) -> str:
    """Say how many persons were simulated, over how many seeds."""
    if row["persons"] == 0:
        return ""
    return f" {number(row['persons'], 9)} persons over {row['seeds']} seeds."


def columns_of(rows: pd.DataFrame) -> list[str]:
    """Return published numbers, modelled numbers and limits of a line."""
    found = [
        f"{mark}{NO_NUMBER if math.isnan(row['modelled']) else number(row['modelled'], 3)}{mark}"
        for _, row in rows.iterrows()
        for mark in [MARKS.get(row["verdict"], "")]
    ]
    given = [[write(row) for _, row in rows.iterrows()] for write in (published, limits)]
    studies, allowed = (", ".join(cells[:1] if len(set(cells)) == 1 else cells) for cells in given)
    return [studies, ", ".join(found), allowed]
