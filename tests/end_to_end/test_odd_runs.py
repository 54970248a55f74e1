"""Runs at the edge: every table, figure and page is made, and no library's warning is seen."""

import re

import pytest

from abm import load_scenario, simulate
from abm.running.eligible import nobody_eligible
from analysis.commands.run_results import effects_in_text, write_result

NOBODY = "policies.walks.eligible.bmi_above=79"
RUNS = {
    "nobody eligible": ("walking_groups", [NOBODY], {"persons": 300, "years": 2}),
    "one person": ("walking_groups", [], {"persons": 1, "years": 2}),
    "two persons, everybody meets it": ("everyone_meets_guideline", [], {"persons": 2, "years": 3}),
    "everybody dies": (
        "everyone_meets_guideline",
        ["population.ages=[95, 101]", "population.entrants=false"],
        {"persons": 40, "years": 25},
    ),
    "one year": ("walking_groups", ["policies.walks.start=2025"], {"persons": 200, "years": 1}),
    "500 persons": ("walking_groups", [], {"persons": 500, "years": 5}),
    "no policy, one person": ("uk", [], {"persons": 1, "years": 1}),
    "one person of 94": (
        "everyone_meets_guideline",
        ["population.ages=[94, 95]", "population.entrants=false", "population.sex=female"],
        {"persons": 1, "years": 10},
    ),
    "women only": ("walking_groups", ["population.sex=female"], {"persons": 200, "years": 3}),
}


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.filterwarnings("error")
def test_odd_runs_are_written_whole_and_without_warnings(name, tmp_path):
    scenario, settings, sizes = RUNS[name]
    result = simulate(load_scenario(scenario, settings), **sizes)
    tables = write_result(result, tmp_path)
    assert effects_in_text(result, *tables)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    words = re.sub(r"<[^>]+>", " ", page)
    assert not re.search(r"\b(nan|inf|None)\b", words.split("From the manifest")[0])
    assert not re.search(r"(?<![\d.,])1 (cases|episodes|deaths)", words)
    assert (tmp_path / "manifest.json").is_file()


def test_a_policy_for_nobody_is_found_before_the_run_and_said_after_it():
    scenario = load_scenario("walking_groups", [NOBODY, "persons=400", "years=2"])
    (sentence,) = nobody_eligible(scenario, threads=1)
    assert sentence == ("The policy 'walks' reaches nobody: no person is eligible in any year.")
    notes = simulate(scenario, threads=1).manifest["warnings"]
    assert "The policy 'walks' was offered to nobody in this run." in notes


@pytest.mark.parametrize(
    "settings",
    [
        ["policies.walks.eligible={bmi_above: 30}"],
        ["policies.walks.eligible={ages: [20, 30]}"],
        ["policies.walks.reach=0"],  # is warned of without a trial
    ],
)
def test_nothing_is_said_of_a_policy_that_finds_people(settings):
    scenario = load_scenario("walking_groups", [*settings, "persons=400", "years=2"])
    assert nobody_eligible(scenario, threads=1) == []


def test_a_large_run_is_tried_on_some_of_its_persons():
    scenario = load_scenario("walking_groups", [NOBODY, "persons=1e7", "years=40"])
    (sentence,) = nobody_eligible(scenario, threads=1)
    assert "no person of the 10 000 tried first is eligible" in sentence
