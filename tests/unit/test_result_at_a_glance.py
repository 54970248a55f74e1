"""What a result offers beside its tables: totals, splits, a summary, a small page, saving."""

import json
import sys
from dataclasses import fields
from functools import cached_property

import numpy as np
import pandas as pd
import pytest

from abm import SavedResultError, load_result, load_scenario, simulate
from abm.bout.session import Bout
from abm.notebook import number, shortened, shown
from abm.results import saved
from abm.results.outcomes import measure_names, quantile_names
from abm.results.result import Result
from abm.results.units import unit_of_measure
from abm.running.output import ResultFolder
from abm.scenario.plain import scenario_from_plain, scenario_to_plain

SMALL = {"persons": 1200, "years": 3, "seed": 2}


@pytest.fixture(scope="module")
def result():
    return simulate("walking_groups", seeds=2, draws=2, keep_people=True, **SMALL)


@pytest.fixture(scope="module")
def one_world():
    return simulate("uk", draws=1, persons=300, years=2)


# Totals and splits -------------------------------------------------------------------------------


def test_totals_are_everybody_once(result):
    totals = result.totals
    assert list(totals) == ["seed", "draw", "world", "year", "measure", "unit", "value"]
    rows = totals[(totals["world"] == "baseline") & (totals["measure"] == "deaths")]
    assert len(rows) == 2 * SMALL["years"]  # of two seeds
    naive = result.outcomes.query("measure == 'deaths' and world == 'baseline'")["value"].sum()
    assert naive == pytest.approx(8 * rows["value"].sum())


@pytest.mark.parametrize("split", [("sex",), ("age_band", "sex"), ("deprivation",)])
def test_the_rows_of_a_split_add_up_to_the_totals(result, split):
    found, keys = result.by(*split), ["seed", "world", "year"]
    assert list(found)[4:-3] == list(split)
    for measure in ("persons", "incidence.stroke"):
        own = found[found["measure"] == measure].groupby(keys)["value"].sum()
        whole = result.totals.query("measure == @measure").set_index(keys)["value"]
        pd.testing.assert_series_equal(own, whole, check_names=False, check_index_type=False)


@pytest.mark.parametrize(
    ("split", "told"),
    [
        (("sexes",), "unknown stratum 'sexes'; must be of sex, .*; did you mean 'sex'"),
        (("sex", "activity_group"), "are not counted together; must be one of sex, .*sex x age"),
        (("sex", "sex"), "sex x sex are not counted together"),
    ],
)
def test_a_split_that_is_not_counted_is_refused(result, split, told):
    with pytest.raises(ValueError, match=told):
        result.by(*split)


def test_effects_alone_have_no_totals_but_a_summary():
    found = simulate("walking_groups", only_effects=True, **SMALL)
    with pytest.raises(ValueError, match="ask for everybody"):
        found.by("sex")
    assert "deaths" in found.summary()["measure"].tolist()
    assert "effects alone" in repr(found) and ".totals" not in found._repr_html_()


# Draws and units ---------------------------------------------------------------------------------


def test_the_central_values_have_no_draw(result, one_world):
    assert result.outcomes["draw"].isna().all() and result.totals["draw"].isna().all()
    draws = one_world.outcomes["draw"]
    assert set(draws.dropna()) == {0} and draws.isna().mean() == 0.5
    assert set(result.draw_effects["draw"]) == {0, 1}


def test_every_table_says_its_units(result):
    for table in (result.effects, result.group_effects, result.draw_effects, result.economics):
        assert table["unit"].str.len().min() > 0
    course = result.expected_course
    assert list(course)[:4] == ["year", "outcome", "unit", "scale"]
    assert set(course["scale"]) == {"simulated"}
    units = dict(zip(course["outcome"], course["unit"], strict=True))
    assert units["deaths"] == "deaths" and units["incidence.stroke"] == "cases"
    assert units["incidence.depression"] == "first episodes"
    for table in (result.outcomes, result.people, result.participation, result.il6_histogram):
        assert table.attrs["units"]
    assert result.people.attrs["units"]["bmi"] == "kg/m2"
    assert result.people.attrs["units"]["onset_age.stroke"] == "years"


