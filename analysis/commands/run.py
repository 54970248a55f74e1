"""The main command: each scenario against its baseline, with tables, figures and a report.

Everything that can be wrong is looked for before the first person lives: all scenarios are loaded
and all folders tried, and every problem is said at once.
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from abm.running.kept_units import KeptUnits
    from abm.scenario.parts import Scenario
    from analysis.certainty.precision import Goal

DONE, FAILED, BAD_USAGE = 0, 1, 2
# Tables, figures in three formats and the report take some 3 MB, and the outcomes of each further
# seed or draw about half of one; what is kept of each half million persons takes about one. With
# room to spare.
BYTES_PER_SCENARIO = 10_000_000
BYTES_PER_RUN = 1_000_000
BYTES_PER_HALF_MILLION = 1_500_000
SCENARIO_OPTIONS = ("persons", "years", "seed")
MOST_SEEDS = 200
DEFAULTS = {"seeds": 1, "draws": 0, "most_seeds": MOST_SEEDS}


def whole_number(least: int) -> Any:
    """Return a reader of whole numbers for the command line; 1e3 and 1_000 are understood."""

    def read(text: str) -> int:
        try:
            number = float(text)
            whole = int(number)
        except (ValueError, OverflowError):
            number, whole = 0.5, 0
        if number != whole or whole < least:
            raise argparse.ArgumentTypeError(
                f"is {text!r}; must be a whole number of at least {least}"
            )
        return whole

    return read


def goal(text: str) -> Goal:
    """Return a precision to reach, such as 5% or deaths=5%."""
    from analysis.certainty.precision import read_goal

    try:
        return read_goal(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def engine(text: str) -> str:
    """Return the name of an engine that is there."""
    if text == "threads":
        return text
    from abm.running.engines import check_name

    try:
        return check_name(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to its parser."""
    add = parser.add_argument
    add("scenarios", nargs="*", metavar="SCENARIO",
        help="scenario files, or names of bundled ones such as walking_groups")  # fmt: skip
    add("--persons", metavar="N", help="persons to simulate (default: the scenario's)")
    add("--years", metavar="N", help="years to simulate (default: the scenario's)")
    add("--seed", metavar="S", help="chooses everyone's luck (default: the scenario's)")
    add("--seeds", type=whole_number(1), default=1, metavar="R",
        help="replicates: S, S+1, ... (narrows the Monte Carlo interval)")  # fmt: skip
    add("--draws", type=whole_number(0), default=0, metavar="K",
        help="draws of the uncertain parameters besides the central values")  # fmt: skip
    add("--until", type=goal, action="append", default=[], metavar="SHARE",
        help="add seeds until the Monte Carlo interval is within this share of every effect (5%%) "
             "or of one (deaths=5%%)")  # fmt: skip
    add("--most-seeds", type=whole_number(1), default=MOST_SEEDS, metavar="N",
        help=f"seeds at which --until gives up (default {MOST_SEEDS})")  # fmt: skip
    add("--out", type=Path, default=Path("results"), metavar="DIR",
        help="results go to DIR/NAME/ (default: results)")  # fmt: skip
    add("--engine", type=engine, default="threads", metavar="ENGINE",
        help="where blocks of people are lived: threads (default), processes or "
        "dask://HOST:PORT; results do not depend on it")  # fmt: skip
    add("--threads", type=whole_number(1), metavar="N",
        help="threads or processes (default: one per processor)")  # fmt: skip
    start = parser.add_mutually_exclusive_group()
    start.add_argument("--resume", action="store_true",
        help="go on with what an earlier run has finished (default)")  # fmt: skip
    start.add_argument("--fresh", action="store_true",
        help="forget what earlier runs have finished")  # fmt: skip
    add("--set", action="extend", nargs="+", default=[], metavar="KEY=VALUE", dest="settings",
        help="override a scenario key (policies.walks.reach=0.5) or an evidence entry")  # fmt: skip
    add("--dry-run", action="store_true",
        help="check everything, say the expected time and memory, and write nothing")  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code: 2 where a scenario or a folder is wrong."""
    names, settings = sorted_out(arguments.scenarios, arguments.settings)
    options = {
        key: str(getattr(arguments, key))
        for key in SCENARIO_OPTIONS
        if getattr(arguments, key) is not None
    }
    scenarios, problems = loaded(names, settings, options)
    problems += _folder_problems(scenarios, arguments)
    problems += _goal_problems(scenarios, arguments)
    if arguments.threads and arguments.engine.startswith("dask"):
        problems.append("--threads: the workers of a cluster have theirs; must be left out")
    if problems:
        print("\n".join(problems), file=sys.stderr)
        return BAD_USAGE
    for scenario in scenarios:
        for warning in scenario.warnings:
            print(f"warning: {scenario.name}: {warning}", file=sys.stderr)
    if arguments.dry_run:
        _print_forecasts(scenarios, arguments)
        return DONE
    return _live_all(scenarios, arguments)


def _live_all(scenarios: Sequence[Scenario], arguments: argparse.Namespace) -> int:
    """Claim every folder, then run the scenarios one after the other.

    A scenario of which a part cannot be lived does not keep the others from being run.
    """
    from abm.running.engines import EngineError
    from abm.running.output import FolderError, claimed
    from analysis.commands.forecast import memory_problem

    problem = memory_problem()
    if problem:
        print(f"run.py: {problem}", file=sys.stderr)
        return FAILED
    effects: dict[str, pd.DataFrame] = {}
    with ExitStack() as claims:
        try:
            folders = [claims.enter_context(claimed(arguments.out / s.name)) for s in scenarios]
        except FolderError as error:
            print(f"--out: {error}", file=sys.stderr)
            return BAD_USAGE
        compile_now()
        try:
            for scenario, folder in zip(scenarios, folders, strict=True):
                table = _attempted(scenario, folder, arguments)
                if table is not None:
                    effects[scenario.name] = table
        except EngineError:
            return FAILED
    _compare({name: table for name, table in effects.items() if "averted" in table}, arguments.out)
    return DONE if len(effects) == len(scenarios) else FAILED


def _attempted(
    scenario: Scenario, folder: Path, arguments: argparse.Namespace
) -> pd.DataFrame | None:
    """Run one scenario; if it fails, say why and with what the same command would go on."""
    from abm.running.engines import EngineError
    from abm.running.kept_units import KeptUnits
    from abm.running.queue import TasksFailed

    kept = KeptUnits(folder, fresh=arguments.fresh)
    try:
        return _live(scenario, folder, arguments, kept)
    except (TasksFailed, EngineError) as error:
        print(f"run.py: the run failed: {error}\n{kept.in_words()}", file=sys.stderr)
        if isinstance(error, EngineError):
            raise
    except (KeyboardInterrupt, MemoryError, OSError):
        print(f"\n{kept.in_words()}", file=sys.stderr)
        raise
    return None


def _compare(effects: dict[str, pd.DataFrame], out: Path) -> None:
    """Put the effects of several scenarios side by side, as a table and a figure."""
    if len(effects) < 2:
        return
    from analysis.report.comparison import draw_comparison, wide_comparison

    comparison, _ = draw_comparison(effects, out / "comparison")
    print("averted per 100 000 persons")
    print(wide_comparison(comparison).round(1).to_string())
    print(f"{out / 'comparison'}{os.sep}: the same as a table and a figure")


def sorted_out(names: Sequence[str], settings: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return scenarios and settings, with scenario files that follow a --set taken back."""
    files = [text for text in settings if "=" not in text and text.endswith((".yaml", ".yml"))]
    return [*names, *files], [text for text in settings if text not in files]


