"""The command ``completion``: a script by which a shell completes commands, verbs and options.

The script is made of the parsers themselves, and asks nothing of the program afterwards, so that
a completion takes no time.
"""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Mapping

from abm.scenario.layers import bundled_names
from analysis.commands.usage import DONE, Words

SHELLS = ("bash", "zsh")
EPILOG = """to use it in this shell, and in those to come:
  eval "$(%(prog)s bash)"
  echo 'eval "$(%(prog)s bash)"' >> ~/.bashrc"""

SCRIPT = """# Completion of exercise-il6, made by `exercise-il6 completion bash`.
_exercise_il6() {{
    local word=${{COMP_WORDS[COMP_CWORD]}} command=run options verbs each
    for each in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
        case $each in {commands}) command=$each; break ;; esac
    done
    case $command in
{known}
    esac
    if [[ $word == -* ]]; then
        COMPREPLY=($(compgen -W "$options" -- "$word"))
        return
    fi
    if [[ -n $verbs && ${{COMP_WORDS[COMP_CWORD-1]}} == "$command" ]]; then
        COMPREPLY=($(compgen -W "$verbs" -- "$word"))
        return
    fi
    COMPREPLY=($(compgen -W "$( ((COMP_CWORD == 1)) && echo {listed} ) {scenarios}" -- "$word"))
    COMPREPLY+=($(compgen -f -- "$word"))
}}
complete -o filenames -F _exercise_il6 exercise-il6
"""
ZSH = "autoload -U +X bashcompinit && bashcompinit\n"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to its parser."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EPILOG
    parser.add_argument("shell", choices=SHELLS, help="the shell that is to complete")


def run(arguments: argparse.Namespace) -> int:
    """Print the script."""
    print(script(arguments.shell, arguments.words_of), end="")
    return DONE


def script(shell: str, words: Mapping[str, Words]) -> str:
    """Return the script of a shell, from the options and verbs of each command."""
    lines = [
        f"        {name}) options={_quoted(known.options)} verbs={_quoted(known.verbs)} ;;"
        for name, known in words.items()
    ]
    text = SCRIPT.format(
        commands="|".join(words),
        known="\n".join(lines),
        listed=" ".join(words),
        scenarios=" ".join(bundled_names()),
    )
    return ZSH + text if shell == "zsh" else text


def _quoted(words: list[str]) -> str:
    return shlex.quote(" ".join(words))
