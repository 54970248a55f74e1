"""Only who can matter to an effect is simulated: effects are to the bit those of the whole run."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from test_runs import SmallParts, all_hashes, hashed, local_cluster

from abm import load_scenario, simulate
from abm.kernel import layout as c
from abm.kernel.arrivals import Arrivals, arrivals_from, shared_out
from abm.kernel.blocks import PERSONS_PER_BLOCK, of_world
from abm.population.setup import empty_counts, new_block
from abm.results.effects import people_ever
from abm.running.queue import count_population
from abm.running.setup import for_effects, set_up
from abm.scenario.drawn import drawn
from abm.scenario.parts import Scenario

BUNDLED = [
    path.stem for path in sorted(Path("scenarios").glob("*.yaml")) if path.stem != "uk"
]  # fmt: skip
OF_EFFECTS = (
    "people", "effects", "course", "lifetime", "told_later", "by_cell", "participants",
    "lifetime_by_cell", "worth", "sources", "care",
)  # fmt: skip
BLANK = ["baseline", "policy", "relative_change"]
SURVEY = Path(__file__).parents[1] / "data" / "survey.csv"


def setups(scenario: Scenario, **options):
    """Return a scenario laid out for everybody, and for who can matter."""
    whole = set_up(scenario, **{"lifetimes": True, **options})
    return whole, for_effects(whole)


def counted(scenario: Scenario, seed=3, **options):
    return [count_population(setup, seed, 1) for setup in setups(scenario, **options)]


def assert_same_effects(whole, part, scenario):
    """Assert that all tallies of effects and of what is paid for are the same bits."""
    for name in OF_EFFECTS:
        np.testing.assert_array_equal(getattr(part, name), getattr(whole, name), err_msg=name)
    for p, policy in enumerate(scenario.policies):
        offers = policy.cost is not None and policy.cost.per_person_offered > 0
        residents = policy.cost is not None and policy.cost.per_resident_year > 0
        for fact, name in enumerate(c.TOLD):
            ours, theirs = (counts.told[:, p, :, fact].sum(axis=0) for counts in (part, whole))
            if (name != "offered" or offers) and (name != "resident_years" or residents):
                np.testing.assert_array_equal(ours, theirs, err_msg=f"{policy.name}: {name}")
    assert whole.effects.any()
    assert part.strata.size == part.crossings.size == part.histograms.size == 0


# The same bits


@pytest.mark.parametrize("name", BUNDLED)
def test_every_bundled_scenario_has_the_effects_of_the_whole_run(name):
    sizes = {"persons": 1500, "years": 6, "seed": 4, "threads": 2}
    whole, part = (simulate(name, **sizes, only_effects=only) for only in (False, True))
    deaths = whole.effects.set_index("outcome").loc["deaths"]
    assert deaths["baseline"] > 0.0 and deaths["expected_averted"] != 0.0
    kept = whole.effects.columns.drop(BLANK)
    pd.testing.assert_frame_equal(part.effects[kept], whole.effects[kept], check_exact=True)
    for table in ("economics", "expected_course"):
        ours, theirs = getattr(part, table), getattr(whole, table)
        pd.testing.assert_frame_equal(ours, theirs, check_exact=True)
    ours, theirs = part.group_effects, whole.group_effects
    everybody = ours["group"] == "all"
    pd.testing.assert_frame_equal(ours[everybody], theirs[everybody], check_exact=True)
    of_groups = ["persons", *(name for name in ours if name.endswith("_per_100k"))]
    assert ours.loc[~everybody, of_groups].isna().all(axis=None)
    kept = ours.columns.drop(of_groups)
    pd.testing.assert_frame_equal(ours[kept], theirs[kept], check_exact=True)
    for table in ("participation", "budget_impact"):
        ours, theirs = (getattr(each, table).filter(regex="^(?!offered)") for each in (part, whole))
        pd.testing.assert_frame_equal(ours, theirs, check_exact=True)


def test_what_asks_for_everybody_is_blank_and_outcomes_are_refused():
    part = simulate("exercise_referral", persons=1500, years=3, only_effects=True)
    assert part.effects[BLANK].isna().all(axis=None)
    assert part.il6_histogram.empty and part.people is None
    assert part.participation["offered"].isna().all()
    assert part.budget_impact["offered"].isna().all()
    assert part.participation["started"].sum() > 0
    assert part.manifest["only_effects"] is True
    with pytest.raises(ValueError, match="outcomes: ask for everybody, but with only_effects"):
        _ = part.outcomes
    walks = simulate("walking_groups", persons=1500, years=3, only_effects=True)
    assert (walks.participation["offered"].iloc[1:] > 0).all()  # each invitation has a price


def overlapping(*words):
    """Return two policies open to the same people: one with a price on offers, one without."""
    walks = load_scenario("walking_groups", ["years=6", "persons=2500", *words])
    referral = load_scenario("exercise_referral").policies[0]
    often = replace(referral, reach=0.6, ramp_years=3.0, start=2027)
    return replace(walks, policies=(*walks.policies, often))


def test_two_policies_that_overlap():
    scenario = overlapping()
    whole, part = counted(scenario)
    assert_same_effects(whole, part, scenario)
    started = (whole.told[0] + whole.told[1])[:, :, 2].sum(axis=1)
    alone = [
        count_population(set_up(replace(scenario, policies=(policy,))), 3, 1).told.sum(axis=0)
        for policy in scenario.policies
    ]
    assert (started > 30).all() and sum(each[0, :, 2].sum() for each in alone) >= started.sum()


@pytest.mark.parametrize(
    "words",
    [
        ("step_months=12",),
        ("step_months=3",),
        ("population.entrants=false",),
        ("population.ages=[60, 95]", "policies.walks.eligible.ages=[20, 40]"),  # newcomers alone
        ("policies.walks.eligible={deprivation: [2], sex: female, ages: [30, 34]}",),
        ("policies.walks.eligible={diseases: [type_2_diabetes], bmi_above: 28}",),
        ("policies.walks.start=2030", "policies.walks.end=2032", "policies.walks.ramp_years=5"),
        ("policies.walks.cost.capacity_per_year=100", "population.represents=30000"),
        ("policies.walks.cost.budget_per_year=20000", "population.represents=30000"),
        ("policies.walks.adherence.rejoin_per_year=0.5", "policies.walks.uptake=1"),
        ("policies.walks.eligible.ages=[100, 120]", "population.ages=[85, 111]",
         "policies.walks.reach=1", "policies.walks.uptake=1"),
    ],
    ids=lambda words: words[0],
)  # fmt: skip
def test_steps_populations_and_policies_of_all_kinds(words):
    scenario = load_scenario("walking_groups", ["years=10", "persons=2500", *words])
    whole, part = (count_population(each, 3, 1) for each in setups(scenario, pathways=False))
    for name in OF_EFFECTS:
        np.testing.assert_array_equal(getattr(part, name), getattr(whole, name), err_msg=name)
    np.testing.assert_array_equal(part.told[..., :4].sum(axis=0), whole.told[..., :4].sum(axis=0))
    assert whole.effects.any()


def test_a_survey():
    closed = load_scenario("walking_groups", ["years=4", "persons=2500"])
    people = replace(closed.population, microdata=str(SURVEY), entrants=False)
    scenario = replace(closed, population=people)
    assert_same_effects(*counted(scenario), scenario)


def test_residents_of_the_place_are_simulated_while_a_policy_is_paid_for_them():
    scenario = load_scenario("mass_media", ["years=8", "persons=2500"])
    placed = replace(scenario.policies[0].eligible, deprivation=(1, 4), ages=(40, 60))
    scenario = replace(scenario, policies=(replace(scenario.policies[0], eligible=placed),))
    whole, part = counted(scenario)
    assert_same_effects(whole, part, scenario)
    spent = whole.told[..., 4].sum(axis=(0, 1))
    assert (spent[1:4] > 0).all() and spent[0] == spent[4:].sum() == 0
    notes = for_effects(set_up(scenario)).notes
    assert any("'campaign' is paid for each resident, so everybody" in note for note in notes)
    assert not any("resident" in note for note in set_up(scenario).notes)


# Engines, and what is kept


@pytest.fixture(scope="module")
def in_threads():
    sizes = {"persons": 2800, "years": 2, "seed": 5, "seeds": 2, "draws": 1}
    return sizes, simulate("walking_groups", **sizes, threads=2, only_effects=True)


@pytest.mark.filterwarnings("ignore")  # what Dask does in its threads is its own
def test_a_cluster_gives_the_same_bits(in_threads):
    sizes, expected = in_threads
    with local_cluster() as address:
        found = simulate("walking_groups", **sizes, engine=address, only_effects=True)
    assert all_hashes(found) == all_hashes(expected)
    assert found.economics.equals(expected.economics)


@pytest.mark.parametrize("options", [{"threads": 1}, {"threads": 2, "engine": "processes"}])
def test_engines_give_the_same_bits(in_threads, options):
    sizes, expected = in_threads
    found = simulate("walking_groups", **sizes, **options, only_effects=True)
    assert all_hashes(found) == all_hashes(expected)
    assert found.draw_effects.equals(expected.draw_effects)
    assert found.economics.equals(expected.economics)


def test_what_is_kept_of_possible_participants_is_never_mixed_with_everybody(tmp_path):
    sizes = {"persons": 2800, "years": 2, "seed": 5, "threads": 2}

    def kept(only, **more):
        work = SmallParts(tmp_path)
        result = simulate("walking_groups", **{**sizes, **more}, finished_work=work,
                          only_effects=only)  # fmt: skip
        return (work.entries_found, work.entries_new), all_hashes(result)

    half = kept(True, persons=1024)[0]
    begun, resumed = kept(True)
    again = kept(True)
    assert (half, begun, again[0]) == ((0, 1), (1, 2), (3, 0))
    assert resumed == again[1]
    whole, everybody = kept(False)
    assert whole == (0, 2) and everybody != resumed
    afresh = simulate("walking_groups", **sizes, only_effects=True)
    assert all_hashes(afresh) == resumed


def test_draws_simulate_who_can_matter_and_have_the_effects_of_everybody():
    sizes = {"persons": 1500, "years": 3, "seed": 5, "draws": 2}
    usual = simulate("walking_groups", **sizes)
    part = simulate("walking_groups", **sizes, only_effects=True)
    assert usual.outcomes["draw"].isna().all()
    assert usual.draw_effects.equals(part.draw_effects)
    assert part.economics.equals(usual.economics)
    intervals = ["parameter_lower", "parameter_upper", "share_lower", "share_upper"]
    assert part.effects[intervals].equals(usual.effects[intervals])
    moved, values = drawn(usual.scenario, None, 1)
    whole = set_up(moved, values, lifetimes=True, moved=True)
    counts = count_population(whole, 5, 1)
    np.testing.assert_array_equal(usual.counts[5, 1].effects, counts.effects)
    np.testing.assert_array_equal(usual.counts[5, 1].lifetime, counts.lifetime)


# Who is simulated


def test_errors_are_those_of_the_whole_population():
    scenario = load_scenario("exercise_referral", ["years=4", "persons=3000"])
    whole, part = counted(scenario)
    strata = of_world(whole.strata, 0)
    at_start, entrants = strata[0, :, c.T_PERSONS].sum(), strata[1:, :, c.T_ENTRANTS].sum(axis=1)
    assert people_ever(part) == people_ever(whole) == at_start + entrants.sum()
    np.testing.assert_array_equal(part.people, [at_start, *entrants])
    possible = for_effects(set_up(scenario))
    simulated = arrivals_from(possible.given(3), 0, 3000, empty_counts(possible))
    assert simulated.until[0] < 0.08 * 3000  # reach .1, uptake .5


def enters_by_hand(slot, year, rate):
    """Return whether a slot owns a newcomer: where slot * rate passes a whole number."""
    phase = (year * 0.6180339887498949) % 1.0
    return math.floor((slot + 1) * rate + phase) > math.floor(slot * rate + phase)


def test_everybody_enters_once_whatever_the_slots_at_a_time():
    setup = set_up(load_scenario("uk", ["years=7"]))
    given, rate = setup.given(2), setup.constants.entrant_rate
    counts = empty_counts(setup)
    found = arrivals_from(given, 700, 3900, counts)
    assert found.slots[: found.until[0]].tolist() == list(range(700, 3900))
    for year in range(1, 7):
        expected = [slot for slot in range(700, 3900) if enters_by_hand(slot, year, rate)]
        assert found.slots[found.until[year - 1] : found.until[year]].tolist() == expected
        assert counts.people[year + 1] == len(expected) > 40
    assert counts.people[:2].tolist() == [3200, 0]
    room = new_block(setup).registers.shape[2]
    blocks = list(shared_out(found, room))
    assert len(blocks) == 4
    for year in range(7):
        parts = [block.slots[block.until[year - 1] if year else 0 : block.until[year]]
                 for block in blocks]  # fmt: skip
        assert sorted(np.concatenate(parts)) == sorted(
            found.slots[found.until[year - 1] if year else 0 : found.until[year]]
        )
    assert all(block.until[0] <= PERSONS_PER_BLOCK for block in blocks)


@pytest.mark.parametrize("starters", [0, 1, 1024, 1025, 5000])
@pytest.mark.parametrize("newcomers", [0, 7, 900])
def test_blocks_have_room_for_all_who_are_given_them(starters, newcomers):
    room = 1024 + 341
    slots = np.arange(starters + 19 * newcomers, dtype=np.int32)
    until = starters + newcomers * np.arange(20)
    blocks = list(shared_out(Arrivals(slots, until), room))
    assert sum(block.slots.size for block in blocks) == slots.size
    assert all(block.slots.size <= room and block.until[0] <= 1024 for block in blocks)
    together = [slot for block in blocks for slot in block.slots]
    assert sorted(together) == list(slots)


def test_a_person_dropped_who_can_take_part_is_noticed():
    """The negative control: everything above can fail."""
    scenario = load_scenario("walking_groups", ["years=4", "persons=2500"])
    whole, part = setups(scenario, lifetimes=False)
    lost = replace(part, plan=part.plan._replace(simulated_uptake=np.float32([0.19])))
    late = replace(part, covered=part.covered * np.float32(0.99))  # of whom the last are dropped
    right = hashed([count_population(whole, 3, 1).effects])
    assert hashed([count_population(part, 3, 1).effects]) == right
    for wrong in (lost, late):
        assert hashed([count_population(wrong, 3, 1).effects]) != right


# Bad input


@pytest.mark.parametrize(
    ("scenario", "options", "message"),
    [
        ("uk", {}, "only_effects: is True, but uk has no policies, so no effects; must be left"),
        ("walking_groups", {"keep_people": True}, "keep_people: is True, but with only_effects"),
        ("walking_groups", {"only_effects": "yes"}, "only_effects: is the text 'yes'; must be Tru"),
        ("walking_groups", {"only_effects": 2}, "only_effects: is 2; must be True or False"),
    ],
)
def test_what_cannot_be_told_is_refused(scenario, options, message):
    with pytest.raises(ValueError, match=message):
        simulate(scenario, persons=100, years=1, **{"only_effects": True, **options})


def test_every_problem_is_said_at_once():
    with pytest.raises(ValueError) as caught:
        simulate("uk", persons=0, keep_people=True, only_effects=True)
    assert [line.split(":")[0] for line in str(caught.value).splitlines()] == [
        "persons", "only_effects", "keep_people",
    ]  # fmt: skip
