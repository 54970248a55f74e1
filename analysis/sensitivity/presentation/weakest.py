"""The weakest numbers of a study in words, and those of several scenarios side by side."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from analysis.input_names import name_and_path, name_of_input
from analysis.sensitivity.presentation.comparison import without_policy_names
from analysis.words import in_words, joined

NAMED = 12


def weakest_in_words(table: pd.DataFrame) -> str:
    """Name the weakest inputs of a study, and say what makes them weak.

    Parameters
    ----------
    table
        As of :func:`analysis.sensitivity.weakest.weakest_inputs`.
    """
    leading = table[table["product"] > 0].head(NAMED)
    if leading.empty:
        return "No input moves any output: none is weaker than another.\n"
    named = joined([_entry(row) for row in leading.to_dict("records")])
    return (
        "The weakest numbers, by influence (mu* over the standard deviation of the output, "
        f"averaged over outputs) times the weight of their grade: {named}. Numbers without an "
        "interval are not among them.\n"
    )


def weakest_line(table: pd.DataFrame) -> str:
    """Name the three weakest in a line, with their grades; nothing where nothing moves."""
    leading = table[table["product"] > 0].head(3)
    if leading.empty:
        return ""
    named = [f"{name_and_path(str(row['input']))}, {row['grade']}" for _, row in leading.iterrows()]
    return f"Weakest, by influence and grade: {'; '.join(named)}."


def _entry(row: Mapping[str, object]) -> str:
    product, influence, lower, upper = (
        in_words(float(str(row[part])), 2)
        for part in ("product", "influence", "influence_lower", "influence_upper")
    )
    name = name_of_input(str(row["input"]))
    return f"{name} ({product}: {row['grade']}, influence {influence}, {lower} to {upper})"


def weakest_side_by_side(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Put the weakest inputs of several scenarios under one another, with the scenario's name.

    Numbers of a policy go by ``policies.*.KEY``; where a scenario has several policies, the
    largest product counts.
    """
    frames = [
        without_policy_names(table).drop_duplicates("input").assign(scenario=name)
        for name, table in tables.items()
    ]
    whole = pd.concat(frames, ignore_index=True)
    return whole[["scenario", *(name for name in whole if name != "scenario")]]
