"""What the program should reach, beside what it reached in this run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Rows = list[dict[str, Any]]

ORACLE = "Mesa, one agent per person"
LARGE, LARGEST = 1_000_000, 10_000_000
COUNTRY_MONTHS = 51e6 * 240


@dataclass(frozen=True)
class Target:
    """A target: ``found`` by the clock on the wall, ``alone`` by processor time.

    The second estimates what an idle machine would show; None where there is no such figure.
    """

    name: str
    bound: float
    at_least: bool
    unit: str
    found: float | None
    alone: float | None = None
    remark: str = ""
    so_far: bool = False  # the run was smaller than the target asks

    @property
    def verdict(self) -> str:
        """Return whether the target is met, and by which of the two clocks if they disagree."""
        if self.found is None:
            return "not measured"
        on_the_wall = self.is_met_by(self.found)
        if self.alone is None or on_the_wall == self.is_met_by(self.alone):
            verdict = "met" if on_the_wall else "missed"
        else:
            verdict = "met on the wall only" if on_the_wall else "met by processor time only"
        return f"{verdict}, so far" if self.so_far else verdict

    def is_met_by(self, figure: float) -> bool:
        """Return whether a figure is on the right side of the bound."""
        return figure >= self.bound if self.at_least else figure <= self.bound


def one(rows: Rows, name: str, threads: int | None = None) -> dict[str, Any] | None:
    """Return a contender's row, if it was run."""
    fitting = [r for r in rows if r["contender"] == name and threads in (None, r["threads"])]
    return fitting[0] if fitting else None


def ratio(upper: Any, lower: Any, key: str) -> float | None:
    """Return how many times as large one row's figure is as another's."""
    if upper is None or lower is None:
        return None
    return float(upper[key] / lower[key])


def rate_targets(rows: Rows, scaling: Rows, floor_nanoseconds: float) -> list[Target]:
    """Return the targets on person-months per second."""
    slow = one(rows, ORACLE)
    fast = one(rows, "one world, whole run", 2)
    large = next((r for r in scaling if r["persons"] == LARGE and r["threads"] == 2), None)
    blocks, step = one(rows, "compiled blocks", 2), one(rows, "one world, month by month in Mesa")

    def against(upper: Any, lower: Any, bound: float, name: str) -> Target:
        alone = ratio(upper, lower, "per_processor_second")
        alone = None if alone is None else alone * upper["threads"]
        found = ratio(upper, lower, "per_second")
        return Target(name, bound, True, "times", found, alone)

    best = large or fast
    cost = None if best is None else 1e9 * best["threads"] / best["per_second"]
    own = None if best is None else 1e9 / best["per_processor_second"]
    return [
        against(fast, slow, 300, "one world on two threads, against the Mesa oracle"),
        Target(
            "one world of 1 000 000 on two threads", 120, True, "million person-months a second",
            large and large["per_second"] / 1e6, large and 2 * large["per_processor_second"] / 1e6,
        ),
        against(large, slow, 1000, "one world of 1 000 000, against the Mesa oracle"),
        against(blocks, one(rows, "Starsim"), 20, "reduced workload, against Starsim"),
        against(blocks, one(rows, "Vivarium"), 80, "reduced workload, against Vivarium"),
        Target(
            "cost of a person-month, against the machine's floor", 2.5, False, "times",
            cost and cost / floor_nanoseconds, own and own / floor_nanoseconds,
        ),
        against(step, slow, 250, "month by month with all reporters, against the Mesa oracle"),
    ]  # fmt: skip


def shape_targets(rows: Rows, scaling: Rows) -> list[Target]:
    """Return the targets on how time grows with persons, threads and worlds."""
    single, both = one(rows, "one world, whole run", 1), one(rows, "one world, whole run", 2)
    twins = one(rows, "twin worlds, whole run", 2)
    late = one(rows, "twin worlds, policy from year 10", 2)
    twin_cost = ratio(twins, both, "seconds")
    country = None if twins is None else COUNTRY_MONTHS / (twins["per_second"] / 2) / 60
    alone = None if twins is None else COUNTRY_MONTHS / twins["per_processor_second"] / 60
    return [
        Target("two threads against one", 1.7, True, "times", ratio(both, single, "per_second")),
        Target(
            "twin worlds against one world", 1.8, False, "times", twin_cost,
            ratio(twins, both, "processor_seconds"),
        ),
        Target(
            "policy from year 10 (clearly less than from the start)", 0.9, False, "times",
            ratio(late, twins, "seconds"), ratio(late, twins, "processor_seconds"),
        ),
        flatness(scaling),
        Target(
            "51 million persons, 20 years, both worlds", 4, False, "minutes", country, alone,
            "worked out from the twin worlds' rate, not run",
        ),
    ]  # fmt: skip


def flatness(scaling: Rows) -> Target:
    """Return by how much the time per person varies from 100 000 persons on."""
    large = [r for r in scaling if r["persons"] >= 100_000 and r["threads"] == 2]

    def spread(value: Callable[[dict[str, Any]], float]) -> float | None:
        costs = [1 / value(row) for row in large]
        return max(costs) / min(costs) - 1 if len(costs) > 1 else None

    most = max((row["persons"] for row in large), default=0)
    return Target(
        "spread of time per person from 100 000 to 10 000 000", 0.15, False, "",
        spread(lambda row: row["per_second"]), spread(lambda row: row["per_processor_second"]),
        f"up to {most} persons in this run", most < LARGEST,
    )  # fmt: skip


def start_targets(starts: dict[str, float], persons: int) -> list[Target]:
    """Return the targets on how long a user waits at least."""
    return [
        Target("help", 0.3, False, "s", starts["help"]),
        Target(
            "a warm run, figures and report included", 4, False, "s", starts["small_run"], None,
            f"{persons} persons, 20 years, both worlds and the frozen one",
        ),
    ]  # fmt: skip


def memory_target(peak: float) -> Target:
    """Return the target on memory."""
    return Target(
        "memory of the largest run", 1024, False, "MB", peak, None,
        "blocks are simulated one after the other, whatever the population", True,
    )  # fmt: skip
