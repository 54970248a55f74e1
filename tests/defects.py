"""Plant each fault of the list in a copy of the program and see which test notices it.

    python -m tests.defects                    # all of them: hours, as some compile anew
    python -m tests.defects reach ramp         # those whose names or files hold a word
    python -m tests.defects --check            # only whether every text still stands in its file

For each fault the tests named beside it run first, then the rest of the quick suite, then the quick
verification; the regression tables come last, since they would notice almost anything. Faults that
nothing notices are told and the exit code is 1.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.defect_list import DEFECTS, Defect

ROOT = Path(__file__).resolve().parents[1]
LEFT_OUT = (
    ".git", "__pycache__", ".pytest_cache", ".hypothesis", ".ruff_cache", ".mypy_cache", ".venv",
)  # fmt: skip
LEFT_OUT_AT_THE_TOP = ("outputs", "results")  # a room of the program is called results, too
FOLDER = ROOT / "outputs" / "defects"
REGRESSION = "tests/unit/test_regression.py"
# They say nothing of the model: one takes times, the other looks for the texts of the faults.
DEAF = ("tests/end_to_end/test_benchmark.py", "tests/unit/test_defects.py")
LONGEST_STAGE = 3600.0  # seconds
QUICK = "not verification and not validation"
VERIFICATION = "verification and not slow"


def faults_of_the_list(root: Path = ROOT) -> list[str]:
    """Return what is wrong with the list itself: texts that are gone, or stand more than once."""
    found = []
    for defect in DEFECTS:
        path = root / defect.file
        times = path.read_text(encoding="utf-8").count(defect.old) if path.is_file() else 0
        if times != 1:
            first = defect.old.strip().splitlines()[0]
            found.append(
                f"{defect.name}: {defect.file} holds {first!r} {times} times, must be once; "
                "renew the text in tests/defect_list.py"
            )
    names = [defect.name for defect in DEFECTS]
    found += [f"{name} is listed twice" for name in sorted(set(names)) if names.count(name) > 1]
    found += [
        f"{defect.name}: no file {each}"
        for defect in DEFECTS
        for each in defect.first
        if not (root / each).is_file()
    ]
    return found


def stages(defect: Defect) -> list[tuple[str, list[str]]]:
    """Return name and words of each call of pytest, the likeliest to notice first."""
    apart = [f"--ignore={each}" for each in (*DEAF, REGRESSION)]
    either = f"({QUICK}) or ({VERIFICATION})"
    return [
        ("tests named", ["-m", either, *defect.first]),
        ("quick suite", ["-m", QUICK, *apart, "tests"]),
        ("quick verification", ["-m", VERIFICATION, "tests/verification"]),
        ("regression tables alone", ["-m", QUICK, REGRESSION]),
    ]


def left_out(folder: str, names: list[str]) -> set[str]:
    """Return the names in a folder that a copy of the program does without."""
    at_the_top = LEFT_OUT_AT_THE_TOP if Path(folder) == ROOT else ()
    return {name for name in names if name in (*LEFT_OUT, *at_the_top)}


class Copy:
    """A copy of the program with a cache of compiled code of its own, which later runs find again.

    The cache goes by where the sources lie, so the copy lies where the last one did.
    """

    def __init__(self, folder: Path) -> None:
        self.root, self.cache = folder / "program", folder / "cache"
        shutil.rmtree(self.root, ignore_errors=True)
        shutil.copytree(ROOT, self.root, ignore=left_out)

    def pytest(self, words: Sequence[str]) -> tuple[int, str]:
        """Run pytest in the copy until something fails; return its code and its last lines."""
        environment = os.environ | {
            "PYTHONPATH": str(self.root), "EXERCISE_IL6_CACHE": str(self.cache),
            "PYTHONDONTWRITEBYTECODE": "1",
        }  # fmt: skip
        quick = ["-x", "-q", "-n", "0", "-p", "no:cacheprovider"]
        command = [sys.executable, "-m", "pytest", *quick, *words]
        try:
            done = subprocess.run(
                command, cwd=self.root, env=environment, capture_output=True, text=True,
                timeout=LONGEST_STAGE,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return 1, "FAILED a test that does not end"
        return done.returncode, done.stdout[-6000:] + done.stderr[-2000:]

    def noticed(self, defect: Defect, named_only: bool = False) -> tuple[str, str] | None:
        """Plant a fault, return the stage and the test that noticed it, and take it out again."""
        path = self.root / defect.file
        sound, times = path.read_text(encoding="utf-8"), path.stat()
        path.write_text(sound.replace(defect.old, defect.new), encoding="utf-8")
        try:
            for stage, words in stages(defect)[: 1 if named_only else None]:
                code, told = self.pytest(words)
                if code not in (0, 5):  # 5: no test was chosen
                    return stage, culprit(told)
        finally:
            path.write_text(sound, encoding="utf-8")
            os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))  # kept code goes by it
        return None


def culprit(told: str) -> str:
    """Return the test that failed, from pytest's last lines."""
    found = re.search(r"^(?:FAILED|ERROR) (.*?)(?: - .*)?$", told, re.MULTILINE)
    return found[1] if found else "the tests do not start: " + told.strip()[-200:]


