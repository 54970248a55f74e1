"""The accounts of those whose worlds may differ: what is to be expected of each of their lives.

What is to be expected of a life does not hang on when it happens to end. So whoever dies is
followed on as if alive (survival-weighted follow-up), and what is met is weighed by the chance to
have lived so long. What illness comes, and who takes part, is as drawn.

What an account needs from year to year stands in its row, so that it is settled in vectors; what is
expected is added to registers. What few people have in a year (illness, an event) is looked up one
person at a time.
"""

import numpy as np

from abm.kernel import layout as c
from abm.kernel.compiled import inlined, keep_apart, sequence, stage
from abm.kernel.hazards import excess_put_down
from abm.kernel.tallies import activity_group, age_band, log_il6
from abm.kernel.traits import HALF, ONE, TOP, ZERO, copy, swap_rows
from abm.rules import depression, economics
from abm.rules.arithmetic import exp, log, maximum

SINGLE = np.float32
SMALL_HAZARD, SIXTH = SINGLE(0.05), SINGLE(1.0 / 6.0)
# Scratch of a year's settlement: first of health,
ABLE, DISABLED, GOOD, LOST, WHOLE = range(c.SCRATCH, c.SCRATCH + 5)
WORTH, HEALTHY, DISCOUNTED, ACTIVE, QALYS, WELL_TIME = range(c.SCRATCH + 5, c.SCRATCH + 11)
# of which this is kept while the rest is used for all diseases, and for one after the other
QUALITY_TAKEN = c.SCRATCH + 11  # for each unit of what an illness would take by itself
BEFORE, WEIGHT, SURVIVAL, DEATHS, OF_DISEASES, COSTS, SOCIAL = range(c.SCRATCH, c.SCRATCH + 7)
MORE, FATALITY, EVENTS, BY_CAUSE = range(c.SCRATCH + 7, c.SCRATCH + 11)


@inlined
def mean_survival(hazard):
    """Return the chance to live on average over a time in which a constant hazard adds up."""
    near = ONE - hazard * (HALF - hazard * SIXTH)
    far = (ONE - exp(-hazard)) / maximum(hazard, SMALL_HAZARD)
    return near if hazard < SMALL_HAZARD else far


@inlined
def met_so_far(ill, accumulated, spent):
    """Return the hazard of a disease that a person has met: until past onsets, and since."""
    return spent + (ONE - ill) * accumulated


@inlined
def met_of_first(course, ill, accumulated, spent):
    """Return the same of a first onset of depression, of which later episodes are no part."""
    spell = (ONE - ill) * accumulated
    return spent + (spell if course == depression.NEVER else ZERO)


# From step to step


@inlined
def death_hazard_met(numbers, i):
    """Return the hazard of death that a row has met so far, of all death clocks."""
    met = ZERO
    for place in range(c.N_DEATH_CLOCKS):
        met += numbers[c.ACCUMULATED + c.N_DISEASES + place, i]
    return met


@inlined
def time_taken_out(chance, survival, years):
    """Return the time not lived of a step, for events in its middle that so many survive."""
    return HALF * years * chance * (ONE - survival)


@stage
def take_out_events(years, chance, survival, lived, n):
    """Let the events of the last step, of so many years, have come in its middle."""
    keep_apart()
    for i in range(n):
        lived[i] -= time_taken_out(chance[i], survival[i], years)
        chance[i] = chance[i] * survival[i]
        survival[i] = ONE


@stage
def add_time_lived(met_by_clock, years, chance, met_before, survival, lived, n):
    """Add the time to be lived in a step, before its events; of nobody without an account.

    Policies change hazards within a year, so that its time cannot be had from its end alone.
    """
    keep_apart()
    for i in range(n):
        met = ZERO
        for place in range(c.N_DEATH_CLOCKS):
            met += met_by_clock[place, i]
        more = met - met_before[i]
        before = chance[i] * survival[i]
        lived[i] -= time_taken_out(chance[i], survival[i], years)
        lived[i] += years * before * mean_survival(more)
        chance[i] = before * exp(-more)
        met_before[i] = met
        survival[i] = ONE


@sequence
def add_time(numbers, years, n):
    """Add the time to be lived in a step of so many years, of everybody in some rows."""
    first = c.ACCUMULATED + c.N_DISEASES
    add_time_lived(
        numbers[first : first + c.N_DEATH_CLOCKS], years, numbers[c.CHANCE_NOW],
        numbers[c.MET_NOW], numbers[c.SURVIVAL_OF_STEP], numbers[c.LIVED], n,
    )  # fmt: skip


