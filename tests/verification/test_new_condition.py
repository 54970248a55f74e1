"""A condition is a row: a made-up seventh disease, added to a copy as CONTRIBUTING.md says.

Only data, the row and its second transcription are touched; nothing under ``rules`` or ``kernel``.
The copy then runs, reports, and agrees with the oracle, and nobody's random numbers change.
"""

from __future__ import annotations

import csv
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from abm.conditions import CONDITIONS

ROOT = Path(__file__).resolve().parents[2]
PARTS = (
    "abm", "analysis", "benchmarks", "docs", "scenarios", "tests", "run.py", "pyproject.toml",
    "README.md",
)  # fmt: skip
LIKE, NEW = "stroke", "made_up_disease"  # the disease whose numbers it borrows, and its id
RATES = "abm/places/uk/disease_rates.csv"
CURVES = "abm/evidence/activity_dose_response.csv"
ENTRIES = (
    "abm/evidence/disease.yaml", "abm/evidence/economics.yaml", "abm/places/uk/place.yaml",
)  # fmt: skip
OF_DEATH = "abm/evidence/mortality.yaml"  # of which one family only
SCALES = ("disease_death_scale",)
ROW = f"""    Condition(
        name="{NEW}",
        label="{NEW}",
        kind="first event",
        lag="cardiovascular",
        clock_draw={30 + len(CONDITIONS)},
        kills="by published excess",
        start_draw={max(6, *(each.start_draw for each in CONDITIONS)) + 1},
        causal_place={max(each.causal_place for each in CONDITIONS) + 1},
        published_as="{NEW}",
        curve="{NEW}",
        evidence=Evidence(
            curve_position="disease.curve_position.{NEW}",
            causal_share="causal_share.cardiovascular",
            il6_causal_slope="disease.il6_causal_slope.{NEW}",
            il6_between_person_slope="disease.il6_between_person_slope.{NEW}",
            bmi_hazard_ratio_per_5=("disease.bmi_hazard_ratio_per_5.{NEW}",),
            smoking_hazard_ratio=(
                "disease.smoking_hazard_ratio.{NEW}.male",
                "disease.smoking_hazard_ratio.{NEW}.female",
            ),
            deprivation_hazard_ratio="disease.deprivation_hazard_ratio.{NEW}",
            raised_by={{"type_2_diabetes": "disease.diabetes_hazard_ratio.{NEW}"}},
            incidence_scale=(
                "disease.incidence_scale.{NEW}.male",
                "disease.incidence_scale.{NEW}.female",
            ),
            prevalence_scale=(
                "disease.prevalence_scale.{NEW}.male",
                "disease.prevalence_scale.{NEW}.female",
            ),
            death_scale=(
                "mortality.disease_death_scale.{NEW}.male",
                "mortality.disease_death_scale.{NEW}.female",
            ),
            disability_weight="economics.disability_weight.{NEW}",
            utility_decrement="economics.utility_decrement.{NEW}",
            cost_first_year="economics.cost_first_year.{NEW}",
            cost_later_year="economics.cost_later_year.{NEW}",
            social_care_first_year="economics.social_care_first_year.{NEW}",
            social_care_later_year="economics.social_care_later_year.{NEW}",
        ),
    ),
"""
RULE = f'    "{NEW}": Rule("by published excess", CARDIOVASCULAR, "cardiovascular"),\n'


def rows_copied(path: Path) -> None:
    """Give the new disease the rows of the other one in a table."""
    text = path.read_text(encoding="utf-8")
    mine = [line for line in text.splitlines() if line.startswith(f"{LIKE},")]
    assert mine
    path.write_text(
        text + "".join(f"{NEW}{line.removeprefix(LIKE)}\n" for line in mine), encoding="utf-8"
    )


