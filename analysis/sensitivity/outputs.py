"""What one run of a scenario gives a study: numbers by name, without any table.

Effects of the policies are paired person by person. Those called ``expected`` compare what is to
be expected of the twins instead of the events they had: the same effect with a far smaller Monte
Carlo error.
"""

from __future__ import annotations

import fnmatch
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from abm.evidence.parameters import Parameters, central_parameters
from abm.evidence.renamed import renamed, renamed_elsewhere
from abm.kernel import layout as c
from abm.kernel.blocks import WORLDS, Counts, new_counts
from abm.results.effects import (
    EXPECTED,
    MEANS,
    SHARED,
    effect_columns,
    expected_il6_change,
    people_ever,
    totals,
)
from abm.results.outcomes import measures_at_end
from abm.results.worth import LIFETIME, horizon_of, is_worth, worth
from abm.scenario.hints import nearest
from analysis.sensitivity.errors import StudyError

if TYPE_CHECKING:
    from abm.scenario.parts import Scenario

DEFAULT_OUTPUTS = (
    *(f"expected_averted_per_100k.{disease}" for disease in c.DISEASES),
    "expected_averted_per_100k.deaths",
    "expected_gained_per_100k.life_years",
    "expected_relative_change.il6",
    "qalys_gained_per_100k",
    "net_benefit_per_100k",
)
# Columns of the table of effects that differ by run; intervals belong to one run alone.
KINDS = (
    "averted", "delayed", "added", "averted_per_100k", "relative_change", "expected_averted",
    "expected_averted_per_100k",
)  # fmt: skip
PATHWAY = "share_via_il6"
_SHORT = {"il6.geometric_mean": "il6", "crp.geometric_mean": "crp", "met_hours.mean": "met_hours"}


def outputs_of(
    counts: Counts, parameters: Parameters, scenario: Scenario, baseline: Counts
) -> dict[str, float]:
    """Return every output of a run with policies.

    Parameters
    ----------
    counts
        The tallies of the run.
    parameters, scenario
        The values and the scenario it ran with.
    baseline
        The tallies of everybody for ``expected_relative_change.il6``: those of the same people with
        the central values, whatever a sample moves.

    Returns
    -------
        Per outcome (a disease, ``deaths``, ``deaths.CAUSE``, ``il6`` ...) what :data:`KINDS` says,
        such as ``averted.stroke``; of life years ``gained`` stands for ``averted``;
        ``level.OUTCOME`` (baseline) and ``level_policy.OUTCOME``; per 100 000 persons what
        the economics table knows of health and money, such as ``net_benefit_per_100k``; with a
        third world also ``share_via_il6.OUTCOME``. NaN where there is no such number (a share of
        nothing), or where it asks for everybody and not everybody was simulated.
    """
    found = dict([*_effects(counts, parameters), *_worth(counts, parameters, scenario)])
    return found | {"expected_relative_change.il6": expected_il6_change(counts, baseline)}


def levels_of(counts: Counts) -> dict[str, float]:
    """Return every output of a run without policies: its totals."""
    return dict(_levels(counts))


def output_names(scenario: Scenario) -> list[str]:
    """Return the outputs that runs of a scenario have, the share through IL-6 with them."""
    worlds = len(WORLDS) if scenario.policies else 1
    later = bool(scenario.policies) and scenario.economics.horizon == LIFETIME
    nobody = new_counts(worlds, 1, len(scenario.policies), later)
    with np.errstate(divide="ignore", invalid="ignore"):
        if not scenario.policies:
            return list(levels_of(nobody))
        parameters = central_parameters(scenario.parameters, scenario.place)
        return list(outputs_of(nobody, parameters, scenario, nobody))


def _levels(counts: Counts) -> Iterator[tuple[str, float]]:
    """Yield the totals of a run of one world."""
    for outcome, total in zip(c.OUTCOMES, totals(counts, 0).tolist(), strict=True):
        if outcome != "life_years":
            yield f"level.{outcome}", total


