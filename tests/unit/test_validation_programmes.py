"""Items 28, 29, 34 and 35 of the scorecard: years left, depression, shares through IL-6, ranks."""

from dataclasses import replace

import numpy as np
import pytest

from abm import simulate
from abm.results.outcome_tables import everybody
from abm.running.setup import set_up
from abm.scenario.layers import bundled_names
from analysis.validation import depression
from analysis.validation.bundled import (
    COBIAC,
    DRUG,
    EXERCISE,
    BundledRun,
    costs_in_words,
    costs_per_qaly,
    rank_correlation,
    referral_over_advice,
)
from analysis.validation.cohorts import cohort
from analysis.validation.shares_by_dose import JUDGED, closed_shares, run_shares, without_lags
from analysis.validation.years_of_life import who_smoke, years_left


def run_at(cost_per_qaly):
    """Return a run that gained two years at so much each."""
    return BundledRun(full=1.0, frozen=0.8, net_cost=2.0 * cost_per_qaly, qalys=2.0)


def ranked(*costs):
    """Return one seed with these costs per QALY, in the order of the published table."""
    return [dict(zip(COBIAC, map(run_at, costs), strict=True))]


def test_ranks_by_hand():
    """Published: the first two tie, then three in order; one saves money and stands with them."""
    assert rank_correlation(ranked(-5.0, -1.0, 10.0, 20.0, 30.0)) == pytest.approx(1.0)
    assert rank_correlation(ranked(30.0, 25.0, 20.0, 10.0, -5.0)) < -0.9
    # ranks 1.5 1.5 3 4 5 against 1 2 4 3 5
    assert rank_correlation(ranked(1.0, 2.0, 4.0, 3.0, 5.0)) == pytest.approx(8.5 / np.sqrt(95.0))
    assert costs_in_words(ranked(1.0, 2.0, 4.0, 3.0, 5.0)).startswith("walking_groups 1, mass_me")
    assert referral_over_advice(ranked(1.0, 2.0, 4.0, 3.0, 5.0)) == pytest.approx(1.25)


def test_a_programme_that_gains_nothing_ranks_last():
    seeds = ranked(1.0, 2.0, 4.0, 3.0, 5.0)
    seeds[0]["walking_groups"] = replace(run_at(1.0), qalys=0.0)
    assert costs_per_qaly(seeds)[0] == np.inf


def test_every_bundled_programme_is_there():
    assert sorted([*EXERCISE, DRUG, "uk"]) == sorted(bundled_names())
    assert set(COBIAC) < set(EXERCISE)


@pytest.mark.parametrize("name", ["everyone_meets_guideline", "strength_for_over_65s"])
def test_the_closed_form_of_a_share_is_what_a_run_shows(name):
    """And another slope than that of the run is noticed."""
    setup = set_up(without_lags(name, 500))
    run, closed = run_shares(setup, 1), closed_shares(setup, 1)
    slope = "disease.il6_causal_slope.coronary_heart_disease"
    steeper = {**setup.parameters.values, slope: 1.2 * setup.parameters[slope]}
    wrong = replace(setup, parameters=replace(setup.parameters, values=steeper))
    for disease in JUDGED:
        assert run[disease] == pytest.approx(closed[disease], abs=0.7), disease
    assert abs(closed_shares(wrong, 1)[JUDGED[0]] - run[JUDGED[0]]) > 1.5


def test_within_a_year_more_are_depressed_than_on_a_day():
    """Everybody ill on the last day was, and nobody who had no episode in the year."""
    country = replace(cohort("country"), persons=4000, years=2)
    young = replace(country, population=replace(country.population, ages=(20, 78), entrants=False))
    rows = simulate(young, seed=3).outcomes
    last = rows[(rows["year"] == rows["year"].max()) & (rows["sex"] == "all") & everybody(rows)]
    found = last.set_index("measure")["value"]
    share = depression.within_a_year(young, 3)
    mean = (share["male"] + share["female"]) / 2.0
    on_a_day = found["prevalence.depression"] / found["persons"]
    begun = found["episodes.depression"] / found["persons"]
    assert 1.3 * on_a_day < mean < on_a_day + begun + 0.01


def test_years_left_are_those_that_people_live():
    """Of people of 40 until all have died; fewer where all smoke, with the same hazards."""
    people_of_40 = replace(cohort("people_of_forty"), persons=600)
    people = simulate(people_of_40, seed=2, keep_people=True).people
    assert people["death_age"].notna().all()
    lived = (people["death_age"] - people["age"]).groupby(people["sex"], observed=True).mean()
    setup = set_up(people_of_40)
    found = dict(zip(("male", "female"), years_left(setup, 2), strict=True))
    assert found == pytest.approx(lived.to_dict(), abs=0.01)
    smokers, others = (years_left(who_smoke(setup, share), 2) for share in (1.0, 0.0))
    assert (others - smokers > 3.0).all()
    assert (others > years_left(setup, 2)).all() and (smokers < years_left(setup, 2)).all()
