"""The command ``completion``: a script by which a shell completes commands, verbs and options.

The script is made of the parsers themselves, and asks nothing of the program afterwards, so that
a completion takes no time.
"""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Iterable, Iterator, Mapping

from abm.evidence.place import bundled_places
from abm.scenario.layers import bundled_names
from analysis.commands.usage import DONE, OF_ALL, OfVerb, Words

SHELLS = ("bash", "zsh", "fish")
TAKE_SCENARIOS = ("--against", "--scenario")  # options
NO_COMMAND = "run"  # what scenarios alone mean
EPILOG = """to use it in this shell, and in those to come:
  eval "$(%(prog)s bash)"
  echo 'eval "$(%(prog)s bash)"' >> ~/.bashrc
in fish:
  %(prog)s fish | source
  %(prog)s fish > ~/.config/fish/completions/exercise-il6.fish"""

BASH = """# Completion of exercise-il6, made by `exercise-il6 completion bash`.
_exercise_il6() {{
    local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} at
    local command= verb= options= verbs= names= paths=-f scenarios={scenarios}
    local folders= files= values=
    [[ $before == "=" ]] && before=${{COMP_WORDS[COMP_CWORD-2]}}
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
    case " $folders " in *" $before "*) names= paths=-d ;; esac
    case " $files " in *" $before "*) names= paths=-f ;; esac
    case " $values " in *" $before "*) names= paths= ;; esac
    COMPREPLY=($(compgen -W "$names" -- "$word"))
    [[ -z $paths ]] || COMPREPLY+=($(compgen $paths -- "$word"))
}}
complete -o filenames -F _exercise_il6 exercise-il6
"""
ZSH = "autoload -U +X bashcompinit && bashcompinit\n"
# The same for fish, which keeps of these words those that begin with the one under the cursor.
FISH = """# Completion of exercise-il6, made by `exercise-il6 completion fish`.
function __exercise_il6
    set -l word (commandline -ct)
    set -l given (commandline -opc)
    set -l before $given[-1]
    set -l scenarios {scenarios}
    set -l command
    set -l verb
    set -l verbs
    set -l names
    set -l options
    set -l folders
    set -l files
    set -l values
    set -l paths -f
    set -e given[1]
    while set -q given[1]; and contains -- $given[1] {of_all}
        set -e given[1]
    end
    if set -q given[1]
        set command run
        contains -- $given[1] {commands}; and set command $given[1]
    end
    switch "$command"
{known}
    end
    set -q command[1]; or set -p names {commands}
    for each in $given[2..-1]
        if contains -- $each $verbs
            set verb $each
            break
        end
    end
    switch "$command/$verb"
{of_verbs}
    end
    if string match -q -- '-*' $word
        string join \\n -- $options
        return
    end
    if set -q verbs[1]; and not set -q verb[1]
        string join \\n -- $verbs
        return
    end
    switch "$before"
        case {take_scenarios}
            set names $scenarios
            set paths -f
        case --place
            set names {places}
            set paths -d
        case '--*'
            set paths -f
        case '*'
            not set -q verb[1]; or test "$before" = "$verb"; or set names
    end
    if contains -- $before $folders
        set names
        set paths -d
    else if contains -- $before $files
        set names
        set paths -f
    else if contains -- $before $values
        set names
        set paths
    end
    string join \\n -- $names
    switch "$paths"
        case -f
            __fish_complete_path "$word"
        case -d
            __fish_complete_directories "$word"
    end
end
complete -c exercise-il6 -e
complete -c exercise-il6 -f -a '(__exercise_il6)'
"""


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
    if shell == "fish":
        return _in_fish(words)
    return _in_bash(words) if shell == "bash" else ZSH + _in_bash(words)


def _in_bash(words: Mapping[str, Words]) -> str:
    known = [
        f"        {name}) options={_quoted(each.options)} verbs={_quoted(each.verbs)} "
        f"folders={_quoted(each.folders)} files={_quoted(each.files)} "
        f"values={_quoted(each.values)}"
        f"{' names=$scenarios' if each.scenarios else ''} ;;"
        for name, each in words.items()
    ]
    of_verbs = [
        f"        {name}/{verb}) options={_quoted(own.options)} names={_quoted(own.names)} "
        f"paths={own.paths} ;;"
        for name, verb, own in _verbs(words)
    ]
    return BASH.format(
        scenarios=_quoted(bundled_names()),
        places=_quoted(bundled_places()),
        of_all="|".join(OF_ALL),
        commands="|".join(words),
        known="\n".join(known),
        of_verbs="\n".join(of_verbs),
        listed=" ".join(words),
        take_scenarios="|".join(TAKE_SCENARIOS),
    )


def _in_fish(words: Mapping[str, Words]) -> str:
    known = [
        _case(
            name + (" ''" if name == NO_COMMAND else ""),
            {
                "options": each.options, "verbs": each.verbs, "folders": each.folders,
                "files": each.files, "values": each.values,
            },
            "            set names $scenarios\n" if each.scenarios else "",
        )
        for name, each in words.items()
    ]
    of_verbs = [
        _case(f"{name}/{verb}", {"options": own.options, "names": own.names, "paths": [own.paths]})
        for name, verb, own in _verbs(words)
    ]
    return FISH.format(
        scenarios=shlex.join(bundled_names()),
        places=shlex.join(bundled_places()),
        of_all=" ".join(OF_ALL),
        commands=" ".join(words),
        known="".join(known).rstrip(),
        of_verbs="".join(of_verbs).rstrip(),
        take_scenarios=" ".join(TAKE_SCENARIOS),
    )


def _case(pattern: str, lists: Mapping[str, Iterable[str]], more: str = "") -> str:
    """Return a case of a ``switch`` of fish that sets lists."""
    rows = [f"            set {name} {shlex.join(each)}".rstrip() for name, each in lists.items()]
    return f"        case {pattern}\n" + "".join(f"{row}\n" for row in rows) + more


def _verbs(words: Mapping[str, Words]) -> Iterator[tuple[str, str, OfVerb]]:
    """Yield command, verb and what it takes with the options of all, where verbs differ in that."""
    for name, each in words.items():
        for verb, own in each.of_verbs.items():
            yield name, verb, own._replace(options=[*OF_ALL, *own.options])


def _quoted(words: Iterable[str]) -> str:
    return shlex.quote(" ".join(words))
