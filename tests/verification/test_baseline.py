"""The baseline against arithmetic of the same inputs, and against the published inputs themselves.

Two countries are lived, each pooled over 20 seeds for five years:

- **everybody alike**: people of one age and sex differ in nothing but their luck and their illness
  (no hazard depends on activity, IL-6, BMI, smoking, deprivation, or another disease). Then
  :mod:`tests.projection` is what the model's expectation has to be, and every cell of events,
  deaths by cause and stocks must agree. This is what shows faults of the arithmetic: ageing,
  newcomers, clocks, recoveries, deaths at the event, calibration.
- **the country**: the same, with people as different as the evidence says. The projection knows
  nothing of that, so what it misses is what differences do within five years: those at higher
  risk fall ill and die first, and diabetes kills through heart disease and stroke as well. Where
  that takes a cell beyond the limits, the limits stay and the miss is marked and explained.

Tables of all cells are written to ``outputs/verification``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from abm import columns as c
from abm.assembly import nature
from abm.parameters import central_parameters
from abm.runner import count_population, set_up
from abm.scenario import load_scenario
from abm.simulation import simulate
from abm.tally import of_world
from tests import projection

pytestmark = [pytest.mark.verification, pytest.mark.slow]

YEARS = 5
SEEDS = 20
LARGEST_Z = 4.0
TOTALS_WITHIN = 0.02
PUBLISHED_WITHIN = 0.10
FEWEST_EVENTS = 400.0
COUNTABLE = 10.0  # a smaller expectation is too far from normal for a z score
TABLES = Path(__file__).parents[2] / "outputs" / "verification"


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


@pytest.fixture(scope="module")
def alike():
    """Everybody alike: 16 million people, so that chance alone keeps totals within 2 per cent."""
    return live(800_000, overrides=everybody_alike())


@pytest.fixture(scope="module")
def country():
    """The country as it is: 4 million people."""
    return live(200_000)


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


def measures(projected):
    """Yield name, first column, expectation by year, and the years, of all that is compared."""
    lived_years, start, end = slice(1, None), slice(0, 1), slice(YEARS, None)
    for k, disease in enumerate(c.DISEASES):
        stocks = projected.stocks[disease]
        yield f"incidence.{disease}", c.T_INCIDENCE + k, projected.events[disease], lived_years
        yield f"prevalence at start.{disease}", c.T_PREVALENCE + k, stocks[:1], start
        yield f"prevalence at end.{disease}", c.T_PREVALENCE + k, stocks[YEARS:], end
    for k, cause in enumerate(c.CAUSES):
        if cause != "depression":
            yield f"deaths.{cause}", c.T_DEATHS + k, projected.deaths[cause], lived_years


def against_projection(lived):
    """Return the table of all cells: events and deaths of five years, stocks at start and end."""
    projected, tallies = projection.project(YEARS), lived.tallies
    persons = lived.persons / len(tallies)
    frames = [
        cells(
            name,
            tallies[:, years, ..., column].sum(axis=1),
            persons * projection.in_bands(table).sum(axis=0),
        )
        for name, column, table, years in measures(projected)
    ]
    deaths = tallies[:, 1:, ..., c.T_DEATHS : c.T_DEATHS + 7].sum(axis=(1, -1))
    expected = persons * projection.in_bands(sum(projected.deaths.values())).sum(axis=0)
    return pd.concat([*frames, cells("deaths", deaths, expected)], ignore_index=True)


def totals(table):
    """Return ratios of found to expected at all ages, by measure and sex."""
    sums = table.groupby(["measure", "sex"])[["expected", "found"]].sum()
    sums = sums[sums["expected"] > 0.0]
    return sums.assign(ratio=sums["found"] / sums["expected"])


def keep(table, name):
    """Write a table for readers."""
    TABLES.mkdir(parents=True, exist_ok=True)
    table.to_csv(TABLES / f"{name}.csv", index=False, float_format="%.6g")


def report(table, name):
    """Write the table, print its worst cells and totals, and return both."""
    keep(table, name)
    countable = table[table["expected"] >= COUNTABLE]
    worst = countable.sort_values("z", key=abs, ascending=False)
    sums = totals(table)
    keep(sums.reset_index(), f"{name}_totals")
    furthest = sums.sort_values("ratio", key=lambda ratio: abs(ratio - 1.0), ascending=False)
    print(f"\n{name}: worst of {len(countable)} cells\n{worst.head(12).to_string(index=False)}")
    print(f"worst totals\n{furthest.head(8).to_string()}")
    return countable, sums


def far_off(countable, sums, kind):
    """Return the cells, and the totals by sex, of a kind of measure that are beyond the limits."""
    own = countable[countable["measure"].str.startswith(kind) & (countable["z"].abs() >= LARGEST_Z)]
    of_kind = sums[[name.startswith(kind) for name, _ in sums.index]]
    return own, of_kind[(of_kind["ratio"] - 1.0).abs() > TOTALS_WITHIN]


KINDS = ("incidence", "prevalence at start", "prevalence at end", "deaths")


def known_miss(value, reason):
    """Return a case that is known to miss its limit, and why."""
    return pytest.param(value, marks=pytest.mark.xfail(reason=reason))


# Found by switching one thing off at a time; with everybody alike all of these are within limits.
SELECTION = (
    "those at higher risk of other death die first, and not as calibration has it: other death "
    "falls 1.5 % short at 70 to 89 in women and exceeds by 5 % at 90 in men; without differences "
    "in other death nothing is left of either. Totals off by 2 to 4 % in 4 million people (breast "
    "cancer, diabetes in men) are luck: 8 million others have all of them within 2 %"
)
LINKS = (
    "the balance of diabetes prevalence needs more cases in the oldest (2.3 to 2.8 times at 90) "
    "than its own excess alone: people with diabetes die of heart disease and stroke as well"
)
RELAPSE = (
    "relapses gather in those at high risk: depression rises by up to 5 % in women under 30; not "
    "without relapses, by half of that with relapses in people alike"
)
PROJECTION_MISSES = {"incidence": LINKS, "prevalence at end": RELAPSE, "deaths": SELECTION}


# Everybody alike


def test_a_small_country_of_people_alike():
    """The quick variant: no cell is off by more than luck allows."""
    lived = live(50_000, seeds=4, overrides=everybody_alike())
    countable, sums = report(against_projection(lived), "alike_small")
    assert len(countable) > 200
    for kind in KINDS:
        cells_off, _ = far_off(countable, sums, kind)
        assert cells_off.empty, cells_off.to_string()


@pytest.mark.slow
def test_people_alike_follow_the_projection(alike):
    countable, sums = report(against_projection(alike), "alike")
    assert len(countable) > 240
    for kind in KINDS:
        cells_off, sums_off = far_off(countable, sums, kind)
        assert cells_off.empty, cells_off.to_string()
        assert sums_off.empty, sums_off.to_string()


@pytest.mark.slow
def test_the_comparison_notices_a_rate_that_is_off(alike):
    """The negative control: strokes 5 % too many are noticed."""
    tallies = alike.tallies.copy()
    tallies[:, 1:, ..., c.T_INCIDENCE + c.STROKE] *= 1.05
    table = against_projection(replace(alike, tallies=tallies))
    countable, sums = table[table["expected"] >= COUNTABLE], totals(table)
    cells_off, sums_off = far_off(countable, sums, "incidence.stroke")
    assert len(cells_off) > 0 and len(sums_off) == 2


# The country


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind", ["prevalence at start", *(known_miss(k, why) for k, why in PROJECTION_MISSES.items())]
)
def test_the_country_follows_the_projection(country, kind):
    """Every cell within four standard errors and every total by sex within 2 per cent."""
    countable, sums = report(against_projection(country), "country")
    cells_off, sums_off = far_off(countable, sums, kind)
    assert cells_off.empty, cells_off.to_string(index=False)
    assert sums_off.empty, sums_off.to_string()


def published_rate(table, weights):
    """Return a rate by sex and age band, weighted over single ages by person-years."""
    return projection.in_bands(table * weights) / projection.in_bands(weights)


def against_published(lived):
    """Return found events, deaths and stocks beside the published rates of the people there."""
    weights = projection.project(YEARS).person_years.sum(axis=0)
    years = lived.total(c.T_PERSON_YEARS, slice(1, None)) / c.FIXED_POINT
    living = lived.total(c.T_PERSONS, slice(YEARS, None))
    frames = []
    for k, disease in enumerate(c.DISEASES):
        triple = nature(central_parameters({})).rates[k]
        older, end = np.roll(triple.prevalence, -1, axis=1), slice(YEARS, None)
        pairs = [
            (f"incidence.{disease}", c.T_INCIDENCE + k, years, triple.incidence, slice(1, None)),
            (f"prevalence at end.{disease}", c.T_PREVALENCE + k, living, older, end),
        ]
        if disease not in ("depression", "type_2_diabetes"):
            own = triple.prevalence * triple.excess
            pairs.append((f"deaths.{disease}", c.T_DEATHS + k, years, own, slice(1, None)))
        for name, column, base, rates, span in pairs:
            found = lived.total(column, span)
            frames.append(cells(name, found[None], base * published_rate(rates, weights)))
    deaths = lived.total(c.T_DEATHS, slice(1, None), 7)[None]
    expected = years * published_rate(projection.life_table(), weights)
    return pd.concat([*frames, cells("deaths", deaths, expected)], ignore_index=True)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["incidence", "prevalence", "deaths"])
def test_the_country_has_the_published_rates(country, kind):
    """Within 10 per cent wherever at least 400 are expected; the table holds all cells.

    Per person and year lived, against the life table and the published rates as the model has
    brought them into balance. Deaths by cause are prevalence times published excess mortality;
    diabetes has no such figure of its own.
    Stocks are compared from 30 years of age: half of those in their twenties have come as
    newcomers of 20, who bring no disease but depression.
    """
    table = against_published(country)
    keep(table, "published")
    newcomers = table["measure"].str.startswith("prevalence") & (table["age_band"] == "20-29")
    compared = (table["expected"] >= FEWEST_EVENTS) & ~newcomers
    large = table[compared & table["measure"].str.startswith(kind)]
    off = large[(large["ratio"] - 1.0).abs() > PUBLISHED_WITHIN]
    worst = large.sort_values("ratio", key=lambda ratio: abs(ratio - 1.0), ascending=False)
    print(f"\n{kind}: {len(off)} of {len(large)} off\n{worst.head(8).to_string(index=False)}")
    assert len(large) > 20
    assert off.empty, off.to_string(index=False)


def remaining_life(rates, age):
    """Return years of life left at an age from yearly death rates by single age, shape (ages,)."""
    later = rates[age - projection.FIRST_AGE :]
    alive = np.exp(-np.concatenate([[0.0], np.cumsum(later)]))
    return float(np.sum((alive[:-1] - alive[1:]) / later) + alive[-1] / later[-1])


@pytest.mark.slow
def test_life_expectancy_is_that_of_the_life_table(country):
    """Within half a year at 20, 40 and 65.

    The life table's single-age rates, times what each ten-year band's deaths are over those it
    expects.
    """
    weights = projection.project(YEARS).person_years.sum(axis=0)
    years = country.total(c.T_PERSON_YEARS, slice(1, None)) / c.FIXED_POINT
    table = projection.life_table()
    deaths = country.total(c.T_DEATHS, slice(1, None), 7)
    ratio = deaths / (years * published_rate(table, weights))
    lived = table * ratio[:, projection.BAND_OF_AGE]
    cases = [(s, age) for s in range(2) for age in (20, 40, 65)]
    rows = [(c.SEXES[s], a, *(remaining_life(t[s], a) for t in (table, lived))) for s, a in cases]
    found = pd.DataFrame(rows, columns=["sex", "age", "life table", "model"])
    keep(found, "life_expectancy")
    print(f"\n{found.to_string(index=False)}")
    assert (found["model"] - found["life table"]).abs().max() <= 0.5, found.to_string(index=False)


# Activity and IL-6 at the start


@pytest.fixture(scope="module")
def people():
    """A hundred thousand people as they are at the start."""
    scenario = replace(load_scenario("uk"), persons=100_000, years=1, seed=1)
    table = simulate(scenario, keep_people=True).people
    return table[table["entry_year"] == scenario.start_year]


def test_as_many_meet_the_guideline_as_surveys_find(country):
    """By sex within 3 points of 70 % and 59 %, and still so after five years."""
    start = country.tallies[:, 0].sum(axis=(0, 2))
    by_sex = start[:, c.T_GUIDELINE] / start[:, c.T_PERSONS]
    end = country.tallies[:, YEARS].sum(axis=(0, 2))
    later = end[:, c.T_GUIDELINE] / end[:, c.T_PERSONS]
    print(f"\nmeet the guideline: by sex {by_sex}, after 5 years {later}")
    np.testing.assert_allclose(by_sex, [0.70, 0.59], atol=0.03)
    assert np.abs(later - by_sex).max() < 0.01


def guideline_by_fifth(country):
    """Return the share meeting the guideline at the start, most deprived first."""
    place = country.by_deprivation[0]
    return place[:, c.T_GUIDELINE] / place[:, c.T_PERSONS]


def test_the_less_deprived_meet_the_guideline_more(country):
    assert (np.diff(guideline_by_fifth(country)) > 0.0).all()


@pytest.mark.xfail(
    strict=False,  # beyond the limit by .1 points, two standard errors of 4 million people
    reason="the most deprived die younger, so those alive are younger and more of them are active: "
    "56.1 % against 53 %; 55.4 % at the ages of the whole country",
)
def test_as_many_of_each_fifth_meet_the_guideline_as_surveys_find(country):
    """Within 3 points of 53 % (most deprived) and 69 % (least)."""
    by_fifth = guideline_by_fifth(country)
    print(f"\nmeet the guideline by fifth {by_fifth}")
    np.testing.assert_allclose(by_fifth[[0, 4]], [0.53, 0.69], atol=0.03)


def test_the_heavier_meet_the_guideline_less(people):
    """Health Survey for England: men 75, 71, 59 %; women 64, 58, 48 % by class of BMI."""
    weight = pd.cut(people["bmi"], [0.0, 25.0, 30.0, 100.0], labels=["normal", "over", "obese"])
    meets, sexes = people["met_hours"] >= 8.75, people["sex"].astype(str)
    share = meets.groupby([sexes, weight], observed=True).mean().unstack()
    print(f"\nmeet the guideline by class of BMI\n{share.to_string()}")
    published = np.array([[0.64, 0.58, 0.48], [0.75, 0.71, 0.59]])  # women, men
    assert np.abs(share.to_numpy() - published).max() < 0.06
    assert (share["normal"] > share["over"]).all() and (share["over"] > share["obese"]).all()


def test_measured_il6_is_distributed_as_published(people):
    level = np.log(people["il6_measured"].to_numpy(float))
    median, spread = float(np.exp(np.median(level))), float(level.std())
    print(f"\nmeasured IL-6: median {median:.3f} pg/mL, SD of the logarithm {spread:.3f}")
    assert 1.2 <= median <= 1.6
    assert 0.57 <= spread <= 0.72


def test_il6_follows_age_bmi_sex_and_smoking(people):
    """A regression of measured ln IL-6: 0.4 to 1.8 % a year, 4 to 10 % per kg/m2."""
    level = np.log(people["il6_measured"].to_numpy(float))
    male = people["sex"].astype(str) == "male"
    rows = [np.ones(len(level)), people["age"] - 50, people["bmi"] - 25, male, people["smoker"]]
    design = np.column_stack([np.asarray(row, float) for row in rows])
    slopes = np.linalg.lstsq(design, level, rcond=None)[0]
    print("\nln IL-6 per year, per kg/m2, men, smokers:", np.round(slopes[1:], 4))
    assert 0.004 <= slopes[1] <= 0.018 and 0.04 <= slopes[2] <= 0.10
    assert 0.0 <= slopes[3] <= 0.10 and 0.10 <= slopes[4] <= 0.35
