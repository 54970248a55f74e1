"""Places in use: whose values a scenario takes, money elsewhere, where a country is named."""

import pickle
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from abm import ScenarioError, load_scenario, simulate
from abm.evidence.entries import general_evidence, has_costs, load_evidence
from abm.evidence.parameters import central_parameters, draw_parameters
from abm.evidence.place import BUNDLED_FOLDER, bundled_place, bundled_places
from abm.places.country import death_rates, population
from abm.population.constants_of import calibrated_model
from abm.results.economics import units_of_worth
from abm.running.finished_work import key_of_run
from abm.running.setup import set_up
from analysis.decision.break_even import NO_CARE, break_even_table
from analysis.report.page import render_report
from analysis.sensitivity.outputs import output_names
from run import main

ROOT = Path(__file__).parents[2]
UK, CITY = bundled_place("uk"), bundled_place("example_city")
COSTS = re.compile(r"    # Costs are given all or not at all.*", re.DOTALL)


@pytest.fixture
def poor(tmp_path):
    """Return a scenario at a place that gives no costs of care."""
    shutil.copytree(BUNDLED_FOLDER / "example_city", tmp_path / "poor")
    file = tmp_path / "poor" / "place.yaml"
    file.write_text(COSTS.sub("", file.read_text()).replace("name: example_city", "name: poor"))
    scenario = tmp_path / "walks.yaml"
    scenario.write_text("extends: walking_groups\npopulation: {place: poor}\nyears: 3\n")
    return scenario


# Whose values and tables


def test_places_have_their_own_values_and_all_else_in_common():
    ours, theirs = load_evidence(UK).entries, load_evidence(CITY).entries
    assert list(ours) == list(theirs)
    own = set(general_evidence().of_places)
    assert own and {path for path in ours if ours[path] != theirs[path]} <= own
    assert theirs["economics.cost_of_dying"].unit == "XTS"
    assert ours["economics.cost_of_dying"].unit == "GBP"
    assert theirs["people.entrant_rate"].grade == "assumed"


def test_a_number_stands_once():
    """The usual place gives exactly those values that the evidence leaves to places."""
    text = (BUNDLED_FOLDER / "uk" / "place.yaml").read_text()
    assert text.count("value:") == len(general_evidence().of_places)


def test_entrants_fit_the_people_of_the_place():
    for place in (UK, CITY):
        people = population(place)
        share = people[:, 0].sum() / people.sum()
        rate = central_parameters({}, place)["people.entrant_rate"]
        assert rate == pytest.approx(share, rel=0.01)


def test_the_ledger_is_that_of_a_place(capsys):
    assert main(["evidence", "--place", "example_city", "--cites"]) == 0
    told = capsys.readouterr().out
    assert "economics.cost_of_dying = 14000 XTS of 2024 [assumed]" in told
    assert "\n  made up: made up.\n" in told
    assert main(["evidence", "--place", "nowhere"]) == 2
    assert "nowhere: place: 'nowhere' is no bundled place" in capsys.readouterr().err


def test_draws_of_a_place_move_what_is_uncertain_there():
    path = "people.bmi_mean.male"
    assert draw_parameters(3, 1, place=UK)[path] != central_parameters({}, UK)[path]
    assert draw_parameters(3, 1, place=CITY)[path] == central_parameters({}, CITY)[path]
    slope = "disease.il6_causal_slope.stroke"  # of the evidence: alike everywhere
    assert draw_parameters(3, 1, place=UK)[slope] == draw_parameters(3, 1, place=CITY)[slope]


def test_parameters_travel_with_their_place():
    sent = pickle.loads(pickle.dumps(central_parameters({}, CITY)))
    assert sent.place == CITY and sent.place != UK
    np.testing.assert_array_equal(death_rates(sent.place), death_rates(CITY))


def test_calibration_is_remembered_by_place():
    ours = calibrated_model(central_parameters({}, UK))
    theirs = calibrated_model(central_parameters({}, CITY))
    again = calibrated_model(central_parameters({}, UK))
    assert ours.disease is again.disease and ours.disease is not theirs.disease


def test_a_place_of_ones_own_named_as_a_bundled_one_is_warned_of(tmp_path):
    shutil.copytree(BUNDLED_FOLDER / "example_city", tmp_path / "uk")
    file = tmp_path / "walks.yaml"
    file.write_text("extends: walking_groups\npopulation: {place: uk}\n")
    bundled = load_scenario(file)
    assert bundled.place == UK and any("called './uk'" in each for each in bundled.warnings)
    file.write_text("extends: walking_groups\npopulation: {place: ./uk}\n")
    own = load_scenario(file)
    assert own.place == CITY
    assert any("calls itself 'example_city' in its place.yaml" in each for each in own.warnings)
    assert own.place.shown == "own_example_city"
    assert own.to_dict()["population"]["place"] == "./uk"  # what the file says
    told = load_scenario("walking_groups").warnings
    assert not any("bundled" in each for each in told)  # negative control


