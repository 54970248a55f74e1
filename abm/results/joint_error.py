"""QALYs and money together, with the Monte Carlo error of a ratio or a difference of both.

QALYs and savings of care of one person vary together, which the tallies hold. Policies are paid for
those who take part: these come as Poisson counts, each at the mean cost of one, and gain what they
gain. Where delivery has no end, how long it lasts varies as an exponential time does. Fixed costs
and those of a place do not vary.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from abm.evidence.entries import has_costs as gives_costs
from abm.evidence.parameters import Parameters
from abm.kernel import layout as c
from abm.kernel.blocks import Counts
from abm.results.claims import FEWEST_CONTRIBUTING
from abm.results.effects import limits_of_ratio, people_ever
from abm.results.spending import cost_parts
from abm.results.worth import LIFETIME, RUN, has_prices, horizon_of, policy_cost
from abm.scenario.parts import Scenario

Numbers = NDArray[np.float64]
Q, A, P = range(3)  # QALYs gained, care averted, what the policies cost


class Horizon(NamedTuple):
    """How far values look: its name, and the years from the start; None for life."""

    name: str
    years: int | None


class Together(NamedTuple):
    """QALYs gained, care averted and intervention cost with their covariance.

    ``means`` (3,), NaN where costs are not known, ``covariance`` (3, 3) of the Monte Carlo error, 0
    there, ``contributing`` the persons whose QALYs differ.
    """

    means: Numbers
    covariance: Numbers
    contributing: int

    @property
    def net_cost(self) -> float:
        """Return intervention cost less savings of care."""
        return float(self.means[P] - self.means[A])

    @property
    def known(self) -> bool:
        """Return whether enough persons contribute to say how large the error is."""
        return self.contributing >= FEWEST_CONTRIBUTING and self.covariance[Q, Q] > 0.0

    def error_of(self, weights: Sequence[float]) -> float:
        """Return the standard error of a weighted sum; NaN where it is unknown."""
        lever = np.array(weights)
        if not self.known or np.isnan(self.means[lever != 0.0]).any():
            return math.nan
        return float(np.sqrt(np.maximum(lever @ self.covariance @ lever, 0.0)))

    def error_of_net_benefit(self, threshold: float) -> float:
        """Return the standard error of the net benefit at a threshold."""
        return self.error_of((threshold, 1.0, -1.0))

    def ratio(self) -> tuple[float, float, float]:
        """Return the cost per QALY with its 95 % limits (Fieller); NaN where there is none.

        Limits are infinite where QALYs may be none.
        """
        gained, net = float(self.means[Q]), self.net_cost
        if not gained > 0.0 or math.isnan(net):
            return math.nan, math.nan, math.nan
        if not self.known:
            return net / gained, math.nan, math.nan
        cost = np.array([0.0, -1.0, 1.0]) @ self.covariance
        squares = float(self.covariance[Q, Q]), float(cost[Q]), float(cost[P] - cost[A])
        return net / gained, *limits_of_ratio(net, gained, squares)


def horizons_of(counts: Counts) -> list[Horizon]:
    """Return how far the tallies of a run look, the nearest first, the run and life at the end."""
    years = counts.told.shape[2]
    found = [Horizon(f"{c.HORIZONS[k]} years", c.HORIZONS[k]) for k in range(len(counts.worth) - 1)]
    found.append(Horizon(RUN, years))
    return [*found, Horizon(LIFETIME, None)] if horizon_of(counts) == LIFETIME else found


def together(
    runs: Sequence[Counts], scenario: Scenario, parameters: Parameters, horizon: Horizon
) -> Together:
    """Return QALYs and money as far as a horizon, means over runs that differ in their seed."""
    found = [_of_run(counts, scenario, parameters, horizon) for counts in runs]
    return Together(
        np.mean([each.means for each in found], axis=0),
        np.sum([each.covariance for each in found], axis=0) / len(found) ** 2,
        sum(each.contributing for each in found),
    )


def means_of(
    counts: Counts, scenario: Scenario, parameters: Parameters, horizon: Horizon
) -> tuple[float, float]:
    """Return QALYs gained and net cost of one run as far as a horizon."""
    gained, averted, cost = _means(counts, scenario, parameters, horizon)
    return gained, cost - averted


def _means(
    counts: Counts, scenario: Scenario, parameters: Parameters, horizon: Horizon
) -> tuple[float, float, float]:
    """Return QALYs gained, care averted and intervention cost of one run."""
    sums = _valued(counts, horizon)
    cost = math.nan
    if has_prices(scenario):
        far = RUN if horizon.name == RUN else horizon_of(counts)
        cost = policy_cost(counts, scenario, parameters, far, horizon.years)
    averted = float(sums[1, c.V_EXPECTED]) if gives_costs(scenario.place) else math.nan
    return -float(sums[0, c.V_EXPECTED]), averted, cost


def _of_run(
    counts: Counts, scenario: Scenario, parameters: Parameters, horizon: Horizon
) -> Together:
    """Return QALYs and money of one run."""
    people = max(people_ever(counts), 1)
    sums = _valued(counts, horizon)
    gained, averted, cost = _means(counts, scenario, parameters, horizon)
    means = np.array([gained, averted, cost])
    number = float(counts.participants[: c.N_STRATA].sum())
    each, others = _paid(counts, scenario, cost, number)
    by_person = np.nan_to_num([gained, averted, each * number])
    covariance = np.empty((3, 3))
    covariance[Q, Q] = sums[0, c.V_EXPECTED_SQUARE]
    covariance[A, A] = sums[1, c.V_EXPECTED_SQUARE]
    covariance[Q, A] = covariance[A, Q] = -sums[1, c.V_WITH_QALYS]
    covariance[P, P] = each**2 * number
    covariance[P, :P] = covariance[:P, P] = each * by_person[:P]
    covariance -= np.outer(by_person, by_person) / people
    covariance[P, P] += others
    return Together(means, np.nan_to_num(covariance), int(sums[0, c.V_CONTRIBUTING]))


def _valued(counts: Counts, horizon: Horizon) -> Numbers:
    """Return the sums of QALYs and care as far as a horizon, in their units, shape (2, fields)."""
    if horizon.name == LIFETIME:
        table = counts.lifetime[0, [c.QALYS - c.HEALTHY, c.COSTS - c.HEALTHY]]
    else:
        place = 0 if horizon.name == RUN else 1 + c.HORIZONS.index(horizon.years)
        table = counts.worth[place]
    points = np.empty(c.VALUED_FIELDS.size)
    points[[c.V_EXPECTED, c.V_CONTRIBUTING]] = c.FIXED_POINT, 1.0
    points[[c.V_EXPECTED_SQUARE, c.V_WITH_QALYS]] = c.SQUARE_POINT
    found: Numbers = table / points
    found[1, [c.V_EXPECTED, c.V_WITH_QALYS]] *= c.COST_UNIT
    found[1, c.V_EXPECTED_SQUARE] *= c.COST_UNIT**2
    return found


def _paid(
    counts: Counts, scenario: Scenario, cost: float, number: float
) -> tuple[float, float]:
    """Return what one participant costs on average, and the variance that comes on top.

    Of those asked who do not start, and of how long each is served. What is fixed, or of the place,
    is left out.
    """
    parts = cost_parts(counts, scenario)
    share = (parts.starting + parts.asked_starters) / parts.whole if parts.whole > 0.0 else 0.0
    each = cost * share / number if number > 0.0 else 0.0
    discounted = cost / parts.whole if parts.whole > 0.0 else 0.0
    return each, parts.variance_of_refusing + parts.variance_of_service * discounted**2