def _effects(counts: Counts, parameters: Parameters) -> Iterator[tuple[str, float]]:
    """Yield effects and levels of a run with policies."""
    frozen = len(counts.effects) > 1
    columns = {kind: column.tolist() for kind, column in effect_columns([counts], frozen).items()}
    for row, outcome in enumerate(c.OUTCOMES):
        yield f"level.{outcome}", columns["baseline"][row]
        yield f"level_policy.{outcome}", columns["policy"][row]
        if outcome == "life_years":
            for kind in (kind for kind in KINDS if "averted" in kind):
                yield f"{kind.replace('averted', 'gained')}.life_years", -columns[kind][row]
            continue
        for kind in _kinds(outcome, frozen):
            yield f"{kind}.{outcome.removeprefix('incidence.')}", columns[kind][row]
    baseline, policy = (measures_at_end(counts, parameters, world) for world in (0, 1))
    for measure in MEANS:
        yield f"level.{measure}", baseline[measure]
        yield f"level_policy.{measure}", policy[measure]
        change = policy[measure] / baseline[measure] - 1.0 if baseline[measure] else math.nan
        yield f"relative_change.{_SHORT.get(measure, measure)}", change


def _worth(
    counts: Counts, parameters: Parameters, scenario: Scenario
) -> Iterator[tuple[str, float]]:
    """Yield health and money per 100 000 persons, as far as the scenario names costs.

    Nothing where they look to the end of lives that the run did not follow.
    """
    if horizon_of(counts) != scenario.economics.horizon:
        return
    people = people_ever(counts)
    for name, value in worth(counts, scenario, parameters).items():
        unknown = math.isnan(value)
        if not unknown and name != "cost_per_qaly":  # which has no limit where nothing is gained
            yield f"{name}_per_100k", value * 1e5 / people if people else math.nan


def ask_for_worth(outputs: Sequence[str]) -> bool:
    """Say whether health or money is among outputs: all others end with the run."""
    return any(is_worth(name.removesuffix("_per_100k")) for name in outputs)


def what_to_simulate(wanted: Sequence[str]) -> dict[str, bool]:
    """Return the options of an evaluator that gives certain outputs at the least price.

    Only the share through IL-6 needs the world in which policies do not reach it, and only health
    and money look beyond the run, and at those who have a price.
    """
    return {
        "pathways": any(output.startswith(PATHWAY) for output in wanted),
        "lifetimes": ask_for_worth(wanted),
        "only_effects": not ask_for_everybody(wanted),
    }


def without_worth(outputs: Mapping[str, float]) -> dict[str, float]:
    """Return the outputs of a run but health and money."""
    return {name: value for name, value in outputs.items() if not ask_for_worth([name])}


def ask_for_everybody(outputs: Sequence[str]) -> bool:
    """Say whether levels are among outputs, or changes relative to them: not effects alone."""
    return any(name.startswith(("level.", "level_policy.", "relative_change.")) for name in outputs)


def _kinds(outcome: str, frozen: bool) -> Iterator[str]:
    """Yield the columns that an outcome has and that differ by run."""
    for kind in KINDS:
        if outcome in EXPECTED or not kind.startswith("expected"):
            yield kind
    if frozen and outcome in SHARED:
        yield PATHWAY


def _renamed(name: str, available: Sequence[str]) -> str:
    """Say what the outcome of an output is called now, if it has another name."""
    kind, _, outcome = name.partition(".")
    known = [each.removeprefix(f"{kind}.") for each in available if each.startswith(f"{kind}.")]
    return renamed(outcome, known) or renamed_elsewhere(name)


def chosen_outputs(available: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """Return the outputs a user asked for; by default the expected effects and the change of IL-6.

    Parameters
    ----------
    available
        The outputs a run returns.
    wanted
        Names or patterns such as ``averted.*``.

    Raises
    ------
    StudyError
        With every name that no output answers to.
    """
    if not wanted:
        usual = [name for name in DEFAULT_OUTPUTS if name in available]
        # A scenario without policies has levels only.
        return usual or [name for name in available if name.startswith("level.")]
    chosen: dict[str, None] = {}
    problems = []
    for name in wanted:
        found = fnmatch.filter(available, name)
        chosen.update(dict.fromkeys(found))
        if not found:
            unknown = f"unknown output{nearest(name, available)} (--list shows them all)"
            problems.append(f"--outputs {name}: {_renamed(name, available) or unknown}")
    if problems:
        raise StudyError(problems)
    return list(chosen)
