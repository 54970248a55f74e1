"""The command ``check``: what must hold for a user's own scenario, tried out on it.

Each check is a function of :class:`Material` that returns a :class:`Finding`. Exact things are
compared exactly; the one estimate, what a policy should do worked out by hand, is compared within
a factor.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from abm.kernel.blocks import Counts
    from abm.running.simulate import Result
    from abm.scenario.parts import Policy, Scenario

PERSONS = 10_000
PERSONS_INTERRUPTED = 2_000
VERDICTS = {True: "pass", False: "FAIL", None: "not applicable"}


@dataclass(frozen=True)
class Finding:
    """What a check found: passed (None where it does not apply), and the figures."""

    name: str
    passed: bool | None
    figures: str

    @property
    def verdict(self) -> str:
        """Return the finding in a word."""
        return VERDICTS[self.passed]


@dataclass(frozen=True)
class Material:
    """A scenario, and its run with one row per person.

    ``alone`` holds, for each policy, the run of the scenario with that policy only.
    """

    scenario: Scenario
    result: Result
    alone: dict[str, Result] = field(default_factory=dict, repr=False)

    @property
    def has_policies(self) -> bool:
        """Whether there is anything to compare."""
        return bool(self.scenario.policies)

    @property
    def people(self) -> pd.DataFrame:
        """Return the persons of the run."""
        assert self.result.people is not None
        return self.result.people

    def with_one_policy(self, policy: Policy) -> Result:
        """Return the run in which a policy stands alone, made once."""
        if len(self.scenario.policies) == 1:
            return self.result
        if policy.name not in self.alone:
            self.alone[policy.name] = lived(with_policy(self.scenario, policy))
        return self.alone[policy.name]


def with_policy(scenario: Scenario, policy: Policy) -> Scenario:
    """Return a scenario with one of its policies only, and the intervals of no other."""
    others = tuple(f"policies.{each.name}." for each in scenario.policies if each != policy)
    kept = {path: each for path, each in scenario.intervals.items() if not path.startswith(others)}
    return replace(scenario, policies=(policy,), intervals=kept)


def lived(scenario: Scenario) -> Result:
    """Run a scenario and keep its people."""
    from abm import simulate

    return simulate(scenario, pathways=False, keep_people=True)


def counted(scenario: Scenario, threads: int | None = None) -> Counts:
    """Run a scenario and return its whole-number tallies only."""
    from abm.running.setup import count_population, set_up

    return count_population(set_up(scenario, pathways=False), scenario.seed, threads)


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
    counts = counted(replace(material.scenario, policies=idle))
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
    figures = f"{differing} of {len(ours):,} values differ before {start}"
    return Finding(name, differing == 0, figures)


def same_on_any_threads(material: Material) -> Finding:
    """One and two threads must give the same tallies."""
    one, two = (counted(material.scenario, threads) for threads in (1, 2))
    return _same_tallies("one and two threads give the same bits", one, two)


def same_after_an_interruption(material: Material) -> Finding:
    """A run stopped half way, put into bytes and gone on with, month by month, is the whole run."""
    import pickle

    from abm.running.setup import count_population, set_up
    from abm.running.stepwise import Crowd

    scenario = material.scenario
    scenario = replace(scenario, persons=min(scenario.persons, PERSONS_INTERRUPTED))
    setup = set_up(scenario, pathways=False)
    crowd = Crowd(setup, scenario.seed)
    for step in range(crowd.steps):
        if step == crowd.steps // 2:
            crowd = pickle.loads(pickle.dumps(crowd))
        crowd.step()
    whole = count_population(setup, scenario.seed)
    name = "a run stopped half way and resumed gives the same bits"
    return _same_tallies(name, whole, crowd.counts)


def _same_tallies(name: str, first: Counts, second: Counts) -> Finding:
    differing = sum(int((a != b).sum()) for a, b in zip(first, second, strict=True))
    total = sum(table.size for table in first)
    return Finding(name, differing == 0, f"{differing} of {total:,} tallies differ")


def people_are_conserved(material: Material) -> Finding:
    """Alive and dead must add up to those at the start and the entrants, in every year."""
    found, good = [], True
    for world, rows in _whole(material).groupby("world", observed=True):
        table = rows.pivot_table(index="year", columns="measure", values="value", observed=True)
        start, alive = table["persons"].iloc[0], table["persons"]
        entrants, deaths = (table[each].fillna(0.0).cumsum() for each in ("entrants", "deaths"))
        off = int((start + entrants != alive + deaths).sum())
        good = good and off == 0
        found.append(
            f"{world}: {start:.0f} + {entrants.iloc[-1]:.0f} = {alive.iloc[-1]:.0f} + "
            f"{deaths.iloc[-1]:.0f}, {off} of {len(table)} years off"
        )
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
    figures = f"{differing} of {len(all_causes):,} cells differ"
    return Finding("deaths equal the sum of their causes", differing == 0, figures)


def nothing_is_negative(material: Material) -> Finding:
    """No count, time, hazard or dose may be negative, and no level of IL-6 0 or less."""
    values = material.result.outcomes["value"]
    negative = int((values < 0.0).sum())
    people, below = material.people, 0
    for name in people.columns:
        if name.startswith(("cumulative_hazard.", "met_hours", "habitual_met_hours")):
            below += int((people[name] < 0.0).sum())
        elif name.startswith("il6_"):
            below += int((people[name] <= 0.0).sum())
    figures = (
        f"{negative} of {len(values):,} outcomes, and hazards, doses or IL-6 of {below} of "
        f"{len(people):,} lives"
    )
    return Finding("no count, hazard, dose or IL-6 is negative", negative + below == 0, figures)


def direction(policy: Policy) -> int | None:
    """Return 1 where a policy adds activity or lowers IL-6, -1 where it raises IL-6.

    0 where it does neither, None where it does both.
    """
    adds = policy.adds
    active = policy.raises_to is not None or bool(
        adds.moderate + adds.vigorous + adds.resistance + adds.endurance
    )
    wanted = {1} if active else set()
    if policy.il6_ratio != 1.0:
        wanted.add(1 if policy.il6_ratio < 1.0 else -1)
    if len(wanted) == 2:
        return None
    return wanted.pop() if wanted else 0


def avoided_hazards(result: Result) -> dict[str, float]:
    """Return the hazard of each disease that the policy world avoided, of first events."""
    from abm.kernel.layout import DISEASES, E_UNDISTURBED, FIXED_POINT

    counts = next(iter(result.counts.values()))
    fallen = counts.effects[0, 0, : len(DISEASES), E_UNDISTURBED] / FIXED_POINT
    return dict(zip(DISEASES, fallen.tolist(), strict=True))


def plain(name: str) -> str:
    """Return a name as words."""
    return name.replace("_", " ")


def took_part(result: Result) -> float:
    """Return the years that participants took part in any policy."""
    assert result.participation is not None
    return float(result.participation["participant_years"].sum())


def effects_have_their_sign(material: Material) -> Finding:
    """Each policy by itself: more activity or less IL-6 must lower the hazards of first events."""
    name = "each policy moves the hazards in the direction of its dose"
    found, good, told = [], True, 0
    for policy in material.scenario.policies:
        sign, result = direction(policy), material.with_one_policy(policy)
        years = took_part(result)
        if sign is None or years == 0.0:
            why = "nobody takes part" if sign is not None else "it adds activity and raises IL-6"
            found.append(f"{policy.name}: {why}")
            continue
        told += 1
        avoided = avoided_hazards(result)
        fits = [x == 0.0 if sign == 0 else sign * x >= 0.0 for x in avoided.values()]
        good = good and all(fits) and (sign == 0 or any(avoided.values()))
        pairs = ", ".join(f"{plain(disease)} {x:.3g}" for disease, x in avoided.items())
        found.append(f"{policy.name}: {years:,.0f} years of taking part, hazard avoided: {pairs}")
    return Finding(name, good if told else None, "; ".join(found) or "the scenario has no policies")


def effects_are_as_by_hand(material: Material) -> Finding:
    """Each policy by itself: hazards avoided beside what reach, dose and relative risk make of it.

    The hand's estimate knows nothing of build-up, of habits that drift, nor of what averted
    diabetes does for the heart, hence the factor.
    """
    from analysis.selfcheck.by_hand import DISEASES, FACTOR, FEWEST_YEARS, by_hand

    name = f"effects are those worked out by hand, within a factor of {FACTOR:g}"
    found, good, told = [], True, 0
    for policy in material.scenario.policies:
        result = material.with_one_policy(policy)
        years = took_part(result)
        if years < FEWEST_YEARS:
            found.append(f"{policy.name}: {years:,.0f} years of taking part are too few to compare")
            continue
        hand = by_hand(result, policy)
        simulated = avoided_hazards(result)
        ours, theirs = (sum(values[d] for d in DISEASES) for values in (simulated, hand.averted))
        comparable = direction(policy) in (1, -1)
        told += comparable
        good = good and (not comparable or 1.0 / FACTOR < ours / theirs < FACTOR)
        pairs = ", ".join(
            f"{plain(d)} {hand.averted[d]:.3g} ({simulated[d]:.3g})" for d in DISEASES
        )
        found.append(f"{policy.name}: {hand.words}; by hand (simulated): {pairs}")
    return Finding(name, good if told else None, "; ".join(found) or "the scenario has no policies")


def _whole(material: Material) -> Any:
    """Return the outcomes of everybody."""
    rows = material.result.outcomes
    strata = rows[["sex", "age_band", "deprivation", "activity_group"]].astype(str)
    return rows[(strata == "all").all(axis=1)]


CHECKS: tuple[Callable[[Material], Finding], ...] = (
    null_policies,
    same_before_start,
    same_on_any_threads,
    same_after_an_interruption,
    people_are_conserved,
    deaths_have_causes,
    nothing_is_negative,
    effects_have_their_sign,
    effects_are_as_by_hand,
)


def check(scenario: Scenario) -> Iterator[Finding]:
    """Run every check on a scenario, one after the other."""
    material = Material(scenario, lived(scenario))
    for each in CHECKS:
        yield each(material)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("scenario", metavar="SCENARIO", help="a scenario file or bundled name")
    parser.add_argument("--persons", metavar="N", help=f"persons to try it on (default {PERSONS})")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument(
        "--out", metavar="DIR", default="results", help="DIR/NAME/check.html is written"
    )


def run(arguments: argparse.Namespace) -> int:
    """Check a scenario, print the findings and write their page; 1 if one of them failed."""
    from abm.running.output import FolderError, check_folder
    from abm.scenario.load import load_scenario
    from analysis.selfcheck.page import write_page

    sizes = {"persons": arguments.persons or str(PERSONS)}
    scenario = load_scenario(arguments.scenario, arguments.set, sizes)
    folder = Path(arguments.out) / scenario.name
    try:
        check_folder(folder)
    except FolderError as problem:
        print(f"run.py check: --out: {problem}", file=sys.stderr)
        return 2
    findings = []
    for finding in check(scenario):
        print(f"{finding.verdict:>14}  {finding.name}: {finding.figures}", flush=True)
        findings.append(finding)
    failed = sum(finding.passed is False for finding in findings)
    print(f"{scenario.name}: {len(findings) - failed} of {len(findings)} hold or do not apply")
    print(write_page(scenario, findings, folder))
    return 1 if failed else 0
