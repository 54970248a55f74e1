"""The page that answers, in a headless Chromium; skipped where there is none."""

import copy
import json
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from abm import effects_table, load_scenario
from abm.scenario.parts import Cost, Eligibility
from analysis.explore.fit import fitted_to
from analysis.explore.further_tables import FurtherTables
from analysis.explore.levels import _wished, levels_of
from analysis.explore.page_of import render
from analysis.explore.quantities import HELD
from analysis.explore.shown import shown, shown_in_cells
from tests.browser import browser, chromium, served

ROOT = Path(__file__).parents[2]
SIZES = ["--persons", "700", "--years", "5", "--seed", "3"]
ANSWERED = "document.documentElement.dataset.answers > 0"

pytestmark = [
    pytest.mark.slow, pytest.mark.skipif(chromium() is None, reason="there is no Chromium")
]  # fmt: skip


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("explore") / "page.html"
    words = ["explore", "walking_groups", "brief_advice", *SIZES, "--export", str(path)]
    done = subprocess.run(
        [sys.executable, "run.py", *words], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "needs no server and no network" in done.stdout
    return path


@pytest.fixture(scope="module")
def chrome():
    with browser() as found:
        yield found


@pytest.fixture
def page(chrome, file):
    chrome.size(1280, 900)
    chrome.open("about:blank")
    chrome.open(file.as_uri())
    chrome.until(ANSWERED)
    return chrome


def answered_at(page, file, fragment):
    page.open("about:blank")
    page.open(f"{file.as_uri()}#{fragment}")
    page.until(ANSWERED)
    return page.value("(({value, error}) => ({value, error}))(exploration.answers[0])")


def entered(page, name, value, kind="change"):
    page.value(
        f"(() => {{ const n = document.getElementById({json.dumps(name)}); n.value = "
        f"{json.dumps(str(value))}; n.dispatchEvent(new Event('{kind}')); }})()"
    )
    settle(page)


def settle(page):
    page.value("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def text(page, name):
    return page.value(f"document.getElementById('{name}').innerText")


def qalys(page):
    return page.value("exploration.answers[0].value.qalys_gained")


# Answers


@pytest.fixture(scope="module")
def table():
    scenario = load_scenario("walking_groups", ["persons=700", "years=5", "seed=3"])
    return effects_table(scenario, starts=range(2025, 2030), threads=2)


WOMEN = "sex=female&deprivation=1,2,5&ages.0=30&ages.1=70&met_hours_below=&bmi_above=26"
COSTS = Cost(5.0, 7.0, 11.0, 8.0, 13.0, 0.0, None, None, "GBP")


@pytest.mark.parametrize(
    ("fragment", "asked"),
    [
        ("", {}),
        ("reach=1&uptake=0.35&ramp_years=0&start=2027",
         {"reach": 1.0, "uptake": 0.35, "ramp_years": 0.0, "start": 2027}),
        (f"{WOMEN}&ramp_years=3.5&start=2025",
         {"eligible": Eligibility((30, 70), "female", None, 26.0, (1, 2, 5), None),
          "ramp_years": 3.5, "start": 2025}),
        ("diseases=depression,type_2_diabetes",
         {"eligible": Eligibility((20, 85), "both", 8.75, None, None,
                                  ("type_2_diabetes", "depression"))}),
        ("cost.per_person_offered=5&cost.per_participant=7&cost.per_participant_year=11"
         "&cost.per_resident_year=13", {"cost": COSTS}),
    ],
)  # fmt: skip
def test_the_page_answers_as_python_does(page, file, table, fragment, asked):
    found, answer = answered_at(page, file, fragment), table.answer(**asked)
    compared = [name for name in found["value"] if name in answer.units]
    assert len(compared) == 18 and answer.values["qalys_gained"] > 0.0
    for name in compared:
        value, error = answer.values[name], answer.standard_error[name]
        close = 0.1 * error if error == error else 0.02 * abs(value) + 1e-3
        assert found["value"][name] == pytest.approx(value, abs=close + 1e-6), name
        if error == error and found["error"][name] is not None:
            assert found["error"][name] == pytest.approx(error, rel=0.03, abs=1e-9), name
    benefit = answer.net_benefit(20_000.0)
    assert found["value"]["net_benefit"] == pytest.approx(benefit[0], abs=0.15 * benefit[1])
    assert found["error"]["net_benefit"] == pytest.approx(benefit[1], rel=0.03)


def test_between_sampled_starts_it_interpolates_as_python_does(chrome, tmp_path):
    scenario = load_scenario("walking_groups", ["persons=700", "years=9", "seed=3"])
    sampled = effects_table(scenario, starts=[2025, 2027, 2028, 2031, 2033], threads=2)
    path = tmp_path / "sampled.html"
    path.write_text(render([shown(sampled)]), "utf-8")
    asked = {"ramp_years": 1.5, "reach": 1.0, "start": 2026}
    found = answered_at(chrome, path, "&".join(f"{key}={value}" for key, value in asked.items()))
    answer = sampled.answer(**asked)
    for name in ("qalys_gained", "deaths", "incidence.stroke", "participant_years"):
        value, error = answer.values[name], answer.standard_error[name]
        assert found["value"][name] == pytest.approx(value, abs=0.1 * error), name
        assert found["error"][name] == pytest.approx(error, rel=0.03), name


def test_fixed_costs_are_those_of_the_people_represented(chrome, tmp_path):
    words = ["persons=500", "years=4", "population.represents=90000"]
    scenario = load_scenario("walking_groups", [*words, "policies.walks.cost.fixed_per_year=20000"])
    table = effects_table(scenario, starts=range(2025, 2029), threads=2)
    path = tmp_path / "fixed.html"
    path.write_text(render([shown(table)]), "utf-8")
    found, answer = answered_at(chrome, path, "start=2027"), table.answer(start=2027)
    for name in ("policy_cost", "net_cost"):
        close = 0.1 * answer.standard_error[name]
        assert found["value"][name] == pytest.approx(answer.values[name], abs=close), name
    assert "90\u202f000 people represented" in text(chrome, "answer")
    without = answered_at(chrome, path, "start=2027&cost.fixed_per_year=0")["value"]
    fixed = (found["value"]["policy_cost"] - without["policy_cost"]) * 90_000 / 500
    assert fixed == pytest.approx(20_000 * (1.035**-2.5 + 1.035**-3.5), rel=0.01)


def test_a_slider_moves_the_answer_and_nothing_is_asked_of_the_network(page, file):
    before = qalys(page)
    page.value("document.getElementById('delivery-reach-slider').focus()")
    for _ in range(20):
        page.key("ArrowRight", 39)
    settle(page)
    assert page.value("document.getElementById('delivery-reach').value") == "60"
    assert qalys(page) == pytest.approx(1.5 * before, rel=1e-6)
    assert page.value("document.querySelectorAll('#outcomes [data-error]').length") >= 6
    assert " to " in text(page, "answer")
    assert page.requests == [file.as_uri()] and page.complaints == []


def test_minutes_and_adherence_are_fitted_and_said_to_be(page):
    before, narrow = qalys(page), page.value("exploration.answers[0].fitted.qalys_gained")
    assert narrow == 0 and "as they were simulated" in text(page, "shown")
    entered(page, "doses-adds-moderate", 66)
    assert 1.3 * before < qalys(page) < 2.2 * before
    assert page.value("exploration.answers[0].fitted.qalys_gained") > 0
    assert "fitted" in text(page, "shown")
    more = qalys(page)
    entered(page, "doses-adherence-quit_12_weeks", 50)
    assert qalys(page) < 0.8 * more


# Minutes and adherence at several levels


@pytest.fixture(scope="module")
def levelled(tmp_path_factory, table):
    further = FurtherTables(table, 2, lambda: None)
    path = tmp_path_factory.mktemp("levels") / "page.html"
    fit = fitted_to(further)
    path.write_text(render([shown(table, fit, levels=levels_of(further, fit))]), "utf-8")
    return path, further


def fitted_error(page, name="qalys_gained"):
    return page.value(f"exploration.answers[0].fitted.{name}")


def test_a_page_at_a_level_answers_as_a_table_made_there(chrome, levelled, table):
    path, further = levelled
    own = table.policy.adherence
    level = replace(own, half_life_years=0.5 * own.half_life_years)
    made = further.changed(adds=further.adds(2.0), adherence=level)
    women = replace(table.policy.eligible, sex="female")
    minutes = 2.0 * table.policy.adds.moderate
    found = answered_at(
        chrome, path, f"sex=female&ramp_years=0&start=2026&adds.moderate={minutes}"
        f"&adherence.half_life_years={level.half_life_years}",
    )  # fmt: skip
    asked = {"eligible": women, "ramp_years": 0.0, "start": 2026}
    real, own = (each.answer(**asked).values for each in (made, table))
    for name in ("qalys_gained", "participant_years", "life_years"):
        assert found["value"][name] == pytest.approx(real[name], rel=0.02), name
        assert abs(real[name] / own[name] - 1.0) > 0.04, name  # and not what it was
    assert "interpolated between tables at" in text(chrome, "shown")
    assert fitted_error(chrome) > 0


def test_levels_turn_minutes_into_dose_as_the_fit_does(chrome, levelled, table, tmp_path):
    path, further = levelled
    fit = fitted_to(further)
    own = np.array(fit["minutes"]["per_minute"]["resistance"])
    plain = further.met_hours("resistance", 1.0) / further.dose
    assert abs(own / plain - 1.0).max() > 0.01  # strength training is no matter of MET-hours alone
    twice = copy.deepcopy(fit)
    twice["minutes"]["per_minute"]["resistance"] = (2.0 * own).tolist()
    wish = {"adds": further.adds(1.0, {"resistance": 30.0})}
    cell = np.unravel_index(abs(own / plain - 1.0).argmax(), own.shape)
    for each, dose in ((fit, 1.0 + 30.0 * own[cell]), (twice, 1.0 + 60.0 * own[cell])):
        assert _wished(further, each, wish)(cell).dose == pytest.approx(dose)
    other = tmp_path / "twice.html"
    other.write_text(render([shown(table, twice, levels=levels_of(further, fit))]), "utf-8")
    found, more = (
        answered_at(chrome, page, f"adds.resistance={minutes}")["value"]["qalys_gained"]
        for page, minutes in ((other, 20), (path, 40))
    )
    assert found == pytest.approx(more) and found > 0.0


def test_between_levels_an_answer_lies_between_and_has_an_error(chrome, levelled, table):
    path, _ = levelled
    own = table.policy.adds.moderate
    found = [
        answered_at(chrome, path, f"adds.moderate={times * own}")["value"]["qalys_gained"]
        for times in (1.0, 1.3, 1.6, 2.0, 3.0, 4.9)
    ]
    assert found == sorted(found) and found[-1] > 1.5 * found[0]
    assert fitted_error(chrome) > 0
    answered_at(chrome, path, "")
    assert fitted_error(chrome) == 0 and "as they were simulated" in text(chrome, "shown")
    assert chrome.complaints == []


# Cells of a survey


def test_a_page_of_cells_answers_and_errs_like_one_of_persons(chrome, tmp_path, table):
    path = tmp_path / "cells.html"
    policy = shown_in_cells(table)
    path.write_text(render([policy]), "utf-8")
    found = answered_at(chrome, path, "ramp_years=0&start=2025")
    answer = table.answer(ramp_years=0.0, start=2025)
    names = ["started", "offered", "qalys_gained", "care_cost_averted", "policy_cost", "net_cost"]
    for name in names:
        near = 3.0 * policy.cells.errors[HELD.index("qalys_gained")] + 0.03
        assert found["value"][name] == pytest.approx(answer.values[name], rel=near), name
        assert found["error"][name] == pytest.approx(answer.standard_error[name], rel=0.2), name
    for name in ("qalys_gained", "offered", "started", "policy_cost"):
        assert chrome.value(f"exploration.answers[0].fitted.{name}") > 0, name
    assert "cells" in text(chrome, "shown") and chrome.complaints == []
    ramp = answered_at(chrome, path, "ramp_years=3&start=2025&cost.per_resident_year=2")
    answer = table.answer(
        ramp_years=3.0, start=2025, cost=replace(table.policy.cost, per_resident_year=2.0)
    )
    for name in names:
        assert ramp["value"][name] == pytest.approx(answer.values[name], rel=near), name
        assert 0.85 < ramp["error"][name] / answer.standard_error[name] < 1.25, name
    chrome.value("document.getElementById('beside').click()")
    settle(chrome)
    assert "A less B" in text(chrome, "money-shown")


@pytest.mark.parametrize(
    ("typed", "shown", "said"),
    [
        ("150", "100", "held at 100"), ("-5", "0", "held at 0"), ("abc", "40", "not a number"),
        ("", "40", "not a number"), ("1e9", "100", "held at 100"), ("55", "55", ""),
    ],
)  # fmt: skip
def test_what_is_typed_out_of_range_is_held_and_said(page, typed, shown, said):
    entered(page, "delivery-reach", typed)
    assert page.value("document.getElementById('delivery-reach').value") == shown
    note = text(page, "delivery-reach-note")
    assert said in note and bool(note) == bool(said)
    assert page.value("exploration.options[0].wish.reach") == pytest.approx(float(shown) / 100)


def test_ages_the_wrong_way_round_and_no_quintile_are_put_right(page):
    entered(page, "who-ages-0", 90)
    assert page.value("exploration.options[0].wish.ages") == [90, 91]
    assert "above the lower" in text(page, "said")
    for k in range(5):
        page.value(f"document.querySelectorAll('[data-list=deprivation]')[{k}].click()")
    assert page.value("exploration.options[0].wish.deprivation") == [5]
    assert "At least one" in text(page, "said")


def test_a_hundred_quick_key_presses_end_at_the_last(page):
    page.value("document.getElementById('delivery-uptake-slider').focus()")
    for k in range(100):
        page.key(*(("ArrowRight", 39) if k % 3 else ("ArrowLeft", 37)))
    settle(page)
    value = float(page.value("document.getElementById('delivery-uptake').value"))
    assert page.value("exploration.answers[0].wish.uptake") == pytest.approx(value / 100)
    assert page.complaints == []


# Side by side, kept and saved


def test_the_answer_says_until_when_and_whether_something_is_lost(page):
    gained, lost = json.loads(page.value("""(() => {
        const { headline, answers: [found], policies: [policy] } = exploration;
        const lost = { ...found, value: { ...found.value, qalys_gained: -2, deaths: -3 } };
        return JSON.stringify([headline(found, policy)[1], headline(lost, policy)[1]]);
    })()"""))  # fmt: skip
    assert re.fullmatch(
        r"It gains .* QALYs to the end of the lives of those who take part, and (prevents|adds) .* "
        r"deaths by the end of 20\d\d\.", gained
    )  # fmt: skip
    assert re.match("It loses [0-9]", lost) and re.search(", and adds [0-9]", lost)


def test_two_options_stand_side_by_side(page):
    page.value("document.getElementById('beside').click()")
    settle(page)
    assert "A less B" in text(page, "money-shown") and "Option B" in text(page, "answer")
    entered(page, "delivery-uptake", 40)
    first, second = page.value("exploration.answers.map((each) => each.value.qalys_gained)")
    assert second == pytest.approx(2.0 * first, rel=1e-6)
    entered(page, "policy", 1)
    assert page.value("exploration.options.map((each) => each.policy)") == [0, 1]
    assert page.value("document.getElementById('doses-adds-moderate').value") != "33"
    page.value("document.getElementById('beside').click()")
    settle(page)
    assert page.value("exploration.options.length") == 1


def test_the_link_keeps_the_settings(page, file):
    entered(page, "delivery-reach", 70)
    entered(page, "money-represents", 300000)
    page.value("document.querySelector('[data-list=deprivation][value=\"3\"]').click()")
    settle(page)
    page.until("location.hash.includes('represents=300000')")  # once the settings rest
    link, before = page.value("location.href"), qalys(page)
    answered_at(page, file, link.partition("#")[2])
    assert qalys(page) == pytest.approx(before)
    assert page.value("document.getElementById('delivery-reach').value") == "70"
    assert "300\u202f000 people represented" in text(page, "answer")


@pytest.mark.parametrize(
    "fragment",
    ["reach=999&start=1066&sex=<img>&policy=%00&deprivation=9,0,x&diseases=__proto__",
     "__proto__.reach=1&constructor=2&ages.0=NaN&b.policy=p9&b.reach=Infinity",
     "<script>alert(1)</script>", "%%%", "met_hours_below=8.7&ages.0=99&ages.1=21"],
)  # fmt: skip
def test_an_address_that_somebody_made_up_does_no_harm(page, file, fragment):
    answered_at(page, file, fragment)
    assert page.complaints == [] and page.value("document.querySelectorAll('img').length") == 0
    assert 0.0 <= page.value("exploration.options[0].wish.reach") <= 1.0
    assert page.value("Number.isFinite(exploration.answers[0].value.qalys_gained)")


def test_the_saved_scenario_is_the_one_that_is_shown(page, tmp_path):
    page.downloads_to(tmp_path)
    for name, value in (
        ("delivery-reach", 55), ("doses-adds-moderate", 60), ("who-bmi_above", 27.5),
        ("money-represents", 250000), ("money-threshold", 25000), ("cost", None),
    ):  # fmt: skip
        if value is not None:
            entered(page, name, value)
    page.value("document.getElementById('yaml').click()")
    saved = tmp_path / "walking_groups_explored.yaml"
    end = time.monotonic() + 20
    while not saved.exists():
        assert time.monotonic() < end
        time.sleep(0.05)
    scenario, own = load_scenario(saved), load_scenario("walking_groups", ["years=5", "seed=3"])
    (policy,), (before,) = scenario.policies, own.policies
    assert (policy.reach, policy.adds.moderate) == (0.55, 60.0)
    assert policy.eligible.bmi_above == 27.5 and scenario.population.represents == 250_000
    assert scenario.parameters["economics.willingness_to_pay"] == 25_000
    assert (scenario.persons, scenario.years, scenario.seed) == (own.persons, 5, 3)
    assert policy.uptake == before.uptake and policy.cost == before.cost
    # what was not touched keeps its interval, what was typed has none
    assert "policies.walks.uptake" in scenario.intervals
    assert "policies.walks.reach" not in scenario.intervals


@pytest.mark.parametrize("options", [1, 2])
def test_spending_by_year_has_its_currency_and_tells_options_apart(page, options):
    if options == 2:
        page.value("document.getElementById('beside').click()")
        settle(page)
    caption = page.value("document.querySelector('#years caption').textContent")
    assert caption == "By year, for 100\u202f000 people; money in GBP, not discounted"
    keys = page.value("[...document.querySelectorAll('#years .key')].map((n) => n.textContent)")
    assert keys == (["■ Option A", "■ Option B"] if options == 2 else [])
    assert "one sum over all years" in text(page, "years")


def test_the_foot_says_which_policy_a_fit_is_of(page):
    titles = page.value("exploration.policies.map((each) => each.title)")
    notes = page.value("[...document.querySelectorAll('footer li')].map((n) => n.textContent)")
    for title in titles:
        assert sum(each.startswith(f"{title}: Minutes and adherence") for each in notes) == 1


# Bad days


def test_a_file_cut_in_half_says_so_and_keeps_its_table(chrome, file, tmp_path):
    whole = file.read_text("utf-8")
    (packed,) = re.findall(r'id="table-p0">([^<]+)<', whole)
    cut = tmp_path / "cut.html"
    cut.write_text(whole.replace(packed, packed[: len(packed) // 2 // 4 * 4]), "utf-8")
    chrome.open(cut.as_uri())
    chrome.until("!document.getElementById('problem').hidden")
    assert "damaged" in text(chrome, "problem")
    assert "QALYs gained" in chrome.value("document.querySelector('.static').innerText")


@pytest.mark.parametrize("share", [0.5, 0.97])
def test_a_file_that_ends_early_says_so_and_keeps_its_table(chrome, file, tmp_path, share):
    whole = file.read_bytes()
    cut = tmp_path / "short.html"
    cut.write_bytes(whole[: int(share * len(whole))])
    chrome.open(cut.as_uri())
    shown = chrome.value("document.body.innerText")
    assert "the file is cut short" in shown and "QALYs gained" in shown
    assert "How far it reaches" not in shown


def test_a_hostile_title_and_policy_name_are_text(chrome, table, tmp_path):
    hostile = "</script><img src=x onerror=alert(1)>\u2028\"'&{{7*7}}<!--"
    policy = replace(table.policy, name=hostile)
    scenario = replace(table.scenario, title=hostile, description=hostile, policies=(policy,))
    path = tmp_path / "hostile.html"
    path.write_text(render([shown(replace(table, scenario=scenario))] * 2), "utf-8")
    chrome.open(path.as_uri())
    chrome.until(ANSWERED)
    assert chrome.value("document.images.length") == 0 and "{{7*7}}" in text(chrome, "answer") + (
        chrome.value("document.querySelector('h1').innerText")
    )
    saved = yaml.safe_load(chrome.value("exploration.scenarioFile()[1]"))
    assert saved["title"] == hostile and saved["policies"][0]["name"] == hostile
    assert chrome.complaints == [] and chrome.requests == [path.as_uri()]


@pytest.mark.parametrize("width", [320, 1280])
def test_a_long_title_is_no_wider_than_the_window(chrome, table, tmp_path, width):
    scenario = replace(table.scenario, title="Walking" * 90, description="x" * 999)
    path = tmp_path / "long.html"
    path.write_text(render([shown(replace(table, scenario=scenario))] * 2), "utf-8")
    chrome.size(width, 900)
    chrome.open(path.as_uri())
    chrome.until(ANSWERED)
    chrome.value("document.getElementById('beside').click()")
    settle(chrome)
    assert chrome.value("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("typed", ["1e308", "1e-200", "0.0000001", "-1e308"])
def test_the_ends_of_all_fields_are_written_without_powers_of_ten(page, typed):
    for name in page.value("[...document.querySelectorAll('input[type=number]')].map((n) => n.id)"):
        entered(page, name, typed)
    shown = page.value("[...document.querySelectorAll('.answers')].map((n) => n.innerText).join()")
    told = shown.replace(typed, "")  # a refusal repeats what was typed
    assert "people represented" in told
    assert not re.search(r"NaN|Infinity|undefined|\de[+-]?\d", told) and page.complaints == []


def test_without_scripts_there_is_a_sentence_and_the_table(chrome, file):
    chrome.open(file.as_uri(), script=False)
    time.sleep(0.5)
    chrome._command("Emulation.setScriptExecutionDisabled", {"value": False})
    shown = chrome.value("document.body.innerText")
    assert "scripts are switched off" in shown and "QALYs gained" in shown
    assert "How far it reaches" not in shown


# For everybody


def test_inputs_are_labelled_and_headings_are_in_order(page):
    unlabelled = "[...document.querySelectorAll('input,select,textarea')].filter((each) => !each.labels.length && !each.ariaLabel).length"  # noqa: E501
    assert page.value(unlabelled) == 0
    assert page.value("document.querySelectorAll('h1').length") == 1
    ids = page.value("[...document.querySelectorAll('[id]')].map((each) => each.id)")
    assert len(ids) == len(set(ids))
    assert page.value("document.querySelectorAll('svg:not([role=img])').length") == 0
    assert page.value("document.documentElement.lang") == "en-GB"


@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("options", [1, 2])
def test_nothing_is_wider_than_the_window(page, width, options):
    if options == 2:
        page.value("document.getElementById('beside').click()")
    page.size(width, 800)
    settle(page)
    assert page.value("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("options", [1, 2])
def test_it_prints_on_one_page(page, options):
    if options == 2:
        page.value("document.getElementById('beside').click()")
        settle(page)
    assert len(re.findall(rb"/Type\s*/Page[^s]", page.pdf())) == 1


# From a server


def served_from(out):
    words = ["explore", "walking_groups", *SIZES, "--no-browser", "--out", str(out)]
    return served([sys.executable, "run.py", *words], ROOT)


def test_the_served_page_is_answered_by_runs(chrome, tmp_path):
    with served_from(tmp_path) as (process, address):
        assert address.startswith("http://127.0.0.1:")
        chrome.size(1280, 900)
        chrome.open(address)
        chrome.until(ANSWERED)
        before = qalys(chrome)
        entered(chrome, "doses-adds-moderate", 66)
        chrome.until("exploration.answers[0].fresh")
        assert qalys(chrome) > 1.2 * before and "imulated just now" in text(chrome, "shown")
        entered(chrome, "evidence", "no.such.entry=1")
        chrome.until("document.getElementById('said').innerText.includes('no.such.entry')")
        entered(chrome, "evidence", "economics.discount_rate.health=0")
        chrome.until("exploration.answers[0].fresh")
        chrome.value("document.getElementById('proper').click()")
        chrome.until("!document.getElementById('report').hidden", 200)
        folder = tmp_path / "walking_groups_explored"
        assert (folder / "manifest.json").exists()
        assert all(each.startswith(address) for each in chrome.requests)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
        entered(chrome, "doses-adds-moderate", 99)
        chrome.until("document.getElementById('said').innerText.includes('has ended')")
        assert "fitted" in text(chrome, "shown")
