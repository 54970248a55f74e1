"""Planted faults in the files of a place: each is refused with file, line and column, all at once.

The files are those of the made-up city with one cell or line changed.
"""

import os
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from abm.evidence.place import BUNDLED_FOLDER, Place, bundled_place
from abm.evidence.reader import references_in
from abm.scenario.load import load_scenario
from abm.scenario.place_doubts import doubts_about
from abm.scenario.place_file import read_place
from abm.scenario.text import ScenarioError
from run import main

CITY = BUNDLED_FOLDER / "example_city"
TEXTS = {path.name: path.read_text(encoding="utf-8") for path in CITY.iterdir()}
PEOPLE, RATES, CAUSES = "population.csv", "disease_rates.csv", "causes_of_death.csv"
YAML = "place.yaml"


@dataclass(frozen=True)
class Planted:
    """A file with a fault: its new text, where the fault is to be found, and what is said of it."""

    file: str
    text: str
    line: int
    column: int
    told: str


def in_cell(file, row, column, new, told, at=None):
    """Change one cell: ``row`` is how its line begins, ``at`` the column in which the fault is."""
    lines = TEXTS[file].splitlines()
    number = next(i for i, line in enumerate(lines) if line.startswith(row + ","))
    cells, place = lines[number].split(","), lines[0].split(",").index(column)
    cells[place] = new
    lines[number] = ",".join(cells)
    found = at or sum(len(cell) + 1 for cell in cells[:place]) + 1
    return Planted(file, "\n".join(lines) + "\n", number + 1, found, told)


def in_text(file, old, new, told, mark=None, line=None, column=None):
    """Replace a text that stands once; the fault is where ``mark`` begins in the new one."""
    assert TEXTS[file].count(old) == 1, old
    text = TEXTS[file].replace(old, new)
    place = text.index(new) + (new.index(mark) if mark else 0)
    before = text[:place]
    return Planted(
        file, text, line or before.count("\n") + 1, column or place - before.rfind("\n"), told
    )


def without(file, beginning, told, line, column):
    """Leave out the lines that begin with a text."""
    kept = [each for each in TEXTS[file].splitlines() if not each.startswith(beginning)]
    assert len(kept) < len(TEXTS[file].splitlines())
    return Planted(file, "\n".join(kept) + "\n", line, column, told)


def every_cell(file, column, change, told, line=2):
    """Change a whole column; the fault is told of its first line."""
    lines = TEXTS[file].splitlines()
    place = lines[0].split(",").index(column)
    rows = [each.split(",") for each in lines[1:]]
    for cells in rows:
        cells[place] = change(cells)
    at = sum(len(cell) + 1 for cell in rows[line - 2][:place]) + 1
    return Planted(file, "\n".join([lines[0], *map(",".join, rows)]) + "\n", line, at, told)


def exchanged_sexes(file, line, column, told):
    """Call women men and men women."""
    other = {",male,": ",female,", ",female,": ",male,"}
    text = re.sub(",(fe)?male,", lambda found: other[found[0]], TEXTS[file])
    return Planted(file, text, line, column, told)


def header(file, old, new, told, column):
    return Planted(file, TEXTS[file].replace(old, new, 1), 1, column, told)


