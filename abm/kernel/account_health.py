"""What is expected of a year in health: years of life, without disability, and by their quality."""

from abm.kernel import layout as c
from abm.kernel.accounts import add_up
from abm.kernel.compiled import inlined, keep_apart, sequence, stage
from abm.kernel.traits import HALF, ONE, ZERO
from abm.rules import economics

# Scratch; only the last is kept while diseases are settled
ABLE, DISABLED, GOOD, LOST, WHOLE = range(c.SCRATCH, c.SCRATCH + 5)
WORTH, HEALTHY, DISCOUNTED, ACTIVE, QALYS, WELL_TIME = range(c.SCRATCH + 5, c.SCRATCH + 11)
QUALITY_TAKEN = c.SCRATCH + 11  # for each unit of what an illness would take by itself


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
