"""The page that answers: what is packed, what is fitted, and that nothing unwanted gets into it."""

import base64
import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import run
from abm import effects_table, load_scenario
from abm.scenario.parts import Adherence
from analysis.explore import fit as fits
from analysis.explore.between import along, where
from analysis.explore.facts import delivery_by_year, own_wish
from analysis.explore.further_tables import FurtherTables, sums
from analysis.explore.packing import packed
from analysis.explore.page_of import render
from analysis.explore.quantities import HELD, PLACES
from analysis.explore.shown import shown
from tests.packed_columns import unpacked
from tests.regions import check_regions

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)> & 'so' \"on\""


@pytest.fixture(scope="module")
def table():
    scenario = load_scenario("walking_groups", ["persons=1500", "years=6", "seed=2"])
    return effects_table(scenario, starts=range(2025, 2031), threads=2)


def in_page_order(table):
    people = table.people
    return np.lexsort([people["age"], people["deprivation"], people["sex"].cat.codes])


# What is packed


def test_sums_over_neighbours_are_right_to_a_unit(table):
    pack, order = packed(table), in_page_order(table)
    units = np.array(pack.header["units"])
    effects = unpacked(pack)["effects"].transpose(2, 1, 0)
    plain = table.effects[order][:, :, PLACES] / units
    for first, last in ((0, None), (300, 700), (900, 1000)):
        apart = effects[first:last].sum(axis=0) - plain[first:last].sum(axis=0)
        assert np.abs(apart).max() <= 1.001
    assert effects[:, :, HELD.index("qalys_gained")].any()


def test_rounding_adds_little_to_what_a_person_gives(table):
    pack, order = packed(table), in_page_order(table)
    effects = unpacked(pack)["effects"].transpose(2, 1, 0) * np.array(pack.header["units"])
    plain = table.effects[order][:, :, PLACES]
    there = table.on_january.there[order]
    more = (effects - plain)[there].var(axis=0) / plain[there].var(axis=0)
    assert (more < 0.002).all() and (more > 0.0).any()
    assert max(pack.rounding) < 1.0 and len(pack.rounding) == len(HELD)


def test_nobody_gives_anything_where_they_are_not(table):
    effects = unpacked(packed(table))["effects"].transpose(2, 1, 0)
    there = table.on_january.there[in_page_order(table)]
    assert not there.all() and not effects[~there].any()


@pytest.mark.parametrize("threshold", [0.25, 8.75, 40.0])
def test_a_place_among_doses_says_who_is_below(table, threshold):
    pack, order = packed(table), in_page_order(table)
    there = table.on_january.there[order].T
    place = pack.header["doses"].index(threshold)
    below = unpacked(pack)["dose"] <= place
    assert (below == (threshold > table.on_january.met_hours[order].T))[there].all()


@pytest.mark.parametrize("threshold", [15.0, 30.0, 35.5])
def test_a_place_among_bmis_says_who_is_above(table, threshold):
    pack, order = packed(table), in_page_order(table)
    there = table.on_january.there[order].T
    place = pack.header["bmis"].index(threshold)
    above = unpacked(pack)["bmi"] > place
    assert (above == (threshold < table.on_january.bmi[order].T))[there].all()


def test_a_policy_s_own_threshold_is_one_that_the_page_can_ask_for(table):
    rule = replace(table.policy.eligible, met_hours_below=7.31, bmi_above=27.3)
    policy = replace(table.policy, eligible=rule)
    header = packed(replace(table, scenario=replace(table.scenario, policies=(policy,)))).header
    assert 7.31 in header["doses"] and 27.3 in header["bmis"]


def test_who_is_there_and_ill_comes_back(table):
    columns, order = unpacked(packed(table)), in_page_order(table)
    years = np.arange(6)[:, None]
    there = (columns["entry"] <= years) & (years <= columns["last"])
    assert (table.on_january.there[order] == there.T).all()
    ill = np.where(table.on_january.there, table.on_january.ill, 0)[order]
    assert (ill == columns["ill"].T).all() and ill.any()


