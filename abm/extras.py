"""The optional libraries of the program: whether one is there, and which line installs it."""

from __future__ import annotations

from importlib.util import find_spec


def is_installed(module: str) -> bool:
    """Return whether a module can be found, without loading it.

    Examples
    --------
    >>> is_installed("json"), is_installed("no_such_module")
    (True, False)
    """
    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):  # a finder refuses it, or it was put in place by hand
        return False


def lacking(what: str, package: str, extra: str) -> str:
    """Return the line that says which package something lacks, and how it is installed.

    Parameters
    ----------
    what
        What needs it, as its user calls it.
    package
        Its name as it is installed.
    extra
        The extra of this program that brings it.

    Examples
    --------
    >>> print(lacking("to_xarray", "xarray", "notebook"))  # doctest: +NORMALIZE_WHITESPACE
    to_xarray needs the package xarray, which is not installed;
    python -m pip install 'exercise-il6[notebook]' installs it (in a checkout '.[notebook]')
    """
    return (
        f"{what} needs the package {package}, which is not installed; "
        f"python -m pip install 'exercise-il6[{extra}]' installs it (in a checkout '.[{extra}]')"
    )
