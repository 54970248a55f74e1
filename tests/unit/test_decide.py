"""A budget shared out: the programme by enumeration, the winner's curse, and what is refused."""

import math
from dataclasses import replace
from itertools import combinations, product
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from abm import effects_table, load_scenario
from analysis.commands.decide_budget import demand
from analysis.commands.memory import memory_problem
from analysis.decision.allocation import NET_BENEFIT, Market, allocate
from analysis.decision.allocation_page import _who
from analysis.decision.allocation_table import (
    Told,
    allocation_table,
    groups_table,
    probability,
    totals_table,
)
from analysis.decision.allocation_words import headline, optimism_sentence, spending_sentence
from analysis.decision.budget_request import limits_not_applied, starts_of
from analysis.decision.candidates import (
    COST,
    MEASURES,
    NOBODY,
    Candidate,
    Group,
    candidate_of,
    halves_of,
    joined_bands,
)
from analysis.decision.priced_policies import Shifts, share_of_normal_above
from analysis.decision.programme import Offers, best_use
from analysis.words import THIN_SPACE
from run import main
from tests.regions import check_regions

GROUPS, POLICIES = 3, 2
PRICES = np.array([3.0, 2.0, 4.0, 5.0, 1.0, 6.0])  # policy 0 for three groups, then policy 1
BENEFITS = np.array([4.0, 3.0, 9.0, 7.0, -1.0, 13.0])
MOST = np.repeat([0.8, 0.6], GROUPS)
PAIRS = np.hstack([np.eye(GROUPS), np.eye(GROUPS)]).astype(bool)


def toy(charges=(0.0, 0.0)):
    """Return three groups and two policies: nobody is offered both."""
    needs = np.repeat(np.eye(POLICIES), GROUPS, axis=1).astype(bool)
    return Offers(MOST, PRICES, BENEFITS, np.array(charges), needs, PAIRS)


def best_corner(offers, budget, allowed):
    """Return the highest net benefit at any corner of what is allowed: where six limits meet."""
    number = len(offers.most)
    rows = np.vstack([offers.cost, offers.together, -np.eye(number), np.eye(number)])
    most = np.concatenate([[budget], np.ones(GROUPS), np.zeros(number), offers.most * allowed])
    best = -math.inf
    for chosen in combinations(range(len(rows)), number):
        matrix = rows[list(chosen)]
        if abs(np.linalg.det(matrix)) < 1e-9:
            continue
        corner = np.linalg.solve(matrix, most[list(chosen)])
        if (rows @ corner <= most + 1e-9).all():
            best = max(best, float(offers.benefit @ corner))
    return best


def by_enumeration(offers, budget):
    """Return the highest net benefit, whichever charges are paid."""
    found = []
    for paid in product([0.0, 1.0], repeat=len(offers.charges)):
        fixed = float(np.array(paid) @ offers.charges)
        if fixed <= budget:
            allowed = np.array(paid) @ offers.needs
            found.append(best_corner(offers, budget - fixed, allowed) - fixed)
    return max(found)


@pytest.mark.parametrize("budget", [0.0, 1.7, 4.0, 100.0])
@pytest.mark.parametrize("charges", [(0.0, 0.0), (1.5, 0.9)])
def test_the_programme_finds_what_enumeration_finds(budget, charges):
    offers = toy(charges)
    shares = best_use(offers, budget)
    paid = (offers.needs & (shares > 0.0)).any(axis=1)
    value = offers.benefit @ shares - offers.charges @ paid
    assert value == pytest.approx(by_enumeration(offers, budget), abs=1e-6)
    assert offers.cost @ shares + offers.charges @ paid <= budget + 1e-6
    assert (PAIRS @ shares <= 1.0 + 1e-9).all() and (shares <= MOST).all()
    assert shares[4] == 0.0  # only loses


def test_without_one_offer_a_person_more_would_be_bought():
    """Negative control: the limit binds."""
    offers = toy()
    free = Offers(*[*vars(offers).values()][:5], together=np.zeros((0, 6), bool))
    assert free.benefit @ best_use(free, 100.0) > offers.benefit @ best_use(offers, 100.0) + 0.5


