"""The accounts of those whose worlds may differ: what is to be expected of each of their lives.

What is to be expected of a life does not hang on when it happens to end. So whoever dies is
followed on as if alive (survival-weighted follow-up), and what is met is weighed by the chance to
have lived so long. What illness comes, and who takes part, is as drawn.
"""

import numpy as np

from abm.kernel import layout as c
from abm.kernel.compiled import inlined, keep_apart, sequence, stage
from abm.kernel.hazards import excess_put_down
from abm.kernel.tallies import activity_group, age_band, log_il6
from abm.kernel.traits import HALF, ONE, ZERO
from abm.rules import depression, economics
from abm.rules.arithmetic import exp, log, maximum

SINGLE = np.float32
SMALL_HAZARD, SIXTH = SINGLE(0.05), SINGLE(1.0 / 6.0)


@inlined
def note_hazards(numbers, integers, registers, constants, i):
    """Record the hazards that a person has met, and how much of them since the last account."""
    person, cell = integers[c.REGISTER, i], integers[c.CELL, i]
    registers[c.MORE_DEATH, person] = ZERO
    for place in range(c.N_DEATH_CLOCKS):
        met = numbers[c.ACCUMULATED + c.N_DISEASES + place, i]
        more = met - registers[c.DEATH_HAZARD + place, person]
        registers[c.MORE_BY_CLOCK + place, person] = more
        registers[c.MORE_DEATH, person] += more
        registers[c.DEATH_HAZARD + place, person] = met
    for k in range(c.N_DISEASES):
        spell = (ONE - numbers[c.ILL + k, i]) * numbers[c.ACCUMULATED + k, i]
        if k == c.DEPRESSION:
            note_episodes(registers, person, spell)
            spell = spell if integers[c.COURSE, i] == depression.NEVER else ZERO
        so_far = registers[c.SPENT_HAZARD + k, person] + spell
        registers[c.MORE + k, person] = so_far - registers[c.MET + k, person]
        registers[c.MET + k, person] = so_far
        registers[c.FATALITY + k, person] = constants.disease.case_fatality[k, cell]


@inlined
def note_episodes(registers, person, spell):
    """Record the hazard of episodes of depression that a person has met, the first or later."""
    so_far = registers[c.SPENT_ON_EPISODES, person] + spell
    registers[c.MORE_OF_EPISODES, person] = so_far - registers[c.MET_OF_EPISODES, person]
    registers[c.MET_OF_EPISODES, person] = so_far


@inlined
def mean_survival(hazard):
    """Return the chance to live on average over a time in which a constant hazard adds up."""
    near = ONE - hazard * (HALF - hazard * SIXTH)
    far = (ONE - exp(-hazard)) / maximum(hazard, SMALL_HAZARD)
    return near if hazard < SMALL_HAZARD else far


# An account


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


@inlined
def take_out_events(numbers, i, years):
    """Let the events of the last step, of so many years, have come in its middle."""
    chance, survival = numbers[c.CHANCE_NOW, i], numbers[c.SURVIVAL_OF_STEP, i]
    numbers[c.LIVED, i] -= time_taken_out(chance, survival, years)
    numbers[c.CHANCE_NOW, i] = chance * survival
    numbers[c.SURVIVAL_OF_STEP, i] = ONE


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


@inlined
def open_account(numbers, integers, registers, constants, i, now):
    """Begin the account of a person whose worlds may differ from ``now`` on."""
    note_hazards(numbers, integers, registers, constants, i)
    person = integers[c.REGISTER, i]
    registers[c.APART, person] = ONE
    registers[c.SETTLED, person] = now
    registers[c.OPENED, person] = now
    registers[c.CHANCE, person] = ONE
    numbers[c.CHANCE_NOW, i] = ONE
    numbers[c.MET_NOW, i] = death_hazard_met(numbers, i)
    numbers[c.SURVIVAL_OF_STEP, i] = ONE
    numbers[c.LIVED, i] = ZERO
    for k in range(c.N_DISEASES):
        registers[c.SURVIVED + k, person] = ZERO
        registers[c.LATER + k, person] = ZERO
    registers[c.NOTED, person] = now
    registers[c.JOINED_BAND, person] = SINGLE(age_band(integers[c.AGE, i]))
    group = activity_group(constants.activity.group_bounds, numbers[c.HABIT_DOSE, i])
    registers[c.JOINED_GROUP, person] = SINGLE(group)


