"""A made-up result in the exact shape of a real one, for tests of figures and the report.

Its diseases are those of the table of conditions, or of a table passed in. Numbers are plausible,
not simulated: rates that rise with age, a policy that lowers them by a few per cent from its third
year on, and Poisson counts with a fixed seed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from abm import conditions
from abm.biomarkers import BIOMARKERS
from abm.conditions import Condition
from abm.evidence.place import bundled_place
from abm.results.outcome_tables import OutcomeTables

AGES = ("20-29", "30-39", "40-49", "50-59", "60-69", "70-79", "80-89", "90+")
AGE_SHARES = np.array([0.17, 0.17, 0.165, 0.17, 0.14, 0.115, 0.055, 0.015])
DEATHS_PER_1000 = np.array([0.5, 0.9, 1.9, 4.3, 10, 26, 85, 220])
# New cases: of the most frequent disease, to be halved from one row of the table to the third
# after it; and episodes of what recurs.
FIRST_EVENTS_PER_1000 = np.array([0.05, 0.3, 1.2, 2.8, 4.6, 7, 12, 16])
EPISODES_PER_1000 = np.array([95, 90, 85, 78, 68, 62, 60, 58.0])
GROUPS = {"inactive": 1.25, "low": 1.05, "active": 0.95, "very_active": 0.85}
GROUP_SHARES = {"inactive": 0.26, "low": 0.12, "active": 0.2, "very_active": 0.42}
QUINTILES = {"1": 1.3, "2": 1.1, "3": 1.0, "4": 0.9, "5": 0.8}
EFFECT = 0.012


@dataclass
class SyntheticResult:
    """The attributes of a result that figures and the report read."""

    outcomes: pd.DataFrame
    effects: pd.DataFrame
    il6_histogram: pd.DataFrame
    scenario: Any
    manifest: dict[str, Any]
    group_effects: pd.DataFrame | None = None
    expected_course: pd.DataFrame | None = None
    people: pd.DataFrame | None = None
    budget_impact: pd.DataFrame | None = None
    equity: pd.DataFrame | None = None
    extras: dict[str, Any] = field(default_factory=dict)

    @property
    def tables(self):
        """Return the outcomes as a run holds them."""
        return OutcomeTables.of(self.outcomes)


def made_up_conditions(number: int) -> tuple[Condition, ...]:
    """Return the table of conditions with rows added until it holds a number of diseases.

    The added ones differ in what figures depend on: a long name, episodes, one sex.
    """
    first, *_ = conditions.CONDITIONS
    added = (
        replace(first, name="copd", label="chronic obstructive pulmonary disease"),
        replace(
            first, name="back_pain", label="low back pain", kind="recurrent", events="episodes"
        ),
        replace(first, name="womb_cancer", label="endometrial cancer", sex="female"),
    )
    today = [each for each in conditions.CONDITIONS if each.is_disease]
    causes = [each for each in conditions.CONDITIONS if not each.is_disease]
    return (*today, *added[: number - len(today)], *causes)


def rates_per_1000(table: Sequence[Condition]) -> dict[str, np.ndarray]:
    """Return new cases or episodes per 1 000 persons and year, by age band."""
    return {
        each.name: EPISODES_PER_1000 if each.kind == "recurrent" else FIRST_EVENTS_PER_1000 * share
        for each, share in zip(table, 0.5 ** (np.arange(len(table)) / 3), strict=True)
        if each.is_disease
    }


def make_result(
    *,
    worlds: tuple[str, ...] = ("baseline", "policy"),
    years: int = 20,
    persons: int = 100_000,
    seeds: int = 1,
    crossed: bool = True,
    draws: bool = False,
    effect: float = EFFECT,
    table: Sequence[Condition] | None = None,
) -> SyntheticResult:
    """Build a small result with every table of the contract, by default of today's conditions."""
    held = conditions.CONDITIONS if table is None else table
    outcomes = pd.concat(
        [
            _outcomes(held, seed, worlds, years, persons, crossed, effect)
            for seed in range(1, seeds + 1)
        ],
        ignore_index=True,
    )
    effects = _effects(outcomes, worlds, draws)
    return SyntheticResult(
        outcomes,
        effects,
        _histogram(worlds, years, persons, effect),
        _scenario(worlds, years, persons),
        _manifest(persons, seeds, draws),
        _group_effects(outcomes) if "policy" in worlds else None,
        _expected_course(outcomes) if "policy" in worlds else None,
    )


