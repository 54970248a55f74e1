"""``place fit``: numbers that made a table are found again, and faulty tables are refused."""

import csv
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from abm.evidence.place import BUNDLED_FOLDER, Place, bundled_place
from abm.scenario.load import load_scenario
from abm.scenario.place_named import place_at
from analysis.place_fit import programme, town
from analysis.place_fit.fit import seeds_of
from analysis.place_fit.fitted import FittedNumber, FittedTarget, Outcome, far_off
from analysis.place_fit.nearest_numbers import Number, gauss_newton, nearest_numbers
from analysis.place_fit.targets import COUNTED, ProgrammeTarget, TownTarget, read_targets
from run import main

CITY = bundled_place("example_city")
TOWN = "measure,condition,sex,age_from,age_to,events,person_years\n"
PROGRAMME = "policy,year,offered,started,taking_part\n"
TRUTH_OF_TOWN = {("deaths", "", "male"): 1.2, ("new_cases", "stroke", "female"): 0.8,
                 ("new_cases", "type_2_diabetes", "male"): 1.4}  # fmt: skip
TRUTH = {"walks.reach": 0.3, "walks.uptake": 0.3, "walks.half_life_years": 3.0}


def silent(_):
    pass


def walks(represents=20_000):
    place, people = "population.place=example_city", f"population.represents={represents}"
    return load_scenario("walking_groups", [place, people])


# The search itself


def test_a_line_is_found_with_the_covariance_of_a_textbook():
    """Counts that are products of two numbers: logarithms, so weights and slopes are known."""
    design = np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [1.0, 2.0]])
    base = np.array([400.0, 300.0, 500.0, 200.0])
    truth = np.array([1.3, 0.7])

    def simulated(values):
        return base * np.exp(design @ np.log(values))

    counted = simulated(truth)
    errors, numbers = np.sqrt(counted), [Number("a", 1.0), Number("b", 1.0)]
    found = nearest_numbers(simulated, numbers, counted, errors, silent)
    assert np.exp(found.x) == pytest.approx(truth, rel=0.01)
    follow = gauss_newton(found.slopes, errors)
    covariance = (follow * errors**2) @ follow.T
    wanted = np.linalg.inv(design.T @ (counted[:, None] * design))
    assert covariance == pytest.approx(wanted, rel=0.02)


def test_what_targets_do_not_tell_is_said():
    numbers = [Number("a", 1.0), Number("b", 0.5, share=True)]
    counted = np.array([100.0, 50.0])
    with pytest.raises(ValueError, match="say nothing of b"):
        nearest_numbers(lambda v: v[0] * counted, numbers, counted, np.sqrt(counted), silent)
    with pytest.raises(ValueError, match="which only their product moves"):
        nearest_numbers(lambda v: v[0] * v[1] * counted, [numbers[0], Number("b", 1.0)], counted,
                        np.sqrt(counted), silent)  # fmt: skip
    with pytest.raises(ValueError, match="1 targets cannot tell 2"):
        nearest_numbers(lambda v: v[:1], numbers, counted[:1], counted[:1], silent)


# A town


def town_targets():
    """Return rows whose person-years stand for a town's; counts are still to be given."""
    return [
        TownTarget(measure, condition, sex, 40, 90, 0.0, 60_000.0)
        for measure, condition, sex in TRUTH_OF_TOWN
    ]


def counts_of(folder, targets, persons, seed):
    """Return what a town with the true scales counts, by a random number of its own."""
    town.write_scaled(CITY, TRUTH_OF_TOWN, folder)
    runs = list(seeds_of(place_at(str(folder)), persons, [1]))
    rates, _ = town.simulated_rates(runs, targets)
    expected = rates * np.array([each.person_years for each in targets])
    drawn = np.random.default_rng(seed).poisson(expected)
    return [replace(each, events=float(one)) for each, one in zip(targets, drawn, strict=True)]