DEATHS, NEW = "deaths_per_person_year", "incidence_per_person_year"
CASES, EXCESS = "prevalence_share", "excess_mortality_per_case_year"
FAULTS = {
    # Tables: header
    "a column is missing": header(PEOPLE, DEATHS, "deaths",
        f"population.{DEATHS}: the column is missing", 1),
    "an unknown column": header(PEOPLE, DEATHS, "deaths_per_person_years",
        f"unknown column 'deaths_per_person_years'; must be one of age, sex, population, {DEATHS}; "
        f"did you mean '{DEATHS}'?", 20),
    "capitals in a column": header(RATES, NEW, "Incidence_per_person_year",
        f"did you mean '{NEW}'?", 19),
    "a comment before the header": Planted(PEOPLE, "# of 2024\n" + TEXTS[PEOPLE], 1, 1,
        "begins with a comment; the first line must be the header"),
    "semicolons": Planted(RATES, TEXTS[RATES].replace(",", ";"), 1, 1,
        "has columns apart by semicolons; must be commas"),
    "an empty file": Planted(CAUSES, "", 1, 1, "has no header; the first line must read cause,sex"),
    "a header alone": Planted(CAUSES, "cause,sex,age,share_of_deaths\n", 1, 1, "has no rows"),
    "a cell too many": in_cell(PEOPLE, "45,male", DEATHS, "0.003,0.004",
        "has 5 cells; must have 4, as the header has", at=20),
    # Tables: cells
    "deaths per 100 000": in_cell(PEOPLE, "45,female", DEATHS, "340",
        "is 340 (female, 45); must be a number above 0 and at most 3 (deaths per person and year); "
        "per person and year, not per 100 000?"),
    "incidence per 100 000": in_cell(RATES, "stroke,male,60", NEW, "165",
        "is 165 (stroke, male, 60); must be a number of at least 0 and below 1 (new cases per "
        "person alive and year); per person and year, not per 100 000?"),
    "a prevalence of 1.7": in_cell(RATES, "stroke,male,60", CASES, "1.7",
        "is 1.7 (stroke, male, 60); must be a number of at least 0 and below 1 (a share of those "
        "alive); did you mean 0.017, a share and no percentage?"),
    "an empty cell": in_cell(RATES, "breast_cancer,female,40", CASES, "",
        "is empty (breast_cancer, female, 40); must be given"),
    "text for a number": in_cell(CAUSES, "stroke,male,40", "share_of_deaths", "few",
        "is 'few' (stroke, male, 40); must be a number"),
    "not a number": in_cell(PEOPLE, "45,male", "population", ".nan",
        "is '.nan' (male, 45); must be a number"),
    "no end of people": in_cell(PEOPLE, "45,male", "population", ".inf",
        "is inf (male, 45); must be a number of at least 0 (people)"),
    "negative people": in_cell(PEOPLE, "45,male", "population", "-1500",
        "is -1500 (male, 45); must be a number of at least 0 (people)"),
    "nobody dies": in_cell(PEOPLE, "45,male", DEATHS, "0",
        "is 0 (male, 45); must be a number above 0 and at most 3 (deaths per person and year); "
        "where nobody died at an age, give the rate of several years, or of ages about it"),
    "hardly anybody dies at an age": Planted(PEOPLE, re.sub("47,male,(\\d+),.*",
        r"47,male,\1,1e-12", TEXTS[PEOPLE]), 7, 49, "is 0.0343 (coronary_heart_disease, male, 45): "
        "0.000291 deaths per person and year, and all causes have 1e-12 at 47 in population.csv"),
    "an unknown sex": in_cell(PEOPLE, "45,male", "sex", "men",
        "unknown sex 'men'; must be one of male, female; did you mean 'male'?"),
    "an unknown condition": in_cell(RATES, "stroke,male,60", "condition", "strokes",
        "unknown condition 'strokes'; must be one of"),
    "an unknown cause": in_cell(CAUSES, "liver,male,40", "cause", "livers",
        "did you mean 'liver'?"),
    "half a year of age": in_cell(PEOPLE, "45,male", "age", "45.5",
        "is 45.5; must be a whole number of years between 0 and 120"),
    "a decimal comma in quotes": in_cell(CAUSES, "stroke,male,40", "share_of_deaths", '"0,05"',
        "is '0,05' (stroke, male, 40); must be a number; did you mean 0.05?", at=17),
    "people apart by thousands": in_cell(PEOPLE, "45,male", "population", "1 599",
        "is '1 599' (male, 45); must be a number; did you mean 1599?"),
    "a number in base 16": in_cell(PEOPLE, "45,male", "population", "0x10",
        "is '0x10' (male, 45); must be a number"),
    "an open quotation mark": in_cell(PEOPLE, "45,male", DEATHS, '"0.003',
        "is '\"0.003' (male, 45); must be a number"),
    "a cell without an end": in_cell(PEOPLE, "45,male", "sex", '"' + "m" * 200_000 + '"',
        "unknown sex 'mmm", at=5),
    "a digit that stands before, too": Planted(PEOPLE, re.sub("45,male,1599,.*",
        '"45",male,1599,4', TEXTS[PEOPLE]), 29, 16, "is 4 (male, 45); must be a number above 0"),
    "an open age": in_cell(PEOPLE, "95,male", "age", "95+",
        "is '95+'; must be a whole number of years between 0 and 120"),
    # Tables: rows
    "people as shares": every_cell(PEOPLE, "population", lambda cells: f"{float(cells[2]) / 1e7}",
        "from age 20 on (male); must add up to 1 to 1e+10 people", line=4),
    "more people than there are": in_cell(PEOPLE, "45,male", "population", "1e300",
        "population: adds up to 1e+300 from age 20 on (male)", at=9),
    "children alone": every_cell(PEOPLE, "population",
        lambda cells: "0" if int(cells[0]) >= 20 else cells[2],
        "adds up to 0 from age 20 on (male); must add up to 1 to 1e+10 people", line=4),
    "too many rows": Planted(RATES, TEXTS[RATES] + "stroke,male,20,.1,.1,.1\n" * 10_000, 10_002, 1,
        "has more than 10,000 rows; must have fewer"),
    "an age is missing": without(PEOPLE, "45,male", "population.age: is 46 after 44 (male): 45 is "
        "missing; ages must rise by one", 29, 1),
    "an age stands twice": in_cell(PEOPLE, "45,male", "age", "44",
        "stands twice (male, 44, first in line 28); must stand once"),
    "ages reversed": Planted(PEOPLE, "\n".join([TEXTS[PEOPLE].splitlines()[0],
        *TEXTS[PEOPLE].splitlines()[:0:-1]]) + "\n", 3, 1,
        "is 109 after 110 (female); ages must rise by one"),
    "one sex alone": Planted(PEOPLE, "\n".join(line for line in TEXTS[PEOPLE].splitlines()
        if ",female," not in line) + "\n", 1, 1, "has no rows of sex female; must have both sexes"),
    "begins too late": Planted(PEOPLE, "\n".join(line for line in TEXTS[PEOPLE].splitlines()
        if line.split(",")[0] not in ("18", "19", "20", "21")) + "\n", 2, 1,
        "begins at 22 (male); must begin at 20 or before"),
    "ends too early": Planted(PEOPLE, "\n".join(line for line in TEXTS[PEOPLE].splitlines()
        if not re.match(r"(9[6-9]|1\d\d),", line)) + "\n", 79, 1,
        "ends at 95 (male); must go on to 100 or beyond"),
    "deaths per 1000": every_cell(PEOPLE, DEATHS, lambda cells: f"{min(float(cells[3]) * 1e3, 3)}",
        "per person and year, not per 1 000?"),
    "deaths reversed over age": every_cell(PEOPLE, DEATHS,
        lambda cells: f"{0.02 - 1e-4 * float(cells[0])}",
        "does not rise from 40", line=64),
    "a band is missing": without(RATES, "stroke,male,60", "is 65 after 55 (stroke, male): 60 is "
        "missing; bands must be of one width, here 5 years", 44, 13),
    "a condition is missing": without(RATES, "stroke,", "has no rows of stroke, male; must have",
        1, 1),
    "bands that begin late": without(RATES, "stroke,male,20", "begins at 25 (stroke, male); must "
        "begin at 20 (first_age.stroke in place.yaml)", 36, 13),
    "dementia from 20": in_text(YAML, "first_age:\n  dementia: 50\n", "first_age: {dementia: 55}\n",
        "begins at 50 (dementia, male); must begin at 55 (first_age.dementia in place.yaml)"),
    "no new cases, not declared": in_cell(RATES, "stroke,male,60", NEW, "0",
        "is 0 (stroke, male, 60); must be above 0"),
    "no new cases at all, not declared": in_text(YAML, "solved_incidence: [dementia]",
        "solved_incidence: [stroke]",
        "must be above 0, or dementia stand among solved_incidence in place.yaml"),
    "no deaths of a killer": in_cell(RATES, "stroke,male,60", EXCESS, "0",
        "is 0 (stroke, male, 60); must be above 0"),
    "excess above all deaths": in_cell(RATES, "colorectal_cancer,male,60", EXCESS, "2.9",
        "is 2.9 (colorectal_cancer, male, 60): "),
    "diseases above all deaths": every_cell(RATES, EXCESS, lambda cells: cells[5] if cells[0] ==
        "dementia" else f"{min(float(cells[5]) * 9, 0.9)}", "and all causes have", line=2),
    "causes above all deaths": in_cell(CAUSES, "liver,male,40", "share_of_deaths", "0.6",
        "over causes (male, 40); must add up to 1"),
    "columns swapped": header(RATES, f"{NEW},{CASES}", f"{CASES},{NEW}",
        "more new cases than cases at most ages; must be fewer; columns swapped, or "
        "new cases in another unit?", 0),
    "sexes exchanged in diseases": exchanged_sexes(RATES, 155, 23,
        "is 6.686e-05 (breast_cancer, male, 20) and 1.853e-07 (female): more in males than in "
        "females at most ages; must be fewer; are the sexes exchanged?"),
    "sexes exchanged in causes": exchanged_sexes(CAUSES, 58, 23,
        "more in males than in females at most ages; must be fewer"),
    # place.yaml
    "an unknown key": in_text(YAML, "currency: XTS", "curency: XTS",
        "unknown key 'curency'; must be one of"),
    "a missing key": in_text(YAML, "title: Example City (made up)\n", "",
        "title: is missing", line=13, column=1),
    "no currency code": in_text(YAML, "currency: XTS", "currency: Euro",
        "currency: has 4 characters; must be a currency code of three capitals such as EUR",
        "Euro"),
    "a year in the future": in_text(YAML, "year: 2024                     #", "year: 20240    #",
        "year: is 20240; must be a whole number between 1900 and 2300", "20240"),
    "a price year that never is": in_text(YAML, "price_year: 2024 ", "price_year: 9999 ",
        "price_year: is the text '9999'; must be a year such as 2020 or 2023/24", "9999"),
    "a price year in words": in_text(YAML, "price_year: 2024 ", "price_year: today ",
        "price_year: is the text 'today'; must be a year such as 2020 or 2023/24", "today"),
    "a financial year of many years": in_text(YAML, "price_year: 2024 ", "price_year: 2023/99 ",
        "price_year: is the text '2023/99'; must be a year such as 2020 or 2023/24", "2023/99"),
    "a financial year that ends before": in_text(YAML, "price_year: 2024 ",
        "price_year: 2023/22 ", "must be a year such as 2020 or 2023/24", "2023/22"),
    "a cost of a year that never is": in_text(YAML, "    cost_of_dying: 14000",
        "    cost_of_dying: {value: 14000, price_year: 2010/10}",
        "price_year: is the text '2010/10'; must be a year such as 2020 or 2023/24", "2010/10"),
    "thresholds that fall": in_text(YAML, "thresholds: [20000, 30000]",
        "thresholds: [30000, 20000]", "thresholds: does not rise; must rise", "["),
    "a discount rate in per cent": in_text(YAML, "discount_rate: 0.03 ", "discount_rate: 3 ",
        "discount_rate: is 3; must be a number between 0 and 0.2 (per year)", "3"),
    "a fifth without meaning": in_text(YAML, "  3: the middle fifth by income\n", "",
        "deprivation.3: is missing", line=24, column=3),
    "a table of another file": in_text(YAML, "tables:\n  population:\n",
        "tables:\n  population:\n    file: ../other/population.csv\n",
        "tables.population.file: names the file '../other/population.csv'; must be left out",
        "../other"),
    "no licence": in_text(YAML, "    licence: the program's own, MIT\n    date: 2024\n    note: "
        "deaths by", "    date: 2024\n    note: deaths by", "tables.population.licence: is missing",
        line=33, column=5),
    "an unknown entry": in_text(YAML, "    entrant_rate: 0.017", "    entrance_rate: 0.017",
        "unknown evidence path", "entrance_rate"),
    "an entry is missing": in_text(YAML, "    entrant_rate: 0.017", "    # 0.017",
        "gives no value for people.entrant_rate; must give one"),
    "an entry outside its range": in_text(YAML, "    entrant_rate: 0.017", "    entrant_rate: 1.7",
        "people.entrant_rate: is 1.7; must be a number between 0 and 0.1 (per person-year)", "1.7"),
    "a table for a number": in_text(YAML, "    entrant_rate: 0.017",
        "    entrant_rate: {20: 0.017}", "people.entrant_rate: is a table", "{20"),
    "an unknown grade": in_text(YAML, "  grade: assumed", "  grade: guessed",
        "parameter_source.grade: unknown word 'guessed'; must be one of", "guessed"),
    "one cost is missing": in_text(YAML, "    cost_of_dying: 14000\n", "",
        "gives no value for economics.cost_of_dying"),
    "a cost of a year without an index": in_text(YAML, "    cost_of_dying: 14000",
        "    cost_of_dying: {value: 14000, price_year: 2010}",
        "is in prices of 2010, and economics.price_index does not know them", "cost_of_dying"),
    "an interval without its value": in_text(YAML, "    entrant_rate: 0.017",
        "    entrant_rate: {value: 0.017, uncertainty: 'normal, 0.02 to 0.03'}",
        "is 0.02 to 0.03, without the value 0.017; must hold it", "'normal"),
    "a tag": in_text(YAML, "title: Example City (made up)", "title: !!str Example City",
        "has the tag '!!str'; tags are not allowed", "!!str"),
    "a character that YAML does not have": in_text(YAML, "currency: XTS", "currency: X\0S",
        "is not valid YAML (special characters are not allowed)", "\0"),
    "no YAML": in_text(YAML, "name: example_city\n", "name: [example_city\n", "is not valid YAML",
        line=0),
}  # fmt: skip


