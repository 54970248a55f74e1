"""The rules of the house: who may import whom, what starts light, how long a file may be."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from abm.conditions import CONDITIONS
from tests import import_graph

ROOT = Path(__file__).resolve().parents[2]
LONGEST_FILE = 400
TABLE = "abm/conditions.py"  # has a row of some 40 lines for each condition
LONGEST_ROW = 45
FRONT_DOOR = "abm/__main__.py"  # starts the program that stands above the model
HEAVY = {"numpy", "pandas", "matplotlib", "mesa", "SALib", "numba", "pyarrow", "scipy", "ruamel"}
# The one place in abm, a folder or a module, that may know each of these libraries; what Parquet
# is written with also reads a survey.
ONLY_PLACE = {
    "mesa": {"mesa_face"}, "ruamel": {"text.py"}, "pyarrow": {"output.py", "survey_parquet.py"},
}  # fmt: skip


def sources(*folders: str) -> list[Path]:
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    assert found, f"no sources in {folders}"
    return found


def imported(path: Path) -> Iterator[str]:
    """Yield every module a file imports, at its top or inside a function."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


# From the top to the bottom: a room imports only rooms that stand below it in this list.
FLOORS = (
    ("abm.mesa_face",),
    ("abm.running",),
    ("abm.results",),
    ("abm.population",),
    ("abm.scenario", "abm.places", "abm.bout"),
    ("abm.kernel",),
    ("abm.evidence",),
    (
        "abm.rules",
        "abm.conditions",
        "abm.biomarkers",
        "abm.extras",
        "abm.limits",
        "abm.modes",
        "abm.notebook",
        "abm.version",
        "abm.compiled_cache",
    ),
    ("abm.condition_rows",),
)


def test_imports_go_down_the_floors():
    floor = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
    rooms = import_graph.room_graph(import_graph.module_graph())
    wrong = [
        f"{room} imports {other}"
        for room, others in rooms.items()
        for other in others
        if room.startswith("abm.") and not floor[other] > floor[room]
    ]
    assert not wrong


def test_no_circle_of_rooms_or_modules():
    graph = import_graph.module_graph()
    assert import_graph.circles(graph) == []
    assert import_graph.circles(import_graph.room_graph(graph)) == []


