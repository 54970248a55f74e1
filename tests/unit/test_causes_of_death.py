"""Causes of death by age: shares as published, sums that are the life table, what dementia adds."""

import numpy as np
import pytest

from abm import simulate
from abm.conditions import CONDITIONS
from abm.evidence.parameters import central_parameters
from abm.evidence.place import bundled_place
from abm.kernel import layout as c
from abm.places.causes_of_death import known_shares, share_of_deaths, unresponsive_share
from abm.places.country import death_rates, population
from abm.population.causes import LEAST_LEFT
from abm.population.constants_of import calibrated_model
from analysis.report.all_else_ends import at_both_ends
from analysis.validation.death_parts import deaths_by_cause, ratio_of_parts, share_left
from tests.uk_tables import uk_table

PLACE = bundled_place()

DEMENTIA, STROKE = (c.DISEASES.index(name) for name in ("dementia", "stroke"))
BANDS = [slice(first, first + 10) for first in range(0, 70, 10)] + [slice(70, c.N_AGES)]
RUN = {"persons": 3000, "years": 6, "seed": 3, "threads": 1}


@pytest.fixture(scope="module")
def found():
    return calibrated_model(central_parameters())


def in_bands(values):
    """Return sums over ten-year bands, the last one open."""
    return np.stack([values[..., band].sum(axis=-1) for band in BANDS], axis=-1)


def printed(cause):
    """Return a cause's published shares, shape (sexes, bands)."""
    table = uk_table("causes_of_death")
    rows = [i for i, name in enumerate(table["cause"]) if name == cause]
    return np.array([[table[f"{sex}_share"][i] for i in rows] for sex in c.SEXES], float)


@pytest.mark.parametrize("cause", ["other_cardiovascular", "lung_cancer", "external", "infections"])
def test_a_share_over_age_has_the_published_mean_of_every_band(cause):
    deaths = population(PLACE) * death_rates(PLACE)
    mean = in_bands(deaths * share_of_deaths(PLACE, cause)) / in_bands(deaths)
    np.testing.assert_allclose(mean, printed(cause), rtol=1e-9)
    moved = np.roll(share_of_deaths(PLACE, cause), 3, axis=1)
    younger = in_bands(deaths * moved) / in_bands(deaths)
    assert not np.allclose(younger, printed(cause), rtol=1e-3)  # negative control


def test_other_cancers_have_those_of_the_rectum_and_of_mens_breasts():
    cardiovascular, cancer = known_shares(central_parameters())
    other, breast, lung, colorectal, others = (
        share_of_deaths(PLACE, cause)
        for cause in (
            "other_cardiovascular", "breast_cancer", "lung_cancer", "colorectal_cancer",
            "other_cancer",
        )
    )  # fmt: skip
    np.testing.assert_array_equal(cardiovascular, other)
    expected = others + lung + 0.3 * colorectal
    np.testing.assert_allclose(cancer[1], expected[1], rtol=1e-12)
    np.testing.assert_allclose(cancer[0], (expected + breast)[0], rtol=1e-12)


def test_external_causes_are_most_of_what_kills_the_young_beside_diseases():
    external = unresponsive_share(central_parameters())
    assert (external[:, :10] > 0.55).all() and (external[:, 50:] < 0.12).all()
    more = unresponsive_share(central_parameters({"mortality.death_share_scale.unresponsive": 1.2}))
    np.testing.assert_allclose(more, np.minimum(1.2 * external, 1.0))


def test_causes_add_up_to_the_life_table(found):
    """In every cell, of what is no disease and what diseases kill at once and later."""
    deaths = sum(deaths_by_cause(central_parameters()).values())
    np.testing.assert_allclose(deaths, population(PLACE) * death_rates(PLACE), rtol=1e-9)
    known, causes = known_shares(central_parameters()), found.deaths.causes
    of_diabetes = np.array([0.55, 0.14])[:, None, None] * causes.put_down[c.DIABETES]
    expected = known * death_rates(PLACE) - of_diabetes
    np.testing.assert_allclose(causes.other[:-1], expected, rtol=1e-5)


def test_all_else_has_a_share_everywhere_and_a_misfit_is_told(found):
    table = share_left(central_parameters())
    assert (table["cut"] == 0).all() and table["least"].min() > 0.15
    crowded = central_parameters({"mortality.death_share_scale.other_cancer": 2.5})
    causes = calibrated_model(crowded).deaths.causes
    cut = causes.left < LEAST_LEFT
    assert cut.any()
    np.testing.assert_allclose(causes.other[-1][cut], (LEAST_LEFT * death_rates(PLACE))[cut])