def _outcomes(table, seed, worlds, years, persons, crossed, effect):
    random = np.random.default_rng(seed)
    rows, levels = [], []
    cells = [
        (sex, age, quintile, group)
        for sex in ("female", "male")
        for age in range(len(AGES))
        for quintile in QUINTILES
        for group in GROUPS
    ]
    size = np.array(
        [persons * AGE_SHARES[age] * GROUP_SHARES[group] / 10 for _, age, _, group in cells]
    )
    risk = np.array([GROUPS[group] * QUINTILES[quintile] for _, _, quintile, group in cells])
    age = np.array([age for _, age, _, _ in cells])
    female = np.array([sex == "female" for sex, *_ in cells])
    labels = pd.DataFrame(cells, columns=["sex", "age_band", "deprivation", "activity_group"])
    labels["age_band"] = [AGES[place] for place in labels["age_band"]]
    women_only = {each.name for each in table if each.sex == "female"}
    saved = np.zeros(len(cells))
    for year_index in range(years + 1):
        new_cases = {
            name: random.poisson(rate[age] * risk * size / 1000)
            for name, rate in rates_per_1000(table).items()
        }
        deaths = random.poisson(DEATHS_PER_1000[age] * risk * size / 1000)
        for world in worlds:
            cut = effect * min(max(year_index - 2, 0) / 3, 1) * (world == "policy")
            kept = 1 - cut
            thinned = np.random.default_rng([seed, year_index])
            averted_deaths = thinned.binomial(deaths, cut)
            saved = saved + averted_deaths * (world == "policy")
            alive = np.round(size) + saved * (world == "policy")
            measures: dict[str, np.ndarray] = {"persons": alive}
            if year_index:
                measures["person_years"] = size
                measures["entrants"] = np.where(age == 0, size * 0.08, 0).round()
                measures["deaths"] = deaths - averted_deaths
                for name, events in new_cases.items():
                    at_risk = size * (female if name in women_only else 0.95)
                    happened = events - thinned.binomial(events, cut)
                    measures[f"incidence.{name}"] = happened * (at_risk > 0)
                    measures[f"at_risk_years.{name}"] = at_risk
            year = 2024 + year_index
            rows.append(labels.assign(world=world, year=year, **measures))
            levels.append(_levels_of_il6(seed, world, year, kept))
    cells = pd.concat(rows, ignore_index=True)
    return pd.concat(
        [_margins(cells, seed, crossed), *levels, _inflammation(seed, worlds, years, effect)],
        ignore_index=True,
    )


def _margins(cells, seed, crossed):
    """Sum the cells of all years and worlds to the margins a real run reports."""
    strata = ["sex", "age_band", "deprivation", "activity_group"]
    measures = [name for name in cells.columns if name not in {*strata, "world", "year"}]
    wanted = [[], *[[name] for name in strata], ["sex", "age_band"], ["sex", "deprivation"]]
    wanted += [["age_band", "activity_group"]] if crossed else []
    parts = []
    for by in wanted:
        keys = ["world", "year", *by]
        sums = cells.groupby(keys)[measures].sum(min_count=1).reset_index()
        tidy = sums.melt(id_vars=keys, value_vars=measures, var_name="measure")
        parts.append(tidy.assign(**dict.fromkeys([s for s in strata if s not in by], "all")))
    tidy = pd.concat(parts, ignore_index=True).dropna(subset="value")
    return tidy.assign(seed=seed, draw=pd.NA)


def _levels_of_il6(seed, world, year, kept):
    mean = 1.38 * (1 + 0.002 * (year - 2024)) * (1 - 0.5 * (1 - kept))
    factors = {"geometric_mean": 1, "p05": 0.42, "p25": 0.7, "p50": 1, "p75": 1.43, "p95": 2.4}
    return pd.DataFrame(
        {
            "seed": seed,
            "draw": pd.NA,
            "world": world,
            "year": year,
            "sex": "all",
            "age_band": "all",
            "deprivation": "all",
            "activity_group": "all",
            "measure": [f"il6.{name}" for name in factors],
            "value": [mean * factor for factor in factors.values()],
        }
    )


