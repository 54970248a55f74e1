"""How precise a run's effects are, and how many seeds they still need.

Effects are those expected from the hazards that the twins met where there are such, else those
counted; their Monte Carlo error comes from the spread between persons, who are independent.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import pandas as pd

from abm.evidence.distributions import NORMAL_95
from abm.evidence.renamed import renamed, renamed_elsewhere
from abm.kernel.layout import OUTCOMES
from abm.results.effects import EXPECTED, effect_columns, expected_il6_change
from abm.results.scales import with_scale
from abm.scenario.drawn import CENTRAL
from analysis.certainty.level_changes import IL6
from analysis.certainty.uncertainty import seeds_to_add, share_from_text, uncertainty_table
from analysis.outcomes import headline_outcomes, label
from analysis.words import several

if TYPE_CHECKING:
    from abm.kernel.blocks import Counts


@dataclass(frozen=True)
class Goal:
    """A precision to reach: half the 95 % Monte Carlo interval as a share of the effect.

    ``outcome`` None stands for every disease and for deaths.
    """

    share: float
    outcome: str | None = None

    def __str__(self) -> str:
        """Write the goal as it is given on the command line."""
        name = "" if self.outcome is None else f"{self.outcome.removeprefix('incidence.')}="
        return f"{name}{100 * self.share:g}%"


def read_goal(text: str) -> Goal:
    """Read ``5%`` (all headline outcomes) or ``stroke=5%`` (one).

    Raises
    ------
    ValueError
        If the share is none, or there is no such outcome.

    Examples
    --------
    >>> read_goal("deaths=2%")
    Goal(share=0.02, outcome='deaths')
    """
    name, equals, share = text.rpartition("=")
    if not equals and (told := renamed_elsewhere(text.strip())):
        raise ValueError(told)
    known = {each.removeprefix("incidence."): each for each in headline_outcomes()}
    if equals and name.strip() not in known:
        if told := renamed(name.strip(), known) or renamed_elsewhere(name.strip()):
            raise ValueError(f"{name!r}: {told}")
        near = get_close_matches(name.strip(), known, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"unknown outcome {name!r}; must be one of {', '.join(known)}{hint}")
    return Goal(share_from_text(share), known[name.strip()] if equals else None)


def half_widths(runs: Sequence[Counts]) -> dict[str, float]:
    """Return half the Monte Carlo interval of each headline outcome as a share of its effect.

    0 where the two worlds differ for no person, infinite where the effect is 0 but its error is
    not, or where the error is unknown.
    """
    return {
        outcome: _half_width(effect, error)
        for outcome, effect, error in _best(runs)
        if outcome in headline_outcomes()
    }


def _half_width(effect: float, error: float) -> float:
    if math.isnan(error):
        return math.inf
    return NORMAL_95 * error / abs(effect) if effect else (math.inf if error else 0.0)


def _best(runs: Sequence[Counts]) -> Iterator[tuple[str, float, float]]:
    """Yield outcome, effect and standard error: expected where known, else counted."""
    columns = effect_columns(runs, False)
    for row, outcome in enumerate(OUTCOMES):
        kind = "expected_" if outcome in EXPECTED else ""
        values = (columns[f"{kind}averted"][row], columns[f"{kind}standard_error"][row])
        yield outcome, float(values[0]), float(values[1])


def seeds_for(
    goals: Sequence[Goal], most_seeds: int, tell: Callable[[str, int], Any]
) -> Callable[[Sequence[Counts]], int]:
    """Return the rule that says how many seeds to add after some.

    Parameters
    ----------
    goals
        What to reach.
    most_seeds
        Where to stop whatever the precision.
    tell
        Called with a sentence about the precision so far and the number of seeds to be added.
    """

    def more(runs: Sequence[Counts]) -> int:
        found = half_widths(runs)
        added = [
            seeds_to_add(len(runs), [found[name] for name in names], goal.share, most_seeds)
            for goal in goals
            for names in [[goal.outcome] if goal.outcome else headline_outcomes()]
        ]
        if missed := unmet(goals, found):
            more_seeds = several(max(added), "seed").replace(" ", " more ")
            next_step = more_seeds if max(added) else "no more seeds (--most-seeds)"
            others = f" and {len(missed) - 1} more" if len(missed) > 1 else ""
            tell(f"after {several(len(runs), 'seed')} {missed[0]}{others}; {next_step}", max(added))
        return max(added)

    return more


def unmet(goals: Sequence[Goal], found: Mapping[str, float]) -> list[str]:
    """Return a phrase for every outcome whose interval is wider than its goal, widest first."""
    wide = [
        (found[outcome] / goal.share, outcome, goal.share)
        for goal in goals
        for outcome in ([goal.outcome] if goal.outcome else headline_outcomes())
        if found[outcome] > goal.share
    ]
    return [
        f"{label(outcome)} is {_known(ratio * share)}, asked {_percent(share)}"
        for ratio, outcome, share in sorted(wide, reverse=True)
    ]


def _known(share: float) -> str:
    """Return how far an effect is known, if there is one to compare its error with."""
    return f"known to {_percent(share)}" if math.isfinite(share) else "not known at all"


def _percent(share: float) -> str:
    return f"+-{100 * share:.0f} %" if share > 0.1 else f"+-{100 * share:.2g} %"


def uncertainty(result: Any, relative: float = 0.05) -> pd.DataFrame | None:
    """Return Monte Carlo error and parameter uncertainty of every effect; None without policies.

    Parameters
    ----------
    result
        As of :func:`abm.simulate`.
    relative
        Precision for which seeds and persons are named.

    Returns
    -------
        Columns as of :func:`analysis.certainty.uncertainty.uncertainty_table`, with ``scale``. Rows
        are the outcomes of the effects (in their unit and with their sign: life years gained are
        negative), and ``il6.geometric_mean`` with its expected relative change: of draws over the
        central values' baseline of the same people, blank where not everybody was simulated.
    """
    if "averted" not in result.effects:
        return None
    rows = [
        {"draw": draw, "seed": seed, "outcome": outcome, "effect": effect}
        for (seed, draw), counts in result.counts.items()
        for outcome, effect, _ in _best([counts])
    ]
    for (seed, draw), counts in result.counts.items():
        change = expected_il6_change(counts, result.counts[seed, CENTRAL])
        if not math.isnan(change):
            rows.append({"draw": draw, "seed": seed, "outcome": IL6, "effect": change})
    table = pd.DataFrame(rows)
    central = [counts for (_, draw), counts in result.counts.items() if draw == CENTRAL]
    errors = {outcome: error for outcome, _, error in _best(central)}
    found = uncertainty_table(
        table, errors=errors, relative=relative, persons=result.scenario.persons
    )
    return with_scale(found)