def test_people_with_dementia_die_at_their_ratio_of_all_causes(found):
    """Their other diseases, and whom it befalls, are in the ratio and not beside it."""
    prevalence, causes = found.rates[DEMENTIA].prevalence, found.deaths.causes
    rate = causes.rate[c.N_COMBINATIONS + c.BY_OWN_RATE.index(DEMENTIA)]
    for s, (at_70, at_90) in enumerate([(2.8, 1.9), (4.0, 2.2)]):
        for age, wanted in ((70, at_70), (90, at_90)):
            a = age - c.YOUNGEST
            share = prevalence[s, a]
            of_others = (death_rates(PLACE)[s, a] - share * rate[s, a]) / (1.0 - share)
            assert rate[s, a] / of_others == pytest.approx(wanted, rel=0.001)
            own, faster = causes.excess[DEMENTIA][s, a], rate[s, a] - of_others
            assert own < 0.97 * faster
            assert (rate[s, a] + faster - own) / of_others != pytest.approx(wanted, rel=0.02)


def test_dementia_sets_in_at_fifty_and_follows_a_stroke(found):
    rate, risks = found.rates[DEMENTIA], found.disease
    assert (rate.prevalence[:, :30] == 0.0).all() and (rate.prevalence[:, 30:] > 0.0).all()
    assert (rate.incidence[:, :29] == 0.0).all() and (rate.incidence[:, 29:] > 0.0).all()
    assert (rate.exit_rate == 0.0).all()
    assert risks.while_ill_log_ratio[DEMENTIA, STROKE] == pytest.approx(np.log(2.0))
    assert np.count_nonzero(risks.while_ill_log_ratio[:, STROKE]) == 1
    assert c.RAISES_WHILE_ILL[STROKE]


def test_cases_and_deaths_of_dementia_are_those_of_the_country(found):
    """Checks of hand-over: 750 000 to 900 000 cases of 65 and over, 60 000 to 85 000 deaths."""
    cases = population(PLACE) * found.rates[DEMENTIA].prevalence
    assert 750_000 < cases[:, 45:].sum() < 900_000
    assert 60_000 < (cases * found.deaths.causes.excess[DEMENTIA]).sum() < 85_000


def test_the_causes_add_up_to_less_than_the_published_curve_of_death():
    """By hand: two causes, one of which follows in part only."""
    p = central_parameters()
    none = ratio_of_parts(p, lambda row: 1.0, slice(60, 70))
    assert none == pytest.approx(1.0)
    half = ratio_of_parts(p, lambda row: 0.5 if row.name == "all_else" else 1.0, slice(60, 70))
    deaths = deaths_by_cause(p)
    near, still = slice(40, 50), unresponsive_share(p)
    follows = ((1.0 - still) * deaths["all_else"])[:, near].sum()
    whole = sum(each[:, near].sum() for each in deaths.values())
    assert half == pytest.approx(1.0 - 0.5 * follows / whole)


def test_deaths_expected_by_cause_add_up_and_both_ends_are_told():
    result = simulate("everyone_meets_guideline", **RUN)
    effects = result.effects.set_index("outcome")["expected_averted"]
    parts = effects[[f"deaths.{each.name}" for each in CONDITIONS]]
    assert parts.sum() == pytest.approx(effects["deaths"], abs=0.01)
    assert parts["deaths.all_else"] > 0.0 and parts["deaths.depression"] == 0.0
    told = at_both_ends(result.effects, {})
    assert "All else at central values, at 0 it would be" in told and "at 0.4 it would be" in told
    assert at_both_ends(result.effects, {"causal_share.all_else": 0.0}) == ""


def test_a_drug_that_is_no_activity_leaves_all_else_alone():
    """Its slope on IL-6 is 0: what lowers IL-6 moves other cardiovascular death and not this."""
    result = simulate("anti_inflammatory_drug", **RUN)
    effects = result.effects.set_index("outcome")["expected_averted"]
    assert effects["deaths.other_cardiovascular"] > 0.0
    # whoever lives longer dies of something else
    assert effects["deaths.all_else"] <= 0.0
    assert at_both_ends(result.effects, {}) == ""  # no share of activity changes that