def _inflammation(seed, worlds, years, effect):
    """Companions of IL-6 for everybody, and the exposure to spikes by activity group."""
    exposure = {"all": 14.0, "inactive": 0.6, "low": 3.6, "active": 7.3, "very_active": 27.7}
    known = {"crp": 1.5, "il10": 1.2, "tnf": 0.86}
    levels = {marker.name: known.get(marker.name, 1.1) for marker in BIOMARKERS}
    rows = []
    for world in worlds:
        for index in range(years + 1):
            kept = 1 - effect * (world == "policy") * (index > 2)
            values = [(f"{name}.geometric_mean", "all", v * kept) for name, v in levels.items()]
            values += [("il6.spike_exposure", group, v) for group, v in exposure.items()]
            rows += [(world, 2024 + index, *value) for value in values]
    table = pd.DataFrame(rows, columns=["world", "year", "measure", "activity_group", "value"])
    everybody = dict.fromkeys(("sex", "age_band", "deprivation"), "all")
    return table.assign(seed=seed, draw=pd.NA, **everybody)


def _effects(outcomes, worlds, draws):
    everybody = outcomes[
        (outcomes[["sex", "age_band", "deprivation", "activity_group"]] == "all").all(axis=1)
    ]
    sums = everybody.groupby(["measure", "world"])["value"].sum().unstack("world")
    sums = sums / outcomes["seed"].nunique()
    lived = (
        100_000
        if "persons" not in sums.index
        else float(
            everybody.loc[
                (everybody["measure"] == "persons")
                & (everybody["year"] == 2024)
                & (everybody["world"] == "baseline"),
                "value",
            ].mean()
            + sums.loc["entrants", "baseline"]
        )
    )
    rows = []
    if "policy" not in worlds:
        return pd.DataFrame(
            columns=[
                "outcome",
                "baseline",
                "policy",
                "averted",
                "delayed",
                "added",
                "averted_per_100k",
                "relative_change",
                "standard_error",
                "lower",
                "upper",
            ]
        )
    incidence = [name for name in outcomes["measure"].unique() if name.startswith("incidence.")]
    for name in [*incidence, "deaths"]:
        baseline, policy = sums.loc[name, "baseline"], sums.loc[name, "policy"]
        averted = baseline - policy
        error = np.sqrt(abs(averted)) + 1
        row = {
            "outcome": name.removeprefix("incidence."),
            "baseline": baseline,
            "policy": policy,
            "averted": averted,
            "delayed": averted * 0.4,
            "added": averted * 0.1,
            "averted_per_100k": averted / lived * 1e5,
            "relative_change": policy / baseline - 1,
            "standard_error": error,
            "lower": averted - 1.96 * error,
            "upper": averted + 1.96 * error,
        }
        if draws:
            row |= {
                "parameter_lower": averted * 0.45,
                "parameter_upper": averted * 1.7,
                "share_via_il6": 0.09,
                "share_monte_carlo_lower": 0.07,
                "share_monte_carlo_upper": 0.11,
            }
        rows.append(row)
    last = everybody[everybody["year"] == everybody["year"].max()]
    il6 = last[last["measure"] == "il6.geometric_mean"].groupby("world")["value"].mean()
    rows.append(
        {
            "outcome": "il6.geometric_mean",
            "baseline": il6["baseline"],
            "policy": il6["policy"],
            "relative_change": il6["policy"] / il6["baseline"] - 1,
        }
    )
    return pd.DataFrame(rows)


def _averted(outcomes, by):
    """Sum what the policy averts per outcome and stratum, means over seeds."""
    strata = ["sex", "age_band", "deprivation", "activity_group"]
    others = [name for name in strata if name not in by]
    rows = outcomes[(outcomes[others] == "all").all(axis=1) & (outcomes[by] != "all").all(axis=1)]
    rows = rows[rows["measure"].str.startswith("incidence.") | (rows["measure"] == "deaths")]
    keys = [*by, "measure", "year"]
    sums = rows.groupby([*keys, "world"])["value"].sum().unstack("world")
    return ((sums["baseline"] - sums["policy"]) / outcomes["seed"].nunique()).reset_index(name="n")


def _group_effects(outcomes):
    """As counted; a QALY for every event, and an error as of Poisson counts."""
    parts = []
    for by in ("sex", "deprivation"):
        found = _averted(outcomes, [by]).groupby([by, "measure"])["n"].sum().reset_index()
        found = found.rename(columns={by: "group", "measure": "outcome", "n": "averted"})
        gained = found.groupby("group")["averted"].sum().reset_index()
        parts += [found, gained.assign(outcome="qalys_gained")]
    table = pd.concat(parts, ignore_index=True)
    everybody = parts[0].groupby("outcome")["averted"].sum().reset_index().assign(group="all")
    table = pd.concat([table, everybody], ignore_index=True)
    sizes = {"female": 62_500, "male": 62_500, "all": 125_000}
    persons = table["group"].map(lambda group: sizes.get(group, 25_000))
    error = np.sqrt(table["averted"].abs())
    return table.assign(
        persons=persons,
        expected_averted_per_100k=table["averted"] / persons * 1e5,
        expected_standard_error_per_100k=error / persons * 1e5,
    )


