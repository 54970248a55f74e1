"""The door: reads the command line, hands over to the command's module, and returns its code.

``run.py`` of a checkout, the installed command and ``python -m abm`` all come in here.
"""

from __future__ import annotations

import argparse
import gc
import os
import re
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from itertools import takewhile
from typing import Any, NoReturn

from abm.version import __version__
from analysis.commands.streams import in_good_order
from analysis.commands.telling import add_loudness, set_loudness
from analysis.commands.usage import BAD_USAGE, FAILED, OF_ALL, Words

# Modules, evidence and figures make many objects that stay; searching them for cycles at Python's
# own pace takes a tenth of a short run.
RARELY = 500_000, 20, 20

CHECKOUT, INSTALLED, MODULE = "run.py", "exercise-il6", "python -m abm"

OPTION = re.compile(r"--[a-z][a-z0-9-]*")
NEGATIVE = re.compile(r"-\.?\d")  # a number, not an option, though it begins like one
COMPLETION = "completion"
SCENARIO = "SCENARIO"  # how the commands name a scenario among their words
NAMED = (SCENARIO, "FILE_OR_NAME", "DIR_OR_NAME")  # what has names that a shell can list

# Each module has add_arguments(parser) and run(arguments) -> exit code; analysis.commands says why
# it is light.
COMMANDS = {
    "run": ("analysis.commands.run", "run scenarios against their baseline (may be left out)"),
    "bout": ("analysis.commands.bout", "IL-6 and what follows it in the hours after one bout"),
    "sensitivity": ("analysis.commands.sensitivity", "which inputs drive an answer"),
    "check": ("analysis.commands.check", "what must hold for a scenario of your own"),
    "validate": ("analysis.commands.validate", "published results replayed inside the model"),
    "evidence": ("analysis.commands.evidence", "every model parameter, its source and grade"),
    "scenarios": ("analysis.commands.scenarios", "what is bundled, a line each"),
    "schema": ("analysis.commands.schema", "the vocabulary of scenario files for editors"),
    "explore": ("analysis.commands.explore", "the simulation as one page that answers"),
    "decide": ("analysis.commands.decide", "the best use of a budget over policies and groups"),
    "place": ("analysis.commands.place", "check a place of your own, fit it to counts, begin one"),
    "completion": ("analysis.commands.completion", "for shells: commands, options, scenarios"),
    "benchmark": ("benchmarks.command", "person-months per second, side by side"),
}


class Parser(argparse.ArgumentParser):
    """A parser whose message about an unknown option names the nearest known one."""

    def read(self, words: Sequence[str]) -> argparse.Namespace:
        """Read the words after a command; options and scenarios may stand in any order."""
        arguments, unknown = self.parse_known_intermixed_args(with_negative_values(words))
        problems = [
            f"the command {word!r} must stand before its options and scenarios"
            for word in getattr(arguments, "scenarios", None) or ()
            if word in COMMANDS and not os.path.isfile(word)
        ]
        if unknown and not problems:  # an option of that command is none of this one
            known = OPTION.findall(self.format_help())
            options = [word for word in unknown if word.startswith("-")] or unknown
            problems = [refusal("option", word, known) for word in options]
        if problems:
            self.error("; ".join(problems))
        return arguments

    def words(self) -> Words:
        """Return its options, its verbs, whether it takes scenarios, and what options take."""
        places = [each for each in self._actions if not each.option_strings]
        verbs = [str(choice) for each in places for choice in each.choices or ()]
        options = sorted(set(OPTION.findall(self.format_help())))
        takes = {
            option: str(each.metavar).partition(".")[0]
            for each in self._actions if each.nargs != 0 for option in each.option_strings
        }  # fmt: skip
        folders = [option for option, word in takes.items() if word == "DIR"]
        files = [option for option, word in takes.items() if word == "FILE"]
        others = {*folders, *files, *(o for o, word in takes.items() if word in NAMED)}
        values = [option for option in takes if option not in others]
        return Words(
            options, verbs, any(each.metavar == SCENARIO for each in places), folders, files, values
        )

    def error(self, message: str) -> NoReturn:
        """Say what is wrong on standard error and leave with the code for bad usage."""
        hint = f"(`{self.prog} --help` lists what is known)"
        self.exit(BAD_USAGE, f"{self.prog}: {message}\n{hint}\n")


def with_negative_values(words: Sequence[str]) -> list[str]:
    """Return words with each negative value joined to its option, which else has none.

    Examples
    --------
    >>> with_negative_values(["uk", "--shard", "-1/5", "--quiet"])
    ['uk', '--shard=-1/5', '--quiet']
    """
    found: list[str] = []
    for word in words:
        if NEGATIVE.match(word) and found and OPTION.fullmatch(found[-1]):
            found[-1] += f"={word}"
        else:
            found.append(word)
    return found


