"""What a run may claim: expected effects of groups, their course, and shares, with their errors."""

import numpy as np
import pytest

from abm import load_scenario, simulate
from abm.kernel import layout as c
from abm.limits import LIMITS
from abm.results.claims import FEWEST_CONTRIBUTING, known_errors
from abm.results.effects import ratio_interval
from analysis.certainty.precision import half_widths, uncertainty
from analysis.commands.run_results import effects_in_text
from analysis.report.all_else_ends import at_both_ends
from analysis.report.effect_rows import effect_rows
from analysis.report.headline import headline
from analysis.tables.effect_tables import QALYS, benefit_by_group, forest
from analysis.tables.groups import compared
from analysis.tables.of_figures import central_levels, survival
from analysis.tables.titles import forest_title, survival_title

SEEDS = range(1, 41)
COMPARED = ("1", "5", "female", "male")
STRATA = ["sex", "age_band", "deprivation", "activity_group"]


@pytest.fixture(scope="module")
def result():
    return simulate("walking_groups", persons=3000, years=4, seed=3)


def test_the_course_ends_at_the_effects_of_the_run(result):
    (counts,) = result.counts.values()
    rows = [c.OUTCOMES.index(name) for name in c.COURSES]
    whole = counts.effects[0, 0][rows]
    np.testing.assert_array_equal(counts.course[-1, :, c.S_EXPECTED], whole[:, c.E_EXPECTED])
    np.testing.assert_array_equal(
        counts.course[-1, :, c.S_EXPECTED_SQUARE], whole[:, c.E_EXPECTED_SQUARE]
    )
    effects = result.effects.set_index("outcome")
    last = result.expected_course.query("year == 2028").set_index("outcome")
    for column, name in (("expected_averted", "expected_averted"), ("lower", "expected_lower")):
        found = effects.loc[list(c.COURSES), name]
        np.testing.assert_allclose(last.loc[list(c.COURSES), column], found, rtol=1e-9, atol=1e-12)


def test_nothing_is_expected_before_the_policy_starts(result):
    assert result.scenario.policies[0].start == 2026
    first = result.expected_course.query("year == 2025")
    assert (first[["expected_averted", "lower", "upper"]] == 0).all(axis=None)


def test_groups_add_up_to_everybody(result):
    table = result.group_effects
    columns = ["expected_averted", "persons"]
    whole = table[table["group"] == "all"].set_index("outcome")[columns]
    for groups in (["male", "female"], ["1", "2", "3", "4", "5"]):
        sums = table[table["group"].isin(groups)].groupby("outcome")[columns].sum(min_count=1)
        np.testing.assert_allclose(sums.loc[whole.index], whole, rtol=1e-9, equal_nan=True)
    persons = table[table["outcome"] == "deaths"].set_index("group")["persons"]
    stocks = result.outcomes[
        (result.outcomes["measure"].isin(["persons", "entrants"]))
        & (result.outcomes["world"] == "baseline")
        & (result.outcomes["sex"] == "female")
        & (result.outcomes[STRATA[1:]] == "all").all(axis=1)
    ]
    start = stocks[(stocks["measure"] == "persons") & (stocks["year"] == 2024)]["value"].sum()
    entered = stocks[stocks["measure"] == "entrants"]["value"].sum()
    assert persons["female"] == start + entered


def test_the_limits_of_a_ratio_are_those_of_fieller():
    """Nine persons with falls by hand; the limits solve (a - r b)^2 = z^2 sum (a_i - r b_i)^2."""
    below = np.array([0.5, 0.7, 0.2, 0.9, 0.4, 0.6, 0.3, 0.8, 0.5])
    above = 0.6 * below + np.array([0.05, -0.02, 0.01, 0.0, -0.03, 0.02, -0.01, 0.0, 0.01])
    squares = tuple(np.array([s]) for s in (below @ below, below @ above, above @ above))
    lower, upper = ratio_interval(np.array([above.sum()]), np.array([below.sum()]), squares)
    assert lower < above.sum() / below.sum() < upper
    for limit in (lower.item(), upper.item()):
        residual = above - limit * below
        assert residual.sum() ** 2 == pytest.approx(1.959964**2 * (residual @ residual), rel=1e-4)


