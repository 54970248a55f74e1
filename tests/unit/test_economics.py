"""What a policy is worth: accounts against closed forms, and the table by hand."""

import math
from dataclasses import replace

import numpy as np
import pytest

from abm import simulate
from abm.evidence.parameters import central_parameters
from abm.kernel import layout as c
from abm.kernel.blocks import of_world
from abm.results.economics import UNITS, policy_cost, worth
from abm.results.effects import people_ever
from abm.running.setup import set_up
from abm.scenario.load import load_scenario
from tests.lives import kernel_lives
from tests.unit.test_effects import PERSONS, counts_by_hand

NOTHING = {
    "utility": np.zeros(2 * c.N_AGES, np.float32),
    **dict.fromkeys(
        ("decrement", "disability", "first_year", "later_year"),
        np.zeros(c.N_DISEASES, np.float32),
    ),
    "health_rate": np.float32(0.0), "cost_rate": np.float32(0.0),
}  # fmt: skip
ONLY_DEPRESSION = (np.arange(c.N_DISEASES) == c.DEPRESSION).astype(np.float32)
EVERYBODY = np.ones(2 * c.N_AGES, np.float32)


def lives_valued(ages="[20, 45]", more=(), **economics):
    """Return registers of both worlds and the tallies, with health and care valued so.

    Of people so young that hardly anybody dies, over six years, whom walks reach over two.
    """
    words = [f"population.ages={ages}", "policies.walks.reach=1", "policies.walks.uptake=1",
             "persons=3000", "years=6", *more]  # fmt: skip
    setup = set_up(load_scenario("walking_groups", words), pathways=False)
    valued = setup.constants.economics._replace(**NOTHING | economics)
    setup = replace(setup, constants=setup.constants._replace(economics=valued))
    worlds, counts = kernel_lives(setup, 4)
    registers = np.stack([world.registers for world in worlds]).astype(float)
    return registers, counts


def falls(counts, row):
    return counts.effects[0, 0, row, c.E_EXPECTED] / c.FIXED_POINT


def test_years_ill_are_those_of_the_tables():
    """With 1 for each year ill, what is averted is the difference of the years ill in tables."""
    _, counts = lives_valued(later_year=ONLY_DEPRESSION, first_year=ONLY_DEPRESSION)
    ill = [
        of_world(counts.strata, world)[1:, :, c.T_NOT_AT_RISK + c.DEPRESSION].sum()
        for world in (0, 1)
    ]
    averted = (ill[0] - ill[1]) / c.FIXED_POINT
    assert averted > 3
    # a single death weighs .1 to .2 years
    assert falls(counts, c.COSTS) == pytest.approx(averted, rel=0.05)


def test_a_new_case_costs_what_its_first_year_has_more():
    # Depression is left out: the account corrects its events for chance, not what they cost.
    cases = np.arange(1, c.N_DISEASES + 1, dtype=np.float32)
    cases[c.DEPRESSION] = 0
    _, counts = lives_valued("[40, 90]", first_year=cases)
    by_disease = [falls(counts, k) for k in range(c.N_DISEASES)]
    assert falls(counts, c.COSTS) == pytest.approx(np.dot(cases, by_disease), rel=1e-3)
    _, counts = lives_valued("[40, 90]", first_year=cases, later_year=30 * cases)
    assert falls(counts, c.COSTS) != pytest.approx(np.dot(cases, by_disease), rel=0.1)


def test_perfect_health_is_worth_the_years_lived():
    registers, counts = lives_valued("[60, 95]", utility=EVERYBODY)
    years = registers[:, c.EXPECTED + c.X_YEARS]
    np.testing.assert_allclose(registers[:, c.EXPECTED + c.X_QALYS], years, rtol=1e-5)
    np.testing.assert_allclose(registers[:, c.EXPECTED + c.X_HEALTHY], years, rtol=1e-5)
    assert falls(counts, c.QALYS) == pytest.approx(
        falls(counts, c.OUTCOMES.index("life_years")), rel=1e-3
    )


def test_illness_takes_its_share_of_the_years():
    """Decrements take from quality of life, disability weights from years."""
    half = (ONLY_DEPRESSION / 2).astype(np.float32)
    _, by_weight = lives_valued(disability=half)
    _, by_decrement = lives_valued(utility=EVERYBODY, decrement=half)
    _, ill = lives_valued(later_year=ONLY_DEPRESSION, first_year=ONLY_DEPRESSION)
    years, ill_years = falls(by_weight, c.OUTCOMES.index("life_years")), falls(ill, c.COSTS)
    for found in (falls(by_weight, c.HEALTHY), falls(by_decrement, c.QALYS)):
        assert found == pytest.approx(years - ill_years / 2, rel=0.01)


def test_what_comes_later_counts_less():
    rate = math.log(1.1)
    at_the_start = ("policies.walks.start=2025", "policies.walks.ramp_years=0")
    registers, _ = lives_valued(more=at_the_start, utility=EVERYBODY, health_rate=np.float32(rate))
    at_once = registers[0, c.EXPECTED + c.X_YEARS] > 5.99
    assert at_once.sum() > 100
    expected = sum(1.1 ** -(year + 0.5) for year in range(6))
    np.testing.assert_allclose(registers[0, c.EXPECTED + c.X_QALYS, at_once], expected, rtol=2e-3)


