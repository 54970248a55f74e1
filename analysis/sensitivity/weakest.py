"""The weakest numbers of a Morris study: by their influence and by how little is known of them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abm.evidence.entries import GRADES
from analysis.sensitivity.design import CONTROLS, MORRIS_LEVELS
from analysis.sensitivity.plan import Plan
from analysis.sensitivity.study import Study

# How many times wider than stated a 95 % interval may well be, by the grade of its number: why
# these, docs/decisions.md.
WEIGHTS: Mapping[str, float] = dict(zip(GRADES, (1.0, 1.5, 2.0, 3.0), strict=True))
RESAMPLES = 1000
# The step of a trajectory, as a share of the 95 % interval.
STEP = MORRIS_LEVELS / (2 * (MORRIS_LEVELS - 1))


def has_weakest(plan: Plan) -> bool:
    """Say whether a study ranks single inputs by an effect over their whole interval."""
    return plan.method == "morris" and not plan.grouped


def weakest_inputs(study: Study, grades: Mapping[str, str]) -> pd.DataFrame:
    """Rank the inputs of a Morris study by influence times the weight of their grade.

    Parameters
    ----------
    study
        A finished study for which :func:`has_weakest` holds.
    grades
        The grade of each input by name, as of :func:`analysis.sensitivity.grades.grades_of`.

    Returns
    -------
        Largest product first: input, group, grade, weight, influence, influence_lower,
        influence_upper, product, product_lower, product_upper. ``influence`` is mu* over the
        standard deviation of the output over the runs of the study, averaged over the outputs that
        vary [1]; its limits are a 95 % bootstrap interval over trajectories.
    """
    influences = trajectory_influences(study)
    lower, upper = _limits(influences, study.plan.seed)
    inputs = study.plan.inputs
    named = [grades[entry.name] if entry.name not in CONTROLS else "" for entry in inputs]
    table = pd.DataFrame(
        {
            "input": [entry.name for entry in inputs],
            "group": [entry.group for entry in inputs],
            "grade": named,
            "weight": [WEIGHTS.get(grade, np.nan) for grade in named],
            "influence": influences.mean(axis=0),
            "influence_lower": lower,
            "influence_upper": upper,
        }
    )
    table = table[~table["input"].isin(CONTROLS)]
    for end in ("", "_lower", "_upper"):
        table[f"product{end}"] = table["weight"] * table[f"influence{end}"]
    return table.sort_values("product", ascending=False, kind="stable").reset_index(drop=True)


def trajectory_influences(study: Study) -> NDArray[np.float64]:
    """Return how far each input moves the outputs in each trajectory.

    Returns
    -------
        Shape (trajectories, inputs) [standard deviations of an output over the study], the mean
        over the outputs that vary; 0 throughout if none does.
    """
    spread = study.table.std(axis=0, ddof=1)
    varying = spread > 1e-12 * np.abs(study.table).max(axis=0)
    found = np.zeros((study.design.samples, len(study.plan.inputs)))
    if not varying.any():
        return found
    relative = study.table[:, varying] / spread[varying]
    shape = (study.design.samples, study.design.rows_per_sample, -1)
    steps = np.abs(np.diff(relative.reshape(shape), axis=1)).mean(axis=2) / STEP
    moved = np.diff(study.design.shares.reshape(shape), axis=1) != 0.0
    trajectory, step, column = np.nonzero(moved)
    found[trajectory, column] = steps[trajectory, step]
    return found


def _limits(
    influences: NDArray[np.float64], seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the 95 % bootstrap interval of the mean over trajectories, for each input."""
    count = len(influences)
    chosen = np.random.default_rng(seed).integers(count, size=(RESAMPLES, count))
    lower, upper = np.quantile(influences[chosen].mean(axis=1), (0.025, 0.975), axis=0)
    return lower, upper
