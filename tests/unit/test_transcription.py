"""Every literature number, typed a second time from the sources, against what the model uses.

Two people who copy a figure rarely make the same slip. The second copy is
``tests/data/transcription.csv`` with the tables of ``tests/data/published``; what a cell may hold
is said on top of it.
"""

import csv
import math
from collections.abc import Mapping
from pathlib import Path

import pytest

from abm.conditions import CONDITIONS, DISEASES
from abm.evidence.entries import load_evidence
from abm.evidence.reader import evidence_table
from abm.scenario.load import load_scenario
from tests.uk_tables import uk_table

DATA = Path(__file__).resolve().parents[1] / "data"
ENTRIES = load_evidence().entries
EXACT = 1e-9  # of floating point arithmetic

# Measured or derived, and yet in no row: why.
NOT_TRANSCRIBED = {
    "bout.intervals_factor": "1 by definition: intervals need no factor of their own",
    "bout.il1ra_scatter_log_sd": "a judgement between two readings of A17",
    "bout.rest_intensity": "an example of a capacity, no published figure",
    "bout.habit.moderate.intensity": "an example of a capacity, no published figure",
    "bout.habit.vigorous.intensity": "an example of a capacity, no published figure",
    "bout.habit.endurance.intensity": "placed below the marathon pace of A1",
    **{
        each.evidence.curve_position: "0 by definition; its curve is compared"
        for each in CONDITIONS
        if ENTRIES[each.evidence.curve_position].grade in ("measured", "derived")
    },
    "economics.willingness_to_pay": "a rule of the appraising body, not in the list of sources",
}


def rows_of(name):
    """Return a table of the second transcription as dictionaries."""
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))


ROWS = rows_of("transcription.csv")


def figure(text, age=None):
    """Return the number an expression of printed figures stands for."""
    words = {"ln": math.log, "exp": math.exp, "sqrt": math.sqrt, "age": age, "__builtins__": {}}
    return float(eval(text, words))


def last_digit(text):
    """Return the size of a number's last written digit.

    >>> last_digit("0.25"), last_digit("300"), last_digit("2.5e-05")
    (0.01, 1.0, 1e-06)
    """
    mantissa, _, power = text.lower().partition("e")
    decimals = len(mantissa.partition(".")[2])
    return 10.0 ** (int(power or 0) - decimals)


def printed_number(text):
    """Return the first printed figure of a cell such as ``~.073``, or of ``~1-.18`` the last."""
    return text.lstrip("~").rpartition("-")[2]


def tolerance(cell, used):
    """Return how far a number may be from a cell: nothing, or half of a last digit."""
    if cell.startswith("~"):
        return 0.5 * last_digit(printed_number(cell)) + EXACT
    try:
        float(cell)
    except ValueError:
        return 0.5 * last_digit(f"{used:.12g}") + EXACT
    return EXACT


def disagreement(cell, used, age=None):
    """Say how a number differs from its cell; None if it does not."""
    expected = figure(cell.lstrip("~"), age)
    if abs(used - expected) <= tolerance(cell, used):
        return None
    return f"the model uses {used:g}, transcribed is {cell} = {expected:.6g}"


def knots(cell, used):
    """Yield number, cell and age of every knot a cell speaks of."""
    if "age" in cell:
        yield from ((number, cell, age) for age, number in used.items())
        return
    for part in cell.split(";"):
        age, _, text = part.partition(":")
        yield used[float(age)], text.strip(), float(age)


def disagreements(row, target):
    """Return what of a row differs from the numbers used, as text."""
    found = []
    for name in ("value", "low", "high"):
        cell, used = row[name], target[name]
        if not cell:
            continue
        if isinstance(used, Mapping):
            pairs = list(knots(cell, used))
        elif isinstance(used, list):
            pairs = [(u, c, None) for u, c in zip(used, cell.split(), strict=True)]
        else:
            pairs = [(used, cell, None)]
        told = [disagreement(text, number, age) for number, text, age in pairs]
        found += [f"{row['path']} {name}: {each}" for each in told if each]
    if row["unit"] and row["unit"] != target.get("unit", row["unit"]):
        found.append(f"{row['path']}: unit {target['unit']}, transcribed {row['unit']}")
    return found


# What the model uses


def entry_target(path):
    """Return value, interval and unit of an entry."""
    return {name: getattr(ENTRIES[path], name) for name in ("value", "low", "high", "unit")}


