"""Compiled code is shared by content, made anew when damaged, and whoever waits is told once."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from abm import compiled_cache, load_scenario, simulate
from abm.evidence.parameters import central_parameters
from abm.kernel import order
from abm.kernel.constants import packed
from abm.mesa_face.persons import settable
from abm.population.constants_of import uncalibrated_constants
from abm.running import compile_along
from abm.running.setup import set_up
from analysis.commands.telling import set_loudness

ROOT = Path(__file__).parents[2]
TINY = """
import sys
from numba import njit
from abm.compiled_cache import kept

def doubled(x):
    return 2 * x

def both(x):
    return doubled(x) + 1

doubled = kept(njit(doubled))
both = kept(njit(both))
print(both(int(sys.argv[1])))
"""
ANNOUNCED = "compiling the rules for this processor"


class Checkout:
    """A copy of a rule in a folder of its own, called in a process of its own."""

    def __init__(self, folder, cache):
        self.path, self.cache = folder / "room" / "tiny.py", cache
        self.path.parent.mkdir(parents=True)
        self.path.write_text(TINY)

    def called(self, number=4, **variables):
        """Call the rule and return what was said on standard error."""
        paths = {"PYTHONPATH": str(ROOT), "EXERCISE_IL6_CACHE": str(self.cache)}
        done = subprocess.run(
            [sys.executable, str(self.path), str(number)], capture_output=True, text=True,
            env={**os.environ, **paths, **variables},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert done.stdout == f"{2 * number + 1}\n"
        return done.stderr

    def kept(self):
        return sorted(path for path in self.cache.rglob("*") if path.is_file())


@pytest.fixture
def first(tmp_path):
    """Return a checkout whose code has been compiled."""
    checkout = Checkout(tmp_path / "first", tmp_path / "cache")
    said = checkout.called()
    assert said.count(ANNOUNCED) == 1, "two functions, one sentence"
    assert f"then kept in {tmp_path / 'cache'}" in said
    return checkout


@pytest.mark.parametrize("quiet", [False, True])
def test_who_wants_quiet_is_not_told_of_compiling(quiet, monkeypatch, capsys):
    monkeypatch.setattr(compiled_cache, "_said", set())
    set_loudness(quiet=quiet)
    try:
        compiled_cache._announce()
    finally:
        set_loudness()
    assert capsys.readouterr().err.count(ANNOUNCED) == (not quiet)


def test_a_second_checkout_uses_what_the_first_compiled(first, tmp_path):
    before = [(path, path.stat().st_mtime_ns) for path in first.kept()]
    assert Checkout(tmp_path / "second", first.cache).called() == ""
    assert first.called() == ""
    assert [(path, path.stat().st_mtime_ns) for path in first.kept()] == before


def emptied(content):
    return b""


def cut(content):
    return content[: len(content) // 2]


def changed(content):
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def foreign(content):
    return b"\x80\x04N." * 20


@pytest.mark.parametrize("damage", [emptied, cut, changed, foreign])
@pytest.mark.parametrize("ending", ["nbc", "nbi"])
def test_damaged_code_is_said_and_made_anew(first, damage, ending):
    for path in first.cache.rglob(f"*.{ending}"):
        path.write_bytes(damage(path.read_bytes()))
    said = first.called()
    assert said.count(ANNOUNCED) == 1
    assert ("compiled code is damaged" in said) or (ending == "nbi"), said
    assert first.called() == ""


def test_code_that_is_missing_is_compiled_again(first):
    for path in first.cache.rglob("*.nbc"):
        path.unlink()
    assert first.called().count(ANNOUNCED) == 1
    assert first.called() == ""


def test_another_processor_is_told_and_keeps_its_own(first):
    said = first.called(NUMBA_CPU_NAME="generic")
    assert said.count(ANNOUNCED) == 1 and "(generic;" in said
    assert first.called(NUMBA_CPU_NAME="generic") == ""
    assert first.called() == ""


def test_without_a_folder_every_process_is_told(tmp_path):
    checkout = Checkout(tmp_path, Path("/dev/null/cache"))
    for _ in range(2):
        said = checkout.called()
        assert said.count(ANNOUNCED) == 1
        assert "in each process, because no folder can be written (EXERCISE_IL6_CACHE" in said


def test_a_cache_that_cannot_take_more_is_said_and_does_without(first):
    """As of a full disk: a folder stands where a file would go."""
    for path in first.cache.rglob("*.nbi"):
        path.unlink()
        path.mkdir()
    said = first.called()
    assert "compiled code is damaged" in said
    assert "compiled code cannot be kept" in said


def test_every_compiled_source_is_part_of_the_name(tmp_path, monkeypatch):
    package = tmp_path / "abm"
    tables = ("condition_rows.py", "conditions.py", "modes.py")
    for name in (*tables, "kernel", "rules", "population"):
        source = compiled_cache.PACKAGE / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, _made(package) / name)
    monkeypatch.setattr(compiled_cache, "PACKAGE", package)
    found = {compiled_cache.source_hash()}
    for name in (*tables, "kernel/month.py", "rules/il6.py", "population/integrals.py"):
        with (package / name).open("a") as stream:
            stream.write("\n")
        found.add(compiled_cache.source_hash())
    assert len(found) == 7
    (package / "population" / "survey.py").write_text("")
    assert compiled_cache.source_hash() in found


def _made(folder):
    folder.mkdir(exist_ok=True)
    return folder


CHANGE = """
from numba.core import event
from abm import ExerciseModel

