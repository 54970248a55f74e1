"""How long the page that answers takes: ``python -m benchmarks.explore [SCENARIO]``.

Exports the page as it is by default and with ``--levels``, and serves one. Writes
``benchmarks/results/explore.csv``: of each change the median and the 95th percentile [ms], by the
clock on the wall and as processor time. In a headless Chromium a change is one of an input, until
the answer is drawn; processor time is that of the page's main thread, with layout and painting. Of
the server it is one request over HTTP; processor time is that of the program, all its threads.
"""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import numpy as np

from tests.browser import Browser, browser, served

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "explore.csv"
CHANGES, ASKED = 100, 40
TICKS = os.sysconf("SC_CLK_TCK")  # of processor time in a second
# What is changed, by the name of the input, and to what.
FIELDS = {
    "reach": ("delivery-reach", range(1, CHANGES + 1)),
    "minutes": ("doses-adds-moderate", range(40, 40 + CHANGES)),
    "ages": ("who-ages-0", [20 + k % 40 for k in range(CHANGES)]),
}
Times = tuple[float, float]  # by the clock and of the processor [ms]
Row = tuple[str, str, list[Times]]


def main(scenario: str = "walking_groups") -> None:
    """Measure, print one line for each figure, and write them all."""
    with tempfile.TemporaryDirectory() as folder, RESULTS.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["page", "change", "number", *_heads("wall"), *_heads("processor")])
        for page, change, took in measured(scenario, Path(folder)):
            figures = np.percentile(np.array(took), [50, 95], axis=0).T.ravel()
            row = [page, change, len(took), *(f"{each:.1f}" for each in figures)]
            writer.writerow(row)
            print(*row, sep=",", flush=True)


def _heads(clock: str) -> list[str]:
    return [f"{clock}_median_ms", f"{clock}_95th_percentile_ms"]


def measured(scenario: str, folder: Path) -> Iterator[Row]:
    """Yield pages, what was changed, and how long each change took."""
    for page, more in (("default", []), ("levels", ["--levels"])):
        path = folder / f"{page}.html"
        words = [scenario, "--export", str(path), *more]
        yield page, "export", [_exported(words)]
        print(f"{page}: {path.stat().st_size / 1e6:.2f} MB")
        yield from _in_the_browser(page, path.as_uri())
    with served([*_explore(), scenario, "--no-browser"], ROOT) as (process, address):
        yield from _in_the_browser("served", address, ("reach", "ages"))
        yield from _over_http(process, address)


def _exported(words: list[str]) -> Times:
    before, began = os.times(), time.perf_counter()
    subprocess.run([*_explore(), *words], cwd=ROOT, check=True, capture_output=True)
    wall, after = time.perf_counter() - began, os.times()
    names = ("children_user", "children_system")
    used = sum(getattr(after, name) - getattr(before, name) for name in names)
    return 1e3 * wall, 1e3 * used


def _explore() -> list[str]:
    return [sys.executable, "run.py", "explore"]


# In the browser


def _in_the_browser(
    page: str, address: str, changed: tuple[str, ...] = tuple(FIELDS)
) -> Iterator[Row]:
    with browser() as chrome:
        chrome.size(1280, 900)
        chrome.open(address)
        chrome.until("document.documentElement.dataset.answers > 0")
        chrome.count_processor_time()
        for change in changed:
            field, values = FIELDS[change]
            yield page, change, [_changed(chrome, field, value) for value in values]


def _changed(chrome: Browser, field: str, value: int) -> Times:
    before = chrome.processor_seconds()
    took = chrome.value(
        f"(async () => {{ const n = document.getElementById('{field}'); n.value = {value}; "
        "n.dispatchEvent(new Event('change')); "
        "await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))); "
        "return exploration.took; })()"
    )
    return float(took), 1e3 * (chrome.processor_seconds() - before)


# Over HTTP


def _over_http(process: subprocess.Popen[str], address: str) -> Iterator[Row]:
    """Yield how long runs take that the program makes of 20 000 persons, and the page itself."""
    text = urlopen(address).read().decode("utf-8")
    facts = json.loads(re.findall(r'id="facts">(.*?)</script>', text)[0])
    own = facts["policies"][0]["own"]
    yield "server", "the page", [_timed(process, Request(address)) for _ in range(ASKED)]
    for change, wishes in _wishes(own).items():
        requests = [_request(address, wish) for wish in wishes]
        yield "server", change, [_timed(process, each) for each in requests]


def _wishes(own: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    mode = max(own["adds"], key=own["adds"].get)
    kept = own["adherence"]
    return {
        "minutes": [
            {**own, "adds": {**own["adds"], mode: own["adds"][mode] + k + 1}} for k in range(ASKED)
        ],
        "adherence": [
            {**own, "adherence": {**kept, "half_life_years": kept["half_life_years"] + k + 1}}
            for k in range(ASKED)
        ],
        "evidence": [
            {**own, "evidence": {"economics.discount_rate.health": 0.0005 * (k + 1)}}
            for k in range(ASKED)
        ],
    }  # fmt: skip


def _request(address: str, wish: Mapping[str, Any]) -> Request:
    body = json.dumps({"page": "benchmark", "policy": 0, "wish": wish}).encode()
    return Request(f"{address}ask", body, {"Content-Type": "application/json"})


def _timed(process: subprocess.Popen[str], request: Request) -> Times:
    before, began = _processor_seconds(process.pid), time.perf_counter()
    with urlopen(request) as answer:
        answer.read()
    wall = time.perf_counter() - began
    return 1e3 * wall, 1e3 * (_processor_seconds(process.pid) - before)


def _processor_seconds(pid: int) -> float:
    """Return the processor time of a program, in steps of a hundredth of a second (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


if __name__ == "__main__":
    main(*sys.argv[1:])
