"""The command ``check``: what must hold for a user's own scenario, tried out on it.

Each check is a function of :class:`Material` that returns a :class:`Finding`. Exact things are
compared exactly; nothing here has a tolerance for luck.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    from abm.scenario import Scenario
    from abm.simulation import Result

PERSONS = 10_000


@dataclass(frozen=True)
class Finding:
    """What a check found: passed (None where it does not apply), and the figures."""

    name: str
    passed: bool | None
    figures: str


@dataclass(frozen=True)
class Material:
    """A scenario, and its run."""

    scenario: Scenario
    result: Result

    @property
    def has_policies(self) -> bool:
        """Whether there is anything to compare."""
        return bool(self.scenario.policies)


def _run(scenario: Scenario, **wanted: Any) -> Result:
    from abm import simulate

    return simulate(scenario, pathways=False, **wanted)


def _tallies(result: Result) -> list[np.ndarray]:
    """Return all whole-number tallies of a run."""
    return [table for counts in result.counts.values() for table in counts]


def _same(first: Result, second: Result) -> bool:
    pairs = zip(_tallies(first), _tallies(second), strict=True)
    return all((ours == theirs).all() for ours, theirs in pairs)


def null_policies(material: Material) -> Finding:
    """Policies that add nothing must change nothing, to the bit."""
    name = "policies that add nothing change nothing"
    if not material.has_policies:
        return Finding(name, None, "the scenario has no policies")
    idle = tuple(
        replace(
            policy,
            adds=type(policy.adds)(0.0, 0.0, 0.0, 0.0),
            raises_to=None,
            il6_ratio=1.0,
        )
        for policy in material.scenario.policies
    )
    counts = next(iter(_run(replace(material.scenario, policies=idle)).counts.values()))
    differing = int((counts.effects != 0).sum())
    figures = f"{differing} of {counts.effects.size} sums of differences are not 0"
    return Finding(name, differing == 0, figures)


def same_before_start(material: Material) -> Finding:
    """Until the first policy starts, both worlds must be the same."""
    name = "the worlds are the same before the first policy starts"
    if not material.has_policies:
        return Finding(name, None, "the scenario has no policies")
    start = min(policy.start for policy in material.scenario.policies)
    rows = material.result.outcomes
    before = rows[rows["year"] < start]
    ours, theirs = (
        before[before["world"] == world]["value"].to_numpy() for world in ("baseline", "policy")
    )
    differing = int(((ours != theirs) & ~((ours != ours) & (theirs != theirs))).sum())
    return Finding(name, differing == 0, f"{differing} of {len(ours)} values differ before {start}")


def same_on_any_threads(material: Material) -> Finding:
    """One and two threads must give the same tallies."""
    one, two = (_run(material.scenario, threads=threads) for threads in (1, 2))
    name = "one and two threads give the same bits"
    return Finding(name, _same(one, two), "all tallies compared")


def people_are_conserved(material: Material) -> Finding:
    """Alive and dead must add up to those at the start and the entrants."""
    found, good = [], True
    for world, rows in _whole(material).groupby("world", observed=True):
        table = rows.pivot_table(index="year", columns="measure", values="value", observed=True)
        start, end = table["persons"].iloc[0], table["persons"].iloc[-1]
        entrants, deaths = table["entrants"].sum(), table["deaths"].sum()
        good = good and bool(start + entrants == end + deaths)
        found.append(f"{world}: {start:.0f} + {entrants:.0f} = {end:.0f} + {deaths:.0f}")
    name = "persons are conserved (start + entrants = alive + dead)"
    return Finding(name, good, "; ".join(found))


def deaths_have_causes(material: Material) -> Finding:
    """Deaths must equal the sum of their causes in every stratum and year."""
    rows = material.result.outcomes
    keys = ["world", "year", "sex", "age_band", "deprivation", "activity_group"]
    of_causes = rows[rows["measure"].astype(str).str.startswith("deaths.")]
    by_cause = of_causes.groupby(keys, observed=True)["value"].sum()
    all_causes = rows[rows["measure"] == "deaths"].set_index(keys)["value"]
    differing = int((by_cause.sort_index() != all_causes.sort_index()).sum())
    figures = f"{differing} of {len(all_causes)} cells differ"
    return Finding("deaths equal the sum of their causes", differing == 0, figures)


def nothing_is_negative(material: Material) -> Finding:
    """No count, time, dose or level may be negative."""
    values = material.result.outcomes["value"]
    negative = int((values < 0.0).sum())
    return Finding("nothing is negative", negative == 0, f"{negative} of {len(values)} values")


def effects_have_their_sign(material: Material) -> Finding:
    """Where policies only add activity or lower IL-6, hazards of first events must fall."""
    name = "more activity and less IL-6 lower the hazards"
    policies = material.scenario.policies
    if not policies or any(policy.il6_ratio > 1.0 for policy in policies):
        return Finding(name, None, "no policies, or one that raises IL-6")
    from abm.columns import DISEASES, E_UNDISTURBED, FIXED_POINT

    counts = next(iter(material.result.counts.values()))
    fallen = counts.effects[0, 0, : len(DISEASES), E_UNDISTURBED] / FIXED_POINT
    pairs = ", ".join(f"{d} {x:.3g}" for d, x in zip(DISEASES, fallen, strict=True))
    return Finding(name, bool((fallen >= 0.0).all()), f"hazard avoided: {pairs}")


def _whole(material: Material) -> Any:
    """Return the outcomes of everybody."""
    rows = material.result.outcomes
    strata = rows[["sex", "age_band", "deprivation", "activity_group"]].astype(str)
    return rows[(strata == "all").all(axis=1)]


CHECKS: tuple[Callable[[Material], Finding], ...] = (
    null_policies,
    same_before_start,
    same_on_any_threads,
    people_are_conserved,
    deaths_have_causes,
    nothing_is_negative,
    effects_have_their_sign,
)


def check(scenario: Scenario) -> Iterator[Finding]:
    """Run every check on a scenario, one after the other."""
    material = Material(scenario, _run(scenario))
    for each in CHECKS:
        yield each(material)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("scenario", metavar="SCENARIO", help="a scenario file or bundled name")
    parser.add_argument("--persons", metavar="N", help=f"persons to try it on (default {PERSONS})")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")


def run(arguments: argparse.Namespace) -> int:
    """Check a scenario and print the findings; 1 if one of them failed."""
    from abm.scenario import load_scenario

    sizes = {"persons": arguments.persons or str(PERSONS)}
    scenario = load_scenario(arguments.scenario, arguments.set, sizes)
    words = {True: "pass", False: "FAIL", None: "not applicable"}
    failed = 0
    for finding in check(scenario):
        print(f"{words[finding.passed]:>14}  {finding.name}: {finding.figures}", flush=True)
        failed += finding.passed is False
    print(f"{scenario.name}: {len(CHECKS) - failed} of {len(CHECKS)} hold or do not apply")
    return 1 if failed else 0
