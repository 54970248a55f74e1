"""The fit of a place: cells judged by their error, the page, and the made-up city as it must be."""

import csv
import re
import shutil
from dataclasses import replace

import pytest

from abm.conditions import condition
from abm.evidence.place import bundled_place
from analysis.place_fit.fit import Cell, fit_of, table_of, verdict
from analysis.place_fit.page import PAGE, TABLE, fit_sentence, life_sentence, page_of
from run import main
from tests.example_city import FOLDER, tables
from tests.regions import check_regions

CITY = bundled_place("example_city")


@pytest.fixture(scope="module")
def cells():
    return fit_of(CITY, 60_000, 2)


def cell(simulated=1000.0, table=1000.0, error=10.0, measure="deaths"):
    return Cell(measure, "", "male", "60-69", simulated, table, error)


def test_the_citys_tables_are_those_of_its_formulas():
    for name, text in tables().items():
        assert (FOLDER / name).read_text(encoding="utf-8") == text, name


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (cell(1119.0), "meets its table"),  # 10 % and two errors of 1 %
        (cell(1121.0), "off"),
        (cell(881.0), "meets its table"),
        (cell(879.0), "off"),
        (cell(300.0, 399.0), "too few to say"),
        (cell(60.6, 60.0, 0.06, "life_expectancy"), "meets its table"),
        (cell(60.63, 60.0, 0.06, "life_expectancy"), "off"),
        (cell(60.6, 60.0, float("nan"), "life_expectancy"), "too few to say"),
    ],
)
def test_a_cell_is_judged_by_its_own_error(one, said):
    assert verdict(one) == said


def test_the_table_says_what_each_cell_counts_and_of_whom():
    inside = [cell(measure=each) for each in ("deaths", "prevalence", "life_expectancy")]
    found = table_of([*inside, replace(cell(measure="incidence"), condition="depression")])
    assert list(found["unit"]) == ["deaths", "persons", "years", "first episodes"]
    assert list(found["scale"]) == ["simulated", "simulated", "", "simulated"]


def test_every_table_has_its_cells(cells):
    kinds = {(each.measure, each.condition) for each in cells}
    assert ("deaths", "") in kinds and ("incidence", "stroke") in kinds
    assert ("prevalence", "dementia") in kinds and ("incidence", "dementia") not in kinds
    assert {each.sex for each in cells if each.condition == "breast_cancer"} == {"female"}
    assert len([each for each in cells if each.measure == "life_expectancy"]) == 6


def test_the_city_is_met_and_a_doubled_table_is_not(cells):
    """Few persons: what there is of judged cells. All of them are held in the slow test."""
    judged = [each for each in cells if each.judged]
    assert len(judged) > 10 and all(each.meets for each in judged)
    doubled = [replace(each, table=2.0 * each.table) for each in judged]
    assert not any(each.meets for each in doubled)  # negative control


@pytest.mark.slow
def test_the_city_meets_every_table():
    found = fit_of(CITY, 200_000, 4)
    judged = [each for each in found if each.judged]
    assert len(judged) > 70
    assert [each for each in judged if not each.meets] == []


def test_the_page_needs_nothing_else_and_says_what_was_found(cells):
    page = page_of(CITY, cells, ["deaths of stroke in men: 10 asked for"], 20_000, 2)
    assert not re.search(r"(?:src|href)=\"(?!#)", page)
    assert fit_sentence(cells) in page and life_sentence(cells) in page
    assert "This place is made up" in page and "deaths of stroke in men: 10 asked for" in page
    assert page.count("<svg viewBox=\"0 0 300") == 12
    check_regions(page, fewest=14)
    off = [replace(each, simulated=1.5 * each.simulated) for each in cells]
    told = page_of(CITY, off, [], 20_000, 2)
    assert "do not lie within 10 % and two Monte Carlo errors" in told
    assert "judged cells off" in told and re.search("women of 70\N{EN DASH}79: 1.[45]", told)


def test_of_too_few_old_people_no_years_of_life_are_told():
    """Nobody of these dies at 95 or more; a rate of none gave 200 000 years."""
    few = fit_of(CITY, 300, 1)
    assert few and not [each for each in few if each.measure == "life_expectancy"]
    assert life_sentence(few).startswith("Too few grow old to say how many years")
    assert "<h2>Years of life left</h2>" not in page_of(CITY, few, [], 300, 1)


def test_the_command_writes_the_page_and_the_table(tmp_path, capsys):
    words = ["--persons", "2000", "--seeds", "1", "--out", str(tmp_path)]
    assert main(["place", "check", "example_city", *words]) == 0
    said = capsys.readouterr().out
    assert "no faults in its files" in said and "needs two seeds" in said
    folder = tmp_path / "place_example_city"
    assert (folder / PAGE).read_text().startswith("<!DOCTYPE html>")
    with (folder / TABLE).open() as stream:
        rows = list(csv.DictReader(stream))
    assert {"measure", "condition", "sex", "age", "simulated", "table", "ratio"} <= set(rows[0])
    assert {row["verdict"] for row in rows} <= {"meets its table", "off", "too few to say"}


def test_tables_that_contradict_one_another_are_refused(tmp_path, capsys):
    """Other cancers with the deaths of all that is no disease of the model's leave too few."""
    place = tmp_path / "town"
    shutil.copytree(FOLDER, place)
    file = place / "causes_of_death.csv"
    rows = [line.split(",") for line in file.read_text().splitlines()]
    taken: dict[tuple[str, str], float] = {}
    for cause, sex, age, share in rows[1:]:
        if cause in condition("all_else").made_of:
            taken[sex, age] = taken.get((sex, age), 0.0) + float(share)
    for row in rows[1:]:
        if row[0] in condition("all_else").made_of:
            row[3] = "0"
        elif row[0] == "other_cancer":
            row[3] = f"{float(row[3]) + taken[row[1], row[2]]:.4f}"
    file.write_text("\n".join(map(",".join, rows)) + "\n")
    words = ["--persons", "100", "--seeds", "1", "--out", str(tmp_path / "out")]
    assert main(["place", "check", str(place), *words]) == 2
    told = capsys.readouterr().err
    assert "the tables contradict one another: deaths of all causes in men: " in told
    assert not (tmp_path / "out").exists()
