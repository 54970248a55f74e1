"""Published dose responses between and beyond their doses."""

import numpy as np
from scipy.interpolate import PchipInterpolator

from abm.conditions import condition
from tests.projection.inputs import Table, dose_response, figure


def log_ratio(clock: str, dose: Table) -> Table:
    """Return published log relative risks at doses.

    Straight to the first published dose, monotone cubics from there, flat above the cap.
    """
    doses, risks = dose_response(condition(clock).curve)
    logs = np.log(risks)
    held = np.minimum(dose, figure("disease.dose_cap"))
    straight = held * logs[1] / doses[1]
    return np.where(held < doses[1], straight, PchipInterpolator(doses, logs)(held))