def _expected_course(outcomes):
    """As counted, with an error as of Poisson counts."""
    table = _averted(outcomes, []).rename(columns={"measure": "outcome"})
    table = table[table["year"] > table["year"].min()].sort_values("year")
    value = table.groupby("outcome")["n"].cumsum()
    half = 1.96 * np.sqrt(value.abs())
    limits = {"expected_averted": value, "lower": value - half, "upper": value + half}
    return table[["year", "outcome"]].assign(**limits)


def _histogram(worlds, years, persons, effect):
    left = np.round(np.arange(-2.5, 3.5, 0.02), 4)
    rows = []
    for year in range(2024, 2025 + years):
        for world in worlds:
            late = 0.5 * effect * (world == "policy") * (year > 2027)
            centre = 0.32 + 0.002 * (year - 2024) - late
            share = np.exp(-0.5 * ((left + 0.01 - centre) / 0.54) ** 2)
            counts = np.round(persons * share / share.sum() / 2)
            for sex in ("female", "male"):
                rows.append(
                    pd.DataFrame(
                        {
                            "world": world,
                            "year": year,
                            "sex": sex,
                            "age_band": "50-59",
                            "ln_il6_left": left,
                            "persons": counts,
                        }
                    )
                )
    return pd.concat(rows, ignore_index=True)


def _scenario(worlds, years, persons):
    policies = (
        ()
        if "policy" not in worlds
        else (
            SimpleNamespace(
                name="walking_groups", start=2027, end=None,
                cost=SimpleNamespace(currency="GBP"),
                eligible=SimpleNamespace(sex="both", deprivation=None),
            ),  # fmt: skip
        )
    )
    scenario = SimpleNamespace(
        name="walking_groups",
        title="Led walking groups for inactive adults",
        description="Led walks twice a week, offered to inactive adults aged 40 to 74.",
        source="Kassavou, Turner and French 2013",
        source_from=None,
        not_valued="Falls are not in the model.",
        years=years,
        start_year=2025,
        persons=persons,
        seed=1,
        step_months=1,
        policies=policies,
        warnings=(),
        path=None,
        hash="5e1d0c7a",
        parameters={},
        population=SimpleNamespace(
            country="uk",
            represents=None,
            microdata=None,
            ages=(20, 95),
            sex="both",
            entrants=True,
            activity="survey",
            diseases="survey",
        ),
    )
    resolved = {
        "name": scenario.name,
        "title": scenario.title,
        "years": years,
        "start_year": 2025,
        "persons": persons,
        "seed": 1,
        "step_months": 1,
        "population": {
            "country": "uk",
            "ages": [20, 95],
            "sex": "both",
            "entrants": True,
            "activity": "survey",
            "diseases": "survey",
            "represents": None,
            "microdata": None,
        },
        "policies": []
        if not policies
        else [
            {
                "name": "walking_groups",
                "start": 2027,
                "end": None,
                "ramp_years": 2,
                "reach": 0.3,
                "uptake": 0.4,
                "eligible": {"ages": [40, 75], "met_hours_below": 8.75},
                "adds": {"moderate": 90, "vigorous": 0, "resistance": 0, "endurance": 0},
                "build_up_months": 3,
                "il6_signalling": 1.0,
                "adherence": {
                    "quit_12_weeks": 0.4,
                    "half_life_years": 1.5,
                    "stays": 0.2,
                    "rejoin_per_year": 0.05,
                },
                "cost": {"per_participant": 80, "currency": "GBP"},
            }
        ],
        "parameters": {"causal_share.cardiovascular": 0.8},
    }
    scenario.to_dict = lambda: resolved
    scenario.place = bundled_place()
    return scenario


def _manifest(persons, seeds, draws):
    return {
        "version": "0.1.0",
        "evidence_hash": "9f2c51d0aa",
        "scenario_hash": "5e1d0c7a",
        "seeds": list(range(1, seeds + 1)),
        "draws": 200 if draws else 0,
        "persons": persons,
        "wall_seconds": 4.2,
        "warnings": ["the policy starts two years into the run"],
        "command": "python run.py scenarios/walking_groups.yaml",
        "assumed_count": 2,
        "versions": {"python": "3.11.7", "numpy": "2.1.0", "numba": "0.60.0"},
    }
