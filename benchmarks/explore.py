"""How long the page that answers takes: ``python -m benchmarks.explore [SCENARIO]``.

Prints the seconds of an export and its size, and the milliseconds of a change in a headless
Chromium: of the answer, and until it is drawn.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from tests.browser import browser

ROOT = Path(__file__).resolve().parents[1]
CHANGES = 100


def main(scenario: str = "walking_groups") -> None:
    """Measure, and print one line for each figure."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.html"
        began = time.perf_counter()
        subprocess.run(
            [sys.executable, "run.py", "explore", scenario, "--export", str(path)], cwd=ROOT,
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        print(f"export of {scenario}: {time.perf_counter() - began:.1f} s")
        print(f"size: {path.stat().st_size / 1e6:.2f} MB")
        for what, field, values in (
            ("reach", "delivery-reach", range(CHANGES)),
            ("minutes", "doses-adds-moderate", range(CHANGES)),
        ):
            took = changes(path, field, values)
            middle, late = np.percentile(took, [50, 95])
            print(f"a change of {what}: median {middle:.0f} ms, 95th percentile {late:.0f} ms")


def changes(path: Path, field: str, values: range) -> list[float]:
    """Return the milliseconds that the page took to answer changes of a field, drawing included."""
    with browser() as chrome:
        chrome.size(1280, 900)
        chrome.open(path.as_uri())
        chrome.until("document.documentElement.dataset.answers > 0")
        return [float(chrome.value(_changed(field, value))) for value in values]


def _changed(field: str, value: int) -> str:
    return (
        f"(async () => {{ const n = document.getElementById('{field}'); n.value = {value}; "
        "n.dispatchEvent(new Event('change')); "
        "await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))); "
        "return exploration.took; })()"
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
