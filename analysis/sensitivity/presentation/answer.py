"""What carries the answer of a study, over all of its outputs: a dozen lines."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from abm.results.worth import is_worth
from analysis.input_names import name_and_path, name_of_input
from analysis.sensitivity.methods import METHODS
from analysis.sensitivity.presentation.summary import (
    about_study,
    leaders,
    not_told_apart,
    output_in_words,
    rank_stability,
    ranking,
    ranks_by,
    without_controls,
    without_unit,
)
from analysis.sensitivity.study import Study
from analysis.words import capitalised, in_words

LEADING = 5  # inputs that are named
DECIDING = 3  # outputs that are told of
SHARES = ("S1", "shapley")
# Outputs that a decision asks for come first; of thresholds the lowest.
DECISIVE = ("net_benefit", "qalys_gained", "expected_averted_per_100k.deaths")
NOTHING = "No output varies over the study: nothing can be said of its inputs."


class Carrier(NamedTuple):
    """An input with how much it weighs over all outputs that vary."""

    path: str
    weight: float  # mean over outputs: share of variance, or share of the largest effect
    first: int  # outputs of which it is the first, or cannot be told from it


def carriers_of(study: Study) -> list[Carrier]:
    """Return the inputs by how much they carry of all outputs that vary, the largest first.

    The weight is the mean over these outputs: of the share of variance where the study's index is
    one, else of the effect over the largest of the output.
    """
    tables = _of_varying(study)
    if not tables:
        return []
    index = ranks_by(study)
    weights = pd.DataFrame({name: _weights(ranked, index) for name, ranked in tables.items()})
    firsts = [path for ranked in tables.values() for path in leaders(ranked)]
    order = weights.mean(axis=1).sort_values(ascending=False, kind="stable")
    return [Carrier(str(path), float(each), firsts.count(path)) for path, each in order.items()]


def _of_varying(study: Study) -> dict[str, pd.DataFrame]:
    """Return the ranking of the inputs of each output that varies."""
    index = ranks_by(study)
    tables = {name: without_controls(ranking(study.indices, name, index)) for name in study.outputs}
    return {name: table for name, table in tables.items() if table["estimate"].max() > 0.0}


def _weights(ranked: pd.DataFrame, index: str) -> pd.Series:
    found = ranked.set_index("input")["estimate"].clip(lower=0.0)
    return found if index in SHARES else found / found.max()


def weight_in_words(study: Study) -> str:
    """Return what the weight of a :class:`Carrier` is."""
    if ranks_by(study) in SHARES:
        return "mean share of the variance of an output"
    return "mean effect, of the largest on the same output"


def answer_lines(study: Study) -> list[str]:
    """Return a dozen lines at most: the leading inputs, the outputs that decide, and the doubts."""
    leading = [
        f"{rank}. {capitalised(name_and_path(each.path))}: {100 * each.weight:.0f} %"
        for rank, each in enumerate(carriers_of(study)[:LEADING], start=1)
    ]
    first, *others = in_short(study)
    below = [f"{first} Below: {weight_in_words(study)}."] if leading else [first]
    return [about_study(study), *below, *leading, *others]


def in_short(study: Study) -> list[str]:
    """Return which input most hangs on, what the outputs of a decision hang on, and how stably."""
    varying = list(_of_varying(study))
    if not varying:
        return [NOTHING]
    told = [told_of_output(study, name) for name in deciding(varying)]
    return [_lead(study, len(varying)), *told, *_stability(study)]


def _lead(study: Study, varying: int) -> str:
    """Return which input leads, over how many outputs."""
    top = carriers_of(study)[0]
    name = name_of_input(top.path)
    if varying == 1:
        return f"The one output that varies hangs most on {name}."
    lead = f"Over the {varying} outputs that vary, most hangs on {name}"
    return f"{lead}: it is the first, or level with the first, for {top.first} of them."


def deciding(outputs: list[str]) -> list[str]:
    """Return the outputs that a decision asks for, those of worth first; else the first few.

    Examples
    --------
    >>> deciding(["averted.stroke", "qalys_gained_per_100k", "net_benefit_per_100k"])
    ['net_benefit_per_100k', 'qalys_gained_per_100k', 'averted.stroke']
    """
    found = [next((name for name in outputs if name.startswith(each)), "") for each in DECISIVE]
    chosen = [name for name in found if name]
    return [*chosen, *(name for name in outputs if name not in chosen and not _worth(name))][
        :DECIDING
    ]


def _worth(output: str) -> bool:
    return is_worth(output.removesuffix("_per_100k"))


def told_of_output(study: Study, output: str) -> str:
    """Return in one sentence which inputs an output hangs on."""
    ranked = without_controls(ranking(study.indices, output, ranks_by(study)))
    title = capitalised(without_unit(output_in_words(output)))
    if len(leaders(ranked)) > 1:
        return f"{title}: its first inputs {not_told_apart(ranked)}."
    shown = [name_of_input(path) for path in ranked["input"].head(2)]
    return f"{title}: most by {', then by '.join(shown)}."


def _stability(study: Study) -> list[str]:
    """Say for how many outputs half the samples name the same inputs."""
    stable = rank_stability(study.convergence, METHODS[study.plan.method].leading)
    if stable.empty:
        return []
    last = stable.groupby("output", sort=False).tail(1)
    top = min(LEADING, len(study.design.units))
    same = int((last["shared_top"] == top).sum())
    return [
        f"With half the samples the same {in_words(top)} inputs lead for {same} of {len(last)} "
        f"outputs{'' if same == len(last) else '; more samples would settle the others'}."
    ]
