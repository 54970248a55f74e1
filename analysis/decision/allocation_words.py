"""An allocation in sentences, for the terminal and its page."""

from __future__ import annotations

import math
from collections.abc import Sequence

from abm.evidence.distributions import NORMAL_95
from abm.kernel.layout import OLDEST
from abm.results.scales import REPRESENTED
from abm.scenario.parts import Scenario
from analysis.decision.allocation import NET_BENEFIT, Allocation, Worth
from analysis.decision.allocation_table import Told
from analysis.decision.candidates import COST, OFFERED, QALYS, Group
from analysis.words import in_words, joined, probability, whole_percent

SEXES = {"male": "men", "female": "women"}
SPENT_TO_THE_END = 0.999  # of a budget


def headline(allocation: Allocation, told: Told, scenario: Scenario, pays: float) -> str:
    """Return the answer in one sentence."""
    budget = f"A budget of {money(allocation.budget, told)} for {people_of(told, scenario)}"
    if not allocation.chosen:
        return f"{budget} is best not spent: no offer that it can pay for is worth its cost."
    market, worth = allocation.market, allocation.worth
    gained = with_limits(worth, QALYS)
    benefit = with_limits(worth, NET_BENEFIT)
    return (
        f"{budget} is best spent on {joined(_offers(allocation))}: on people who had no part in "
        f"the choice this gains {gained} QALYs, a net benefit of {benefit} {told.money} at "
        f"{in_words(market.threshold, 6)} {told.money} per QALY; the probability that it pays "
        f"is {chance(pays)}."
    )


def people_of(told: Told, scenario: Scenario) -> str:
    """Return for whom and how long the budget is."""
    number = scenario.population.represents if told.scale == REPRESENTED else 100_000
    there = "people" if told.scale == REPRESENTED else "persons, newcomers counted,"
    return f"{in_words(float(number or 0), 12)} {there} and all {scenario.years} years of the run"


def money(number: float, told: Told) -> str:
    """Return an amount of money with its currency behind it, as on all pages."""
    return f"{in_words(number, 12 if float(number).is_integer() else 4)} {told.money}"


def chance(share: float) -> str:
    """Return a probability in words."""
    return "unknown" if math.isnan(share) else probability(share)


def with_limits(worth: Worth, place: int) -> str:
    """Return a sum with its 95 % Monte Carlo interval."""
    middle, error = float(worth.sums[place]), NORMAL_95 * float(worth.error[place])
    value, low, high = (significant(each) for each in (middle, middle - error, middle + error))
    return f"{value} (95 % Monte Carlo interval {low} to {high})"


def significant(number: float) -> str:
    """Return a number with three significant digits, also of a large one.

    Examples
    --------
    >>> significant(1021697.2).replace("\\N{NARROW NO-BREAK SPACE}", " "), significant(73.06)
    ('1 020 000', '73.1')
    """
    return in_words(float(f"{number:.3g}"), 12 if abs(number) >= 100.0 else 3)


def spending_sentence(allocation: Allocation, told: Told) -> str:
    """Say how much of the budget is used, and what is left."""
    if not allocation.chosen:
        return "Nothing is spent."
    # The budget has to do for both halves; what is told is that of the tables.
    own, cost = (float(each.sums[COST]) for each in (allocation.own, allocation.worth))
    spends = f"It spends {money(round(cost), told)}"
    most = SPENT_TO_THE_END * allocation.budget
    if cost >= most:
        return "It is spent to the end: a larger budget would do more."
    if own >= most:
        return (
            f"{spends}, and all of it on the half of the people on which it was chosen: a larger "
            "budget would do more."
        )
    return (
        f"{spends}; what is left could only be spent on offers that are not worth their cost, that "
        "nobody is left to be made, or that need a fixed cost it does not cover."
    )


def optimism_sentence(allocation: Allocation, told: Told) -> str:
    """Say how much better the choice looked where it was made."""
    own, worth = allocation.own.net_benefit, allocation.worth.net_benefit
    if not allocation.chosen or worth <= 0.0:
        return ""
    more = own / worth - 1.0
    usual = "what is chosen as the best looks better there than it is"
    apart = f"more: {usual}" if more > 0.0 else f"less: mostly {usual}, here by chance it does not"
    return (
        f"On the half of the people on which it was chosen the same allocation looks like "
        f"{significant(own)} {told.money}, {whole_percent(abs(more))} % {apart}."
    )


def _offers(allocation: Allocation) -> list[str]:
    """Return what is offered, a phrase for each policy that is."""
    market = allocation.market
    found = []
    for k, each in enumerate(market.candidates):
        theirs = [offer for offer in allocation.chosen if market.offers[offer][0] == k]
        if not theirs:
            continue
        number = sum(
            market.of_offer(offer, float(allocation.shares[offer]), allocation.others).sums[OFFERED]
            for offer in theirs
        )
        groups = [each.groups[market.offers[offer][1]] for offer in theirs]
        some = f"in {len(theirs)} of {len(each.groups)} groups"
        which = some if len(theirs) < len(each.groups) else _all_groups(each.left_out)
        found.append(f"{each.label} for {significant(number)} {who_are(groups, each.ages)} {which}")
    return found


def who_are(groups: Sequence[Group], ages: tuple[int, int] | None) -> str:
    """Return of which sex and ages groups are; ``ages`` are those that the policy takes.

    Examples
    --------
    >>> who_are([Group("60-69", "female", 1), Group("80-89", "female", 5)], (65, 85))
    'women aged 65 to 84'
    """
    sexes = {each.sex for each in groups}
    noun = SEXES[sexes.pop()] if len(sexes) == 1 else "people"
    return f"{noun} aged {ages_of([each.age_band for each in groups], ages)}"


def _all_groups(left_out: float) -> str:
    """Say that all groups are chosen, and how many people were in groups too small to judge."""
    if not left_out > 0.0:
        return "in all groups"
    few = f"{100 * left_out:.0f} % of the eligible are in none"
    return f"in all groups large enough to judge ({few})"


def ages_of(bands: Sequence[str], ages: tuple[int, int] | None = None) -> str:
    """Return bands as one span of ages, within the ``ages`` [from, to) that a policy takes.

    Examples
    --------
    >>> ages_of(["40-49", "60-69"]), ages_of(["70+", "50-59"]), ages_of(["20-29", "80+"], (18, 85))
    ('40 to 69', '50 and over', '20 to 84')
    """
    youngest, beyond = ages or (0, OLDEST + 1)
    low = max(min(int(band.rstrip("+").partition("-")[0]) for band in bands), youngest)
    high = min(max(int(band.partition("-")[2] or OLDEST) for band in bands), beyond - 1)
    return f"{low} and over" if high >= OLDEST - 1 else f"{low} to {high}"