def test_the_search_for_circles_finds_one():
    graph = {"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}
    assert import_graph.circles(graph) == [["a", "b", "c", "a"]]
    assert import_graph.floors({"a": {"b"}, "b": set(), "c": {"a", "b"}}) == {
        "a": 1,
        "b": 0,
        "c": 2,
    }


def test_the_drawing_of_the_rooms_is_that_of_the_docs():
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert import_graph.drawing() in page, "python -m tests.import_graph draws it anew"


def test_every_file_of_the_walks_exists():
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    files = re.findall(r"\| \d+ \| `([^`]+)` \|", page)
    assert len(files) > 30
    assert [name for name in files if not (ROOT / name).is_file()] == []


def test_few_modules_stand_beside_their_rooms():
    """Ten at most, so that a listing shows the rooms."""
    for package in import_graph.PACKAGES:
        flat = [path.name for path in (ROOT / package).glob("*.py") if path.name != "__init__.py"]
        assert len(flat) <= 10, flat


def test_abm_knows_nothing_of_those_who_use_it():
    outside = ("analysis", "run", "benchmarks", "tests")
    wrong = [
        f"{named(path)} imports {module}"
        for path in sources("abm")
        if named(path) != FRONT_DOOR
        for module in imported(path)
        if module.split(".")[0] in outside
    ]
    assert not wrong


def test_only_the_shell_comes_in_by_the_front_door():
    assert {each for each in imported(ROOT / FRONT_DOOR) if each.startswith("analysis")} == {
        "analysis.commands.door",
        "analysis.commands.door.from_the_shell",
    }
    wrong = [
        f"{named(path)} imports {module}"
        for path in sources("abm", "analysis", "benchmarks")
        for module in imported(path)
        if module.startswith("abm.__main__")
    ]
    assert not wrong


def test_rules_import_only_arithmetic():
    wrong = [
        f"{named(path)} imports {module}"
        for path in sources("abm/rules")
        for module in imported(path)
        if path.name != "arithmetic.py" and not module.startswith("abm.rules.arithmetic")
    ]
    assert not wrong


def test_few_files_name_one_condition():
    """The table, and files that speak of what only that condition has."""
    named_in = [
        named(path)
        for path in sources("abm")
        if "breast_cancer" in path.read_text(encoding="utf-8")
    ]
    assert len(named_in) <= 3, named_in


@pytest.mark.parametrize(("library", "places"), ONLY_PLACE.items())
def test_a_library_is_known_to_one_place(library, places):
    wrong = [
        f"{named(path)} imports {module}"
        for path in sources("abm")
        if not places & set(path.parts)
        for module in imported(path)
        if module.split(".")[0] == library
    ]
    assert not wrong


def test_figures_run_nothing_and_read_no_scenario_file():
    forbidden = (
        "abm.running.simulate",
        "abm.running.setup",
        "abm.scenario.load",
        "abm.kernel",
        "ruamel",
    )
    wrong = [
        f"{named(path)} imports {module}"
        for path in sources("analysis/plots")
        for module in imported(path)
        if module.startswith(forbidden)
    ]
    assert not wrong


def test_luck_comes_from_addressed_draws_only():
    wrong = [
        f"{named(path)} imports {module}"
        for path in sources("abm")
        for module in imported(path)
        if module.split(".")[0] in ("random", "secrets")
    ]
    wrong += [
        f"{named(path)}:{node.lineno} uses numpy.random"
        for path in sources("abm")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and node.attr == "random"
        and isinstance(node.value, ast.Name)
        and node.value.id in ("np", "numpy")
    ]
    assert not wrong


def test_rules_have_no_numbers_as_defaults():
    wrong = []
    for path in sources("abm/rules"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                defaults = [*node.args.defaults, *(d for d in node.args.kw_defaults if d)]
                wrong += [
                    f"{named(path)}:{node.lineno} {node.name} has the default {default.value}"
                    for default in defaults
                    if isinstance(default, ast.Constant)
                    and isinstance(default.value, int | float)
                    and not isinstance(default.value, bool)
                ]
    assert not wrong


def test_files_stay_short():
    lengths = {
        named(path): len(path.read_text(encoding="utf-8").splitlines())
        for path in [*sources("abm", "analysis"), ROOT / "run.py"]
    }
    assert lengths.pop(TABLE) < LONGEST_ROW * len(CONDITIONS)
    too_long = {name: length for name, length in lengths.items() if length > LONGEST_FILE}
    assert not too_long


def modules_after(code: str) -> set[str]:
    """Return the top-level modules that a fresh interpreter holds after running code."""
    shown = f"{code}\nimport sys\nprint(*sys.modules, file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", shown], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return {name.split(".")[0] for name in done.stderr.split()}


LIGHT = {
    "the door": "import run",
    "the package": "import abm; dir(abm)",
    "help": "import run, contextlib\nwith contextlib.suppress(SystemExit): run.main(['--help'])",
    "a wrong option": (
        "import run, contextlib, io\n"
        "with contextlib.suppress(SystemExit), contextlib.redirect_stderr(io.StringIO()):\n"
        "    run.main(['uk', '--person', '5'])"
    ),
}


@pytest.mark.parametrize("what", LIGHT)
def test_start_is_light(what):
    assert not modules_after(LIGHT[what]) & HEAVY


def test_a_scenario_is_read_without_heavy_libraries():
    heavy = HEAVY - {"ruamel"}
    assert not modules_after("import abm; abm.load_scenario('walking_groups')") & heavy


def modules_of_a_run(folder: Path, *words: str) -> set[str]:
    arguments = ["mass_media", "--persons", "300", "--years", "1", "--out", str(folder), *words]
    silent = "contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO())"
    return modules_after(f"import run, contextlib, io\nwith {silent}: run.main({arguments})")


def test_only_a_run_with_figures_loads_what_draws_them(tmp_path):
    assert "matplotlib" not in modules_of_a_run(tmp_path, "--no-figures")
    assert "matplotlib" in modules_of_a_run(tmp_path)


def test_the_check_of_lightness_notices_a_heavy_import():
    assert "numpy" in modules_after("import numpy")