def test_a_town_is_found_again_and_its_folder_is_a_place(tmp_path, capsys):
    targets = counts_of(tmp_path / "truth", town_targets(), 60_000, 5)
    file = tmp_path / "targets.csv"
    rows = [
        f"{t.measure},{t.condition},{t.sex},{t.age_from},{t.age_to},{t.events:g},{t.person_years:g}"
        for t in targets
    ]
    file.write_text(TOWN + "\n".join(rows) + "\n")
    words = ["--persons", "20000", "--seeds", "1", "--out", str(tmp_path)]
    assert main(["place", "fit", "example_city", str(file), *words]) == 0
    folder = tmp_path / "fit_example_city"
    with (folder / "fitted.csv").open() as opened:
        found = {row["name"]: row for row in csv.DictReader(opened)}
    for scale, truth in TRUTH_OF_TOWN.items():
        row = found[town.name_of(scale)]
        assert float(row["lower"]) < truth < float(row["upper"])
    fitted = place_at(str(folder / "place"))
    assert isinstance(fitted, Place) and fitted != CITY
    assert main(["place", "fit", "example_city", str(file), *words]) == 2  # it is there already
    assert "holds a fit already" in capsys.readouterr().err


def test_a_town_with_quoted_cells_is_scaled_as_any(tmp_path):
    """Cells are those that the check reads, with their quotation marks, blanks and empty lines."""
    plain, quoted = (Path(shutil.copytree(BUNDLED_FOLDER / "example_city", tmp_path / name))
                     for name in ("plain", "quoted"))  # fmt: skip
    for table in ("population.csv", "disease_rates.csv"):
        text = (quoted / table).read_text()
        text = re.sub(r"[^,\n]+", lambda cell: f'"{cell[0]}"', text).replace(',"', ', "')
        (quoted / table).write_text(text + "  \n")
    made = []
    for folder in (plain, quoted):
        town.write_scaled(place_at(str(folder)), TRUTH_OF_TOWN, tmp_path / f"{folder.name}_scaled")
        made.append(place_at(str(tmp_path / f"{folder.name}_scaled")))
    assert made[0].tables == made[1].tables != CITY.tables


# A programme


def monitoring(scenario, values, seed):
    """Return the table of a programme with these numbers, of a town simulated whole."""
    rows = [ProgrammeTarget("walks", year, (0.0, 0.0, 0.0)) for year in range(2026, 2030)]
    people = round(scenario.population.represents)
    here = programme.with_numbers(scenario, values)
    found = programme.participation(here, rows, people, seed).reshape(-1, len(COUNTED))
    return [replace(row, counted=tuple(one)) for row, one in zip(rows, found, strict=True)]


def test_reach_and_uptake_are_found_again():
    (policy,) = walks().policies
    scenario = replace(walks(), policies=(replace(policy, adherence=None),))
    truth = {"walks.reach": 0.5, "walks.uptake": 0.15}
    targets = monitoring(scenario, truth, 901)[:1]
    found = programme.fit_programme(scenario, targets, 1_000, range(1, 11), silent)
    assert [each.name for each in found.numbers] == list(truth)
    assert all(each.lower < truth[each.name] < each.upper for each in found.numbers)
    with pytest.raises(ValueError, match="9 seeds; must be at least 10"):
        programme.fit_programme(scenario, targets, 1_000, range(9), silent)


@pytest.mark.slow
def test_a_programme_is_found_again():
    scenario = walks()
    targets = monitoring(scenario, TRUTH, 901)
    found = programme.fit_programme(scenario, targets, 2_000, range(1, 11), silent)
    assert [each.name for each in found.numbers] == list(TRUTH)
    for each in found.numbers:
        assert each.lower < TRUTH[each.name] < each.upper
    start = {each.name: each.start for each in found.numbers}
    assert any(not each.lower < start[each.name] < each.upper for each in found.numbers)
    text = programme.as_yaml(scenario, "walking_groups", found, place_inherited=False)
    assert "population: {place: " in text
    assert "half_life_years: {value: " in text and "extends: walking_groups" in text


