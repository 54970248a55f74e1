"""``place fit``: from a table of targets to a fitted place or scenario on disk."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from abm.evidence.place import DEFAULT_PLACE, Place
from abm.running.folders import claimed, folder_problems
from abm.running.output import FolderError, write_all
from abm.scenario.load import load_scenario
from abm.scenario.parts import Scenario
from abm.scenario.text import ScenarioError
from analysis.commands.usage import BAD_USAGE, DONE
from analysis.place_fit import programme, town
from analysis.place_fit.fitted import Outcome, far_off, lines_of
from analysis.place_fit.targets import ProgrammeTarget, TownTarget, read_targets

NUMBERS, TARGETS, PLACE, SCENARIO = "fitted.csv", "targets.csv", "place", "fitted.yaml"


def fit_to_targets(
    place: Place, targets: Path, scenario: str | None, persons: int, seeds: int, out: Path
) -> int:
    """Fit a place, or a scenario there, to a table; write what was found to ``out``.

    Returns
    -------
        The exit code: 2, before anything is written, for targets that cannot be met.
    """
    found = read_targets(targets)
    if isinstance(found, list):
        return _refused(found)
    folder, numbered = out / f"fit_{place.shown}", range(1, seeds + 1)
    if isinstance(found[0], TownTarget):
        problems, work = _for_town(place, found, persons, numbered, folder)  # type: ignore[arg-type]
    else:
        problems, work = _for_programme(place, found, scenario, persons, numbered, folder)  # type: ignore[arg-type]
    if (folder / PLACE).exists() or (folder / SCENARIO).exists():
        problems.append(f"--out: {folder} holds a fit already; must be another folder")
    problems = problems or folder_problems({folder: 0})
    if problems:
        return _refused(problems)
    try:
        with claimed(folder):
            return _written(work(), folder)
    except ScenarioError as error:
        own = f"{targets}:"
        return _refused([e if e.startswith(own) else f"{own} {e}" for e in error.problems])
    except (FolderError, ValueError) as error:
        return _refused([f"{targets}: {error}"])


def _refused(problems: Sequence[str]) -> int:
    print("\n".join(problems), file=sys.stderr)
    return BAD_USAGE


def _told(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _for_town(
    place: Place, targets: Sequence[TownTarget], persons: int, seeds: Sequence[int],
    folder: Path,
) -> tuple[list[str], Callable[[], Outcome]]:  # fmt: skip
    def work() -> Outcome:
        outcome, scales = town.fit_town(place, targets, persons, seeds, _told)
        town.write_scaled(place, scales, folder / PLACE)
        return outcome

    return list(map(str, town.problems_of(place, targets))), work


def _for_programme(
    place: Place, targets: Sequence[ProgrammeTarget], name: str | None, persons: int,
    seeds: Sequence[int], folder: Path,
) -> tuple[list[str], Callable[[], Outcome]]:  # fmt: skip
    if name is None:
        told = "the table is a programme's; must name the scenario that holds its policies"
        return [f"--scenario: {told}"], lambda: Outcome((), (), 0)
    try:
        scenario: Scenario = load_scenario(name)
    except ScenarioError as error:
        return list(error.problems), lambda: Outcome((), (), 0)
    if scenario.population.place not in (DEFAULT_PLACE, place.name):
        told = f"{name}: its people are of '{scenario.place.shown}'; must be of '{place.shown}'"
        return [told], lambda: Outcome((), (), 0)
    here = replace(scenario, population=replace(scenario.population, place=place.name))

    def work() -> Outcome:
        outcome = programme.fit_programme(here, targets, persons, seeds, _told)
        inherited = scenario.population.place == place.name
        text = programme.as_yaml(here, Path(name).name, outcome, inherited)
        write_all({folder / SCENARIO: text.encode()})
        return outcome

    problems = programme.problems_of(here, targets)
    if len(seeds) < (fewest := programme.FEWEST_SEEDS):
        problems.append(f"--seeds: is {len(seeds)}; must be at least {fewest} for a programme")
    return problems, work


def _written(outcome: Outcome, folder: Path) -> int:
    """Write both tables and print them."""
    tables = {NUMBERS: outcome.table_of_numbers, TARGETS: outcome.table_of_targets}
    write_all(
        {
            folder / name: table.to_csv(index=False, lineterminator="\n").encode()
            for name, table in tables.items()
        }
    )
    print("\n".join(lines_of(outcome)))
    if far := far_off(outcome):
        _told(f"warning: {far}")
    print(f"in brackets: 95 % interval (counting and Monte Carlo error); {outcome.trials} trials")
    made = [name for name in (PLACE, SCENARIO) if (folder / name).exists()]
    print(f"{folder}: {', '.join([*made, *tables])}")
    return DONE