def test_units_go_into_parquet(result, tmp_path):
    folder = ResultFolder(tmp_path)
    folder.write_tables("outcomes.parquet", result.tables.tables())
    folder.write_table("people.parquet", result.people)
    back = pd.read_parquet(tmp_path / "outcomes.parquet")
    assert back.attrs["units"]["il6.p50"] == "pg/mL" and back["draw"].isna().all()
    assert pd.read_parquet(tmp_path / "people.parquet").attrs == result.people.attrs


def test_every_measure_has_a_unit_of_its_own():
    names = [*measure_names(), *quantile_names()]
    assert all(unit_of_measure(name) for name in names)
    bare = {name for name in names if unit_of_measure(name) == name}
    assert bare == {"persons", "deaths"}


# Summary and pages -------------------------------------------------------------------------------


def test_the_summary_is_small_and_that_of_the_tables(result):
    table = result.summary()
    assert len(table) < 20 and table.attrs["scale"] == "per_100000"
    value = table.set_index("measure")["value"]
    effects = result.effects.set_index("outcome")
    for outcome in ("incidence.stroke", "deaths", "life_years"):
        assert value[outcome] == pytest.approx(effects.loc[outcome, "expected_averted_per_100k"])
    money = result.economics.query("scale == 'per_100000'").set_index("measure")["value"]
    for measure in ("qalys_gained", "net_cost"):
        assert value[measure] == money[measure]
    known = table.dropna()
    assert len(known) > 5
    assert ((known["lower"] <= known["value"]) & (known["value"] <= known["upper"])).all()
    assert {"parameter_lower", "horizon", "unit"} <= set(table)


def test_without_policies_the_summary_counts_events(one_world):
    table = one_world.summary().set_index("measure")
    deaths = one_world.effects.set_index("outcome").loc["deaths", "baseline"]
    ever = one_world.totals.query("measure in ('persons', 'entrants') and draw.isna()")
    people = ever[(ever["year"] == 2024) | (ever["measure"] == "entrants")]["value"].sum()
    assert table.loc["deaths", "value"] == pytest.approx(1e5 * deaths / people)
    assert "lower" not in table


HOSTILE = "<script>alert('x')</script>"


@pytest.mark.parametrize(
    "make",
    [
        lambda: simulate("walking_groups", only_effects=True, **SMALL),
        lambda: load_scenario("walking_groups"),
        lambda: Bout("running", 60, 0.7),
    ],
    ids=["result", "scenario", "bout"],
)
def test_pages_are_small(make):
    thing = make()
    page = thing._repr_html_()
    assert page.startswith("<div><strong>") and page.count("<div>") == page.count("</div>") == 1
    assert 100 < len(page) < 6000 and len(repr(thing)) < 400


def test_texts_of_users_are_escaped_and_cut():
    scenario = load_scenario("walking_groups")
    object.__setattr__(scenario, "title", HOSTILE)
    object.__setattr__(scenario, "description", HOSTILE * 200)
    page = scenario._repr_html_()
    assert "<script>" not in page and "&lt;script&gt;" in page and len(page) < 6000
    assert "<b>" not in shown("<b>", ["<b>"], ["<b>"], [["<b>"]])
    assert len(shortened("long " * 1000)) == 300


def test_numbers_stay_in_one_line_of_a_page():
    page = shown("", (), ["value"], [[number(1_234_567)]])
    assert ">1\u202f230\u202f000<" in page
    assert shortened(" a\n\t b ") == "a b"


def test_the_number_of_persons_is_not_rounded():
    scenario = load_scenario("walking_groups", ["persons=12345"])
    assert "12 345 persons" in repr(scenario) and "12 345 persons" in scenario._repr_html_()
    run = simulate("walking_groups", only_effects=True, **{**SMALL, "persons": 1234})
    assert "1 234 persons" in repr(run)


def test_numbers_are_rounded_for_people():
    assert number(0.0) == "0" and number(-0.00001) == "-1e-05" and number(99.96) == "100"


# To xarray ---------------------------------------------------------------------------------------


def test_a_missing_xarray_is_named_with_what_installs_it(result, monkeypatch):
    monkeypatch.setitem(sys.modules, "xarray", None)
    with pytest.raises(ImportError, match=r"pip install 'exercise-il6\[notebook\]'"):
        result.to_xarray()