def test_an_edited_place_is_another_run(tmp_path):
    shutil.copytree(BUNDLED_FOLDER / "example_city", tmp_path / "town")
    file = tmp_path / "walks.yaml"
    file.write_text("extends: walking_groups\npopulation: {place: town}\nyears: 3\n")
    before = load_scenario(file)
    name, key = before.hash, key_of_run(set_up(before), 1)
    assert key_of_run(set_up(load_scenario(file)), 1) == key
    table = tmp_path / "town" / "population.csv"
    table.write_text(re.sub(r"45,male,(\d+)", r"45,male,9\1", table.read_text(), count=1))
    assert load_scenario(file).hash != name
    assert key_of_run(set_up(load_scenario(file)), 1) != key


def test_a_result_says_of_which_place_it_is():
    result = simulate(load_scenario("uk", ["population.place=example_city"]), persons=50, years=1)
    assert result.manifest["place"] == {
        "name": "example_city", "title": CITY.title, "year": 2024, "digest": CITY.digest,
    }  # fmt: skip
    page = render_report(result, figures=[])
    assert "made up, by formula" in page and "nothing here is a forecast for anybody" in page
    assert not re.search("United Kingdom|England", page)


def test_parameters_of_another_place_are_refused():
    scenario = load_scenario("uk", ["population.place=example_city", "years=1"])
    with pytest.raises(ScenarioError, match="of the place 'uk', and the scenario is of 'example_c"):
        simulate(scenario, persons=50, parameters=central_parameters())
    simulate(scenario, persons=50, parameters=central_parameters({}, scenario.place))


# Money


def test_bundled_scenarios_run_elsewhere_without_money_and_say_so():
    scenario = load_scenario("walking_groups", ["population.place=example_city", "years=3"])
    (told,) = [each for each in scenario.warnings if "Costs of the scenario" in each]
    assert "in GBP and those of the place in XTS" in told
    table = simulate(scenario, persons=300, seed=1).economics.set_index("measure")
    assert list(table.loc["net_cost", ["unit"]]) == ["XTS"]
    assert np.isnan(table.loc["net_cost", "value"])
    assert not np.isnan(table.loc["care_cost_averted", "value"])


def test_a_place_without_costs_runs_without_money_and_says_so(poor):
    scenario = load_scenario(poor)
    assert not has_costs(scenario.place)
    (told,) = [each for each in scenario.warnings if "does not say what care costs" in each]
    assert told.startswith("The place 'poor' ")
    result = simulate(scenario, persons=300, seed=1)
    table = result.economics.set_index("measure")
    money = [name for name, unit in units_of_worth(scenario.place).items() if "XTS" in unit]
    assert table.loc[money, ["value", "standard_error", "within_run"]].isna().all(axis=None)
    assert table.loc["qalys_gained", "value"] > 0.0
    assert "care_cost_averted" not in set(result.group_effects["outcome"])
    assert not any("cost" in name or "benefit" in name for name in output_names(scenario))
    page = render_report(result, figures=[], economics=result.economics)
    assert "the place does not say what care costs, so nothing is said of money" in page
    assert "Money is in the prices of" not in page and "Costs of care are made up" not in page


def test_what_policies_cost_is_told_where_care_has_no_price(poor):
    """Savings of care, net cost and what is made of them stay blank; no 0 stands for unknown."""
    poor.write_text(
        poor.read_text().replace("extends: walking_groups\n", "")
        + "policies:\n  - name: walks\n    uptake: 0.4\n    adds: {moderate: 60}\n"
        "    cost: {currency: XTS, per_participant: 100}\n"
    )
    scenario = load_scenario(poor)
    assert not any("Costs of the scenario are left empty" in each for each in scenario.warnings)
    result = simulate(scenario, persons=600, seed=1)
    table = result.economics.set_index("measure")
    spent = table.loc["policy_cost"]
    assert spent["value"] > 0.0 and spent["standard_error"] > 0.0
    assert table.loc["qalys_gained", "standard_error"] > 0.0
    unknown = ["care_cost_averted", "net_cost", "cost_per_qaly", "net_benefit"]
    assert table.loc[unknown, ["value", "standard_error"]].isna().all(axis=None)
    horizons = result.horizons
    assert (horizons["policy_cost"] > 0.0).all()
    unknown = ["care_cost_averted", "care_cost_averted_standard_error", "net_cost",
               "net_cost_standard_error", "cost_per_qaly"]  # fmt: skip
    assert horizons[unknown].isna().all(axis=None)
    assert (horizons["qalys_gained_standard_error"] > 0.0).all()
    even = break_even_table(scenario, list(result.counts.values()))
    assert (even["note"] == NO_CARE).all() and (even["cost_per_participant"] > 0.0).all()
    assert even["lowest_uptake"].isna().all()
    page = render_report(result, figures=[], economics=result.economics)
    assert " for an intervention cost of " in page and "nothing is said of net cost" in page