def entries_copied(path: Path, families: tuple[str, ...] = ()) -> None:
    """Give the new disease the entries of the other one in a file, as assumptions.

    Of all ``families`` in the file, or of some.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    out, at, family = [], 0, ""
    while at < len(lines):
        line = lines[at]
        out.append(line)
        at += 1
        beginning = re.fullmatch(r"  (\w+):", line)
        family = beginning[1] if beginning else family
        if re.fullmatch(rf" +{LIKE}:", line) and (not families or family in families):
            depth = len(line) - len(line.lstrip())
            block = []
            while at < len(lines) and len(lines[at]) - len(lines[at].lstrip()) > depth:
                block.append(lines[at])
                at += 1
            out += [*block, line.replace(LIKE, NEW)]
            out += [re.sub(r"grade: .*", "grade: assumed", each) for each in block]
    path.write_text("\n".join(out) + "\n", encoding="utf-8")


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    """Return a copy of the program with the new condition, added by the recipe."""
    folder = tmp_path_factory.mktemp("seventh")
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / part)
    for name in (RATES, CURVES):
        rows_copied(folder / name)
    for name in ("uk_disease_rates_2021.csv", "activity_dose_response.csv"):
        rows_copied(folder / "tests" / "data" / "published" / name)
    for name in ENTRIES:
        entries_copied(folder / name)
    entries_copied(folder / OF_DEATH, SCALES)
    table = folder / "abm" / "conditions.py"
    text = table.read_text(encoding="utf-8")
    before = '    Condition(\n        name="other_cardiovascular",'
    assert text.count(before) == 1
    table.write_text(text.replace(before, ROW + before), encoding="utf-8")
    rules = folder / "tests" / "projection" / "diseases.py"
    text = rules.read_text(encoding="utf-8")
    assert text.count("RULES = {\n") == 1
    rules.write_text(text.replace("RULES = {\n", "RULES = {\n" + RULE), encoding="utf-8")
    python(folder, "run.py", "schema", "--out", "abm/scenario.schema.json")
    return folder


def python(folder: Path, *words: str) -> str:
    """Run Python in the copy and return what it printed."""
    done = subprocess.run(
        [sys.executable, *words], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout


@pytest.fixture(scope="module")
def result(copy) -> Path:
    """Run a scenario in the copy and return the folder of its results."""
    python(copy, "run.py", "walking_groups", "--persons", "4000", "--years", "5", "--out", "out")
    return copy / "out" / "walking_groups"


pytestmark = [pytest.mark.verification, pytest.mark.slow]


def test_nothing_of_the_rules_or_the_kernel_is_touched(copy):
    for room in ("rules", "kernel", "population", "running", "results"):
        for path in (ROOT / "abm" / room).glob("*.py"):
            assert (copy / "abm" / room / path.name).read_bytes() == path.read_bytes()


def test_it_runs_with_report_and_figures(result):
    with (result / "effects.csv").open(encoding="utf-8") as stream:
        outcomes = [row["outcome"] for row in csv.DictReader(stream)]
    assert {f"incidence.{NEW}", f"deaths.{NEW}"} <= set(outcomes)
    assert NEW in (result / "report.html").read_text(encoding="utf-8")
    assert (result / "figures" / "cumulative_incidence.png").stat().st_size > 10_000
    table = pd.read_parquet(result / "outcomes.parquet")
    own = table[(table["measure"] == f"incidence.{NEW}") & (table["sex"] == "all")]
    assert own["value"].sum() > 0


@pytest.mark.parametrize(
    "name",
    ["test_oracle_quick", "test_layout", "test_transcription", "test_parameters", "test_exactness",
     "test_plots", "test_plots_conditions", "test_report", "test_evidence_paths", "test_model",
     "test_scenario", "test_economics", "test_precision"],
)  # fmt: skip
def test_the_suite_of_the_copy_is_green(copy, name):
    python(copy, "-m", "pytest", "-q", f"tests/unit/{name}.py")


def test_the_projection_of_the_baseline_knows_it(copy):
    file = "tests/verification/test_baseline.py"
    python(copy, "-m", "pytest", "-q", "-m", "verification", "-k", "first_day", file)


def people(folder: Path) -> list[str]:
    """Return who is there at the start: one line per person."""
    look = (
        "from abm import ExerciseModel\n"
        "model = ExerciseModel('uk', persons=400, rng=1)\n"
        "names = ['sex', 'deprivation', 'habitual_met_hours', 'breast_cancer', 'type_2_diabetes']\n"
        "print(*model.agents.get(names), sep='\\n')\n"
    )
    return python(folder, "-c", look).splitlines()


def test_nobody_else_has_other_random_numbers(copy):
    """Who is there at the start, and has which other disease, stays the same.

    All but a few: the new disease takes its deaths out of other death, which decides who has lived
    to the start, and a person drawn anew is somebody else.
    """
    with_it, without = people(copy), people(ROOT)
    same = sum(one == other for one, other in zip(with_it, without, strict=True))
    assert same >= 0.95 * len(without) >= 380