def loaded(
    names: Sequence[str], settings: Sequence[str], options: dict[str, str]
) -> tuple[list[Scenario], list[str]]:
    """Load every scenario and read its survey.

    Returns
    -------
        The scenarios, and the problems of all of them.
    """
    from abm.scenario.layers import bundled_names
    from abm.scenario.load import load_scenario
    from abm.scenario.text import ScenarioError

    scenarios: list[Scenario] = []
    problems = []
    if not names:
        problems.append(f"no scenario is given; must be files or {', '.join(bundled_names())}")
    for name in names:
        try:
            scenario = load_scenario(name, settings, options)
            if scenario.population.microdata:
                from abm.population.survey import load_survey

                load_survey(scenario.population.microdata, scenario)
        except ScenarioError as error:
            problems += error.problems
            continue
        if any(scenario.name == other.name for other in scenarios):
            problems.append(
                f"{name}: name: '{scenario.name}' is also the name of another scenario of this "
                "run; must be unique, because it names the folder of its results"
            )
        scenarios.append(scenario)
    return scenarios, list(dict.fromkeys(problems))


def _folder_problems(scenarios: Iterable[Scenario], arguments: argparse.Namespace) -> list[str]:
    """Try the folders of the results before anything is run."""
    from abm.running.output import FolderError, check_folder

    runs = arguments.seeds * (arguments.draws + 1)
    problems = []
    for scenario in scenarios:
        per_run = BYTES_PER_RUN + scenario.persons // 500_000 * BYTES_PER_HALF_MILLION
        try:
            check_folder(arguments.out / scenario.name, BYTES_PER_SCENARIO + runs * per_run)
        except FolderError as error:
            problems.append(f"--out: {error}")
    return list(dict.fromkeys(problems))


