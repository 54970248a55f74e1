"""The program as a wheel in an environment of its own, beside folders that have its names.

Its packages come from the environment of the tests, so that no network is needed.
"""

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from zipfile import ZipFile

import pytest

import abm
from abm.__main__ import without_current_folder

ROOT = Path(__file__).resolve().parents[2]
SMALL = ("walking_groups", "--persons", "300", "--years", "2", "--no-figures")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    pytest.importorskip("hatchling", reason="the wheel is built with hatchling")
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def environment(wheel, tmp_path_factory):
    """Return the folder of programs of an environment that has the wheel, and no checkout."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    programs = folder / "bin"
    install = [sys.executable, "-m", "pip", "--python", str(programs / "python"), "install"]
    offline = ["--no-deps", "--no-index", "--quiet", str(wheel)]
    subprocess.run([*install, *offline], check=True, capture_output=True)
    (site,) = folder.glob("lib/python*/site-packages")
    (site / "packages_of_the_tests.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return programs


@pytest.fixture
def home(tmp_path):
    """Return a user's folder with an ``analysis`` of their own, and an ``abm`` full of notes."""
    (tmp_path / "analysis").mkdir()
    (tmp_path / "analysis" / "__init__.py").write_text("raise RuntimeError('not the program')\n")
    (tmp_path / "abm").mkdir()
    (tmp_path / "abm" / "notes.txt").write_text("of a user\n")
    return tmp_path


def run(home, *words, **variables):
    clean = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    return subprocess.run(
        [str(word) for word in words], cwd=home, capture_output=True, text=True, timeout=300,
        env=clean | variables,
    )  # fmt: skip


def test_the_wheel_holds_what_it_needs(wheel):
    names = set(ZipFile(wheel).namelist())
    assert {"abm/py.typed", "analysis/py.typed", "abm/CITATION.cff"} <= names
    assert "abm/scenario.schema.json" in names
    assert {"abm/_scenarios/uk.yaml", "analysis/report/template.html"} <= names
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/", "run.py"))]
    about = ZipFile(wheel).read(f"exercise_il6-{abm.__version__}.dist-info/METADATA").decode()
    assert "License-Expression: MIT" in about and "Project-URL" not in about


@pytest.mark.slow
@pytest.mark.parametrize("how", ["command", "module"])
def test_it_runs_beside_folders_of_the_same_names(environment, home, how):
    words = [environment / "exercise-il6"]
    if how == "module":
        words = [environment / "python", "-m", "abm"]
    told = run(home, *words, "--version")
    assert (told.returncode, told.stdout) == (0, f"exercise-il6 {abm.__version__}\n"), told.stderr
    done = run(home, *words, *SMALL)
    assert done.returncode == 0, done.stderr
    assert "expected averted" in done.stdout and "Traceback" not in done.stderr
    manifest = (home / "results" / "walking_groups" / "manifest.json").read_text()
    called = "exercise-il6 walking_groups" if how == "command" else "python -m abm walking_groups"
    assert called in manifest and "run.py" not in manifest
    schema = run(home, *words, "schema").stdout
    assert schema == (ROOT / "abm" / "scenario.schema.json").read_text()


@pytest.mark.slow
def test_a_package_of_the_users_that_python_takes_first_is_named(environment, home):
    elsewhere = run(home, environment / "python", "-c", "import analysis")
    assert "not the program" in elsewhere.stderr  # Python's own order: theirs is found
    in_the_way = run(home, environment / "exercise-il6", "--version", PYTHONPATH=str(home / "lib"))
    assert in_the_way.returncode == 0
    (home / "lib" / "analysis").mkdir(parents=True)
    (home / "lib" / "analysis" / "__init__.py").touch()
    in_the_way = run(home, environment / "exercise-il6", "uk", PYTHONPATH=str(home / "lib"))
    assert in_the_way.returncode == 2 and in_the_way.stdout == ""
    assert f"another package named 'analysis' ({home / 'lib' / 'analysis'})" in in_the_way.stderr
    (home / "abm" / "__init__.py").touch()
    (home / "analysis" / "__init__.py").unlink()
    other = run(home, environment / "python", "-c", "import analysis")
    assert other.returncode == 1
    assert f"{home / 'abm'} is found first" in other.stderr
    whole = run(home, environment / "python", "-P", "-m", "abm", "--version")
    assert whole.stdout == f"exercise-il6 {abm.__version__}\n"


def test_the_current_folder_leaves_the_search_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = ["", str(tmp_path), "/usr/lib/nowhere", str(ROOT)]
    assert without_current_folder(path, tmp_path) == ["/usr/lib/nowhere", str(ROOT)]
    monkeypatch.chdir(ROOT)
    assert without_current_folder(["", str(ROOT)], ROOT) == ["", str(ROOT)]
