"""What a policy is worth: accounts against closed forms, and the table by hand."""

import math
from dataclasses import replace

import numpy as np
import pytest

from abm import simulate
from abm.evidence.entries import load_evidence
from abm.evidence.parameters import ParameterError, central_parameters
from abm.evidence.place import bundled_place
from abm.evidence.prices import price_factor
from abm.kernel import layout as c
from abm.kernel.arrivals import arrivals_from
from abm.kernel.blocks import of_world
from abm.kernel.order import begin
from abm.places.country import at_every_age
from abm.population.prices import UTILITIES
from abm.population.setup import empty_counts, new_block
from abm.results.effects import MEANS, people_ever
from abm.results.worth import is_worth, policy_cost, units_of_worth, worth
from abm.rules import economics
from abm.running.setup import set_up
from abm.scenario.load import load_scenario
from analysis.certainty.precision import uncertainty
from analysis.outcomes import ECONOMIC_LABELS
from tests.lives import kernel_lives
from tests.unit.test_effects import PERSONS, counts_by_hand

UNITS = units_of_worth(bundled_place())

NOBODY = np.zeros(c.N_DISEASES, np.float32)
NO_YEAR = np.zeros((c.N_DISEASES, c.N_COST_YEARS), np.float32)
NOTHING = {
    "utility": np.zeros(2 * c.N_AGES, np.float32), "decrement": NOBODY, "share_lost": NOBODY,
    "disability": NOBODY, "losses_add": np.float32(0.0), "first_year": NOBODY,
    "later_year": NO_YEAR, "social_first_year": NOBODY, "social_later_year": NO_YEAR,
    "dying": np.float32(0.0), "active_gain": np.float32(0.0), "health_rate": np.float32(0.0),
    "cost_rate": np.float32(0.0),
}  # fmt: skip
ONLY_DEPRESSION = np.eye(c.N_DISEASES, dtype=np.float32)[c.DEPRESSION]
EVERYBODY = np.ones(2 * c.N_AGES, np.float32)
# Ten times as many first episodes, and walks long enough to prevent some
MUCH_DEPRESSION = (
    "disease.incidence_scale.depression.male=10",
    "disease.incidence_scale.depression.female=10",
    "policies.walks.adds.moderate=900",
)


def without_death(setup):
    """Return a setup in which nobody dies, so that expected years are those lived."""
    risks = setup.constants.disease
    reference = risks.log_reference.copy()
    reference[c.N_DISEASES :] = -100.0
    gone = {
        name: np.zeros_like(getattr(risks, name))
        for name in ("excess", "excess_of_several", "case_fatality")
    }
    risks = risks._replace(log_reference=reference, **gone)
    return replace(setup, constants=setup.constants._replace(disease=risks))


def lives_valued(ages="[20, 45]", more=(), immortal=False, **economics):
    """Return registers of both worlds and the tallies, with health and care valued so.

    Of people so young that hardly anybody dies, over six years, whom walks reach over two.
    """
    words = [f"population.ages={ages}", "policies.walks.reach=1", "policies.walks.uptake=1",
             "persons=3000", "years=6", *more]  # fmt: skip
    setup = set_up(load_scenario("walking_groups", words), pathways=False)
    valued = setup.constants.economics._replace(**NOTHING | economics)
    setup = replace(setup, constants=setup.constants._replace(economics=valued))
    worlds, counts = kernel_lives(without_death(setup) if immortal else setup, 4)
    registers = np.stack([world.registers for world in worlds]).astype(float)
    return registers, counts


def falls(counts, row):
    return counts.effects[0, 0, row, c.E_EXPECTED] / c.FIXED_POINT


def each_year(cost):
    """Return costs of a year ill that are the same in all years since the event."""
    return np.repeat(np.asarray(cost, np.float32)[:, None], c.N_COST_YEARS, axis=1)


def test_years_ill_are_those_of_the_tables():
    """With 1 for each year ill, what is averted is the difference of the years ill in tables."""
    _, counts = lives_valued(
        more=MUCH_DEPRESSION, immortal=True, later_year=each_year(ONLY_DEPRESSION)
    )
    ill = [of_world(counts.strata, world)[1:, :, c.T_DEPRESSED].sum() for world in (0, 1)]
    averted = (ill[0] - ill[1]) / c.FIXED_POINT
    assert averted > 1
    assert falls(counts, c.COSTS) == pytest.approx(averted, rel=0.01)


