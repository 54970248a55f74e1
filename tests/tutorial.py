"""What the tutorial says that its commands print, and what they do print.

    python -m tests.tutorial               # where both differ; exit code 1 if they do anywhere
    python -m tests.tutorial --rewrite     # put into the tutorial what is printed now

A block without a language is printed by the last command of the ``bash`` block, or by the
``python`` block, right above it. It shows an excerpt: from the line that begins like its own first
one to the line before the first that names a folder, or as many lines as it has where it ends
with ``...``. A ``yaml`` block is the file its ``name``
says.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from difflib import unified_diff
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
TUTORIAL = ROOT / "docs" / "tutorial.md"
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
LONGEST = 128  # characters of a line
MORE = "..."  # a line that ends an excerpt of which there is more
BEGINNING = 9  # characters by which the first line of an excerpt is found


class Shown(NamedTuple):
    """A block of the tutorial that shows what something prints, and where it stands."""

    source: str
    language: str
    text: str
    first: int
    last: int


def shown_blocks(tutorial: str) -> Iterator[Shown]:
    """Yield the blocks that show what the block above them prints."""
    blocks = list(BLOCK.finditer(tutorial))
    for above, block in zip(blocks, blocks[1:], strict=False):
        between = tutorial[above.end() : block.start()].strip()
        if not block[1] and above[1] in ("bash", "python") and not between:
            yield Shown(above[2], above[1], block[2], block.start(2), block.end(2))


def files_of(tutorial: str) -> dict[str, str]:
    """Return the scenario files that the tutorial writes, by name."""
    texts = [block[2] for block in BLOCK.finditer(tutorial) if block[1] == "yaml"]
    return {f"{re.match('name: (.*)', text)[1]}.yaml": text for text in texts}


def printed(block: Shown, folder: Path) -> str:
    """Return what the block above prints now, cut like the block."""
    if block.language == "python":
        stream = io.StringIO()
        with contextlib.redirect_stdout(stream):
            exec(compile(block.source, "tutorial.md", "exec"), {})
        return stream.getvalue()
    command = block.source.strip().splitlines()[-1]
    words = shlex.split(command.removeprefix("python run.py "))
    run = [sys.executable, str(ROOT / "run.py"), *words]
    done = subprocess.run(run, cwd=folder, capture_output=True, text=True, check=False)
    return excerpt(done.stdout + done.stderr, block.text)


def excerpt(output: str, like: str) -> str:
    """Return the lines from the one that begins like ``like`` to the first that names a folder."""
    lines = output.splitlines()
    starts = [
        k for k, line in enumerate(lines) if line.startswith(like[:BEGINNING].splitlines()[0])
    ]
    if not starts:
        return output
    kept: list[str] = []
    shown = like.splitlines()
    most = len(shown) - 1 if shown[-1] == MORE else len(lines)
    for line in lines[starts[0] :]:
        if line.startswith("results/"):
            break
        if len(kept) == most:
            return "".join([*kept, f"{MORE}\n"])
        kept.append(shortened(line) + "\n")
    return "".join(kept)


def shortened(line: str) -> str:
    """Return a line of at most :data:`LONGEST` characters, its middle left out if need be."""
    line = line.rstrip()
    if len(line) <= LONGEST:
        return line
    return f"{line[:88].rsplit(' ', 1)[0]} ... {line[-32:].split(' ', 1)[1]}"


def renewed(tutorial: str) -> str:
    """Return the tutorial with what its commands print now."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, text in files_of(tutorial).items():
            (folder / file).write_text(text, encoding="utf-8")
        blocks = list(shown_blocks(tutorial))
        outputs = [printed(block, folder) for block in blocks]
    for block, output in reversed(list(zip(blocks, outputs, strict=True))):
        tutorial = tutorial[: block.first] + output + tutorial[block.last :]
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
