"""The program, as ``python -m abm`` and as the installed command ``exercise-il6``.

The command line stands in ``analysis``, above the model. This file alone looks up to it, and
nothing of the model may import this file (``tests/unit/test_architecture.py``).
"""

import os
import sys
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

OURS = Path(__file__).resolve().parents[1]
BAD_USAGE = 2


def without_current_folder(path: Iterable[str], here: Path) -> list[str]:
    """Return a search path without the current folder, where a user's own ``analysis`` may lie.

    The current folder stays if it is the one that holds this package: a checkout.
    """
    return [each for each in path if not _is(each, here) or _is(each, OURS)]


def _is(entry: str, folder: Path) -> bool:
    try:
        return os.path.samefile(entry or os.curdir, folder)
    except OSError:
        return False


def package_in_the_way() -> str:
    """Say which other package named ``analysis`` would be taken for ours; nothing if none would."""
    found = find_spec("analysis")
    places = [] if found is None else list(found.submodule_search_locations or [found.origin or ""])
    ours = OURS / "analysis"
    if places and _is(places[0], ours):
        return ""
    if not places:
        return f"the package 'analysis' is missing beside {OURS / 'abm'}; install it anew"
    return (
        f"another package named 'analysis' ({places[0]}) stands before ours ({ours}) on the search "
        "path; take its folder out of PYTHONPATH, or use an environment of its own"
    )


def main(program: str = "exercise-il6") -> int:
    """Run the program as the shell called it and return its exit code."""
    sys.path[:] = without_current_folder(sys.path, Path(os.curdir))
    if clash := package_in_the_way():
        print(f"{program}: {clash}", file=sys.stderr)
        return BAD_USAGE
    from analysis.commands.door import from_the_shell

    return from_the_shell(program)


if __name__ == "__main__":
    sys.exit(main("python -m abm"))