def test_a_fixed_cost_that_does_not_come_back_is_not_paid():
    assert best_use(toy((50.0, 50.0)), 100.0).sum() == 0.0


NOISE = 40.0
TRUE = np.linspace(-2.0, 2.0, 24).reshape(12, 2).T.copy()  # policies x groups


def simulated(seed, people=4_000, place=False, noise=NOISE):
    """Return a market of people drawn with a seed, whose true benefits are :data:`TRUE`."""
    rng = np.random.default_rng(seed)
    number = TRUE.shape[1]
    group = rng.integers(0, number, people)
    names = tuple(Group(f"{20 + 10 * (g % 6)}-{29 + 10 * (g % 6)}", "male", 1 + g // 6)
                  for g in range(number))  # fmt: skip
    candidates = []
    for k, true in enumerate(TRUE):
        values = np.zeros((people, len(MEASURES)))
        values[:, :3] = 1.0, 0.5, 1.0  # offered, started, cost
        values[:, 4] = 1.0 + true[group] + noise * rng.normal(size=people)
        residents = np.where(group >= 6, 0.05, 0.0) if place and k == 0 else np.zeros(people)
        candidates.append(
            Candidate(f"s{k}", f"p{k}", 0.7, names, group, values, residents, 10.0 * place)
        )
    return Market(candidates, 1 + group // 6, 1e5 / people, 1.0)


def true_value(shares):
    return 1e5 / TRUE.shape[1] * float(TRUE.ravel() @ shares)


def test_the_half_that_chose_flatters_itself_and_the_other_does_not():
    own, others = [], []
    half = np.arange(4_000) % 2 == 0
    for seed in range(20):
        found = allocate(simulated(seed), 60_000.0, half)
        truth = true_value(found.shares)
        own.append(found.own.net_benefit - truth)
        others.append((found.worth.net_benefit - truth) / found.worth.error[NET_BENEFIT])
    assert np.mean(own) > 4.0 * np.std(own) / math.sqrt(20.0)  # the winner's curse
    assert abs(np.mean(others)) < 3.0 / math.sqrt(20.0)  # standard errors of 20 seeds
    assert 0.5 < np.std(others) < 1.6


def test_values_of_groups_and_charges_add_up_to_the_whole():
    market, half = simulated(3, place=True), np.arange(4_000) % 2 == 0
    found = allocate(market, 90_000.0, half)
    table = allocation_table(found, Told("per_100000", "GBP"), None)
    totals = totals_table(found, Told("per_100000", "GBP"), None)
    assert {"group", "fixed", "place"} == set(table["kind"])
    assert list(totals["policy"]) == ["p0", "p1", "all"]
    whole = totals.iloc[-1]
    for name in ("offered", "cost", "qalys_gained", "net_benefit", "net_benefit_where_chosen"):
        assert table[name].sum() == pytest.approx(whole[name]), name
        assert totals[name].iloc[:-1].sum() == pytest.approx(whole[name]), name
    assert whole["cost"] <= 90_000.0
    shares = table[table["kind"] == "group"].groupby(["age_band", "deprivation"])["share"].sum()
    assert shares.max() <= 1.0 + 1e-9 and shares.max() > 0.7  # two policies share a group


def test_no_budget_buys_nothing_and_too_much_is_not_spent():
    market, half = simulated(5), np.arange(4_000) % 2 == 0
    none = allocate(market, 0.0, half)
    assert none.chosen == [] and none.worth.net_benefit == 0.0
    table = allocation_table(none, Told("per_100000", "GBP"), None)
    assert table.empty and "probability_it_pays" in table
    assert totals_table(none, Told("per_100000", "GBP"), None)["cost"].tolist() == [0.0]
    much, more = (allocate(market, budget, half) for budget in (1e9, math.inf))
    assert much.own.sums[COST] < 1e8 and much.shares == pytest.approx(more.shares)
    assert "what is left could only be spent" in spending_sentence(much, Told("", "GBP"))


@pytest.mark.parametrize(
    ("where_chosen", "told"),
    [(900.0, "It spends 800 GBP; what is left could only"),
     (1000.0, "It spends 800 GBP, and all of it on the half of the people on which it was chosen"),
     (700.0, "It spends 800 GBP; what is left could only")],
)  # fmt: skip
def test_what_is_spent_is_the_cost_of_the_tables(where_chosen, told):
    own, worth = (SimpleNamespace(sums={COST: cost}) for cost in (where_chosen, 800.2))
    found = SimpleNamespace(chosen=[0], own=own, worth=worth, budget=1000.0)
    assert spending_sentence(found, Told("", "GBP")).startswith(told)


@pytest.mark.parametrize(
    ("where_chosen", "told"),
    [(110.0, "10 % more: what is chosen as the best looks better"),
     (96.0, "4 % less: mostly what")],
)
def test_the_choice_is_said_to_look_better_only_where_it_does(where_chosen, told):
    own, worth = (SimpleNamespace(net_benefit=value) for value in (where_chosen, 100.0))
    found = SimpleNamespace(chosen=[0], own=own, worth=worth)
    assert told in optimism_sentence(found, Told("", "GBP"))


@pytest.mark.parametrize(
    ("ages", "sexes", "told"),
    [((18, 120), ["female"], "women aged 20 to 79 in"),
     ((25, 75), ["male"], "men aged 25 to 74 in"),
     ((25, 75), ["male", "female"], "people aged 25 to 74 in"),
     (None, ["male"], "men aged 20 to 79 in")],
)  # fmt: skip
def test_the_answer_keeps_to_the_sex_and_the_ages_of_its_policy(ages, sexes, told):
    """It spoke of people up to 89 where the policy takes women up to 84."""
    market, half = simulated(5), np.arange(4_000) % 2 == 0
    own = [
        replace(each, ages=ages, groups=tuple(
            group._replace(sex=sexes[place % len(sexes)]) for place, group in enumerate(each.groups)
        ))
        for each in market.candidates
    ]  # fmt: skip
    found = allocate(replace(market, candidates=own), 1e9, half)
    said = headline(found, Told("per_100000", "GBP"), load_scenario("walking_groups"), 0.5)
    policies = {market.offers[offer][0] for offer in found.chosen}
    assert policies and said.count(told) == len(policies)


def test_a_candidate_knows_the_ages_that_its_policy_takes():
    table = table_of("walking_groups", 300)
    found = candidate_of(table, halves_of(table.people))
    assert found.ages == (20, 85)
    row = {"kind": "group", "sex": "female", "age_band": "80-89", "deprivation": "2"}
    assert _who(row, found.ages) == "women 80 to 84, quintile 2"


@pytest.mark.parametrize("budget", [3.0, 900.0, 20_000.0])
@pytest.mark.parametrize("seed", range(6))
def test_the_budget_holds_on_the_half_that_values(budget, seed):
    half = np.arange(4_000) % 2 == 0
    found = allocate(simulated(seed, place=True), budget, half)
    assert found.worth.sums[COST] <= budget
    assert found.chosen == [] or found.worth.sums[COST] > 0.85 * budget


def test_only_groups_where_the_policy_can_be_offered_count():
    market = simulated(6)
    someone = market.candidates[0].of_person
    someone[:2_000] = NOBODY
    table = groups_table(market, Told("per_100000", "GBP"))
    first = table[table["policy"] == "p0"]
    assert first["offered"].sum() == pytest.approx(50_000.0)
    assert {"net_benefit_per_participant", "net_benefit_standard_error"} <= set(first)


def test_probabilities_hold_the_error_and_the_draws():
    assert share_of_normal_above(1.0, 0.5) == pytest.approx(0.97725, abs=1e-5)
    market, half = simulated(2), np.arange(4_000) % 2 == 0
    worth = market.worth(market.best(half, 5e4), ~half)
    draws = np.array([[0.0], [2.0]])
    shifts = Shifts(qalys=draws, cost=np.ones((2, 1)), care=np.zeros((2, 1)))
    found = probability([(0, worth)], 1e-9, 1.0, shifts)
    assert found == 0.5  # without QALYs it loses its cost, with twice as many it gains


def test_bands_are_joined_until_both_halves_have_enough():
    assert joined_bands(np.array([0] * 5), np.array([0] * 5), fewest=6) == []
    assert joined_bands(np.array([0, 0, 1]), np.array([0, 0, 7]), fewest=2) == [[0, 1, 7]]


def table_of(name, persons=1_500):
    return effects_table(name, persons=persons, years=6, seed=4, threads=1)


def test_whoever_reaches_the_age_later_is_counted_from_then_in_the_band_of_then():
    table = table_of("strength_for_over_65s", 4_000)
    found = candidate_of(table, halves_of(table.people))
    age = table.people["age"].to_numpy()
    later = (age >= 61) & (age < 64) & (table.people["entry_year"] == 2025).to_numpy()
    alive = later & table.on_january.there[:, 5]
    bands = {found.groups[g].age_band for g in found.of_person[alive] if g != NOBODY}
    assert alive.sum() > 20 and {band[:2] for band in bands} == {"60"}
    assert (found.of_person[age < 59] == NOBODY).all()
    offered = found.values[:, 0]
    assert (offered[alive] > 0.0).all() and found.left_out < 0.3
    whole = table.answer(reach=1.0).values
    assert found.values[:, COST].sum() == pytest.approx(whole["policy_cost"])


def test_what_is_paid_for_a_place_is_apart_from_what_goes_with_offers():
    table = table_of("free_leisure_centres")
    found = candidate_of(table, halves_of(table.people))
    whole = table.answer(reach=1.0)
    together = found.values[:, COST].sum() + found.place_cost.sum()
    assert together == pytest.approx(whole.values["policy_cost"])
    assert found.place_cost[table.people["deprivation"] > 2].sum() == 0.0
    nobody = table.answer(reach=0.0)  # the place is paid for whoever comes
    assert found.place_cost.sum() == pytest.approx(nobody.values["policy_cost"])
    assert found.place_cost.sum() > 0.99 * together


SMALL = ["--persons", "1500", "--years", "4", "--threads", "1"]
POLICY = ["walking_groups", "exercise_referral", "active_travel"]


def test_the_command_writes_tables_and_page_and_goes_on_with_what_is_kept(tmp_path, capsys):
    words = ["decide", *POLICY, "--budget", "900000", *SMALL, "--out", str(tmp_path)]
    assert main(words) == 0
    said = capsys.readouterr()
    folder = tmp_path / "decision"
    table = pd.read_csv(folder / "allocation.csv")
    wanted = {"policy", "age_band", "sex", "deprivation", "offered", "cost", "qalys_gained",
              "net_benefit", "probability_it_pays", "scale", "unit"}  # fmt: skip
    assert wanted <= set(table.columns) and set(table["scale"]) == {"per_100000"}
    groups = pd.read_csv(folder / "groups.csv")
    assert set(groups["scenario"]) == set(POLICY)
    page = (folder / "report.html").read_text()
    assert "A budget of 900 000 GBP" in page.replace(THIN_SPACE, " ")
    assert "GBP 20" not in page and "ot medical advice" in page and "://" not in page
    assert "A budget of 900 000 GBP for 100 000 persons" in said.out
    assert "effects of the policies" in said.err and "effects" not in said.out.split("\n")[0]
    assert 0.0 < table["cost"].sum() <= 900_000.0
    assert "{{" not in page and "All together" in page
    check_regions(page, fewest=4)
    before = (folder / "allocation.csv").read_bytes()
    assert main(words) == 0  # the same numbers
    assert (folder / "allocation.csv").read_bytes() == before


def test_the_people_represented_are_those_of_the_budget(tmp_path, capsys):
    words = ["walking_groups", "--budget", "1e6", *SMALL, "--draws", "2", "--out", str(tmp_path),
             "--set", "population.represents=300000", "years=2"]  # fmt: skip
    assert main(["decide", *words]) == 0
    said = capsys.readouterr().out
    assert "for 300 000 people and all" in said and "rest on 2 parameter draws" in said
    table = pd.read_csv(tmp_path / "decision" / "allocation.csv")
    assert set(table["scale"]) == {"represented"} and set(table["draws"]) == {2}


def refused(words, tmp_path, capsys):
    """Return what is said of a request that is refused before anything is written."""
    out = tmp_path / "out"
    try:
        code = main(["decide", *words, "--out", str(out)])
    except SystemExit as ended:
        code = ended.code
    assert code == 2 and not out.exists()
    return capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["walking_groups"], "--budget"),
        (["walking_groups", "--budget", "-1"], "between 0 and"),
        (["walking_groups", "--budget", "much"], "must be a number"),
        (["walking_groups", "--budget", "nan"], "must be a number"),
        (["walking_groups", "--budget", "1", "--threshold", "-2"], "money for a QALY"),
        (["--budget", "1"], "no scenario is given"),
        (["uk", "--budget", "1"], "uk: has no policies"),
        (["everyone_meets_guideline", "--budget", "1"], "no cost is known of guideline"),
        (["walking_groups", "walking_groups", "--budget", "1"], "also the name of another"),
        (["walking_group", "--budget", "1"], "did you mean"),
        (["walking_groups", "--budget", "1", "--persons", "10"], "must be at least 1000"),
    ],
)
def test_what_cannot_be_decided_is_refused_in_words(words, said, tmp_path, capsys):
    assert said in refused(words, tmp_path, capsys)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("years: 7", "other: years: is 7; must be 20, as in walking_groups"),
        ("seed: 77", "other: seed: is 77"),
        ("population: {place: example_city}", "other: population.place: is example_city"),
        ("population: {represents: 5000}", "population.represents: is 5000"),
        ("economics: {horizon: run}", "economics.horizon: is run; must be lifetime"),
        ("parameters: {causal_share.dementia: 0.5}", "parameters.causal_share.dementia: is 0.5"),
    ],
)
def test_scenarios_of_other_people_or_values_are_not_compared(text, said, tmp_path, capsys):
    other = tmp_path / "other.yaml"
    other.write_text(f"name: other\ntitle: Other\nextends: exercise_referral\n{text}\n")
    assert said in refused(["walking_groups", str(other), "--budget", "1"], tmp_path, capsys)


