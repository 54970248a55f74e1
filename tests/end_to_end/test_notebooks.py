"""The notebooks of the docs run from an empty memory, and show what they are stored with."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.notebooks import FOLDER, code_cells, content, executed, notebooks, script

ROOT = Path(__file__).resolve().parents[2]
LARGEST = 400_000  # bytes of a notebook with its outputs
NAMES = [path.name for path in notebooks()]
LABELS_ARE_CLEAR = """
from figure_texts import on_a_frame

found = [fault for number in plt.get_fignums() for fault in on_a_frame(plt.figure(number))]
assert plt.get_fignums() and not found, found
"""


def test_there_are_two():
    assert NAMES == ["policy.ipynb", "sensitivity.ipynb"]


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_is_stored_with_its_outputs_and_is_small(name):
    path = FOLDER / name
    text = path.read_text(encoding="utf-8")
    assert len(text) < LARGEST
    numbers = [cell["execution_count"] for cell in code_cells(path)]
    assert numbers == list(range(1, len(numbers) + 1))  # from top to bottom, in one go
    outputs = [output for cell in code_cells(path) for output in cell["outputs"]]
    assert {output["output_type"] for output in outputs} <= {"stream", "execute_result",
                                                             "display_data"}  # fmt: skip
    assert sum("image/png" in output.get("data", {}) for output in outputs) >= 1
    assert not re.search(r"(/home|/root|/Users|/work|/tmp|[A-Z]:\\\\)[/\\w]", text)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_code_of_a_notebook_runs(name, tmp_path):
    path = os.pathsep.join(map(str, (ROOT, ROOT / "tests" / "unit")))
    code = f"{script(FOLDER / name)}\n{LABELS_ARE_CLEAR}"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=tmp_path, text=True,
        env={**os.environ, "PYTHONPATH": path, "MPLBACKEND": "Agg"}, capture_output=True,
        timeout=900,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_kernel_shows_what_is_stored(name):
    pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")

    def shown(cells):
        outputs = [output for cell in cells for output in cell.get("outputs", [])]
        return [text for each in outputs for kind, text in sorted(each.get("data", {}).items())
                if kind != "image/png"]  # fmt: skip

    kept = [cell for cell in content(FOLDER / name)["cells"] if cell["cell_type"] == "code"]
    joined = ["".join(text) for text in shown(kept)]
    assert shown(executed(FOLDER / name).cells) == joined
