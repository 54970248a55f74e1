"""The command ``validate`` at work: items replayed, and their table, page and figure written."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import pandas as pd

from abm.evidence.entries import load_evidence
from abm.evidence.reader import EVIDENCE_FOLDER
from abm.running.output import write_whole
from abm.version import __version__
from analysis.plots.files import as_csv, rendered
from analysis.validation.catalogue import EXPERIMENTS
from analysis.validation.figure import drawing
from analysis.validation.html_page import html_page
from analysis.validation.page import as_page, as_text
from analysis.validation.scorecard import QUICK, scorecard

NAME = "validation"
TEXTS = ("reason", "remark", "note")  # columns that may be empty


def unknown_items(wanted: Sequence[str] | None) -> str:
    """Say which items are not known; nothing if all are."""
    unknown = [item for item in wanted or () if item not in EXPERIMENTS]
    known = " ".join(EXPERIMENTS)
    return f"--only: no item {', '.join(unknown)}; must be of {known}" if unknown else ""


def replay(wanted: Sequence[str] | None, quick: bool, folder: Path) -> list[Path]:
    """Replay items (None for all), print their scorecard and return what was written of it."""
    items = [item for item in EXPERIMENTS if not wanted or item in wanted]
    table = scorecard(items, quick)
    first = QUICK if quick else ""
    print(as_text(table, first))
    return write(table, folder, evidence(), first)


def write(table: pd.DataFrame, folder: Path, rests_on: str, first: str = "") -> list[Path]:
    """Write the table, the pages and the figure, ``first`` before all else; return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    figure = rendered(drawing(table, first))
    numbers = as_csv(table)
    written = {
        f"{NAME}.csv": numbers,
        f"{NAME}.md": as_page(read_table(BytesIO(numbers)), rests_on, first).encode(),
        f"{NAME}.html": html_page(read_table(BytesIO(numbers)), rests_on, [figure], first).encode(),
        f"{NAME}.png": figure.png,
        f"{NAME}.svg": figure.svg,
    }
    for name, content in written.items():
        write_whole(folder / name, content)
    return [folder / name for name in written]


def read_table(source: Path | BytesIO) -> pd.DataFrame:
    """Return a table as it was written."""
    texts = dict.fromkeys(("item", *TEXTS), str)
    return pd.read_csv(source, dtype=texts).fillna(dict.fromkeys(TEXTS, ""))


def evidence() -> str:
    """Say which evidence the experiments rest on, so that it can be seen not to follow them."""
    commit = evidence_commit()
    since = f", unchanged since commit `{commit}`" if commit else ""
    return f"Program {__version__}; evidence `{load_evidence().hash[:12]}`{since}."


def evidence_commit() -> str:
    """Return the last commit of the evidence's numbers; nothing outside a clean repository."""
    try:
        changed = _git("status", "--porcelain")
        last = _git("log", "-1", "--format=%h of %as")
    except (OSError, subprocess.CalledProcessError):
        return ""
    return "" if changed else last


def _git(*words: str) -> str:
    """Return what Git says of the evidence's numbers."""
    command = ["git", *words, "--", "*.yaml", "*.csv"]
    done = subprocess.run(command, cwd=EVIDENCE_FOLDER, capture_output=True, text=True, check=True)
    return done.stdout.strip()
