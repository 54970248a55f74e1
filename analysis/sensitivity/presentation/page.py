"""The page of a study: what carries the answer first, then each output, then how it was made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import nan
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from abm.scenario.parts import Scenario
from analysis.input_names import name_of_input
from analysis.pages.dress import page_from
from analysis.pages.figures import on_page
from analysis.pages.marks import Mark, interval_marks
from analysis.sensitivity.methods import METHODS
from analysis.sensitivity.presentation.answer import (
    carriers_of,
    deciding,
    in_short,
    weight_in_words,
)
from analysis.sensitivity.presentation.panels import INDEX_NAMES
from analysis.sensitivity.presentation.summary import (
    about_study,
    leaders,
    output_in_words,
    paragraphs_by_output,
    ranking,
    ranks_by,
    without_controls,
)
from analysis.sensitivity.presentation.weakest import NAMED, weakest_line
from analysis.sensitivity.study import Study, left_out_lines
from analysis.words import capitalised, in_words

if TYPE_CHECKING:
    import pandas as pd

    from analysis.plots.files import RenderedFigure

TEMPLATE = "study.html"
MOST_INPUTS = 10


class Told(NamedTuple):
    """What a page tells of a study beside the study itself."""

    scenario: Scenario
    persons: int
    grades: Mapping[str, str]
    weakest: pd.DataFrame | None = None


def page_of_study(study: Study, told: Told, figures: Sequence[RenderedFigure]) -> str:
    """Return the page of a study: one file that needs nothing else.

    Parameters
    ----------
    study, told
        The study, and what it is of.
    figures
        All that were drawn of it; those of outputs that decide stand on the page.
    """
    return page_from(
        Path(__file__).with_name(TEMPLATE),
        name=told.scenario.name,
        title=told.scenario.title or told.scenario.name,
        about=" ".join([about_study(study), *left_out_lines(study)]),
        lines=[*in_short(study), *_weakest_line(told.weakest)],
        weight=weight_in_words(study),
        inputs=_input_rows(study, told.grades),
        marks=_weight_marks(study),
        outputs=_output_rows(study),
        index=INDEX_NAMES.get(ranks_by(study), ranks_by(study)),
        weakest=_weakest_rows(told.weakest),
        details=paragraphs_by_output(study),
        figures=on_page(_chosen(study, figures)),
        others=len(figures),
        **_how(study, told),
    )


def _weakest_line(table: pd.DataFrame | None) -> list[str]:
    line = "" if table is None else weakest_line(table)
    return [line] if line else []


def _input_rows(study: Study, grades: Mapping[str, str]) -> list[dict[str, str]]:
    units = {entry.name: entry.unit for entry in study.plan.inputs}
    return [
        {
            "name": capitalised(name_of_input(each.path)),
            "path": each.path,
            "unit": units.get(each.path, ""),
            "grade": grades.get(each.path, ""),
            "weight": f"{100 * each.weight:.0f} %",
            "first": str(each.first),
        }
        for each in carriers_of(study)[:MOST_INPUTS]
    ]


def _weight_marks(study: Study) -> list[dict[str, Any]]:
    return interval_marks(
        [
            Mark(capitalised(name_of_input(each.path)), each.weight, nan, nan, nan, nan,
                 f"{100 * each.weight:.0f} %")
            for each in carriers_of(study)[:MOST_INPUTS]
        ]
    )  # fmt: skip


def _output_rows(study: Study) -> list[dict[str, str]]:
    """Return what each output hangs on: its first input, with how much, and the second."""
    return [_output_row(study, output) for output in study.outputs]


def _output_row(study: Study, output: str) -> dict[str, str]:
    ranked = without_controls(ranking(study.indices, output, ranks_by(study)))
    name = capitalised(output_in_words(output))
    if ranked.empty or not ranked["estimate"].max() > 0.0:
        return {"name": name, "first": "does not vary", "value": "–", "second": "–", "apart": "–"}
    first, *others = ranked.head(2).to_dict("records")
    return {
        "name": name,
        "first": capitalised(name_of_input(str(first["input"]))),
        "value": _with_limits(first),
        "second": capitalised(name_of_input(str(others[0]["input"]))) if others else "–",
        "apart": "yes" if len(leaders(ranked)) == 1 else "no",
    }


def _with_limits(row: Mapping[str, Any]) -> str:
    estimate, lower, upper = (float(row[each]) for each in ("estimate", "lower", "upper"))
    between = f" ({_short(lower)} to {_short(upper)})" if lower == lower else ""
    return f"{_short(estimate)}{between}"


def _short(number: float) -> str:
    """Write two significant digits, also of large numbers."""
    return in_words(float(f"{number:.2g}"), 2)


def _weakest_rows(table: pd.DataFrame | None) -> list[dict[str, str]]:
    if table is None:
        return []
    return [
        {
            "name": capitalised(name_of_input(str(row["input"]))),
            "path": str(row["input"]),
            "grade": str(row["grade"]),
            "influence": f"{in_words(row['influence'], 2)} "
            f"({in_words(row['influence_lower'], 2)} to {in_words(row['influence_upper'], 2)})",
            "product": in_words(row["product"], 2),
        }
        for row in table[table["product"] > 0].head(NAMED).to_dict("records")
    ]


def _chosen(study: Study, figures: Sequence[RenderedFigure]) -> list[RenderedFigure]:
    """Return the heat map and the main figures of the outputs that decide, in this order."""
    wanted = deciding(list(study.outputs))
    maps = [figure for figure in figures if figure.name.endswith("_heat_map")]
    mains = [
        figure
        for output in wanted
        for figure in figures
        if figure.name.endswith(f"_{output}") and not _is_second(figure.name)
    ]
    return [*maps, *mains]


def _is_second(name: str) -> bool:
    return "_convergence_" in name or "_scatter_" in name


def _how(study: Study, told: Told) -> dict[str, Any]:
    method = METHODS[study.plan.method]
    return {
        "method": method.title,
        "question": method.question,
        "facts": [
            ("Inputs", in_words(len(study.plan.inputs), 9)),
            ("Outputs", in_words(len(study.outputs), 9)),
            ("Samples", in_words(study.plan.samples, 9)),
            ("Runs", in_words(len(study.table), 9)),
            ("Simulated persons in each run", in_words(told.persons, 9)),
            ("Years", str(told.scenario.years)),
            ("Place", told.scenario.place.title),
            ("Seed", str(study.plan.seed)),
        ],
    }
