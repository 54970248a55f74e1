"""The face to Mesa: a model, its persons, and sets of them.

Another Mesa than those below is refused before any of it is loaded, so that it is not told as a
name that some module lacks.
"""

import re
from importlib import metadata

OLDEST, NEWER_THAN_ALL = (3, 3, 1), (4,)  # as in pyproject.toml; those between are tested


def why_not(version: str) -> str:
    """Say why a version of Mesa cannot be used; nothing if it can."""
    numbers = tuple(map(int, re.findall(r"\d+", version)[:3]))
    if OLDEST <= numbers < NEWER_THAN_ALL:
        return ""
    oldest, newer = (".".join(map(str, each)) for each in (OLDEST, NEWER_THAN_ALL))
    return (
        f"Mesa {version} is installed; must be {oldest} or newer and older than {newer}: "
        f"python -m pip install 'mesa>={oldest},<{newer}'"
    )


def _check_mesa() -> None:
    """Refuse another Mesa; one that is missing is told by Python as it is asked for."""
    try:
        problem = why_not(metadata.version("mesa"))
    except metadata.PackageNotFoundError:
        return
    if problem:
        raise ImportError(problem)


_check_mesa()
