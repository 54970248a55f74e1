"""Changes of IL-6 and other biomarkers: with their interval, and not claimed where it holds 0."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from synthetic_result import make_result

from abm.biomarkers import BIOMARKERS
from abm.results.effects import MEANS
from abm.results.units import unit_of, with_units
from abm.scenario.drawn import CENTRAL
from analysis import plots
from analysis.certainty.level_changes import (
    IL6,
    ONE_SEED,
    UNKNOWN,
    Limits,
    limits_of_changes,
    whether,
)
from analysis.certainty.uncertainty import monte_carlo
from analysis.commands.run_results import _level_in_text, _precision_in_text
from analysis.report import page as report

MARKERS = [f"{marker.name}.geometric_mean" for marker in BIOMARKERS]


def result_with(changes):
    """Return a result of two seeds whose levels at the end change by so much in each."""
    result = make_result(years=4, seeds=len(changes), effect=0.05)
    table = result.outcomes.copy()
    under = (table["world"] == "policy") & table["measure"].isin([IL6, "il6.p50", *MARKERS])
    for seed, change in enumerate(changes, start=1):
        rows = under & (table["seed"] == seed)
        table.loc[rows, "value"] *= 1.0 + change
    result.outcomes = table
    return result


def titles_of(result):
    return {each.name: each.title for each in plots.drawings(result)}


def test_limits_are_those_of_the_seeds():
    result = result_with([0.01, -0.02, 0.03])
    own = result.outcomes.query("activity_group == 'all' and year == year.max()")
    wide = own[own["measure"] == IL6].pivot(index="seed", columns="world", values="value")
    expected = monte_carlo((wide["policy"] / wide["baseline"] - 1).to_numpy())
    found = limits_of_changes(result.tables, MEANS)
    assert found[IL6] == pytest.approx((expected.lower, expected.upper))
    assert set(MARKERS) <= set(found)


@pytest.mark.parametrize("changes", [[0.0], [0.0, np.nan]])
def test_limits_are_unknown_of_one_seed_or_where_nobody_is_left(changes):
    found = limits_of_changes(result_with(changes).tables, [IL6])[IL6]
    assert not found.known and not found.hold_zero


def test_titles_claim_no_change_whose_interval_holds_zero():
    unsure = titles_of(result_with([0.4, -0.4]))
    assert (
        unsure["il6_course"] == "Whether resting IL-6 ends lower or higher under the policy "
        "cannot be told from the Monte Carlo error"
    )
    assert unsure["il6_distribution"].endswith(f"without the policy; {whether('it')}")
    for marker in BIOMARKERS:
        assert whether(marker.label) in unsure["companions"].replace("Whether", "whether")
    assert "below" not in unsure["companions"]
    sure = titles_of(result_with([0.0001, -0.0001]))
    assert sure["il6_course"].startswith("Resting IL-6 ends")
    assert "below" in sure["companions"] and "cannot be told" not in sure["companions"]
    assert "two end distributions differ" in sure["il6_distribution"]


def test_one_seed_is_said_to_have_no_interval():
    alone = {each.name: each.note for each in plots.drawings(make_result(years=4))}
    for name in ("il6_course", "il6_distribution", "companions"):
        assert alone[name].endswith(ONE_SEED)
    several = {each.name: each.note for each in plots.drawings(result_with([0.0, 0.0]))}
    one_world = plots.drawings(make_result(years=4, worlds=("baseline",)))
    assert not any(ONE_SEED in note for note in [*several.values(), *(d.note for d in one_world)])


def test_levels_stand_with_their_interval_on_the_page():
    result = result_with([0.01, -0.01])
    limits = limits_of_changes(result.tables, [IL6])[IL6]
    (row,) = report.report_values(result, [])["means"]
    assert row["interval"].startswith("\u2212") and " to +" in row["interval"] and limits.hold_zero
    page = report.render_report(result, figures=[])
    assert row["interval"] in page and ONE_SEED not in page
    assert ONE_SEED in report.render_report(make_result(years=4), figures=[])


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (UNKNOWN, "(-1.00%; its Monte Carlo error needs two seeds or more)"),
        (Limits(-0.02, -0.001), "(-1.00%; 95 % Monte Carlo -2.00% to -0.10%)"),
        (Limits(-0.02, 0.001), "(-1.00%; 95 % Monte Carlo -2.00% to +0.10%: it cannot be told)"),
    ],
)
def test_the_terminal_says_how_sure_a_change_of_il6_is(limits, words):
    row = pd.DataFrame({"baseline": [1.0], "policy": 0.99, "relative_change": -0.01})
    assert words in _level_in_text(next(row.itertuples()), limits)


def test_draws_do_not_count_as_seeds():
    result = result_with([0.01, 0.02])
    drawn = result.outcomes[result.outcomes["seed"] == 1].assign(draw=0)
    result.outcomes = pd.concat([result.outcomes, drawn], ignore_index=True)
    central = result_with([0.01, 0.02])
    assert CENTRAL != 0
    found, alone = (limits_of_changes(each.tables, [IL6])[IL6] for each in (result, central))
    assert found == pytest.approx(alone)


def test_what_cannot_be_told_stands_before_what_the_other_effects_need():
    table = pd.DataFrame(
        {"outcome": ["deaths", "incidence.stroke"], "estimate": [4.0, 1.0], "lower": [3.0, -1.0],
         "upper": [5.0, 3.0], "precision": 0.05, "seeds_needed": [7.0, np.nan],
         "persons_needed": [7000.0, np.nan]}
    )  # fmt: skip
    first, second = _precision_in_text(table)
    assert first == "cannot be told from no effect: Stroke"
    assert second.startswith("+-5 % of every other effect needs 7 seeds or 7 000 persons; Deaths")


def test_the_change_of_il6_among_certainties_is_no_level():
    """In effects.csv the same outcome is a level [pg/mL]."""
    table = pd.DataFrame({"outcome": ["deaths", "il6.geometric_mean"], "estimate": [1.0, -3e-4]})
    units = with_units(table, {"il6.geometric_mean": "relative change"})["unit"].tolist()
    assert units == [unit_of("deaths"), "relative change"]
    assert with_units(table)["unit"].tolist()[1] == "pg/mL"
