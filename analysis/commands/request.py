"""What a command line of ``run`` asks for: its scenarios, and everything that is wrong with it.

All scenarios are loaded and all folders tried before anything is simulated, and every problem is
said at once. This takes a tenth of a second, so nothing heavy is loaded here but a survey.
"""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path

from abm.population.survey import load_survey
from abm.running.engines.named import engine_problems
from abm.running.folders import folder_problems
from abm.running.shard import folder_of_shards
from abm.scenario.layers import bundled_names
from abm.scenario.load import load_scenario
from abm.scenario.parts import Scenario
from abm.scenario.text import ScenarioError
from abm.scenario.vocabulary import COMPARISON
from analysis.commands.sweep import Variant, variants_of
from analysis.commands.usage import MOST_SEEDS, words_that_call
from analysis.words import joined

# Tables, figures in three formats and the report take some 3 MB, and the outcomes of each further
# seed or draw about half of one, and one more until they are written; what is kept of each half
# million persons takes about one. With room to spare.
BYTES_PER_SCENARIO = 10_000_000
BYTES_PER_RUN = 2_000_000
BYTES_PER_HALF_MILLION = 1_500_000
SCENARIO_OPTIONS = ("persons", "years", "seed")
WHERE_AND_HOW = {"out": Path("results"), "engine": "threads", "threads": None}
DEFAULTS = {"seeds": 1, "draws": 0, "most_seeds": MOST_SEEDS}


def requested(arguments: argparse.Namespace) -> tuple[list[Scenario], list[str]]:
    """Return the scenarios that are asked for, and all problems of the request."""
    names, settings = sorted_out(arguments.scenarios, arguments.settings)
    names = with_comparator(names, arguments.against)
    options = {
        key: str(getattr(arguments, key))
        for key in SCENARIO_OPTIONS
        if getattr(arguments, key) is not None
    }
    microdata = arguments.microdata
    variants, problems = variants_of(settings, options, microdata)
    scenarios, wrong = loaded(names, variants, options, microdata) if variants else ([], [])
    problems += wrong
    runs = arguments.seeds * (arguments.draws + 1)
    places = {each.name: place_of(each, arguments) for each in scenarios}
    needed = {places[each.name]: _bytes_of_results(each, runs) for each in scenarios}
    if will_be_compared(scenarios) and not arguments.shard:
        needed[arguments.out / COMPARISON] = BYTES_PER_RUN
    problems += folder_problems(needed)
    problems += _goal_problems(scenarios, arguments)
    problems += _comparator_problems(scenarios, names, arguments.against) if not problems else []
    problems += _shard_problems(arguments)
    problems += [f"--{each}" for each in engine_problems(arguments.engine, arguments.threads)]
    return scenarios, problems


def place_of(scenario: Scenario, arguments: argparse.Namespace) -> Path:
    """Return the folder that is written for a scenario: of its results, or of a shard of them."""
    results: Path = arguments.out / scenario.name
    return folder_of_shards(results) / arguments.shard.name if arguments.shard else results


def will_be_compared(scenarios: Iterable[Scenario]) -> bool:
    """Return whether there are effects of several scenarios to put side by side."""
    return sum(bool(scenario.policies) for scenario in scenarios) > 1


def not_compared(scenarios: Sequence[Scenario]) -> str:
    """Say which of several scenarios are not compared, and why; nothing if all are."""
    without = [each.name for each in scenarios if not each.policies]
    if len(scenarios) < 2 or not without:
        return ""
    has = "has" if len(without) == 1 else "have"
    start = "left out of the comparison" if will_be_compared(scenarios) else "no comparison"
    return f"{start}: {joined(without)} {has} no policies, and so no effects to put side by side"


def with_comparator(names: Sequence[str], against: str | None) -> list[str]:
    """Return the scenarios to run: the comparator is one of them, the last if it is not named."""
    return [*names, against] if against and against not in names else [*names]


def comparator_of(scenarios: Sequence[Scenario], names: Sequence[str], against: str) -> str:
    """Return the name of the scenario that was asked for as what others are compared with."""
    return scenarios[list(names).index(against)].name


def _comparator_problems(
    scenarios: Sequence[Scenario], names: Sequence[str], against: str | None
) -> list[str]:
    """Say why others cannot be compared with a scenario."""
    if not against:
        return []
    if len(scenarios) != len(names):
        return ["--against: goes with scenarios, not with a sweep; must be left out of one"]
    chosen = scenarios[list(names).index(against)]
    if not chosen.policies:
        return [
            f"--against: {chosen.name} has no policies, so it is doing nothing; must be left out"
        ]
    if sum(bool(each.policies) for each in scenarios) < 2:
        return [f"--against: there is nothing beside {chosen.name}; must be compared with another"]
    return []


