"""The comparison of twins: what a policy averts.

Of events and deaths counted, and of those to be expected (:mod:`abm.kernel.accounts`).
"""

import numpy as np

from abm.kernel import layout as c
from abm.kernel.blocks import ROWS_AT_ONCE
from abm.kernel.compiled import inlined, keep_apart, rows, sequence, stage
from abm.kernel.traits import HALF, NEVER, ZERO, fixed

SINGLE = np.float32
SQUARE_SCALE, EVENT_SCALE = SINGLE(c.SQUARE_POINT), SINGLE(c.EVENT_SQUARE_POINT)
DAYS = SINGLE(365.25)
POLICY = 1  # the world in which policies reach all that they change


@inlined
def product(first, second, scale):
    """Return the product of two small differences as a whole number of 1 / ``scale``."""
    return int(np.floor(first * second * scale + HALF))


@inlined
def expected_fall(baseline, other, m, r):
    """Return the difference in what is to be expected of two lives."""
    return baseline[c.EXPECTED + m, r] - other[c.EXPECTED + m, r]


# While both twins are alive


@inlined
def undisturbed(worlds, column, nothing, person):
    """Return whether a column still says that nothing has happened, in every world."""
    quiet = True
    for world in range(worlds.shape[0]):
        quiet &= worlds[world, column, person] == nothing
    return quiet


@inlined
def compare_undisturbed(worlds, world, r):
    """Add a year's difference in hazards while no world had the event or the death.

    It shows a hazard's change itself, without what follows from living longer.
    """
    if not undisturbed(worlds, c.DEATH_TIME, NEVER, r):
        return
    baseline, other = worlds[0], worlds[world]
    death = baseline[c.MORE_DEATH, r] - other[c.MORE_DEATH, r]
    for k in range(c.N_DISEASES):
        fall = baseline[c.MORE + k, r] - other[c.MORE + k, r]
        death += fall * other[c.FATALITY + k, r]
        if undisturbed(worlds, c.EVENT_COUNT + k, ZERO, r):
            other[c.UNDISTURBED + k, r] += fall
    other[c.UNDISTURBED_DEATH, r] += death


@inlined
def fall_of_clock(met, met_there, of_diseases, of_diseases_there, place, r):
    """Return how far the hazard met so far of a death clock has fallen, that of diseases left out.

    What diseases add runs with the last clock.
    """
    fall = met[place, r] - met_there[place, r]
    if c.N_DISEASES + place == c.ALL_ELSE:
        fall -= of_diseases[r] - of_diseases_there[r]
    return fall


@stage
def put_time_down(
    met, met_there, put_down, put_down_there, of_diseases, of_diseases_there, well_time,
    well_time_there, by_cause, first, last,
):  # fmt: skip
    """Put the well time gained in a year down to the causes whose hazards so far differ.

    Time lived falls with the sum of all hazards. What their differences do not explain (rounding,
    and the limits of a year's worth) goes to all other causes, so that causes add up. ``there`` is
    in the world of ``by_cause``. Nothing has been gained by those who are not followed any more.
    """
    keep_apart()
    for r in rows(first, last):
        before, after = well_time[r], well_time_there[r]
        gained, fall = after - before, ZERO
        for place in range(c.N_DEATH_CLOCKS):
            fall += fall_of_clock(met, met_there, of_diseases, of_diseases_there, place, r)
        for k in range(c.N_DISEASES):
            fall += put_down[k, r] - put_down_there[k, r]
        each = gained / fall if fall != ZERO else ZERO
        each = min(max(each, ZERO), max(before, after))
        for k in range(c.N_DISEASES):
            by_cause[k, r] += each * (put_down[k, r] - put_down_there[k, r])
        for place in range(c.N_DEATH_CLOCKS):
            own = fall_of_clock(met, met_there, of_diseases, of_diseases_there, place, r)
            by_cause[c.N_DISEASES + place, r] += each * own
        by_cause[c.ALL_ELSE, r] += gained - each * fall
        well_time[r] = ZERO
        well_time_there[r] = ZERO


