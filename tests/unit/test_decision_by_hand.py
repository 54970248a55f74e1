"""Five people worked out by hand: discounting, cost per QALY, dominance, slope index, horizons."""

import math
from dataclasses import replace

import numpy as np
import pytest

from abm import load_scenario
from abm.evidence.parameters import central_parameters
from abm.kernel import layout as c
from abm.kernel.blocks import new_counts
from abm.results.equity import indices
from abm.results.groups import BY_ACTIVITY, BY_AGE, BY_FIFTH, all_groups, membership
from abm.results.horizons import horizons_table
from abm.results.joint_error import A, Horizon, P, Q, together
from abm.results.worth import RUN, worth
from abm.rules.economics import discount
from analysis.decision.incremental import (
    DOMINATED,
    EXTENDEDLY,
    ON_FRONTIER,
    incremental_analysis,
)

RATE = 0.035
# Five people, one to a quintile from the most deprived on: QALYs gained and care averted [GBP].
QALYS = np.array([0.5, 0.4, 0.2, 0.1, 0.0])
CARE = np.array([1000.0, 0.0, 500.0, 0.0, 0.0])
PER_START = 300.0  # all but the last take part, and start in the second year


@pytest.fixture
def scenario():
    words = [
        "policies.walks.cost.per_person_offered=0", "persons=5", "years=2",
        f"policies.walks.cost.per_participant={PER_START}",
        "policies.walks.cost.per_participant_year=0",
        "economics.horizon=run",
    ]  # fmt: skip
    return load_scenario("walking_groups", words)


@pytest.fixture
def counts():
    """Return the tallies of the five, one man of 50 to 59 in each quintile, all inactive."""
    found = new_counts(2, 2, 1)
    found.people[0] = 5
    found.told[1, 0, 1, c.TOLD.index("started")] = 4
    for quintile, (gained, averted) in enumerate(zip(QALYS, CARE / c.COST_UNIT, strict=True)):
        if gained == 0.0:
            continue
        for cell in (BY_AGE[0, 3], BY_FIFTH[0, quintile], BY_ACTIVITY[3, 0]):
            found.participants[cell] += 1
        for group in (0, 1, 3 + quintile):
            for row, fall in ((c.QALYS, -gained), (c.COSTS, averted)):
                found.effects[0, group, row, c.E_EXPECTED] += round(fall * c.FIXED_POINT)
                found.effects[0, group, row, c.E_EXPECTED_SQUARE] += round(fall**2 * c.SQUARE_POINT)
                found.effects[0, group, row, c.E_CONTRIBUTING] += int(fall != 0.0)
        for place, fall in enumerate((-gained, averted)):
            row = found.worth[0, place]
            row[c.V_EXPECTED] += round(fall * c.FIXED_POINT)
            row[c.V_EXPECTED_SQUARE] += round(fall**2 * c.SQUARE_POINT)
            row[c.V_WITH_QALYS] += round(-fall * gained * c.SQUARE_POINT)
            row[c.V_CONTRIBUTING] += 10  # so that an error is known
    return found


def test_the_four_who_start_in_the_second_year_are_paid_at_its_middle(counts, scenario):
    found = worth(counts, scenario, central_parameters())
    cost = 4 * PER_START * 1.035**-1.5
    assert found["policy_cost"] == pytest.approx(cost)
    assert found["qalys_gained"] == pytest.approx(1.2, rel=1e-5)
    assert found["cost_per_qaly"] == pytest.approx((cost - 1500.0) / 1.2, rel=1e-5)
    undiscounted = worth(counts, scenario, central_parameters({"economics.discount_rate.costs": 0}))
    assert undiscounted["policy_cost"] == 4 * PER_START


def test_a_year_is_worth_less_the_later_it_comes():
    assert discount(math.log1p(RATE), 2.0) == pytest.approx(1.0 / 1.035**2)


def test_errors_of_the_five_are_those_of_their_sums(counts, scenario):
    joint = together([counts], scenario, central_parameters(), Horizon(RUN, 2))
    each = joint.means[P] / 4
    paid = np.array([each, each, each, each, 0.0])
    people = np.stack([QALYS, CARE, paid])
    expected = people @ people.T - np.outer(people.sum(axis=1), people.sum(axis=1)) / 5
    np.testing.assert_allclose(joint.covariance[[Q, A]][:, [Q, A]], expected[:2, :2], rtol=1e-4)
    # Each participant is taken to cost the mean, whatever they gain.
    np.testing.assert_allclose(joint.covariance[P, [Q, A, P]], expected[2], rtol=1e-4)
    net = PER_BENEFIT @ expected @ PER_BENEFIT
    assert joint.error_of_net_benefit(20_000) == pytest.approx(math.sqrt(net), rel=1e-4)


PER_BENEFIT = np.array([20_000.0, 1.0, -1.0])


def test_the_cost_per_qaly_of_the_run_is_that_of_the_five(counts, scenario):
    table = horizons_table(scenario, [counts], []).set_index("horizon")
    row = table.loc["run"]
    assert row["qalys_gained"] == pytest.approx(1.2 / 5 * 1e5, rel=1e-5)
    assert row["cost_per_qaly"] == pytest.approx(
        worth(counts, scenario, central_parameters())["cost_per_qaly"]
    )


