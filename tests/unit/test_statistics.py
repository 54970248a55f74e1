"""The statistical assertions let the truth pass, catch what they promise, know their limits."""

import re
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from tests.statistics import (
    assert_correlation,
    assert_distribution,
    assert_estimate,
    assert_events,
    assert_mean,
    assert_ratio_of_variances,
    assert_same_number,
    assert_share,
    assert_spread,
)

RNG = np.random.default_rng(11)
NORMAL = RNG.standard_normal((2, 60_000))
UNIFORM = RNG.uniform(size=60_000)
HAZARDS = RNG.uniform(0.0, 2.0, 60_000)
EVENTS = int(RNG.poisson(HAZARDS).sum())

KINDS = (
    "share", "mean", "spread", "correlation", "distribution", "estimate", "events", "numbers",
    "variances",
)  # fmt: skip


def test_truth_passes():
    assert_share(int((UNIFORM < 0.3).sum()), UNIFORM.size, 0.3, detect=0.07)
    assert_mean(NORMAL[0], 0.0, detect=0.05)
    assert_spread(NORMAL[0], 1.0, detect=0.04)
    assert_correlation(NORMAL[0], NORMAL[1], 0.0, detect=0.05)
    assert_distribution(UNIFORM, stats.uniform.cdf, detect=0.04)
    assert_estimate(float(UNIFORM.mean()), 0.5, (12 * UNIFORM.size) ** -0.5, detect=0.02)
    assert_events(EVENTS, float(HAZARDS.sum()), detect=0.05)
    assert_same_number(EVENTS, int(RNG.poisson(HAZARDS).sum()), detect=0.07)
    assert_ratio_of_variances(NORMAL[0], 3.0 * NORMAL[1], 1.0 / 9.0, detect=1.1)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: assert_share(int((UNIFORM < 0.321).sum()), UNIFORM.size, 0.3, detect=0.07),
        lambda: assert_mean(NORMAL[0] + 0.05, 0.0, detect=0.05),
        lambda: assert_spread(1.04 * NORMAL[0], 1.0, detect=0.04),
        lambda: assert_correlation(
            NORMAL[0], NORMAL[1] + 0.05 * NORMAL[0], 0.0, detect=0.05
        ),
        lambda: assert_distribution(UNIFORM**1.12, stats.uniform.cdf, detect=0.04),
        lambda: assert_estimate(0.52, 0.5, (12 * UNIFORM.size) ** -0.5, detect=0.02),
        lambda: assert_events(EVENTS, 1.05 * float(HAZARDS.sum()), detect=0.05),
        lambda: assert_same_number(EVENTS, int(1.07 * EVENTS), detect=0.07),
        lambda: assert_ratio_of_variances(1.05 * NORMAL[0], NORMAL[1], 1.0, detect=1.1),
    ],
    ids=KINDS,
)  # fmt: skip
def test_a_wrong_model_fails(wrong):
    with pytest.raises(AssertionError, match="apart|off by"):
        wrong()


@pytest.mark.parametrize(
    "blind",
    [
        lambda: assert_share(30, 100, 0.3, detect=0.07),
        lambda: assert_mean(NORMAL[0, :100], 0.0, detect=0.05),
        lambda: assert_spread(NORMAL[0, :100], 1.0, detect=0.04),
        lambda: assert_correlation(NORMAL[0, :100], NORMAL[1, :100], 0.0, detect=0.05),
        lambda: assert_distribution(UNIFORM[:100], stats.uniform.cdf, detect=0.04),
        lambda: assert_estimate(0.5, 0.5, 0.01, detect=0.02),
        lambda: assert_events(100, 100.0, detect=0.05),
        lambda: assert_same_number(100, 100, detect=0.07),
        lambda: assert_ratio_of_variances(NORMAL[0, :99], NORMAL[1, :99], 1.0, detect=1.1),
    ],
    ids=KINDS,
)
def test_too_small_a_sample_fails(blind):
    with pytest.raises(AssertionError, match="too small a sample"):
        blind()


def test_no_test_has_limits_of_its_own():
    """A number of standard errors stands in the helper alone."""
    own = re.compile(r"(?<![\d.*])[2-6](\.0)? \* ((math|np)\.sqrt|noise|error|standard_error)\b")
    assert own.search("5.0 * math.sqrt(hazard)") and own.search("3 * noise")
    found = [
        f"{path.name}: {line.strip()}"
        for path in sorted(Path(__file__).parents[1].rglob("*.py"))
        if path.name not in ("statistics.py", "test_statistics.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if own.search(line)
    ]
    assert found == []
