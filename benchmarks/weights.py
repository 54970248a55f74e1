"""How much memory a person takes in each of the contenders."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from abm.kernel.blocks import PERSONS_PER_BLOCK
from abm.mesa_face.model import ExerciseModel
from abm.population.setup import new_block
from benchmarks import reduced
from benchmarks.clock import traced_bytes
from benchmarks.contenders import POLICY, SEED, setup_of
from benchmarks.frameworks import FRAMEWORKS
from tests.oracle import OracleModel

AGENTS, ROWS, YEARS = 200, 4096, 20


def bytes_per_person() -> dict[str, float]:
    """Return what a person takes while alive [bytes], by contender.

    Of the program's whole run only the blocks at work are held, whatever the population.
    """
    found = {
        "Mesa, one agent per person": per_person(oracle, AGENTS),
        "one world, a block at work": block_bytes("uk"),
        "twin worlds, a block at work": block_bytes(POLICY),
        "one world, held for Mesa": per_person(lambda: held("uk"), ROWS),
        "twin worlds, held for Mesa": per_person(lambda: held(POLICY), ROWS),
    }
    return found | reduced_weights()


def per_person(make: Callable[[], Any], persons: int) -> float:
    """Return the bytes that a population holds, per person."""
    return traced_bytes(make) / persons


def oracle() -> Any:
    """Return a population of agents."""
    return OracleModel(setup_of("uk", AGENTS, YEARS), SEED)


def held(scenario: str) -> Any:
    """Return a population held as columns for Mesa."""
    return ExerciseModel(scenario, persons=ROWS, years=YEARS, rng=SEED, pathways=False)


def block_bytes(scenario: str) -> float:
    """Return the bytes of a block per person in it, entrants of the whole run included."""
    block = new_block(setup_of(scenario, PERSONS_PER_BLOCK, YEARS))
    return sum(column.nbytes for column in block) / PERSONS_PER_BLOCK


def reduced_weights() -> dict[str, float]:
    """Return what a person of the reduced workload takes."""
    people = reduced.new_people(ROWS, SEED)
    found = {"reduced workload, NumPy": sum(np.asarray(column).nbytes for column in people) / ROWS}
    return found | {
        f"reduced workload, {each.name}": per_person(
            lambda each=each: each.new(people, 12, SEED), ROWS
        )
        for each in FRAMEWORKS
    }
