"""What the command ``decide`` does once all that can be wrong beforehand has been looked for."""

from __future__ import annotations

import argparse
import logging
import shlex
from collections.abc import Sequence
from pathlib import Path

from abm.running.finished_work import FinishedWork
from abm.running.progress import Progress
from abm.scenario.parts import Scenario
from analysis.commands.forecast import ENTRANT_RATE, PROGRAM_BYTES, RESERVED_BYTES
from analysis.commands.memory import Demand
from analysis.commands.request import sorted_out
from analysis.commands.telling import bar_stream
from analysis.commands.usage import words_that_call
from analysis.decision.allocation import Market, allocate
from analysis.decision.allocation_page import (
    ALLOCATION,
    GROUPS,
    TOTALS,
    Decided,
    write_decision,
)
from analysis.decision.allocation_table import (
    Told,
    allocation_table,
    groups_table,
    totals_table,
)
from analysis.decision.budget_request import limits_not_applied, starts_of
from analysis.decision.priced_policies import (
    YEARS_APART,
    Simulation,
    market_for,
    shifts_for,
    work_of,
)
from analysis.report.numbers import plain

# Of a person: in a table while it is made (docs/scaling.md), and in the answers read from it.
BYTES_PER_START, BYTES_PER_YEAR, BYTES_PER_ANSWER = 144, 17, 1_000
log = logging.getLogger(__name__)


class NoGroups(ValueError):
    """There is nobody whom any of the policies could take, or too few to judge."""


def decide(scenarios: Sequence[Scenario], arguments: argparse.Namespace, folder: Path) -> None:
    """Share out the budget, write page and tables, and say the answer.

    Raises
    ------
    NoGroups
        If no policy has a group with enough people.
    """
    warnings = _warnings(scenarios)
    for warning in warnings:
        log.warning(warning)
    kept = FinishedWork(folder, fresh=arguments.fresh)
    threshold = arguments.threshold
    if threshold is None:
        threshold = float(scenarios[0].place.thresholds[0])
    work = work_of(scenarios, arguments.draws)
    with Progress(work, "effects of the policies", bar_stream()) as progress:
        kept.found = progress.skip
        how = Simulation(kept, arguments.threads, progress.advance)
        market, half, scale = market_for(scenarios, threshold, how)
        _refuse_nobody(market)
        shifts = shifts_for(scenarios, arguments.draws, how)
    kept.write()
    allocation = allocate(market, arguments.budget, half)
    told = Told(scale, scenarios[0].place.currency, arguments.draws)
    decided = Decided(
        allocation, allocation_table(allocation, told, shifts),
        totals_table(allocation, told, shifts), groups_table(market, told), told, scenarios,
        _command(arguments), warnings,
    )  # fmt: skip
    page = write_decision(folder, decided)
    print("\n".join(plain(line) for line in (decided.headline, *decided.notes)))
    print(f"{page}, {ALLOCATION}, {TOTALS}, {GROUPS}")


def demand(scenarios: Sequence[Scenario]) -> Demand:
    """Return the memory that the largest table of the policies takes, with what is read from it."""
    first = scenarios[0]
    people = first.persons * (1.0 + ENTRANT_RATE * first.years)
    starts = max(
        len(starts_of(scenario, policy, YEARS_APART))
        for scenario in scenarios
        for policy in scenario.policies
    )
    each = 2 * (BYTES_PER_START * starts + BYTES_PER_YEAR * first.years) + BYTES_PER_ANSWER
    return Demand(int(PROGRAM_BYTES + people * each), int(RESERVED_BYTES + people * each))


def _warnings(scenarios: Sequence[Scenario]) -> list[str]:
    own = [f"{each.name}: {warning}" for each in scenarios for warning in each.warnings]
    return [*own, *limits_not_applied(scenarios)]


def _refuse_nobody(market: Market) -> None:
    """Refuse policies that can take nobody, or too few to judge."""
    empty = [each.label for each in market.candidates if not each.groups]
    if empty:
        raise NoGroups(
            "\n".join(
                f"{label}: eligible: too few people could be offered it (30 are needed in each "
                "half of a sex and quintile); must be a wider group, or simulate more (--persons)"
                for label in empty
            )
        )


def _command(arguments: argparse.Namespace) -> str:
    """Return the command that gives the same files."""
    names, settings = sorted_out(arguments.scenarios, arguments.settings)
    words = [*words_that_call(arguments.program), "decide", *names]
    words += ["--budget", f"{arguments.budget:.15g}"]
    for option in ("threshold", "draws", "persons", "years", "seed", "microdata"):
        value = getattr(arguments, option)
        if value:
            words += [f"--{option}", f"{value:.15g}" if isinstance(value, float) else str(value)]
    for setting in settings:
        words += ["--set", setting]
    return shlex.join(words)
