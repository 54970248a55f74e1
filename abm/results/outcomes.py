"""Integer tallies, and the tidy tables made from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abm.biomarkers import BIOMARKERS, Biomarker
from abm.evidence.parameters import Parameters
from abm.kernel import layout as c
from abm.kernel.blocks import WORLDS, Counts, of_world, tells_of_everybody
from abm.population.biomarker_paths import training_slope
from abm.rules import il6

QUINTILES = tuple(str(1 + k) for k in range(c.N_FIFTHS))  # of deprivation, 1 the most deprived
QUANTILES = (0.05, 0.25, 0.50, 0.75, 0.95)
# Beginnings of the names of measures that are not known before the first year.
FLOWS = (
    "person_years", "entrants", "deaths", "incidence", "at_risk_years", "episodes", "ill_years",
)  # fmt: skip


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
    "deprivation": QUINTILES,
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
        *(f"{kind}.{c.DISEASES[c.DEPRESSION]}" for kind in ("episodes", "ill_years", "ever")),
        "meets_guideline", "met_hours.mean", "il6.geometric_mean",
        *(f"{marker.name}.geometric_mean" for marker in BIOMARKERS),
        "il6.spike_exposure", "il6.spike_share",
    ]  # fmt: skip


def quantile_names() -> list[str]:
    """Return the names of the quantiles of IL-6, in the order of :data:`QUANTILES`."""
    return [f"il6.p{round(share * 100):02d}" for share in QUANTILES]


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
    deaths = x[..., c.T_DEATHS : c.T_DEATHS + c.N_CLOCKS]
    ill = x[..., c.T_NOT_AT_RISK : c.T_NOT_AT_RISK + c.N_DISEASES]
    at_risk = (x[..., c.T_PERSON_YEARS, None] - ill) / c.FIXED_POINT
    flows = [
        x[..., c.T_PERSONS], x[..., c.T_PERSON_YEARS] / c.FIXED_POINT, x[..., c.T_ENTRANTS],
        deaths.sum(axis=-1), *np.moveaxis(deaths, -1, 0),
        *np.moveaxis(x[..., c.T_INCIDENCE : c.T_INCIDENCE + c.N_DISEASES], -1, 0),
        *np.moveaxis(at_risk, -1, 0),
        *np.moveaxis(x[..., c.T_PREVALENCE : c.T_PREVALENCE + c.N_DISEASES], -1, 0),
        x[..., c.T_EPISODES], x[..., c.T_DEPRESSED] / c.FIXED_POINT, x[..., c.T_EVER],
        x[..., c.T_GUIDELINE],
    ]  # fmt: skip
    return np.stack([*flows, *means], axis=-1)


def measures_at_end(counts: Counts, parameters: Parameters, world: int) -> dict[str, float]:
    """Return every measure of a world's whole population in the last year of a run, by name.

    NaN where not everybody was simulated.
    """
    if not tells_of_everybody(counts):
        return dict.fromkeys(measure_names(), np.nan)
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
    by_age, by_quintile, by_activity = np.split(histogram, [c.M_FIFTHS, c.M_GROUPS], axis=1)
    crossed = by_age.reshape(-1, len(c.SEXES), c.N_BANDS, c.N_BINS)
    return {
        (): crossed.sum(axis=(1, 2)),
        ("sex",): crossed.sum(axis=2),
        ("age_band",): crossed.sum(axis=1),
        ("sex", "age_band"): crossed,
        ("deprivation",): by_quintile,
        ("activity_group",): by_activity,
    }


def histogram_table(runs: Sequence[Counts], worlds: int, start_year: int) -> pd.DataFrame:
    """Return persons by bin of ln IL-6, world, year, sex and age band (empty bins left out)."""
    frames = []
    for world in range(min(worlds, 2)):
        total = sum(of_world(counts.histograms, world) for counts in runs)
        assert isinstance(total, np.ndarray)
        crossed = total[:, : c.N_STRATA].reshape(-1, len(c.SEXES), c.N_BANDS, c.N_BINS)
        year, sex, band, bins = np.nonzero(crossed)
        frames.append(
            pd.DataFrame(
                {
                    "world": WORLDS[world],
                    "year": start_year - 1 + year,
                    "sex": np.array(c.SEXES)[sex],
                    "age_band": np.array(c.AGE_BANDS)[band],
                    "ln_il6_left": (c.LOWEST_BIN + c.BIN_WIDTH * bins).round(2),
                    "persons": crossed[year, sex, band, bins],
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def _sums_by_level(
    strata: NDArray[np.int64], crossings: NDArray[np.int64]
) -> dict[tuple[str, ...], NDArray[np.int64]]:
    """Return tallies by split, shape (years, levels of each split axis ..., tallies)."""
    first, second = np.split(crossings, [c.N_BY_FIFTH], axis=1)
    by_age = strata.reshape(-1, len(c.SEXES), c.N_BANDS, c.N_TALLIES)
    by_quintile = first.reshape(-1, len(c.SEXES), c.N_FIFTHS, c.N_TALLIES)
    by_activity = second.reshape(-1, c.N_BANDS, c.N_GROUPS, c.N_TALLIES)
    return {
        (): strata.sum(axis=1),
        ("sex",): by_age.sum(axis=2),
        ("age_band",): by_age.sum(axis=1),
        ("sex", "age_band"): by_age,
        ("deprivation",): by_quintile.sum(axis=1),
        ("sex", "deprivation"): by_quintile,
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
    parts = []
    for world, name in enumerate(worlds):
        if name == "il6_frozen":
            continue
        sums = _sums_by_level(of_world(counts.strata, world), of_world(counts.crossings, world))
        levels = _histograms_by_level(of_world(counts.histograms, world))
        for _, split in margins():
            measures = _measures(sums[split], parameters)
            if split in levels:
                measures = np.concatenate([measures, histogram_quantiles(levels[split])], axis=-1)
            parts.append({"world": WORLDS.index(name), **_rows(measures, split)})
    columns = {name: _joined(parts, name) for name in ("world", "year", *AXES, "measure", "value")}
    columns["year"] += start_year - 1
    texts = {"world": WORLDS[:2], **{axis: ("all", *LEVELS[axis]) for axis in AXES}}
    texts["measure"] = (*measure_names(), *quantile_names())
    coded = {name: pd.Categorical.from_codes(columns[name], list(texts[name])) for name in texts}
    table = pd.DataFrame({**columns, **coded})
    table.insert(0, "draw", np.int64(draw))
    table.insert(0, "seed", np.int64(seed))
    return table


def _rows(
    measures: NDArray[np.float64], split: Sequence[str]
) -> dict[str, NDArray[np.float64] | NDArray[np.int64] | int]:
    """Lay measures out in rows; shape (years, levels of each split axis ..., measures).

    Years are counted from the start. Text is left as its code; 0 stands for all of an axis.
    """
    year, *levels, measure = np.indices(measures.shape).reshape(measures.ndim, -1)
    names = (*measure_names(), *quantile_names())
    flows = np.array([name.startswith(FLOWS) for name in names])
    kept = (year > 0) | ~flows[measure]
    coded = {axis: 1 + level[kept] for axis, level in zip(split, levels, strict=True)}
    return {
        "year": year[kept],
        **{axis: coded.get(axis, 0) for axis in AXES},
        "measure": measure[kept],
        "value": measures.reshape(-1)[kept],
    }


def _joined(parts: Sequence[Mapping[str, Any]], name: str) -> NDArray[Any]:
    """Return a column of all parts below one another; what is one number in a part is repeated."""
    return np.concatenate([np.broadcast_to(each[name], each["value"].shape) for each in parts])
