"""A file of a survey's respondents holds cells of at least ten, and nothing about a single one."""

import json
import re
import zlib
from base64 import b64decode
from dataclasses import replace

import numpy as np
import pytest

import run
from abm import effects_table, load_scenario
from abm.population.survey import load_survey
from abm.results.quantities import QUANTITIES
from analysis.explore import cells as of_cells
from analysis.explore.cells import (
    FEWEST,
    NOBODY,
    PRODUCTS,
    aggregated,
    cells_of,
    few_in_a_band,
    respondents_of,
)
from analysis.explore.page_of import render
from analysis.explore.quantities import HELD, PLACES
from analysis.explore.shown import shown, shown_in_cells
from tests.packed_columns import unpacked

ROWS = 400


def survey_in(folder):
    """Write a survey of which every respondent can be told by body mass index and dose."""
    draw = np.random.default_rng(7)
    path = folder / "respondents_of_a_town.csv"
    rows = [
        f"{draw.integers(18, 90)},{draw.choice(['male', 'female'])},{draw.integers(1, 6)},"
        f"{20 + 0.0357 * k:.4f},{max(0.0, draw.normal(6, 9)):.4f},{draw.uniform(0.5, 2):.3f}"
        for k in range(ROWS)
    ]
    path.write_text("age,sex,deprivation,bmi,met_hours,weight\n" + "\n".join(rows), "utf-8")
    return path


@pytest.fixture(scope="module")
def surveyed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("survey")
    path = folder / "town.yaml"
    text = f"extends: walking_groups\npopulation: {{microdata: {survey_in(folder).name}}}\n"
    path.write_text(text, "utf-8")
    return path


@pytest.fixture(scope="module")
def table(surveyed):
    scenario = load_scenario(surveyed, ["persons=2000", "years=5", "seed=4"])
    return effects_table(scenario, starts=range(2025, 2030), threads=2)


@pytest.fixture(scope="module")
def packed_and_cells(table):
    return aggregated(table)


def test_a_person_s_respondent_is_the_one_whose_answers_they_have(table):
    rows = respondents_of(table)
    known = load_survey(table.scenario.population.microdata, table.scenario)
    asked = rows != NOBODY
    assert asked.sum() == 2000 and not asked[2000:].any() and len(rows) > 2000
    ages = table.people["age"].to_numpy()[asked]
    assert (ages == known.sample[rows[asked], 0]).all()
    bmi = table.on_january.bmi[asked, 0]
    assert bmi == pytest.approx(known.sample[rows[asked], 3], abs=0.01)


def test_no_cell_has_fewer_than_ten_respondents(table):
    rows = respondents_of(table)
    number = cells_of(table, rows)
    assert 20 < number.max() < len(rows) / FEWEST
    for cell in range(number.max() + 1):
        theirs = rows[number == cell]
        assert theirs.size >= FEWEST
        asked = np.unique(theirs[theirs != NOBODY]).size
        assert asked == 0 or asked >= FEWEST, cell
    # negative control: cut as finely as it is asked, there would be such cells
    loose = of_cells._keys(table)
    fine = np.unique(np.column_stack(list(loose)), axis=0, return_counts=True)[1]
    assert fine.min() < FEWEST


def test_a_column_holds_one_number_a_cell_and_nobody_s_answers(table, packed_and_cells):
    pack, cells = packed_and_cells
    count = len(cells.members)
    columns = unpacked(pack)
    assert pack.header["people"] == count < len(table.people) / FEWEST
    assert {each.shape[-1] for each in columns.values()} == {count}
    assert columns["members"].min() >= FEWEST and columns["members"].sum() == len(table.people)
    assert set(pack.header["doses"]) == {8.75, 16.5} and set(pack.header["bmis"]) == {25.0, 30.0}


def test_the_file_names_no_respondent(surveyed, table):
    page = render([shown_in_cells(table)])
    known = load_survey(table.scenario.population.microdata, table.scenario)
    content = zlib.decompress(b64decode(re.search(r'id="table-p0">([^<]+)<', page)[1]))
    assert len(content) < len(zlib.decompress(shown(table).pack.content)) / 5
    for row in known.sample[:ROWS:7]:
        assert f"{row[3]:.4f}" not in page and f"{row[5]:.4f}" not in page.replace("0.0000", "")
    assert str(surveyed.parent) not in page and known.sha256 not in page
    assert "cells of at least 10 respondents" in page
    assert 'data-list="diseases"' not in page and 'data-list="diseases"' in render([shown(table)])


