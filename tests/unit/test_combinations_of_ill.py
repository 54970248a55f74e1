"""How much faster people with several diseases die, in the model and written a second time."""

import numpy as np
import pytest

from abm.conditions import DISEASES
from abm.population.causes import TOGETHER
from tests.projection import deaths


def test_the_second_transcription_knows_the_same_powers():
    assert deaths.POWERS == TOGETHER


def test_a_combination_without_a_power_multiplies(monkeypatch):
    """As one with a new disease does, of which nothing is published."""
    known = deaths.figure

    def figure(path):
        return {20.0: 3.0, 100.0: 3.0} if path.endswith(".gout") else known(path)

    monkeypatch.setattr(deaths, "figure", figure)
    alone = deaths.ratio_of_death(frozenset({"stroke"}))
    found = deaths.ratio_of_death(frozenset({"stroke", "gout"}))
    assert found == pytest.approx(3.0 * alone)
    assert np.all(alone > 1.0) and "gout" not in DISEASES
