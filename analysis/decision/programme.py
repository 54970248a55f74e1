"""The best use of a budget: a linear programme, a mixed-integer one where something is fixed."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, hstack, vstack

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]
SMALLEST_SHARE = 1e-9  # what the solver leaves of a share that is 0


@dataclass(frozen=True)
class Offers:
    """What can be bought: offers of a policy to a group, and what has to be paid for any of them.

    Attributes
    ----------
    most
        The largest share of each group that can be offered its policy, shape (offers,).
    cost, benefit
        Of each offer made to its whole group, shape (offers,) [currency]: intervention cost, and
        net benefit, of which that cost is taken away already.
    charges
        What is paid as a whole once any offer that needs it is made, shape (charges,) [currency].
    needs
        Which offers need which charge, shape (charges, offers).
    together
        Which offers the same people could be made, shape (rows, offers): the shares of each row
        add up to at most 1.
    """

    most: Numbers
    cost: Numbers
    benefit: Numbers
    charges: Numbers
    needs: Flags
    together: Flags


def best_use(offers: Offers, budget: float) -> Numbers:
    """Return the share of each group that is made its offer, shape (offers,).

    The net benefit of all offers, less the charges, is as high as it can be while cost and
    charges together stay within the budget. Nothing is offered that only loses.

    Parameters
    ----------
    offers
        What can be bought.
    budget
        [currency]; ``math.inf`` limits nothing.

    Raises
    ------
    RuntimeError
        If the solver gives up.
    """
    number, charges = len(offers.most), len(offers.charges)
    if number == 0:
        return np.zeros(0)
    unit = max(float(np.abs(offers.benefit).max()), 1.0)
    found = milp(
        np.concatenate([-offers.benefit, offers.charges]) / unit,
        integrality=np.concatenate([np.zeros(number), np.ones(charges)]),
        bounds=Bounds(0.0, np.concatenate([offers.most, np.ones(charges)])),
        constraints=_limits(offers, budget),
        options={"mip_rel_gap": 1e-6},
    )
    if found.x is None:
        raise RuntimeError(f"no best use of the budget was found: {found.message}")
    shares = np.clip(found.x[:number], 0.0, offers.most)
    return np.asarray(np.where(shares > SMALLEST_SHARE, shares, 0.0), float)


def _limits(offers: Offers, budget: float) -> list[LinearConstraint]:
    """Return the budget, one offer a person, and no offer without its charges."""
    charges = len(offers.charges)
    limits = []
    if math.isfinite(budget):
        prices = np.concatenate([offers.cost, offers.charges])
        unit = max(float(np.abs(prices).max()), 1.0)
        limits.append(LinearConstraint(prices[None, :] / unit, -math.inf, budget / unit))
    rows = csr_array(offers.together.astype(float))
    if rows.shape[0]:
        none = csr_array((rows.shape[0], charges))
        limits.append(LinearConstraint(hstack([rows, none]).tocsr(), -math.inf, 1.0))
    if offers.needs.any():
        limits.append(LinearConstraint(_only_with_charges(offers), -math.inf, 0.0))
    return limits


def _only_with_charges(offers: Offers) -> csr_array:
    """Return rows of: share of an offer less its largest share times whether its charge is paid."""
    charge, offer = np.nonzero(offers.needs)
    row, number = np.arange(len(offer)), len(offers.most)
    shares = csr_array((np.ones(len(row)), (row, offer)), (len(row), number))
    paid_for = csr_array((-offers.most[offer], (row, charge)), (len(row), len(offers.charges)))
    return csr_array(vstack([hstack([shares, paid_for])]))
