"""Words of pages and terminal where numbers are one, unknown or without money; regions for keys."""

import math
import re
from pathlib import Path

import pytest

from abm import load_scenario, simulate
from analysis.certainty.precision import Goal, seeds_for, unmet
from analysis.commands.run_results import _apart
from analysis.decision.league import Entry
from analysis.decision.tables import comparison_tables
from analysis.outcomes import headline_outcomes
from analysis.report.comparison_page import comparison_page
from analysis.report.page import render_report
from analysis.words import several
from tests.regions import REGIONS

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "analysis").rglob("*.html"))


def words_of(page):
    text = re.sub(r"<(style|svg).*?</\1>", " ", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def test_one_thing_is_no_plural():
    assert several(1, "year") == "1 year" and several("1 234", "year") == "1 234 years"
    result = simulate(load_scenario("walking_groups"), persons=1, years=1)
    text = words_of(render_report(result, figures=[], economics=result.economics))
    assert "Numbers per 100 000 are of the 1 person simulated at the start" in text
    assert not re.search(r"\b1 (persons|years|seeds)\b", text)


@pytest.mark.parametrize(("runs", "told"), [(1, "after 1 seed "), (2, "after 2 seeds ")])
def test_seeds_are_counted_in_words(runs, told, monkeypatch):
    wide = dict.fromkeys(headline_outcomes(), 9.0)
    monkeypatch.setattr("analysis.certainty.precision.half_widths", lambda found: wide)
    said = []
    seeds_for([Goal(0.05, "deaths")], 90, lambda text, more: said.append(text))([None] * runs)
    assert said[0].startswith(told)


def test_an_effect_that_may_be_nothing_is_not_known_to_an_infinite_share():
    found = dict.fromkeys(headline_outcomes(), 0.01) | {"deaths": math.inf}
    assert unmet([Goal(0.05, "deaths")], found) == ["deaths is not known at all, asked +-5 %"]


def test_a_long_change_stays_apart_from_the_column_before():
    assert _apart("-0.000095 %") == " -0.000095 %" and _apart("-1.2 %") == "     -1.2 %"


@pytest.fixture(scope="module")
def costless():
    """Return a small run at a place that knows no costs."""
    return simulate(load_scenario("walking_groups", ["population.place=usa"]), persons=200, years=3)


def test_a_place_without_costs_and_few_persons_has_no_empty_interval(costless):
    text = words_of(render_report(costless, figures=[], economics=costless.economics))
    assert "The error of the simulation is not known" in text
    assert not re.search(r": +QALYs", text)
    assert "no interval is known for the cost" not in text


def test_a_comparison_without_money_names_no_empty_unit(costless):
    entry = Entry({"economics.csv": costless.economics}, {"scenario": costless.scenario.to_dict()})
    entries = {"one": entry, "two": entry}
    runs = dict.fromkeys(entries, {"budget_impact.csv": costless.budget_impact})
    text = words_of(comparison_page(comparison_tables(entries), runs, {}, ""))
    assert "as in the league table, but within the run" in text
    assert "[]" not in text and "[ ]" not in text


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.parent.name + path.stem)
def test_what_scrolls_can_be_reached_by_keys_and_has_a_name(path):
    text = path.read_text(encoding="utf-8")
    regions = re.findall(REGIONS, text)
    reached = [each for each in regions if 'tabindex="0"' in each and "aria-label" in each]
    assert reached == regions