def test_delivery_by_year_is_what_the_policy_s_months_say(table):
    assert delivery_by_year(table) == pytest.approx([1.0], abs=0.01)  # eight months
    cost = replace(table.policy.cost, delivery_months=None)
    policy = replace(table.policy, cost=cost)
    long = delivery_by_year(replace(table, scenario=replace(table.scenario, policies=(policy,))))
    assert sum(long) == pytest.approx(1.0) and long[0] > long[1] > long[10] > 0.0
    assert long[8] / long[0] == pytest.approx(0.5 ** (8 / 8.4), rel=0.02)  # its half-life


# What is fitted


def test_interpolation_passes_its_knots_and_has_no_bumps():
    xs, ys = [0.0, 1.0, 2.0, 5.0], [0.0, 0.9, 1.0, 3.5]
    assert [along(xs, ys, x) for x in xs] == pytest.approx(ys)
    between = [along(xs, ys, x) for x in np.linspace(0.0, 5.0, 200)]
    assert (np.diff(between) >= -1e-12).all()
    assert along(xs, ys, 9.0) == 3.5 and along(xs, ys, -1.0) == 0.0
    assert along(xs, ys, where(xs, ys, 2.0)) == pytest.approx(2.0)
    assert where([0.0, 1.0, 2.0], [0.0, 2.0, 1.0], 1.5) is None


@pytest.fixture(scope="module")
def fit(table):
    return fits.fit_of(table, threads=2)


@pytest.mark.slow
def test_a_fit_changes_nothing_where_nothing_is_changed(table, fit):
    further = FurtherTables(table, 2, lambda: None)
    own = {"adds": table.policy.adds, "adherence": table.policy.adherence}
    assert fits.factors_of(fit, further, own) == pytest.approx(1.0)
    assert json.loads(json.dumps(fit, allow_nan=False)) == fit


@pytest.mark.slow
def test_a_fit_is_about_as_wrong_as_it_says(table, fit):
    further = FurtherTables(table, 2, lambda: None)
    keeping = Adherence(quit_12_weeks=0.2, half_life_years=5.0, stays=0.0, rejoin_per_year=0.0)
    wish = {"adds": further.adds(1.6), "adherence": keeping}
    fitted = (sums(further.unchanged) * fits.factors_of(fit, further, wish)).sum(axis=1)
    real = sums(further.changed(**wish)).sum(axis=1)
    for name in ("qalys_gained", "incidence.type_2_diabetes", "participant_years"):
        place = HELD.index(name)
        stated = fit["errors"][place]  # of the mean of other settings, no standard error
        assert 0.0 < stated < 0.3
        assert np.abs(fitted / real - 1.0)[:2, place].max() < 4.0 * stated
    # more minutes bring more, quitting takes away: not the policy's own effects
    assert np.abs(sums(further.unchanged).sum(axis=1) / real - 1.0)[0].max() > 0.1


def test_a_policy_without_minutes_and_quitting_has_no_fit():
    scenario = load_scenario("everyone_meets_guideline", ["persons=40", "years=2"])
    assert fits.fit_of(effects_table(scenario, threads=1)) is None


# What is on the page


@pytest.fixture(scope="module")
def page(table):
    scenario = replace(table.scenario, title=HOSTILE, description=HOSTILE)
    return render([shown(replace(table, scenario=scenario))])


def test_a_hostile_title_stays_text(page):
    assert "alert(1)</script>" not in page and "<img" not in page
    assert page.count("<script") == 3 and "&lt;/script&gt;" in page


