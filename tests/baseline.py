"""The country's baseline run for five years with some seeds, beside what is expected of it."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from abm.kernel import layout as c
from abm.kernel.blocks import of_world
from abm.running.queue import count_population
from abm.running.setup import set_up
from abm.scenario.load import load_scenario

YEARS = 5
SEEDS = 20
QUINTILES = 5  # of deprivation
COUNTABLE = 10.0  # a smaller expectation is too far from normal for a z score
TABLES = Path(__file__).parents[1] / "outputs" / "verification"


@dataclass(frozen=True)
class Counted:
    """Tallies of some seeds by sex and age band, shape (seeds, years + 1, sexes, bands, tallies).

    ``by_deprivation`` over all seeds, shape (years + 1, quintiles, tallies).
    """

    tallies: np.ndarray
    by_deprivation: np.ndarray

    @property
    def persons(self):
        """Return the persons at the start, over all seeds."""
        return self.tallies[:, 0, ..., c.T_PERSONS].sum()

    def total(self, first, years, count=1):
        """Return tallies summed over seeds, some years, and ``count`` columns from ``first``."""
        return self.tallies[:, years, :, :, first : first + count].sum(axis=(0, 1, -1))


def run_seeds(persons, seeds=SEEDS):
    """Return the tallies of the country's baseline with each seed."""
    setup = set_up(replace(load_scenario("uk"), persons=persons, years=YEARS))
    shape, by_age, by_quintile = (YEARS + 1, len(c.SEXES)), [], []
    for seed in range(1, seeds + 1):
        counts = count_population(setup, seed)
        by_age.append(of_world(counts.strata, 0).reshape(*shape, len(c.AGE_BANDS), c.N_TALLIES))
        quintiles = of_world(counts.crossings, 0)[:, : len(c.SEXES) * QUINTILES]
        by_quintile.append(quintiles.reshape(*shape, QUINTILES, c.N_TALLIES).sum(axis=1))
    return Counted(np.array(by_age, float), np.array(by_quintile, float).sum(axis=0))


# Tables


def dispersion(samples, expected):
    """Return the seeds' variance over the mean, pooled over cells; at least 1, that of Poisson."""
    known = expected > COUNTABLE
    if len(samples) < 10 or not known.any():
        return 1.0
    return max(1.0, float(np.mean(samples.var(axis=0, ddof=1)[known] / expected[known])))


def cells(measure, samples, expected):
    """Return one row per sex and age band: found and expected over all seeds, z, and ratio.

    ``samples`` (seeds, 2, 8); ``expected`` (2, 8) of one seed.
    """
    found, wanted = samples.sum(axis=0).ravel(), len(samples) * expected.ravel()
    error = np.sqrt(dispersion(samples, expected) * np.maximum(wanted, 1e-9))
    table = pd.DataFrame({"measure": measure, "expected": wanted, "found": found})
    table.insert(1, "sex", np.repeat(c.SEXES, len(c.AGE_BANDS)))
    table.insert(2, "age_band", np.tile(c.AGE_BANDS, 2))
    return table.assign(
        z=np.where(wanted > 0.0, (found - wanted) / error, 0.0),
        ratio=found / np.where(wanted > 0.0, wanted, np.nan),
    )


def keep(table, name):
    """Write a table for readers."""
    TABLES.mkdir(parents=True, exist_ok=True)
    table.to_csv(TABLES / f"{name}.csv", index=False, float_format="%.6g")