# An account is opened, and events are noted in it


@inlined
def open_account(numbers, integers, registers, constants, i, now):
    """Begin the account of a person whose worlds may differ from ``now`` on."""
    person = integers[c.REGISTER, i]
    for k in range(c.N_DISEASES):
        ill, met = numbers[c.ILL + k, i], numbers[c.ACCUMULATED + k, i]
        spent = numbers[c.SPENT_HAZARD + k, i]
        numbers[c.MET + k, i] = met_so_far(ill, met, spent)
        if k == c.DEPRESSION:
            numbers[c.MET + k, i] = met_of_first(integers[c.COURSE, i], ill, met, spent)
            numbers[c.MET_OF_EPISODES, i] = met_so_far(ill, met, numbers[c.SPENT_ON_EPISODES, i])
        numbers[c.SURVIVED + k, i] = ZERO
        numbers[c.LATER + k, i] = ZERO
    for place in range(c.N_DEATH_CLOCKS):
        met = numbers[c.ACCUMULATED + c.N_DISEASES + place, i]
        numbers[c.MET_BEFORE + place, i] = met
        registers[c.DEATH_HAZARD + place, person] = met
    numbers[c.CHANCE_NOW, i] = ONE
    numbers[c.CHANCE_BEFORE, i] = ONE
    numbers[c.MET_NOW, i] = death_hazard_met(numbers, i)
    numbers[c.SURVIVAL_OF_STEP, i] = ONE
    numbers[c.LIVED, i] = ZERO
    numbers[c.SETTLED, i] = now
    numbers[c.NOTED, i] = now
    registers[c.APART, person] = ONE
    registers[c.OPENED, person] = now
    registers[c.CHANCE, person] = ONE
    registers[c.JOINED_BAND, person] = SINGLE(age_band(integers[c.AGE, i]))
    group = activity_group(constants.activity.group_bounds, numbers[c.HABIT_DOSE, i])
    registers[c.JOINED_GROUP, person] = SINGLE(group)


@inlined
def has_account(integers, registers, i):
    """Return whether a row keeps an account: a life, or the follow-up of one that has ended."""
    apart = registers[c.APART, integers[c.REGISTER, i]] > ZERO
    return apart and integers[c.ROLE, i] != c.ENDED


@inlined
def note_excess_of(numbers, integers, risks, k, i, year_start, until):
    """Note what a disease has added to the hazard of death ``until`` then.

    Those to which no death is put down are left out. Times in years since the start.
    """
    if c.KILLS_LATER[k] and c.IS_CAUSE[k] and numbers[c.ILL + k, i] > ZERO:
        years = until - numbers[c.NOTED, i]
        own = excess_put_down(numbers, risks, integers[c.CELL, i], year_start, i, k)
        numbers[c.LATER + k, i] += years * own


@inlined
def note_excess(numbers, integers, risks, i, year_start, until):
    """Note what diseases have added to the hazard of death ``until`` then, before that changes."""
    for k in range(c.N_DISEASES):
        note_excess_of(numbers, integers, risks, k, i, year_start, until)
    numbers[c.NOTED, i] = until


# It is settled: hazards met, events and deaths


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


@stage
def add_up(amount, person, sums, n):
    """Add what is expected of each to their register."""
    keep_apart()
    for i in range(n):
        sums[np.uint64(person[i])] += amount[i]


@stage
def put(amount, person, register, n):
    """Put something of each into their register."""
    keep_apart()
    for i in range(n):
        register[np.uint64(person[i])] = amount[i]


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


# Health


@inlined
def share_well(at_risk, well, k, i):
    """Return the share of the year not ill, from January: what twins share before cancels out."""
    return well[i] if k == c.DEPRESSION else at_risk[k, i]


@stage
def lose_health(prices, at_risk, well, able, disabled, good, lost, whole, n):
    """Set what illness leaves of a year: shares without disability and of quality, and losses.

    Shares are for losses that multiply, losses for those that add. ``whole`` is the sum of what
    each illness would take by itself.
    """
    keep_apart()
    for i in range(n):
        left, taken, quality, less, alone = ONE, ZERO, ONE, ZERO, ZERO
        for k in range(c.N_DISEASES):
            ill = ONE - share_well(at_risk, well, k, i)
            left = economics.quality_left(left, prices.disability[k], ill)
            taken += prices.disability[k] * ill
            quality = economics.quality_left(quality, prices.share_lost[k], ill)
            less += prices.decrement[k] * ill
            alone += prices.share_lost[k] * ill
        able[i], disabled[i], good[i], lost[i], whole[i] = left, taken, quality, less, alone