def test_numbers_at_the_end_of_their_range_stay():
    (policy,) = walks().policies
    assert policy.adherence.stays == 0.0
    named = [each.name for each in programme.numbers_of(walks(), monitoring_rows())]
    assert "walks.stays" not in named and "walks.reach" in named


def monitoring_rows():
    return [ProgrammeTarget("walks", 2026, (10.0, 2.0, 1.0))]


# Bad input


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("age,sex\n20,male\n", ":1:1: targets: the header is 'age,sex'; must read measure,"),
        (TOWN, ":1:1: targets: has no rows"),
        (TOWN + "deaths,,men,40,50,3,9\n", ":2:9: targets.sex: is 'men'; must be one of male"),
        (TOWN + "deaths,,male,45,50,3,9\n", ":2:14: targets.age_from: is '45'; must be one of 20"),
        (TOWN + "deaths,,male,50,40,3,9\n", ":2:17: targets.age_to: is 40, not above age_from"),
        (TOWN + "deaths,,male,40,50,-3,9\n", ":2:20: targets.events: is -3; must be a number"),
        (TOWN + "deaths,,male,40,50,3,0\n", ":2:22: targets.person_years: is 0; must be a"),
        (TOWN + "deaths,,male,40,50,9,3\n", ":2:20: targets.events: is 9 in 3 person-years"),
        (TOWN + "deaths,,male,40\n", ":2:1: targets: has 4 cells; must have 7"),
        (TOWN + 2 * "deaths,,male,40,50,3,9\n", ":3:1: targets: stands twice (first in line 2)"),
        (TOWN + "new_cases,strok,male,40,50,3,9\n", "did you mean 'stroke'?"),
        (PROGRAMME + "walks,2026,3,4,1\n", ":2:14: targets.started: is 4 of 3 offered"),
        (PROGRAMME + "walks,soon,5,4,1\n", ":2:7: targets.year: is the text 'soon'; must be a"),
        ("", "is empty; the first line must be a header"),
        (TOWN.replace(",", ";"), ":1:1: targets: has columns apart by semicolons; must be commas"),
        (TOWN + "deaths,,m,40,50,3,9\n", "is 'm'; must be one of male, female; did you"),
        (TOWN + "deaths,,male,40,50,,9\n", ":2:20: targets.events: is empty; must be given"),
        (TOWN + "deaths,,male,40,50,3,9,5\n", "must have 7, as the header has; a comma within"),
        (TOWN + 'deaths,,male,40,50,"1,5",9\n', "did you mean 1.5"),
        (TOWN + "deaths,stroke,male,40,50,3,9\n", ":2:8: targets.condition: is 'stroke'; must be"),
        (TOWN + "new_cases,,male,40,50,3,9\n", ":2:11: targets.condition: is empty; must be"),
        (TOWN + "cases,stroke,male,40,50,3,9\n", ":2:1: targets.measure: is 'cases'; must be"),
        (TOWN + "deaths,,male,40,90,3,9\ndeaths,,male,50,60,3,9\n",
         ":3:14: targets.age_from: is 50, and line 2 counts 40 to 90; must not overlap"),
        (PROGRAMME + "walks,2026.5,5,4,1\n", ":2:7: targets.year: is 2026.5; must be a whole"),
        (PROGRAMME + "walks,,5,4,1\n", ":2:7: targets.year: is empty; must be given"),
        (PROGRAMME + ",2026,5,4,1\n", ":2:1: targets.policy: is empty; must be the name"),
    ],
)
def test_a_faulty_table_is_refused_where_it_is_wrong(tmp_path, text, told):
    file = tmp_path / "targets.csv"
    file.write_text(text)
    found = read_targets(file)
    assert isinstance(found, list) and told in "\n".join(map(str, found))


