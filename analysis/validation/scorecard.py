"""Experiments against targets: one row per published number."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Sequence
from typing import Any

import pandas as pd

from abm.running.progress import in_words
from analysis.outcomes import diseases
from analysis.validation.catalogue import EXPERIMENTS
from analysis.validation.estimates import (
    MISSES,
    REPORTED,
    UNSURE,
    Estimate,
    Found,
    too_few_seeds,
    verdict,
)
from analysis.validation.targets import Target, of_item, reason_for, targets

NO_REASON = "Not explained yet."
TOO_FEW = "Only more persons would decide."
TOO_FEW_SEEDS = "Too few seeds to judge."
NO_EVENTS = "Too few events to judge."
QUICK = "Quick form: few persons and few seeds, too small to judge the model."


def scorecard(items: Sequence[str], quick: bool) -> pd.DataFrame:
    """Replay some items and hold each number against its target, telling how far it is.

    Returns
    -------
        One row per target: item, name, what, unit, published, published_low, published_high,
        modelled, standard_error, persons, seeds, lowest, highest, kind, verdict, reason (of what
        misses or is undecided), remark, note (on the target), source.
    """
    rows: list[dict[str, Any]] = []
    if quick:
        say(QUICK)
    for count, item in enumerate(items, start=1):
        experiment, started = EXPERIMENTS[item], time.monotonic()
        say(f"{count} of {len(items)}: {item} {experiment.title} ...")
        rows += rows_of(item, experiment.run(quick))
        say(f"{count} of {len(items)}: {item} done in {in_words(time.monotonic() - started)}")
    return pd.DataFrame(rows)


def say(line: str) -> None:
    """Tell on standard error how far the experiments are."""
    print(f"validate: {line}", file=sys.stderr, flush=True)


def without_targets() -> list[str]:
    """Return the diseases for which there is no published result to compare with yet."""
    return [name for name in diseases() if not any(name in target for target in targets())]


def rows_of(item: str, found: Found) -> list[dict[str, Any]]:
    """Return the rows of one item; numbers of a disease that no target names are left out.

    Raises
    ------
    ValueError
        If the experiment and the targets do not name the same numbers.
    """
    wanted = of_item(item)
    unjudged = without_targets()
    judged = {name for name in found if not any(disease in name for disease in unjudged)}
    differing = {target.name for target in wanted} ^ judged
    if differing:
        raise ValueError(f"item {item}: experiment and targets.csv differ in {sorted(differing)}")
    return [row_of(target, found[target.name]) for target in wanted]


def row_of(target: Target, estimate: Estimate) -> dict[str, Any]:
    """Return the row of one number."""
    found = REPORTED
    if target.kind != "report":
        found = verdict(estimate, target.lowest, target.highest)
    return {
        "item": target.item,
        "name": target.name,
        "what": target.what,
        "unit": target.unit,
        "published": target.published,
        "published_low": target.published_low,
        "published_high": target.published_high,
        "modelled": estimate.value,
        "standard_error": estimate.error,
        "persons": estimate.persons,
        "seeds": estimate.seeds,
        "lowest": target.lowest if math.isfinite(target.lowest) else math.nan,
        "highest": target.highest if math.isfinite(target.highest) else math.nan,
        "kind": target.kind,
        "verdict": found,
        "reason": reason_of(target, estimate, found),
        "remark": estimate.remark,
        "note": target.note,
        "source": " ".join(target.source),
    }


def reason_of(target: Target, estimate: Estimate, found: str) -> str:
    """Say why a number misses or is undecided; nothing of others."""
    known = reason_for(target.name)
    if found == MISSES:
        return known or NO_REASON
    if found != UNSURE:
        return ""
    if math.isnan(estimate.value):
        return NO_EVENTS
    return TOO_FEW_SEEDS if too_few_seeds(estimate) else f"{TOO_FEW} {known}".strip()


def counts(table: pd.DataFrame) -> pd.DataFrame:
    """Return the number of verdicts by kind of target."""
    judged = table[table["kind"] != "report"]
    return pd.crosstab(judged["kind"], judged["verdict"])
