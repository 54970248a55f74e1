"""Hazards of a year by class, as habits drift and risk follows them late."""

from dataclasses import dataclass

import numpy as np

from tests.projection import risks
from tests.projection.diseases import ALL_ELSE, CLOCKS, DIABETES
from tests.projection.illness import expected_diabetes, of_diabetes
from tests.projection.inputs import Table, figure
from tests.projection.people import body_mass_index, dose, kinds
from tests.projection.start import Start


@dataclass(frozen=True)
class Lagged:
    """What people carry from year to year: lagged doses by clock, hazard of diabetes met."""

    dose: dict[str, Table]
    met: Table


def older(table: Table) -> Table:
    """Return a table (..., ages, classes) one year of age later; nobody yet at the first."""
    moved = np.zeros_like(table)
    moved[..., 1:, :] = table[..., :-1, :]
    moved[..., -1, :] += table[..., -1, :]
    return moved


def first_lags(found: Start) -> Lagged:
    """Return what a steady habit has led to."""
    by_clock = {clock: dose(0) for clock in CLOCKS}
    return Lagged(by_clock, _steadily_met(found, 0))


def _steadily_met(found: Start, year: int) -> Table:
    lasting = np.exp(risks.by_dose(DIABETES, dose(year)))
    return found.diabetes_met[..., None] * lasting


def lags_a_year_older(found: Start, lags: Lagged, before: Table, year: int) -> Lagged:
    """Return the lagged doses and the hazard of diabetes met by the January of a year.

    ``before``: the doses of the year that has just ended.
    """
    young = dose(year)[:, :1]
    doses = {}
    for clock, lagged in lags.dose.items():
        keep = np.exp(-1.0 / risks.lag(clock))
        doses[clock] = older(before + (lagged - before) * keep)
        doses[clock][:, :1] = young
    inactive = found.diabetes_met[..., None]
    more = np.diff(inactive, axis=1, prepend=0.0)
    met_before = older(lags.met)
    relative = np.exp(risks.by_dose(DIABETES, doses[DIABETES]))
    shrunk = met_before * inactive / np.maximum(inactive - more, 1e-12)
    met = np.where(more >= 0.0, met_before + more * relative, shrunk)
    met[:, :1] = _steadily_met(found, year)[:, :1]
    return Lagged(doses, met)


def hazards_of_year(found: Start, lags: Lagged, now: Table, year: int) -> dict[str, Table]:
    """Return the hazards of onset and of causes of death [per year], without and with diabetes.

    Over the year the lagged dose is on average between where it was and ``now``, the year's doses.
    """
    smoker = found.living.smoker
    own_il6 = kinds().lasting_il6 + kinds().drifting_il6[year]
    obese = body_mass_index() >= figure("il6.obesity_bmi")
    more = np.array([obese, np.ones_like(obese)])
    expected = expected_diabetes(lags.met)
    by_clock = {}
    for clock in CLOCKS:
        lag = risks.lag(clock)
        left = lag * (1.0 - np.exp(-1.0 / lag))
        lagged = now + (lags.dose[clock] - now) * left
        place = found.place[:, None, :] if clock == ALL_ELSE else risks.by_place(clock)
        carried = (
            risks.by_body(clock) + risks.of_smokers(clock) * smoker + place
            + risks.by_il6(clock, own_il6)
        )  # fmt: skip
        trained = risks.by_training(clock, now, lagged, more)
        follows = risks.in_part(clock, risks.by_dose(clock, lagged) + trained)
        by_clock[clock] = (
            found.reference[clock][..., None] * np.exp(carried + follows)
            * of_diabetes(clock, expected)
        )  # fmt: skip
    return by_clock