def scenario_target(file, path):
    """Return value and interval of a number of a bundled scenario."""
    scenario = load_scenario(file.removesuffix(".yaml"))
    _, name, *fields = path.split(".")
    value = next(policy for policy in scenario.policies if policy.name == name)
    for each in fields:
        value = getattr(value, each)
    interval = scenario.intervals.get(path)
    return {"value": value, "low": getattr(interval, "low", None),
            "high": getattr(interval, "high", None)}  # fmt: skip


def study_target(key):
    """Return the published figures of a bout study, one per distinct one in order."""
    row, _, quantity = key.partition(" ")
    table = evidence_table("bout_studies")
    rows = zip(table["row"], table["quantity"], table["unit"], table["published"], strict=True)
    found = {number: unit for r, q, unit, number in rows if (r, q) == (row, quantity)}
    return {"value": list(found), "low": None, "high": None, "unit": next(iter(found.values()))}


def curve_target(key):
    """Return a point of the dose-response table with its interval."""
    outcome, dose = key.split()
    table = evidence_table("activity_dose_response")
    at = list(zip(table["outcome"], table["met_hours"], strict=True)).index((outcome, float(dose)))
    return {"value": table["relative_risk"][at], "low": table["low"][at], "high": table["high"][at]}


def rates_target(key):
    """Return a cell of the table of disease rates."""
    disease, age, column = key.split()
    table = uk_table("disease_rates")
    at = list(zip(table["disease"], table["age"], strict=True)).index((disease, float(age)))
    return {"value": table[column][at], "low": None, "high": None}


def target_of(path):
    """Return the numbers of the model that a path of the transcription names."""
    place, _, key = path.partition("/")
    if place.endswith(".yaml"):
        return scenario_target(place, key)
    tables = {
        "bout_studies": study_target,
        "activity_dose_response": curve_target,
        "uk_disease_rates": rates_target,
    }
    return tables[place](key) if key else entry_target(path)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['path']}-{row['row']}")
def test_the_model_uses_what_was_transcribed(row):
    assert row["value"] or row["low"] or row["high"]
    assert row["row"]
    assert disagreements(row, target_of(row["path"])) == []


def test_every_entry_that_claims_a_source_was_transcribed():
    claimed = {path for path, entry in ENTRIES.items() if entry.grade in ("measured", "derived")}
    transcribed = {row["path"] for row in ROWS}
    assert sorted(claimed - transcribed - set(NOT_TRANSCRIBED)) == []
    assert sorted(set(NOT_TRANSCRIBED) & transcribed) == []
    assert sorted(set(NOT_TRANSCRIBED) - claimed) == []
    by_definition = {each.evidence.curve_position for each in CONDITIONS}
    assert len(set(NOT_TRANSCRIBED) - by_definition) < 0.1 * len(claimed)


def test_every_study_with_a_figure_was_transcribed():
    table = evidence_table("bout_studies")
    transcribed = {row["path"] for row in ROWS}
    missing = {
        f"bout_studies/{row} {quantity}"
        for row, quantity, number in zip(
            table["row"], table["quantity"], table["published"], strict=True
        )
        if number == number
    } - transcribed
    # Given as "none" or "no effect" by their sources: nothing to transcribe.
    assert missing <= {"bout_studies/A2 IL-1ra peak after the stop",
                       "bout_studies/A11 IL-10 at the stop",
                       "bout_studies/A13 IL-10 at the stop"}  # fmt: skip


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("disease.il6_causal_slope.stroke", {"value": 0.23}),
        ("disease.il6_causal_slope.stroke", {"low": 0.04}),
        ("disease.il6_between_person_slope.stroke", {"value": 0.66}),
        ("disease.il6_between_person_slope.stroke", {"high": 0.94}),
        ("people.smoking_share_by_age", {"value": {21: 0.16, 30: 0.19, 40: 0.17, 50: 0.15,
                                                   60: 0.13, 70: 0.08}}),
        ("economics.cost_first_year.stroke", {"value": 595.0}),
        ("il6.age_slope", {"unit": "percent per year"}),
        ("bout_studies/A11 IL-6 at the stop", {"value": [1.40, 2.70]}),
        ("uk_disease_rates/stroke 60 male_prevalence", {"value": 0.0236}),
        ("walking_groups.yaml/policies.walks.adds.moderate", {"high": 50.0}),
    ],
)  # fmt: skip
def test_a_changed_number_is_noticed(path, change):
    """Negative control: a number off by one in its last digit, a slipped decimal, another unit."""
    rows = [row for row in ROWS if row["path"] == path]
    target = target_of(path)
    assert [told for row in rows for told in disagreements(row, target)] == []
    assert [told for row in rows for told in disagreements(row, target | change)] != []


