"""Integer tallies, and the tidy tables made from them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from abm.biomarkers import BIOMARKERS, Biomarker
from abm.evidence.parameters import Parameters
from abm.kernel import layout as c
from abm.kernel.blocks import WORLDS, Counts, of_world
from abm.population.biomarker_paths import training_slope
from abm.rules import il6

if TYPE_CHECKING:
    import pandas as pd

GROUPS = len(c.ACTIVITY_GROUPS)
QUANTILES = (0.05, 0.25, 0.50, 0.75, 0.95)


def margins() -> list[tuple[str, tuple[str, ...]]]:
    """Return the strata that tables show: everybody, each margin, and two crossings."""
    return [
        ("all", ()),
        ("sex", ("sex",)),
        ("age_band", ("age_band",)),
        ("deprivation", ("deprivation",)),
        ("activity_group", ("activity_group",)),
        ("sex x age_band", ("sex", "age_band")),
        ("sex x deprivation", ("sex", "deprivation")),
        ("age_band x activity_group", ("age_band", "activity_group")),
    ]


AXES = ("sex", "age_band", "deprivation", "activity_group")
LEVELS = {
    "sex": c.SEXES,
    "age_band": c.AGE_BANDS,
    "deprivation": ("1", "2", "3", "4", "5"),
    "activity_group": c.ACTIVITY_GROUPS,
}


def measure_names() -> list[str]:
    """Return the measures in the order of :func:`_measures`."""
    return [
        "persons", "person_years", "entrants", "deaths",
        *(f"deaths.{name}" for name in c.CAUSES),
        *(f"incidence.{name}" for name in c.DISEASES),
        *(f"at_risk_years.{name}" for name in c.DISEASES),
        *(f"prevalence.{name}" for name in c.DISEASES),
        "meets_guideline", "met_hours.mean", "il6.geometric_mean",
        *(f"{marker.name}.geometric_mean" for marker in BIOMARKERS),
        "il6.spike_exposure", "il6.spike_share",
    ]  # fmt: skip


def _measures(sums: NDArray[np.int64], parameters: Parameters) -> NDArray[np.float64]:
    """Turn summed tallies, shape (..., tallies), into measures, shape (..., measures)."""
    x = sums.astype(np.float64)
    people = np.maximum(x[..., c.T_PERSONS], 1.0)
    dose, log_il6, training, spikes = (
        x[..., k] / c.FIXED_POINT / people
        for k in (c.T_MET_HOURS, c.T_LOG_IL6, c.T_TRAINING, c.T_SPIKES)
    )
    levels = companion_levels(log_il6, training, parameters)
    nobody = x[..., c.T_PERSONS] == 0
    means = [dose, np.exp(log_il6), *levels.values(), spikes, spikes / (spikes + 7.0 * 24.0)]
    means = [np.where(nobody, np.nan, mean) for mean in means]
    deaths = x[..., c.T_DEATHS : c.T_DEATHS + 7]
    ill = x[..., c.T_NOT_AT_RISK : c.T_NOT_AT_RISK + 6]
    at_risk = (x[..., c.T_PERSON_YEARS, None] - ill) / c.FIXED_POINT
    flows = [
        x[..., c.T_PERSONS], x[..., c.T_PERSON_YEARS] / c.FIXED_POINT, x[..., c.T_ENTRANTS],
        deaths.sum(axis=-1), *np.moveaxis(deaths, -1, 0),
        *np.moveaxis(x[..., c.T_INCIDENCE : c.T_INCIDENCE + 6], -1, 0),
        *np.moveaxis(at_risk, -1, 0),
        *np.moveaxis(x[..., c.T_PREVALENCE : c.T_PREVALENCE + 6], -1, 0),
        x[..., c.T_GUIDELINE],
    ]  # fmt: skip
    return np.stack([*flows, *means], axis=-1)


def measures_at_end(counts: Counts, parameters: Parameters, world: int) -> dict[str, float]:
    """Return every measure of a world's whole population in the last year of a run, by name."""
    last = of_world(counts.strata[:, -1:], world)[0].sum(axis=0)
    return dict(zip(measure_names(), _measures(last, parameters).tolist(), strict=True))


def companion_levels(
    log_il6: NDArray[np.float64], training: NDArray[np.float64], parameters: Parameters
) -> dict[str, NDArray[np.float64]]:
    """Return the level of each biomarker by name, in its own unit, from usual ln IL-6.

    The rules are linear in logs, so they give geometric means from means of logs.
    """
    deviation = log_il6 - np.log(parameters["il6.reference_level"]) - training
    return {
        marker.name: _companion_level(marker, deviation, training, parameters)
        for marker in BIOMARKERS
    }


def _companion_level(
    marker: Biomarker,
    deviation: NDArray[np.float64],
    training: NDArray[np.float64],
    parameters: Parameters,
) -> NDArray[np.float64]:
    """Return the level of a biomarker; ``deviation`` is that of ln IL-6, training apart."""
    reference = parameters[marker.reference]
    by_training = training_slope(marker, parameters)
    level: Any = il6.companion_log_level(reference, training, by_training)
    if marker.il6_slope:
        slope = parameters[marker.il6_slope]
        level = il6.usual_log_crp(reference, deviation, slope, training, by_training)
    return np.exp(level)


