"""Who has lived to each age: weights of classes, and who smokes among them."""

from dataclasses import dataclass

import numpy as np

from tests.projection import risks
from tests.projection.diseases import ALL_ELSE, BY_CAUSE
from tests.projection.inputs import Table
from tests.projection.people import dose, kinds, published_smoking


@dataclass(frozen=True)
class Living:
    """Who has lived to each age, and with which share of smokers by standing at 20.

    ``weight`` (sexes, ages, classes) sums to 1; ``threshold`` (sexes, ages, 5).
    """

    weight: Table
    threshold: Table

    @property
    def smoker(self) -> Table:
        """Return 1 for classes that smoke at an age."""
        own = self.threshold[..., kinds().quintile.astype(int) - 1]
        return (kinds().smoking_score < own).astype(float)


def mean(weight: Table, values: Table) -> Table:
    """Return weighted means over classes."""
    return (weight * values).sum(axis=-1)


def of_fifths(values: Table) -> Table:
    """Return sums over the classes of each quintile of deprivation, shape (..., 5)."""
    return values @ np.eye(5)[kinds().quintile.astype(int) - 1]


def steady(clock: str, smoker: Table, own_il6: Table) -> Table:
    """Return the log hazard ratio at a lifelong habit, diabetes and the place in death left out."""
    place = 0.0 if clock == ALL_ELSE else risks.by_place(clock)
    return (
        risks.by_body(clock) + risks.of_smokers(clock) * smoker + place
        + risks.by_il6(clock, own_il6) + risks.in_part(clock, risks.by_dose(clock, dose(0)))
    )  # fmt: skip


def of_place(gradient: Table) -> Table:
    """Return the log hazard ratio of all other causes by class, most over least deprived."""
    return gradient[:, None] * (3.0 - kinds().quintile) / 4.0


def survivors(place: Table, to_date: dict[str, Table]) -> Living:
    """Return who has lived to each age.

    Given what the reference person has met of each cause since 20. People start in equal
    quintiles. Smoking has the share by standing at 20 that leaves the published share among the
    living.
    """
    lived = []
    for smoking in (0.0, 1.0):
        met = 0.0
        for cause in BY_CAUSE:
            frailty = np.exp(steady(cause, smoking, kinds().lasting_il6))
            frailty = frailty * (np.exp(place)[:, None, :] if cause == ALL_ELSE else 1.0)
            met = met + frailty * to_date[cause][..., None]
        lived.append(np.exp(-met))
    threshold = np.empty_like(published_smoking())
    for d in range(5):
        own = kinds().quintile == d + 1
        others, smokers = (each[..., own].mean(axis=-1) for each in lived)
        wanted = published_smoking()[..., d]
        odds = wanted / smokers / ((1.0 - wanted) / others)
        threshold[..., d] = odds / (1.0 + odds)
    found = Living(lived[0], threshold)
    weight = np.where(found.smoker > 0.5, lived[1], lived[0])
    return Living(weight / weight.sum(axis=-1, keepdims=True), threshold)