# Whole tables


def differing(ours, theirs):
    """Return the keys whose numbers are not the same, or that only one table has."""
    return sorted(key for key in ours.keys() | theirs.keys() if ours.get(key) != theirs.get(key))


def disease_rates_used():
    """Return incidence, prevalence and excess mortality by disease, sex and age, as used."""
    table = uk_table("disease_rates")
    names = ("incidence", "prevalence", "excess_mortality")
    return {
        (disease, sex, age): tuple(table[f"{sex}_{name}"][at] for name in names)
        for at, (disease, age) in enumerate(zip(table["disease"], table["age"], strict=True))
        for sex in ("male", "female")
    }


def disease_rates_transcribed():
    """Return the same from the second transcription."""
    measures = (
        "incidence_per_person_alive_year", "prevalence", "excess_mortality_per_case_year",
    )  # fmt: skip
    return {
        (row["disease"], row["sex"], float(row["age"])): tuple(float(row[m]) for m in measures)
        for row in rows_of("published/uk_disease_rates_2021.csv")
    }


def test_disease_rates_agree():
    ours, theirs = disease_rates_used(), disease_rates_transcribed()
    published = sum(each.published_as not in ("", "dementia") for each in CONDITIONS)
    assert len(theirs) == published * 2 * 17 + 2 * 9  # dementia from 50 to 90
    assert differing(ours, theirs) == []
    key = ("stroke", "female", 60.0)
    assert differing(ours | {key: ours["stroke", "male", 60.0]}, theirs) == [key]


def test_first_onsets_of_depression_agree():
    """Band by band, and the share ever ill by 75 that is printed beside them."""
    table, printed = (
        evidence_table("depression_first_onset"),
        rows_of("published/depression_first_onset.csv"),
    )
    assert [row["sex"] for row in printed] == ["female", "male"]
    for row in printed:
        bands = [name for name in row if name[0].isdigit()]
        ours = dict(zip(table["age"], table[f"{row['sex']}_per_1000"], strict=True))
        theirs = {float(name.rstrip("+").split("-")[0]): float(row[name]) for name in bands}
        assert differing(ours, theirs) == []
        assert differing(ours | {40.0: ours[50.0]}, theirs) == [40.0]
        years = [float(b) + 1.0 - float(a) for a, b in (n.split("-") for n in bands if "-" in n)]
        met = sum(rate * y for rate, y in zip(theirs.values(), years, strict=False)) / 1e3
        ever = 100.0 * (1.0 - math.exp(-met))
        assert ever == pytest.approx(float(row["ever by 75 (per cent)"]), abs=0.051)


def test_population_and_death_rates_agree():
    table = uk_table("population")
    ours = {
        (sex, age): (table[f"{sex}_population"][at], table[f"{sex}_death_rate"][at])
        for at, age in enumerate(table["age"])
        for sex in ("male", "female")
    }
    theirs = {
        (row["sex"], float(row["age"])): (
            float(row["population"]), float(row["deaths_per_person_year"]),
        )
        for row in rows_of("published/uk_population_and_mortality_2019.csv")
    }  # fmt: skip
    assert len(theirs) == 2 * 93
    assert differing(ours, theirs) == []
    assert differing(ours | {("male", 60.0): ours["male", 61.0]}, theirs) == [("male", 60.0)]


def test_causes_of_death_agree_with_the_printed_table():
    """Printed as per cent with one decimal."""
    table = uk_table("causes_of_death")
    printed = rows_of("published/causes_of_death_percent.csv")
    assert len(printed) == 28
    for row in printed:
        for i, (cause, age) in enumerate(zip(table["cause"], table["age"], strict=True)):
            if cause == row["cause"]:
                band = "90+" if age == 90 else f"{age:g}-{age + 9:g}"
                percent = 100.0 * table[f"{row['sex']}_share"][i]
                assert percent == pytest.approx(float(row[band]), abs=0.0501), (row, band)