@stage
def compare_hazards(worlds, world, people):
    """Compare what a world's people met this year with what their twins in the baseline met."""
    for r in range(people):
        if worlds[0, c.APART, r] > ZERO:
            compare_undisturbed(worlds, world, r)


@inlined
def any_apart(apart, first, last):
    """Return whether the worlds of any of some people may differ."""
    found = ZERO
    for r in rows(first, last):
        found += apart[r]
    return found > ZERO


@sequence
def settle_twins(worlds, world, in_run, people):
    """Compare a year of a world with that of the baseline: hazards in the run, and time lived."""
    if in_run:
        compare_hazards(worlds, world, people)
    here, there = worlds[0], worlds[world]
    for first in range(0, people if world == POLICY else 0, ROWS_AT_ONCE):
        last = min(first + ROWS_AT_ONCE, people)
        if not any_apart(here[c.APART], first, last):
            continue
        put_time_down(
            here[c.DEATH_HAZARD : c.DEATH_HAZARD + c.N_DEATH_CLOCKS],
            there[c.DEATH_HAZARD : c.DEATH_HAZARD + c.N_DEATH_CLOCKS],
            here[c.PUT_DOWN : c.PUT_DOWN + c.N_DISEASES],
            there[c.PUT_DOWN : c.PUT_DOWN + c.N_DISEASES],
            here[c.PUT_DOWN_OF_CLOCK], there[c.PUT_DOWN_OF_CLOCK], here[c.WELL_TIME],
            there[c.WELL_TIME], there[c.TIME_BY_CAUSE : c.TIME_BY_CAUSE + c.N_CLOCKS], first, last,
        )  # fmt: skip


@stage
def add_worth(baseline, other, worth, people):
    """Add what is expected so far of the persons' differences in QALYs and care.

    ``worth`` is of one horizon, shape (worth, fields).
    """
    for r in range(people):
        if baseline[c.APART, r] > ZERO:
            qalys = expected_fall(baseline, other, c.X_QALYS, r)
            for place in range(c.N_WORTH):
                fall = expected_fall(baseline, other, c.WORTH[place], r)
                add_valued(worth[place], fall, qalys)


@stage
def add_care_of_year(baseline, other, care, people):
    """Add the persons' differences in what care costs in a year, shape (fields,)."""
    for r in range(people):
        if baseline[c.APART, r] > ZERO:
            fall = expected_fall(baseline, other, c.X_COSTS, r)
            add_part(care, fall - other[c.CARE_BEFORE, r], SQUARE_SCALE)
            other[c.CARE_BEFORE, r] = fall


@inlined
def add_valued(row, fall, qalys):
    """Add one person's difference, its square and its product with the difference in QALYs."""
    row[c.V_EXPECTED] += fixed(fall)
    row[c.V_EXPECTED_SQUARE] += product(fall, fall, SQUARE_SCALE)
    row[c.V_CONTRIBUTING] += int(fall != ZERO)
    row[c.V_WITH_QALYS] += product(fall, qalys, SQUARE_SCALE)


@inlined
def add_part(row, amount, scale):
    """Add one person's difference, and its square as a whole number of 1 / ``scale``."""
    row[c.P_EXPECTED] += fixed(amount)
    row[c.P_EXPECTED_SQUARE] += product(amount, amount, scale)
    row[c.P_CONTRIBUTING] += int(amount != ZERO)


@inlined
def cells_of(baseline, r):
    """Return the cells of a participant: by age, by deprivation and by activity."""
    sex, fifth = int(baseline[c.STRATUM_SEX, r]), int(baseline[c.STRATUM_DEPRIVATION, r]) - 1
    band, group = int(baseline[c.JOINED_BAND, r]), int(baseline[c.JOINED_GROUP, r])
    return (
        sex * c.N_BANDS + band, c.N_STRATA + sex * c.N_FIFTHS + fifth,
        c.N_STRATA + c.N_BY_FIFTH + band * c.N_GROUPS + group,
    )  # fmt: skip


