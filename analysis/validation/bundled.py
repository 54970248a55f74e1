"""Items 34 and 35: the bundled programmes, their share through IL-6 and what a QALY costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from abm import load_scenario, simulate
from abm.evidence.parameters import central_parameters
from abm.evidence.place import bundled_place
from abm.kernel import layout as c
from abm.results.effects import differences
from abm.results.worth import worth
from analysis.validation.estimates import Estimate, Found, Size, each_seed, pooled, scaled
from analysis.validation.shares_by_dose import JUDGED, against_closed_form

EXERCISE = (
    "active_travel", "brief_advice", "everyone_meets_guideline", "exercise_referral",
    "free_leisure_centres", "mass_media", "strength_for_over_65s", "walking_groups",
    "workplace_programme",
)  # fmt: skip
DRUG = "anti_inflammatory_drug"
HEART = JUDGED[0]
# Cost per DALY in one model (Cobiac 2009), Australian dollars; dominant is 0. Programmes of the
# same kind: pedometers, mass media, prescription by a general practitioner, TravelSmart, referral
# to an exercise physiologist.
COBIAC = {
    "walking_groups": 0.0, "mass_media": 0.0, "brief_advice": 12_000.0,
    "active_travel": 20_000.0, "exercise_referral": 79_000.0,
}  # fmt: skip


@dataclass(frozen=True)
class BundledRun:
    """One seed of a bundled scenario.

    ``full`` and ``frozen``: what heart disease falls by, from hazards, and what of it is left with
    IL-6 held; ``net_cost`` and ``qalys`` over whole lives.
    """

    full: float
    frozen: float
    net_cost: float
    qalys: float


@cache
def bundled(name: str, size: Size) -> list[BundledRun]:
    """Run a bundled scenario as it is with every seed."""
    scenario = load_scenario(name)
    parameters = central_parameters(scenario.parameters, scenario.place)
    row = c.OUTCOMES.index(f"incidence.{HEART}")

    def one(seed: int) -> BundledRun:
        result = simulate(scenario, persons=size.persons, seed=seed)
        (counts,) = result.counts.values()
        full, frozen = (differences(counts, world)[row, c.E_UNDISTURBED] for world in (1, 2))
        money = worth(counts, scenario, parameters)
        return BundledRun(full, frozen, money["net_cost"], money["qalys_gained"])

    return each_seed(size, one)


# Item 34


def shares(size: Size) -> Found:
    """Run every bundled programme: which share of its effect on heart disease is through IL-6?

    As bundled, and without lags where everybody who may take part does so from the first day and
    stays: then the share has a closed form with the doses before and after of those who take part.
    """
    found = {f"34.bundled.{name}": share_of(name, size) for name in EXERCISE}
    for name in EXERCISE:
        found[f"34.closed.{name}"], found[f"34.gap.{name}"] = against_closed_form(name, size)
    return found | {"34.drug": share_of(DRUG, size)}


def share_of(name: str, size: Size) -> Estimate:
    """Return the share through IL-6 of the fall in heart disease, all seeds together [%]."""

    def share(runs: Sequence[BundledRun]) -> float:
        return 1.0 - sum(run.frozen for run in runs) / sum(run.full for run in runs)

    return scaled(pooled(bundled(name, size), share, size.persons), 100.0)


# Item 35


def ranks(size: Size) -> Found:
    """Run five programmes that one published model valued too: do both put them in one order?

    By cost per QALY over whole lives, ties sharing a rank and whatever saves money first. Beside
    it exercise referral over brief advice, which one British group valued.
    """
    runs = {name: bundled(name, size) for name in COBIAC}
    seeds = [dict(zip(runs, each, strict=True)) for each in zip(*runs.values(), strict=True)]
    return {
        "35.rank": replace(
            pooled(seeds, rank_correlation, size.persons), remark=costs_in_words(seeds)
        ),
        "35.referral_over_advice": pooled(seeds, referral_over_advice, size.persons),
    }


def rank_correlation(seeds: Sequence[dict[str, BundledRun]]) -> float:
    """Return Spearman's correlation of cost per QALY with the published cost per DALY."""
    ours = np.maximum(costs_per_qaly(seeds), 0.0)
    return float(stats.spearmanr(ours, list(COBIAC.values())).statistic)


def referral_over_advice(seeds: Sequence[dict[str, BundledRun]]) -> float:
    """Return the cost per QALY of exercise referral over that of brief advice."""
    ours = dict(zip(COBIAC, costs_per_qaly(seeds).tolist(), strict=True))
    return float(ours["exercise_referral"] / ours["brief_advice"])


def costs_in_words(seeds: Sequence[dict[str, BundledRun]]) -> str:
    """Say what a QALY costs in each programme."""
    pairs = zip(COBIAC, costs_per_qaly(seeds).tolist(), strict=True)
    money = bundled_place().currency
    return ", ".join(f"{name} {cost:.0f}" for name, cost in pairs) + f" {money} per QALY"


def costs_per_qaly(seeds: Sequence[dict[str, BundledRun]]) -> NDArray[np.float64]:
    """Return cost per QALY of the programmes, all seeds together, in the order of the table.

    Infinite where none is gained.
    """
    cost, gained = (
        np.array([sum(getattr(each[name], what) for each in seeds) for name in COBIAC])
        for what in ("net_cost", "qalys")
    )
    return np.where(gained > 0.0, cost / np.where(gained > 0.0, gained, 1.0), np.inf)
