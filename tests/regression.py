"""Whole numbers of small runs of the bundled scenarios, kept so that no result moves unnoticed.

    python -m tests.regression              # what has moved; exit code 1 if anything has
    python -m tests.regression --rewrite    # keep the present numbers; the changelog says why

Each table of ``tests/data/regression`` holds a scenario's whole-number tallies: of every world its
events and stocks over the run, of every policy world the sums of differences between twins. They
are compared exactly.
"""

from __future__ import annotations

import argparse
import csv
import io
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from abm.kernel import layout as c
from abm.kernel.blocks import WORLDS, Counts, of_world
from abm.results.effects import EXPECTED
from abm.running.queue import count_population
from abm.running.setup import set_up
from abm.scenario.layers import bundled_names
from abm.scenario.load import load_scenario

FOLDER = Path(__file__).parent / "data" / "regression"
SIZES = {"persons": 6000, "years": 8, "seed": 1}
REWRITE = "python -m tests.regression --rewrite"
LARGEST = 12  # lines of a message

Row = tuple[str, str, int]  # world, measure, value


def level_rows(counts: Counts, world: int) -> list[Row]:
    """Return a world's flows over the run and its stocks at the end."""
    strata = of_world(counts.strata, world)
    flows, end = strata[1:].sum(axis=(0, 1)), strata[-1].sum(axis=0)
    bins = of_world(counts.histograms, world)[-1, :16].sum(axis=0)
    named = {
        "persons at the end": end[c.T_PERSONS],
        "person_years (fixed point)": flows[c.T_PERSON_YEARS],
        "entrants": flows[c.T_ENTRANTS],
        **{f"deaths.{cause}": flows[c.T_DEATHS + k] for k, cause in enumerate(c.CAUSES)},
        **{f"incidence.{d}": flows[c.T_INCIDENCE + k] for k, d in enumerate(c.DISEASES)},
        **{f"prevalence.{d}": end[c.T_PREVALENCE + k] for k, d in enumerate(c.DISEASES)},
        "meets_guideline": end[c.T_GUIDELINE],
        "sum of met_hours (fixed point)": end[c.T_MET_HOURS],
        "sum of ln IL-6 bins": int((bins * np.arange(c.N_BINS)).sum()),
    }
    return [(WORLDS[world], name, int(value)) for name, value in named.items()]


def effect_rows(counts: Counts, world: int) -> list[Row]:
    """Return the sums of differences between the twins of a policy world."""
    fields = {"averted": c.E_DIFFERENCE, "delayed": c.E_DELAYED, "added": c.E_ADDED}
    hazard = {"hazard averted (fixed point)": c.E_UNDISTURBED}
    table, rows = counts.effects[world - 1, 0], []
    for row, outcome in enumerate(c.OUTCOMES):
        if outcome not in EXPECTED:
            continue
        own = {"averted": c.E_DIFFERENCE} if outcome == "life_years" else fields | hazard
        for name, field in own.items():
            rows.append((WORLDS[world], f"{name} {outcome}", int(table[row, field])))
    return rows


def participation_rows(counts: Counts, names: Sequence[str]) -> list[Row]:
    """Return how many were offered each policy and started, over the run."""
    told = (counts.told[0] + counts.told[1]).sum(axis=1)
    return [
        ("policy", f"{what} {name}", int(told[p, field]))
        for p, name in enumerate(names)
        for what, field in (("offered", 0), ("started", 2))
    ]


def table_of(name: str) -> list[Row]:
    """Live a small run of a bundled scenario and return its table."""
    scenario = replace(load_scenario(name), **SIZES)
    setup = set_up(scenario)
    counts = count_population(setup, scenario.seed)
    rows = [row for world in range(min(setup.worlds, 2)) for row in level_rows(counts, world)]
    for world in range(1, setup.worlds):
        rows += effect_rows(counts, world)
    if setup.worlds > 1:
        rows += participation_rows(counts, [policy.name for policy in scenario.policies])
    return rows


def kept(name: str) -> list[Row]:
    """Return the table that is kept of a scenario; empty if there is none."""
    path = FOLDER / f"{name}.csv"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as stream:
        return [(r["world"], r["measure"], int(r["value"])) for r in csv.DictReader(stream)]


def written(rows: Sequence[Row]) -> str:
    """Return a table as the text of its file."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("world", "measure", "value"))
    writer.writerows(rows)
    return text.getvalue()


def moved(name: str, before: Sequence[Row], now: Sequence[Row]) -> list[str]:
    """Return one line per number of a scenario that is not what it was, the largest moves first."""
    old, new = ({row[:2]: row[2] for row in rows} for rows in (before, now))

    def relative(key: tuple[str, str]) -> float:
        if key not in old or key not in new:
            return float("inf")
        return abs(new[key] - old[key]) / max(abs(old[key]), 1)

    changed = [key for key in {**old, **new} if old.get(key) != new.get(key)]
    return [
        f"{name}: {world}: {measure}: {old.get((world, measure), 'absent')} before, "
        f"{new.get((world, measure), 'absent')} now"
        for world, measure in sorted(changed, key=relative, reverse=True)
    ]


def message(lines: Sequence[str]) -> str:
    """Say what moved and what to do about it."""
    shown = list(lines[:LARGEST])
    if len(lines) > LARGEST:
        shown.append(f"and {len(lines) - LARGEST} more")
    return "\n".join(
        [
            f"{len(lines)} numbers of the regression tables moved:",
            *(f"  {line}" for line in shown),
            "If that is meant, say by how much and why in CHANGELOG.md under 'Results move', then "
            f"run: {REWRITE}",
        ]
    )


def main(words: Sequence[str] | None = None) -> int:
    """Compare, or rewrite, the tables of all bundled scenarios or of those named."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.regression",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("scenarios", nargs="*", metavar="NAME", help="default: all bundled")
    parser.add_argument("--rewrite", action="store_true", help="keep the present numbers")
    arguments = parser.parse_args(words)
    lines = []
    for name in arguments.scenarios or bundled_names():
        now = table_of(name)
        lines += moved(name, kept(name), now)
        if arguments.rewrite:
            FOLDER.mkdir(parents=True, exist_ok=True)
            (FOLDER / f"{name}.csv").write_text(written(now), encoding="utf-8")
    if not lines:
        print("no number has moved")
        return 0
    if arguments.rewrite:
        print(f"{len(lines)} numbers rewritten; CHANGELOG.md, 'Results move', says why")
        return 0
    print(message(lines), file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
