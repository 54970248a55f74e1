"""What is said where an optional library is missing, or Mesa is one that the program cannot use."""

import sys
import tomllib
from pathlib import Path

import pytest

from abm.extras import is_installed, lacking
from abm.mesa_face import NEWER_THAN_ALL, OLDEST, why_not
from abm.running.engines.named import check_name
from benchmarks.speed import say_what_is_left_out
from tests import audit, fuzz, notebooks

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))


class Hidden:
    """A finder of modules that finds none of some packages, as where they are not installed."""

    def __init__(self, *names):
        self.names = names

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self.names:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


@pytest.fixture
def hidden(monkeypatch):
    """Return a function that hides packages, also those that are loaded already."""

    def hide(*names):
        monkeypatch.setattr(sys, "meta_path", [Hidden(*names), *sys.meta_path])
        for loaded in [each for each in sys.modules if each.partition(".")[0] in names]:
            monkeypatch.delitem(sys.modules, loaded)

    return hide


def without_xarray():
    from abm import simulate

    with pytest.raises(ImportError) as refused:
        simulate("uk", persons=50, years=1).to_xarray()
    return str(refused.value)


def without_dask():
    with pytest.raises(ValueError) as refused:
        check_name("dask://127.0.0.1:8786")
    return str(refused.value)


def fuzzing():
    with pytest.raises(SystemExit) as left:
        fuzz.main([])
    assert left.value.code == 2


def auditing():
    assert audit.main() == audit.NOT_INSTALLED


def running_notebooks():
    assert notebooks.main() == 2


def comparing():
    lines = []
    say_what_is_left_out(lines.append)
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("entry", "modules", "package", "extra"),
    [
        (without_xarray, ["xarray"], "xarray", "notebook"),
        (without_dask, ["dask"], "dask[distributed]", "cluster"),
        (without_dask, ["distributed"], "dask[distributed]", "cluster"),
        (fuzzing, ["atheris"], "atheris", "fuzz"),
        (auditing, ["pip_audit"], "pip-audit", "audit"),
        (running_notebooks, ["nbclient"], "nbclient", "notebook"),
        (comparing, ["starsim", "vivarium"], "starsim", "benchmark"),
        (comparing, ["starsim", "vivarium"], "vivarium", "benchmark"),
    ],
)
def test_what_lacks_a_library_says_in_a_line_what_installs_it(
    entry, modules, package, extra, hidden, capsys
):
    hidden(*modules)
    said = entry() or "".join(capsys.readouterr())
    wanted = lacking("", package, extra).strip()
    assert any(wanted in line for line in said.splitlines())
    assert extra in PROJECT["project"]["optional-dependencies"]


def test_a_library_that_is_hidden_is_not_installed(hidden):
    assert is_installed("xlsxwriter")
    hidden("xlsxwriter")
    assert not is_installed("xlsxwriter")


# Mesa


def test_the_versions_of_mesa_are_those_that_the_package_asks_for():
    oldest, newer = (".".join(map(str, each)) for each in (OLDEST, NEWER_THAN_ALL))
    assert f"mesa>={oldest},<{newer}" in PROJECT["project"]["dependencies"]


@pytest.mark.parametrize("version", ["3.3.1", "3.3.1.post1", "3.5.0", "3.10"])
def test_a_mesa_that_fits_is_taken(version):
    assert why_not(version) == ""


@pytest.mark.parametrize("version", ["2.1.5", "3.3.0", "3.3", "4.0.0", "4.0.0a1", "10.1"])
def test_another_mesa_is_refused_with_what_was_found_and_what_is_allowed(version):
    assert why_not(version) == (
        f"Mesa {version} is installed; must be 3.3.1 or newer and older than 4: "
        "python -m pip install 'mesa>=3.3.1,<4'"
    )


def test_a_mesa_that_cannot_be_used_is_told_before_it_is_loaded(monkeypatch):
    """Not as a name that some module of Mesa's lacks."""
    for name in [each for each in sys.modules if each.startswith("abm.mesa_face")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr("importlib.metadata.version", lambda name: "2.1.5")
    with pytest.raises(ImportError, match=r"Mesa 2\.1\.5 is installed; must be 3\.3\.1 or newer"):
        import abm.mesa_face.model  # noqa: F401