@stage
def value_years(prices, now, settled, lived, able, disabled, worth, healthy, discounted, n):
    """Set years without disability, as they are and discounted, and what this year is worth."""
    keep_apart()
    for i in range(n):
        years = now - settled[i]
        later = economics.discount(prices.health_rate, now - HALF * years)
        own = lived[i] / years * economics.quality_adjusted_years(
            ONE, years, able[i], disabled[i], prices.losses_add
        )
        worth[i], healthy[i], discounted[i] = later, own, own * later


@stage
def value_active(guideline, now, settled, person, opened, lived, habit, dose, active, n):
    """Set for how much of the year people are newly active."""
    keep_apart()
    for i in range(n):
        years = now - settled[i]
        active[i] = lived[i] / years * economics.newly_active_years(
            opened[person[i]], now - years, now, habit[i], dose[i], guideline
        )


@stage
def value_quality(
    prices, now, cell, settled, lived, good, lost, whole, worth, active, qalys, well_time, taken,
    n,
):  # fmt: skip
    """Set years by their quality, and what they would be worth in health; discount all of it.

    What illness has ``taken`` is put down to diseases in proportion to what each alone would take.
    """
    keep_apart()
    for i in range(n):
        years, well = now - settled[i], prices.utility[cell[i]]
        own = lived[i] / years * economics.quality_adjusted_years(
            well, years, good[i], lost[i], prices.losses_add
        )
        in_health = lived[i] * well
        well_time[i] = in_health * worth[i]
        part = (in_health - own) * worth[i] / whole[i]
        taken[i] = part if good[i] < ONE and whole[i] > ZERO else ZERO
        qalys[i] = (own + prices.active_gain * active[i]) * worth[i]
        active[i] = active[i] * worth[i]


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


@sequence
def value_health(numbers, integers, opened, constants, now, n):
    """Set years without disability, newly active ones, and years by their quality."""
    prices, settled, lived = constants.economics, numbers[c.SETTLED], numbers[c.LIVED]
    lose_health(
        prices, numbers[c.AT_RISK : c.AT_RISK + c.N_DISEASES], numbers[c.WELL], numbers[ABLE],
        numbers[DISABLED], numbers[GOOD], numbers[LOST], numbers[WHOLE], n,
    )  # fmt: skip
    value_years(
        prices, now, settled, lived, numbers[ABLE], numbers[DISABLED], numbers[WORTH],
        numbers[HEALTHY], numbers[DISCOUNTED], n,
    )  # fmt: skip
    value_active(
        constants.activity.guideline, now, settled, integers[c.REGISTER], opened, lived,
        numbers[c.HABIT_DOSE], numbers[c.DOSE], numbers[ACTIVE], n,
    )  # fmt: skip
    value_quality(
        prices, now, integers[c.CELL], settled, lived, numbers[GOOD], numbers[LOST],
        numbers[WHOLE], numbers[WORTH], numbers[ACTIVE], numbers[QALYS], numbers[WELL_TIME],
        numbers[QUALITY_TAKEN], n,
    )  # fmt: skip


@sequence
def settle_health(numbers, integers, registers, constants, now, n, filled):
    """Add years of life, without disability and by their quality."""
    person, expected = integers[c.REGISTER], registers[c.EXPECTED :]
    value_health(numbers, integers, registers[c.OPENED], constants, now, filled)
    add_up(numbers[c.LIVED], person, expected[c.X_YEARS], n)
    add_up(numbers[HEALTHY], person, expected[c.X_HEALTHY], n)
    add_up(numbers[DISCOUNTED], person, expected[c.X_DISCOUNTED], n)
    add_up(numbers[QALYS], person, expected[c.X_QALYS], n)
    add_up(numbers[ACTIVE], person, expected[c.X_ACTIVE], n)
    add_up(numbers[WELL_TIME], person, registers[c.WELL_TIME], n)


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


@stage
def bring_forward(numbers, integers, n):
    """Bring the rows with an account before the others of the baseline; return how many."""
    first, last = TOP, n
    while first < last:
        if integers[c.DIVERGED, first] == 1:
            first += 1
            continue
        last -= 1
        if integers[c.DIVERGED, last] == 1:
            swap_rows(numbers, integers, first, last)
            first += 1
    return first
