"""Log hazard ratios of classes of people, by clock; shape (sexes, ages, classes) unless said."""

import numpy as np

from tests.projection.bands import external_share
from tests.projection.curves import log_ratio
from tests.projection.dilution import dilution
from tests.projection.diseases import ALL_ELSE, BY_CAUSE, causal_share_of, lag_of
from tests.projection.inputs import Table, by_sex, figure, remembered
from tests.projection.people import body_mass_index, kinds


def _path(clock: str, name: str) -> str:
    return f"{'mortality' if clock in BY_CAUSE else 'disease'}.{name}.{clock}"


def by_dose(clock: str, lagged: Table) -> Table:
    """Return the log relative risk at a steady dose: the causal part, less what reports lose."""
    return figure(causal_share_of(clock)) * dilution(clock) * log_ratio(clock, lagged)


@remembered
def by_body(clock: str) -> Table:
    """Return the log hazard ratio of BMI."""
    slope = np.log(by_sex(_path(clock, "bmi_hazard_ratio_per_5"))) / 5.0
    floor = figure("mortality.bmi_threshold") if clock in BY_CAUSE else 0.0
    return slope[..., None] * (np.maximum(body_mass_index(), floor) - 25.0)


@remembered
def of_smokers(clock: str) -> Table:
    """Return the log hazard ratio of smokers, shape (sexes, ages, 1)."""
    return np.log(by_sex(_path(clock, "smoking_hazard_ratio")))[..., None]


def by_place(clock: str) -> Table:
    """Return the log hazard ratio of the quintiles, shape (classes,)."""
    ratio = figure(_path(clock, "deprivation_hazard_ratio"))
    return np.log(ratio) * (3.0 - kinds().quintile) / 4.0


def by_il6(clock: str, own: Table) -> Table:
    """Return the log hazard ratio of what sets people's IL-6 apart."""
    return figure(_path(clock, "il6_between_person_slope")) * own


def by_training(clock: str, now: Table, lagged: Table, more: Table) -> Table:
    """Return what training moves through IL-6 beyond what the lagged dose stands for.

    Training answers a new dose within months, the published effect of a dose takes years.
    ``more`` says whether somebody's training answers twice as strongly (obesity, diabetes), where
    the mean of a trial's people, of whom a share are such, is the published answer.
    """
    depth, scale = (figure(f"il6.training.{name}") for name in ("amplitude", "dose_scale"))
    twice = figure("il6.training.diabetes_or_obesity_multiplier")
    such = figure("il6.training.trial_share_with_diabetes_or_obesity")
    factor = np.where(more, twice, 1.0) / (such * twice + 1.0 - such)
    fall = depth * (np.exp(-now / scale) - np.exp(-lagged / scale))
    slope = figure(_path(clock, "il6_causal_slope")) * figure("il6.training.signalling_share")
    return slope * factor * fall


def in_part(clock: str, log_ratio: Table) -> Table:
    """Return a log ratio of activity and IL-6 as far as a clock's causes follow them.

    External causes are a part of all other causes that does not.
    """
    if clock != ALL_ELSE:
        return log_ratio
    still = external_share()[..., None]
    return np.log(still + (1.0 - still) * np.exp(log_ratio))


def lag(clock: str) -> float:
    """Return the time constant with which a clock follows activity [years]."""
    return float(figure(lag_of(clock)))