# The table


def scenario_with_cost(**cost):
    scenario = load_scenario("walking_groups", ["years=2", f"persons={PERSONS}"])
    walks = scenario.policies[0]
    return replace(
        scenario, policies=(replace(walks, cost=replace(walks.cost, **cost)),)
    )  # fmt: skip


def counts_with_worth():
    counts = counts_by_hand()
    for row, amount in ((c.HEALTHY, -3.0), (c.QALYS, -2.0), (c.COSTS, 7500.0 / c.COST_UNIT)):
        counts.effects[0, 0, row, c.E_EXPECTED] = int(amount * c.FIXED_POINT)
        counts.effects[0, 0, row, c.E_EXPECTED_SQUARE] = int(0.5 * c.SQUARE_POINT)
    return counts


def test_policies_cost_what_the_scenario_says():
    """Six start in the second year and take part for 2.5 years in all; it runs from the second."""
    scenario = scenario_with_cost(per_participant=100, per_participant_year=10, fixed_per_year=1000)
    counts, parameters = counts_with_worth(), central_parameters()
    behind = replace(scenario, population=replace(scenario.population, represents=10 * PERSONS))
    expected = (6 * 100 + 2.5 * 10 + 100) * 1.035**-1.5
    assert policy_cost(counts, behind, parameters) == pytest.approx(expected)


def test_worth_by_hand():
    scenario = scenario_with_cost(per_participant=2000, per_participant_year=0, fixed_per_year=0)
    found = worth(counts_with_worth(), scenario, central_parameters())
    spent = 12_000 * 1.035**-1.5
    assert list(found) == list(UNITS)
    assert found == pytest.approx(
        {
            "dalys_averted": 3.0, "qalys_gained": 2.0, "care_cost_averted": 7500.0,
            "policy_cost": spent, "net_cost": spent - 7500, "cost_per_qaly": (spent - 7500) / 2,
            "net_benefit": 40_000 + 7500 - spent,
        }
    )  # fmt: skip


def unknown_cost():
    scenario = scenario_with_cost()
    return replace(scenario, policies=(replace(scenario.policies[0], cost=None),))


@pytest.mark.parametrize(
    "scenario", [unknown_cost(), scenario_with_cost(per_participant=20, currency="EUR")]
)
def test_costs_that_nobody_named_or_in_other_money_are_left_empty(scenario):
    found = worth(counts_with_worth(), scenario, central_parameters())
    empty = {name for name, value in found.items() if math.isnan(value)}
    assert empty == {"policy_cost", "net_cost", "cost_per_qaly", "net_benefit"}


def test_a_policy_that_costs_nothing_costs_nothing():
    """Zero is a cost like any other."""
    free = scenario_with_cost(
        **dict.fromkeys(("per_participant", "per_participant_year", "fixed_per_year"), 0.0)
    )
    found = worth(counts_with_worth(), free, central_parameters())
    assert found["policy_cost"] == 0.0 and found["net_cost"] == -7500.0


def test_the_table_of_a_run_with_draws():
    result = simulate("walking_groups", persons=3000, years=10, seed=3, seeds=2, draws=3, threads=2)
    assert set(result.economics["scale"]) == {"per_100000"}
    table = result.economics.set_index("measure")
    assert list(table.index) == list(UNITS) and list(table["unit"]) == list(UNITS.values())
    value, people = table["value"], people_ever(result.counts[3, -1])
    sums = ["dalys_averted", "qalys_gained", "care_cost_averted"]
    assert (table.loc[sums, "standard_error"] > 0).all()
    assert (table.loc[sums, "lower"] < value[sums]).all()
    assert (table["parameter_lower"] < table["parameter_upper"]).all()
    assert value["net_cost"] == pytest.approx(value["policy_cost"] - value["care_cost_averted"])
    assert value["cost_per_qaly"] == pytest.approx(value["net_cost"] / value["qalys_gained"])
    cost = np.mean([
        policy_cost(result.counts[seed, -1], result.scenario, central_parameters())
        for seed in (3, 4)
    ])  # fmt: skip
    assert value["policy_cost"] == pytest.approx(cost * 1e5 / people)


def test_the_people_represented_have_rows_of_their_own():
    words = ["population.represents=50000", "persons=1000", "years=3"]
    table = simulate(load_scenario("walking_groups", words)).economics
    hundred, town = (table[table["scale"] == scale] for scale in ("per_100000", "represented"))
    by_measure = town.set_index("measure")["value"] / hundred.set_index("measure")["value"]
    sums = by_measure.drop("cost_per_qaly")
    assert sums["policy_cost"] == pytest.approx(0.5, rel=0.1)  # entrants come on top of the start
    np.testing.assert_allclose(sums, sums.iloc[0])
    assert by_measure["cost_per_qaly"] == 1.0


def test_there_is_nothing_without_policies():
    assert simulate("uk", persons=100, years=1).economics is None


def test_a_policy_that_reaches_nobody_is_worth_exactly_nothing():
    result = simulate(load_scenario("walking_groups", ["policies.walks.reach=0"]), persons=500,
                      years=2)  # fmt: skip
    table = result.economics.set_index("measure")["value"]
    assert (table[["dalys_averted", "qalys_gained", "care_cost_averted", "policy_cost"]] == 0).all()
