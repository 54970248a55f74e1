"""Other frameworks that run the reduced workload, as far as they are installed.

The extra ``benchmark`` brings them; they are loaded here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from abm.extras import is_installed
from benchmarks.reduced import Array, People


def missing() -> list[str]:
    """Return the frameworks that are not installed."""
    return [name for name in ("starsim", "vivarium") if not is_installed(name)]


@dataclass(frozen=True)
class Framework:
    """A framework: ``new`` makes a simulation of people for some months, ``run`` runs it."""

    name: str
    new: Callable[[People, int, int], Any]  # people, months, seed
    run: Callable[[Any, int], Array]  # what ``new`` made, months


FRAMEWORKS: list[Framework] = []

if "starsim" not in missing():
    from benchmarks import reduced_starsim

    FRAMEWORKS.append(
        Framework(
            "Starsim", reduced_starsim.new_simulation, lambda made, _: reduced_starsim.run(made)
        )
    )
if "vivarium" not in missing():
    from benchmarks import reduced_vivarium

    FRAMEWORKS.append(
        Framework(
            "Vivarium",
            lambda people, _, seed: reduced_vivarium.new_simulation(people, seed),
            lambda made, months: reduced_vivarium.run(*made, months),
        )
    )
