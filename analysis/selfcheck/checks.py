"""What must hold for a scenario of a user's own, tried out on it.

Each check is a function of a :class:`CheckedRun` that returns a :class:`Finding`. Exact things are
compared exactly; the one estimate, what a policy should do worked out by hand, is compared within
a factor.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from dataclasses import replace

from abm.conditions import condition
from abm.kernel.blocks import Counts
from abm.limits import spaced
from abm.results.result import Result
from abm.running.queue import count_population
from abm.running.setup import set_up
from abm.running.stepwise import StepwisePopulation
from abm.scenario.parts import Policy, Scenario
from analysis.selfcheck.by_hand import FACTOR, FEWEST_YEARS, FOLLOWED, by_hand
from analysis.selfcheck.checked_run import (
    STRATA,
    CheckedRun,
    avoided_hazards,
    counted,
    direction,
    simulated,
    took_part,
)
from analysis.selfcheck.finding import Finding

PERSONS_INTERRUPTED = 2_000
NO_POLICIES = "the scenario has no policies"


def null_policies(run: CheckedRun) -> Finding:
    """Policies that add nothing must change nothing, to the bit."""
    name = "policies that add nothing change nothing"
    if not run.has_policies:
        return Finding(name, None, NO_POLICIES)
    idle = tuple(
        replace(
            policy,
            adds=type(policy.adds)(0.0, 0.0, 0.0, 0.0),
            raises_to=None,
            il6_signalling=1.0,
        )
        for policy in run.scenario.policies
    )
    counts = counted(replace(run.scenario, policies=idle))
    differing = int((counts.effects != 0).sum())
    figures = f"{differing} of {counts.effects.size} sums of differences are not 0"
    return Finding(name, differing == 0, figures)


def same_before_start(run: CheckedRun) -> Finding:
    """Until the first policy starts, both worlds must be the same."""
    name = "the worlds are the same before the first policy starts"
    if not run.has_policies:
        return Finding(name, None, NO_POLICIES)
    start = min(policy.start for policy in run.scenario.policies)
    rows = run.result.outcomes
    before = rows[rows["year"] < start]
    ours, theirs = (
        before[before["world"] == world]["value"].to_numpy() for world in ("baseline", "policy")
    )
    differing = int(((ours != theirs) & ~((ours != ours) & (theirs != theirs))).sum())
    figures = f"{differing} of {spaced(len(ours))} values differ before {start}"
    return Finding(name, differing == 0, figures)


def same_on_any_threads(run: CheckedRun) -> Finding:
    """One and two threads must give the same tallies."""
    one, two = (counted(run.scenario, threads) for threads in (1, 2))
    return _same_tallies("one and two threads give the same bits", one, two)


def same_after_an_interruption(run: CheckedRun) -> Finding:
    """A run stopped half way, put into bytes and gone on with, month by month, is the whole run."""
    scenario = run.scenario
    scenario = replace(scenario, persons=min(scenario.persons, PERSONS_INTERRUPTED))
    setup = set_up(scenario, pathways=False)
    stepwise = StepwisePopulation(setup, scenario.seed)
    for step in range(stepwise.steps):
        if step == stepwise.steps // 2:
            stepwise = pickle.loads(pickle.dumps(stepwise))
        stepwise.step()
    whole = count_population(setup, scenario.seed)
    name = "a run stopped half way and resumed gives the same bits"
    return _same_tallies(name, whole, stepwise.counts)


def _same_tallies(name: str, first: Counts, second: Counts) -> Finding:
    differing = sum(int((a != b).sum()) for a, b in zip(first, second, strict=True))
    total = sum(table.size for table in first)
    return Finding(name, differing == 0, f"{differing} of {spaced(total)} tallies differ")


def people_are_conserved(run: CheckedRun) -> Finding:
    """Alive and dead must add up to those at the start and the entrants, in every year."""
    found, good = [], True
    for world, rows in run.everybody.groupby("world", observed=True):
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


def deaths_have_causes(run: CheckedRun) -> Finding:
    """Deaths must equal the sum of their causes in every stratum and year."""
    rows = run.result.outcomes
    keys = ["world", "year", *STRATA]
    of_causes = rows[rows["measure"].astype(str).str.startswith("deaths.")]
    by_cause = of_causes.groupby(keys, observed=True)["value"].sum()
    all_causes = rows[rows["measure"] == "deaths"].set_index(keys)["value"]
    differing = int((by_cause.sort_index() != all_causes.sort_index()).sum())
    figures = f"{differing} of {spaced(len(all_causes))} cells differ"
    return Finding("deaths equal the sum of their causes", differing == 0, figures)


def nothing_is_negative(run: CheckedRun) -> Finding:
    """No count, time, hazard or dose may be negative, and no level of IL-6 0 or less."""
    values = run.result.outcomes["value"]
    negative = int((values < 0.0).sum())
    people, below = run.people, 0
    for name in people.columns:
        if name.startswith(("cumulative_hazard.", "met_hours", "habitual_met_hours")):
            below += int((people[name] < 0.0).sum())
        elif name.startswith("il6_"):
            below += int((people[name] <= 0.0).sum())
    figures = (
        f"{negative} of {spaced(len(values))} outcomes, and hazards, doses or IL-6 of {below} of "
        f"{spaced(len(people))} rows of persons"
    )
    return Finding("no count, hazard, dose or IL-6 is negative", negative + below == 0, figures)


def effects_have_their_sign(run: CheckedRun) -> Finding:
    """Each policy by itself: more activity or less IL-6 must lower the hazards of first events."""
    return _of_each_policy("each policy moves the hazards in the direction of its dose", run, _sign)


def effects_are_as_by_hand(run: CheckedRun) -> Finding:
    """Each policy by itself: hazards avoided beside what reach, dose and relative risk make of it.

    The hand's estimate knows nothing of build-up, of habits that drift, nor of what averted
    diabetes does for the heart, hence the factor.
    """
    name = f"effects are those worked out by hand, within a factor of {FACTOR:g}"
    return _of_each_policy(name, run, _beside_the_hand)


# Whether it holds of a policy (None where it cannot be said), and the figures.
Judged = tuple[bool | None, str]


def _of_each_policy(
    name: str, run: CheckedRun, judge: Callable[[Policy, Result], Judged]
) -> Finding:
    """Judge the run of each policy by itself."""
    found = [judge(policy, run.with_one_policy(policy)) for policy in run.scenario.policies]
    holds = [each for each, _ in found if each is not None]
    named = zip(run.scenario.policies, found, strict=True)
    figures = "; ".join(f"{policy.name}: {words}" for policy, (_, words) in named)
    return Finding(name, all(holds) if holds else None, figures or NO_POLICIES)


def _sign(policy: Policy, result: Result) -> Judged:
    """Judge the direction of the hazards that a policy avoided."""
    sign, years = direction(policy), took_part(result)
    if sign is None:
        return None, "it adds activity and raises IL-6"
    if years == 0.0:
        return None, "nobody takes part"
    avoided = avoided_hazards(result)
    fits = [x == 0.0 if sign == 0 else sign * x >= 0.0 for x in avoided.values()]
    pairs = ", ".join(f"{condition(name).label} {x:.3g}" for name, x in avoided.items())
    holds = all(fits) and (sign == 0 or any(avoided.values()))
    return holds, f"{spaced(years)} years of taking part, hazard avoided: {pairs}"


def _beside_the_hand(policy: Policy, result: Result) -> Judged:
    """Judge the hazards that a policy avoided by those worked out by hand."""
    years = took_part(result)
    if years < FEWEST_YEARS:
        return None, f"{spaced(years)} years of taking part are too few to compare"
    hand, avoided = by_hand(result, policy), avoided_hazards(result)
    ratio = sum(avoided[each.name] for each in FOLLOWED) / sum(hand.averted.values())
    pairs = ", ".join(
        f"{each.label} {hand.averted[each.name]:.3g} ({avoided[each.name]:.3g})"
        for each in FOLLOWED
    )
    holds = 1.0 / FACTOR < ratio < FACTOR if direction(policy) in (1, -1) else None
    return holds, f"{hand.words}; by hand (simulated): {pairs}"


CHECKS: tuple[Callable[[CheckedRun], Finding], ...] = (
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
    run = CheckedRun(scenario, simulated(scenario))
    for each in CHECKS:
        yield each(run)