@pytest.mark.parametrize(
    ("text", "words", "told"),
    [
        (TOWN + "new_cases,dementia,male,60,90,3,900\n", [], "are solved in this place"),
        (TOWN + "new_cases,breast_cancer,male,60,90,3,900\n", [], "of the other sex alone"),
        (PROGRAMME + "walks,2026,5,4,1\n", [], "--scenario: the table is a programme's"),
        (PROGRAMME + "runs,2026,5,4,1\n", ["--scenario", "walking_groups"], "no policy 'runs'"),
        (PROGRAMME + "walks,2026,5,4,1\n", ["--scenario", "walking_groups"], "population.represen"),
        (TOWN + "new_cases,stroke,male,40,50,0,9\nnew_cases,stroke,male,50,60,0,9\n", [],
         ":2:29: targets.events: is 0 in every row of new_cases.stroke.male; must be above 0"),
        (TOWN + "deaths,,male,40,50,1e-9,1e-8\n", [],
         ":2:20: targets.events: adds up to 1e-09 over the rows of deaths.male; must be above 0"),
    ],
)
def test_targets_that_cannot_be_met_are_refused_before_anything_is_written(
    tmp_path, capsys, text, words, told
):
    file = tmp_path / "targets.csv"
    file.write_text(text)
    words = [*words, "--out", str(tmp_path / "out")]
    assert main(["place", "fit", "example_city", str(file), *words]) == 2
    assert told in capsys.readouterr().err and not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("walks,2020,5,4,1\n", ":2:7: targets.year: is 2020; must be from start_year, 2025"),
        ("walks,2125,5,4,1\n", ":2:7: targets.year: is 2125; must be from start_year"),
        ("walks,2025,5,4,1\n", ":2:7: targets.year: is 2025, and 'walks' starts in 2026; must be"),
        ("walks,2026,0,0,0\n", ":2:12: targets.offered: is 0 in every year of 'walks'; must be"),
        ("walks,2026,9,4,0\nwalks,2027,9,4,0\n", ":2:16: targets.taking_part: is 0 in every year"),
        ("walks,2026,30000,4,1\n", ":2:12: targets.offered: is 30 000 of 20 000 people"),
        ("walks,2026,9,4,3\nwalks,2027,9,4,8.5\n", "3:16: targets.taking_part: is 8.5 years"),
        ("walk,2026,9,4,3\n", ":2:1: targets.policy: walking_groups has no policy 'walk'; must be"),
    ],
)
def test_counts_that_no_programme_has_are_refused_where_they_stand(tmp_path, rows, told):
    file = tmp_path / "targets.csv"
    file.write_text(PROGRAMME + rows)
    found = read_targets(file)
    assert told in "\n".join(programme.problems_of(walks(), found))


def test_sound_counts_are_not_refused(tmp_path):
    file = tmp_path / "targets.csv"
    quoted = ",".join(f'"{name}"' for name in PROGRAMME.strip().split(","))
    file.write_text(f'{quoted}\n"walks",2026,9,4,3\n"walks",2027,9,4,8\n"walks",2028,0,0,0\n')
    found = read_targets(file)
    assert [each.counted for each in found] == [(9.0, 4.0, 3.0), (9.0, 4.0, 8.0), (0.0, 0.0, 0.0)]
    assert programme.problems_of(walks(), found) == []


def test_a_trial_that_contradicts_itself_is_told_by_the_line_of_the_table(tmp_path, capsys):
    file = tmp_path / "targets.csv"
    file.write_text(TOWN + "deaths,,male,40,90,3,90000\n")
    words = ["--persons", "2000", "--seeds", "1", "--out", str(tmp_path)]
    assert main(["place", "fit", "example_city", str(file), *words]) == 2
    told = capsys.readouterr().err
    assert f"{file}:2:20: targets.events: leads to tables that contradict themselves" in told
    assert "deaths.male times " in told and "disease_rates.csv:" in told
    assert str(tmp_path / "fit_example_city" / "place") not in told and "/place/" not in told


def test_a_programme_needs_ten_seeds_and_says_so_by_the_option(tmp_path, capsys):
    file = tmp_path / "targets.csv"
    file.write_text(PROGRAMME + "walks,2026,5,4,1\n")
    words = ["--scenario", "walking_groups", "--seeds", "3", "--out", str(tmp_path / "out")]
    assert main(["place", "fit", "example_city", str(file), *words]) == 2
    assert "--seeds: is 3; must be at least 10" in capsys.readouterr().err


