"""What code computes, read off: every change that may move a result is seen, and no other."""

import os
import subprocess
import sys
import textwrap
import threading
import types

import mesa
import numpy as np
import pytest

from analysis import study_mesa_model, uniform
from analysis.sensitivity.code_identity import Reading
from analysis.sensitivity.errors import StudyError
from analysis.sensitivity.finished_runs import IDENTITY_FILE, RUNS_FILE

MODEL = """
import math
import mesa
import numpy as np
from functools import cached_property, lru_cache, partial

RATE = 0.5
TABLE = np.arange(5000.0)
KINDS = {"a", "b", "c"}

def helper(x, more=1.0, *, scale=2.0):
    "What it does."
    return x * RATE * scale + more

def factory(power):
    return lambda x: x ** power

curve = factory(2)
twice = partial(helper, scale=3.0)

@lru_cache
def remembered(x):
    return x + 7

class Part:
    slope = 3.0
    def value(self, x):
        return helper(x) + self.slope

class Base(mesa.Model):
    def setting(self):
        return 10.0

class Toy(Base):
    def __init__(self, a=1.0, rng=None):
        super().__init__(rng=rng)
        self.out = 0.0
        self.a = a

    @property
    def doubled(self):
        return 2 * self.a

    @staticmethod
    def steady():
        return 4.0

    def step(self):
        parts = [Part() for _ in range(2)]
        from math import floor
        self.out = sum(p.value(self.a) for p in parts) + curve(self.a) + twice(self.a)
        self.out += remembered(self.a) + TABLE[2500] + len(KINDS) + self.doubled
        self.out += math.sqrt(self.setting()) + self.steady() + floor(1.5)
"""


def digest_of(source):
    names = {"__name__": "__main__"}
    exec(compile(textwrap.dedent(source), "<cell>", "exec"), names)
    reading = Reading()
    found = reading.digest(names["Toy"], "Toy")
    assert reading.unread == {}
    assert "mesa" in reading.packages
    return found


CHANGES = {
    "the model": ("self.out = 0.0", "self.out = 1.0"),
    "a step": ("range(2)", "range(3)"),
    "a class it makes": ("slope = 3.0", "slope = 3.5"),
    "a method of a class it makes": ("helper(x) +", "helper(x) -"),
    "its base": ("return 10.0", "return 11.0"),
    "a function that a class calls": ("x * RATE", "x / RATE"),
    "a default": ("more=1.0", "more=1.5"),
    "a default of a keyword": ("scale=2.0", "scale=2.5"),
    "a global number": ("RATE = 0.5", "RATE = 0.6"),
    "one number within a long array": ("arange(5000.0)", "arange(5000.0) + (np.arange(5000) == 9)"),
    "the type of an array": ("arange(5000.0)", "arange(5000)"),
    "a set": ('"a", "b", "c"', '"a", "b", "d"'),
    "what a function closes over": ("factory(2)", "factory(3)"),
    "what is given to a partial function": ("scale=3.0", "scale=4.0"),
    "a function behind a cache": ("x + 7", "x + 8"),
    "a property": ("2 * self.a", "3 * self.a"),
    "a static method": ("return 4.0", "return 5.0"),
    "a function of a package": ("math.sqrt", "math.cbrt"),
    "an import inside": ("from math import floor", "from math import ceil as floor"),
    "a default of the model": ("a=1.0, rng", "a=2.0, rng"),
}
NO_CHANGES = {
    "a comment": ("RATE = 0.5", "RATE = 0.5  # per year"),
    "an empty line": ("\nclass Part:", "\n\n\nclass Part:"),
    "a function that nobody calls": ("class Part:", "def unused():\n    return 1\n\nclass Part:"),
    "the order of a set": ('"a", "b", "c"', '"c", "b", "a"'),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_may_move_a_result_is_seen(what):
    assert MODEL.count(CHANGES[what][0]) >= 1
    assert digest_of(MODEL.replace(*CHANGES[what])) != digest_of(MODEL)


@pytest.mark.parametrize("what", NO_CHANGES)
def test_what_moves_no_result_is_not(what):
    assert digest_of(MODEL.replace(*NO_CHANGES[what])) == digest_of(MODEL)


def test_a_digest_is_the_same_in_every_process_and_from_compiled_files(tmp_path):
    (tmp_path / "toy.py").write_text(MODEL)
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import toy\n"
        "from analysis.sensitivity.code_identity import Reading\n"
        "print(Reading().digest(toy.Toy, 'Toy'))"
    )
    found = []
    for seed in ("1", "2"):  # the second reads toy.pyc, and orders sets in another way
        done = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONDONTWRITEBYTECODE": ""},
        )  # fmt: skip
        found.append(done.stdout)
    assert found[0] == found[1]
    assert list(tmp_path.glob("__pycache__/*.pyc"))


def test_a_module_of_the_users_own_counts_by_what_is_named_of_it(monkeypatch):
    own = types.ModuleType("own_module")
    exec("def used(x):\n    return x\n\ndef unused(x):\n    return x", vars(own))
    monkeypatch.setitem(sys.modules, "own_module", own)
    names = {"own_module": own}
    exec("def function(x):\n    return own_module.used(x)", names)

    def digest():
        return Reading().digest(names["function"], "function")

    before = digest()
    exec("def unused(x):\n    return 2 * x", vars(own))
    assert digest() == before
    exec("def used(x):\n    return 2 * x", vars(own))
    assert digest() != before


