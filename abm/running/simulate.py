"""One call from a scenario to its results: ``simulate``."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from abm.evidence.distributions import quantile
from abm.evidence.entries import load_evidence
from abm.evidence.parameters import Parameters, draw_parameters
from abm.kernel import layout as c
from abm.kernel.blocks import WORLDS, Counts, condensed, of_world
from abm.results.effects import effects_table, group_effects, participation_table
from abm.results.outcomes import outcomes_table
from abm.running.finished_work import FinishedWork
from abm.running.queue import CENTRAL, Run, count_runs
from abm.running.setup import Setup, set_up
from abm.scenario.load import load_scenario
from abm.scenario.parts import Scenario

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Result:
    """What a run found. Tables are described in docs/results.md.

    ``counts`` holds the tallies of each (seed, draw), those of parameter draws without strata and
    histograms; ``people`` is None unless kept; ``draw_effects`` has the effects of every parameter
    draw.
    """

    scenario: Scenario
    outcomes: pd.DataFrame
    effects: pd.DataFrame
    il6_histogram: pd.DataFrame
    group_effects: pd.DataFrame | None
    participation: pd.DataFrame | None
    people: pd.DataFrame | None
    draw_effects: pd.DataFrame | None
    manifest: dict[str, Any]
    counts: Mapping[tuple[int, int], Counts] = field(repr=False)


def simulate(
    scenario: Scenario | str | Path,
    *,
    persons: int | None = None,
    years: int | None = None,
    seed: int | None = None,
    seeds: int = 1,
    draws: int = 0,
    keep_people: bool = False,
    threads: int | None = None,
    engine: str = "threads",
    finished_work: FinishedWork | None = None,
    parameters: Parameters | None = None,
    pathways: bool = True,
    more_seeds: Callable[[Sequence[Counts]], int] | None = None,
    progress: Callable[[int], Any] | None = None,
) -> Result:
    """Live a scenario's population in its worlds and compare them.

    Parameters
    ----------
    scenario
        A scenario, the name of a bundled one, or a path.
    persons, years, seed
        Replace the scenario's own.
    seeds
        Number of replicates: seed, seed + 1, ... (Monte Carlo noise).
    draws
        Number of parameter draws besides the central values (parameter uncertainty); each is run
        with every seed.
    keep_people
        Also return one row per person and world.
    threads
        Threads, or worker processes; default one per processor. Results do not depend on it.
    engine
        Where the blocks of people are lived: ``threads``, ``processes`` (guard a script's own code
        with ``if __name__ == "__main__":``) or ``dask://HOST:PORT``. Results do not depend on it.
    finished_work
        Where finished parts of this and earlier runs are kept; see docs/scaling.md.
    parameters
        Values of the evidence entries instead of the central ones with the scenario's overrides.
    pathways
        Also live the world in which policies do not reach IL-6, for ``share_via_il6``.
    more_seeds
        Called with the tallies of the central values, one per seed so far; returns how many seeds
        to add to them. Parameter draws keep to ``seeds``.
    progress
        Called with the number of person-years finished since the last call.

    Raises
    ------
    ScenarioError
        If the scenario cannot be loaded.
    ValueError
        If a number is out of its range, or there is no such engine.
    TasksFailed, EngineError
        If a part of the population cannot be lived, or the engine cannot go on; what is finished
        stays kept.
    """
    started = time.perf_counter()
    chosen = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
    chosen = with_sizes(chosen, persons=persons, years=years, seed=seed)
    if seeds < 1 or draws < 0:
        raise ValueError(f"seeds is {seeds} and draws is {draws}; must be at least 1 and 0")
    central = set_up(chosen, parameters, pathways=pathways)
    runs: dict[tuple[int, int], Counts] = {}
    tables: dict[tuple[int, int], pd.DataFrame] = {}

    def finished(run: Run, counts: Counts) -> None:
        tables[run.draw, run.seed] = outcomes_table(
            counts, run.setup.parameters, chosen.start_year, run.seed, run.draw,
            WORLDS[: run.setup.worlds],
        )  # fmt: skip
        runs[run.draw, run.seed] = counts if run.draw == CENTRAL else condensed(counts)

    def count(wanted: Iterable[Run]) -> None:
        count_runs(
            wanted, finished, engine=engine, workers=threads, number_of_runs=seeds * (draws + 1),
            finished_work=finished_work, progress=progress,
        )  # fmt: skip

    first = range(chosen.seed, chosen.seed + seeds)
    now = first
    while len(now) > 0:
        count(Run(k, CENTRAL, central) for k in now)
        more = 0 if more_seeds is None else more_seeds([runs[each] for each in sorted(runs)])
        now = range(now.stop, now.stop + more)
    if draws > 0:
        count(
            Run(k, draw, setup)
            for draw in range(draws)
            for setup in [set_up(*drawn_setup(chosen, parameters, draw), pathways=pathways)]
            for k in first
        )
    order = sorted(runs)
    return assembled(
        chosen,
        {(seed, draw): runs[draw, seed] for draw, seed in order},
        [tables[each] for each in order],
        central,
        keep_people,
        time.perf_counter() - started,
    )


def with_sizes(
    scenario: Scenario, *, persons: int | None, years: int | None, seed: int | None
) -> Scenario:
    """Return a scenario with other sizes, checked."""
    wanted = {"persons": persons, "years": years, "seed": seed}
    given = {key: value for key, value in wanted.items() if value is not None}
    for key, value in given.items():
        lowest = 0 if key == "seed" else 1
        if not isinstance(value, (int, np.integer)) or isinstance(value, bool) or value < lowest:
            raise ValueError(f"{key} is {value!r}; must be a whole number of at least {lowest}")
    sizes: dict[str, Any] = {key: int(value) for key, value in given.items()}
    return replace(scenario, **sizes)


def drawn_setup(
    scenario: Scenario, parameters: Parameters | None, draw: int
) -> tuple[Scenario, Parameters | None]:
    """Return the scenario and parameters of a draw; the central ones for :data:`CENTRAL`.

    Entries of the evidence and the scenario's own intervals are drawn alike, each by its path.
    """
    if draw == CENTRAL:
        return scenario, parameters
    from abm.evidence.parameters import addressed_uniform

    values = {
        path: quantile(
            addressed_uniform(scenario.seed, path, draw),
            "normal",
            each.value,
            each.low,
            each.high,
            each.minimum,
            each.maximum,
        )  # fmt: skip
        for path, each in scenario.intervals.items()
    }
    moved = scenario.with_values(values)
    return moved, draw_parameters(draw, scenario.seed, moved.parameters)


def assembled(
    scenario: Scenario, runs: Mapping[tuple[int, int], Counts], tables: Sequence[pd.DataFrame],
    setup: Setup, keep_people: bool, seconds: float,
) -> Result:  # fmt: skip
    """Put the tables of a result together."""
    import pandas as pd

    outcomes = pd.concat(tables, ignore_index=True)
    central = [counts for (_, draw), counts in runs.items() if draw == CENTRAL]
    own = outcomes[outcomes["draw"] == CENTRAL]
    has_policy = setup.worlds > 1
    draws = _effects_of_draws(runs, outcomes, setup.worlds == 3) if has_policy else None
    effects = effects_table(central, own, setup.worlds == 3) if has_policy else levels_table(own)
    if draws is not None:
        effects = with_parameter_intervals(effects, draws)
    people = None
    if keep_people:
        from abm.results.persons import people_table

        people = people_table(setup, scenario.seed)
    names = [policy.name for policy in scenario.policies]
    return Result(
        scenario=scenario,
        outcomes=outcomes,
        effects=effects,
        il6_histogram=histogram_table(central, setup.worlds, scenario.start_year),
        group_effects=group_effects(central) if has_policy else None,
        participation=(
            participation_table(central[0], names, scenario.start_year) if has_policy else None
        ),
        people=people,
        draw_effects=draws,
        manifest=manifest(scenario, setup, runs, seconds),
        counts=runs,
    )


def _effects_of_draws(
    runs: Mapping[tuple[int, int], Counts], outcomes: pd.DataFrame, frozen: bool
) -> pd.DataFrame | None:
    """Return the effects of every parameter draw, one block of rows per draw."""
    import pandas as pd

    drawn = sorted({draw for _, draw in runs if draw != CENTRAL})
    if not drawn:
        return None
    frames = []
    for draw in drawn:
        own = [counts for (_, d), counts in runs.items() if d == draw]
        table = effects_table(own, outcomes[outcomes["draw"] == draw], frozen)
        table.insert(0, "draw", draw)
        frames.append(table)
    return pd.concat(frames, ignore_index=True)


def with_parameter_intervals(effects: pd.DataFrame, draws: pd.DataFrame) -> pd.DataFrame:
    """Add the 95 % interval over parameter draws to the effects (noise of each draw included).

    Of the expected events where there are such: that noise is then small.
    """
    best = draws.assign(best=draws["expected_averted"].fillna(draws["averted"]))
    quantiles = best.groupby("outcome")["best"].quantile([0.025, 0.975]).unstack()
    table = effects.copy()
    table["parameter_lower"] = table["outcome"].map(quantiles[0.025])
    table["parameter_upper"] = table["outcome"].map(quantiles[0.975])
    if "share_via_il6" in draws:
        share = draws.groupby("outcome")["share_via_il6"].quantile([0.025, 0.975]).unstack()
        table["share_lower"] = table["outcome"].map(share[0.025])
        table["share_upper"] = table["outcome"].map(share[0.975])
    return table


def levels_table(outcomes: pd.DataFrame) -> pd.DataFrame:
    """Return the totals of a run without policies in the shape of an effects table."""
    import pandas as pd

    strata = outcomes[["sex", "age_band", "deprivation", "activity_group"]]
    whole = outcomes[(strata.astype(str) == "all").all(axis=1)]
    seeds = max(outcomes["seed"].nunique(), 1)
    sums = whole.groupby("measure", observed=True)["value"].sum() / seeds
    names = [name for name in c.OUTCOMES if name != "life_years"]
    return pd.DataFrame({"outcome": names, "baseline": [sums.get(name, np.nan) for name in names]})


def histogram_table(runs: Sequence[Counts], worlds: int, start_year: int) -> pd.DataFrame:
    """Return persons by bin of ln IL-6, world, year, sex and age band (empty bins left out)."""
    import pandas as pd

    frames = []
    for world in range(min(worlds, 2)):
        total = sum(of_world(counts.histograms, world) for counts in runs)
        assert isinstance(total, np.ndarray)
        crossed = total[:, :16].reshape(-1, 2, 8, c.N_BINS)
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


def manifest(
    scenario: Scenario, setup: Setup, runs: Mapping[tuple[int, int], Counts], seconds: float
) -> dict[str, Any]:
    """Return what is needed to repeat a run, and what it cost."""
    from abm.running.provenance import versions

    evidence = load_evidence()
    return {
        "scenario": scenario.to_dict(),
        "scenario_hash": scenario.hash,
        "parameters_hash": setup.parameters.hash,
        "evidence_hash": evidence.hash,
        "overrides": {key: _plain(value) for key, value in setup.parameters.overrides.items()},
        "versions": versions(),
        "seeds": sorted({seed for seed, _ in runs}),
        "draws": len({draw for _, draw in runs}) - 1,
        "persons": scenario.persons,
        "worlds": list(WORLDS[: setup.worlds]),
        "wall_seconds": round(seconds, 3),
        "warnings": [*scenario.warnings, *setup.notes],
        "assumed_entries": sum(e.grade == "assumed" for e in evidence.entries.values()),
    }


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else value