def test_a_new_case_costs_its_first_year_at_once():
    """Of depression, each of its episodes does."""
    cases = np.arange(1, c.N_DISEASES + 1, dtype=np.float32)
    for k in c.ACUTE:  # of these some die at once, and cost no first year
        cases[k] = 0
    _, counts = lives_valued("[40, 90]", MUCH_DEPRESSION, first_year=cases)
    by_disease = [falls(counts, k) for k in range(c.N_DISEASES)]
    assert abs(falls(counts, c.O_EPISODES) - by_disease[c.DEPRESSION]) > 0.2
    by_disease[c.DEPRESSION] = falls(counts, c.O_EPISODES)
    assert falls(counts, c.COSTS) == pytest.approx(np.dot(cases, by_disease), rel=1e-3)
    _, counts = lives_valued(
        "[40, 90]", MUCH_DEPRESSION, first_year=cases, later_year=each_year(30 * cases)
    )
    assert falls(counts, c.COSTS) != pytest.approx(np.dot(cases, by_disease), rel=0.1)


def test_what_kills_at_once_costs_a_death_and_no_first_year():
    """Deaths cost by themselves; so do events, less those that are deaths."""
    _, of_deaths = lives_valued("[60, 90]", dying=np.float32(1.0))
    deaths = falls(of_deaths, c.O_DEATHS)
    assert abs(deaths) > 0.1
    assert falls(of_deaths, c.COSTS) == pytest.approx(deaths, rel=1e-3)
    ones = np.isin(np.arange(c.N_DISEASES), c.ACUTE).astype(np.float32)
    _, of_events = lives_valued("[60, 90]", first_year=ones)
    events = sum(falls(of_events, k) for k in c.ACUTE)
    assert 0.3 * events < falls(of_events, c.COSTS) < 0.95 * events


def test_care_costs_by_the_years_since_the_event():
    """What is paid in one year since the event alone, over all years, is what each year costs."""
    stroke = np.eye(c.N_DISEASES, dtype=np.float32)[c.DISEASES.index("stroke")]
    by_year = []
    for since in range(c.N_COST_YEARS):
        table = NO_YEAR.copy()
        table[:, since] = stroke
        registers, _ = lives_valued("[60, 90]", later_year=table)
        by_year.append(registers[:, c.EXPECTED + c.X_COSTS].sum())
    whole, _ = lives_valued("[60, 90]", later_year=each_year(stroke))
    assert sum(by_year) == pytest.approx(whole[:, c.EXPECTED + c.X_COSTS].sum(), rel=1e-3)
    assert by_year[0] > by_year[1] > by_year[2] > by_year[3] > 0  # new cases of six years
    # Those of the start have been ill for five years, and walks begin in the second.
    assert min(by_year[6:]) > by_year[3] > by_year[5]


def test_social_care_is_kept_apart():
    stroke = np.eye(c.N_DISEASES, dtype=np.float32)[c.DISEASES.index("stroke")]
    _, counts = lives_valued("[60, 90]", social_first_year=stroke, social_later_year=NO_YEAR)
    assert falls(counts, c.SOCIAL) > 0 == falls(counts, c.COSTS)


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
    _, by_weight = lives_valued(more=MUCH_DEPRESSION, disability=half)
    _, by_decrement = lives_valued(more=MUCH_DEPRESSION, utility=EVERYBODY, share_lost=half)
    _, ill = lives_valued(more=MUCH_DEPRESSION, later_year=each_year(ONLY_DEPRESSION))
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


def test_illnesses_together_take_less_than_their_sum_unless_they_are_added():
    half = np.full(c.N_DISEASES, 0.5, np.float32)
    given = {"utility": EVERYBODY, "share_lost": half, "decrement": half, "disability": half}
    multiplied, _ = lives_valued("[75, 90]", **given)
    added, _ = lives_valued("[75, 90]", losses_add=np.float32(1.0), **given)
    for row in (c.X_HEALTHY, c.X_QALYS):
        assert multiplied[:, c.EXPECTED + row].sum() > added[:, c.EXPECTED + row].sum() + 1