def test_thresholds_are_those_of_the_place():
    assert [name for name in units_of_worth(CITY) if name.startswith("net_benefit_")] == [
        "net_benefit_20000", "net_benefit_30000",
    ]  # fmt: skip
    assert central_parameters({}, CITY)["economics.willingness_to_pay"] == 20_000.0


def test_money_of_a_bundled_scenario_takes_no_other_currency_by_its_name_alone(tmp_path):
    """45 GBP are not 45 XTS."""
    town = (
        "extends: walking_groups\npopulation: {place: example_city}\neconomics: {currency: XTS}\n"
    )
    file = tmp_path / "town.yaml"
    file.write_text(town)
    with pytest.raises(ScenarioError) as caught:
        load_scenario(file)
    assert (
        "town.yaml:3:23: economics.currency: is XTS, and the policy 'walks' has "
        "per_person_offered, per_participant, per_participant_year of a bundled scenario, in GBP; "
        "must be given anew in XTS, 0 if there is none"
    ) in str(caught.value)
    cost = "{per_person_offered: 4, per_participant: 50, per_participant_year: 0}"
    file.write_text(f"{town}policies:\n  - {{name: walks, cost: {cost}}}\n")
    assert load_scenario(file).policies[0].cost.per_participant == 50.0
    with pytest.raises(ScenarioError, match="per_person_offered, per_participant, per_part"):
        load_scenario("walking_groups", ["population.place=example_city", "economics.currency=XTS"])


def test_another_currency_than_the_places_is_refused(tmp_path):
    file = tmp_path / "town.yaml"
    file.write_text("extends: walking_groups\neconomics: {currency: EUR}\n")
    with pytest.raises(ScenarioError, match=r"town.yaml:2:23: economics.currency: is EUR, and care "
                       "at the place 'uk' costs GBP; must be GBP, or left out"):  # fmt: skip
        load_scenario(file)
    file.write_text("population: {place: example_city}\neconomics: {currency: XTS}\n")
    assert load_scenario(file).economics.currency == "XTS"
    file.write_text("population: {place: example_city}\n")
    assert load_scenario(file).economics.currency == "XTS"


def test_a_place_may_be_changed_in_python():
    scenario = load_scenario("walking_groups", ["years=2"])
    here = replace(scenario, population=replace(scenario.population, place="example_city"))
    assert simulate(here, persons=50).manifest["place"]["name"] == "example_city"
    with pytest.raises(ScenarioError, match="population.place: 'nowhere' is no bundled place"):
        simulate(replace(scenario, population=replace(scenario.population, place="nowhere")))


# Where a country is named


def test_nothing_but_the_place_speaks_of_the_country():
    """Titles of sources may, and what replays studies of England (analysis/validation)."""
    words = re.compile(r"\bUK\b|England|\bGBP\b|uk_|United Kingdom")
    found = [
        str(path.relative_to(ROOT))
        for room in ("abm", "analysis")
        for path in sorted((ROOT / room).rglob("*"))
        if path.suffix in (".py", ".yaml", ".csv", ".html", ".json", ".md")
        and "validation" not in path.parts
        and path.parent.name != "uk"
        and words.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []
    assert words.search((BUNDLED_FOLDER / "uk" / "place.yaml").read_text())  # negative control


def test_every_bundled_place_says_its_terms():
    assert bundled_places() == ["example_city", "uk", "usa"]
    for place in map(bundled_place, bundled_places()):
        assert set(place.sources) == set(place.tables)
        assert all(each.source and each.licence and each.date for each in place.sources.values())


@pytest.mark.slow
def test_the_wheel_holds_the_places(tmp_path):
    pytest.importorskip("hatchling")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    (wheel,) = tmp_path.glob("*.whl")
    names = subprocess.run(
        [sys.executable, "-m", "zipfile", "-l", str(wheel)],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    for place in bundled_places():
        assert f"abm/places/{place}/place.yaml" in names
        assert f"abm/places/{place}/population.csv" in names
