"""Versions of everything that a run's numbers may depend on."""

import platform
from importlib.metadata import PackageNotFoundError, version

PACKAGES = ("numpy", "numba", "llvmlite", "pandas", "pyarrow", "mesa", "SALib", "matplotlib")


def model_version() -> str:
    """Return the program's version."""
    try:
        return version("exercise-il6")
    except PackageNotFoundError:
        return "not installed"


def versions() -> dict[str, str]:
    """Return the versions of the program, Python, and the packages it stands on."""
    found = {"exercise-il6": model_version(), "python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
