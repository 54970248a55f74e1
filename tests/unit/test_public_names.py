"""What users import stands in ``abm`` itself, and costs nothing before it is used."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import abm

ROOT = Path(__file__).resolve().parents[2]
# Fixed for users: moving a module must break nobody.
NAMES = (
    "load_scenario", "simulate", "simulate_bout", "ExerciseModel", "Person", "People",
    "ScenarioError", "published_curve", "effects_table", "load_result", "__version__",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_public_name_can_be_imported(name):
    assert name in abm.__all__ and name in dir(abm)
    assert getattr(abm, name) is not None


def test_every_name_promised_is_there():
    assert all(getattr(abm, name) is not None for name in abm.__all__)
    with pytest.raises(AttributeError, match="no attribute 'simulat'"):
        abm.simulat  # noqa: B018


def test_a_name_does_what_it_says():
    doses, log_ratios = abm.published_curve("stroke", 0.0)
    assert doses[0] == log_ratios[0] == 0.0 and (log_ratios[1:] < 0.0).all()
    model = abm.ExerciseModel("uk", persons=20, years=1, rng=1)
    assert isinstance(model.agents, abm.People)
    assert all(isinstance(each, abm.Person) for each in model.agents)


def test_the_version_stands_in_one_place():
    """Of a plain checkout too: the package's metadata is made from it."""
    assert re.fullmatch(r"\d+\.\d+\.\d+", abm.__version__)
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert 'dynamic = ["version"]' in pyproject and 'path = "abm/version.py"' in pyproject
    assert abm.__version__ not in pyproject.partition("[project.optional")[0]
    cited = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {abm.__version__}\n" in cited
    (dated,) = re.findall(r"^date-released: ([\d-]+)$", cited, re.MULTILINE)
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    releases = re.findall(r"^## \[(\d.*)$", changelog, re.MULTILINE)
    assert releases[0] == f"{abm.__version__}] - {dated}"
    newest = changelog.partition(f"## [{abm.__version__}]")[2].partition("\n## ")[0]
    assert "### Results move" in newest.splitlines()


def test_importing_the_package_loads_no_room_of_it():
    code = "import abm, sys; print(*(m for m in sys.modules if m.startswith('abm.')))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["abm.version"]