@stage
def compare_by_cell(baseline, other, by_cell, participants, people):
    """Add up what is expected of the persons' differences over the run, by cell.

    ``by_cell`` has shape (cells, compared, fields), ``participants`` (cells,).
    """
    for r in range(people):
        if baseline[c.APART, r] == ZERO:
            continue
        cells = cells_of(baseline, r)
        for cell in cells:
            participants[cell] += 1
        for m in range(c.N_COMPARED):
            fall = expected_fall(baseline, other, c.X_COMPARED[m], r)
            scale = EVENT_SCALE if m < c.O_LIFE_YEARS else SQUARE_SCALE
            for cell in cells:
                add_part(by_cell[cell, m], fall, scale)


@stage
def add_sources(baseline, other, sources, people):
    """Add up where the persons' QALYs gained come from, shape (sources, fields)."""
    for r in range(people):
        if baseline[c.APART, r] == ZERO:
            continue
        for k in range(c.N_DISEASES):
            spared = baseline[c.QUALITY_LOST + k, r] - other[c.QUALITY_LOST + k, r]
            add_part(sources[k], spared, SQUARE_SCALE)
        for k in range(c.N_CLOCKS):
            add_part(sources[c.N_DISEASES + k], other[c.TIME_BY_CAUSE + k, r], SQUARE_SCALE)


@stage
def add_course(baseline, other, course, people):
    """Add what is expected so far of the persons' differences, each event and death.

    ``baseline`` and ``other`` are registers, shape (columns, people); ``course`` is of one year.
    """
    for r in range(people):
        if baseline[c.APART, r] > ZERO:
            for m in range(c.N_COURSES):
                fall = expected_fall(baseline, other, m, r)
                course[m, c.S_EXPECTED] += fixed(fall)
                course[m, c.S_EXPECTED_SQUARE] += product(fall, fall, EVENT_SCALE)
                course[m, c.S_CONTRIBUTING] += int(fall != ZERO)


@stage
def value_lifetimes(baseline, other, lifetime, by_cell, people):
    """Add what is expected of the persons' differences over their whole lives: health and costs.

    ``lifetime`` has shape (groups, valued, fields), ``by_cell`` (cells, valued, fields).
    """
    for r in range(people):
        if baseline[c.APART, r] == ZERO:
            continue
        sex, fifth = int(baseline[c.STRATUM_SEX, r]), int(baseline[c.STRATUM_DEPRIVATION, r])
        cells = cells_of(baseline, r)
        qalys = expected_fall(baseline, other, c.X_QALYS, r)
        for m in range(c.N_VALUED):
            fall = expected_fall(baseline, other, c.X_HEALTHY + m, r)
            for group in (0, 1 + sex, 3 + fifth - 1):
                add_valued(lifetime[group, m], fall, qalys)
            for cell in cells:
                add_part(by_cell[cell, m], fall, SQUARE_SCALE)


# The whole run


@stage
def _add_effect(
    effects, outcome, sex, deprivation, difference, delayed, added, expected, quiet, reached
):  # fmt: skip
    """Add one person's differences to everybody's, the sex's and the fifth's.

    ``quiet`` is the fall in hazard while histories are alike, ``reached`` the same in the policy
    world, where policies reach IL-6.
    """
    scale = EVENT_SCALE if outcome < c.O_LIFE_YEARS else SQUARE_SCALE
    amount, contributing = fixed(expected), int(expected != ZERO)
    square = product(expected, expected, scale)
    quiet_square, quiet_product = product(quiet, quiet, scale), product(quiet, reached, scale)
    for group in (0, 1 + sex, 3 + deprivation - 1):
        row = effects[group, outcome]
        row[c.E_DIFFERENCE] += difference
        row[c.E_SQUARE] += difference * difference
        row[c.E_DELAYED] += delayed
        row[c.E_ADDED] += added
        row[c.E_EXPECTED] += amount
        row[c.E_EXPECTED_SQUARE] += square
        row[c.E_CONTRIBUTING] += contributing
        row[c.E_UNDISTURBED] += fixed(quiet)
        row[c.E_UNDISTURBED_SQUARE] += quiet_square
        row[c.E_UNDISTURBED_PRODUCT] += quiet_product


