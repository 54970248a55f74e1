"""One row per person and world: identities with the tallies, twins, and hand-made states."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from abm import simulate
from abm.kernel import layout as c
from abm.results.persons import cumulative_hazard
from abm.running.people import people_table
from abm.running.setup import set_up
from abm.scenario.load import load_scenario
from tests.places import STROKE
from tests.statistics import assert_events, assert_mean, assert_spread

DISEASES = c.DISEASES


@pytest.fixture(scope="module")
def result():
    return simulate("walking_groups", persons=1500, years=8, seed=11, keep_people=True, threads=1)


@pytest.fixture(scope="module")
def worlds(result):
    people = result.people
    return {w: people[people["world"] == w].set_index("person") for w in ("baseline", "policy")}


def totals(result, world):
    table = result.outcomes
    strata = table[["sex", "age_band", "deprivation", "activity_group"]].astype(str)
    own = table[(strata == "all").all(axis=1) & (table["world"] == world)]
    last = own[own["year"] == own["year"].max()].set_index("measure")["value"]
    return own.groupby("measure", observed=True)["value"].sum(), last


def test_columns_are_those_promised(result):
    promised = [
        "person", "world", "entry_year", "sex", "age", "bmi", "smoker", "deprivation", "met_hours",
        "habitual_met_hours", "il6_measured", "il6_end", "il6_measured_end", "death_age", "reached",
        *(f"prevalent.{d}" for d in DISEASES), *(f"onset_age.{d}" for d in DISEASES),
        *(f"cumulative_hazard.{d}" for d in DISEASES),
    ]  # fmt: skip
    assert set(promised) <= set(result.people.columns)
    assert not result.people.duplicated(["person", "world"]).any()


@pytest.mark.parametrize("world", ["baseline", "policy"])
def test_people_add_up_to_the_tallies(result, worlds, world):
    people = worlds[world]
    sums, last = totals(result, world)
    alive = people["death_age"].isna()
    assert alive.sum() == last["persons"]
    assert (~alive).sum() == sums["deaths"] > 0
    assert (people["entry_year"] > 2025).sum() == sums["entrants"] > 0
    assert people["il6_end"].isna().equals(~alive)
    pairs = {
        "il6.geometric_mean": np.exp(np.log(people["il6_end"]).mean()),
        "crp.geometric_mean": np.exp(np.log(people["crp_end"]).mean()),
        "il10.geometric_mean": np.exp(np.log(people["il10_end"]).mean()),
        "tnf.geometric_mean": np.exp(np.log(people["tnf_end"]).mean()),
        "met_hours.mean": people["habitual_met_hours_end"].mean(),
    }
    for name, value in pairs.items():
        assert value == pytest.approx(last[name], rel=1e-5), name
    assert (people.loc[alive, "met_hours_end"] >= 8.75).sum() == last["meets_guideline"]


def test_the_untouched_live_the_same_life_and_some_others_do_not(worlds):
    baseline, policy = worlds["baseline"], worlds["policy"]
    assert baseline.index.equals(policy.index)
    pd.testing.assert_series_equal(baseline["reached"], policy["reached"])
    untouched = ~baseline["reached"]
    assert 0 < untouched.sum() < len(untouched)
    same = [name for name in baseline.columns if name != "world"]
    pd.testing.assert_frame_equal(baseline.loc[untouched, same], policy.loc[untouched, same])
    assert not baseline["il6_end"].equals(policy["il6_end"])
    start = ["age", "bmi", "met_hours", "habitual_met_hours", "il6_measured"]
    pd.testing.assert_frame_equal(baseline[start], policy[start])


def test_entrants_are_twenty_and_numbered_by_their_year(worlds):
    people = worlds["baseline"]
    late = people[people["entry_year"] > 2025]
    assert (late["age"] == 20).all()
    years = late.index // 1_000_000_000
    assert (late["entry_year"] == 2025 + years).all()
    first = people[people["entry_year"] == 2025]
    assert first.index.tolist() == list(range(1500))


def test_ages_at_onset_and_death_lie_within_the_life_lived(result):
    people = result.people
    span = people["age"] + 8 - (people["entry_year"] - 2025)
    for disease in DISEASES:
        onset = people[f"onset_age.{disease}"].dropna()
        own = people.loc[onset.index]
        assert (onset >= own["age"]).all() and (onset <= span[onset.index]).all()
        assert not own[f"prevalent.{disease}"].any()
        dead = own["death_age"].dropna()
        assert (onset[dead.index] <= dead).all()
    dead = people["death_age"].dropna()
    assert (dead >= people.loc[dead.index, "age"]).all() and (dead <= span[dead.index]).all()


def test_events_are_as_many_as_the_hazard_they_came_from(result, worlds):
    """Told for each disease only as sharply as its few events among 1500 people allow."""
    people = worlds["baseline"]
    for disease in DISEASES:
        events = int(people[f"onset_age.{disease}"].notna().sum())
        hazard = float(people[f"cumulative_hazard.{disease}"].sum())
        assert_events(events, hazard, detect=10.5 / np.sqrt(hazard))
    together = sum(float(people[f"cumulative_hazard.{each}"].sum()) for each in DISEASES)
    events = sum(int(totals(result, "baseline")[0][f"incidence.{each}"]) for each in DISEASES)
    assert_events(events, together, detect=0.8)


def test_men_are_not_at_risk_of_breast_cancer(worlds):
    for people in worlds.values():
        men = people["sex"].astype(str) == "male"
        assert not people.loc[men, "prevalent.breast_cancer"].any()
        assert (people.loc[men, "cumulative_hazard.breast_cancer"] == 0.0).all()
        assert (people.loc[~men, "cumulative_hazard.breast_cancer"] > 0.0).mean() > 0.9


def test_blood_tests_scatter_around_the_usual_level(result, worlds):
    people = worlds["baseline"]
    error = np.log(people["il6_measured_end"] / people["il6_end"]).dropna().to_numpy()
    spread = set_up(result.scenario).parameters["il6.measurement_sd"]
    assert_mean(error, 0.0, detect=0.12)
    assert_spread(error, spread, detect=0.2)


def test_cumulative_hazard_of_hand_made_people():
    # At risk throughout; fell ill; ill at the start; ill at the start, recovered and ill again;
    # well, depressed before the start.
    numbers = np.zeros((c.N_NUMBERS, 5), np.float32)
    kept = np.zeros((c.N_REGISTERS, 5), np.float32)
    kept[c.EVER_DEPRESSED] = [0, 0, 1, 1, 1]
    for k in (STROKE, c.DEPRESSION):
        numbers[c.ACCUMULATED + k] = [0.5, 0.2, 0.3, 0.1, 0.4]
        numbers[c.ILL + k] = [0, 1, 1, 0, 0]
        kept[c.PAST_HAZARD + k] = [0, 0.75, 0, 2, 0]
        kept[c.EVENT_COUNT + k] = [0, 1, 0, 1, 0]
        kept[c.PREVALENT + k] = [0, 0, 1, 1, 0]
    stroke = cumulative_hazard(STROKE, numbers, kept)
    depression = cumulative_hazard(c.DEPRESSION, numbers, kept)
    np.testing.assert_allclose(stroke, [0.5, 0.75, 0, 0, 0.4], rtol=1e-6)
    np.testing.assert_allclose(depression, [0.5, 0.75, 0, 0, 0], rtol=1e-6)


def test_the_table_depends_neither_on_threads_nor_on_how_many_others_live():
    scenario = dataclasses.replace(load_scenario("walking_groups"), years=2, persons=1100)
    one = people_table(set_up(scenario), 5, threads=1)
    two = people_table(set_up(scenario), 5, threads=2)
    pd.testing.assert_frame_equal(one, two)
    fewer = people_table(set_up(dataclasses.replace(scenario, persons=600)), 5)
    both = one[one["person"] % 1_000_000_000 < 600].reset_index(drop=True)
    pd.testing.assert_frame_equal(both, fewer)


def test_a_scenario_without_policies_has_one_row_per_person():
    people = simulate("uk", persons=300, years=1, seed=2, keep_people=True, threads=1).people
    assert set(people["world"]) == {"baseline"}
    assert people["person"].is_unique
    assert not people["reached"].any()
