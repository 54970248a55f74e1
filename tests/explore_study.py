"""Random policies as pages answer them, against runs of the scenario files that the pages save.

``python -m tests.explore_study --pages 4 --policies 5 --persons 20000`` writes one line for each
comparison as CSV, and says which share lies within 1.96 combined errors: the page's Monte Carlo
error, its stated error of fitted minutes and adherence, and the Monte Carlo error of the run.
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np

from abm import effects_table, load_scenario, simulate
from abm.evidence.distributions import NORMAL_95
from analysis.explore.fit import fit_of
from analysis.explore.page_of import render
from analysis.explore.shown import shown
from tests.browser import Browser, browser

SCENARIO = "walking_groups"
EVENTS = (
    "incidence.coronary_heart_disease", "incidence.stroke", "incidence.type_2_diabetes",
    "incidence.depression", "deaths", "life_years",
)  # fmt: skip
MONEY = ("qalys_gained", "care_cost_averted")
FIRST_SEED_OF_RUNS = 5_000


@dataclass(frozen=True)
class Comparison:
    """One outcome of one policy, per 100 000 people, by a page and by a run, with errors."""

    page: int
    policy: int
    outcome: str
    answer: float
    answer_error: float
    run: float
    run_error: float

    @property
    def errors_apart(self) -> float:
        """How far apart the two are [combined standard errors]."""
        return abs(self.answer - self.run) / float(np.hypot(self.answer_error, self.run_error))

    @property
    def within(self) -> bool:
        """Whether the 95 % interval of the difference holds zero."""
        return self.errors_apart <= NORMAL_95


def compared(pages: int, policies: int, persons: int, of_page: int) -> Iterator[Comparison]:
    """Yield comparisons: ``of_page`` persons in a page's table, ``persons`` in each run."""
    with browser() as chrome, tempfile.TemporaryDirectory() as folder:
        for page in range(pages):
            path = Path(folder) / f"{page}.html"
            scenario = load_scenario(SCENARIO, [f"seed={page + 1}"])
            starts = range(scenario.start_year, scenario.start_year + scenario.years)
            table = effects_table(scenario, persons=of_page, starts=starts)
            path.write_text(render([shown(table, fit_of(table))]), "utf-8")
            for policy in range(policies):
                yield from _of_policy(chrome, path, page, policy, persons)


def _of_policy(
    chrome: Browser, path: Path, page: int, policy: int, persons: int
) -> Iterator[Comparison]:
    chrome.open("about:blank")
    chrome.open(f"{path.as_uri()}#{urlencode(wish(page, policy))}")
    chrome.until("document.documentElement.dataset.answers > 0")
    told = chrome.value(
        "(() => { const a = exploration.answers[0], times = 1e5 / a.header.people; return "
        "Object.fromEntries(a.names.map((name) => [name, [a.value[name] * times, "
        "exploration.wholeError(a, name) * times]])); })()"
    )
    saved = path.with_suffix(".yaml")
    saved.write_text(chrome.value("exploration.scenarioFile()[1]"), "utf-8")
    seed = FIRST_SEED_OF_RUNS + 100 * page + policy
    for outcome, (value, error) in _run(saved, persons, seed).items():
        yield Comparison(page, policy, outcome, *told[outcome], value, error)


def wish(page: int, policy: int) -> dict[str, Any]:
    """Return a random policy in the words of a page's address."""
    draw = np.random.default_rng([page, policy])
    youngest = int(draw.integers(20, 60))
    fifths = sorted(draw.choice(5, int(draw.integers(2, 6)), replace=False) + 1)
    return {
        "ages.0": youngest, "ages.1": int(draw.integers(youngest + 20, 100)),
        "sex": str(draw.choice(["both", "both", "female", "male"])),
        "deprivation": ",".join(map(str, fifths)),
        "met_hours_below": float(draw.choice([5.0, 8.75, 12.5, 20.0])),
        "bmi_above": "" if draw.random() < 0.6 else float(draw.choice([22.0, 25.0, 28.0])),
        "reach": round(draw.uniform(0.3, 1.0), 2), "uptake": round(draw.uniform(0.2, 0.9), 2),
        "ramp_years": float(draw.choice([0.0, 1.0, 2.0, 4.0])),
        "start": int(draw.integers(2025, 2036)),
        "cost.per_participant": round(draw.uniform(0.0, 200.0)),
        "adds.moderate": round(draw.uniform(10.0, 120.0)),
        "adherence.half_life_years": round(draw.uniform(2.0, 30.0), 1),
        "adherence.quit_12_weeks": round(draw.uniform(0.0, 0.6), 2),
    }  # fmt: skip


def _run(saved: Path, persons: int, seed: int) -> dict[str, tuple[float, float]]:
    """Return what a run of the saved scenario tells per 100 000 people, with its errors."""
    result = simulate(saved, persons=persons, seed=seed, only_effects=True, pathways=False)
    times = 1e5 / float(result.counts[seed, -1].people.sum())
    effects = result.effects.set_index("outcome")
    money = result.economics.query("scale == 'per_100000'").set_index("measure")
    found = {}
    for name in EVENTS:
        row = effects.loc[name]
        value, error = row["expected_averted"], row["expected_standard_error"]
        found[name] = float(value * times), float(error * times)
    for name in MONEY:
        found[name] = float(money.loc[name, "value"]), float(money.loc[name, "standard_error"])
    return found


def main() -> None:
    """Compare as many as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("pages", 20), ("policies", 5), ("persons", 100_000)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--of-page", type=int, default=10_000)
    given = parser.parse_args()
    found, writer = [], csv.writer(sys.stdout)
    writer.writerow([*Comparison.__dataclass_fields__, "errors_apart"])
    for each in compared(given.pages, given.policies, given.persons, given.of_page):
        found.append(each)
        writer.writerow([*vars(each).values(), each.errors_apart])
        sys.stdout.flush()
    share = sum(each.within for each in found) / len(found)
    print(f"{share:.1%} of {len(found)} within 1.96 combined errors", file=sys.stderr)


if __name__ == "__main__":
    main()
