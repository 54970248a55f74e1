"""What the tutorial says that its commands print, and what they do print.

    python -m tests.tutorial               # where both differ; exit code 1 if they do anywhere
    python -m tests.tutorial --rewrite     # put into the tutorial what is printed now

All commands and all Python of the tutorial are run, once and in order, in one folder that holds its
survey and its ``yaml`` blocks, each as the file that its ``name`` says; only the block that sets up
is not, as nothing in it is a command of the program. A block without a language is printed by the
last command of the ``bash`` block, or by the ``python`` block, right above it. It shows an excerpt:
from the line that begins like its own first one to the line before the first that names a folder,
or as many lines as it has where it ends with ``...``. Long lines are wrapped.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator, Sequence
from difflib import unified_diff
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]
TUTORIAL = ROOT / "docs" / "tutorial.md"
SURVEY = ROOT / "scenarios" / "example_city_survey.csv"
PROGRAM = "exercise-il6 "
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
LONGEST = 128  # characters of a line
MORE = "..."  # a line that ends an excerpt of which there is more
REFUSED = 2  # exit code of a scenario with faults
BEGINNING = 9  # characters by which the first line of an excerpt is found


class Step(NamedTuple):
    """A block that is run, what the tutorial shows of what it prints, and where that stands."""

    source: str
    language: str
    shown: str
    first: int
    last: int


def steps(tutorial: str) -> Iterator[Step]:
    """Yield the blocks that are run; ``shown`` is empty where nothing is shown of them."""
    blocks = list(BLOCK.finditer(tutorial))
    for block, below in zip_longest(blocks, blocks[1:]):
        if block[1] not in ("bash", "python"):
            continue
        adjacent = below and not below[1] and not tutorial[block.end() : below.start()].strip()
        shown = (below[2], below.start(2), below.end(2)) if adjacent else ("", 0, 0)
        yield Step(block[2], block[1], *shown)


def files_of(tutorial: str) -> dict[str, str]:
    """Return the scenario files that the tutorial writes, by name."""
    texts = [block[2] for block in BLOCK.finditer(tutorial) if block[1] == "yaml"]
    return {f"{re.match('name: (.*)', text)[1]}.yaml": text for text in texts}


def printed(step: Step, folder: Path, names: dict[str, Any]) -> str:
    """Run a block; return what it prints, cut like what is shown. Python may use ``names``."""
    if step.language == "python":
        stream = io.StringIO()
        with contextlib.redirect_stdout(stream), contextlib.chdir(folder):
            exec(compile(step.source, "tutorial.md", "exec"), names)
        return stream.getvalue()
    output = ""
    for line in step.source.splitlines():
        if line.startswith(PROGRAM):
            output = _said(shlex.split(line.removeprefix(PROGRAM), comments=True), folder)
    return excerpt(output, step.shown) if step.shown else ""


def _said(words: Sequence[str], folder: Path) -> str:
    """Return what one command says; only a refusal, which has nothing to show, may fail."""
    run = [sys.executable, str(ROOT / "run.py"), *words]
    done = subprocess.run(run, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode not in (0, REFUSED):
        raise RuntimeError(f"{shlex.join(words)} ended with {done.returncode}: {done.stderr}")
    return done.stdout + done.stderr


def excerpt(output: str, like: str) -> str:
    """Return the lines from the one that begins like ``like`` to the first that names a folder."""
    lines = output.splitlines()
    starts = [
        k for k, line in enumerate(lines) if line.startswith(like[:BEGINNING].splitlines()[0])
    ]
    if not starts:
        return output
    kept: list[str] = []
    for line in lines[starts[0] :]:
        if line.startswith("results/"):
            break
        kept += wrapped(line)
    shown = like.splitlines()
    if shown[-1] == MORE and len(kept) >= len(shown):
        kept = [*kept[: len(shown) - 1], MORE]
    return "".join(f"{line}\n" for line in kept)


def wrapped(line: str) -> list[str]:
    """Return a line as lines of at most :data:`LONGEST` characters, those that go on indented."""
    line = line.rstrip()
    if len(line) <= LONGEST:
        return [line]
    return textwrap.wrap(line, LONGEST, subsequent_indent="  ", break_long_words=False)


def renewed(tutorial: str) -> str:
    """Return the tutorial with what its commands print now."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(SURVEY, folder)
        for file, text in files_of(tutorial).items():
            (folder / file).write_text(text, encoding="utf-8")
        names: dict[str, Any] = {}  # what one Python block defines, the next may use
        found = [(step, printed(step, folder, names)) for step in steps(tutorial)]
    for step, output in reversed(found):
        if step.shown:
            tutorial = tutorial[: step.first] + output + tutorial[step.last :]
    return tutorial


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare or rewrite; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.tutorial", description=__doc__)
    parser.add_argument("--rewrite", action="store_true", help="put in what is printed now")
    options = parser.parse_args(arguments)
    today = TUTORIAL.read_text(encoding="utf-8")
    now = renewed(today)
    if options.rewrite:
        TUTORIAL.write_text(now, encoding="utf-8")
        return 0
    lines = today.splitlines(), now.splitlines()
    print("\n".join(unified_diff(*lines, "shown", "printed now", lineterm="", n=0)))
    return int(today != now)


if __name__ == "__main__":
    raise SystemExit(main())