@inlined
def note_excess(numbers, integers, registers, risks, i, year_start, until):
    """Note what diseases have added to the hazard of death ``until`` then, before that changes.

    Those to which no death is put down are left out. Times in years since the start.
    """
    person, cell = integers[c.REGISTER, i], integers[c.CELL, i]
    years = until - registers[c.NOTED, person]
    registers[c.NOTED, person] = until
    for k in range(c.N_DISEASES):
        if c.KILLS_LATER[k] and c.IS_CAUSE[k] and numbers[c.ILL + k, i] > ZERO:
            own = excess_put_down(numbers, risks, cell, year_start, i, k)
            registers[c.LATER + k, person] += years * own


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


@inlined
def expected_events(registers, k, person, weight, before, survival):
    """Return how many events of a disease are to be expected since the last account.

    A fatal event is survived by as many as its case fatality leaves (``survival`` of all events
    since then), on average in mid-account; what is met of its own hazard was met before.
    """
    survived = registers[c.SURVIVED + k, person]
    if survived > ZERO:
        others = survival / (ONE - survived)
        return before * (ONE + others) * registers[c.MORE + k, person]
    return weight * registers[c.MORE + k, person]


@inlined
def hazard_of_event(registers, k, person):
    """Return the hazard that takes as many lives as an event lived through since the last account.

    With the hazards of clocks it adds up to what has become of the chance to live so long.
    """
    survived = registers[c.SURVIVED + k, person]
    return -log(ONE - survived) if survived > ZERO else ZERO


@inlined
def add_deaths(registers, person, weight, before, survival):
    """Add events of diseases and deaths by their causes; return all deaths."""
    deaths, of_diseases = weight * registers[c.MORE_DEATH, person], ZERO
    for k in range(c.N_DISEASES):
        events = expected_events(registers, k, person, weight, before, survival)
        registers[c.EXPECTED + k, person] += events
        at_once = events * registers[c.FATALITY + k, person]
        deaths += at_once
        later = registers[c.LATER + k, person]
        registers[c.LATER + k, person] = ZERO
        registers[c.EXPECTED + c.X_BY_CAUSE + k, person] += at_once + weight * later
        of_diseases += later  # it runs with the last death clock
        if later > ZERO or registers[c.SURVIVED + k, person] > ZERO:
            registers[c.PUT_DOWN + k, person] += later + hazard_of_event(registers, k, person)
            registers[c.ANY_PUT_DOWN, person] = ONE
    registers[c.PUT_DOWN_OF_CLOCK, person] += of_diseases
    for place in range(c.N_DEATH_CLOCKS):
        own = registers[c.MORE_BY_CLOCK + place, person]
        own -= of_diseases if c.N_DISEASES + place == c.ALL_ELSE else ZERO
        registers[c.EXPECTED + c.X_BY_CAUSE + c.N_DISEASES + place, person] += weight * own
    events = weight * registers[c.MORE_OF_EPISODES, person]
    registers[c.EXPECTED + c.X_EPISODES, person] += events
    registers[c.EXPECTED + c.X_DEATHS, person] += deaths
    return deaths


@inlined
def time_ill(numbers, k, i):
    """Return the share of the year ill, from January: what twins share before cancels out."""
    return ONE - (numbers[c.WELL, i] if k == c.DEPRESSION else numbers[c.AT_RISK + k, i])


@inlined
def health_of_year(numbers, prices, i):
    """Return what illness leaves of a year: shares without disability and of quality, and losses.

    Shares are for losses that multiply, losses for those that add.
    """
    able, disabled, good, lost = ONE, ZERO, ONE, ZERO
    for k in range(c.N_DISEASES):
        ill = time_ill(numbers, k, i)
        able = economics.quality_left(able, prices.disability[k], ill)
        disabled += prices.disability[k] * ill
        good = economics.quality_left(good, prices.share_lost[k], ill)
        lost += prices.decrement[k] * ill
    return able, disabled, good, lost


@inlined
def add_care(registers, numbers, prices, i, person, weight, before, survival, deaths, now):
    """Add what care costs, discounted: first years with their events, later ones, and deaths.

    ``weight`` is the chance to meet an event, on average; later years are paid as they are lived.
    """
    years = now - registers[c.SETTLED, person]
    lived = numbers[c.LIVED, i] / years
    costs, social = ZERO, ZERO
    for k in range(c.N_DISEASES):
        events = expected_events(registers, k, person, weight, before, survival)
        if k == c.DEPRESSION:
            events = weight * registers[c.MORE_OF_EPISODES, person]
        fatality, ill = registers[c.FATALITY + k, person], time_ill(numbers, k, i)
        costs += economics.first_year_cost(events, fatality, prices.first_year[k])
        social += economics.first_year_cost(events, fatality, prices.social_first_year[k])
        if ill != ZERO:  # most people have few diseases
            since = now - ONE - numbers[c.BEGAN + k, i]
            costs += lived * care_since(prices.later_year, k, since, ill)
            social += lived * care_since(prices.social_later_year, k, since, ill)
    costs += deaths * prices.dying
    later = economics.discount(prices.cost_rate, now - HALF * years)
    registers[c.EXPECTED + c.X_COSTS, person] += costs * later
    registers[c.EXPECTED + c.X_SOCIAL, person] += social * later


