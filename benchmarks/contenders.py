"""What is timed: each contender makes its people untimed, then simulates them on the clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from abm.kernel import layout as c
from abm.kernel.blocks import of_world
from abm.mesa_face.model import ExerciseModel
from abm.running.queue import count_population
from abm.running.setup import set_up
from abm.scenario.load import load_scenario
from benchmarks import reduced, reduced_blocks
from benchmarks.frameworks import FRAMEWORKS
from tests.oracle import OracleModel

SEED = 1
POLICY, LATE_START = "walking_groups", 10  # years after the start of the run
# Sizes
STEPPED_MONTHS = 24
REDUCED_MONTHS = 24


@dataclass(frozen=True)
class Sizes:
    """How much each contender simulates."""

    persons: int
    years: int
    oracle_persons: int
    oracle_years: int
    stepped_months: int
    repeats: int


@dataclass(frozen=True)
class Contender:
    """A way to simulate people.

    ``prepare`` makes what the clock should not see; ``run`` takes it and returns the
    person-months simulated, over all worlds.
    """

    name: str
    workload: str  # "model" or "reduced"
    persons: int
    threads: int
    prepare: Callable[[], Any]
    run: Callable[[Any], float]


def person_months(strata: Any, worlds: int) -> float:
    """Return the person-months of all worlds of a run."""
    years = sum(of_world(strata, w)[..., c.T_PERSON_YEARS].sum() for w in range(worlds))
    return 12.0 * float(years) / c.FIXED_POINT


def setup_of(name: str, persons: int, years: int, overrides: tuple[str, ...] = ()) -> Any:
    """Return a calibrated run of a bundled scenario, without the frozen-IL-6 world."""
    scenario = replace(load_scenario(name, overrides), persons=persons, years=years)
    return set_up(scenario, pathways=False)


def whole_run(name: str, setup: Any, threads: int) -> Contender:
    """Return the whole run of a scenario: people are made, simulated, counted and forgotten."""
    return Contender(
        name, "model", setup.scenario.persons, threads, lambda: setup,
        lambda setup: person_months(
            count_population(setup, SEED, threads).strata, setup.worlds
        ),
    )  # fmt: skip


def late_override() -> tuple[str, ...]:
    """Return what lets the policy start late."""
    scenario = load_scenario(POLICY)
    first = scenario.policies[0].name
    return (f"policies.{first}.start={scenario.start_year + LATE_START}",)


def of_the_model(sizes: Sizes) -> list[Contender]:
    """Return the contenders that run the whole model."""
    one = setup_of("uk", sizes.persons, sizes.years)
    twins = setup_of(POLICY, sizes.persons, sizes.years)
    found = [oracle(sizes)]
    for threads in (1, 2):
        found.append(whole_run("one world, whole run", one, threads))
    for threads in (1, 2):
        found.append(whole_run("twin worlds, whole run", twins, threads))
    if sizes.years > LATE_START:
        late = setup_of(POLICY, sizes.persons, sizes.years, late_override())
        found.append(whole_run("twin worlds, policy from year 10", late, 2))
    found.append(stepped("one world, month by month in Mesa", "uk", sizes))
    found.append(stepped("twin worlds, month by month in Mesa", POLICY, sizes))
    return found


def oracle(sizes: Sizes) -> Contender:
    """Return the idiomatic Mesa model: an agent per person, the same rules in plain Python."""
    setup = setup_of("uk", sizes.oracle_persons, sizes.oracle_years)

    def run(model: Any) -> float:
        return 12.0 * sum(life.alive for life in model.run(sizes.oracle_years).values())

    return Contender(
        "Mesa, one agent per person", "model", sizes.oracle_persons, 1,
        lambda: OracleModel(setup, SEED), run,
    )  # fmt: skip


def stepped(name: str, scenario: str, sizes: Sizes) -> Contender:
    """Return the program as a Mesa model, all reporters collected after every month."""

    def prepare() -> Any:
        return ExerciseModel(
            scenario, persons=sizes.persons, years=sizes.years, rng=SEED, pathways=False
        )

    def run(model: Any) -> float:
        for _ in range(min(sizes.stepped_months, 12 * sizes.years)):
            model.step()
        return person_months(model.population.counts.strata, model.population.setup.worlds)

    return Contender(name, "model", sizes.persons, 1, prepare, run)


def of_the_reduced_workload(persons: int, months: int) -> list[Contender]:
    """Return those that run the reduced workload, as far as their packages are here."""
    people = reduced.new_people(persons, SEED)

    def contender(name: str, threads: int, prepare: Any, run: Any) -> Contender:
        def person_months_of(made: Any) -> float:
            return reduced.summary(run(made))[0]

        return Contender(name, "reduced", persons, threads, prepare, person_months_of)

    found = [
        contender("plain NumPy", 1, lambda: None, lambda _: reduced.run_numpy(people, months, SEED))
    ]
    for threads in (1, 2):
        found.append(
            contender(
                "compiled blocks", threads, lambda: reduced_blocks.new_blocks(people),
                lambda blocks, threads=threads: reduced_blocks.run(blocks, months, SEED, threads),
            )
        )  # fmt: skip
    for each in FRAMEWORKS:
        found.append(
            contender(
                each.name, 1, lambda each=each: each.new(people, months, SEED),
                lambda made, each=each: each.run(made, months),
            )
        )  # fmt: skip
    return found