def test_a_ratio_to_what_may_be_zero_has_no_limits():
    squares = tuple(np.array([s]) for s in (1.0, 0.5, 1.0))
    lower, upper = ratio_interval(np.array([0.3]), np.array([0.4]), squares)
    assert np.isneginf(lower) and np.isposinf(upper)


def test_limits_of_a_ratio_fall_together_only_where_there_is_no_error():
    """Nine persons, squares in whole numbers: the digits that tell two limits apart are lost."""
    def limits(above, below, *squares):
        return [end.item() for end in ratio_interval(*(
            np.array([above]), np.array([below])), tuple(np.array([each]) for each in squares))]

    assert limits(0.0, 9.0, 9.0, 0.0, 0.0) == [0.0, 0.0]
    assert limits(9.0, 9.0, 9.0, 9.0, 9.0) == [1.0, 1.0]
    assert limits(4.5, 9.0, 9.0, 5.0, 2.0) == [-np.inf, np.inf]  # 4.5 and 2.25, rounded
    lower, upper = limits(4.5, 9.0, 9.0, 4.5, 2.5)
    assert lower < 0.5 < upper


def test_shares_lie_within_their_limits(result):
    shares = result.effects.dropna(subset="share_via_il6")
    assert len(shares) >= 5
    assert (shares["share_monte_carlo_lower"] <= shares["share_via_il6"]).all()
    assert (shares["share_via_il6"] <= shares["share_monte_carlo_upper"]).all()


@pytest.mark.slow
def test_where_there_is_no_difference_none_is_claimed():
    """The same group under two seeds: on average there is nothing between them (20 x 4 pairs).

    With 2.5 % of them a claim, 7 or more would come in 1 of 200 such tests.
    """
    scenario = load_scenario("walking_groups")
    tables = []
    for seed in SEEDS:
        run = simulate(scenario, persons=1000, years=4, seed=seed, pathways=False)
        table = benefit_by_group(run.group_effects)
        tables.append(table[table["outcome"] == QALYS].set_index("group"))
    pairs = list(zip(tables[::2], tables[1::2], strict=True))
    claims = [compared(a.loc[g], b.loc[g]) for a, b in pairs for g in COMPARED]
    assert sum(claim != 0 for claim in claims) < 7
    between = [compared(table.loc["1"], table.loc["5"]) for table in tables]
    # The most deprived take part more. With 1.25 % the other way round by chance, 4 of 40 or more
    # would come in 1 of 500 such tests.
    assert between.count(-1) < 4


# Effects that rest on few persons


@pytest.mark.parametrize(
    ("error", "value", "persons", "found"),
    [
        (0.0, 0.0, 0, 0.0),  # nobody's life differs: that is known
        (0.5, 2.0, FEWEST_CONTRIBUTING, 0.5),
        (0.5, 2.0, FEWEST_CONTRIBUTING - 1, np.nan),
        (0.5, 0.0, 1, np.nan),
        (0.0, 2.0, 1000, np.nan),  # squares too small to be kept
        (0.0, 0.0, 1000, np.nan),
        (0.0, 2.0, 0, np.nan),
    ],
)
def test_when_an_error_is_known(error, value, persons, found):
    assert known_errors(error, value, persons) == pytest.approx(found, nan_ok=True)


def test_from_so_many_persons_on_intervals_of_their_sum_hold():
    """Persons alike, each contributing or not: the skewness of one is n / m (Cochran's rule)."""
    share = FEWEST_CONTRIBUTING / 10_000
    skewness = (1 - 2 * share) / np.sqrt(share * (1 - share))
    assert 25 * skewness**2 < 10_000
    sums = np.random.default_rng(5).binomial(10_000, share, 20_000)
    covered = np.abs(sums - 10_000 * share) <= 1.96 * np.sqrt(sums)
    assert 0.92 < covered.mean() < 0.96
    few = np.random.default_rng(6).binomial(10_000, 3 / 10_000, 20_000)
    assert (np.abs(few - 3) <= 1.96 * np.sqrt(few)).mean() < 0.85  # negative control


