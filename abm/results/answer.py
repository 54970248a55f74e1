"""An answer of the effects table: sums over persons, with their exact Monte Carlo covariance."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abm.evidence.distributions import NORMAL_95
from abm.limits import as_number, described, misfit, refuse
from abm.results.claims import known_errors
from abm.results.scales import SIMULATED


def _not_finite(name: str, value: object) -> str | None:
    number = as_number(value)
    fits = number is not None and math.isfinite(number)
    return misfit(name, value, fits, "a finite number")


@dataclass(frozen=True)
class Answer:
    """What a policy is expected to do, for the simulated persons.

    Attributes
    ----------
    by_person
        What each person contributes, shape (people, quantities), in the order of ``units``.
        Averted, gained and lived longer are positive. Health and money are discounted.
    fixed
        What comes on top whoever takes part, shape (quantities,): fixed costs.
    units
        The unit of each quantity, by its name.
    horizon
        How far health and money look: ``lifetime`` or ``run``.
    scales
        By what sums are multiplied for other numbers of people, by the name of the scale.
    """

    by_person: NDArray[np.float64] = field(repr=False)
    fixed: NDArray[np.float64] = field(repr=False)
    units: Mapping[str, str] = field(repr=False)
    horizon: str
    scales: Mapping[str, float]

    @property
    def people(self) -> int:
        """The persons behind it: those at the start and all who enter."""
        return len(self.by_person)

    @cached_property
    def values(self) -> pd.Series:
        """The sums, by quantity."""
        return pd.Series(self.by_person.sum(axis=0) + self.fixed, list(self.units))

    @cached_property
    def covariance(self) -> pd.DataFrame:
        """Monte Carlo covariance of the sums, quantity by quantity, in products of their units.

        People are drawn independently of one another. So it is the sum of products over persons,
        less the product of the sums over their number.
        """
        names, sums = list(self.units), self.by_person.sum(axis=0)
        products = self.by_person.T @ self.by_person - np.outer(sums, sums) / self.people
        return pd.DataFrame(products, names, names)

    @cached_property
    def standard_error(self) -> pd.Series:
        """Monte Carlo standard errors by quantity; NaN where unknown, as in effects of a run."""
        sums = self.by_person.sum(axis=0)
        errors = np.sqrt(np.maximum(np.diag(self.covariance), 0.0))
        contributing = (self.by_person != 0.0).sum(axis=0)
        return pd.Series(known_errors(errors, sums, contributing), self.values.index)

    def among(self, persons: NDArray[np.bool_]) -> Answer:
        """Return what some of the persons contribute, shape (people,); nothing is fixed of it.

        Raises
        ------
        ValueError
            If ``persons`` is not an array of truth values, one a person.
        """
        fits = isinstance(persons, np.ndarray) and persons.dtype == np.bool_
        fits = fits and persons.shape == (self.people,)
        refuse([misfit("persons", persons, fits, f"{self.people} truth values")])
        theirs = np.where(persons[:, None], self.by_person, 0.0)
        return replace(self, by_person=theirs, fixed=np.zeros_like(self.fixed))

    def combined(self, weights: Mapping[str, float]) -> tuple[float, float]:
        """Return a weighted sum of quantities, and its Monte Carlo standard error.

        Raises
        ------
        ValueError
            If there is no quantity of a name, or a weight is no finite number.
        """
        names = list(weights)
        if unknown := sorted(set(names) - set(self.units)):
            raise ValueError(
                f"weights: hold {', '.join(map(described, unknown))}; must be among "
                f"{', '.join(self.units)}"
            )
        refuse(_not_finite(f"weights: {name}", weight) for name, weight in weights.items())
        factors = np.array(list(weights.values()), float)
        variance = float(factors @ self.covariance.loc[names, names].to_numpy() @ factors)
        return float(factors @ self.values[names].to_numpy()), math.sqrt(max(variance, 0.0))

    def net_benefit(self, threshold: float) -> tuple[float, float]:
        """Return the net monetary benefit at a threshold per QALY, and its standard error.

        Raises
        ------
        ValueError
            If the threshold is no finite number.
        """
        refuse([_not_finite("threshold", threshold)])
        return self.combined({"qalys_gained": threshold, "net_cost": -1.0})

    @property
    def cost_per_qaly(self) -> float:
        """Net cost per QALY gained; NaN where none is gained."""
        gained = float(self.values["qalys_gained"])
        return float(self.values["net_cost"]) / gained if gained > 0.0 else math.nan

    def table(self, scale: str = SIMULATED) -> pd.DataFrame:
        """Return one row per quantity: outcome, scale, unit, value, standard_error, lower, upper.

        ``scale`` is one of :attr:`scales`; limits are those of the 95 % Monte Carlo interval.

        Raises
        ------
        ValueError
            If there is no such scale.
        """
        refuse([misfit("scale", scale, scale in self.scales, " or ".join(self.scales))])
        value = self.values.to_numpy() * self.scales[scale]
        error = self.standard_error.to_numpy() * self.scales[scale]
        return pd.DataFrame(
            {
                "outcome": list(self.units), "scale": scale, "unit": list(self.units.values()),
                "value": value, "standard_error": error, "lower": value - NORMAL_95 * error,
                "upper": value + NORMAL_95 * error,
            }
        )  # fmt: skip
