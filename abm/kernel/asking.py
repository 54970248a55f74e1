"""Whom a policy could ask, looked up outside a run: who is eligible, and the draws of an offer."""

import numpy as np

from abm.kernel import draws
from abm.kernel.compiled import kernel
from abm.rules import policy

SINGLE = np.float32


@kernel
def mark_eligible(plans, sex, fifth, age, dose, bmi, ill, there, eligible):
    """Mark who is eligible for the first of the policies, as a January of a run would find them.

    ``sex`` and ``fifth`` have shape (people,), all others (people, years); ``ill`` holds bits.
    """
    plan = plans[0]
    for i in range(sex.size):
        for year in range(there.shape[1]):
            eligible[i, year] = there[i, year] and policy.is_eligible(
                SINGLE(age[i, year]), plan.youngest, plan.oldest, sex[i], plan.sex, dose[i, year],
                plan.dose_below, bmi[i, year], plan.bmi_above, fifth[i], plan.fifths,
                ill[i, year], plan.illnesses,
            )  # fmt: skip


@kernel
def draw_offers(plans, slot, entry, low, high, reach, uptake):
    """Set the two draws that decide whether the first policy reaches people, and they accept."""
    for i in range(slot.size):
        words = draws.philox(slot[i], entry[i], draws.POLICY_OFFER, plans[0].key, low, high)
        reach[i] = draws.uniform(words[0])
        uptake[i] = draws.uniform(words[1])