def test_disability_adjusted_years_are_discounted_as_quality_adjusted_ones_are():
    registers, _ = lives_valued(utility=EVERYBODY, health_rate=np.float32(0.1))
    rows = [
        registers[0, c.EXPECTED + row].sum() for row in (c.X_DISCOUNTED, c.X_QALYS, c.X_HEALTHY)
    ]
    assert rows[0] == pytest.approx(rows[1], rel=1e-5) and rows[0] < 0.9 * rows[2]


def test_the_first_year_of_meeting_the_guideline_may_be_worth_something():
    """Nobody meets it by habit, all by the policy: one year each, as long as they live."""
    words = ["population.activity={met_hours: 5}", "policies.walks.adds.moderate=90",
             "policies.walks.adherence=null", "policies.walks.build_up_months=0"]  # fmt: skip
    registers, _ = lives_valued(more=words, active_gain=np.float32(0.5))
    begun = (registers[0, c.APART] > 0) & (registers[0, c.OPENED] < 4.9)
    assert begun.sum() > 500
    years = registers[:, c.EXPECTED + c.X_ACTIVE][:, begun]
    assert years[1].mean() == pytest.approx(1.0, abs=0.002)  # few die so young
    assert years[1].min() > 0.9 and years[1].max() < 1.0 + 1e-5
    assert not years[0].any()
    np.testing.assert_allclose(
        registers[1, c.EXPECTED + c.X_QALYS, begun], years[1] / 2, rtol=1e-5
    )
    below = [words[0], "policies.walks.adds.moderate=30", *words[2:]]
    registers, _ = lives_valued(more=below)
    assert not registers[:, c.EXPECTED + c.X_ACTIVE].any()


@pytest.mark.parametrize("losses_add", [0, 1])
def test_the_mean_of_everybody_is_the_norm(losses_add):
    """Norms hold the ill: those without the diseases are better off, and nothing counts twice."""
    setup = set_up(load_scenario("uk", [f"economics.losses_add={losses_add}", "persons=4000"]))
    prices, p = setup.constants.economics, central_parameters()
    block, counts = new_block(setup), empty_counts(setup)
    found, norms, wrong = [], [], []
    for slot in range(0, 32 * 1024, 1024):
        given = setup.given(3)
        begin(block, given, counts, arrivals_from(given, slot, slot + 1024, counts))
        n = int(block.size[0])
        ill = block.numbers[0, c.ILL : c.ILL + c.N_DISEASES, :n].astype(float)
        cell = block.integers[0, c.CELL, :n]
        kept = np.prod(1.0 - prices.share_lost[:, None] * ill, axis=0)
        lost = (prices.decrement[:, None] * ill).sum(axis=0)
        well = prices.utility[cell].astype(float)
        found += [economics.quality_adjusted_years(well, 1.0, kept, lost, float(losses_add)).mean()]
        norm = np.concatenate([at_every_age(p[path]) for path in UTILITIES])[cell]
        norms += [norm.mean()]
        wrong += [economics.quality_adjusted_years(norm, 1.0, kept, lost, float(losses_add)).mean()]
    assert np.mean(found) == pytest.approx(np.mean(norms), abs=0.0005)
    assert np.mean(wrong) < np.mean(norms) - 0.01  # the norm for everybody counts disease twice


def test_costs_are_brought_to_the_prices_of_one_year():
    p = central_parameters()
    prices = set_up(load_scenario("uk")).constants.economics
    stroke = c.DISEASES.index("stroke")
    assert price_factor(p, "economics.cost_first_year.stroke") == pytest.approx(1.142, abs=5e-4)
    assert prices.first_year[stroke] == pytest.approx(6.80, abs=0.005)
    assert prices.later_year[stroke, :5] == pytest.approx([0, 1.21, 0.47, 0.354, 0.354], abs=0.003)
    assert prices.later_year[c.DISEASES.index("colon_cancer"), [4, 7, 10]] == pytest.approx(
        [0.8, 0.65, 0.0]
    )
    money = [path for path, entry in load_evidence().entries.items() if entry.unit[:3] == "GBP"]
    money.remove("economics.willingness_to_pay")
    assert money and all(load_evidence().entries[path].price_year for path in money)
    with pytest.raises(ParameterError, match="does not know the prices of ''"):
        price_factor(p, "economics.willingness_to_pay")


