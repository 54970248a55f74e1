"""Who can matter to an effect: where nothing else is asked for, only they are simulated.

An effect is a sum over those who take part. Whether a policy can ever reach a person, and whether
they would accept, are draws with an address, known before the person is made. Whoever cannot take
part any more leaves the rows: their years, which are the same in all worlds, are added to nothing.
"""

import numpy as np

from abm.kernel import draws
from abm.kernel import layout as c
from abm.kernel.compiled import inlined, keep_apart, rows, sequence, stage
from abm.kernel.traits import ONE, ZERO, copy_row
from abm.rules import policy

SINGLE = np.float32


@sequence
def only_effects(given):
    """Return whether only those are simulated who can matter to an effect."""
    return given.reach_to_come.shape[1] > 0


@inlined
def may_be_asked(plan, slot, entry, share, seed):
    """Return whether a person is within a share of the eligible, and is one who is simulated.

    That is who would accept; where each offer has a price, also who would decline.
    """
    words = draws.philox(slot, entry, draws.POLICY_OFFER, plan.key, seed[0], seed[1])
    in_time = policy.is_offered(draws.uniform(words[0]), share)
    return in_time and policy.accepts(draws.uniform(words[1]), plan.simulated_uptake)


@inlined
def pays_for_residents(plan, year):
    """Return whether a policy that runs in a year, or will, has to know who lives in its place."""
    return plan.counts_residents == 1 and SINGLE(year) < plan.end


@stage
def mark_possible(
    plan, p, share, year, since, years, seed, slot, entry, who, offered, matters, first, last
):  # fmt: skip
    """Mark who may be asked by a policy in a January from ``year`` on, or is paid for by place.

    ``since`` is the year in which people are as old as they stand there, of ``years`` of the run.
    """
    keep_apart()
    soonest = max(SINGLE(year), plan.start) - SINGLE(since)
    latest = min(SINGLE(years), plan.end) - ONE - SINGLE(since)
    by_place = pays_for_residents(plan, year)
    for i in rows(first, last):
        age = SINGLE(who[c.W_AGE, i])
        young_enough = min(age + soonest, SINGLE(c.OLDEST)) < plan.oldest
        right_age = young_enough and age + latest >= plan.youngest
        right_sex = plan.sex < 0 or who[c.W_SEX, i] == plan.sex
        lives_there = (plan.fifths >> who[c.W_DEPRIVATION, i]) & 1 == 1
        open_to = right_age and right_sex and (offered[i] >> p) & 1 == 0
        askable = open_to and may_be_asked(plan, slot[i], entry[i], share, seed)
        matters[i] = ONE if lives_there and (askable or by_place) else matters[i]


@stage
def mark_participants(diverged, matters, first, last):
    """Mark those whose life a policy has changed already, and nobody else."""
    keep_apart()
    for i in rows(first, last):
        matters[i] = ONE if diverged[i] == 1 else ZERO


@stage
def take_out(numbers, integers, matters, first, n):
    """Leave those only who matter in the rows from ``first`` on; return how many rows are left.

    The last person moves into each gap, and their mark (a row of ``numbers``) with them.
    """
    i = first
    while i < n:
        if matters[i] > ZERO:
            i += 1
            continue
        n -= 1
        if i < n:
            copy_row(numbers, integers, n, numbers, integers, i)
    return n


@sequence
def leave_possible(block, given, year, since, first):
    """Take those out of the baseline's rows from ``first`` on who cannot matter from a year on.

    ``since`` is the year in which people are as old as they stand there.
    """
    numbers, integers, n = block.numbers[0], block.integers[0], block.size[0]
    matters, policies = numbers[c.SCRATCH], given.policies
    mark_participants(integers[c.DIVERGED], matters, first, n)
    for p in range(policies.size):
        mark_possible(
            policies[p], p, given.reach_to_come[p, year], year, since,
            given.reach_to_come.shape[1], given.seed, integers[c.SLOT], integers[c.ENTRY],
            integers[c.WHO : c.WHO + c.N_WHO], integers[c.OFFERED], matters, first, n,
        )  # fmt: skip
    block.size[0] = take_out(numbers, integers, matters, first, n)