def chosen(words: Sequence[str]) -> list[Defect]:
    """Return the faults whose names or files hold one of the words; all if there are none."""
    if not words:
        return list(DEFECTS)
    return [each for each in DEFECTS if any(word in f"{each.name} {each.file}" for word in words)]


def main(words: Sequence[str] | None = None) -> int:
    """Plant the faults asked for, and print which test noticed each."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.defects",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("words", nargs="*", metavar="WORD", help="part of a fault's name")
    parser.add_argument("--check", action="store_true", help="only look whether the texts stand")
    parser.add_argument("--named", action="store_true", help="run the tests named beside it alone")
    parser.add_argument("--out", type=Path, help="also write the table to this file")
    arguments = parser.parse_args(words)
    wrong = faults_of_the_list()
    for line in wrong:
        print(line, file=sys.stderr)
    if arguments.check or wrong:
        print(f"{len(DEFECTS)} faults listed, {len(wrong)} to be renewed")
        return 1 if wrong else 0
    planted = chosen(arguments.words)
    if not planted:
        parser.error("no fault has a name with these words")
    return run(Copy(FOLDER), planted, arguments.out, arguments.named)


def run(copy: Copy, planted: Sequence[Defect], out: Path | None, named_only: bool = False) -> int:
    """Try the sound copy first, then every fault; return 1 if one goes unnoticed."""
    named = sorted({each for defect in planted for each in defect.first})
    sound = Defect("no fault", "README.md", "", "", tuple(named))
    whole = len(planted) == len(DEFECTS) and not named_only
    for stage, words in stages(sound)[: None if whole else 1]:
        code, told = copy.pytest(words)
        if code != 0:
            print(f"the program without faults fails its {stage}: {culprit(told)}", file=sys.stderr)
            return 1
    print("the program without faults passes", flush=True)
    lines, unnoticed = [], []
    for number, defect in enumerate(planted, start=1):
        began = time.monotonic()
        found = copy.noticed(defect, named_only)
        told = "NOT NOTICED" if found is None else f"{found[1]} ({found[0]})"
        lines.append(f"| {defect.name} | `{defect.file}` | {told} |")
        took = f"{time.monotonic() - began:.0f} s"
        print(f"{number}/{len(planted)} {defect.name}: {told}, {took}", flush=True)
        if found is None:
            unnoticed.append(defect.name)
        if out is not None:
            head = "| fault | file | noticed by |\n|---|---|---|\n"
            out.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(planted) - len(unnoticed)} of {len(planted)} faults noticed")
    if unnoticed:
        print("not noticed: " + "; ".join(unnoticed))
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main())
