"""Figures of age bands become curves that have the mean of every band."""

import numpy as np
import pytest

from abm.conditions import CONDITIONS
from abm.evidence.parameters import central_parameters
from abm.evidence.place import bundled_place
from abm.places.bands import LOGARITHM, LOGIT, through_bands
from abm.places.country import AGES, death_rates, population, published_disease
from tests.uk_tables import uk_table

PLACE = bundled_place()

STARTS = np.arange(20.0, 105.0, 5.0)
FIVE = np.array([0.0, 1.0, 2.0, 3.0, 4.0])


def means_of(curve, starts=STARTS, weights=None):
    """Return the mean of a curve over each band of five ages."""
    weights = np.ones(AGES.size) if weights is None else weights
    bands = [slice(int(s) - 20, int(s) - 15 if s < 100 else None) for s in starts]
    return np.array([np.average(curve[band], weights=weights[band]) for band in bands])


def test_a_constant_stays_a_constant():
    np.testing.assert_allclose(
        through_bands(STARTS, np.full(17, 0.02), AGES, LOGARITHM), 0.02, rtol=1e-12
    )


@pytest.mark.parametrize("growth", [0.09, -0.05])
def test_an_exponential_is_found_again(growth):
    """Of exp(g a) the band's mean is known, and the curve through these means is the same."""
    true = 1e-4 * np.exp(growth * (AGES - 20.0))
    means = 1e-4 * np.exp(growth * (STARTS - 20.0)) * np.exp(growth * FIVE).mean()
    found = through_bands(STARTS, means, AGES, LOGARITHM)
    # beyond the last middle a curve is flat, which the last bands' means bend a little
    np.testing.assert_allclose(found[AGES < 85], true[AGES < 85], rtol=1e-3)
    np.testing.assert_allclose(means_of(found), means, rtol=1e-10)


@pytest.mark.parametrize(("scale", "highest"), [(LOGARITHM, 0.4), (LOGIT, 0.97)])
def test_uneven_bands_have_their_means_weighted_or_not(scale, highest):
    rng = np.random.default_rng(3)
    means = np.sort(rng.uniform(0.01, highest, 17))
    weights = rng.uniform(1.0, 3.0, AGES.size)
    for given in (None, weights):
        found = through_bands(STARTS, means, AGES, scale, given)
        np.testing.assert_allclose(means_of(found, weights=given), means, rtol=1e-10)
    assert found.max() < 1.0 or scale is LOGARITHM


def test_the_value_of_a_band_does_not_stand_at_its_first_age():
    """Negative control: what was done before would be 2.5 years too young."""
    means = 1e-4 * np.exp(0.09 * (STARTS - 20.0))
    found = through_bands(STARTS, means, AGES, LOGARITHM)
    at_first = found[(STARTS[1:-1] - 20).astype(int)]
    np.testing.assert_allclose(at_first / means[1:-1], np.exp(-0.09 * 2.0), rtol=0.02)


@pytest.mark.parametrize("mean", [0.0, -0.1, np.nan])
def test_a_mean_that_no_curve_has_is_refused(mean):
    with pytest.raises(ValueError, match="must be above 0"):
        through_bands(STARTS[:3], np.array([1e-8, mean, 1e-8]), AGES, LOGARITHM)


@pytest.mark.parametrize(
    "row", [each for each in CONDITIONS if each.published_as], ids=lambda row: row.name
)
def test_every_published_band_is_met(row):
    """Before the evidence's own scales, which are ratios to it."""
    table = uk_table("disease_rates")
    own = [i for i, name in enumerate(table["disease"]) if name == row.published_as]
    incidence, prevalence, _ = published_disease(row.name, central_parameters({}))
    starts = np.array([table["age"][i] for i in own])
    own, starts = own[: -1 if starts[-1] < 95 else 15], starts[: -1 if starts[-1] < 95 else 15]
    for s, sex in enumerate(("male", "female")):
        if row.sex not in ("both", sex):
            continue
        for found, measure in ((incidence, "incidence"), (prevalence, "prevalence")):
            printed = np.array([table[f"{sex}_{measure}"][i] for i in own])
            if not printed.any():  # no incidence is published of dementia
                assert row.name == "dementia" and not found.any()
                continue
            assert (found[s][starts[0] > AGES] == 0.0).all()
            ratio = means_of(found[s], starts) / printed
            if row.evidence.incidence_flat_from_age and measure == "incidence":
                ratio = ratio[:8]
            np.testing.assert_allclose(ratio, ratio[0], rtol=1e-9)


@pytest.mark.parametrize(
    ("condition", "cause"),
    [("coronary_heart_disease", "coronary_heart_disease"), ("stroke", "stroke"),
     ("breast_cancer", "breast_cancer")],
)  # fmt: skip
def test_deaths_of_a_disease_are_those_of_the_table_of_causes(condition, cause):
    table = uk_table("causes_of_death")
    _, prevalence, excess = published_disease(condition, central_parameters({}))
    people = population(PLACE)
    deaths, everybody = people * prevalence * excess, people * death_rates(PLACE)
    for s, sex in enumerate(("male", "female")):
        if condition == "breast_cancer" and sex == "male":
            continue
        for i, name in enumerate(table["cause"]):
            if name != cause or table[f"{sex}_share"][i] == 0.0:
                continue
            age = int(table["age"][i])
            band = (age <= AGES) & ((age + 10 if age < 90 else 999) > AGES)
            share = deaths[s, band].sum() / everybody[s, band].sum()
            assert share == pytest.approx(table[f"{sex}_share"][i], rel=1e-9)


def test_causes_of_death_add_up():
    table = uk_table("causes_of_death")
    for sex in ("male", "female"):
        for age in sorted(set(table["age"])):
            shares = [
                share for share, own in zip(table[f"{sex}_share"], table["age"], strict=True)
                if own == age
            ]  # fmt: skip
            assert sum(shares) == pytest.approx(1.0, abs=0.0005) and len(shares) == 14
