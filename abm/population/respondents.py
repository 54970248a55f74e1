"""Which respondent of a survey a simulated person is."""

import numpy as np
from numpy.typing import NDArray

from abm.kernel import draws
from abm.kernel.blocks import seed_words
from abm.population.survey import Survey


def rows_taken(known: Survey, slots: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """Return the row of a survey that each person of the start was made from, shape (persons,).

    The kernel takes respondents by weight with the same draw (``take_respondents`` of
    :mod:`abm.kernel.newcomers`). ``slots`` are the persons' numbers, of one run with this seed.
    """
    words = seed_words(seed)
    uniform = np.array(
        [
            draws.uniform(draws.philox(int(slot), 0, draws.WHO, 0, *map(int, words))[2])
            for slot in slots
        ],
        np.float32,
    )
    rows = np.searchsorted(known.cumulative, uniform, side="right")
    return np.minimum(rows, len(known.sample) - 1)