def test_memory_is_asked_for_by_people_and_starts():
    few, many = (load_scenario("walking_groups", [f"persons={n}"]) for n in (14_000, 200_000_000))
    assert memory_problem(demand([few])) is None
    assert "the run needs about" in str(memory_problem(demand([many])))


def test_help_says_for_whom_and_how_long_the_budget_is(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["decide", "--help"])
    said = " ".join(capsys.readouterr().out.split())
    assert ended.value.code == 0
    assert "in the whole run (not in a year), discounted" in said and "100 000 persons" in said


def test_a_policys_own_budget_is_said_to_be_left_aside():
    limit = "policies.walks.cost.budget_per_year=1000000"
    own = load_scenario("walking_groups", [limit, "population.represents=300000"])
    assert "cost.budget_per_year is not applied" in limits_not_applied([own])[0]


def test_starts_are_dense_while_reach_grows():
    scenario = load_scenario("walking_groups", ["years=12"])
    found = starts_of(scenario, scenario.policies[0], 3)
    assert found == [2026, 2027, 2028, 2029, 2032, 2035, 2036]


def test_a_policy_for_hardly_anybody_is_refused(tmp_path, capsys):
    ages = "policies.walks.eligible.ages=[95,96]"
    words = ["walking_groups", "--budget", "1", *SMALL, "--set", ages]
    said = refused(words, tmp_path, capsys)
    assert "too few people could be offered it" in said
