"""Survey microdata: real respondents instead of synthetic people."""

import numpy as np
from numpy.typing import NDArray

Sample = tuple[NDArray[np.float32], NDArray[np.float32]]
COLUMNS = ("age", "sex", "deprivation", "bmi", "smoker", "met_hours")


def no_sample() -> Sample:
    """Return an empty sample: everybody is drawn from the population model."""
    return np.zeros((0, len(COLUMNS)), np.float32), np.zeros(0, np.float32)
