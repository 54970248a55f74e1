"""Sensitivity of several scenarios side by side: does the same input drive them all?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from abm.evidence.place import Place
from abm.running.output import write_whole
from abm.running.spreadsheet import as_csv
from analysis.plots import style
from analysis.plots.files import rendered, write_figures
from analysis.sensitivity.methods import METHODS
from analysis.sensitivity.presentation.figures import heat_map_drawing
from analysis.sensitivity.presentation.summary import output_in_words
from analysis.sensitivity.study import Study
from analysis.sensitivity.units import with_units_of_indices
from analysis.words import capitalised


def side_by_side(studies: Mapping[str, Study]) -> pd.DataFrame:
    """Return the leading index of every input, output and scenario.

    Parameters
    ----------
    studies
        Finished studies of one method by the name of their scenario.

    Returns
    -------
        Columns scenario, output, input, index, estimate, lower, upper. Numbers of a policy go by
        ``policies.*.KEY``, so that those of two scenarios stand in one row; where a scenario has
        several policies, the largest counts.
    """
    frames = []
    for name, study in studies.items():
        table = study.indices[study.indices["index"] == METHODS[study.plan.method].leading]
        frames.append(without_policy_names(table).assign(scenario=name))
    whole = pd.concat(frames, ignore_index=True)
    largest = whole.sort_values("estimate", ascending=False, kind="stable")
    columns = ["scenario", "output", "input", "index", "estimate", "lower", "upper"]
    return largest.drop_duplicates(["scenario", "output", "input"])[columns].sort_index()


def without_policy_names(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table in which numbers of any policy go by ``policies.*.KEY``."""
    common = table["input"].map(lambda path: re.sub(r"^policies\.[^.]+\.", "policies.*.", path))
    return table.assign(input=common)


def write_comparison(
    studies: Mapping[str, Study], places: Mapping[str, Place], folder: Path
) -> list[Path]:
    """Write the table and one heat map per output, inputs by scenarios; return the paths.

    ``places`` are those of the scenarios, by their name.
    """
    table = side_by_side(studies)
    method = METHODS[next(iter(studies.values())).plan.method]
    drawings = []
    with style.house_style():
        for output, part in table.groupby("output", sort=False):
            rows = part.assign(column=part["scenario"].str.replace("_", " "))
            name = f"{method.name}_scenarios_{output}"
            note = f"{capitalised(output_in_words(str(output)))}. {method.title}."
            drawings += heat_map_drawing(rows, method.leading, name, "scenarios", note)
        paths = write_figures([rendered(each) for each in drawings], folder / "figures")
    path = folder / "indices.csv"
    write_whole(path, as_csv(with_units_of_indices(table, places)))
    return [path, *paths]
