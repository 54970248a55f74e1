"""The bridge to Mesa: the documented example runs as printed, and mistakes are named."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import analysis
from analysis import study_mesa_model, uniform, whole_numbers
from analysis.sensitivity.errors import StudyError

PAGE = Path(__file__).parents[2] / "docs" / "sensitivity.md"


def example():
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 1
    return blocks[0]


def test_the_documented_example_has_ten_lines_or_so_and_runs(capsys):
    code = example()
    assert len(code.strip().splitlines()) <= 11
    names: dict[str, object] = {}
    exec(code, names)
    study = names["study"]
    totals = study.indices.query("`index` == 'ST'").set_index("input")["estimate"]
    inputs = {"virus_spread_chance", "recovery_chance", "initial_outbreak_size", "seed"}
    assert set(totals.index) == inputs
    # How easily the virus spreads decides more than how soon people recover.
    assert totals["virus_spread_chance"] > totals["recovery_chance"]
    assert totals["seed"] > 0
    assert "virus_spread_chance" in capsys.readouterr().out


def small_study(**changes):
    from mesa.examples import VirusOnNetwork

    options = {
        "inputs": {
            "num_nodes": whole_numbers(8, 20),
            "virus_spread_chance": uniform(0.1, 0.9),
        },
        "reporters": {"agents": lambda model: len(model.agents)},
        "steps": 3,
        "fixed": {"recovery_chance": 0.2},
        "samples": 16,
    }
    return study_mesa_model(VirusOnNetwork, **{**options, **changes})


def test_a_larger_study_of_a_model_runs_only_what_is_new(tmp_path):
    first = small_study(folder=tmp_path)
    second = small_study(folder=tmp_path, samples=32)
    assert first.new_runs == second.new_runs == 16 * 4
    with pytest.raises(StudyError, match="steps was 3, is now 4"):
        small_study(folder=tmp_path, steps=4)


def test_any_model_with_keywords_and_an_attribute_to_report():
    """A published index through Mesa: y = x1 + 2 x2 has shares 1/5 and 4/5."""
    from mesa import Model

    class Line(Model):
        def __init__(self, slope=2.0, x1=0.0, x2=0.0, rng=None):
            super().__init__(rng=rng)
            self.y, self.grows_by = 0.0, x1 + slope * x2

        def step(self):
            self.y += self.grows_by
            self.running = False

    study = study_mesa_model(
        Line,
        inputs={"x1": uniform(0.0, 1.0), "x2": uniform(0.0, 1.0)},
        reporters={"y": "y", "twice": lambda model: 2 * model.y},
        steps=10,
        samples=256,
    )
    rows = study.indices.set_index(["output", "index", "input"])
    for output in ("y", "twice"):
        for name, share in (("x1", 0.2), ("x2", 0.8)):
            row = rows.loc[(output, "S1", name)]
            assert row["lower"] <= share <= row["upper"]
    # It stopped itself after one step.
    assert study.table[:, 0].max() <= 3.0


def test_a_keyword_that_the_model_does_not_take_is_named():
    with pytest.raises(ValueError, match="takes no keyword 'num_noeds'.*'num_nodes'"):
        small_study(inputs={"num_noeds": whole_numbers(8, 20), "recovery_chance": uniform(0, 1)})


def test_unknown_methods_are_refused():
    with pytest.raises(StudyError, match="unknown method 'moris'; .*did you mean 'morris'"):
        small_study(method="moris")


def test_quantile_functions_reach_both_ends():
    whole = whole_numbers(1, 3)
    assert {whole(share) for share in (0.0001, 0.34, 0.5, 0.67, 0.9999, 1.0)} == {1, 2, 3}
    assert uniform(2.0, 4.0)(0.25) == 2.5
    with pytest.raises(ValueError, match="must be below"):
        uniform(1.0, 1.0)
    with pytest.raises(ValueError, match="must be below"):
        whole_numbers(2, 1)


def test_the_public_names_are_loaded_when_first_used():
    code = (
        "import sys, analysis\n"
        "assert set(analysis.__all__) <= set(dir(analysis))\n"
        "assert not {'numpy', 'pandas', 'SALib'} & set(sys.modules)\n"
        "from analysis import study_mesa_model, uniform\n"
        "assert uniform(0.0, 2.0)(0.5) == 1.0"
    )
    subprocess.run([sys.executable, "-c", code], cwd=PAGE.parents[1], check=True)


def test_every_public_name_is_there_and_no_other():
    assert {"study_mesa_model", "uniform"} <= set(analysis.__all__)
    assert all(callable(getattr(analysis, name)) for name in analysis.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'unifrom'"):
        _ = analysis.unifrom
