"""A budget shared out on one half of the people, and what that is worth on the other.

What is chosen as the best looks better than it is on the people it was chosen on. On others, drawn
with other random numbers, its value is not biased.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from abm.kernel import layout as c
from analysis.decision.candidates import (
    CARE,
    COST,
    MEASURES,
    NOBODY,
    QALYS,
    Candidate,
)
from analysis.decision.programme import Offers, best_use

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]
NET_BENEFIT = len(MEASURES)  # the last of the columns of a value
A_LITTLE_LESS = 1.0 - 1e-9  # so that rounding does not overdraw a budget


@dataclass(frozen=True)
class Worth:
    """Sums over the people of a scale: offered, started, cost, care averted, QALYs, net benefit.

    ``error`` is the Monte Carlo standard error of each.
    """

    sums: Numbers
    error: Numbers

    @property
    def net_benefit(self) -> float:
        """Net monetary benefit."""
        return float(self.sums[NET_BENEFIT])


@dataclass(frozen=True)
class Market:
    """What can be bought with a budget, and for whom.

    Attributes
    ----------
    candidates
        The policies, of the same people.
    fifth
        Quintile of deprivation of each person, shape (people,).
    scale
        By what sums over all people are multiplied.
    threshold
        What a QALY is worth [currency].
    """

    candidates: Sequence[Candidate]
    fifth: NDArray[np.int64] = field(repr=False)
    scale: float
    threshold: float

    @cached_property
    def offers(self) -> list[tuple[int, int]]:
        """The offers: place of the policy, place of its group."""
        return [(k, g) for k, each in enumerate(self.candidates) for g in range(len(each.groups))]

    @cached_property
    def charges(self) -> list[tuple[int, int]]:
        """What is paid as a whole: place of the policy, and quintile, 0 for what is fixed."""
        found = []
        for k, each in enumerate(self.candidates):
            found += [(k, 0)] if each.fixed > 0.0 else []
            cells = range(1, c.N_FIFTHS + 1)
            found += [(k, q) for q in cells if each.place_cost[self.fifth == q].any()]
        return found

    def best(self, half: Flags, budget: float) -> Numbers:
        """Return the share of each offer that makes the most of a budget for some of the people."""
        return best_use(self.market_of(half), budget)

    def market_of(self, half: Flags) -> Offers:
        """Return what can be bought, as it looks for some of the people."""
        factor = self._factor(half)
        groups = [self._by_group(each, half) * factor for each in self.candidates]
        values = np.concatenate(groups) if groups else np.zeros((0, NET_BENEFIT + 1))
        charges = [self._charge(k, q, half).sum() * factor + self._fixed(k, q)
                   for k, q in self.charges]  # fmt: skip
        most = np.array([self.candidates[k].reach for k, _ in self.offers])
        return Offers(most, values[:, COST], values[:, NET_BENEFIT], np.array(charges, float),
                      self.needs, self._together(most))  # fmt: skip

    def worth(self, shares: Numbers, people: Flags) -> Worth:
        """Return what shares of the offers are worth on some of the people, charges included."""
        by_person = sum(
            (self._part(k, shares) for k in range(len(self.candidates))),
            np.zeros((len(self.fifth), NET_BENEFIT + 1)),
        )
        fixed = 0.0
        for (k, q), is_paid in zip(self.charges, self.paid_for(shares), strict=True):
            if is_paid:
                charge = self._charge(k, q, people)
                by_person[:, COST] += charge
                by_person[:, NET_BENEFIT] -= charge
                fixed += self._fixed(k, q)
        found = self._summed(by_person, people)
        found.sums[[COST, NET_BENEFIT]] += np.array([1.0, -1.0]) * fixed
        return found

    def of_offer(self, offer: int, share: float, people: Flags) -> Worth:
        """Return what one offer is worth on some of the people, without charges."""
        shares = np.zeros(len(self.offers))
        shares[offer] = share
        return self._summed(self._part(self.offers[offer][0], shares), people)

    def of_charge(self, charge: int, people: Flags) -> Worth:
        """Return what is paid as a whole: only cost and net benefit differ from 0."""
        k, q = self.charges[charge]
        by_person = np.zeros((len(self.fifth), NET_BENEFIT + 1))
        by_person[:, COST] = self._charge(k, q, people)
        by_person[:, NET_BENEFIT] = -by_person[:, COST]
        found = self._summed(by_person, people)
        found.sums[[COST, NET_BENEFIT]] += np.array([1.0, -1.0]) * self._fixed(k, q)
        return found

    def _factor(self, people: Flags) -> float:
        """Return by what a sum over some of the people is multiplied."""
        return self.scale * len(people) / int(people.sum())

    def _summed(self, by_person: Numbers, people: Flags) -> Worth:
        """Return the sums over some of the people, and their errors."""
        theirs, factor = by_person[people], self._factor(people)
        sums = theirs.sum(axis=0)
        variance = np.maximum((theirs**2).sum(axis=0) - sums**2 / len(theirs), 0.0)
        return Worth(sums * factor, np.sqrt(variance) * factor)

    def _valued(self, values: Numbers) -> Numbers:
        """Return what people contribute with their net benefit as the last column."""
        benefit = self.threshold * values[:, QALYS] + values[:, CARE] - values[:, COST]
        return np.column_stack([values, benefit])

    def _by_group(self, each: Candidate, half: Flags) -> Numbers:
        """Return the sums of each group of a policy, were all of it offered the policy."""
        found = np.zeros((len(each.groups), NET_BENEFIT + 1))
        theirs = half & (each.of_person != NOBODY)
        np.add.at(found, each.of_person[theirs], self._valued(each.values[theirs]))
        return found

    def _part(self, policy: int, shares: Numbers) -> Numbers:
        """Return what each person contributes through one policy, shape (people, columns)."""
        each = self.candidates[policy]
        own = [share for (k, _), share in zip(self.offers, shares, strict=True) if k == policy]
        of_person = np.array([*own, 0.0])[each.of_person]  # the last is for NOBODY
        return self._valued(each.values) * of_person[:, None]

    def _charge(self, policy: int, quintile: int, people: Flags) -> Numbers:
        """Return what is paid for each of some people as a resident, shape (people,)."""
        here = people & (self.fifth == quintile)
        return np.where(here, self.candidates[policy].place_cost, 0.0)

    def _fixed(self, policy: int, quintile: int) -> float:
        return self.candidates[policy].fixed * self.scale if quintile == 0 else 0.0

    def paid_for(self, shares: Numbers) -> Flags:
        """Return which charges are paid for shares of the offers, shape (charges,)."""
        return np.array((self.needs & (shares > 0.0)).any(axis=1), np.bool_)

    @cached_property
    def needs(self) -> Flags:
        """Return which offers need which charge."""
        found = np.zeros((len(self.charges), len(self.offers)), np.bool_)
        for row, (policy, quintile) in enumerate(self.charges):
            for column, (k, g) in enumerate(self.offers):
                theirs = self.candidates[k].groups[g].deprivation
                found[row, column] = k == policy and quintile in (0, theirs)
        return found

    def _together(self, most: Numbers) -> Flags:
        """Return which offers the same people could be made, where their shares could pass 1."""
        starts = np.cumsum([0, *(len(each.groups) for each in self.candidates)])
        places = np.column_stack(
            [np.where(each.of_person == NOBODY, NOBODY, each.of_person + start)
             for each, start in zip(self.candidates, starts, strict=False)]
        ) if self.candidates else np.zeros((0, 0), np.int64)  # fmt: skip
        rows = np.unique(places, axis=0)
        flags = np.zeros((len(rows), len(most)), np.bool_)
        for column in rows.T:
            there = column != NOBODY
            flags[np.flatnonzero(there), column[there]] = True
        return np.asarray(flags[flags @ most > 1.0], np.bool_)


@dataclass(frozen=True)
class Allocation:
    """The best use of a budget: chosen on one half of the people, valued on the other.

    ``shares`` of the offers of ``market``; ``chosen_on`` is the half that chose, ``own`` what the
    choice looked like there, ``worth`` what it is worth on the others.
    """

    market: Market
    budget: float
    shares: Numbers
    chosen_on: Flags
    own: Worth
    worth: Worth

    @property
    def others(self) -> Flags:
        """The half that did not choose."""
        return ~self.chosen_on

    @property
    def chosen(self) -> list[int]:
        """The offers that are made."""
        return [int(offer) for offer in np.flatnonzero(self.shares)]

    @property
    def charged(self) -> list[int]:
        """The charges that are paid."""
        return [int(k) for k in np.flatnonzero(self.market.paid_for(self.shares))]


def allocate(market: Market, budget: float, half: Flags) -> Allocation:
    """Return the best use of a budget by one half of the people, with its value on the other.

    Groups are not of one size in both. Where the other half's cost more, all shares are lowered
    alike, so that the budget holds there too.
    """
    shares = _within(market, market.best(half, budget), budget, ~half)
    own, worth = (market.worth(shares, people) for people in (half, ~half))
    return Allocation(market, budget, shares, half, own, worth)


def _within(market: Market, shares: Numbers, budget: float, people: Flags) -> Numbers:
    """Return shares, lowered alike as far as a budget for some of the people asks for."""
    cost = float(market.worth(shares, people).sums[COST])
    if cost <= budget:
        return shares
    paid = np.flatnonzero(market.paid_for(shares))
    charges = sum(float(market.of_charge(int(k), people).sums[COST]) for k in paid)
    factor = (budget - charges) / (cost - charges) * A_LITTLE_LESS if cost > charges else 0.0
    return shares * max(factor, 0.0)
