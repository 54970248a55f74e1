"""The reduced workload as one vectorised Vivarium component; needs the extra ``benchmark``.

Vivarium owns the people, their draws and the clock; the sums are those of
:mod:`benchmarks.reduced`. Tallies are counted directly, which is cheaper than its observers.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from vivarium import Component, InteractiveContext

from benchmarks.reduced import (
    DISEASES,
    MODES,
    RISKS,
    Array,
    People,
    risk,
    stratum,
    tallied,
    trained,
)

DOSES = [f"dose_{mode}" for mode in range(MODES)]
ILL = [f"ill_{k}" for k in range(DISEASES)]
CHANGING = ["age", "training", "average", "alive", *ILL]
COLUMNS = [*CHANGING, "male", *DOSES]


class Lives(Component):
    """Doses, training, six diseases and death of everybody."""

    def __init__(self, people: People) -> None:
        super().__init__()
        self.start_people = people
        self.tallies: list[Array] = []

    def setup(self, builder: Any) -> None:
        """Ask for a stream of draws per risk, and for the columns."""
        self.streams = [builder.randomness.get_stream(f"risk_{k}") for k in range(RISKS)]
        builder.population.register_initializer(
            initializer=self.take_people, columns=COLUMNS, required_resources=[]
        )

    def take_people(self, new: Any) -> None:
        """Take over the people given at the start."""
        given = self.start_people
        values = {"age": given.age, "training": given.training, "average": given.average}
        values |= {"alive": np.ones(given.age.size, bool), "male": given.male}
        values |= dict(zip(DOSES, given.doses, strict=True))
        values |= dict(zip(ILL, given.ill, strict=True))
        self.population_view.initialize(pd.DataFrame(values, index=new.index))

    def on_time_step(self, event: Any) -> None:
        """Live a month."""
        people = self.population_view.get(event.index, COLUMNS, query="alive == True")
        age = people["age"].to_numpy()
        ill = people[ILL].to_numpy().T
        training, average = trained(
            people[DOSES].to_numpy().T, people["training"].to_numpy(),
            people["average"].to_numpy(),
        )  # fmt: skip
        illnesses = ill.sum(axis=0)
        onsets = []
        for k in range(DISEASES):
            chance = risk(k, age, training, average, illnesses)
            onsets.append((self.streams[k].get_draw(people.index) < chance).to_numpy() & ~ill[k])
        chance = risk(DISEASES, age, training, average, illnesses)
        dies = (self.streams[DISEASES].get_draw(people.index) < chance).to_numpy()
        place = stratum(age, people["male"].to_numpy())
        self.tallies.append(tallied(place, training, onsets, dies))
        values = {"age": age + np.float32(1 / 12), "training": training, "average": average}
        values |= {"alive": ~dies} | dict(zip(ILL, ill | np.array(onsets), strict=True))
        after = pd.DataFrame(values, index=people.index)
        self.population_view.update(CHANGING, lambda _: after)


def new_simulation(people: People, seed: int) -> tuple[Any, Lives]:
    """Return a simulation of the people that is ready to run, and its component."""
    lives = Lives(people)
    configuration = {
        "population": {"population_size": people.age.size},
        "time": {"start": {"year": 2025, "month": 1, "day": 1}, "step_size": 30.4375},
        "randomness": {"random_seed": seed},
    }
    simulation = InteractiveContext(
        components=[lives], configuration=configuration, logging_verbosity=0
    )
    return simulation, lives


def run(simulation: Any, lives: Lives, months: int) -> Array:
    """Run a simulation for some months; return tallies (months, strata, tallies)."""
    for _ in range(months):
        simulation.step()
    return np.array(lives.tallies)
