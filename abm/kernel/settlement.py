"""Accounts are settled at the end of a year: what has become of them is added to what is expected.

Rows are those of people who have an account, from the first to, not including, ``n``; vectors are
filled up.
"""

import numpy as np

from abm.kernel import layout as c
from abm.kernel.account_health import QUALITY_TAKEN, settle_health
from abm.kernel.accounts import (
    add_up,
    mean_survival,
    met_of_first,
    met_so_far,
    note_excess_of,
    put,
    take_out_events,
)
from abm.kernel.compiled import inlined, keep_apart, sequence, stage
from abm.kernel.tallies import log_il6
from abm.kernel.traits import HALF, ONE, TOP, ZERO, copy
from abm.rules import economics
from abm.rules.arithmetic import log

# Scratch: of all diseases, and of one after the other
BEFORE, WEIGHT, SURVIVAL, DEATHS, OF_DISEASES, COSTS, SOCIAL = range(c.SCRATCH, c.SCRATCH + 7)
MORE, FATALITY, EVENTS, BY_CAUSE = range(c.SCRATCH + 7, c.SCRATCH + 11)

# Hazards met, events and deaths


@stage
def weigh(chance, met, met_before, survived, before, weight, survival, more, deaths, n):
    """Set the chance to meet what comes in the year, and how many survive the events of it.

    ``weight`` is the chance on average, ``before`` what half of it would be without those events.
    """
    keep_apart()
    for i in range(n):
        died, through = ZERO, ONE
        for place in range(c.N_DEATH_CLOCKS):
            died += met[place, i] - met_before[place, i]
        for k in range(c.N_DISEASES):
            through *= ONE - survived[k, i]
        half = chance[i] * mean_survival(died) * HALF
        before[i], survival[i], more[i] = half, through, died
        weight[i] = half * (ONE + through)
        deaths[i] = half * (ONE + through) * died


@stage
def meet_hazard(ill, accumulated, spent, met, more, n):
    """Set how much of a hazard has been met since the last account."""
    keep_apart()
    for i in range(n):
        now = met_so_far(ill[i], accumulated[i], spent[i])
        more[i] = now - met[i]
        met[i] = now


@stage
def meet_first_hazard(course, ill, accumulated, spent, met, more, n):
    """Set the same of a first onset of depression."""
    keep_apart()
    for i in range(n):
        now = met_of_first(course[i], ill[i], accumulated[i], spent[i])
        more[i] = now - met[i]
        met[i] = now


@stage
def take_fatality(risks, k, cell, fatality, n):
    """Set the case fatality of a disease at each person's age."""
    keep_apart()
    for i in range(n):
        fatality[i] = risks.case_fatality[k, cell[i]]


@stage
def mark_concerned(ill, well, survived, later, concerned, n):
    """Mark those for whom a disease has more to be looked up than its hazard."""
    keep_apart()
    for i in range(n):
        anything = ill[i] > ZERO or well[i] != ONE or survived[i] > ZERO or later[i] != ZERO
        concerned[i] = np.int32(1) if anything else np.int32(0)


@stage
def list_concerned(concerned, n):
    """Replace marks by the rows that are marked, in their order; return how many they are.

    Without a branch, whose outcome no processor could foresee.
    """
    found = TOP
    for i in range(n):
        marked = concerned[i]
        concerned[found] = np.int32(i)
        found += marked
    return found


@stage
def note_excess_of_some(numbers, integers, risks, k, now, concerned):
    """Note what a disease has added to the hazard of death until the end of the year."""
    for i in concerned:
        note_excess_of(numbers, integers, risks, k, i, now - ONE, now)