def test_objects_count_by_their_state():
    def digest(found):
        return Reading().digest(found, "it")

    generators = [np.random.default_rng(seed) for seed in (1, 1, 2)]
    assert digest(generators[0]) == digest(generators[1]) != digest(generators[2])
    assert digest({"a": [1, 2]}) == digest({"a": [1, 2]}) != digest({"a": [1, 2.0]})
    assert digest((1, (2,))) != digest(((1,), 2))
    assert digest(True) != digest(1)
    loop = []
    loop.append(loop)
    assert digest(loop)


LOCK = threading.Lock()


class Simple(mesa.Model):
    def __init__(self, a=1.0, b=1.0, rng=None):
        super().__init__(rng=rng)
        self.a, self.b, self.out = a, b, 0.0

    def step(self):
        self.out = 2.0 * self.a + 0.1 * self.b


class Locked(Simple):
    def step(self):
        with LOCK:
            super().step()


WIDE = {"a": uniform(0, 1), "b": uniform(0, 1)}
NARROW = {"a": uniform(0, 0.001), "b": uniform(0, 100)}


def study(folder, model=Simple, inputs=WIDE, reporters=None, **options):
    reporters = reporters or {"out": "out"}
    return study_mesa_model(
        model, inputs, reporters, steps=1, samples=16, folder=folder, **options
    )  # fmt: skip


RUNS = 16 * 4


def same(first, second):
    return first.indices.equals(second.indices) and np.array_equal(first.table, second.table)


def test_a_saved_study_never_answers_for_other_inputs(tmp_path, capsys):
    alone = study(None, inputs=NARROW)
    assert study(tmp_path, inputs=WIDE).new_runs == RUNS
    mixed = study(tmp_path, inputs=NARROW)
    assert mixed.new_runs == RUNS and same(mixed, alone)
    told = capsys.readouterr().err
    assert "not used, run again (input a was '0.025, 0.5, 0.975 (" in told
    assert f"{RUNS} entries are of other work" in told
    assert study(tmp_path, inputs=WIDE).new_runs == 0  # nothing was lost


def step_up(share):
    return 0.0 if share < 0.4321 else share


def step_down(share):
    return 0.0 if share < 0.4322 else share


OTHERS = {
    "a reporter": {"reporters": {"out": lambda model: model.out}},
    "a reporter's constant": {"reporters": {"out": lambda model: model.out + 1.0}},
    "an attribute": {"reporters": {"out": "a"}},
    "a version": {"version": "2"},
    "a fixed value": {"inputs": {"a": uniform(0, 1)}, "fixed": {"b": 2.0}, "seed_factor": True},
    "inputs alike at most quantiles": {"inputs": {"a": step_up, "b": uniform(0, 1)}},
    "and their neighbours": {"inputs": {"a": step_down, "b": uniform(0, 1)}},
}


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("before", OTHERS)
def test_each_study_runs_its_own_runs(tmp_path, before, other):
    study(tmp_path, **OTHERS[before])
    again = study(tmp_path, **OTHERS[other])
    assert (again.new_runs == 0) == (before == other)
    assert same(again, study(None, **OTHERS[other]))


@pytest.mark.parametrize("model", [Simple, Locked])
def test_packages_are_part_of_the_identity(tmp_path, monkeypatch, model):
    study(tmp_path, model, version="1")
    monkeypatch.setattr(
        "analysis.sensitivity.model_identity.package_versions", lambda names: {"mesa": "9.9"}
    )
    monkeypatch.setattr("analysis.sensitivity.code_identity._version_of", lambda name: "9.9")
    assert study(tmp_path, model, version="1").new_runs == RUNS


def test_what_cannot_be_identified_is_named_and_has_to_be_named(tmp_path):
    with pytest.raises(StudyError, match=r"Locked: .*LOCK is a _thread.lock, which cannot be ide"):
        study(tmp_path, Locked)
    assert not (tmp_path / RUNS_FILE).exists()
    assert study(None, Locked).new_runs == RUNS  # nothing is saved, so nothing can be mixed
    assert study(tmp_path, Locked, version="1").new_runs == RUNS
    assert study(tmp_path, Locked, version="1").new_runs == 0
    assert '"version": "1"' in (tmp_path / IDENTITY_FILE).read_text()


def test_an_input_that_gives_another_value_each_time_is_refused(tmp_path):
    random = np.random.default_rng(1)
    with pytest.raises(StudyError, match="input a gives another value each time"):
        study(tmp_path, inputs={"a": lambda share: random.random(), "b": uniform(0, 1)})


def test_long_fixed_arrays_that_print_alike_are_told_apart(tmp_path):
    class Table(Simple):
        def __init__(self, table=None, **options):
            super().__init__(**options)
            self.table = table

        def step(self):
            super().step()
            self.out += self.table[1000]

    table = np.zeros(3000)
    other = table.copy()
    other[1000] = 1.0
    assert repr(table) == repr(other)
    study(tmp_path, Table, fixed={"table": table})
    assert study(tmp_path, Table, fixed={"table": table}).new_runs == 0
    assert study(tmp_path, Table, fixed={"table": other}).new_runs == RUNS
