"""Item 33: a cohort's cost per QALY must not depend on how long the run is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from abm import simulate
from abm.evidence.parameters import central_parameters
from abm.results.worth import worth
from analysis.validation.cohorts import cohort
from analysis.validation.estimates import Found, Size, each_seed, pooled

LENGTHS = (20, 85)  # years; after the longer one everybody has died
Worth = tuple[float, float]  # net cost, QALYs gained


def cost_per_qaly(size: Size) -> Found:
    """Run one cohort for 20 years, and until all have died: what does a QALY cost?

    Adults of 40 to 69 are offered step counters and led walks for five years. Whole lives count
    either way, so both must be equal.
    """
    scenario = cohort("walks_for_five_years")
    parameters = central_parameters(scenario.parameters)

    def one(seed: int) -> list[Worth]:
        found = []
        for years in LENGTHS:
            result = simulate(
                replace(scenario, years=years), persons=size.persons, seed=seed, pathways=False
            )
            (counts,) = result.counts.values()
            money = worth(counts, scenario, parameters)
            found.append((money["net_cost"], money["qalys_gained"]))
        return found

    def ratio(seeds: Sequence[list[Worth]]) -> float:
        short, whole = (
            sum(each[k][0] for each in seeds) / sum(each[k][1] for each in seeds) for k in (0, 1)
        )
        return short / whole

    return {"33.cost_per_qaly": pooled(each_seed(size, one), ratio, size.persons)}
