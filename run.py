#!/usr/bin/env python3
"""The door: reads the command line, hands over to the command's module, and returns its code."""

from __future__ import annotations

import argparse
import gc
import os
import re
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from typing import Any, NoReturn

from analysis.commands.streams import in_good_order
from analysis.commands.usage import BAD_USAGE, FAILED

# Modules, evidence and figures make many objects that stay; searching them for cycles at Python's
# own pace takes a tenth of a short run.
RARELY = 500_000, 20, 20

# Each module has add_arguments(parser) and run(arguments) -> exit code; analysis.commands says why
# it is light.
COMMANDS = {
    "run": ("analysis.commands.run", "run scenarios against their baseline (may be left out)"),
    "bout": ("analysis.commands.bout", "IL-6 and what follows it in the hours after one bout"),
    "sensitivity": ("analysis.commands.sensitivity", "which inputs drive an answer"),
    "explore": ("analysis.commands.explore", "the simulation as one page that answers"),
    "check": ("analysis.commands.check", "what must hold for a scenario of your own"),
    "validate": ("analysis.commands.validate", "published results replayed inside the model"),
    "evidence": ("analysis.commands.evidence", "every model parameter, its source and grade"),
    "schema": ("analysis.commands.schema", "the vocabulary of scenario files for editors"),
    "benchmark": ("benchmarks.command", "person-months per second, side by side"),
}


class Parser(argparse.ArgumentParser):
    """A parser whose message about an unknown option names the nearest known one."""

    def read(self, words: Sequence[str]) -> argparse.Namespace:
        """Read the words after a command; options and scenarios may stand in any order."""
        arguments, unknown = self.parse_known_intermixed_args(list(words))
        if unknown:
            known = re.findall(r"--[a-z][a-z0-9-]*", self.format_help())
            options = [word for word in unknown if word.startswith("-")] or unknown
            self.error("; ".join(refusal("option", word, known) for word in options))
        return arguments

    def error(self, message: str) -> NoReturn:
        """Say what is wrong on standard error and leave with the code for bad usage."""
        hint = f"(`{self.prog} --help` lists what is known)"
        self.exit(BAD_USAGE, f"{self.prog}: {message}\n{hint}\n")


def refusal(kind: str, word: str, known: Sequence[str]) -> str:
    """Return what is said of an unknown word."""
    near = get_close_matches(word.partition("=")[0], known, n=1)
    return f"unknown {kind} {word!r}" + (f"; did you mean {near[0]!r}?" if near else "")


def main(words: Sequence[str]) -> int:
    """Run the command that the words name and return its exit code."""
    name, rest = command_of(words)
    module, purpose = COMMANDS[name]
    program = "run.py" if name == "run" else f"run.py {name}"
    parser = Parser(prog=program, description=f"{name}: {purpose}", allow_abbrev=False)
    try:
        command = import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module}.".startswith(f"{error.name}."):
            raise
        parser.error(f"the command {name!r} is not part of this copy (there is no {module})")
    command.add_arguments(parser)
    if name == "run":
        add_commands_to_help(parser)
    return leave_quietly(command, parser.read(rest))


def command_of(words: Sequence[str]) -> tuple[str, Sequence[str]]:
    """Return the command and the words after it; scenarios alone mean ``run``."""
    if words and words[0] in COMMANDS:
        return words[0], words[1:]
    if words and not words[0].startswith("-") and is_misspelt_command(words[0]):
        Parser(prog="run.py").error(refusal("command", words[0], list(COMMANDS)))
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
    parser.usage = "run.py [run] SCENARIO [SCENARIO ...] [options]\n       run.py COMMAND [--help]"
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
        print(f"run.py: the run failed: {why}", file=sys.stderr)
        return FAILED
    return code


def from_the_shell() -> int:
    """Run the command that the shell gave, to be ended by signals, and return its exit code."""
    gc.set_threshold(*RARELY)
    code = in_good_order(lambda: main(sys.argv[1:]))
    gc.freeze()  # else all of them are searched once more at the end: a fifth of a short run
    return code


if __name__ == "__main__":
    sys.exit(from_the_shell())
