"""The command ``validate``: published results replayed inside the model, with verdicts."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

NAME = "validation"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to its parser."""
    parser.epilog = (
        "Misses are findings, not failures: the exit code is 0. Items and their experiments are "
        "explained in docs/validation.md."
    )
    add = parser.add_argument
    add("--only", nargs="+", metavar="ITEM", default=None, help="items such as 1 11 I")
    add("--quick", action="store_true", help="few persons: shows that it runs, decides little")
    where = "where the table, the page and the figure go (default results/validation)"
    add("--out", type=Path, default=Path("results/validation"), metavar="DIR", help=where)


def run(arguments: argparse.Namespace) -> int:
    """Replay the items, print the scorecard and write it; 2 if an item is unknown."""
    from analysis.validation.catalogue import EXPERIMENTS

    problem = unknown_item(arguments.only, list(EXPERIMENTS)) or unusable(arguments.out)
    if problem:
        print(f"validate: {problem}", file=sys.stderr)
        return 2
    from analysis.validation.page import as_text
    from analysis.validation.scorecard import scorecard

    items = [item for item in EXPERIMENTS if not arguments.only or item in arguments.only]
    table = scorecard(items, arguments.quick)
    print(as_text(table))
    for path in write(table, arguments.out):
        print(path)
    return 0


def unknown_item(wanted: Sequence[str] | None, known: Sequence[str]) -> str:
    """Say which item is not known; nothing if all are."""
    unknown = [item for item in wanted or () if item not in known]
    return f"--only: no item {', '.join(unknown)}; must be of {' '.join(known)}" if unknown else ""


def unusable(folder: Path) -> str:
    """Say that a folder is none; nothing if it can be one."""
    is_file = folder.exists() and not folder.is_dir()
    return f"--out: {folder} is a file; must be a folder" if is_file else ""


def write(table: pd.DataFrame, folder: Path) -> list[Path]:
    """Write the table, the page and the figure; return what was written."""
    from analysis.plots.files import as_csv, rendered, write_whole
    from analysis.validation.figure import drawing
    from analysis.validation.page import as_page

    folder.mkdir(parents=True, exist_ok=True)
    figure = rendered(drawing(table))
    written = {
        f"{NAME}.csv": as_csv(table),
        f"{NAME}.md": as_page(table, evidence()).encode(),
        f"{NAME}.png": figure.png,
        f"{NAME}.svg": figure.svg,
    }
    for name, content in written.items():
        write_whole(folder / name, content)
    return [folder / name for name in written]


def evidence() -> str:
    """Say which evidence the experiments rest on, so that it can be seen not to follow them."""
    from abm.evidence.entries import load_evidence
    from abm.running.provenance import model_version

    commit = evidence_commit()
    since = f", unchanged since commit `{commit}`" if commit else ""
    return f"Program {model_version()}; evidence `{load_evidence().hash[:12]}`{since}."


def evidence_commit() -> str:
    """Return the last commit of the evidence's numbers; nothing outside a clean repository."""
    import subprocess

    from abm.evidence.reader import EVIDENCE_FOLDER

    numbers = ["*.yaml", "*.csv"]
    try:
        dirty, last = (
            subprocess.run(
                ["git", *words, "--", *numbers], cwd=EVIDENCE_FOLDER, capture_output=True,
                text=True, check=True,
            ).stdout.strip()
            for words in (("status", "--porcelain"), ("log", "-1", "--format=%h of %as"))
        )  # fmt: skip
    except (OSError, subprocess.CalledProcessError):
        return ""
    return "" if dirty else last
