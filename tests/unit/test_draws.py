"""Keyed random numbers: published answers, an independent generator, distributions, addresses."""

import numpy as np
import pytest
from scipy import stats

from abm.kernel import draws
from abm.kernel.compiled import stage
from abm.rules import arithmetic
from tests.statistics import assert_correlation, assert_distribution, assert_share

# Random123, kat_vectors: philox4x32-10, counter, key, answer.
KNOWN_ANSWERS = [
    ("00000000 00000000 00000000 00000000", "00000000 00000000",
     "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff",
     "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0",
     "d16cfe09 94fdcceb 5001e420 24126ea1"),
]  # fmt: skip


def words(text):
    """Return hexadecimal words as integers."""
    return tuple(int(word, 16) for word in text.split())


def independent_philox(counters, key):
    """Philox 4x32-10 written again, over columns of 64-bit integers; shape (n, 4)."""
    x = counters.astype(np.uint64)
    low = np.uint64(0xFFFFFFFF)
    keys = [np.uint64(k) for k in key]
    for _ in range(10):
        left, right = x[:, 0] * np.uint64(0xD2511F53), x[:, 2] * np.uint64(0xCD9E8D57)
        x = np.stack(
            [
                (right >> np.uint64(32)) ^ x[:, 1] ^ keys[0],
                right & low,
                (left >> np.uint64(32)) ^ x[:, 3] ^ keys[1],
                left & low,
            ],
            axis=1,
        )
        keys = [np.uint64((int(keys[0]) + 0x9E3779B9) % 2**32),
                np.uint64((int(keys[1]) + 0xBB67AE85) % 2**32)]  # fmt: skip
    return x


@stage
def many_words(counters, low, high, out):
    for i in range(len(counters)):
        a, b, c, d = draws.philox(
            counters[i, 0], counters[i, 1], counters[i, 2], counters[i, 3], low, high
        )
        out[i, 0], out[i, 1], out[i, 2], out[i, 3] = a, b, c, d


@stage
def many_draws(kind, purpose, shape, seed, out):
    for i in range(out.size):
        if kind == 3:
            out[i] = draws.gamma(shape, i, 0, purpose, 1, seed, 0)
            continue
        word = draws.philox(i, 0, purpose, 0, seed, 0)[0]
        if kind == 0:
            out[i] = draws.uniform(word)
        elif kind == 1:
            out[i] = draws.normal(word)
        else:
            out[i] = draws.exponential(word)


def sample(kind, n=200_000, purpose=1, shape=1.0, seed=5):
    """Return compiled draws: 0 uniform, 1 normal, 2 exponential, 3 gamma."""
    out = np.empty(n, np.float32)
    many_draws(kind, purpose, np.float32(shape), seed, out)
    return out


@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN_ANSWERS)
def test_published_answers(counter, key, answer):
    assert draws.philox(*words(counter), *words(key)) == words(answer)
    out = np.zeros((1, 4), np.int64)
    many_words(np.array([words(counter)], np.int64), *words(key), out)
    assert tuple(out[0]) == words(answer)
    assert tuple(independent_philox(np.array([words(counter)]), words(key))[0]) == words(answer)


def test_compiled_words_equal_an_independent_generator():
    counters = np.random.default_rng(3).integers(0, 2**32, (5_000, 4))
    out = np.zeros((5_000, 4), np.int64)
    many_words(counters, 123, 456, out)
    np.testing.assert_array_equal(out, independent_philox(counters, (123, 456)).astype(np.int64))


def test_one_round_by_hand():
    assert draws.philox_round((0, 0, 0, 0), 7, 9) == (7, 0, 9, 0)
    assert draws.philox_round((1, 2, 0, 3), 0, 0) == (2, 0, 3, 0xD2511F53)


def test_every_part_of_an_address_matters():
    base = (1, 2, 3, 4, 5, 6)
    others = [tuple(v + (i == k) for i, v in enumerate(base)) for k in range(6)]
    found = {draws.philox(*address) for address in [base, *others]}
    assert len(found) == 7


def test_uniform_stays_inside_and_fits():
    assert 0.0 < draws.uniform(0) < 1e-7
    assert 0.9999999 < draws.uniform(2**32 - 1) < 1.0
    assert_distribution(sample(0), stats.uniform.cdf, detect=0.02)


def test_normal_fits():
    found = sample(1)
    assert_distribution(found, stats.norm.cdf, detect=0.02)
    tail = stats.norm.sf(3.0) * 2.0
    assert_share(int((np.abs(found) > 3.0).sum()), found.size, tail, detect=0.5)


def test_exponential_fits_and_is_fine_grained_near_zero():
    assert_distribution(sample(2), stats.expon.cdf, detect=0.02)
    smallest = draws.exponential(0)
    assert smallest == pytest.approx(0.5 / 2**32, rel=1e-3)
    assert draws.exponential(1) == pytest.approx(1.5 / 2**32, rel=1e-3)
    assert draws.exponential(2**32 - 1) < 20.0


@pytest.mark.parametrize("shape", [0.4, 1.0, 5.6])
def test_gamma_fits(shape):
    assert_distribution(sample(3, shape=shape), stats.gamma(shape).cdf, detect=0.02)