def test_social_care_counts_where_the_perspective_says_so():
    stroke = c.DISEASES.index("stroke")
    narrow, wide = (
        set_up(load_scenario("uk", [f"economics.perspective={name}"])).constants.economics
        for name in ("health_service", "health_and_social_care")
    )
    assert wide.first_year[stroke] - narrow.first_year[stroke] == pytest.approx(7.7)
    assert wide.later_year[stroke, 4] - narrow.later_year[stroke, 4] == pytest.approx(5.0)
    assert wide.social_later_year[stroke, 4] == narrow.social_later_year[stroke, 4]


# The table


def scenario_with_cost(**cost):
    scenario = load_scenario("walking_groups", ["years=2", f"persons={PERSONS}"])
    walks = scenario.policies[0]
    free = {"per_person_offered": 0.0, "per_participant": 0.0, "per_participant_year": 0.0,
            "delivery_months": None}  # fmt: skip
    costs = replace(walks.cost, **free | cost)
    return replace(scenario, policies=(replace(walks, cost=costs),))


def counts_with_worth():
    counts = counts_by_hand()
    amounts = {
        c.HEALTHY: -4.0, c.DISCOUNTED: -3.0, c.QALYS: -2.0, c.COSTS: 7500.0 / c.COST_UNIT,
        c.SOCIAL: 500.0 / c.COST_UNIT, c.ACTIVE: -100.0,
    }  # fmt: skip
    for row, amount in amounts.items():
        counts.effects[0, 0, row, c.E_EXPECTED] = int(amount * c.FIXED_POINT)
        counts.effects[0, 0, row, c.E_EXPECTED_SQUARE] = int(0.5 * c.SQUARE_POINT)
        counts.effects[0, 0, row, c.E_CONTRIBUTING] = 40
    return counts


def test_policies_cost_what_the_scenario_says():
    """In the second year 12 are asked and 6 start, served for 1.5 years; 40 years are lived there.

    It runs from the second.
    """
    scenario = scenario_with_cost(
        per_person_offered=3, per_participant=100, per_participant_year=10, per_resident_year=0.5,
        fixed_per_year=1000,
    )  # fmt: skip
    counts, parameters = counts_with_worth(), central_parameters()
    behind = replace(scenario, population=replace(scenario.population, represents=10 * PERSONS))
    expected = (12 * 3 + 6 * 100 + 1.5 * 10 + 40 * 0.5 + 100) * 1.035**-1.5
    assert policy_cost(counts, behind, parameters) == pytest.approx(expected)


def test_worth_by_hand():
    scenario = scenario_with_cost(per_participant=2000, per_participant_year=0, fixed_per_year=0)
    found = worth(counts_with_worth(), scenario, central_parameters())
    spent = 12_000 * 1.035**-1.5
    assert list(found) == list(UNITS)
    assert found == pytest.approx(
        {
            "dalys_averted": 3.0, "dalys_averted_undiscounted": 4.0, "qalys_gained": 2.0,
            "care_cost_averted": 7500.0, "social_care_averted": 500.0, "policy_cost": spent,
            "net_cost": spent - 7500, "cost_per_qaly": (spent - 7500) / 2,
            "qalys_gained_if_active": 2.0 + 0.026 * 100.0,
            "net_benefit": 40_000 + 7500 - spent, "net_benefit_20000": 40_000 + 7500 - spent,
            "net_benefit_25000": 50_000 + 7500 - spent,
            "net_benefit_30000": 60_000 + 7500 - spent,
            "net_benefit_35000": 70_000 + 7500 - spent,
        }
    )  # fmt: skip