@stage
def set_life_years(registers, years, people):
    """Set how long everybody has lived in the run, up to its end after so many ``years``."""
    for r in range(people):
        end = min(registers[c.DEATH_TIME, r], SINGLE(years))
        registers[c.LIFE_YEARS, r] = end - registers[c.ENTERED, r]


@stage
def compare_twins(baseline, policy, other, effects, people):
    """Add up the differences between two worlds, person by person, over the whole run.

    ``baseline``, ``policy`` (the world where policies reach IL-6) and ``other`` are registers,
    shape (columns, people). Delayed: the first event
    comes in both worlds, later in the other; added: only in the other.
    """
    for r in range(people):
        if baseline[c.APART, r] == ZERO:
            continue
        sex, fifth = int(baseline[c.STRATUM_SEX, r]), int(baseline[c.STRATUM_DEPRIVATION, r])
        for k in range(c.N_DISEASES):
            first = int(baseline[c.EVENT_COUNT + k, r])
            second = int(other[c.EVENT_COUNT + k, r])
            when, then = baseline[c.ONSET_TIME + k, r], other[c.ONSET_TIME + k, r]
            later = when < then < NEVER
            _add_effect(
                effects, k, sex, fifth, first - second, int(later),
                int(first == 0 and second > 0),
                expected_fall(baseline, other, k, r), other[c.UNDISTURBED + k, r],
                policy[c.UNDISTURBED + k, r],
            )  # fmt: skip
        _compare_episodes(baseline, other, effects, r, sex, fifth)
        _compare_deaths(baseline, policy, other, effects, r, sex, fifth)


@stage
def _compare_episodes(baseline, other, effects, r, sex, fifth):
    """Add the difference in episodes of depression, the first and later ones."""
    first, second = int(baseline[c.EPISODE_COUNT, r]), int(other[c.EPISODE_COUNT, r])
    _add_effect(
        effects, c.O_EPISODES, sex, fifth, first - second, 0, int(first == 0 and second > 0),
        expected_fall(baseline, other, c.X_EPISODES, r), ZERO, ZERO,
    )  # fmt: skip


@stage
def _compare_deaths(baseline, policy, other, effects, r, sex, fifth):
    """Add the differences in deaths by cause, deaths, days of life, and what else is expected."""
    died, dies = baseline[c.DEATH_TIME, r], other[c.DEATH_TIME, r]
    later = died < dies < NEVER
    for k in range(c.N_CLOCKS):
        first = int(int(baseline[c.DEATH_CAUSE, r]) == k)
        second = int(int(other[c.DEATH_CAUSE, r]) == k)
        _add_effect(
            effects, c.O_DEATHS_BY_CAUSE + k, sex, fifth, first - second,
            int(first == 1 and second == 1 and later), int(first == 0 and second == 1),
            expected_fall(baseline, other, c.X_BY_CAUSE + k, r), ZERO, ZERO,
        )  # fmt: skip
    first, second = int(died < NEVER), int(dies < NEVER)
    _add_effect(
        effects, c.O_DEATHS, sex, fifth, first - second, int(later),
        int(first == 0 and second == 1),
        expected_fall(baseline, other, c.X_DEATHS, r), other[c.UNDISTURBED_DEATH, r],
        policy[c.UNDISTURBED_DEATH, r],
    )  # fmt: skip
    days = int(np.round(baseline[c.LIFE_YEARS, r] * DAYS)) - int(
        np.round(other[c.LIFE_YEARS, r] * DAYS)
    )
    years = expected_fall(baseline, other, c.X_YEARS, r)
    reached = expected_fall(baseline, policy, c.X_YEARS, r)
    _add_effect(effects, c.O_LIFE_YEARS, sex, fifth, days, 0, 0, years, years, reached)
    for m in range(c.N_COMPARED - c.N_OUTCOMES):
        fall = expected_fall(baseline, other, c.X_HEALTHY + m, r)
        reached = expected_fall(baseline, policy, c.X_HEALTHY + m, r)
        _add_effect(effects, c.HEALTHY + m, sex, fifth, 0, 0, 0, fall, fall, reached)
