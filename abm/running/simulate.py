"""One call from a scenario to its results: ``simulate``."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from abm.evidence.parameters import Parameters
from abm.evidence.renamed import refusing_old
from abm.kernel.blocks import WORLDS, Counts, added, condensed, tells_of_everybody
from abm.kernel.constants import Single
from abm.limits import misfit, no_flag, problems_of, refuse
from abm.population.misfits import Misfit, misfits_in_draws
from abm.results.net_factors import net_factor_rows, stronger_than_published
from abm.results.outcome_tables import OutcomeTables
from abm.results.outcomes import outcomes_table
from abm.results.result import Result, result_of
from abm.running.eligible import offered_to_nobody
from abm.running.engines.named import engine_problems
from abm.running.finished_work import FinishedWork
from abm.running.people import people_table
from abm.running.progress import advancing
from abm.running.provenance import manifest
from abm.running.queue import Run, count_runs
from abm.running.recipe import recipe_of
from abm.running.setup import for_effects, set_up, with_sizes
from abm.scenario.budget_words import no_money_in_draws
from abm.scenario.drawn import CENTRAL
from abm.scenario.load import load_scenario
from abm.scenario.parts import Scenario

log = logging.getLogger(__name__)


@refusing_old("kept")
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
    lifetimes: bool = True,
    only_effects: bool = False,
    more_seeds: Callable[[Sequence[Counts]], int] | None = None,
    progress: Callable[[int], Any] | bool | None = None,
) -> Result:
    """Simulate a scenario's population in its worlds and compare them.

    Parameter draws simulate only who can matter to an effect, as ``only_effects`` says; the central
    values tell of everybody.

    Parameters
    ----------
    scenario
        A scenario, the name of a bundled one, or a path.
    persons, years, seed
        Replace the scenario's own.
    seeds
        Number of replicates: seed, seed + 1, ... (Monte Carlo error).
    draws
        Number of parameter draws besides the central values (parameter uncertainty); each is run
        with every seed.
    keep_people
        Also return one row per person and world.
    threads
        Threads, or worker processes; default one per processor. Results do not depend on it.
    engine
        Where blocks of people are simulated: ``threads``, ``processes`` (guard a script's own code
        with ``if __name__ == "__main__":``) or ``dask://HOST:PORT``. Results do not depend on it.
    finished_work
        Where finished parts of this and earlier runs are kept; see docs/scaling.md.
    parameters
        Values of the evidence entries instead of the central ones with the scenario's overrides.
    pathways
        Also simulate the world in which policies do not reach IL-6, for ``share_via_il6``.
    lifetimes
        Also follow those who took part to the end of their lives, for health and money, if the
        scenario's horizon is a lifetime.
    only_effects
        Simulate only those who can ever take part in a policy, newcomers among them, and until none
        can reach them any more; where each offer has a price, all who can be offered one as well,
        and where residents have one, all who live in the policy's place while it runs. Effects,
        groups' effects, health, money and their errors are to the bit those of the whole run. What
        only a run of everybody can tell is blank: ``baseline``, ``policy``, relative changes,
        means, the numbers of persons in groups, offers without a price, the histogram of IL-6,
        ``equity`` and ``life_expectancy``; ``result.outcomes`` is refused. Nothing warns of a
        policy without a price that nobody can be offered.
    more_seeds
        Called with the tallies of the central values, one per seed so far; returns how many seeds
        to add to them. Parameter draws keep to ``seeds``.
    progress
        Called with the number of person-years finished since the last call; True shows a bar on a
        terminal and in a notebook.

    Raises
    ------
    ScenarioError
        If the scenario cannot be loaded.
    ValueError
        If a number is out of its range, something is of a kind that cannot be used, or there is no
        such engine.
    TasksFailed, EngineError
        If a part of the population cannot be simulated, or the engine cannot go on; what is
        finished stays kept.
    """
    started = time.perf_counter()
    chosen = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
    refuse(
        [
            *problems_of(persons=persons, years=years, seed=seed),
            *problems_of(seeds=seeds, draws=draws, threads=threads),
            *engine_problems(engine, threads),
            no_flag("keep_people", keep_people),
            no_flag("pathways", pathways),
            no_flag("lifetimes", lifetimes),
            no_flag("only_effects", only_effects),
            *_misfits(finished_work, parameters, more_seeds, progress),
            *(_asks_for_everybody(chosen, keep_people) if only_effects else ()),
        ]
    )
    chosen = with_sizes(chosen, persons=persons, years=years, seed=seed)
    seeds, draws, threads = int(seeds), int(draws), None if threads is None else int(threads)
    central = set_up(chosen, parameters, pathways=pathways, lifetimes=lifetimes)
    log.debug("%s: calibrated after %.2f s", chosen.name, time.perf_counter() - started)
    if finished_work is not None:
        finished_work.asked_by(chosen)
    central = for_effects(central) if only_effects else central
    found = _Found(finished_work.folder if finished_work else None)

    def count(wanted: Iterable[Run], number: int) -> None:
        person_years = number * chosen.persons * chosen.years
        with advancing(progress, person_years, chosen.name) as advance:
            count_runs(
                wanted, found.add, engine=engine, workers=threads,
                number_of_runs=seeds * (draws + 1), finished_work=finished_work, progress=advance,
            )  # fmt: skip

    first = now = range(chosen.seed, chosen.seed + seeds)
    while len(now) > 0:
        count((Run(k, CENTRAL, central) for k in now), len(now))
        more = 0 if more_seeds is None else more_seeds(found.central())
        now = range(now.stop, now.stop + more)
    if draws > 0:
        recipe = recipe_of(central, 0, pathways=pathways, lifetimes=lifetimes)
        of_draws = (
            Run(k, draw, each)
            for draw in range(draws)
            for each in [replace(recipe, draw=draw)]
            for k in first
        )
        count(of_draws, draws * seeds)
    runs = found.in_order()
    about = manifest(central, runs, time.perf_counter() - started)
    of_central = [counts for (_, draw), counts in runs.items() if draw == CENTRAL]
    about["warnings"] += offered_to_nobody(chosen, of_central)
    about["warnings"] += no_money_in_draws(found.without_money, draws)
    about["warnings"] += misfits_in_draws(found.misfits, draws)
    about["net_factors_of_activity"] = net_factor_rows(central, found.net_factors)
    about["warnings"] += stronger_than_published(about["net_factors_of_activity"])
    people = people_table(central, chosen.seed) if keep_people else None
    return result_of(runs, found.tables, found.whole, central, people, about)


def _asks_for_everybody(scenario: Scenario, keep_people: bool) -> Iterator[str]:
    """Yield what goes together with the effects of all, not with possible participants alone."""
    if not scenario.policies:
        yield (
            f"only_effects: is True, but {scenario.name} has no policies, so no effects; must be "
            "left out"
        )
    if keep_people:
        yield (
            "keep_people: is True, but with only_effects not everybody is simulated; one of them "
            "must be left out"
        )


def no_parameters(given: Any) -> str | None:
    """Say that what is given from Python as ``parameters`` is none; None if it is, or left out."""
    fits = isinstance(given, Parameters | None)
    wanted = "what central_parameters(overrides) of abm.evidence.parameters returns, or None"
    return misfit("parameters", given, fits, wanted)


def _misfits(finished_work: Any, parameters: Any, more_seeds: Any, progress: Any) -> Iterator[Any]:
    """Yield what is wrong with the kinds of what a caller may give or leave out."""
    fits = isinstance(finished_work, FinishedWork | None)
    yield misfit("finished_work", finished_work, fits, "FinishedWork(folder), or None")
    yield no_parameters(parameters)
    yield misfit("more_seeds", more_seeds, more_seeds is None or callable(more_seeds),
                 "a function of the tallies so far, or None")  # fmt: skip
    fits = progress is None or isinstance(progress, bool) or callable(progress)
    wanted = "True, a function of a number of person-years, or None"
    yield misfit("progress", progress, fits, wanted)


# What the tallies of a run share with those of all runs together.
OWN = (
    "people", "effects", "course", "told", "lifetime", "told_later", "by_cell", "participants",
    "lifetime_by_cell", "worth", "sources", "care",
)  # fmt: skip


class _Found:
    """The tallies and outcomes of finished runs, whatever the order in which they end.

    Of each run only what effects are made of stays in memory.
    """

    def __init__(self, folder: Path | None) -> None:
        self._runs: dict[tuple[int, int], Counts] = {}  # by draw and seed
        self.tables = OutcomeTables(folder)
        self.whole: list[Counts] = []  # one, of all runs of the central values together
        self.net_factors: dict[int, Single] = {}  # of activity, by draw
        # draws in which a policy's budget does not pay what its place costs, by its name
        self.without_money: dict[str, set[int]] = {}
        self.misfits: dict[int, tuple[Misfit, ...]] = {}  # of calibration, by draw

    def add(self, run: Run, counts: Counts) -> None:
        """Take in a run."""
        given, found = run.given, run.findings
        if tells_of_everybody(counts):
            self.tables.add(
                outcomes_table(
                    counts, given.parameters, given.scenario.start_year, run.seed, run.draw,
                    WORLDS[: given.shape.worlds],
                )
            )  # fmt: skip
        self._runs[run.draw, run.seed] = condensed(counts)
        self.net_factors[run.draw] = found.net_factor
        for name in found.without_money:
            self.without_money.setdefault(name, set()).add(run.draw)
        if run.draw != CENTRAL:
            self.misfits[run.draw] = found.misfits
        if run.draw == CENTRAL:
            self._add_whole(counts)

    def _add_whole(self, counts: Counts) -> None:
        if self.whole:
            added(self.whole[0], counts)
        else:  # what the tallies of the run itself share with these must not grow
            own = {name: getattr(counts, name).copy() for name in OWN}
            self.whole.append(counts._replace(**own))

    def central(self) -> list[Counts]:
        """Return the tallies of the central values, by seed; asked before any draw."""
        return [self._runs[each] for each in sorted(self._runs)]

    def in_order(self) -> dict[tuple[int, int], Counts]:
        """Return the tallies by seed and draw, the central values first."""
        return {(seed, draw): self._runs[draw, seed] for draw, seed in sorted(self._runs)}