# What place.yaml says and the table does not, and what any of several lines may show.
SHOWN_IN_RATES = (
    "dementia from 20", "no new cases at all, not declared", "diseases above all deaths",
    "columns swapped", "hardly anybody dies at an age",
)  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    """Return a copy of the made-up city."""
    copy = tmp_path / "city"
    shutil.copytree(CITY, copy)
    return copy


def faults_of(folder: Path) -> list[str]:
    found = read_place(folder)
    assert isinstance(found, list), "no fault was found"
    return list(map(str, found))


def test_there_are_thirty_faults_and_more():
    assert len(FAULTS) > 50


def test_the_city_itself_has_no_faults(folder):
    found = read_place(folder)
    assert found == bundled_place("example_city")
    assert read_place(BUNDLED_FOLDER / "uk") == bundled_place("uk")


@pytest.mark.parametrize("name", ["example_city", "uk", "usa"])
def test_both_readers_read_the_tables_of_a_bundled_place_alike(name):
    found = read_place(BUNDLED_FOLDER / name)
    assert isinstance(found, Place) and found.tables == bundled_place(name).tables


@pytest.mark.parametrize("change", [
    lambda text: text.replace(",male,", ", male ,").replace(",female,", ",female\u00a0,"),
    lambda text: re.sub(r"[^,\n]+", lambda cell: f'"{cell[0]}"', text),
    lambda text: re.sub(r",(?=\d)", ",  ", text) + "   \n\t\n",
    lambda text: "\ufeff" + text.replace(",", ", ", 3).replace("\n", "\r\n"),
], ids=["blanks", "quoted", "blanks and empty lines", "blanks in the header"])  # fmt: skip
def test_what_was_checked_is_what_is_used(change, folder):
    """Blanks, quotation marks and empty lines mean nothing: no row is lost by them."""
    for name in (PEOPLE, RATES, CAUSES):
        (folder / name).write_text(change(TEXTS[name]), encoding="utf-8", newline="")
    found = read_place(folder)
    assert isinstance(found, Place) and found.tables == bundled_place("example_city").tables


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_told_with_file_line_and_column(name, folder):
    planted = FAULTS[name]
    (folder / planted.file).write_text(planted.text, encoding="utf-8")
    told = faults_of(folder)
    own = [line for line in told if planted.told in line]
    assert own, told
    if name in SHOWN_IN_RATES:
        assert re.search(r"disease_rates\.csv:\d+:\d+: ", own[0])
    elif name == "causes above all deaths":  # told of the last cause
        assert re.search(r"causes_of_death\.csv:2\d\d:15: ", own[0])
    elif name in ("an entry is missing", "one cost is missing"):
        assert re.search(r"place\.yaml:\d+:\d+: parameters: ", own[0])
    elif name == "no YAML":
        assert re.search(r"place\.yaml:\d+:\d+: file: ", own[0])
    else:
        assert f"{planted.file}:{planted.line}:{planted.column}: " in own[0], own[0]