def refusal(kind: str, word: str, known: Sequence[str]) -> str:
    """Return what is said of an unknown word."""
    near = get_close_matches(word.partition("=")[0], known, n=1)
    return f"unknown {kind} {word!r}" + (f"; did you mean {near[0]!r}?" if near else "")


def main(words: Sequence[str], program: str = CHECKOUT) -> int:
    """Run the command that the words name and return its exit code.

    ``program`` is what messages and examples call it.
    """
    name, rest = command_of(words, program)
    parser = Parser(prog=program if name == "run" else f"{program} {name}", allow_abbrev=False)
    command = filled(parser, name)
    if command is None:
        module = COMMANDS[name][0]
        parser.error(f"the command {name!r} is not part of this copy (there is no {module})")
    parser.set_defaults(program=program, words_of=words_of_all() if name == COMPLETION else {})
    if name == "run":
        add_commands_to_help(parser)
    arguments = parser.read(rest)
    set_loudness(quiet=arguments.quiet, verbose=arguments.verbose)
    return leave_quietly(command, arguments)


def filled(parser: Parser, name: str) -> Any:
    """Fill a parser with the options of a command, and return its module; None if there is none."""
    module, purpose = COMMANDS[name]
    parser.description = f"{name}: {purpose}"
    parser.add_argument("--version", action="version", version=f"exercise-il6 {__version__}")
    add_loudness(parser)
    try:
        command = import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module}.".startswith(f"{error.name}."):
            raise
        return None
    command.add_arguments(parser)
    return command


def words_of_all() -> dict[str, Words]:
    """Return the options and verbs of every command that is part of this copy."""
    found = {}
    for name in COMMANDS:
        parser = Parser(prog=name, allow_abbrev=False)
        command = filled(parser, name)
        if command is not None:
            of_verbs = getattr(command, "words_of_verbs", dict)()
            found[name] = parser.words()._replace(of_verbs=of_verbs)
    return found


def command_of(words: Sequence[str], program: str = CHECKOUT) -> tuple[str, Sequence[str]]:
    """Return the command and its words; scenarios alone mean ``run``.

    Options of every command may stand before it.
    """
    before = list(takewhile(lambda word: word in OF_ALL, words))
    after = words[len(before) :]
    if after and after[0] in COMMANDS:
        return after[0], [*before, *after[1:]]
    if after and not after[0].startswith("-") and is_misspelt_command(after[0]):
        Parser(prog=program).error(refusal("command", after[0], list(COMMANDS)))
    return "run", words


def is_misspelt_command(word: str) -> bool:
    """Return whether a word is near to a command and nothing like a scenario."""
    like_a_file = "/" in word or word.endswith((".yaml", ".yml")) or os.path.lexists(word)
    if like_a_file or not get_close_matches(word, COMMANDS, n=1):
        return False
    # Here, as `--help` does without: reading scenarios takes as long to load as all the rest.
    from abm.scenario.layers import bundled_names

    return word not in bundled_names()


def add_commands_to_help(parser: argparse.ArgumentParser) -> None:
    """Explain the main command, and list the others under its help."""
    parser.usage = (
        "%(prog)s [run] SCENARIO [SCENARIO ...] [options]\n       %(prog)s COMMAND [--help]"
    )
    parser.description = "Run each scenario against its baseline and write results/NAME/."
    others = [f"  {name:<12} {purpose}" for name, (_, purpose) in COMMANDS.items() if name != "run"]
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = "other commands:\n" + "\n".join(others)


def leave_quietly(command: Any, arguments: argparse.Namespace) -> int:
    """Run a command; what the machine refuses is one line on standard error, not a traceback."""
    try:
        code: int = command.run(arguments)
    except (OSError, MemoryError, ImportError) as error:
        # Short of memory, libraries cannot be loaded either.
        why = f"out of memory {error}" if isinstance(error, MemoryError) else error
        if isinstance(error, ModuleNotFoundError):
            why = f"{why}; must be run by the Python into which the program was installed"
        print(f"{arguments.program}: the run failed: {why}", file=sys.stderr)
        return FAILED
    return code


def from_the_shell(program: str = CHECKOUT) -> int:
    """Run the command that the shell gave, to be ended by signals, and return its exit code."""
    gc.set_threshold(*RARELY)
    code = in_good_order(lambda: main(sys.argv[1:], program))
    gc.freeze()  # else all of them are searched once more at the end: a fifth of a short run
    return code
