"""Other frameworks that run the reduced workload, as far as they are installed.

The extra ``benchmark`` brings them; they are loaded here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from benchmarks.reduced import Array, People

MISSING = [name for name in ("starsim", "vivarium") if find_spec(name) is None]


@dataclass(frozen=True)
class Framework:
    """A framework: ``new`` makes a simulation of people for some months, ``run`` runs it."""

    name: str
    new: Callable[[People, int, int], Any]  # people, months, seed
    run: Callable[[Any, int], Array]  # what ``new`` made, months


FRAMEWORKS: list[Framework] = []

if "starsim" not in MISSING:
    from benchmarks import reduced_starsim

    FRAMEWORKS.append(
        Framework(
            "Starsim", reduced_starsim.new_simulation, lambda made, _: reduced_starsim.run(made)
        )
    )
if "vivarium" not in MISSING:
    from benchmarks import reduced_vivarium

    FRAMEWORKS.append(
        Framework(
            "Vivarium",
            lambda people, _, seed: reduced_vivarium.new_simulation(people, seed),
            lambda made, months: reduced_vivarium.run(*made, months),
        )
    )
