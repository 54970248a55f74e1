"""Item 24: the gap in life expectancy between quintiles of deprivation, and activity's share."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from abm.evidence.parameters import Parameters
from abm.kernel.layout import SEXES
from abm.mesa_face.persons import PersonColumns
from abm.population.habits_and_body import habit_model
from abm.rules import activity
from abm.running.setup import set_up, with_sizes
from abm.running.stepwise import StepwisePopulation
from abm.scenario.parts import Scenario
from analysis.validation.cohorts import cohort
from analysis.validation.country import country, expectancy
from analysis.validation.estimates import Found, Size, each_seed, pooled
from analysis.validation.exposure import Table, by_age

FROM_AGE = 20
MOST_DEPRIVED, LEAST_DEPRIVED = 1, 5  # quintiles


def gap_between_quintiles(size: Size) -> Found:
    """Compare life expectancy at 20 between the least and the most deprived quintile."""
    runs = [one.mortality for one in country("country", size)]
    found = {
        f"24.gap_{sex}": pooled(runs, partial(gap, sex=s), size.persons)
        for s, sex in enumerate(SEXES)
    }
    return found | share_of_activity(Size(size.persons // 10, size.seeds))


def gap(runs: Sequence[Table], sex: int) -> float:
    """Return by how many years the least deprived quintile outlives the most deprived.

    ``runs``: person-years and deaths of each seed, (2, sexes, ages, quintiles).
    """
    best, worst = (
        expectancy([one[..., place] for one in runs], sex, FROM_AGE)
        for place in (LEAST_DEPRIVED - 1, MOST_DEPRIVED - 1)
    )
    return best - worst


def share_of_activity(size: Size) -> Found:
    """Give everybody the habit of the least deprived quintile: what is the gap then?

    The same people are simulated twice with the same random numbers, with their own habits and with
    the new ones.
    """

    def one(seed: int) -> list[Table]:
        scenario = with_sizes(cohort("equal_habits"), persons=size.persons, years=None, seed=seed)
        return [mortality(scenario, seed, equal) for equal in (False, True)]

    runs = each_seed(size, one)
    return {
        f"24.activity_share_{sex}": pooled(runs, partial(share_gone, sex=s), size.persons)
        for s, sex in enumerate(SEXES)
    }


def share_gone(runs: Sequence[list[Table]], sex: int) -> float:
    """Return the share of the gap [%] that goes with equal habits."""
    before, after = (gap([one[i] for one in runs], sex) for i in (0, 1))
    return 100.0 * (1.0 - after / before)


def mortality(scenario: Scenario, seed: int, equal: bool) -> Table:
    """Return person-years and deaths of a cohort, with its own habits or equal ones."""
    population = StepwisePopulation(set_up(scenario), seed)
    if equal:
        equalise(population)
    while population.steps_done < population.steps:
        population.step()
    return by_age(population.people_table(), scenario.years)[0]


def equalise(population: StepwisePopulation) -> None:
    """Move everybody's habit to that of the same person in the least deprived quintile."""
    keys, p = population.people(), population.setup.parameters
    sex, quintile, dose = (
        getattr(PersonColumns, name).read(population, 0, keys)
        for name in ("sex", "deprivation", "habitual_met_hours")
    )
    step = habit_model(p).deprivation
    for key, s, d, own in zip(keys, sex, quintile, dose, strict=True):
        if d < LEAST_DEPRIVED:
            population.set_habit(0, key, moved(float(own), step * (LEAST_DEPRIVED - d), str(s), p))


def moved(dose: float, by: float, sex: str, p: Parameters) -> float:
    """Return the dose of someone whose latent habit is moved by some standard deviations."""
    shape = [
        p[f"activity.{name}"]
        for name in (f"zero_share.{sex}", "low_dose_ceiling", f"median_dose.{sex}", "dose_log_sd")
    ]
    latent = activity.latent_of_dose(dose, *shape, dose / shape[1])
    return activity.dose(latent + by, *shape, p["activity.maximum_dose"])