def test_sums_of_cells_are_those_of_their_persons(table, packed_and_cells):
    pack, cells = packed_and_cells
    columns = unpacked(pack)
    units = np.array(pack.header["units"])
    effects = columns["effects"].transpose(2, 1, 0) * units
    assert effects.sum(axis=0) == pytest.approx(
        table.effects[:, :, PLACES].sum(axis=0, dtype=float), rel=1e-4, abs=2.0 * units.max()
    )
    roots = columns["roots"] * np.array(pack.header["root_units"])[:, :, None]
    squares = (table.effects[:, :, PLACES].astype(float) ** 2).sum(axis=0).T
    assert (roots**2).sum(axis=2) == pytest.approx(squares, rel=0.01)
    care, qalys = (table.effects[:, :, QUANTITIES.index(name)] for name in PRODUCTS[0])
    pair = [HELD.index(name) for name in PRODUCTS[0]]
    share = columns["products"][0] / pack.header["product_steps"]
    found = (share * roots[pair[0]] * roots[pair[1]]).sum(axis=1)
    assert found == pytest.approx((care.astype(float) * qalys).sum(axis=0), rel=0.05)
    assert cells.there.sum() == table.on_january.there.sum()


def test_cells_answer_about_as_wrong_as_they_say(table, packed_and_cells):
    _, cells = packed_and_cells
    own = table.policy.eligible
    for rule in (own, replace(own, sex="female"), replace(own, deprivation=(1, 2, 3))):
        of_cells_, of_persons = (
            each.answer(rule).values["qalys_gained"] for each in (cells.table, table)
        )
        stated = cells.errors[HELD.index("qalys_gained")]
        assert of_cells_ == pytest.approx(of_persons, rel=max(3.0 * stated, 0.02))
    assert 0.0 < cells.errors[HELD.index("qalys_gained")] < 0.4


def test_most_of_a_cell_are_below_a_threshold_that_its_activity_is_below(packed_and_cells):
    _, cells = packed_and_cells
    table, threshold = cells.persons, 8.75
    now = table.on_january
    below = cells._summed(now.there & (now.met_hours < threshold)) / np.maximum(cells.there, 1)
    counted = cells.table.on_january.met_hours < threshold
    plain = cells._summed(np.where(now.there, now.met_hours, 0.0)) / np.maximum(cells.there, 1)
    there = cells.there >= FEWEST
    right, by_plain_mean = (
        ((below > 0.5) == each)[there].mean() for each in (counted, plain < threshold)
    )
    assert right > 0.85 and right > by_plain_mean + 0.05


def test_factors_of_a_band_with_few_respondents_are_not_told(table):
    assert not few_in_a_band(table)
    narrow = replace(table.policy.eligible, ages=(64, 66))
    policy = replace(table.policy, eligible=narrow)
    assert few_in_a_band(replace(table, scenario=replace(table.scenario, policies=(policy,))))


def test_the_command_refuses_a_survey_unless_it_is_aggregated(surveyed, tmp_path, capsys):
    page = tmp_path / "page.html"
    sizes = ["--persons", "600", "--years", "3", "--set", "persons=600"]
    for words, told in (
        ([str(surveyed), "--export", str(page)], "add --aggregate"),
        ([str(surveyed), "--aggregate"], "is for a file"),
        ([str(surveyed), "--export", str(page), "--aggregate", "--levels"], "single persons"),
        (["walking_groups", "--export", str(page), "--aggregate"], "has no microdata"),
        (["walking_groups", "--levels"], "is for a file"),
    ):
        assert run.main(["explore", *words]) == 2 and told in capsys.readouterr().err, words
    assert not page.exists()
    assert run.main(["explore", str(surveyed), "--export", str(page), "--aggregate", *sizes]) == 0
    facts = json.loads(re.search(r'id="facts">(.*?)</script>', page.read_text("utf-8"))[1])
    (policy,) = facts["policies"]
    assert policy["header"]["persons_in_all"] >= 600 > 10 * policy["header"]["people"]
    assert policy["scenario"]["population"]["microdata"] == "respondents_of_a_town.csv"