def test_every_measure_has_a_name_for_people():
    own = [name for name in UNITS if not name.startswith("net_benefit_")]
    assert list(ECONOMIC_LABELS) == own
    assert all(map(is_worth, UNITS)) and not is_worth("net_benefit_")


def unknown_cost():
    scenario = scenario_with_cost()
    return replace(scenario, policies=(replace(scenario.policies[0], cost=None),))


@pytest.mark.parametrize(
    "scenario", [unknown_cost(), scenario_with_cost(per_participant=20, currency="EUR")]
)
def test_costs_that_nobody_named_or_in_other_money_are_left_empty(scenario):
    found = worth(counts_with_worth(), scenario, central_parameters())
    empty = {name for name, value in found.items() if math.isnan(value)}
    needed = {"policy_cost", "net_cost", "cost_per_qaly", "net_benefit"}
    assert empty == needed | {name for name in UNITS if name.startswith("net_benefit_")}


def test_costs_in_other_money_are_warned_of_and_named_where_they_stand():
    cost = "{currency: EUR, per_person_offered: 3, per_participant: 45, per_participant_year: 42}"
    scenario = load_scenario("walking_groups", [f"policies.walks.cost={cost}", "years=3"])
    result = simulate(scenario, persons=300, pathways=False)
    (told,) = (each for each in result.manifest["warnings"] if "left empty" in each)
    assert told == (
        "Costs of the scenario are left empty, as those of its policies are in EUR and those of "
        "the place in GBP; budget_impact.csv has what they spend."
    )
    table = result.economics.set_index("measure")["value"]
    assert table[["policy_cost", "net_cost", "cost_per_qaly"]].isna().all()
    assert set(result.budget_impact["unit"]) == {"EUR"}
    assert result.budget_impact["spending"].max() > 0


def test_what_is_spent_has_a_unit_where_a_cost_is_known():
    known = load_scenario("walking_groups", ["years=1", "persons=50"])
    (walks,) = known.policies
    policies = (walks, replace(walks, name="others", cost=None))
    table = simulate(replace(known, policies=policies)).budget_impact.set_index("policy")
    assert set(table.loc[["walks"], "unit"]) == {"GBP"}
    assert set(table.loc[["others"], "unit"]) == {""}
    assert not any("those of the place in" in each for each in known.warnings)


def test_a_policy_that_costs_nothing_costs_nothing():
    """Zero is a cost like any other."""
    free = scenario_with_cost(fixed_per_year=0.0)
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


def test_what_is_averted_among_the_people_represented_stands_beside_what_was_simulated():
    words = ["population.represents=50000", "persons=1000", "years=3"]
    result = simulate(load_scenario("walking_groups", words), draws=2)
    for table in (result.effects, result.group_effects, result.draw_effects):
        for name in ("averted", "expected_averted"):
            np.testing.assert_allclose(table[f"{name}_represented"], 50.0 * table[name])
    assert result.effects["expected_averted_represented"].any()
    alone = simulate("walking_groups", persons=100, years=1)
    assert not any("represented" in name for name in alone.effects)


def test_tables_of_effects_say_for_whom_their_numbers_stand():
    result = simulate("walking_groups", persons=300, years=2, draws=2)
    for table in (result.effects, result.draw_effects, uncertainty(result)):
        means = table["outcome"].isin(MEANS)
        assert means.any() and (table.loc[means, "scale"] == "").all()
        assert (table.loc[~means, "scale"] == "simulated").all()
        after = list(table.columns).index("outcome") + 1
        assert "scale" in table.columns[after : after + 2]
    assert (result.group_effects["scale"] == "simulated").all()
    alone = simulate("uk", persons=100, years=1).effects
    assert list(alone.columns) == ["outcome", "unit", "scale", "baseline"]


def test_there_is_nothing_without_policies():
    assert simulate("uk", persons=100, years=1).economics is None


def test_a_policy_that_reaches_nobody_is_worth_exactly_nothing():
    result = simulate(load_scenario("walking_groups", ["policies.walks.reach=0"]), persons=500,
                      years=2)  # fmt: skip
    table = result.economics.set_index("measure")["value"]
    assert (table[["dalys_averted", "qalys_gained", "care_cost_averted", "policy_cost"]] == 0).all()
