"""A study at a glance: one line, and what a notebook shows of it."""

from __future__ import annotations

import pandas as pd

from abm import notebook
from analysis.sensitivity.design import Design
from analysis.sensitivity.methods import METHODS

MOST_OUTPUTS, MOST_INPUTS = 4, 5  # shown of each


def in_one_line(method: str, design: Design, outputs: int) -> str:
    """Return the method, and how many inputs, outputs, samples and runs a study has."""
    return (
        f"{method}, {len(design.units)} inputs, {outputs} outputs, {design.samples} samples, "
        f"{len(design.shares)} runs"
    )


def html_of(method: str, design: Design, indices: pd.DataFrame) -> str:
    """Return a study as a notebook shows it: the inputs that weigh most on the first outputs."""
    index = METHODS[method].leading
    own = indices[indices["index"] == index]
    outputs = list(dict.fromkeys(own["output"]))
    rows = []
    for output in outputs[:MOST_OUTPUTS]:
        largest = own[own["output"] == output].nlargest(MOST_INPUTS, "estimate")
        rows += [
            (row.output, row.input, notebook.number(row.estimate),
             notebook.between(row.lower, row.upper))
            for row in largest.itertuples()
        ]  # fmt: skip
    left_out = f", {MOST_OUTPUTS} of {len(outputs)} outputs" if len(outputs) > MOST_OUTPUTS else ""
    return notebook.shown(
        "Sensitivity study",
        [
            in_one_line(method, design, len(outputs)),
            f"Largest {index}, at most {MOST_INPUTS} inputs for each output{left_out}. "
            "More: .indices, .convergence, .table (of every run)",
        ],
        ("output", "input", index, "95 %"),
        rows,
    )
