"""One set of limits: what one door refuses all refuse, with the same words."""

from __future__ import annotations

import math
from fractions import Fraction

import mesa
import numpy as np
import pytest

import run
from abm import ExerciseModel, ScenarioError, load_scenario, simulate, simulate_bout
from abm.limits import LIMITS, SEED_OF_STUDY, described, problem
from abm.running.engines.named import engine_problems
from abm.running.setup import with_sizes
from abm.scenario.check import number_in_text
from analysis import study_mesa_model, uniform


class Toy(mesa.Model):
    def __init__(self, a=1.0, b=1.0, rng=None):
        super().__init__(rng=rng)
        self.out = a + b


def study(**given):
    wanted = {"steps": 1, **given}
    study_mesa_model(Toy, {"a": uniform(0, 1), "b": uniform(0, 1)}, {"out": "out"}, **wanted)


def python(name):
    """Return the doors of Python at which a number of this name is given."""
    doors = []
    if name in ("persons", "years", "seed", "seeds", "draws", "threads"):
        doors.append(lambda value: simulate("uk", **{name: value}))
    if name in ("persons", "years"):
        doors.append(lambda value: ExerciseModel("uk", **{name: value}))
    if name == "seed":
        doors.append(lambda value: ExerciseModel("uk", rng=value))
        doors.append(lambda value: simulate_bout("running", 60, 0.7, seed=value))
    if name == "people":
        doors.append(lambda value: simulate_bout("running", 60, 0.7, people=value))
    if name in ("steps", "samples"):
        doors.append(lambda value: study(**{name: value}))
    return doors


COMMANDS = {
    "persons": (["uk"], ["sensitivity", "walking_groups"], ["check", "uk"], ["benchmark"]),
    "years": (["uk"], ["sensitivity", "walking_groups"]),
    "seed": (["uk"], ["bout", "running"]),
    "seeds": (["uk"],),
    "draws": (["uk"],),
    "most_seeds": (["uk"],),
    "threads": (["uk"], ["sensitivity", "walking_groups"]),
    "people": (["bout", "running"],),
    "samples": (["sensitivity", "walking_groups"],),
    "top": (["sensitivity", "walking_groups"],),
    "repeats": (["benchmark"],),
}
IN_FILES = ("persons", "years", "seed", "step_months")

# Each value as Python gives it and as it is written.
NEVER = [(-1, "-1"), (1.5, "1.5"), (math.nan, ".nan"), (math.inf, ".inf"), (2**63, str(2**63)),
         (True, "true"), ("many", "many"), (10**400, "1" + "0" * 400)]  # fmt: skip
NUMBERS = [(name, value, text) for name in LIMITS for value, text in NEVER]
NUMBERS += [(name, 0, "0") for name, kind in LIMITS.items() if kind.minimum > 0]
NUMBERS += [("years", 1000, "1000"), ("persons", 1e12, "1e12"), ("seed", 2**31, str(2**31))]


def ids(value):
    return str(value)[:20]


@pytest.mark.parametrize(("name", "value", "text"), NUMBERS, ids=ids)
def test_a_number_out_of_its_limits_is_refused_in_python(name, value, text):
    del text
    for door in python(name):
        with pytest.raises(ValueError, match="must be") as caught:
            door(value)
        told = str(caught.value)
        assert f": is {described(value)}; must be {LIMITS[name].allowed()}" in told


@pytest.mark.parametrize(("name", "value", "text"), NUMBERS, ids=ids)
def test_a_number_out_of_its_limits_is_refused_by_commands(name, value, text, capsys, tmp_path):
    del value
    for words in COMMANDS.get(name, ()):
        option = f"--{name.replace('_', '-')}={text}"
        try:
            code = run.main([*words, option, "--out", str(tmp_path / "out")])
        except SystemExit as stopped:
            code = stopped.code
        told = capsys.readouterr().err
        assert code == 2
        assert f"; must be {LIMITS[name].allowed()}" in told
        assert f"--{name.replace('_', '-')}" in told
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("name", "value", "text"), NUMBERS, ids=ids)
def test_a_number_out_of_its_limits_is_refused_in_files(name, value, text, tmp_path):
    del value
    if name not in IN_FILES:
        return
    path = tmp_path / "own.yaml"
    path.write_text(f"extends: uk\n{name}: {text}\n", encoding="utf-8")
    for load in (
        lambda: load_scenario(path),
        lambda: load_scenario("uk", [f"{name}={text}"]),
        lambda: load_scenario("uk", (), {name: text}),
    ):
        with pytest.raises(ScenarioError) as caught:
            load()
        (told,) = caught.value.problems
        assert f"; must be {LIMITS[name].allowed()}" in told


