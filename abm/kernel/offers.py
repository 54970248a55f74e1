"""Policies find their people: who is eligible on 1 January, and in which month they are reached."""

import numpy as np

from abm.kernel import draws
from abm.kernel import layout as c
from abm.kernel.compiled import keep_apart, rows, sequence, stage
from abm.kernel.traits import NEVER, ONE, TOP, ZERO, fixed
from abm.rules import policy

SINGLE = np.float32
MONTHS = 12


@stage
def find_reached(
    plan, p, covered, seed, slot, entry, who, diverged, offered, reported, bmi, ill, reached,
    first, last,
):  # fmt: skip
    """Mark who is eligible on this 1 January and ``covered`` by the end of the year.

    Whoever lives another life under a policy is asked there, not in the baseline.
    """
    keep_apart()
    for i in rows(first, last):
        illnesses = 0
        for k in range(c.N_DISEASES):
            illnesses += (1 << k) if ill[k, i] > ZERO else 0
        eligible = policy.is_eligible(
            SINGLE(who[c.W_AGE, i]), plan.youngest, plan.oldest, who[c.W_SEX, i], plan.sex,
            reported[i], plan.dose_below, bmi[i], plan.bmi_above, who[c.W_DEPRIVATION, i],
            plan.fifths, illnesses, plan.illnesses,
        )  # fmt: skip
        words = draws.philox(slot[i], entry[i], draws.POLICY_OFFER, plan.key, seed[0], seed[1])
        in_time = policy.is_offered(draws.uniform(words[0]), covered)
        asked = diverged[i] == 1 or (offered[i] >> p) & 1 == 1
        reached[i] = ONE if eligible and in_time and not asked else ZERO


@stage
def offer_to(numbers, integers, i, plan, p, now, covered, seed):
    """Find the month of this year in which a person is reached, and whether they will take part."""
    words = draws.philox(
        integers[c.SLOT, i], integers[c.ENTRY, i], draws.POLICY_OFFER, plan.key, seed[0], seed[1]
    )
    integers[c.OFFERED, i] |= 1 << p
    integers[c.REACHED, i] = 1
    for month in range(MONTHS):
        if policy.is_offered(draws.uniform(words[0]), covered[month]):
            if policy.accepts(draws.uniform(words[1]), plan.uptake):
                column = c.N_NUMBERS + p * c.N_POLICY_NUMBERS
                numbers[column + c.STARTED, i] = now + SINGLE(np.int32(month)) / SINGLE(12.0)
            return


@sequence
def offer(numbers, integers, policies, covered, told, year, now, seed, n, filled):
    """Offer policies: set when each person who will accept this year starts."""
    reached = numbers[c.SCRATCH]
    for p in range(policies.size):
        plan = policies[p]
        if now < plan.start or now >= plan.end:
            continue
        of_year = covered[p, MONTHS * year : MONTHS * (year + 1)]
        find_reached(
            plan, p, of_year[MONTHS - 1], seed, integers[c.SLOT], integers[c.ENTRY],
            integers[c.WHO : c.WHO + c.N_WHO], integers[c.DIVERGED], integers[c.OFFERED],
            numbers[c.REPORTED_DOSE], numbers[c.BMI], numbers[c.ILL : c.ILL + c.N_DISEASES],
            reached, TOP, filled,
        )  # fmt: skip
        for i in range(n):
            if reached[i] > ZERO:
                offer_to(numbers, integers, i, plan, p, now, of_year, seed)
                told[p, year, 0] += int(integers[c.ROLE, i] == c.LIFE)


@stage
def count_residents(integers, alive, policies, told, year, now, n, all_rows):
    """Add the years lived this year in the places where policies run.

    Of the baseline only those count whose life stands for every world, unless ``all_rows``.
    """
    for p in range(policies.size):
        plan = policies[p]
        if now < plan.start or now >= plan.end:
            continue
        total = 0
        for i in range(n):
            lives_there = (plan.fifths >> integers[c.DEPRIVATION, i]) & 1 == 1
            if lives_there and (all_rows or integers[c.DIVERGED, i] == 0):
                total += fixed(alive[i])
        told[p, year, 4] += total


@stage
def no_policies(numbers, integers, policies, first, last):
    """Give new rows the policy columns of someone who takes part in nothing."""
    for p in range(policies):
        column = c.N_NUMBERS + p * c.N_POLICY_NUMBERS
        for i in range(first, last):
            numbers[column + c.STARTED, i] = NEVER
            numbers[column + c.STOPPED, i] = NEVER
            numbers[column + c.REJOINS, i] = NEVER
            integers[c.N_INTEGERS + p, i] = 0
