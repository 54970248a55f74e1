"""Taking part in policies: episodes, and what they add to dose and IL-6 in each step."""

import numpy as np

from abm.kernel import draws
from abm.kernel import layout as c
from abm.kernel.compiled import keep_apart, rows, sequence, stage
from abm.kernel.january import take_habits
from abm.kernel.traits import HALF, ONE, TOP, ZERO, mix_quality, set_point_of, spikes_of
from abm.rules import economics, policy
from abm.rules.arithmetic import maximum, minimum

SINGLE = np.float32
MODERATE, VIGOROUS, RESISTANCE, ENDURANCE, LOG_RATIO, PART, SERVED = range(7)  # scratch
N_ADDED = 6
SMALLEST = SINGLE(1e-6)


@stage
def begin_episode(numbers, integers, plan, p, i, started, returning, low, high):
    """Start (or start again) taking part: draw how long, and when to rejoin after quitting.

    Of those who start again only the share ``returning`` is taken; the others come another time.
    """
    column = c.N_NUMBERS + p * c.N_POLICY_NUMBERS
    episode = integers[c.N_INTEGERS + p, i]
    words = draws.philox(
        integers[c.SLOT, i], integers[c.ENTRY, i], draws.POLICY_EPISODE + (episode << 8),
        plan.key, low, high,
    )  # fmt: skip
    lasts = SINGLE(1e6)
    if plan.quits == 1:
        lasts = policy.years_taking_part(
            draws.uniform(words[0]), plan.quit_12_weeks, plan.early_shape, plan.stays,
            plan.half_life,
        )  # fmt: skip
    if episode > 0 and not policy.is_taken_back(draws.uniform(words[2]), returning):
        lasts = ZERO
    waits = policy.years_until_rejoining(draws.exponential(words[1]), plan.rejoin)
    numbers[column + c.STARTED, i] = started
    numbers[column + c.STOPPED, i] = started + lasts
    numbers[column + c.REJOINS, i] = started + lasts + waits
    integers[c.N_INTEGERS + p, i] = episode + 1


@sequence
def begin_scheduled(numbers, integers, policies, start, end, seed, told, year, n):
    """Begin the first episode of those whose scheduled start lies in this step."""
    for p in range(policies.size):
        column = c.N_NUMBERS + p * c.N_POLICY_NUMBERS
        started, cause = numbers[column + c.STARTED], integers[c.CAUSE]
        for i in range(n):
            if start <= started[i] < end and integers[c.N_INTEGERS + p, i] == 0 and cause[i] < 0:
                begin_episode(numbers, integers, policies[p], p, i, started[i], ONE, *seed)
                told[p, year, 2] += int(integers[c.ROLE, i] == c.LIFE)


@stage
def add_policy(
    plan, start, end, habit, started, stopped, moderate, vigorous, resistance, endurance,
    log_ratio, part, served, first, last,
):  # fmt: skip
    """Add what each person's present episode of a policy brings: doses by mode, and ln IL-6.

    ``part`` is set to the share of the step during which the person takes part, ``served`` to the
    years of it in which something is delivered.
    """
    keep_apart()
    for i in rows(first, last):
        dosed = policy.participation(start, end, started[i], stopped[i], plan.build_up)
        share = policy.adherent_share(start, end, started[i], stopped[i])
        moderate[i] += dosed * (plan.dose[0] + policy.top_up(habit[i], plan.raised_to))
        vigorous[i] += dosed * plan.dose[1]
        resistance[i] += dosed * plan.dose[2]
        endurance[i] += dosed * plan.dose[3]
        log_ratio[i] += share * plan.log_ratio
        part[i] = share
        until = policy.delivered_until(started[i], stopped[i], plan.delivery)
        served[i] = policy.adherent_share(start, end, started[i], until) * (end - start)


@sequence
def add_episodes(numbers, plan, p, start, end, first, last):
    """Add what one policy's present episodes bring to some rows (scratch)."""
    column, scratch = c.N_NUMBERS + p * c.N_POLICY_NUMBERS, c.SCRATCH
    add_policy(
        plan, start, end, numbers[c.HABIT_DOSE], numbers[column + c.STARTED],
        numbers[column + c.STOPPED], numbers[scratch + MODERATE], numbers[scratch + VIGOROUS],
        numbers[scratch + RESISTANCE], numbers[scratch + ENDURANCE],
        numbers[scratch + LOG_RATIO], numbers[scratch + PART], numbers[scratch + SERVED], first,
        last,
    )  # fmt: skip


@sequence
def come_back(numbers, integers, plan, p, returning, start, end, seed, n):
    """Let those who quit start again; what they do in this step adds up."""
    rejoins = numbers[c.N_NUMBERS + p * c.N_POLICY_NUMBERS + c.REJOINS]
    part, served = numbers[c.SCRATCH + PART], numbers[c.SCRATCH + SERVED]
    last_return, cause = min(end, plan.end), integers[c.CAUSE]
    for i in range(n):
        if cause[i] >= 0 or rejoins[i] >= last_return:
            continue
        whole, paid = part[i], served[i]
        while rejoins[i] < last_return:
            begin_episode(numbers, integers, plan, p, i, rejoins[i], returning, *seed)
            add_episodes(numbers, plan, p, start, end, i, i + 1)
            whole += part[i]
            paid += served[i]
        part[i], served[i] = whole, paid


