"""The scorecard in words: a table for the screen, a page for the documentation."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from abm.evidence.ledger import citation
from analysis.validation.catalogue import EXPERIMENTS
from analysis.validation.estimates import AGREES, MISSES, REPORTED, UNSURE
from analysis.validation.scorecard import counts

if TYPE_CHECKING:
    import pandas as pd

VERDICTS = (AGREES, MISSES, UNSURE)
KIND_WORDS = {
    "check": "Check (follows from the inputs)",
    "tune": "Tune (parameters may have been chosen with it)",
}
HEAD = """# Validation

Written by `python run.py validate`; do not edit. Published results are replayed inside the model,
each by an experiment of a few lines in `analysis/validation/`, its people a scenario in
`analysis/validation/cohorts/`. Numbers and limits stand in `analysis/validation/targets.csv`.

**Tune** numbers may have been used to choose parameters, so that agreement is no evidence;
**check** numbers follow from the inputs. No parameter was changed after looking at a check. A
number agrees if its Monte Carlo 95 % interval lies within the limits, misses if it lies beyond
them, and is undecided in between. Experiments that replicate cohort studies take all of the
published effect of activity as causal, up to 35 MET-hours a week, without secular trends
(`cohorts/replication.yaml`).
"""
FIGURE = "![Every target between its limits, published and modelled](validation.png)"


def number(value: float, digits: int = 3) -> str:
    """Write a number with a few significant digits; nothing where there is none."""
    if math.isnan(value):
        return ""
    if value == 0:
        return "0"
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{min(decimals, 4)}f}".replace(",", "\N{NARROW NO-BREAK SPACE}")
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace("-", "\N{MINUS SIGN}")


def published(row: Any) -> str:
    """Write the published number and its interval."""
    low, high = number(row["published_low"]), number(row["published_high"])
    interval = f"({low} to {high})" if low and high else ""
    return f"{number(row['published'])} {interval}".strip()


def modelled(row: Any) -> str:
    """Write the modelled number and its Monte Carlo standard error."""
    if math.isnan(row["modelled"]):
        return "no events"
    error = row["standard_error"]
    noise = "" if error == 0 else " ± ?" if math.isnan(error) else f" ± {number(error, 2)}"
    return number(row["modelled"], 3) + noise


def limits(row: Any) -> str:
    """Write the limits for the modelled number."""
    low, high = number(row["lowest"]), number(row["highest"])
    if low and high:
        return low if low == high else f"{low} to {high}"
    return f"at least {low}" if low else f"at most {high}" if high else ""


def lived(row: Any) -> str:
    """Write how many persons were lived, over how many seeds."""
    if row["persons"] == 0:
        return "nothing drawn"
    return f"{number(row['persons'], 9)} / {row['seeds']}"


def sums(table: pd.DataFrame) -> list[str]:
    """Say how many numbers agree, by kind."""
    found = counts(table)
    lines = []
    for kind, word in KIND_WORDS.items():
        if kind in found.index:
            each = [f"{int(found.loc[kind].get(v, 0))} {v}" for v in VERDICTS]
            lines.append(f"{word}: {', '.join(each)}")
    return lines


def as_text(table: pd.DataFrame) -> str:
    """Return the scorecard for a screen."""
    from analysis.bout.published import aligned

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
    return "\n".join([aligned(shown[columns]), *reasons, "", *sums(table)])


def as_page(table: pd.DataFrame, evidence: str) -> str:
    """Return the scorecard as a page of the documentation."""
    lines = [HEAD, f"{evidence}\n", *(f"- {line}" for line in sums(table)), "", FIGURE, ""]
    lines += misses_of(table)
    for item in table["item"].unique():
        lines += section(item, table[table["item"] == item])
    lines += ["## Sources", ""]
    keys = sorted({key for row in table["source"] for key in row.split()})
    lines += [f"- `{key}`: {citation(key)}" for key in keys]
    return "\n".join(lines) + "\n"


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
    found = f"{modelled(row)}, limits {limits(row)}; {row['kind']}"
    return f"**{row['item']}** {row['what']} ({found})"


def section(item: str, rows: pd.DataFrame) -> list[str]:
    """Return one item's section: what is done, and its table."""
    experiment = EXPERIMENTS[item]
    heads = ("Quantity", "Published", "Modelled ± error", "Limits", "Persons / seeds", "Kind",
             "Verdict")  # fmt: skip
    lines = [f"## {item}. {experiment.title}", "", experiment.explained(), ""]
    lines += ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for _, row in rows.iterrows():
        beside = "; ".join(text for text in (row["remark"], row["note"]) if text)
        what = f"{row['what']} [{row['unit']}]" + (f"<br>{beside}" if beside else "")
        word = "" if row["verdict"] == REPORTED else row["verdict"]
        word = f"**{word}**" if row["verdict"] == MISSES else word
        cells = (what, published(row), modelled(row), limits(row), lived(row), row["kind"], word)
        lines.append("| " + " | ".join(cells) + " |")
    return [*lines, ""]