def test_all_faults_are_told_at_once(folder):
    several = ("negative people", "a prevalence of 1.7", "no currency code")
    for name in several:
        (folder / FAULTS[name].file).write_text(FAULTS[name].text, encoding="utf-8")
    told = faults_of(folder)
    assert all(any(FAULTS[name].told in line for line in told) for name in several)
    assert len(told) == 3


def test_a_line_with_a_decimal_comma_is_told_once(folder):
    """Its sex and age are read all the same, so no band is said to be missing beside it."""
    text = TEXTS[RATES].replace("stroke,male,50,0.", "stroke,male,50,0,")
    assert text != TEXTS[RATES]
    (folder / RATES).write_text(text)
    (told,) = faults_of(folder)
    assert "has 7 cells; must have 6, as the header has; a comma within a number?" in told


def test_several_ages_are_missing(folder):
    lines = [each for each in TEXTS[PEOPLE].splitlines() if not re.match("5[0-3],male", each)]
    (folder / PEOPLE).write_text("\n".join(lines) + "\n")
    (told,) = faults_of(folder)
    assert "is 54 after 49 (male): 50 to 53 are missing; ages must rise by one" in told


def test_a_column_more_is_told_once(folder):
    more = [f"{each},note" for each in TEXTS[PEOPLE].splitlines()]
    (folder / PEOPLE).write_text("\n".join(more) + "\n")
    (told,) = faults_of(folder)
    assert "unknown column 'note'" in told