def test_a_table_that_is_no_text_is_told_with_its_place(tmp_path):
    file = tmp_path / "targets.csv"
    file.write_bytes(TOWN.encode() + b"d\xf6aths,,male,40,50,3,9\n")
    assert ":2:2: file: is not UTF-8 (byte 0xf6)" in read_targets(file)[0]
    with file.open("r+b") as stream:
        stream.truncate(100_000_000)
    assert "must be at most 256 000 bytes" in read_targets(file)[0]
    assert "is a folder; must be a table of targets" in read_targets(tmp_path)[0]


def test_counts_that_are_not_met_are_said():
    met = FittedTarget("a", 100.0, 110.0, 10.0, "deaths")
    not_met = FittedTarget("b", 100.0, 50.0, 10.0, "deaths")
    assert far_off(Outcome((), (met,), 1)) == ""
    table = Outcome((), (met,), 1).table_of_targets
    assert list(table.columns[-3:]) == ["standard_errors_apart", "unit", "scale"]
    assert table["scale"].item() == "as_counted" and table["unit"].item() == "deaths"
    assert far_off(Outcome((), (met, not_met), 1)).startswith("1 of 2 targets stay more than 3")


def test_a_scenario_that_names_its_place_is_extended_without_naming_it_again():
    number = FittedNumber("walks.reach", 0.4, 0.3, 0.2, 0.4)
    text = programme.as_yaml(walks(), "mine.yaml", Outcome((number,), (), 1), place_inherited=True)
    assert "extends: mine.yaml\npolicies:\n" in text


def test_a_fit_needs_its_table(capsys):
    assert main(["place", "fit", "example_city"]) == 2
    assert "needs TARGETS.csv" in capsys.readouterr().err


# Coverage


def covered(number):
    """Return whether the intervals of one synthetic town's programme hold the truth."""
    draw = np.random.default_rng(number)
    truth = {"walks.reach": draw.uniform(0.15, 0.6), "walks.uptake": draw.uniform(0.1, 0.5),
             "walks.half_life_years": draw.uniform(1.0, 8.0)}  # fmt: skip
    scenario = walks(int(draw.integers(10_000, 40_000)))
    targets = monitoring(scenario, truth, 10_000 + number)
    seeds = range(20 * number, 20 * number + 10)
    found = programme.fit_programme(scenario, targets, 2_000, seeds, silent)
    return [each.lower < truth[each.name] < each.upper for each in found.numbers]


def town_covered(number, rates, targets):
    """Return whether the intervals of one synthetic town's scales hold the truth.

    Its counts are drawn around the rates of a large simulation at the truth.
    """
    draw = np.random.default_rng(number)
    years = np.array([each.person_years for each in targets])
    drawn = draw.poisson(rates * years)
    given = [replace(each, events=float(one)) for each, one in zip(targets, drawn, strict=True)]
    found, _ = town.fit_town(CITY, given, 30_000, [number + 1], silent)
    truth = {town.name_of(scale): value for scale, value in TRUTH_OF_TOWN.items()}
    return [each.lower < truth[each.name] < each.upper for each in found.numbers]


@pytest.mark.verification
@pytest.mark.slow
def test_intervals_hold_the_truth(tmp_path):
    """Of 600 fitted numbers, each town fitted with seeds of its own."""
    targets = town_targets()
    town.write_scaled(CITY, TRUTH_OF_TOWN, tmp_path / "truth")
    large = list(seeds_of(place_at(str(tmp_path / "truth")), 400_000, [901, 902, 903]))
    rates, _ = town.simulated_rates(large, targets)
    held = [one for number in range(100) for one in covered(number)]
    held += [one for number in range(100) for one in town_covered(number, rates, targets)]
    assert len(held) == 600
    assert 0.91 <= np.mean(held) <= 0.98