def test_dose_responses_agree():
    table = evidence_table("activity_dose_response")
    ours = {
        (outcome, dose): numbers
        for outcome, dose, *numbers in zip(
            table["outcome"], table["met_hours"], table["relative_risk"], table["low"],
            table["high"], strict=True,
        )
    }  # fmt: skip
    theirs = {
        (row["outcome"], float(row["mmet_h_per_week"])): [
            float(row[name]) for name in ("relative_risk", "lower", "upper")
        ]
        for row in rows_of("published/activity_dose_response.csv")
        if row["lower"]
    }
    derived = {key: ours.pop(key) for key in list(ours) if key[0] == "all_else"}
    stretched = {key: ours.pop(key) for key in list(ours) if key[0] == "other_cancer"}
    own = {key: ours.pop(key) for key in list(ours) if key[0] == "other_cardiovascular"}
    of_death = {key: theirs.pop(key) for key in list(theirs) if key[0].endswith("_death")}
    assert len(theirs) == 5 * len({*DISEASES, "all_cause_mortality", "all_cvd", "all_cancer"})
    assert differing(ours, theirs) == []
    for (_, dose), numbers in own.items():
        assert numbers == of_death["all_cvd_death", dose]
    # Without colorectal (.10), breast (.07) and half of lung cancer (.19): .845 at 8.75.
    less = 0.10 * math.log(0.93) + 0.07 * math.log(0.90) + 0.19 * math.log(0.863)
    rest = math.exp((math.log(0.860) - less) / (1.0 - 0.10 - 0.07 - 0.19))
    assert rest == pytest.approx(0.845, abs=0.001)
    for (_, dose), (risk, low, high) in stretched.items():
        whole, whole_low, whole_high = of_death["all_cancer_death", dose]
        assert risk == pytest.approx(whole ** (math.log(0.845) / math.log(0.860)), abs=0.00051)
        assert low == pytest.approx(risk * whole_low / whole, abs=0.00051)
        assert high == pytest.approx(risk * whole_high / whole, abs=0.00051)
    for row in rows_of("published/activity_dose_response.csv"):
        if row["outcome"] != "other_cause_mortality_derived":
            continue
        dose = float(row["mmet_h_per_week"])
        risk, low, high = derived["all_else", dose]
        whole, whole_low, whole_high = ours["all_cause_mortality", dose]
        assert risk == float(row["relative_risk"])
        # Its interval has the width that of all-cause death has on the logarithmic scale.
        assert low == pytest.approx(risk * whole_low / whole, abs=0.00051)
        assert high == pytest.approx(risk * whole_high / whole, abs=0.00051)


@pytest.mark.parametrize(
    "row", rows_of("published/incidence_per_100000.csv"), ids=lambda r: f"{r['disease']}-{r['sex']}"
)
def test_incidence_agrees_with_the_printed_table(row):
    used = disease_rates_used()
    for age in ("30", "40", "50", "60", "70", "80"):
        rate = 1e5 * used[row["disease"], row["sex"], float(age)][0]
        digit = 10.0 if float(row[age]) >= 1000 else 1.0
        digit = 100.0 if float(row[age]) >= 10_000 else digit
        assert rate == pytest.approx(float(row[age]), abs=0.5 * digit + EXACT), age


@pytest.mark.parametrize(
    "row", rows_of("published/life_table.csv"), ids=lambda r: f"{r['measure']}-{r['sex']}"
)
def test_death_rates_give_the_printed_life_table(row):
    table = uk_table("population")
    rates = dict(zip(table["age"], table[f"{row['sex']}_death_rate"], strict=True))
    for age, printed in row.items():
        if not age.isdigit() or not printed:
            continue
        if row["measure"] == "q":
            # How the printed ones were worked out from the rates may differ in the last digit.
            found = 1.0 - math.exp(-rates[float(age)])
            assert found == pytest.approx(float(printed), abs=last_digit(printed)), age
        else:
            assert years_left(rates, float(age)) == pytest.approx(float(printed), abs=0.1), age


def years_left(rates, start):
    """Return the years of life left at an age, the last rate holding for ever."""
    alive, years = 1.0, 0.0
    for age in range(int(start), int(max(rates))):
        survives = math.exp(-rates[age])
        years += alive * (1.0 - survives) / rates[age]
        alive *= survives
    return years + alive / rates[max(rates)]