model = ExerciseModel("walking_groups", persons=50, rng=1)
model.step()
person = model.agents[0]
with event.install_recorder("numba:compile") as found:
    person.bmi, person.smoker, person.habitual_met_hours = 31.0, True, 20.0
    person.twin.bmi
print(len(found.buffer))
"""


def test_changing_a_person_compiles_nothing_in_a_second_process():
    assert settable() == "bmi, smoker and habitual_met_hours", "then change the others here too"
    for last in (False, True):
        done = subprocess.run(
            [sys.executable, "-c", CHANGE], capture_output=True, text=True, cwd=ROOT
        )
        assert done.returncode == 0, done.stderr
        if last:
            assert done.stdout == "0\n" and ANNOUNCED not in done.stderr


@pytest.fixture
def along(monkeypatch, tmp_path):
    """Return what starts a second process to compile along, on a machine of two processors."""
    monkeypatch.setattr(compiled_cache, "CACHE_FOLDER", tmp_path)
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 1})
    monkeypatch.delenv(compiled_cache.ALONE, raising=False)
    return compiled_cache._Along()


def test_the_second_process_is_started_once_and_waited_for_once(along, monkeypatch, tmp_path):
    write = f"open({str(tmp_path / 'made')!r}, 'a').write('x')"
    monkeypatch.setattr(compiled_cache, "ALONG_PROGRAM", write)
    assert not along.wait(), "nothing to wait for"
    along.start()
    along.start()
    assert along.wait() and not along.wait()
    assert (tmp_path / "made").read_text() == "x"


def test_the_second_process_ends_with_the_first(along, monkeypatch):
    waits = "import abm.running.compile_along as along; along.end_with_the_other()"
    monkeypatch.setattr(compiled_cache, "ALONG_PROGRAM", waits)
    along.start()
    along._process.stdin.close()
    assert along._process.wait(60) == 1


@pytest.mark.parametrize("why", ["it is the second itself", "one processor", "nowhere to keep it"])
def test_one_process_compiles_alone(along, monkeypatch, why):
    if why == "it is the second itself":
        monkeypatch.setenv(compiled_cache.ALONE, "1")
    elif why == "one processor":
        monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0})
    else:
        monkeypatch.setattr(compiled_cache, "CACHE_FOLDER", None)
    along.start()
    assert not along.wait()


def test_the_second_process_compiles_what_runs_need():
    scenario = load_scenario("walking_groups", ["persons=1", "years=1"])
    parameters = central_parameters(scenario.parameters)
    before, after = (
        packed(constants)
        for constants in (
            uncalibrated_constants(scenario, parameters), set_up(scenario, parameters).constants,
        )
    )  # fmt: skip
    assert before.dtype == after.dtype, "another type would be another kernel"
    compile_along.compile_kernel()
    simulate(scenario, threads=1)
    assert len(order.advance.signatures) == 1
    assert f"{order.advance.__module__}.{order.advance.__name__}" == compiled_cache.ALONG