@pytest.fixture(scope="module")
def handful():
    """Hardly anybody takes part, so that sums rest on a few persons and squares are tiny."""
    words = ["years=3", "persons=1000", "policies.walks.reach=0.02"]
    return simulate(load_scenario("walking_groups", words), seed=1)


def test_from_a_handful_of_participants_nothing_is_claimed(handful):
    (counts,) = handful.counts.values()
    persons = counts.effects[0, 0, : c.N_OUTCOMES, c.E_CONTRIBUTING]
    assert 0 < persons.max() < FEWEST_CONTRIBUTING
    effects = handful.effects.head(c.N_OUTCOMES)
    intervals = ["expected_standard_error", "expected_lower", "expected_upper"]
    assert effects.loc[persons > 0, intervals].isna().all(axis=None)
    assert (effects.loc[persons == 0, intervals] == 0).all(axis=None)
    assert effects["share_via_il6"].isna().all()
    assert not any(row["clear"] for row in effect_rows(handful.effects))
    groups = benefit_by_group(handful.group_effects)
    assert not ((groups["lower"] > 0) | (groups["upper"] < 0)).any()
    gains = groups[groups["outcome"] == QALYS].set_index("group")
    for first, second in (("1", "5"), ("female", "male")):
        assert compared(gains.loc[first], gains.loc[second]) == 0
    course = handful.expected_course
    assert not (course["lower"] > 0).any() and not (course["upper"] < 0).any()
    money = handful.economics.set_index("measure").loc[["qalys_gained"]]
    assert (money["value"] > 0).all() and money["lower"].isna().all()
    assert uncertainty(handful).query("outcome == 'deaths'")["lower"].isna().all()
    assert set(half_widths([counts]).values()) == {np.inf}


def test_that_too_few_take_part_is_said(handful):
    assert "no effect can be told" in headline(handful)[0]
    text = effects_in_text(handful, uncertainty(handful), handful.economics)
    assert "unknown, as fewer than 30 persons have risks that differ" in text
    assert "nan" not in text.lower()
    assert "would be" not in at_both_ends(handful.effects, {})
    assert forest_title(forest(handful.effects)).startswith("No effect can be told")
    levels = central_levels(handful.outcomes)
    alive = survival(levels, handful.expected_course)
    assert "No effect can be told" in survival_title(alive)


def test_squares_of_small_effects_are_kept():
    """A sum of squares is at least the squared sum over the number of persons (Cauchy, Schwarz)."""
    fall = 1e-5  # a case in 100 000 persons, of whom all contribute
    assert round(fall**2 * c.EVENT_SQUARE_POINT) > 0 == round(fall**2 * c.SQUARE_POINT)
    strong = load_scenario("everyone_meets_guideline", ["years=2", "persons=1000"])
    (counts,) = simulate(strong, pathways=False, lifetimes=False).counts.values()
    table = counts.effects[0, 0]
    for outcome in (*(f"incidence.{name}" for name in c.DISEASES), "deaths"):
        row = table[c.OUTCOMES.index(outcome)]
        least = (row[c.E_EXPECTED] / c.FIXED_POINT) ** 2 / row[c.E_CONTRIBUTING]
        assert row[c.E_EXPECTED_SQUARE] / c.EVENT_SQUARE_POINT >= least > 0.0


def test_sums_of_squares_have_room_for_the_largest_population():
    """Mean squares that fit: 1.3 of an event, 40 of years and thousands of money."""
    persons = LIMITS["persons"].maximum
    assert persons * 1.3 * c.EVENT_SQUARE_POINT < 2**63 > persons * 40 * c.SQUARE_POINT
