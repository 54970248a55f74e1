"""What a saved run of a Mesa model depends on: its inputs, its code, its packages."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping
from typing import Any

from analysis.sensitivity.code_identity import Reading, package_versions
from analysis.sensitivity.errors import StudyError

Quantile = Callable[[float], Any]
Reporter = Callable[[Any], float] | str

# Shares at which an input's values are part of the identity: the ends that a design can reach, the
# quarters, and some between that no round step of a distribution falls on.
SHARES = (1e-6, 0.001, 0.01, 0.025, *(each / 31 for each in range(1, 31)), 0.25, 0.5, 0.75, 0.975,
          0.99, 0.999, 1.0 - 1e-6)  # fmt: skip
SHOWN = (0.025, 0.5, 0.975)
# Mesa and what models that come with it are made of; others are named where code names them.
PACKAGES = ("mesa", "networkx", "scipy", "pandas")


def program_of(
    model_class: type[Any],
    inputs: Mapping[str, Quantile],
    reporters: Mapping[str, Reporter],
    fixed: Mapping[str, Any],
    version: str | None,
) -> dict[str, str]:
    """Return what the runs of a model depend on beside seed and shares of the inputs.

    Raises
    ------
    StudyError
        If something cannot be identified and no ``version`` is given, or an input gives another
        value each time.
    """
    reading = Reading()
    found = {"python": ".".join(platform.python_version_tuple()[:2])}
    found["model"] = reading.digest(model_class, model_class.__name__)
    for name, quantile in inputs.items():
        found[f"input {name}"] = _values(name, quantile)
    for name, reporter in reporters.items():
        digest = reading.digest(reporter, f"reporter {name}")
        found[f"reporter {name}"] = repr(reporter) if isinstance(reporter, str) else digest
    for name, value in fixed.items():
        found[f"fixed {name}"] = f"{_short(value)} ({reading.digest(value, f'fixed {name}')[:8]})"
    if version is not None:
        found["version"] = version
    elif reading.unread:
        raise StudyError(_refusal(reading.unread))
    return found | dict(package_versions(PACKAGES)) | reading.packages


def _values(name: str, quantile: Quantile) -> str:
    """Return the values of an input at several quantiles: three to read, and a digest of all."""
    reading = Reading()
    digests = [reading.digest([quantile(s) for s in SHARES], f"input {name}") for _ in range(2)]
    if digests[0] != digests[1]:
        raise StudyError([f"input {name} gives another value each time; must be a function"])
    if reading.unread:
        raise StudyError(_refusal(reading.unread))
    # Its code too: two functions may agree at these shares and differ at others. Where it cannot
    # be read, the values have to do.
    code = Reading().digest(quantile, f"input {name}")
    return f"{', '.join(_short(quantile(share)) for share in SHOWN)} ({digests[0][:8]}{code[:8]})"


def _short(value: Any) -> str:
    return ascii(value)[:60]


def _refusal(unread: Mapping[str, str]) -> list[str]:
    return [
        *(f"{where} is {what}, which cannot be identified" for where, what in unread.items()),
        "Saved runs might therefore answer for another model: name it with version='...', and "
        "change that whenever it changes; or leave out folder, and nothing is saved.",
    ]