def test_a_dataset_holds_what_was_counted_and_no_cube_of_blanks(result, one_world):
    pytest.importorskip("xarray")
    found = result.to_xarray("age_band", "sex")
    assert set(found.sizes) == {"seed", "world", "year", "age_band", "sex"}
    assert found["deaths"].attrs["units"] == "deaths"
    assert not np.isnan(found["persons"].to_numpy()).any()
    whole = result.to_xarray()["persons"]
    np.testing.assert_array_equal(found["persons"].sum(["age_band", "sex"]), whole)
    assert one_world.to_xarray()["draw"].to_numpy().tolist() == [-1, 0]


# Saving ------------------------------------------------------------------------------------------


def tables_of(result):
    made = [name for name, each in vars(Result).items() if isinstance(each, cached_property)]
    names = [*(each.name for each in fields(Result)), *made]
    values = {name: getattr(result, name) for name in names}
    return {name: each for name, each in values.items() if isinstance(each, pd.DataFrame)}


@pytest.mark.parametrize("which", ["result", "one_world"])
def test_a_saved_result_is_the_same_to_the_bit(which, tmp_path, request):
    kept = request.getfixturevalue(which)
    folder = kept.save(tmp_path / "new" / "one")
    back = load_result(folder)
    ours, theirs = tables_of(kept), tables_of(back)
    assert list(ours) == list(theirs) and len(ours) >= 3
    for name, table in ours.items():
        pd.testing.assert_frame_equal(table, theirs[name], check_exact=True)
        assert table.attrs == theirs[name].attrs
    assert back.scenario == kept.scenario and repr(back) == repr(kept)
    assert back.manifest == json.loads(json.dumps(kept.manifest))
    for key, counts in kept.counts.items():
        for one, other in zip(counts, back.counts[key], strict=True):
            np.testing.assert_array_equal(one, other, strict=True)
    pd.testing.assert_frame_equal(kept.summary(), back.summary())
    assert [each.name for each in tmp_path.joinpath("new").iterdir()] == ["one"]


def test_effects_alone_can_be_saved(tmp_path):
    kept = simulate("walking_groups", only_effects=True, **SMALL)
    back = load_result(kept.save(tmp_path / "effects"))
    pd.testing.assert_frame_equal(kept.effects, back.effects, check_exact=True)
    with pytest.raises(ValueError, match="ask for everybody"):
        back.outcomes  # noqa: B018


def test_a_scenario_with_all_it_can_hold_is_the_same_after_saving():
    words = ["parameters.causal_share.all_else={value: 0.3, low: 0.2, high: 0.4}",
             "population.activity={met_hours: 8.75}", "population.represents=300000"]  # fmt: skip
    for name in ("exercise_referral", "everyone_meets_guideline", "uk"):
        scenario = load_scenario(name, words)
        back = scenario_from_plain(json.loads(json.dumps(scenario_to_plain(scenario))))
        assert back == scenario and back.hash == scenario.hash
        assert back.to_dict() == scenario.to_dict() and back.intervals == scenario.intervals


@pytest.mark.parametrize(
    "content", [[], {"kind": "Policy"}, {"kind": "Path"}, {"kind": "system"}, "text", {"items": 3}]
)
def test_what_is_no_scenario_is_refused(content):
    with pytest.raises(ValueError, match="must be a scenario|no scenario can be read"):
        scenario_from_plain(content)


def test_nothing_is_overwritten(result, tmp_path):
    (tmp_path / "mine.txt").write_text("kept", encoding="utf-8")
    for place in (tmp_path, tmp_path / "mine.txt"):
        with pytest.raises(FileExistsError, match="must be a new or an empty folder"):
            result.save(place)
    assert [each.name for each in tmp_path.iterdir()] == ["mine.txt"]


@pytest.fixture
def folder(one_world, tmp_path):
    return one_world.save(tmp_path / "one")


