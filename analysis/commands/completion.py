"""The command ``completion``: a script by which a shell completes commands, verbs and options.

The script is made of the parsers themselves, and asks nothing of the program afterwards, so that
a completion takes no time.
"""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Iterable, Mapping

from abm.evidence.place import bundled_places
from abm.scenario.layers import bundled_names
from analysis.commands.usage import DONE, OF_ALL, Words

SHELLS = ("bash", "zsh")
TAKE_SCENARIOS = ("--against", "--scenario")  # options
EPILOG = """to use it in this shell, and in those to come:
  eval "$(%(prog)s bash)"
  echo 'eval "$(%(prog)s bash)"' >> ~/.bashrc"""

SCRIPT = """# Completion of exercise-il6, made by `exercise-il6 completion bash`.
_exercise_il6() {{
    local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} at
    local command= verb= options= verbs= names= paths=-f scenarios={scenarios}
    for ((at = 1; at < COMP_CWORD; at++)); do
        case ${{COMP_WORDS[at]}} in
            {of_all}) ;;
            {commands}) command=${{COMP_WORDS[at]}}; break ;;
            *) command=run; break ;;
        esac
    done
    case ${{command:-run}} in
{known}
    esac
    [[ -n $command ]] || names="{listed} $names"
    for ((at++; at < COMP_CWORD; at++)); do
        if [[ " $verbs " == *" ${{COMP_WORDS[at]}} "* ]]; then verb=${{COMP_WORDS[at]}}; break; fi
    done
    case $command/$verb in
{of_verbs}
    esac
    if [[ $word == -* ]]; then
        COMPREPLY=($(compgen -W "$options" -- "$word"))
        return
    fi
    if [[ -n $verbs && -z $verb ]]; then
        COMPREPLY=($(compgen -W "$verbs" -- "$word"))
        return
    fi
    case $before in
        {take_scenarios}) names=$scenarios paths=-f ;;
        --place) names={places} paths=-d ;;
        --*) paths=-f ;;
        *) [[ -z $verb || $before == "$verb" ]] || names= ;;
    esac
    COMPREPLY=($(compgen -W "$names" -- "$word"))
    [[ -z $paths ]] || COMPREPLY+=($(compgen $paths -- "$word"))
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
    """Return the script of a shell, from what each command and its verbs take."""
    known = [
        f"        {name}) options={_quoted(each.options)} verbs={_quoted(each.verbs)}"
        f"{' names=$scenarios' if each.scenarios else ''} ;;"
        for name, each in words.items()
    ]
    of_verbs = [
        f"        {name}/{verb}) options={_quoted([*OF_ALL, *own.options])} "
        f"names={_quoted(own.names)} paths={own.paths} ;;"
        for name, each in words.items()
        for verb, own in each.of_verbs.items()
    ]
    text = SCRIPT.format(
        scenarios=_quoted(bundled_names()),
        places=_quoted(bundled_places()),
        of_all="|".join(OF_ALL),
        commands="|".join(words),
        known="\n".join(known),
        of_verbs="\n".join(of_verbs),
        listed=" ".join(words),
        take_scenarios="|".join(TAKE_SCENARIOS),
    )
    return ZSH + text if shell == "zsh" else text


def _quoted(words: Iterable[str]) -> str:
    return shlex.quote(" ".join(words))
