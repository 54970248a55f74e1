"""What is timed: each contender makes its people untimed, then lives them on the clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import Any

from abm.kernel import layout as c

SEED = 1
POLICY, LATE_START = "walking_groups", 10  # years after the start of the run
# Sizes
STEPPED_MONTHS = 24
REDUCED_MONTHS = 24
FRAMEWORKS = ("starsim", "vivarium")


@dataclass(frozen=True)
class Sizes:
    """How much each contender lives."""

    persons: int
    years: int
    oracle_persons: int
    oracle_years: int
    stepped_months: int
    repeats: int


@dataclass(frozen=True)
class Contender:
    """A way to live people.

    ``prepare`` makes what the clock should not see; ``live`` takes it and returns the
    person-months lived, over all worlds.
    """

    name: str
    workload: str  # "model" or "reduced"
    persons: int
    threads: int
    prepare: Callable[[], Any]
    live: Callable[[Any], float]


def person_months(strata: Any, worlds: int) -> float:
    """Return the person-months of all worlds of a run."""
    from abm.kernel.blocks import of_world

    lived = sum(of_world(strata, w)[..., c.T_PERSON_YEARS].sum() for w in range(worlds))
    return 12.0 * float(lived) / c.FIXED_POINT


def setup_of(name: str, persons: int, years: int, overrides: tuple[str, ...] = ()) -> Any:
    """Return a calibrated run of a bundled scenario, without the frozen-IL-6 world."""
    from abm.running.setup import set_up
    from abm.scenario.load import load_scenario

    scenario = replace(load_scenario(name, overrides), persons=persons, years=years)
    return set_up(scenario, pathways=False)


def whole_run(name: str, setup: Any, threads: int) -> Contender:
    """Return the whole run of a scenario: people are made, lived, counted and forgotten."""
    from abm.running.setup import count_population

    return Contender(
        name, "model", setup.scenario.persons, threads, lambda: setup,
        lambda setup: person_months(
            count_population(setup, SEED, threads).strata, setup.worlds
        ),
    )  # fmt: skip


def late_override() -> tuple[str, ...]:
    """Return what lets the policy start late."""
    from abm.scenario.load import load_scenario

    scenario = load_scenario(POLICY)
    first = scenario.policies[0].name
    return (f"policies.{first}.start={scenario.start_year + LATE_START}",)


def of_the_model(sizes: Sizes) -> list[Contender]:
    """Return the contenders that live the whole model."""
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
    from tests.oracle import OracleModel

    setup = setup_of("uk", sizes.oracle_persons, sizes.oracle_years)

    def live(model: Any) -> float:
        return 12.0 * sum(life.alive for life in model.run(sizes.oracle_years).values())

    return Contender(
        "Mesa, one agent per person", "model", sizes.oracle_persons, 1,
        lambda: OracleModel(setup, SEED), live,
    )  # fmt: skip


def stepped(name: str, scenario: str, sizes: Sizes) -> Contender:
    """Return the program as a Mesa model, all reporters collected after every month."""

    def prepare() -> Any:
        from abm.mesa_face.model import ExerciseModel

        return ExerciseModel(
            scenario, persons=sizes.persons, years=sizes.years, rng=SEED, pathways=False
        )

    def live(model: Any) -> float:
        for _ in range(min(sizes.stepped_months, 12 * sizes.years)):
            model.step()
        return person_months(model.crowd.counts.strata, model.crowd.setup.worlds)

    return Contender(name, "model", sizes.persons, 1, prepare, live)


def of_the_reduced_workload(persons: int, months: int) -> list[Contender]:
    """Return those that live the reduced workload, as far as their packages are here."""
    from benchmarks import reduced, reduced_blocks

    people = reduced.new_people(persons, SEED)

    def contender(name: str, threads: int, prepare: Any, live: Any) -> Contender:
        return Contender(name, "reduced", persons, threads, prepare, lambda made: lived(live(made)))

    def lived(tallies: Any) -> float:
        return reduced.summary(tallies)[0]

    found = [
        contender(
            "plain NumPy", 1, lambda: None, lambda _: reduced.live_numpy(people, months, SEED)
        )
    ]
    for threads in (1, 2):
        found.append(
            contender(
                "compiled blocks", threads, lambda: reduced_blocks.new_blocks(people),
                lambda blocks, threads=threads: reduced_blocks.live(blocks, months, SEED, threads),
            )
        )  # fmt: skip
    if find_spec("starsim"):
        from benchmarks import reduced_starsim

        found.append(
            contender(
                "Starsim", 1, lambda: reduced_starsim.new_simulation(people, months, SEED),
                reduced_starsim.live,
            )
        )  # fmt: skip
    if find_spec("vivarium"):
        from benchmarks import reduced_vivarium

        found.append(
            contender(
                "Vivarium", 1, lambda: reduced_vivarium.new_simulation(people, SEED),
                lambda made: reduced_vivarium.live(*made, months),
            )
        )  # fmt: skip
    return found


def missing_frameworks() -> list[str]:
    """Return the frameworks of the extra ``benchmark`` that are not installed."""
    return [name for name in FRAMEWORKS if find_spec(name) is None]