@stage
def count_parts(part, served, cause, role, years, told, n):
    """Count for how long the living took part in a step of so many years, and were served."""
    total, paid = 0, 0
    for i in range(n):
        if cause[i] < 0 and role[i] == c.LIFE:
            total += int(np.round(part[i] * years * SINGLE(c.FIXED_POINT)))
            paid += int(np.round(served[i] * SINGLE(c.FIXED_POINT)))
    told[1] += total
    told[3] += paid


@stage
def note_parts(part, served, cause, role, register, years, worth, took_part, own_served, n):
    """Note the same of each person, but of those who are followed on."""
    for i in range(n):
        if cause[i] < 0 and role[i] == c.LIFE:
            took_part[register[i]] += part[i] * years
            own_served[register[i]] += served[i] * worth


@sequence
def take_part(
    numbers, integers, registers, plan, p, returning, worth, start, end, seed, told, n, filled
):  # fmt: skip
    """Add what one policy brings to everybody; those who quit may rejoin. Note who took part.

    ``worth`` is what a cost of this year is worth at the start, ``told`` what is told of the year.
    """
    add_episodes(numbers, plan, p, start, end, TOP, filled)
    come_back(numbers, integers, plan, p, returning, start, end, seed, n)
    part, served = numbers[c.SCRATCH + PART], numbers[c.SCRATCH + SERVED]
    count_parts(part, served, integers[c.CAUSE], integers[c.ROLE], end - start, told, n)
    if plan.by_person == 1:
        note_parts(
            part, served, integers[c.CAUSE], integers[c.ROLE], integers[c.REGISTER], end - start,
            worth, registers[c.TOOK_PART], registers[c.SERVED], n,
        )  # fmt: skip


@stage
def take_doses(
    habits, inflammation, frozen, habit, mode_share, added, multiplier, dose, policy_dose, quality,
    spikes, log_ratio, set_point, first, last,
):  # fmt: skip
    """Set dose, quality, spikes and set point of those to whose habit policies add something.

    Where they add nothing, what the habit alone gives stands, to the bit. In the frozen world
    nothing of it reaches IL-6: its set point follows the habit, as set in January. ``added`` holds
    what policies add (scratch): a dose for each mode, and ln IL-6.
    """
    keep_apart()
    for i in rows(first, last):
        moderate, vigorous = added[MODERATE, i], added[VIGOROUS, i]
        resistance, endurance = added[RESISTANCE, i], added[ENDURANCE, i]
        extra = moderate + vigorous + resistance + endurance
        more = extra > ZERO
        own, whole = habit[i], habit[i] + maximum(extra, SMALLEST)
        m0 = (own * mode_share[0, i] + moderate) / whole
        m1 = (own * mode_share[1, i] + vigorous) / whole
        m2 = (own * mode_share[2, i] + resistance) / whole
        m3 = (own * mode_share[3, i] + endurance) / whole
        total = minimum(whole, habits.highest)
        good = mix_quality(habits, m0, m1, m2, m3)
        rises = total * spikes_of(inflammation, m0, m1, m2, m3)
        led_to = set_point_of(inflammation, total * good, multiplier[i], rises)
        dose[i] = total if more else own
        policy_dose[i] = total - own if more else ZERO
        quality[i] = good if more else quality[i]
        spikes[i] = rises if more else spikes[i]
        set_point[i] = led_to if more and not frozen else set_point[i]
        log_ratio[i] = ZERO if frozen else added[LOG_RATIO, i]


@sequence
def apply_policies(numbers, integers, registers, given, start, end, frozen, told, year, n, filled):
    """Set each participant's dose, and what follows from it, for the step."""
    scratch, policies, constants = c.SCRATCH, given.policies, given.constants[0]
    worth = economics.discount(constants.economics.cost_rate, SINGLE(year) + HALF)
    for k in range(N_ADDED):
        numbers[scratch + k, :filled] = ZERO
    for p in range(policies.size):
        take_part(numbers, integers, registers, policies[p], p, given.returning[p, year], worth,
                  start, end, given.seed, told[p, year], n, filled)  # fmt: skip
    take_habits(numbers, constants, TOP, filled)
    take_doses(
        constants.activity, constants.inflammation, frozen, numbers[c.HABIT_DOSE],
        numbers[c.MODE_SHARE : c.MODE_SHARE + c.N_MODES], numbers[scratch : scratch + PART],
        numbers[c.MULTIPLIER], numbers[c.DOSE], numbers[c.POLICY_DOSE], numbers[c.QUALITY],
        numbers[c.SPIKES], numbers[c.LOG_RATIO], numbers[c.SET_POINT], TOP, filled,
    )  # fmt: skip
