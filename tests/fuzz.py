"""Throw hostile input at whatever the program reads, guided by the code it reaches.

    python -m tests.fuzz                      # 50 000 inputs over all targets
    python -m tests.fuzz --inputs 2000 survey

Scenarios, overrides and surveys, and saved work: manifests, journals of runs, files of studies.
Whatever they hold, it must end in a result or in the error that says what is wrong with it, within
:data:`SECONDS` and the target's memory. Each target is a process of its own, run by atheris
(``pip install '.[fuzz]'``); it starts from the bundled and the bad files of this repository. The
input of a failure is kept beside the summary. Exit codes: 0 all held, 1 one did not, 2 bad usage.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path

from abm.extras import is_installed, lacking
from tests import fuzz_saved_work as saved

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "tests" / "data"
CITY = ROOT / "abm" / "places" / "example_city"
INPUTS = 50_000
SECONDS = 1.0  # of the processor, for one input
HANG = 120  # seconds on the wall after which an input is taken to hang, however busy the machine
MEGABYTES = 200  # of the whole process, Python and the fuzzer included
MEGABYTES_WITH_LIBRARIES = 700  # where the reader comes with Numba, pandas and SALib
LONGEST = 6_000  # bytes of an input; the readers' own limits are tested apart
LIBRARIES = (
    "abm.kernel.order", "abm.population.integrals", "abm.results.persons", "matplotlib.figure",
    "pandas", "SALib.analyze.sobol", "SALib.sample.sobol", "scipy.stats",
)  # fmt: skip
WORDS = r"""
name title description extends years start_year seed persons step_months population policies
parameters reach ages adds value low high eligible adherence cost start end ramp_years uptake
raises_to il6_signalling entrants diseases uk survey none null true false sex deprivation bmi smoker
met_hours weight age male female microdata activity represents moderate 0.3 -1 1e9 1e-400 .nan .inf
2026 !!int !!python/object: &a *a << --- ... ? - [ ] { } : , | > % @ ` # " ' \xff\xfe \x00 \x0d
policies.walks.reach= population.ages= causal_share.cardiovascular= il6.training.amplitude
versions exercise-il6 files effects.csv journal-3 slots-0-1024 outputs identity mu_star estimate
{"outputs":{" null NaN -Infinity 1e999 \\u0000 \\ud800 ]]]]]]]] {"a":{"a":{"a":
"""


def into_file(read: Callable[[Path], object], name: str) -> Callable[[bytes], None]:
    """Return a target that puts its input into a file and reads it."""
    folder = Path(tempfile.mkdtemp(prefix="fuzz-", dir=shared_memory()))
    return into_file_at(folder / name, read)


def into_file_at(path: Path, read: Callable[[Path], object]) -> Callable[[bytes], None]:
    """Return a target that puts its input into a file of a folder that is there, and reads it."""

    def target(content: bytes) -> None:
        path.write_bytes(content)
        read(path)

    return target


def shared_memory() -> str | None:
    """Return a folder in memory if this machine has one, so that no disk is worn."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def scenario_target() -> Callable[[bytes], None]:
    """Return the loader of scenario files."""
    from abm.scenario.load import load_scenario

    return into_file(load_scenario, "town.yaml")


def override_target() -> Callable[[bytes], None]:
    """Return the reader of overrides, one per line, of a sound scenario."""
    from abm.scenario.load import load_scenario

    def target(content: bytes) -> None:
        lines = content.decode("utf-8", "surrogateescape").split("\n")
        load_scenario("walking_groups", lines[:5])

    return target


def survey_target() -> Callable[[bytes], None]:
    """Return the reader of survey files, for a population that leaves some rows out."""
    from abm.population.survey import load_survey
    from abm.scenario.load import load_scenario

    scenario = load_scenario("uk")
    population = replace(scenario.population, ages=(24, 90), entrants=False)
    scenario = replace(scenario, population=population)
    return into_file(lambda path: load_survey(path, scenario), "survey.csv")


def place_target(name: str) -> Callable[[bytes], None]:
    """Return the reader of a place in which one file is what the fuzzer gives."""
    from abm.scenario.place_named import place_named

    folder = Path(tempfile.mkdtemp(prefix="fuzz-", dir=shared_memory()))
    shutil.copytree(CITY, folder, dirs_exist_ok=True)
    return into_file_at(folder / name, lambda path: place_named(str(path.parent)))


@dataclass(frozen=True)
class Target:
    """What is fuzzed: its maker, the inputs it starts from, and the memory it may take."""

    make: Callable[[], Callable[[bytes], None]]
    seeds: Callable[[], list[bytes]]
    megabytes: int = MEGABYTES


def in_folder(make: Callable[[Path], Callable[[bytes], None]]) -> Callable[[bytes], None]:
    """Return a target that has a folder of its own."""
    return make(Path(tempfile.mkdtemp(prefix="fuzz-", dir=shared_memory())))


TARGETS = {
    "scenario": Target(scenario_target, lambda: _contents("scenarios/*.yaml", BAD_SCENARIOS)),
    "override": Target(override_target, lambda: OVERRIDES),
    "survey": Target(survey_target, lambda: _contents("tests/data/survey.csv", BAD_SURVEYS)),
    "place": Target(lambda: place_target("place.yaml"), lambda: _beginnings("place.yaml")),
    "place_table": Target(
        lambda: place_target("population.csv"), lambda: _beginnings("population.csv")
    ),
    "manifest": Target(
        lambda: in_folder(saved.manifest_target), saved.manifest_seeds, MEGABYTES_WITH_LIBRARIES
    ),
    "unit": Target(
        lambda: in_folder(saved.unit_target), saved.unit_seeds, MEGABYTES_WITH_LIBRARIES
    ),
    "study": Target(
        lambda: in_folder(saved.study_target), saved.study_seeds, MEGABYTES_WITH_LIBRARIES
    ),
}
BAD_SCENARIOS, BAD_SURVEYS = "tests/data/bad_scenarios/*.yaml", "tests/data/*surveys/*.csv"
OVERRIDES = [
    b"policies.walks.reach=0.5\nyears=3", b"causal_share.cardiovascular=1",
    b"population={ages: [30, 40]}", b"policies.walks.adds={moderate: 1e1}",
    b"il6.training.amplitude={value: .1, low: 0, high: 1}",
]  # fmt: skip


def _contents(*patterns: str) -> list[bytes]:
    return [path.read_bytes() for pattern in patterns for path in sorted(ROOT.glob(pattern))]


def _beginnings(name: str) -> list[bytes]:
    """Return a file of the made-up city without its comments: whole, and its beginnings."""
    content = re.sub(rb"(?m)\s*#.*$", b"", (CITY / name).read_bytes()).lstrip()
    return [content, *(content[:most] for most in (300, 600, 1200, 2400))]


def seeds(name: str) -> list[bytes]:
    """Return the inputs a target starts from."""
    return [content for content in TARGETS[name].seeds() if len(content) <= LONGEST]


def refusals() -> tuple[type[Exception], ...]:
    """Return the errors that say what is wrong with an input."""
    from abm.running.output import FolderError
    from abm.scenario.text import ScenarioError
    from analysis.sensitivity.errors import StudyError

    return ScenarioError, FolderError, StudyError


def dictionary() -> str:
    """Return the words an input is made from, in the fuzzer's own notation."""
    quoted = (word.replace("\\", "\\\\").replace('"', '\\"') for word in WORDS.split())
    return "".join(f'"{word}"\n' for word in quoted).replace("\\\\x", "\\x")


class Tally:
    """What the inputs so far took, and what is called for each."""

    def __init__(self, target: Callable[[bytes], None]) -> None:
        self.target, self.refusals = target, refusals()
        self.inputs = self.refused = 0
        self.longest = 0.0

    def one(self, content: bytes) -> None:
        """Try one input; anything but the refusal escapes."""
        self.inputs += 1
        began = time.process_time()
        try:
            self.target(content)
        except self.refusals:
            self.refused += 1
        took = time.process_time() - began
        self.longest = max(self.longest, took)
        if took > SECONDS:
            raise TimeoutError(f"{took:.2f} s for one input of {len(content)} bytes")

    def summary(self) -> dict[str, float]:
        """Return the figures."""
        kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return {
            "inputs": self.inputs, "refused": self.refused, "longest_seconds": self.longest,
            "peak_megabytes": kilobytes / 1024.0,
        }  # fmt: skip


def import_libraries() -> None:
    """Import what must not be instrumented: Numba reads it, or it is large and no guide."""
    for name in LIBRARIES:
        import_module(name)


def child(name: str, options: Sequence[str], summary: Path) -> None:
    """Run the fuzzer on a target in this process, which does not outlive it."""
    import atheris

    if TARGETS[name].megabytes > MEGABYTES:
        import_libraries()
    with atheris.instrument_imports(include=["abm", "analysis", "ruamel"]):
        import abm.population.survey  # noqa: F401  (instrumented before the target asks for it)

        target = TARGETS[name].make()
    tally = Tally(target)

    def one(content: bytes) -> None:
        tally.one(content)
        summary.write_text(json.dumps(tally.summary()))  # the fuzzer ends without a last word

    atheris.Setup([sys.argv[0], *options], one)
    atheris.Fuzz()


def fuzzed(name: str, inputs: int, seed: int, folder: Path) -> tuple[bool, dict[str, float]]:
    """Fuzz one target; return whether all held, and the figures."""
    corpus, summary = folder / name / "corpus", folder / name / "summary.json"
    corpus.mkdir(parents=True)
    for number, content in enumerate(seeds(name)):
        (corpus / f"seed-{number:03d}").write_bytes(content)
    (folder / name / "words").write_text(dictionary(), encoding="utf-8")
    options = [
        f"-runs={inputs}", f"-seed={seed}", f"-max_len={LONGEST}", f"-timeout={HANG}",
        f"-rss_limit_mb={TARGETS[name].megabytes}", f"-dict={folder / name / 'words'}",
        f"-artifact_prefix={folder / name}/", "-print_final_stats=1", str(corpus),
    ]  # fmt: skip
    words = [sys.executable, "-m", "tests.fuzz", "--child", name, str(summary), *options]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, errors="replace")
    (folder / name / "log").write_text(done.stderr, encoding="utf-8")
    figures = json.loads(summary.read_text()) if summary.is_file() else {}
    if done.returncode != 0:
        print(done.stderr[-4000:], file=sys.stderr)
    return done.returncode == 0, figures


def shown(number: float) -> str:
    """Return a figure as text: whole numbers in full, others with three digits."""
    return f"{number:,}" if isinstance(number, int) else f"{number:.3g}"


def main(words: Sequence[str] | None = None) -> int:
    """Fuzz the targets named, all by default, and print a table."""
    words = list(sys.argv[1:] if words is None else words)
    if words[:1] == ["--child"]:
        child(words[1], words[3:], Path(words[2]))
        return 0
    parser = argparse.ArgumentParser(
        prog="python -m tests.fuzz",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--inputs", type=int, default=INPUTS, help="over all targets together")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=ROOT / "outputs" / "fuzz", metavar="DIR")
    arguments = parser.parse_args(words)
    unknown = sorted(set(arguments.targets) - set(TARGETS))
    if unknown:
        parser.error(f"unknown target {unknown[0]!r}; must be one of {', '.join(TARGETS)}")
    if not is_installed("atheris"):
        parser.error(lacking("the fuzzer", "atheris", "fuzz"))
    names = arguments.targets or list(TARGETS)
    shutil.rmtree(arguments.out, ignore_errors=True)
    held = True
    inputs = -(-arguments.inputs // len(names))
    for name in names:
        print(f"{name}: {inputs:,} inputs ...", flush=True)
        good, figures = fuzzed(name, inputs, arguments.seed, arguments.out)
        good = good and figures.get("peak_megabytes", 0.0) <= TARGETS[name].megabytes
        held = held and good
        told = ", ".join(f"{key.replace('_', ' ')} {shown(x)}" for key, x in figures.items())
        print(f"{name}: {'held' if good else 'FAILED'}; {told}", flush=True)
    print(f"inputs, logs and figures: {arguments.out}")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
