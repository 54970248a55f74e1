"""The country lived for five years with some seeds, and its tallies beside what is expected."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from abm.evidence.parameters import central_parameters
from abm.kernel import layout as c
from abm.kernel.blocks import of_world
from abm.running.queue import count_population
from abm.running.setup import set_up
from abm.scenario.load import load_scenario

YEARS = 5
SEEDS = 20
COUNTABLE = 10.0  # a smaller expectation is too far from normal for a z score
TABLES = Path(__file__).parents[1] / "outputs" / "verification"


@dataclass(frozen=True)
class Lived:
    """Tallies of some seeds by sex and age band, shape (seeds, years + 1, 2, 8, tallies)."""

    tallies: np.ndarray
    by_deprivation: np.ndarray  # (years + 1, 5, tallies), over all seeds

    @property
    def persons(self):
        """Return the persons at the start, over all seeds."""
        return self.tallies[:, 0, ..., c.T_PERSONS].sum()

    def total(self, first, years, count=1):
        """Return tallies summed over seeds, some years, and ``count`` columns from ``first``."""
        return self.tallies[:, years, :, :, first : first + count].sum(axis=(0, 1, -1))


def live(persons, seeds=SEEDS, overrides: Mapping[str, float] | None = None):
    """Live the baseline with each seed."""
    scenario = replace(load_scenario("uk"), persons=persons, years=YEARS)
    setup = set_up(scenario, central_parameters(overrides or {}))
    by_age, by_fifth = [], []
    for seed in range(1, seeds + 1):
        counts = count_population(setup, seed)
        by_age.append(of_world(counts.strata, 0).reshape(YEARS + 1, 2, 8, c.N_TALLIES))
        fifths = of_world(counts.crossings, 0)[:, :10]
        by_fifth.append(fifths.reshape(YEARS + 1, 2, 5, c.N_TALLIES).sum(axis=1))
    return Lived(np.array(by_age, float), np.array(by_fifth, float).sum(axis=0))


def everybody_alike():
    """Return the evidence with every difference between people of one age and sex taken out."""
    kinds = ["smoking", "bmi", "diabetes", "deprivation", "depression", "vascular_event_depression"]
    ones = (
        *(f"disease.{kind}_hazard_ratio" for kind in kinds), "disease.depression.relapse_hazard",
        "mortality.smoking_hazard_ratio", "mortality.bmi_hazard_ratio",
    )  # fmt: skip
    zeros = ("disease.il6_", "mortality.il6_", "mortality.deprivation_life", "causal_share")
    paths = list(central_parameters({}).values)
    alike = {path: 1.0 for path in paths if path.startswith(ones)}
    return alike | {path: 0.0 for path in paths if path.startswith(zeros)}


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
