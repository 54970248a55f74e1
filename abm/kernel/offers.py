"""Policies find their people: who is eligible on 1 January, and in which month they are reached."""

import numpy as np

from abm import columns as c
from abm import draws
from abm.compiled import stage
from abm.kernel.traits import NEVER, ZERO
from abm.rules import policy

SINGLE = np.float32


@stage
def illness_bits(numbers, i):
    """Return a person's diseases as a bit set."""
    bits = 0
    for k in range(c.N_DISEASES):
        if numbers[c.ILL + k, i] > ZERO:
            bits |= 1 << k
    return bits


@stage
def offer(numbers, integers, plan, told, year, now, low, high, n):
    """Offer policies: set when each person who will accept this year starts."""
    for p in range(plan.start.size):
        if now < plan.start[p] or now >= plan.end[p]:
            continue
        for i in range(n):
            if integers[c.DIVERGED, i] == 1 or (integers[c.OFFERED, i] >> p) & 1 == 1:
                continue
            if not policy.is_eligible(
                SINGLE(integers[c.AGE, i]), plan.youngest[p], plan.oldest[p],
                integers[c.SEX, i], plan.sex[p],
                numbers[c.REPORTED_DOSE, i], plan.dose_below[p],
                numbers[c.BMI, i], plan.bmi_above[p],
                integers[c.DEPRIVATION, i], plan.fifths[p],
                illness_bits(numbers, i), plan.illnesses[p],
            ):  # fmt: skip
                continue
            if offer_to(numbers, integers, i, plan, p, now, low, high):
                told[p, year, 0] += 1


@stage
def offer_to(numbers, integers, i, plan, p, now, low, high):
    """Find the month of this year in which an eligible person is reached, if there is one."""
    words = draws.philox(
        integers[c.SLOT, i], integers[c.ENTRY, i], draws.POLICY_OFFER, plan.key[p], low, high
    )
    reach_draw = draws.uniform(words[0])
    before = np.round((now - plan.start[p]) * SINGLE(12.0))
    for month in range(12):
        share = policy.ramped(before + SINGLE(np.int32(month)), plan.ramp_months[p])
        if policy.is_offered(reach_draw, plan.reach[p], share):
            integers[c.OFFERED, i] |= 1 << p
            integers[c.REACHED, i] = 1
            column = c.N_NUMBERS + p * c.N_POLICY_NUMBERS
            if policy.accepts(draws.uniform(words[1]), plan.uptake[p]):
                numbers[column + c.STARTED, i] = now + SINGLE(np.int32(month)) / SINGLE(12.0)
            return True
    return False


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