def sorted_out(names: Sequence[str], settings: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return scenarios and settings, with scenario files that follow a --set taken back."""
    files = [text for text in settings if "=" not in text and text.endswith((".yaml", ".yml"))]
    return [*names, *files], [text for text in settings if text not in files]


def loaded(
    names: Sequence[str], variants: Sequence[Variant], options: dict[str, str],
    microdata: Path | None = None,
) -> tuple[list[Scenario], list[str]]:  # fmt: skip
    """Load every scenario in each variant of its settings, and read its survey.

    ``microdata`` may name the survey for all of them.

    Returns
    -------
        The scenarios, and the problems of all of them.
    """
    scenarios: list[Scenario] = []
    problems = []
    if not names:
        problems.append(f"no scenario is given; must be files or {', '.join(bundled_names())}")
    for name, variant in product(names, variants):
        try:
            scenario = variant.of(load_scenario(name, variant.settings, options, microdata))
            if scenario.population.microdata:
                survey = load_survey(scenario.population.microdata, scenario)
                scenario = replace(scenario, warnings=(*scenario.warnings, *survey.warnings))
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


def surveys_in_words(scenarios: Iterable[Scenario]) -> Iterator[str]:
    """Yield what the surveys of some scenarios bring to their runs, line by line."""
    from abm.population.survey_summary import summary_of

    told = set()
    for scenario in scenarios:
        if scenario.population.microdata:
            survey = load_survey(scenario.population.microdata, scenario)
            lines = tuple(summary_of(survey, scenario).lines())
            if lines not in told:  # several scenarios may take their people from one survey
                yield from lines
            told.add(lines)


def _bytes_of_results(scenario: Scenario, runs: int) -> int:
    """Return about how many bytes the results of a scenario take."""
    halves = scenario.persons // 500_000
    return BYTES_PER_SCENARIO + runs * (BYTES_PER_RUN + halves * BYTES_PER_HALF_MILLION)


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


def _shard_problems(arguments: argparse.Namespace) -> list[str]:
    """Say why a run cannot be done in shards, or its shards not be put together."""
    problems = []
    if arguments.until and (arguments.shard or arguments.merge):
        which = "--shard" if arguments.shard else "--merge"
        problems.append(
            f"{which}: --until asks after each seed whether another is needed, and no shard knows "
            "what the others found; must be --seeds"
        )
    if arguments.fresh and arguments.merge:
        problems.append("--merge: --fresh would forget what was finished; must be left out")
    return problems


def command_again(arguments: argparse.Namespace) -> str:
    """Return the command that gives the same files: without what only says where and how."""
    names, _ = sorted_out(arguments.scenarios, arguments.settings)
    return shlex.join(_words_of(arguments, names))


def command_for_some(arguments: argparse.Namespace, places: Iterable[int]) -> str:
    """Return the command that runs only the scenarios at some places of the list, as this one.

    Without ``--fresh``, so that it goes on with what is kept.
    """
    names, settings = sorted_out(arguments.scenarios, arguments.settings)
    names = with_comparator(names, arguments.against)
    variants = max(len(variants_of(settings)[0]), 1)
    chosen = sorted({place // variants for place in places})
    words = _words_of(arguments, [names[place] for place in chosen])
    for option, default in WHERE_AND_HOW.items():
        value = getattr(arguments, option)
        if value != default:
            words += [f"--{option}", str(value)]
    words += ["--merge"] if arguments.merge else []
    return shlex.join(words)


def _words_of(arguments: argparse.Namespace, names: Sequence[str]) -> list[str]:
    """Return the words of a command line that decide numbers, and which files hold them."""
    _, settings = sorted_out(arguments.scenarios, arguments.settings)
    words = [*words_that_call(arguments.program), *names]
    for option in (*SCENARIO_OPTIONS, *DEFAULTS):
        value = getattr(arguments, option)
        if value is not None and value != DEFAULTS.get(option):
            words += [f"--{option.replace('_', '-')}", str(value)]
    if arguments.microdata is not None:
        words += ["--microdata", str(arguments.microdata)]
    for goal in arguments.until:
        words += ["--until", str(goal)]
    if arguments.against:
        words += ["--against", arguments.against]
    if arguments.no_figures:
        words.append("--no-figures")
    for setting in settings:
        words += ["--set", setting]
    return words