def test_of_many_alike_the_first_are_told_and_how_many_there_are(folder):
    (folder / PEOPLE).write_text(
        "\n".join(re.sub(r",[^,]+$", ",340", line) if i else line
                  for i, line in enumerate(TEXTS[PEOPLE].splitlines())) + "\n"
    )  # fmt: skip
    told = [line for line in faults_of(folder) if "not per 100 000?" in line]
    assert len(told) == 3 and told[-1].endswith("(and the same in 183 more lines)")


# Folders and files that are none


def test_nobody_in_a_band_of_causes_is_told(folder):
    """Nobody dies in it: its shares cannot be met."""
    text = re.sub(r"^(9\d|1\d\d),male,\d+", r"\1,male,0", TEXTS[PEOPLE], flags=re.MULTILINE)
    (folder / PEOPLE).write_text(text)
    (told,) = faults_of(folder)
    assert re.search(r"causes_of_death\.csv:9:29: causes_of_death\.age: begins a band at 90", told)
    assert "population.csv has nobody in it (male)" in told


BOOK = "@book{a2020,\n  title = {A survey},\n  year = 2020\n}\n"
REFERENCES = {
    "a key twice": (BOOK + BOOK, 5, 7, "a2020: the key is given twice (first in line 1)"),
    "no end": ("@book{a2020,\n  title = {A},\n" + BOOK.replace("a2", "b2"), 1, 1, "has no end"),
    "a field over lines": (BOOK.replace("A survey", "A\n  survey"), 2, 3,
        "is 'title = {A'; must be one field such as `title = {A survey},`"),
    "a field in quotation marks": (BOOK.replace("{A survey}", '"A survey"'), 2, 3, "is 'title"),
    "all in one line": (BOOK.replace("\n", ""), 1, 1, "must begin with a line such as @article{"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFERENCES)
def test_a_bibliography_that_cannot_be_read_is_told(name, folder):
    text, line, column, message = REFERENCES[name]
    (folder / "references.bib").write_text(text)
    told = faults_of(folder)
    assert f"references.bib:{line}:{column}: references" in told[0] and message in told[0], told


@pytest.mark.parametrize("change", [
    str, lambda text: text.replace("  ", "\t"), lambda text: text.replace("\n", "\r\n"),
    lambda text: f"@comment{{of a program}}\n{text}", lambda text: text.replace("a2020", "a-20:x"),
])  # fmt: skip
def test_bibliographies_as_programs_write_them_are_read(change, folder):
    (folder / "references.bib").write_text(change(BOOK), newline="")
    found = read_place(folder)
    assert isinstance(found, Place)
    assert list(found.references.values()) == [
        {"type": "book", "title": "A survey", "year": "2020"}
    ]


def test_entries_without_end_are_not_searched_again_and_again():
    """300 000 took hours; each is looked at once."""
    assert references_in("@book{a,\n" * 300_000) == {}


def test_a_missing_table_is_told(folder):
    (folder / PEOPLE).unlink()
    (told,) = faults_of(folder)
    assert told.endswith("population.csv:1:1: file: is missing; must be in the folder of the place")


def test_causes_of_death_may_be_left_out_where_nothing_describes_them(folder):
    (folder / CAUSES).unlink()
    (told,) = faults_of(folder)
    assert "tables.causes_of_death: is described, and causes_of_death.csv is not there" in told
    text = re.sub(r"  causes_of_death:\n(    .*\n)+", "", TEXTS[YAML])
    (folder / YAML).write_text(text)
    found = read_place(folder)
    assert isinstance(found, Place) and "causes_of_death" not in found.tables


@pytest.mark.parametrize("name", [PEOPLE, YAML])
def test_a_link_is_not_followed(folder, name):
    (folder / name).rename(folder / "elsewhere")
    (folder / name).symlink_to(folder / "elsewhere")
    (told,) = faults_of(folder)
    assert f"{name}:1:1: file: is a link; must be a file in the folder itself" in told


def test_a_folder_that_is_a_link_is_not_followed(folder, tmp_path):
    (tmp_path / "link").symlink_to(folder)
    (told,) = faults_of(tmp_path / "link")
    assert "link:1:1: folder: is a link" in told


def test_devices_and_pipes_are_not_opened(folder):
    (told,) = faults_of(Path("/dev/null"))
    assert "is no folder" in told
    (folder / RATES).unlink()
    os.mkfifo(folder / RATES)
    (told,) = faults_of(folder)
    assert "is not a regular file" in told


def test_a_hundred_megabytes_are_refused_before_they_are_read(folder):
    with (folder / RATES).open("r+b") as stream:
        stream.truncate(100_000_000)
    (told,) = faults_of(folder)
    assert "has 100 000 000 bytes; must be at most 4 000 000 bytes" in told


def test_text_that_is_not_utf8_is_told_with_its_place(folder):
    (folder / YAML).write_bytes(TEXTS[YAML].encode().replace(b"round numbers\n", b"rund \xfc\n", 1))
    (told,) = faults_of(folder)
    assert re.search(r"place\.yaml:\d+:\d+: file: is not UTF-8 \(byte 0xfc\)", told)


# Where a place is used


def test_a_scenario_checks_its_place(folder, tmp_path):
    planted = FAULTS["negative people"]
    (folder / planted.file).write_text(planted.text)
    file = tmp_path / "town.yaml"
    file.write_text("population: {place: city}\nyears: many\n")
    with pytest.raises(ScenarioError) as caught:
        load_scenario(file)
    assert len(caught.value.problems) == 2
    assert f"city/population.csv:{planted.line}:{planted.column}: " in str(caught.value)
    assert "town.yaml:2:8: years: " in str(caught.value)


def test_a_scenario_takes_the_values_of_its_place(folder, tmp_path):
    file = tmp_path / "town.yaml"
    file.write_text("population: {place: city}\n")
    scenario = load_scenario(file)
    assert scenario.place.title == "Example City (made up)"
    assert scenario.to_dict()["population"]["place"] == "city"
    before = scenario.hash
    rows = TEXTS[PEOPLE].replace("45,male,", "45,male,1", 1)
    (folder / PEOPLE).write_text(rows)
    assert load_scenario(file).hash != before  # an edited place is another run


def test_the_command_refuses_with_all_faults_and_writes_nothing(folder, tmp_path, capsys):
    planted = FAULTS["deaths per 100 000"]
    (folder / planted.file).write_text(planted.text)
    assert main(["place", "check", str(folder), "--out", str(tmp_path / "out")]) == 2
    told = capsys.readouterr().err
    assert f"population.csv:{planted.line}:{planted.column}: population.{DEATHS}: is 340" in told
    assert not (tmp_path / "out").exists()


def test_a_python_without_the_libraries_is_no_fault_of_the_place(folder, monkeypatch, capsys):
    (folder / YAML).write_text(TEXTS[YAML] + "# not read before\n")
    monkeypatch.setitem(sys.modules, "ruamel.yaml", None)
    assert main(["place", "check", str(folder)]) == 1
    told = capsys.readouterr().err
    assert "ruamel" in told and "must be run by the Python into which" in told
    assert "not valid YAML" not in told


def test_a_place_that_is_not_there_is_named_with_the_nearest(capsys):
    assert main(["place", "check", "exmple_city"]) == 2
    assert "did you mean 'example_city'?" in capsys.readouterr().err


@pytest.mark.parametrize("year", ["2023", "2023/24", "1999/00"])
def test_years_of_prices_that_there_are_pass(year, folder):
    (folder / YAML).write_text(TEXTS[YAML].replace("price_year: 2024 ", f"price_year: {year} "))
    found = read_place(folder)
    assert isinstance(found, Place) and found.price_year == year


def test_more_deaths_of_women_than_of_men_are_warned_of(folder):
    (folder / YAML).write_text(TEXTS[YAML].replace("name: example_city", "name: town", 1))
    assert not list(doubts_about(read_place(folder)))  # negative control
    (folder / PEOPLE).write_text(exchanged_sexes(PEOPLE, 0, 0, "").text)
    (doubt,) = doubts_about(read_place(folder))
    assert doubt.startswith(
        "More women die than men of the same age in population.csv, at 70 of the 70 ages from 20 "
    )
    assert doubt.endswith("are the sexes exchanged?")


@pytest.mark.parametrize("name", ["example_city", "uk", "usa"])
def test_of_a_bundled_place_in_a_folder_of_its_own_only_the_name_is_told(name, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(BUNDLED_FOLDER / name, copy)
    (doubt,) = doubts_about(read_place(copy))
    assert f"calls itself '{name}'" in doubt and f"results call it 'own_{name}'" in doubt


@pytest.mark.parametrize("where", ["/proc/x/y", "/dev/null/town", "a\0b"])
def test_a_place_is_not_begun_where_nothing_can_be_written(where, capsys):
    assert main(["place", "new", where]) == 2
    told = capsys.readouterr().err
    assert told.startswith("place new: ") and told.count("\n") == 1
    assert "must be a new folder where files can be written" in told


def test_new_begins_a_place_that_passes_its_own_check(tmp_path, capsys):
    made = tmp_path / "my_town"
    assert main(["place", "new", str(made)]) == 0
    found = read_place(made)
    assert isinstance(found, Place) and found.shown == "my_town" and found.synthetic
    assert main(["place", "new", str(made)]) == 2
    assert "is there already; must be a new folder" in capsys.readouterr().err
    assert main(["place", "new", str(tmp_path / "uk")]) == 2
    assert "uk is the name of a bundled place" in capsys.readouterr().err
    assert main(["place", "list"]) == 0
    assert "example_city" in capsys.readouterr().out