def rewrite(folder, **changed):
    path = folder / saved.INDEX
    index = json.loads(path.read_text(encoding="utf-8"))
    del index[saved.CHECKSUM]
    path.write_bytes(saved._with_checksum({**index, **changed}))


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"version": "0.0.9"}, r"was saved by version 0\.0\.9; this is .*simulate again, or read"),
        ({"layout": "0"}, "was saved by another state of"),
        ({"files": {"../x": "0"}}, "is damaged; must be as result.save wrote it"),
        ({"files": {}}, "is damaged; must be as result.save wrote it"),
        ({"manifest": {}}, "is damaged; must be as result.save wrote it"),
        ({"runs": []}, "is damaged; must be as result.save wrote it"),
        ({"files": 3}, "is damaged; must be as result.save wrote it"),
        ({"frames": 7}, "is damaged .*; must be as result.save wrote it"),
        ({"frames": {"effects": ["no_column"]}}, "is damaged .KeyError: 'no_column'"),
        ({"counted": [[1]]}, "is damaged"),
        ({"scenario": None}, "is damaged"),
    ],
)
def test_a_result_of_another_version_or_a_damaged_one_is_named(folder, changed, told):
    rewrite(folder, **changed)
    with pytest.raises(SavedResultError, match=told):
        load_result(folder)


def test_every_changed_byte_of_the_index_is_found(folder):
    path = folder / saved.INDEX
    written = path.read_bytes()
    for place in (0, 1, 5, 20, 75, len(written) // 2, len(written) - 1):
        changed = bytearray(written)
        changed[place] ^= 1
        path.write_bytes(changed)
        with pytest.raises(SavedResultError, match=r"result\.json is damaged"):
            load_result(folder)
    for text in (written.replace(b": ", b":  ", 3), written[:-1], written + b" "):
        path.write_bytes(text)
        with pytest.raises(SavedResultError, match=r"result\.json is damaged"):
            load_result(folder)
    path.write_bytes(written)
    load_result(folder)


def test_an_index_without_a_checksum_is_of_an_older_version(folder):
    path = folder / saved.INDEX
    index = json.loads(path.read_text(encoding="utf-8"))
    del index[saved.CHECKSUM]
    path.write_text(json.dumps(index, indent=1), encoding="utf-8")
    with pytest.raises(SavedResultError, match=r"result\.json is damaged"):
        load_result(folder)
    path.write_text(json.dumps(index | {"layout": "0"}, indent=1), encoding="utf-8")
    with pytest.raises(SavedResultError, match="was saved by another state of"):
        load_result(folder)


def test_missing_numbers_and_an_index_of_nothing_but_brackets_are_named(folder):
    (folder / saved.NUMBERS).unlink()
    with pytest.raises(SavedResultError, match="numbers.npz is missing or damaged"):
        load_result(folder)
    for text in ("[" * 100_000, "[]", "{}", "3"):
        (folder / saved.INDEX).write_text(text, encoding="utf-8")
        with pytest.raises(SavedResultError, match=r"result\.json is damaged"):
            load_result(folder)


def test_a_damaged_file_and_a_foreign_folder_are_named(folder, tmp_path):
    with pytest.raises(FileNotFoundError, match="holds no saved result"):
        load_result(tmp_path)
    (folder / saved.NUMBERS).write_bytes(b"PK")
    with pytest.raises(SavedResultError, match="numbers.npz is missing or damaged"):
        load_result(folder)
    (folder / saved.INDEX).write_text("{", encoding="utf-8")
    with pytest.raises(SavedResultError, match="is damaged"):
        load_result(folder)


class Trap:
    """Does harm when it is unpickled."""

    def __reduce__(self):
        return (exec, ("raise SystemExit('unpickled')",))


def test_nothing_is_unpickled(folder):
    numbers = dict(np.load(folder / saved.NUMBERS))
    trap = np.empty(1, object)
    trap[0] = Trap()
    np.savez(folder / saved.NUMBERS, **{**numbers, "people/0": trap})
    files = json.loads((folder / saved.INDEX).read_text(encoding="utf-8"))["files"]
    files[saved.NUMBERS] = saved._checksum(folder / saved.NUMBERS)
    rewrite(folder, files=files)
    with pytest.raises(ValueError, match="allow_pickle=False"):
        load_result(folder)
    with pytest.raises(SystemExit):  # the trap is one
        np.load(folder / saved.NUMBERS, allow_pickle=True)["people/0"]


def test_thresholds_stay_out_of_the_summary(result):
    thresholds = result.scenario.place.thresholds
    assert not any(str(each) in name for each in thresholds for name in result.summary()["measure"])