def histogram_quantiles(histogram: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return IL-6 [pg/mL] at :data:`QUANTILES`, interpolated within bins; shape (..., 5)."""
    edges = c.LOWEST_BIN + c.BIN_WIDTH * np.arange(c.N_BINS + 1)
    flat = histogram.reshape(-1, c.N_BINS)
    found = np.full((len(flat), len(QUANTILES)), np.nan)
    for i, row in enumerate(flat):
        cumulative = np.concatenate([[0], np.cumsum(row)])
        if cumulative[-1] > 0:
            found[i] = np.exp(np.interp(np.array(QUANTILES) * cumulative[-1], cumulative, edges))
    return found.reshape(*histogram.shape[:-1], len(QUANTILES))


def _histograms_by_level(histogram: NDArray[np.int64]) -> dict[tuple[str, ...], NDArray[np.int64]]:
    """Return histograms (years, ..., bins) by the axes they are split over."""
    years = len(histogram)
    crossed = histogram[:, :16].reshape(years, 2, 8, c.N_BINS)
    return {
        (): crossed.sum(axis=(1, 2)),
        ("sex",): crossed.sum(axis=2),
        ("age_band",): crossed.sum(axis=1),
        ("sex", "age_band"): crossed,
        ("deprivation",): histogram[:, 16:21],
        ("activity_group",): histogram[:, 21:25],
    }


def _sums_by_level(
    strata: NDArray[np.int64], crossings: NDArray[np.int64]
) -> dict[tuple[str, ...], NDArray[np.int64]]:
    """Return tallies by split, shape (years, levels of each split axis ..., tallies)."""
    by_age = strata.reshape(-1, 2, len(c.AGE_BANDS), c.N_TALLIES)
    by_fifth = crossings[:, :10].reshape(-1, 2, 5, c.N_TALLIES)
    by_activity = crossings[:, 10:].reshape(-1, len(c.AGE_BANDS), GROUPS, c.N_TALLIES)
    return {
        (): strata.sum(axis=1),
        ("sex",): by_age.sum(axis=2),
        ("age_band",): by_age.sum(axis=1),
        ("sex", "age_band"): by_age,
        ("deprivation",): by_fifth.sum(axis=1),
        ("sex", "deprivation"): by_fifth,
        ("activity_group",): by_activity.sum(axis=1),
        ("age_band", "activity_group"): by_activity,
    }


def outcomes_table(
    counts: Counts, parameters: Parameters, start_year: int, seed: int, draw: int,
    worlds: Sequence[str],
) -> pd.DataFrame:  # fmt: skip
    """Return the tidy table of a run: one row per world, year, stratum and measure.

    The row of the year before the start holds the starting stocks; flows are left out there.
    """
    import pandas as pd

    frames = []
    for world, name in enumerate(worlds):
        if name == "il6_frozen":
            continue
        sums = _sums_by_level(of_world(counts.strata, world), of_world(counts.crossings, world))
        levels = _histograms_by_level(of_world(counts.histograms, world))
        for _, split in margins():
            measures = _measures(sums[split], parameters)
            names = measure_names()
            if split in levels:
                measures = np.concatenate([measures, histogram_quantiles(levels[split])], axis=-1)
                names = [*names, *(f"il6.p{round(q * 100):02d}" for q in QUANTILES)]
            frames.append(_tidy(measures, names, split, name, start_year))
    table = pd.concat(frames, ignore_index=True)
    table.insert(0, "draw", np.int64(draw))
    table.insert(0, "seed", np.int64(seed))
    return table


def _tidy(
    measures: NDArray[np.float64], names: Sequence[str], split: Sequence[str], world: str,
    start_year: int,
) -> pd.DataFrame:  # fmt: skip
    """Lay measures out in rows; shape (years, levels of each split axis ..., measures)."""
    import pandas as pd

    years = len(measures)
    axes = [range(start_year - 1, start_year - 1 + years)]
    axes += [LEVELS[axis] for axis in split]
    index = np.array(list(itertools.product(*axes)), dtype=object)
    rows = len(index) * len(names)
    columns: dict[str, object] = {
        "world": pd.Categorical.from_codes(
            np.full(rows, WORLDS.index(world)), categories=list(WORLDS[:2])
        ),
        "year": np.repeat(index[:, 0].astype(np.int64), len(names)),
    }
    for axis in AXES:
        categories = ["all", *LEVELS[axis]]
        if axis in split:
            values = index[:, 1 + list(split).index(axis)]
            lookup = {level: i for i, level in enumerate(categories)}
            codes = np.repeat([lookup[v] for v in values], len(names))
        else:
            codes = np.zeros(rows, np.int64)
        columns[axis] = pd.Categorical.from_codes(codes, categories=categories)
    all_names = [*measure_names(), *(f"il6.p{round(q * 100):02d}" for q in QUANTILES)]
    columns["measure"] = pd.Categorical.from_codes(
        np.tile(np.arange(len(names)), len(index)), categories=all_names
    )
    columns["value"] = measures.reshape(-1)
    table = pd.DataFrame(columns)
    flows = (
        table["measure"]
        .astype(str)
        .str.match(r"(person_years|entrants|deaths|incidence|at_risk_years)")
    )
    return table[~(flows & (table["year"] == start_year - 1))]
