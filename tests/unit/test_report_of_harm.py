"""A policy that harms is told as harm, all through its page and beside one that helps."""

import html
import re

import pandas as pd
import pytest

from abm import load_scenario, simulate
from analysis.commands.run_results import write_result
from analysis.decision.tables import decision_tables
from analysis.plots.files import render_figures
from analysis.report.comparison import compare_runs, read_run
from analysis.report.comparison_words import answer_of
from analysis.tables import groups, titles
from analysis.tables.slope import slope_in_words
from analysis.words import MINUS, THIN_SPACE

HARM = ["policies.drug.il6_signalling=1.3", "policies.drug.eligible.ages=[18, 120]",
        "policies.drug.reach=1", "policies.drug.uptake=1"]  # fmt: skip
GAIN = (
    r"put off|QALYs gained within the run run|Extra among|survivors|gains? more QALYs than|"
    r"the rest runs|people live longer|life-years gained is left out|fewer years with the disease"
)


def words_of(page):
    text = re.sub(r"<(style|svg).*?</\1>", " ", page, flags=re.DOTALL)
    text = html.unescape(re.sub(r"<[^>]+>", " ", text)).replace(MINUS, "-")
    return re.sub(r"\s+", " ", text.replace(THIN_SPACE, " "))


@pytest.fixture(scope="module")
def harm():
    return simulate(load_scenario("anti_inflammatory_drug", HARM), persons=1500, years=10)


@pytest.fixture(scope="module")
def folders(harm, tmp_path_factory):
    helped = simulate(load_scenario("walking_groups"), persons=500, years=4)
    found = {}
    for name, result in {"harm": harm, "walking_groups": helped}.items():
        found[name] = tmp_path_factory.mktemp("run") / name
        found[name].mkdir()
        result.manifest["command"] = "python run.py made-up"
        write_result(result, found[name], figures=False, decided=decision_tables(result))
    return found


def test_the_page_of_a_harm_speaks_of_losses(folders):
    text = words_of((folders["harm"] / "report.html").read_text(encoding="utf-8"))
    assert not re.search(GAIN, text), re.search(GAIN, text)
    assert "100 % of the QALYs lost within the run come through IL-6." in text
    assert "Length of life: deaths from coronary heart disease brought forward" in text
    assert re.search(r"QALYs are lost to the end of life \(QALYs gained with a 95 % .* of -", text)
    assert "per 100 000 persons of the group (below 0: lost)" in text
    assert "in the life-years lost is left out, which makes it look worse" in text


def test_a_comparison_says_of_each_what_it_loses_or_gains(folders, tmp_path):
    compare_runs(dict(read_run(folder) for folder in folders.values()), tmp_path, figures=False)
    text = words_of((tmp_path / "report.html").read_text(encoding="utf-8"))
    of_harm = "A drug that binds interleukin-6: 100 % of the QALYs lost within the run come through"
    assert of_harm in text
    assert "makes every option look better" not in text


def test_the_figure_of_new_cases_names_those_that_are_added(harm):
    figures = {figure.name: figure for figure in render_figures(harm)}
    title = figures["cumulative_incidence"].title
    assert re.search(r"but there are [\d.]+ % more cases of", title), title


def groups_losing(women, men):
    table = pd.DataFrame({"group": ["female", "male"], "expected_per_100k": [women, men]})
    value = table["expected_per_100k"]
    return table.assign(outcome="qalys_gained", standard_error=4.0, lower=value - 8,
                        upper=value + 8)  # fmt: skip


@pytest.mark.parametrize(
    ("women", "men", "told"),
    [
        (-468.0, -604.0, "within the run women lose fewer QALYs than men"),
        (-604.0, -468.0, "within the run women lose more QALYs than men"),
        (-468.0, -470.0, "whether women or men lose more QALYs within the run cannot be told"),
        (468.0, -604.0, "within the run women gain QALYs and men lose some"),
        (4.0, -5.0, "whether women or men gain or lose QALYs within the run cannot be told"),
        (-4.0, -5.0, "whether women or men gain or lose QALYs within the run cannot be told"),
    ],
)
def test_of_two_groups_that_lose_one_loses_more(women, men, told):
    table, sexes = groups_losing(women, men), groups.Eligible(fifths=())
    assert groups.sentences(table, sexes)[0].casefold().startswith(told.casefold())
    assert titles.benefit_title(table, sexes).casefold().startswith(told.casefold())


def quintiles(most, least, whole):
    """Return what quintiles gain, each with an error of 1."""
    return pd.DataFrame({"outcome": "qalys_gained", "group": ["1", "5", "all"],
                         "expected_averted_per_100k": [most, least, whole],
                         "expected_standard_error_per_100k": 1.0})  # fmt: skip


def equity_of(slope, relative, chance):
    row = {"outcome": "qalys_gained", "slope_index": slope, "relative_index": relative}
    return pd.DataFrame([row | {"p_most_deprived_gain_more": chance}])


def test_the_slope_of_a_loss_is_a_loss():
    group = quintiles(-60.0, -30.0, -45.0)
    told = slope_in_words(equity_of(-30.0, 0.7, 0.001), group)
    assert told.startswith("The most deprived lose more QALYs than the least deprived: 2 times as")
    unsure = slope_in_words(equity_of(-3.0, 0.1, 0.21), group)
    assert "less deprived lose more: the probability that the most deprived do is 79" in unsure
    gained = quintiles(30.0, 32.0, 31.0)
    assert "less deprived gain more: the" in slope_in_words(equity_of(-3.0, -0.1, 0.21), gained)


@pytest.mark.parametrize(
    ("groups_of", "chance", "told"),
    [
        ((60.0, -30.0, 9.0), 0.999, "The most deprived gain QALYs and the least deprived lose"),
        ((-60.0, 30.0, 9.0), 0.001, "The most deprived lose QALYs and the least deprived gain"),
        ((1.0, -1.0, 0.3), 0.999, "The most deprived gain more QALYs than the least deprived, or"),
        ((-1.0, 1.0, -0.3), 0.3, "less deprived gain more, or lose less: the probability that the "
                                 "most deprived do is 30"),
        ((-60.0, 30.0, 9.0), 0.999, "The most deprived gain more QALYs than the least deprived ("),
    ],
)  # fmt: skip
def test_the_slope_speaks_of_gain_and_loss_where_they_are_known(groups_of, chance, told):
    """Where neither was known to gain or to lose, which of them loses more was asked."""
    assert told in slope_in_words(equity_of(1.0, -1.0, chance), quintiles(*groups_of))


def test_the_first_of_a_comparison_may_lose_and_save():
    row = {"scenario": "a", "status": "on the frontier", "comparator": "nothing", "participants": 9,
           "net_benefit_20000": 5.0, "qalys_gained": -4.0, "net_cost": -9e4,
           "cost_per_qaly": float("nan")}  # fmt: skip
    assert "it loses 4 QALYs and saves 90" in answer_of([row], 20000.0, "GBP")