def test_every_limit_has_a_door():
    for name in LIMITS:
        assert python(name) or name in COMMANDS or name in IN_FILES


@pytest.mark.parametrize("name", LIMITS)
def test_the_ends_of_a_range_belong_to_it(name):
    kind = LIMITS[name]
    for value in (int(kind.minimum), float(kind.maximum), np.int64(kind.minimum), Fraction(2)):
        assert problem(name, value, kind) is None
    assert number_in_text(f"{kind.maximum:.0f}", kind) == kind.maximum
    assert problem(name, kind.maximum + 1, kind) and problem(name, kind.minimum - 1, kind)


def test_numbers_may_be_written_as_people_write_them():
    assert number_in_text("1e3", LIMITS["seeds"]) == 1000
    assert with_sizes(load_scenario("uk"), persons=1e4, years=None, seed=None).persons == 10_000


def test_a_scenario_changed_in_python_keeps_to_the_limits_too():
    from dataclasses import replace

    scenario = replace(load_scenario("uk"), years=1000, persons=0)
    for door in (simulate, ExerciseModel):
        with pytest.raises(ValueError, match=r"(?s)persons: is 0; .*years: is 1000; "):
            door(scenario)


def test_all_that_is_wrong_is_said_at_once():
    with pytest.raises(ValueError, match="must be") as caught:
        simulate("uk", persons=0, seeds=0, draws=-1, threads=math.nan, engine=None)
    assert [line.partition(":")[0] for line in str(caught.value).splitlines()] == [
        "persons", "seeds", "draws", "threads", "engine",
    ]  # fmt: skip


@pytest.mark.parametrize("seed", [0, -1, 2**31, 1.5, True, math.nan])
def test_the_seed_of_a_study_is_one_that_salib_takes(seed, capsys):
    told = f"seed: is {described(seed)}; must be {SEED_OF_STUDY.allowed()}"
    with pytest.raises(ValueError, match="must be") as caught:
        study(seed=seed)
    assert told in str(caught.value)
    text = str(seed).lower().replace("nan", ".nan")
    with pytest.raises(SystemExit) as stopped:
        run.main(["sensitivity", "walking_groups", f"--seed={text}"])
    assert stopped.value.code == 2
    assert f"; must be {SEED_OF_STUDY.allowed()}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("engine", "told"),
    [
        (None, "engine: is None; must be threads, processes or dask://HOST:PORT"),
        (3, "engine: is 3; must be threads, processes or"),
        ("typo", "engine: is 'typo'; must be threads, processes or"),
        ("thread", "did you mean 'threads'?"),
        ("process", "did you mean 'processes'?"),
        ("", "engine: is ''; must be threads"),
        ("dask://nowhere", "must be dask://HOST:PORT"),
    ],
)
def test_an_engine_that_is_none_is_refused_before_anything_else(engine, told, capsys):
    with pytest.raises(ValueError, match="must be") as caught:
        simulate("uk", engine=engine)
    assert told in str(caught.value)
    if isinstance(engine, str):
        with pytest.raises(SystemExit) as stopped:
            run.main(["uk", "--engine", engine])
        assert stopped.value.code == 2 and told.removeprefix("engine: ") in capsys.readouterr().err


def test_a_cluster_has_threads_of_its_own():
    (told,) = engine_problems("dask://127.0.0.1:8786", 2)
    assert told.startswith("threads: the workers of a cluster have theirs")


@pytest.mark.parametrize("share", ["0", "-5%", "100%", "5", "nan", "inf", "half", ""])
def test_a_precision_that_is_no_share_is_refused(share, capsys):
    with pytest.raises(SystemExit) as stopped:
        run.main(["walking_groups", f"--until={share}"])
    assert stopped.value.code == 2 and "is no share" in capsys.readouterr().err