def test_nothing_is_loaded_and_only_this_script_and_style_are_let_in(page):
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)
    policy = policy.replace("&#39;", "'")
    assert "default-src 'none'" in policy and "connect-src 'none'" in policy
    assert "unsafe" not in policy
    for kind in ("script", "style"):
        (text,) = re.findall(f"<{kind}>(.*?)</{kind}>", page, flags=re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert not re.findall(r"""\s(?:src|on[a-z]+|style)=["']""", page.split("<body>")[1])
    assert not re.findall(r"https?://(?!www\.w3\.org/2000/svg)", page.split("<script>")[-1])


IN_EURO = "{currency: EUR, per_person_offered: 3, per_participant: 45, per_participant_year: 42}"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["population.place=usa"], "the place United States gives no costs of care"),
        ([f"policies.walks.cost={IN_EURO}"], "prices in EUR, its place in GBP"),
    ],
)
def test_a_page_without_money_hides_it_says_so_and_tells_of_qalys(words, said):
    scenario = load_scenario("walking_groups", ["persons=40", "years=3", *words])
    page = render([shown(effects_table(scenario, threads=1))])
    before, _, script = page.partition('<script type="application/json"')
    assert f"Money is not shown: {said.split(',')[0]}" in before.replace("walking_groups has ", "")
    assert "QALYs gained" in before and 'id="delivery-reach"' in before
    assert 'id="money-represents"' in before and "People by year" in before
    for word in ("Net cost", "Health-care savings", 'id="money-shown"', "cost.per_participant"):
        assert word not in before, word
    assert '"money":false' in script


def test_policies_of_one_scenario_are_told_apart(table):
    other = replace(table.policy, name="cycling")
    second = replace(table, scenario=replace(table.scenario, policies=(other,)))
    both = render([shown(table), shown(second)])
    assert "for inactive adults: walks</option>" in both
    assert "for inactive adults: cycling</option>" in both
    assert 'id="table-p0"' in both and 'id="table-p1"' in both
    check_regions(both, fewest=2)


def test_every_input_has_a_label_and_stands_in_the_html(page):
    ids = re.findall(r'<input type="number" id="([^"]+)"', page)
    assert {"delivery-reach", "who-ages-0", "money-threshold"} <= set(ids) and len(ids) > 15
    assert all(f'<label for="{each}"' in page for each in ids)
    assert page.count('type="range"') >= 6


def test_the_table_of_those_without_a_script_is_the_answer(page, table):
    assert "<noscript>" in page
    value = table.answer().table("per_100000").set_index("outcome").loc["started", "value"]
    cells = dict(re.findall(r'<th scope="row">([^<]+)</th><td class="n">([^<]+)</td>', page))
    first = cells["People who take part"].split(" (")[0].replace("\u202f", "")
    assert float(first) == pytest.approx(value, rel=0.02)


def test_a_wish_is_the_policy_as_it_stands(table):
    wish = own_wish(table, 20_000.0)
    assert wish["ages"] == [20, 85] and wish["met_hours_below"] == 8.75 and wish["start"] == 2026
    assert wish["cost"]["per_participant"] == 45.0 and wish["adds"]["moderate"] == 33.0
    assert json.loads(json.dumps(wish, allow_nan=False)) == wish


# The command


def said(capsys, *words):
    code = run.main(["explore", *words])
    return code, capsys.readouterr().err


def test_what_cannot_be_explored_is_refused_before_anything_is_simulated(capsys, tmp_path):
    page = str(tmp_path / "page.html")
    (tmp_path / "folder.html").mkdir()
    survey = Path(__file__).parents[1] / "data" / "survey.csv"
    (tmp_path / "survey.csv").write_bytes(survey.read_bytes())
    town = tmp_path / "town.yaml"
    town.write_text("extends: walking_groups\npopulation: {microdata: survey.csv}\n", "utf-8")
    for words, told in (
        (["uk", "--export", page], "has no policies"),
        (["walking_group", "--export", page], "walking_groups"),
        ([str(town), "--export", page], "must not publish a survey"),
        (["walking_groups", "--export", str(tmp_path / "page.txt")], "ends with .html"),
        (["walking_groups", "--export", str(tmp_path / "folder.html")], "is a folder"),
        (["walking_groups", "--export", str(tmp_path / "no" / "page.html")], "no folder"),
        (["walking_groups", "--export", page, "--set", "policies.walks.reach=7"], "reach"),
        (["walking_groups", "--export", page, "--years", "1"], "must start by 2025"),
        ([], "no scenario is given"),
    ):
        code, err = said(capsys, *words)
        assert code == 2 and told in err, words
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        "folder.html", "survey.csv", "town.yaml",
    ]  # fmt: skip