@stage
def expect_events(
    before, weight, survival, survived, later, more, fatality, events, by_cause, deaths,
    of_diseases, n,
):  # fmt: skip
    """Set how many events of a disease are to be expected in the year, and deaths put down to it.

    A fatal event is survived by as many as its case fatality leaves (``survival`` of all events
    since then), on average in mid-account; what is met of its own hazard was met before.
    """
    keep_apart()
    for i in range(n):
        others = survival[i] / (ONE - survived[i])
        until_own = before[i] * (ONE + others)
        expected = (until_own if survived[i] > ZERO else weight[i]) * more[i]
        at_once = expected * fatality[i]
        events[i] = expected
        by_cause[i] = at_once + weight[i] * later[i]
        deaths[i] += at_once
        of_diseases[i] += later[i]  # it runs with the last death clock


@inlined
def hazard_put_down(survived, later):
    """Return the hazard of death put down to a disease in a year, also at its events lived through.

    With the hazards of clocks it adds up to what has become of the chance to live so long.
    """
    return later + (-log(ONE - survived) if survived > ZERO else ZERO)


@stage
def expect(weight, more, amount, n):
    """Set what is to be expected of a hazard."""
    keep_apart()
    for i in range(n):
        amount[i] = weight[i] * more[i]


@stage
def expect_deaths(weight, met, of_diseases, met_before, amount, n):
    """Set the deaths to be expected of a death clock, without what diseases have added to it."""
    keep_apart()
    for i in range(n):
        own = met[i] - met_before[i] - of_diseases[i]
        amount[i] = weight[i] * own
        met_before[i] = met[i]


# Care


@inlined
def care_since(costs, k, since, ill):
    """Return what care of a disease costs in a year that begins so long after its last event.

    Somebody who recovers has been ill from January. The first year after an event is paid with it.
    """
    begins = max(since, ZERO)
    anniversary = np.floor(begins) + ONE
    turned = np.int64(anniversary)
    last = c.N_COST_YEARS - 1
    return economics.cost_around_anniversary(
        begins, begins + ill, anniversary, costs[k, min(turned - 1, last)],
        costs[k, min(turned, last)],
    )  # fmt: skip


@stage
def pay_first_years(prices, k, events, fatality, costs, social, n):
    """Add what events of a disease cost in their first year."""
    keep_apart()
    for i in range(n):
        costs[i] += economics.first_year_cost(events[i], fatality[i], prices.first_year[k])
        social[i] += economics.first_year_cost(
            events[i], fatality[i], prices.social_first_year[k]
        )


@inlined
def pay_later_year(numbers, prices, k, now, ill, i):
    """Add what a disease costs after its first year; that is paid as it is lived."""
    since = now - ONE - numbers[c.BEGAN + k, i]
    weight = numbers[c.LIVED, i] / (now - numbers[c.SETTLED, i])
    numbers[COSTS, i] += weight * care_since(prices.later_year, k, since, ill)
    numbers[SOCIAL, i] += weight * care_since(prices.social_later_year, k, since, ill)


@stage
def pay(prices, now, settled, deaths, costs, social, n):
    """Let deaths be paid for, and discount what care has cost."""
    keep_apart()
    for i in range(n):
        later = economics.discount(prices.cost_rate, now - HALF * (now - settled[i]))
        costs[i] = (costs[i] + deaths[i] * prices.dying) * later
        social[i] = social[i] * later


# What only some have


@stage
def settle_concerned(numbers, integers, registers, prices, k, now, concerned):
    """Settle what only those have in a year who had a disease in it, or an event of it."""
    well = numbers[c.WELL] if k == c.DEPRESSION else numbers[c.AT_RISK + k]
    for i in concerned:
        person, ill = integers[c.REGISTER, i], ONE - well[i]
        survived, later = numbers[c.SURVIVED + k, i], numbers[c.LATER + k, i]
        if survived > ZERO or later > ZERO:
            registers[c.PUT_DOWN + k, person] += hazard_put_down(survived, later)
        numbers[c.SURVIVED + k, i] = ZERO
        numbers[c.LATER + k, i] = ZERO
        if ill != ZERO:
            pay_later_year(numbers, prices, k, now, ill, i)
        if ill > ZERO:
            taken = numbers[QUALITY_TAKEN, i] * prices.share_lost[k] * ill
            registers[c.QUALITY_LOST + k, person] += taken


