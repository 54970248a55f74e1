"""Keyed random numbers: every draw has an address, none is taken from a stream.

A draw is named by (seed, person, purpose, occasion). The generator is Philox 4x32-10 (Salmon et
al. 2011, "Parallel random numbers: as easy as 1, 2, 3"): four words of 32 bits per address. A
person is a slot of the population and the year of entry (0 for those there at the start).

Integers stay below 2**64 in every product and are masked to 32 bits after it, so the same lines
give the same words in Python's unbounded integers and in a kernel's wrapping 64-bit ones.
"""

from abm.rules.arithmetic import (
    exponential_quantile,
    log,
    maximum,
    minimum,
    normal_quantile,
    power,
    real,
    rule,
    square_root,
)

# Purposes of a draw. The numbers are part of the model's identity: never reuse one.
WHO = 1
HABIT = 2
BODY = 3
MODES = 4
INFLAMMATION = 5
YEAR = 6
START_DISEASES = 7
START_HISTORY = 8
DEPRESSION_COURSE = 6  # word of START_DISEASES; the others are the conditions' own
MEASUREMENT = 9
CAUSE_OF_DEATH = 10
START_YEARS_ILL = 12
# The clocks (tolerance and case fatality of an episode) have theirs in the table of conditions.
POLICY_OFFER = 64
POLICY_EPISODE = 65

MASK = 0xFFFFFFFF
MULTIPLIER_0 = 0xD2511F53
MULTIPLIER_1 = 0xCD9E8D57
WEYL_0 = 0x9E3779B9
WEYL_1 = 0xBB67AE85


@rule
def philox_round(words: tuple[int, int, int, int], k0: int, k1: int) -> tuple[int, int, int, int]:
    """Return the four words after one round of Philox 4x32 with the round's two keys."""
    p0 = MULTIPLIER_0 * words[0]
    p1 = MULTIPLIER_1 * words[2]
    return (
        ((p1 >> 32) ^ words[1] ^ k0) & MASK,
        p1 & MASK,
        ((p0 >> 32) ^ words[3] ^ k1) & MASK,
        p0 & MASK,
    )


@rule
def philox(
    slot: int, entry: int, purpose: int, occasion: int, seed_low: int, seed_high: int
) -> tuple[int, int, int, int]:
    """Return the four 32-bit words of an address (ten rounds of Philox 4x32, written out)."""
    w = (slot & MASK, entry & MASK, purpose & MASK, occasion & MASK)
    k0, k1 = seed_low & MASK, seed_high & MASK
    w = philox_round(w, k0, k1)
    w = philox_round(w, (k0 + 1 * WEYL_0) & MASK, (k1 + 1 * WEYL_1) & MASK)
    w = philox_round(w, (k0 + 2 * WEYL_0) & MASK, (k1 + 2 * WEYL_1) & MASK)
    w = philox_round(w, (k0 + 3 * WEYL_0) & MASK, (k1 + 3 * WEYL_1) & MASK)
    w = philox_round(w, (k0 + 4 * WEYL_0) & MASK, (k1 + 4 * WEYL_1) & MASK)
    w = philox_round(w, (k0 + 5 * WEYL_0) & MASK, (k1 + 5 * WEYL_1) & MASK)
    w = philox_round(w, (k0 + 6 * WEYL_0) & MASK, (k1 + 6 * WEYL_1) & MASK)
    w = philox_round(w, (k0 + 7 * WEYL_0) & MASK, (k1 + 7 * WEYL_1) & MASK)
    w = philox_round(w, (k0 + 8 * WEYL_0) & MASK, (k1 + 8 * WEYL_1) & MASK)
    return philox_round(w, (k0 + 9 * WEYL_0) & MASK, (k1 + 9 * WEYL_1) & MASK)


@rule
def uniform(word: int) -> float:
    """Return a 32-bit word as a uniform number in (0, 1), exact in single precision."""
    return (real(word >> 9) + 0.5) * 1.1920929e-07


@rule
def normal(word: int) -> float:
    """Return a 32-bit word as a standard normal number."""
    return normal_quantile(uniform(word))


@rule
def exponential(word: int) -> float:
    """Return a 32-bit word as a unit-exponential number, fine-grained near 0.

    Small tolerances decide rare diseases, so all 32 bits count there.
    """
    share = (real(word >> 16) * 65536.0 + real(word & 0xFFFF) + 0.5) * 2.3283064e-10
    return exponential_quantile(minimum(share, 0.99999994))


@rule
def gamma_attempt(shape: float, x: float, acceptance: float, boost: float) -> float:
    """Return a gamma value of unit scale, or -1 where the attempt is refused.

    Marsaglia and Tsang (2000) from a standard normal and two uniform numbers; shapes below 1 by
    way of the next higher one.
    """
    raised = shape if shape >= 1.0 else shape + 1.0
    d = raised - 0.33333333
    root = 1.0 + x / square_root(9.0 * d)
    v = root * root * root
    limit = 0.5 * x * x + d * (1.0 - v + log(maximum(v, 1e-30)))
    accepted = v > 0.0 and log(acceptance) < limit
    value = d * v if shape >= 1.0 else d * v * power(boost, 1.0 / shape)
    return value if accepted else -1.0


@rule
def gamma(
    shape: float,
    slot: int,
    entry: int,
    purpose: int,
    series: int,
    seed_low: int,
    seed_high: int,
) -> float:
    """Return a gamma draw of unit scale, each attempt addressed; the mean if all were refused."""
    value = shape
    for attempt in range(16):
        words = philox(slot, entry, purpose, series * 16 + attempt, seed_low, seed_high)
        found = gamma_attempt(shape, normal(words[0]), uniform(words[1]), uniform(words[2]))
        if found >= 0.0:
            value = found
            break
    return value
