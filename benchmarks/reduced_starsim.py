"""The reduced workload as one vectorised Starsim module; needs the extra ``benchmark``.

Starsim owns the people, their ages, their draws and their deaths; the sums are those of
:mod:`benchmarks.reduced`.
"""

from __future__ import annotations

import numpy as np
import starsim as ss

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


class Lives(ss.Module):
    """Doses, training, six diseases and death of everybody."""

    def __init__(self, people: People) -> None:
        super().__init__()
        self.start_people, self.tallies = people, []
        self.define_states(
            ss.FloatArr("training"),
            ss.FloatArr("average"),
            *(ss.FloatArr(f"dose_{mode}") for mode in range(MODES)),
            *(ss.BoolState(f"ill_{k}", default=False) for k in range(DISEASES)),
        )
        for k in range(RISKS):
            setattr(self, f"draw_{k}", ss.random(name=f"draw_{k}"))

    def init_post(self) -> None:
        """Take over the people given at the start."""
        super().init_post()
        given, everybody = self.start_people, self.sim.people.auids
        self.sim.people.age[everybody] = given.age
        self.sim.people.female[everybody] = ~given.male
        self.training[everybody], self.average[everybody] = given.training, given.average
        for mode in range(MODES):
            self[f"dose_{mode}"][everybody] = given.doses[mode]
        del self.start_people

    def step(self) -> None:
        """Run a month."""
        people = self.sim.people
        living = people.auids
        age = people.age[living]
        doses = [self[f"dose_{mode}"][living] for mode in range(MODES)]
        training, average = trained(doses, self.training[living], self.average[living])
        self.training[living], self.average[living] = training, average
        ill = [self[f"ill_{k}"][living] for k in range(DISEASES)]
        illnesses = np.sum(ill, axis=0)
        onsets = []
        for k in range(DISEASES):
            chance = risk(k, age, training, average, illnesses)
            onsets.append((self[f"draw_{k}"].rvs(living) < chance) & ~ill[k])
            self[f"ill_{k}"][living[onsets[k]]] = True
        chance = risk(DISEASES, age, training, average, illnesses)
        dies = self[f"draw_{DISEASES}"].rvs(living) < chance
        people.request_death(living[dies])
        place = stratum(age, ~people.female[living])
        self.tallies.append(tallied(place, training, onsets, dies))


def new_simulation(people: People, months: int, seed: int) -> ss.Sim:
    """Return an initialised simulation of the people."""
    simulation = ss.Sim(
        n_agents=people.age.size, modules=Lives(people), start=2025, dt=ss.month,
        dur=ss.months(months - 1),  # both ends are lived
        rand_seed=seed, use_aging=True, verbose=0, copy_inputs=False,
    )  # fmt: skip
    simulation.init()
    return simulation


def run(simulation: ss.Sim) -> Array:
    """Run an initialised simulation; return tallies (months, strata, tallies)."""
    simulation.run()
    return np.array(next(m for m in simulation.modules if isinstance(m, Lives)).tallies)