# All of it, in its order


@sequence
def begin_settlement(numbers, n):
    """Set what all events of a year hang on."""
    clocks = c.ACCUMULATED + c.N_DISEASES
    weigh(
        numbers[c.CHANCE_BEFORE], numbers[clocks : clocks + c.N_DEATH_CLOCKS],
        numbers[c.MET_BEFORE : c.MET_BEFORE + c.N_DEATH_CLOCKS],
        numbers[c.SURVIVED : c.SURVIVED + c.N_DISEASES], numbers[BEFORE], numbers[WEIGHT],
        numbers[SURVIVAL], numbers[MORE], numbers[DEATHS], n,
    )  # fmt: skip
    for column in (OF_DISEASES, COSTS, SOCIAL):
        numbers[column, :n] = ZERO


@sequence
def meet(numbers, integers, k, n):
    """Set how much of the hazard of a disease has been met."""
    ill, accumulated = numbers[c.ILL + k], numbers[c.ACCUMULATED + k]
    spent, met = numbers[c.SPENT_HAZARD + k], numbers[c.MET + k]
    if k == c.DEPRESSION:
        meet_first_hazard(integers[c.COURSE], ill, accumulated, spent, met, numbers[MORE], n)
    else:
        meet_hazard(ill, accumulated, spent, met, numbers[MORE], n)


@sequence
def settle_events(numbers, integers, registers, risks, k, now, concerned, n, filled):
    """Add events of a disease, and deaths put down to it."""
    person, expected = integers[c.REGISTER], registers[c.EXPECTED :]
    note_excess_of_some(numbers, integers, risks, k, now, concerned)
    expect_events(
        numbers[BEFORE], numbers[WEIGHT], numbers[SURVIVAL], numbers[c.SURVIVED + k],
        numbers[c.LATER + k], numbers[MORE], numbers[FATALITY], numbers[EVENTS],
        numbers[BY_CAUSE], numbers[DEATHS], numbers[OF_DISEASES], filled,
    )  # fmt: skip
    add_up(numbers[EVENTS], person, expected[k], n)
    add_up(numbers[BY_CAUSE], person, expected[c.X_BY_CAUSE + k], n)


@sequence
def settle_episodes(numbers, person, expected, n, filled):
    """Add episodes of depression, the first and later ones; these are what care is paid for."""
    k = c.DEPRESSION
    meet_hazard(
        numbers[c.ILL + k], numbers[c.ACCUMULATED + k], numbers[c.SPENT_ON_EPISODES],
        numbers[c.MET_OF_EPISODES], numbers[MORE], filled,
    )  # fmt: skip
    expect(numbers[WEIGHT], numbers[MORE], numbers[EVENTS], filled)
    add_up(numbers[EVENTS], person, expected, n)


@sequence
def concerned_by(numbers, integers, k, n, filled):
    """Return the rows of those for whom a disease has more to be looked up than its hazard."""
    concerned = integers[c.CROSSED]  # set anew in every step
    well = numbers[c.WELL] if k == c.DEPRESSION else numbers[c.AT_RISK + k]
    mark_concerned(
        numbers[c.ILL + k], well, numbers[c.SURVIVED + k], numbers[c.LATER + k], concerned, filled
    )
    return concerned[: list_concerned(concerned, n)]


@sequence
def settle_diseases(numbers, integers, registers, constants, now, compared, n, filled):
    """Add events of all diseases, deaths put down to them, and care."""
    person, risks, prices = integers[c.REGISTER], constants.disease, constants.economics
    for k in range(c.N_DISEASES):
        concerned = concerned_by(numbers, integers, k, n, filled)
        meet(numbers, integers, k, filled)
        take_fatality(risks, k, integers[c.CELL], numbers[FATALITY], filled)
        if compared:
            put(numbers[MORE], person, registers[c.MORE + k], n)
            put(numbers[FATALITY], person, registers[c.FATALITY + k], n)
        settle_events(numbers, integers, registers, risks, k, now, concerned, n, filled)
        if k == c.DEPRESSION:
            settle_episodes(numbers, person, registers[c.EXPECTED + c.X_EPISODES], n, filled)
        pay_first_years(
            prices, k, numbers[EVENTS], numbers[FATALITY], numbers[COSTS], numbers[SOCIAL], filled
        )
        settle_concerned(numbers, integers, registers, prices, k, now, concerned)


