"""How biomarkers follow training, and the part of a hazard that they carry by it.

Every biomarker follows the training part of ln IL-6 linearly in its logarithm. A hazard that
follows a biomarker therefore follows the training part of ln IL-6 too, and the two slopes multiply.
"""

import numpy as np

from abm.biomarkers import BIOMARKERS, Biomarker
from abm.evidence.parameters import Parameters
from abm.rules import il6


def training_slope(marker: Biomarker, parameters: Parameters) -> float:
    """Return the rise of a biomarker's logarithm per unit of the training part of ln IL-6.

    A biomarker whose change at the guideline dose is known follows IL-6, and stays where it is if
    IL-6 does not answer to training at all.
    """
    if marker.training_slope:
        return float(parameters[marker.training_slope])
    at_guideline = il6.training_set_point(
        parameters["activity.guideline_dose"],
        1.0,
        parameters["il6.training.amplitude"],
        parameters["il6.training.dose_scale"],
    )
    if at_guideline == 0.0:
        return 0.0
    return float(np.log1p(parameters[marker.training_change]) / at_guideline)


def additional_il6_slopes(parameters: Parameters) -> dict[str, float]:
    """Return by condition what biomarkers add to its causal slope on ln IL-6 signalling.

    They follow what training does to the level, of which signalling takes a share.

    Conditions that no biomarker acts on are left out. The direct term of activity shrinks by as
    much (:func:`abm.rules.disease.activity_and_il6`), so at a steady dose the published dose
    response stays.
    """
    found: dict[str, float] = {}
    for marker in BIOMARKERS:
        for condition, path in marker.hazard_slopes.items():
            through_it = parameters[path] * training_slope(marker, parameters)
            through_it /= parameters["il6.training.signalling_share"]
            found[condition] = found.get(condition, 0.0) + through_it
    return found
