"""Hashes of every table that some small commands write, kept so that no result moves unnoticed.

    python -m tests.kept_hashes               # which columns differ; exit code 1 if any does
    python -m tests.kept_hashes --rewrite     # keep the present ones; the changelog says why

The tables of :mod:`tests.regression` see what the kernel counts. These see what users read:
effects with parameter draws and seeds, a survey, long steps, bouts, and sensitivity indices. Each
column of each table has a hash of its own, of exact values.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).parents[1]
KEPT = Path(__file__).parent / "data" / "kept_hashes.json"
SMALL = ["--persons", "3000", "--years", "8"]
DRAWN = [*SMALL, "--draws", "3", "--seeds", "2"]
STUDY = ["--persons", "1500", "--years", "4"]
SURVEY = "{folder}/town.yaml"
TOWN = "extends: walking_groups\npopulation: {microdata: survey.csv, represents: 300000}\n"
# Every command writes below a folder of its own, named by the key.
COMMANDS: dict[str, list[str]] = {
    "walking_groups": ["walking_groups", *DRAWN],
    "exercise_referral": ["exercise_referral", *DRAWN],
    "survey": [SURVEY, *SMALL],
    "long_steps": ["everyone_meets_guideline", *SMALL, "--set", "step_months=6"],
    "run_bout": ["bout", "running", "--minutes", "150", "--intensity", "0.75", "--trained"],
    "resistance_bout": ["bout", "resistance", "--sets", "24", "--repetitions", "10", "--load",
                        "0.7", "--rest", "60", "--people", "200"],
    "morris": ["sensitivity", "walking_groups", "--method", "morris", "--samples", "4",
               *STUDY, "--inputs", "il6.*", "policies.*"],
    "sobol": ["sensitivity", "walking_groups", "--method", "sobol", "--samples", "16",
              *STUDY, "--inputs", "policies.*"],
}  # fmt: skip
TABLES = (".csv", ".parquet")

Hashes = dict[str, str]  # "command/table.csv: column" -> hash


def column_hashes(path: Path) -> dict[str, str]:
    """Return a hash of each column of a table, of its exact values in their order."""
    table = pd.read_parquet(path) if path.suffix == ".parquet" else _as_text(path)
    found = {}
    for name in table.columns:
        column = table[name]
        # repr of a float has all its digits; text and categories are taken as they read
        text = "\n".join(map(repr, column.astype(object).tolist()))
        found[str(name)] = hashlib.sha256(text.encode()).hexdigest()[:16]
    return found


def _as_text(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def command_hashes(name: str, words: Sequence[str], folder: Path) -> Iterator[tuple[str, str]]:
    """Run one command and return the hashes of the tables that it wrote."""
    (folder / "town.yaml").write_text(TOWN, encoding="utf-8")
    shutil.copy(ROOT / "tests" / "data" / "survey.csv", folder)
    out = folder / name
    filled = [word.format(folder=folder) for word in words]
    subprocess.run(
        [sys.executable, "run.py", *filled, "--out", str(out)], cwd=ROOT, check=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    for path in sorted(out.rglob("*")):
        if path.suffix not in TABLES or "figures" in path.parts:
            continue
        for column, digest in column_hashes(path).items():
            yield f"{name}/{path.relative_to(out).as_posix()}: {column}", digest


def present(names: Sequence[str]) -> Hashes:
    """Run the commands named and return all their hashes."""
    with tempfile.TemporaryDirectory() as folder:
        return dict(
            pair for name in names for pair in command_hashes(name, COMMANDS[name], Path(folder))
        )


def kept() -> Hashes:
    """Return the hashes that are kept."""
    return dict(json.loads(KEPT.read_text(encoding="utf-8"))) if KEPT.is_file() else {}


def differences(before: Hashes, now: Hashes) -> list[str]:
    """Return a line per column that is not what it was."""
    words = {(True, False): "is gone", (False, True): "is new", (True, True): "has moved"}
    return [
        f"{key} {words[key in before, key in now]}"
        for key in sorted({**before, **now})
        if before.get(key) != now.get(key)
    ]


def main(words: Sequence[str] | None = None) -> int:
    """Compare, or rewrite, the hashes of all commands or of those named."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.kept_hashes",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("commands", nargs="*", metavar="NAME")
    parser.add_argument("--rewrite", action="store_true", help="keep the present hashes")
    arguments = parser.parse_args(words)
    names = arguments.commands or list(COMMANDS)
    before, now = kept(), present(names)
    others = {key: each for key, each in before.items() if key.split("/")[0] not in names}
    lines = differences({key: each for key, each in before.items() if key not in others}, now)
    if arguments.rewrite:
        text = json.dumps(others | now, indent=0, sort_keys=True)
        KEPT.write_text(text + "\n", encoding="utf-8")
    print("\n".join(lines) or f"{len(now)} columns of {len(names)} commands: none has moved")
    return int(bool(lines) and not arguments.rewrite)


if __name__ == "__main__":
    sys.exit(main())