@sequence
def settle_deaths(numbers, person, registers, n, filled):
    """Add deaths, and those of the causes that have a clock."""
    by_clock = registers[c.EXPECTED + c.X_BY_CAUSE + c.N_DISEASES :]
    add_up(numbers[DEATHS], person, registers[c.EXPECTED + c.X_DEATHS], n)
    add_up(numbers[OF_DISEASES], person, registers[c.PUT_DOWN_OF_CLOCK], n)
    for place in range(c.N_DEATH_CLOCKS):
        clock = c.N_DISEASES + place
        of_diseases = numbers[OF_DISEASES] if clock == c.ALL_ELSE else numbers[c.NOTHING]
        expect_deaths(
            numbers[WEIGHT], numbers[c.ACCUMULATED + clock], of_diseases,
            numbers[c.MET_BEFORE + place], numbers[BY_CAUSE], filled,
        )  # fmt: skip
        add_up(numbers[BY_CAUSE], person, by_clock[place], n)
        put(numbers[c.MET_BEFORE + place], person, registers[c.DEATH_HAZARD + place], n)


@sequence
def settle_costs(numbers, person, expected, prices, now, n, filled):
    """Add what care has cost."""
    pay(
        prices, now, numbers[c.SETTLED], numbers[DEATHS], numbers[COSTS], numbers[SOCIAL], filled
    )
    add_up(numbers[COSTS], person, expected[c.X_COSTS], n)
    add_up(numbers[SOCIAL], person, expected[c.X_SOCIAL], n)


@stage
def look_at_the_end(numbers, integers, registers, inflammation, n):
    """Set who is to be expected alive at the end of the run, and their ln IL-6."""
    for i in range(n):
        person, chance = integers[c.REGISTER, i], numbers[c.CHANCE_NOW, i]
        registers[c.EXPECTED + c.X_LIVING, person] = chance
        level = log_il6(numbers, integers, inflammation, i)
        registers[c.EXPECTED + c.X_LOG_IL6, person] = chance * level


@sequence
def settle_accounts(
    numbers, integers, registers, constants, now, years_left, compared, n, filled
):  # fmt: skip
    """Settle the accounts of the first ``n`` rows, all of which have one, at the end of a year.

    Where twins are to be ``compared``, the hazards met this year are kept for that.
    """
    person = integers[c.REGISTER]
    take_out_events(
        constants.step.years, numbers[c.CHANCE_NOW], numbers[c.SURVIVAL_OF_STEP],
        numbers[c.LIVED], filled,
    )  # fmt: skip
    settle_health(numbers, integers, registers, constants, now, n, filled)
    begin_settlement(numbers, filled)
    if compared:
        put(numbers[MORE], person, registers[c.MORE_DEATH], n)
    settle_diseases(numbers, integers, registers, constants, now, compared, n, filled)
    settle_deaths(numbers, person, registers, n, filled)
    settle_costs(numbers, person, registers[c.EXPECTED :], constants.economics, now, n, filled)
    copy(numbers[c.CHANCE_NOW], numbers[c.CHANCE_BEFORE], TOP, filled)
    put(numbers[c.CHANCE_NOW], person, registers[c.CHANCE], n)
    numbers[c.LIVED, :filled] = ZERO
    for column in (c.SETTLED, c.NOTED):
        numbers[column, :filled] = now
    if years_left <= ZERO:
        look_at_the_end(numbers, integers, registers, constants.inflammation, n)
