"""The notebooks of docs/notebooks: their code as a script, and the run that stores their outputs.

    python -m tests.notebooks                 # run them anew and store what they show

Needs the extra ``notebook``. The tests run the code alone, for which nothing more is needed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from abm.extras import is_installed, lacking

FOLDER = Path(__file__).parents[1] / "docs" / "notebooks"
SECONDS = 600  # of one cell
KEPT = ("image/png", "text/html", "text/plain")


def notebooks() -> list[Path]:
    """Return the notebooks there are."""
    found = sorted(FOLDER.glob("*.ipynb"))
    assert found
    return found


def content(path: Path) -> dict[str, Any]:
    """Return a notebook as JSON holds it."""
    return dict(json.loads(path.read_text(encoding="utf-8")))


def code_cells(path: Path) -> list[dict[str, Any]]:
    """Return the cells of a notebook that hold code."""
    return [cell for cell in content(path)["cells"] if cell["cell_type"] == "code"]


def script(path: Path) -> str:
    """Return the code of a notebook as a script; what only IPython understands is left out."""
    cells = ["".join(cell["source"]) for cell in code_cells(path)]
    lines = [line for cell in cells for line in f"{cell}\n\n".splitlines()]
    return "\n".join(line for line in lines if not line.startswith("%"))


def executed(path: Path) -> Any:
    """Run a notebook in a kernel of its own and return it with its outputs.

    Raises
    ------
    CellExecutionError
        If a cell fails.
    """
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(path, 4)
    where = {"metadata": {"path": str(FOLDER.parents[1])}}
    NotebookClient(notebook, timeout=SECONDS, resources=where, kernel_name="python3").execute()
    for cell in notebook.cells:
        cell.metadata.clear()  # when it ran, which differs every time
        for output in cell.get("outputs", []):
            if "data" in output:
                kept = {kind: each for kind, each in output["data"].items() if kind in KEPT}
                output["data"] = kept
        if "outputs" in cell:  # what is said on stderr, as of compiling, is of one run alone
            cell["outputs"] = [each for each in cell["outputs"] if each.get("name") != "stderr"]
    notebook.metadata["language_info"] = {"name": "python"}
    return notebook


def main() -> int:
    """Run all notebooks and store them; 2 where what runs them is not installed."""
    for package in ("nbclient", "nbformat", "ipykernel"):
        if not is_installed(package):
            print(lacking("running the notebooks", package, "notebook"), file=sys.stderr)
            return 2
    import nbformat

    for path in notebooks():
        nbformat.write(executed(path), path)
        print(f"{path.name}: {path.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