def _goal_problems(scenarios: Iterable[Scenario], arguments: argparse.Namespace) -> list[str]:
    """Say why no precision of an effect can be reached."""
    if not arguments.until:
        return []
    problems = [
        f"--until: {scenario.name} has no policies, so it has no effect to be precise about"
        for scenario in scenarios
        if not scenario.policies
    ]
    if arguments.most_seeds < arguments.seeds:
        problems.append(
            f"--most-seeds is {arguments.most_seeds}, must be at least --seeds ({arguments.seeds})"
        )
    return problems


def _print_forecasts(scenarios: Iterable[Scenario], arguments: argparse.Namespace) -> None:
    """Say how long each scenario will take and how much memory, from a small trial."""
    from abm.running.progress import in_words
    from analysis.commands.forecast import forecast

    compile_now()
    for scenario in scenarios:
        expected = forecast(scenario, arguments.seeds, arguments.draws, arguments.threads)
        print(
            f"{scenario.name}: {scenario.persons:,} persons, {scenario.years} years, "
            f"{expected.worlds} world{'s' if expected.worlds > 1 else ''}, "
            f"{expected.runs} run{'s' if expected.runs > 1 else ''}: "
            f"{'at least ' if arguments.until else ''}about {in_words(expected.seconds)} and "
            f"{expected.memory_bytes / 1e6:.0f} MB of memory"
        )


def compile_now() -> None:
    """Compile the rules if this machine has not yet, here where it can be interrupted."""
    from abm.kernel.compiled import must_compile

    if not must_compile():
        return
    print("compiling the rules for this machine (about a minute, only once) ...", file=sys.stderr)
    from abm import simulate

    simulate("walking_groups", persons=1, years=1, threads=1)


def _live(
    scenario: Scenario, folder: Path, arguments: argparse.Namespace, kept: KeptUnits
) -> pd.DataFrame:
    """Run one scenario, write what it gives, print its effects, and return them."""
    from abm import simulate
    from abm.running.progress import Progress
    from analysis.certainty.precision import seeds_for
    from analysis.commands.run_results import effects_in_text, write_result

    runs = arguments.seeds * (arguments.draws + 1)
    years = scenario.persons * scenario.years
    with Progress(years * runs, scenario.name) as progress:
        kept.found = progress.skip

        def tell(sentence: str, added: int) -> None:
            progress.total += years * added
            print(f"{scenario.name}: {sentence}", file=sys.stderr)

        result = simulate(
            scenario,
            seeds=arguments.seeds,
            draws=arguments.draws,
            threads=arguments.threads,
            more_seeds=(
                seeds_for(arguments.until, arguments.most_seeds, tell) if arguments.until else None
            ),
            engine=arguments.engine,
            kept=kept,
            progress=progress.advance,
        )
    _tell_of_units(kept, scenario.name)
    for note in result.manifest["warnings"]:
        if note not in scenario.warnings:
            print(f"warning: {scenario.name}: {note}", file=sys.stderr)
    result.manifest["command"] = command_again(arguments)
    result.manifest["units"] = {"lived": kept.units_lived, "from_before": kept.units_found}
    precision = min((goal.share for goal in arguments.until), default=0.05)
    print(effects_in_text(result, *write_result(result, folder, precision)))
    print(f"{folder}{os.sep}: report.html, effects.csv, outcomes.parquet, manifest.json, figures")
    if size := kept.bytes_on_disk:
        print(f"{folder / 'units'}{os.sep}: {size / 1e6:.1f} MB of finished work, for "
              "more seeds, draws or persons; may be deleted")  # fmt: skip
    effects: pd.DataFrame = result.effects
    return effects


def _tell_of_units(kept: KeptUnits, name: str) -> None:
    """Say what was there from before, and what of it could not be used."""
    if kept.units_found:
        total = kept.units_found + kept.units_lived
        print(f"{name}: {kept.units_found} of {total} units were kept from before", file=sys.stderr)
    for path in kept.set_aside:
        print(f"warning: {name}: a kept unit was damaged or foreign; it is now {path}, and was "
              "lived again", file=sys.stderr)  # fmt: skip


def command_again(arguments: argparse.Namespace) -> str:
    """Return the command that gives the same numbers: without what only says where and how."""
    names, settings = sorted_out(arguments.scenarios, arguments.settings)
    words = ["python", "run.py", *names]
    for option in (*SCENARIO_OPTIONS, *DEFAULTS):
        value = getattr(arguments, option)
        if value is not None and value != DEFAULTS.get(option):
            words += [f"--{option.replace('_', '-')}", str(value)]
    for goal in arguments.until:
        words += ["--until", str(goal)]
    for setting in settings:
        words += ["--set", setting]
    return shlex.join(words)


def main(words: Sequence[str] | None = None) -> int:
    """Run the command by itself: ``python -m analysis.commands.run``."""
    parser = argparse.ArgumentParser(prog="run", description=__doc__)
    add_arguments(parser)
    return run(parser.parse_args(words))


if __name__ == "__main__":
    sys.exit(main())