def test_a_run_whose_policy_names_no_cost_says_so_in_blanks(counts, scenario):
    free = replace(scenario, policies=(replace(scenario.policies[0], cost=None),))
    row = horizons_table(free, [counts], []).iloc[0]
    assert row[["policy_cost", "net_cost", "cost_per_qaly", "lower"]].isna().all()
    assert row["qalys_gained"] > 0.0


# Incremental analysis: what each costs and gains is worked out beside it.
OPTIONS = {
    "nothing": (0.0, 0.0),
    "leaflets": (1000.0, 0.5),  # 2000 per QALY
    "walks": (6000.0, 1.0),  # 10 000 beyond leaflets; beyond that trainers cost less a QALY
    "trainers": (8000.0, 2.0),  # 4667 beyond leaflets
    "referral": (9000.0, 1.5),  # dearer than trainers, and gains less
    "gyms": (18000.0, 3.0),  # 10 000 beyond trainers
}


def analysed(options):
    names = list(options)
    return incremental_analysis(
        names, [options[each][0] for each in names], [options[each][1] for each in names]
    ).set_index("option")


def test_one_option_is_dominated_and_one_extendedly():
    table = analysed(OPTIONS)
    assert table["status"].to_dict() == {
        "nothing": ON_FRONTIER, "leaflets": ON_FRONTIER, "walks": EXTENDEDLY,
        "trainers": ON_FRONTIER, "referral": DOMINATED, "gyms": ON_FRONTIER,
    }  # fmt: skip
    assert table.loc["referral", "dominated_by"] == "trainers"
    assert table.loc["walks", "dominated_by"] == "leaflets and trainers"
    step = table["incremental_cost_per_qaly"]
    assert step["leaflets"] == 2000.0
    assert step["trainers"] == pytest.approx(7000.0 / 1.5)
    assert step["gyms"] == 10_000.0
    assert table.loc["gyms", "compared_with"] == "trainers"
    assert step[["nothing", "walks", "referral"]].isna().all()


def test_the_order_of_the_options_does_not_matter():
    turned = analysed(dict(reversed(OPTIONS.items())))
    table = analysed(OPTIONS)
    assert turned["status"].to_dict() == table["status"].to_dict()
    assert turned["compared_with"].to_dict() == table["compared_with"].to_dict()


def test_what_saves_money_and_gains_leaves_nothing_behind():
    table = analysed({"nothing": (0.0, 0.0), "saves": (-500.0, 1.0), "harms": (100.0, -1.0)})
    assert table["status"].tolist() == [DOMINATED, ON_FRONTIER, DOMINATED]
    assert table.loc["nothing", "dominated_by"] == "saves"


def test_of_two_alike_the_first_stays():
    table = analysed({"nothing": (0.0, 0.0), "one": (10.0, 1.0), "other": (10.0, 1.0)})
    assert table["status"].tolist() == [ON_FRONTIER, ON_FRONTIER, DOMINATED]


# Inequality


def test_the_slope_index_of_the_five():
    """Quintiles of one person each have their middles at .1, .3, .5, .7 and .9.

    The line through .5, .4, .2, .1, 0 falls by 1.3 from one end to the other: the covariance of
    gain and middle is -.052, the variance of the middles .08.
    """
    found = indices(QALYS[None, :], np.full((1, 5), 0.1), np.ones(5))
    assert found.slope[0] == pytest.approx(0.65)
    assert found.relative[0] == pytest.approx(0.65 / 0.24)
    # levers of -.2 x (-.4, -.2, 0, .2, .4) / .08
    assert found.slope_error[0] == pytest.approx(0.1 * math.sqrt(1 + 0.25 + 0.25 + 1))
    assert found.chance[0] > 0.99


def test_quintiles_of_unlike_size_are_weighed():
    """Where all live in the first two, these are the line, whatever the others would gain."""
    persons = np.array([1.0, 1.0, 1e-9, 1e-9, 1e-9])
    found = indices(np.array([[3.0, 1.0, 9.0, 9.0, 9.0]]), np.zeros((1, 5)), persons)
    assert found.slope[0] == pytest.approx(4.0, rel=1e-4)  # from middle to middle it is half
    assert np.isnan(found.chance[0])


def test_equal_gains_have_no_slope():
    found = indices(np.full((1, 5), 0.3), np.full((1, 5), 0.1), np.arange(1.0, 6.0))
    assert found.slope[0] == pytest.approx(0.0, abs=1e-12)
    assert found.chance[0] == pytest.approx(0.5)


# Groups


def test_every_cell_is_a_group_and_every_group_is_made_of_cells():
    groups = all_groups()
    labels = [group.label for group in groups]
    assert len(set(labels)) == len(labels)
    crossed = [group for group in groups if group.is_crossed]
    assert sorted(cell for group in crossed for cell in group.cells) == list(range(c.N_CELLS))
    ones = membership(groups)
    assert ones[labels.index("all")].sum() == c.N_STRATA
    assert ones[labels.index("1")].sum() == len(c.SEXES)
    assert ones[labels.index("inactive")].sum() == c.N_BANDS
