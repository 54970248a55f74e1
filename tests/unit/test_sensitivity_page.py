"""The answer of a study in a dozen lines, and its page."""

import re
from dataclasses import replace

import pytest

from abm import load_scenario
from analysis.sensitivity.design import Input
from analysis.sensitivity.plan import Plan
from analysis.sensitivity.presentation.answer import answer_lines, carriers_of, in_short
from analysis.sensitivity.presentation.figures import render_study
from analysis.sensitivity.presentation.page import Told, page_of_study
from analysis.sensitivity.study import run_study
from analysis.sensitivity.weakest import weakest_inputs
from tests.regions import check_regions

REACH, SHARE, AGE = "policies.walks.reach", "causal_share.cancer", "il6.age_slope"
INPUTS = tuple(Input(name, "policy", "share", lambda share: share) for name in (REACH, SHARE, AGE))
OUTPUTS = [
    "net_benefit_per_100k",
    *(f"averted.{name}" for name in ("stroke", "dementia", "depression", "colon_cancer")),
    *(f"delayed.{name}" for name in ("stroke", "dementia", "depression", "colon_cancer")),
    "level.deaths",
]


def evaluate(sample, seed):
    """Hang every output on reach, net benefit also on the causal share, one on nothing."""
    share = {each.name: sample.get(each.name, 0.5) for each in INPUTS}
    most = dict.fromkeys(OUTPUTS, 40.0 * share[REACH] + 4.0 * share[SHARE])
    return most | {"net_benefit_per_100k": 1e6 * share[SHARE], "level.deaths": 3.0}


@pytest.fixture(scope="module")
def study():
    return run_study(Plan("morris", INPUTS, 10), evaluate, OUTPUTS)


def test_a_dozen_lines_say_what_carries_the_answer(study):
    """By hand: of nine outputs eight hang on reach (a tenth as much on the share), one on that."""
    lines = answer_lines(study)
    assert len(lines) <= 12
    text = "\n".join(lines)
    assert "Over the 9 outputs that vary, most hangs on reach of walks" in text
    assert "the first, or level with the first, for 8 of them" in text
    assert f"1. Reach of walks ({REACH}): {100 * 8 / 9:.0f} %" in text
    assert f"({SHARE}): {100 * (8 * 0.1 + 1) / 9:.0f} %" in text
    net = "Incremental net monetary benefit per 100 000: most by causal share of activity's effect"
    assert net in text


def test_shares_of_variance_are_averaged_as_they_are():
    study = run_study(Plan("sobol", INPUTS, 256), evaluate, ["averted.stroke"])
    top = carriers_of(study)[0]
    assert top.path == REACH
    assert top.weight == pytest.approx(100 / 101, abs=0.05)
    assert in_short(study)[0] == "The one output that varies hangs most on reach of walks."


def test_a_study_in_which_nothing_varies_says_so():
    study = run_study(Plan("morris", INPUTS, 10), lambda sample, seed: {"level.deaths": 1.0},
                      ["level.deaths"])  # fmt: skip
    assert "nothing can be said of its inputs" in answer_lines(study)[1]
    page = page_of_study(study, Told(load_scenario("walking_groups"), 10, {}), [])
    assert "Nothing can be said: no output varies" in page
    assert "does not vary" in page


def test_the_page_needs_nothing_and_names_inputs_in_words_with_the_path_beside(study):
    scenario = load_scenario("walking_groups")
    grades = {REACH: "assumed", SHARE: "derived", AGE: "measured"}
    told = Told(scenario, 20_000, grades, weakest_inputs(study, grades))
    page = page_of_study(study, told, render_study(study))
    assert "default-src 'none'" in page
    assert not re.search(r"""(?:src|href)=["'](?!#|data:)""", page.replace("xlink:href", "href"))
    assert "<script" not in page
    assert 'Reach of walks<br><code class="second">policies.<wbr>walks.<wbr>reach</code>' in page
    assert page.count('<figure id="morris_') == 4  # the map, and three outputs that decide
    check_regions(page, fewest=7)


def test_hostile_titles_are_written_as_text(study):
    scenario = replace(load_scenario("walking_groups"), title="<script>alert(1)</script>")
    page = page_of_study(study, Told(scenario, 10, {}), [])
    assert "<script" not in page
    assert "&lt;script&gt;" in page