@inlined
def add_quality_lost(registers, numbers, prices, i, person, lost):
    """Put the quality that a year has lost to illness down to diseases.

    In proportion to what each alone would take; ``lost`` is discounted and weighed by survival.
    """
    whole = ZERO
    for k in range(c.N_DISEASES):
        whole += prices.share_lost[k] * time_ill(numbers, k, i)
    part = lost / whole if whole > ZERO else ZERO
    for k in range(c.N_DISEASES):
        ill = time_ill(numbers, k, i)
        if ill > ZERO:
            registers[c.QUALITY_LOST + k, person] += part * prices.share_lost[k] * ill


@inlined
def add_health(registers, numbers, constants, i, person, cell, now):
    """Add years of life, without disability and by their quality."""
    prices, lived = constants.economics, numbers[c.LIVED, i]
    able, disabled, good, lost = health_of_year(numbers, prices, i)
    years, add = now - registers[c.SETTLED, person], prices.losses_add
    weight = lived / years
    later = economics.discount(prices.health_rate, now - HALF * years)
    registers[c.EXPECTED + c.X_YEARS, person] += lived
    healthy = weight * economics.quality_adjusted_years(ONE, years, able, disabled, add)
    registers[c.EXPECTED + c.X_HEALTHY, person] += healthy
    registers[c.EXPECTED + c.X_DISCOUNTED, person] += healthy * later
    active = weight * economics.newly_active_years(
        registers[c.OPENED, person], now - years, now, numbers[c.HABIT_DOSE, i],
        numbers[c.DOSE, i], constants.activity.guideline,
    )  # fmt: skip
    registers[c.EXPECTED + c.X_ACTIVE, person] += active * later
    well = prices.utility[cell]
    qalys = weight * economics.quality_adjusted_years(well, years, good, lost, add)
    well_time = lived * well
    registers[c.WELL_TIME, person] += well_time * later
    if good < ONE:
        add_quality_lost(registers, numbers, prices, i, person, (well_time - qalys) * later)
    qalys += prices.active_gain * active
    registers[c.EXPECTED + c.X_QALYS, person] += qalys * later


@inlined
def add_expected(registers, numbers, constants, i, person, cell, survival, now):
    """Add events, deaths, years, health and costs to be expected since the last account."""
    chance, met = registers[c.CHANCE, person], registers[c.MORE_DEATH, person]
    before = chance * mean_survival(met) * HALF
    weight = before * (ONE + survival)
    deaths = add_deaths(registers, person, weight, before, survival)
    add_care(
        registers, numbers, constants.economics, i, person, weight, before, survival, deaths, now
    )
    add_health(registers, numbers, constants, i, person, cell, now)
    numbers[c.LIVED, i] = ZERO


@inlined
def settle_account(numbers, integers, registers, constants, i, now, years_left):
    """Settle the account of a life, or of its follow-up."""
    note_hazards(numbers, integers, registers, constants, i)
    note_excess(numbers, integers, registers, constants.disease, i, now - ONE, now)
    person = integers[c.REGISTER, i]
    take_out_events(numbers, i, constants.step.years)
    survival = ONE
    for k in range(c.N_DISEASES):
        survival *= ONE - registers[c.SURVIVED + k, person]
    add_expected(
        registers, numbers, constants, i, person, integers[c.CELL, i], survival, now
    )
    chance = numbers[c.CHANCE_NOW, i]
    registers[c.CHANCE, person] = chance
    registers[c.SETTLED, person] = now
    if survival < ONE:
        for k in range(c.N_DISEASES):
            registers[c.SURVIVED + k, person] = ZERO
    if years_left <= ZERO:
        level = log_il6(numbers, integers, constants.inflammation, i)
        registers[c.EXPECTED + c.X_LIVING, person] = chance
        registers[c.EXPECTED + c.X_LOG_IL6, person] = chance * level


@inlined
def has_account(integers, registers, i):
    """Return whether a row keeps an account: a life, or the follow-up of one that has ended."""
    apart = registers[c.APART, integers[c.REGISTER, i]] > ZERO
    return apart and integers[c.ROLE, i] != c.ENDED


@sequence
def settle_accounts(numbers, integers, registers, constants, now, years_left, n):
    """Settle the accounts of a world's people, or follow-ups, at the end of a year."""
    for i in range(n):
        if has_account(integers, registers, i):
            settle_account(numbers, integers, registers, constants, i, now, years_left)