def test_a_gamma_attempt_is_taken_or_refused():
    """By hand for shape 2: d = 5/3, and x = 0 gives v = 1, so the value d whatever the draw."""
    assert draws.gamma_attempt(2.0, 0.0, 0.99, 0.5) == pytest.approx(2.0 - 1.0 / 3.0)
    assert draws.gamma_attempt(2.0, -4.0, 0.5, 0.5) == -1.0  # v below 0
    small = draws.gamma_attempt(0.5, 0.0, 0.99, 0.25)  # shape 1.5 times boost to the power 2
    assert small == pytest.approx((1.5 - 1.0 / 3.0) * 0.25**2)


def test_a_wrong_distribution_is_noticed():
    with pytest.raises(AssertionError, match="off by"):
        assert_distribution(1.05 * sample(1), stats.norm.cdf, detect=0.02)
    with pytest.raises(AssertionError, match="off by"):
        assert_distribution(sample(3, shape=1.1), stats.gamma(1.0).cdf, detect=0.02)


def test_purposes_and_seeds_do_not_share_luck():
    first = sample(1)
    assert_correlation(first, sample(1, purpose=2), 0.0, detect=0.03)
    assert_correlation(first, sample(1, seed=6), 0.0, detect=0.03)
    with pytest.raises(AssertionError, match="apart"):
        assert_correlation(first, sample(1), 0.0, detect=0.03)


def test_python_and_compiled_draws_agree():
    for kind, name in enumerate(["uniform", "normal", "exponential"]):
        python = [getattr(draws, name)(draws.philox(i, 0, 1, 0, 5, 0)[0]) for i in range(2_000)]
        np.testing.assert_allclose(sample(kind, n=2_000), python, rtol=2e-5, atol=2e-6)
    gammas = [draws.gamma(0.4, i, 0, 1, 1, 5, 0) for i in range(500)]
    np.testing.assert_allclose(sample(3, n=500, shape=0.4), gammas, rtol=1e-3, atol=1e-6)


@stage
def elementary(which, x, out):
    for i in range(x.size):
        if which == 0:
            out[i] = arithmetic.exp(x[i])
        elif which == 1:
            out[i] = arithmetic.log(x[i])
        elif which == 2:
            out[i] = arithmetic.normal_cumulative(x[i])
        elif which == 3:
            out[i] = arithmetic.normal_quantile(x[i])
        else:
            out[i] = arithmetic.exponential_quantile(x[i])


def computed(which, x):
    """Return a compiled single-precision elementary function over ``x``."""
    single = np.ascontiguousarray(x, np.float32)
    out = np.empty_like(single)
    elementary(which, single, out)
    return single.astype(float), out


def test_compiled_exp():
    """Relative error below 1e-7 over [-79, 80]; 0 at -80 and below."""
    x, found = computed(0, np.linspace(-79.0, 80.0, 400_001))
    np.testing.assert_allclose(found, np.exp(x), rtol=1e-7)
    assert np.all(computed(0, np.array([-80.0, -100.0, -1e3]))[1] == 0.0)


def test_compiled_log():
    """Error below 1e-7 of the result, or 5e-8 beside 1, from 1e-37 to 1e37."""
    x, found = computed(1, np.exp(np.linspace(-85.0, 85.0, 400_001)))
    np.testing.assert_allclose(found, np.log(x), rtol=1e-7, atol=5e-8)


def test_compiled_normal_cumulative():
    """Absolute error below 3e-7 over [-9, 9]."""
    z, found = computed(2, np.linspace(-9.0, 9.0, 200_001))
    np.testing.assert_allclose(found, stats.norm.cdf(z), rtol=0.0, atol=3e-7)


def test_compiled_normal_quantile():
    """Error below 6e-7 relative, or 1e-7 beside the median, at every 256th uniform draw."""
    share, found = computed(3, (np.arange(2**15, dtype=float) * 256 + 0.5) / 2**23)
    np.testing.assert_allclose(found, stats.norm.ppf(share), rtol=6e-7, atol=1e-7)


@pytest.mark.parametrize(
    ("low", "high", "error"), [(1e-10, 0.0039, 2e-7), (0.0041, 0.5, 1e-5), (0.5, 0.9999, 1e-7)]
)
def test_compiled_exponential_quantile(low, high, error):
    """Relative error; between the series and one half the rounding of 1 - share shows."""
    share, found = computed(4, np.exp(np.linspace(np.log(low), np.log(high), 100_001)))
    np.testing.assert_allclose(found, -np.log1p(-share), rtol=error)


def test_python_elementary_functions():
    for x in (-79.0, -1.0, 0.0, 3.5):
        assert arithmetic.exp(x) == pytest.approx(np.exp(x))
        assert arithmetic.normal_cumulative(x / 10) == pytest.approx(
            stats.norm.cdf(x / 10), abs=2e-7
        )
    for share in (1e-6, 0.003, 0.2, 0.5, 0.97, 0.999999):
        assert arithmetic.normal_quantile(share) == pytest.approx(
            stats.norm.ppf(share), rel=2e-6, abs=1e-6
        )
        assert arithmetic.exponential_quantile(share) == pytest.approx(-np.log1p(-share), rel=1e-6)
    assert arithmetic.power(2.0, 0.5) == pytest.approx(np.sqrt(2.0))
    assert arithmetic.clamped(5.0, 0.0, 3.0) == 3.0
    assert arithmetic.clamped(-5.0, 0.0, 3.0) == 0.0
