"""Survey microdata: real respondents instead of synthetic people.

A survey is a table with a header, read as the scenario says. Every fault is found in one pass and
told with its place, like those of a scenario; so is what makes a survey unfit for a scenario: too
few respondents, doses that cannot be MET-hours, newcomers of whom it knows nobody. What a row
leaves empty is drawn from the population model.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from abm.evidence.parameters import central_parameters
from abm.limits import spaced
from abm.population.survey_cells import KINDS, SEX_WORDS, UNKNOWN
from abm.population.survey_faults import Faults
from abm.population.survey_file import COLUMNS, WEIGHT, read_survey
from abm.scenario.microdata import Microdata, as_microdata
from abm.scenario.parts import Scenario

__all__ = ["COLUMNS", "KINDS", "Survey", "load_survey", "no_sample"]

Sample = tuple[NDArray[np.float32], NDArray[np.float32]]
Table = NDArray[np.float64]  # a row per respondent: COLUMNS, then the weight
Mask = NDArray[np.bool_]
AGE, SEX, DOSE = (COLUMNS.index(name) for name in ("age", "sex", "met_hours"))

# Below this one respondent stands for more than a tenth of everybody (a decision of ours), and
# below the other the US National Center for Health Statistics publishes no share (Parker et al.
# 2017, Vital and Health Statistics 2(175)): the first is refused, the second warned of.
LEAST_EFFECTIVE, ENOUGH_EFFECTIVE = 10, 30
# No population comes near: 100 marginal MET-hours are 33 hours of brisk walking in every week.
HIGHEST_MEAN_DOSE = 100.0
# Of the model's active adults 39 in 100 report less than this, three hours of brisk walking a week.
# In MET-minutes it is three minutes of it, less than anybody is asked for.
LIGHT_DOSE = 10.0
FEWEST_LIGHT, ENOUGH_ACTIVE = 0.05, 20
# Newcomers are 20; respondents within ten years of that show that the survey knows the young.
YOUNG = 30


@dataclass(frozen=True)
class Survey:
    """Respondents ready to be drawn.

    ``sample`` has shape (rows, 6) in the order of :data:`COLUMNS`, -1 where unknown;
    ``cumulative`` (rows,) holds cumulative weights, the last one 2 so that every draw finds a row.
    ``effective`` is Kish's effective sample size of the rows used. ``left_out`` counts rows outside
    the scenario's ages or sex, ``unweighted`` those of weight 0, ``capped`` those used whose dose
    is above ``highest`` [marginal MET-hours per week], the most a person of the model can have.
    ``active`` counts those used whose dose is above 0, ``light`` those of them below
    :data:`LIGHT_DOSE`: few of these among many show that the doses are MET-minutes, or minutes.
    ``weights`` (rows,) add up to 1. ``ignored`` are the columns that are not read, ``remarks`` what
    is to be said of how the file was read; ``dose_unit`` is that of the doses as they stand there.
    """

    sample: NDArray[np.float32]
    cumulative: NDArray[np.float32]
    effective: float
    left_out: int
    unweighted: int
    capped: int
    highest: float
    active: int
    light: int
    weights: Table
    file: str
    sha256: str
    ignored: tuple[str, ...]
    remarks: tuple[str, ...]
    dose_unit: str

    @property
    def note(self) -> str:
        """Say how many rows are used, what they weigh, and what was left out or capped."""
        total = len(self.sample) + self.left_out + self.unweighted
        used = f"{spaced(len(self.sample))} of {spaced(total)} rows are used"
        told = [
            f"survey: {used}, effective sample size {spaced(self.effective)}",
            *self._not_as_given(),
        ]
        return "; ".join(told)

    @property
    def warnings(self) -> tuple[str, ...]:
        """The note, where something is not used as it was given."""
        return (self.note,) if any(self._not_as_given()) else ()

    def _not_as_given(self) -> Iterator[str]:
        if self.effective < ENOUGH_EFFECTIVE:
            yield (
                f"that is below {ENOUGH_EFFECTIVE}, where health statistics publish no share: its "
                "people are few, or some weigh much"
            )
        if self.left_out:
            yield f"{spaced(self.left_out)} outside the scenario's ages or sex are left out"
        if self.unweighted:
            yield f"{spaced(self.unweighted)} of weight 0 are left out"
        if self.capped:
            yield f"{spaced(self.capped)} report more than {_most(self.highest)}, and count as that"
        given = self.dose_unit == "met_hours"
        if given and self.active >= ENOUGH_ACTIVE and self.light < FEWEST_LIGHT * self.active:
            yield (
                f"of {spaced(self.active)} doses above 0 only {spaced(self.light)} lie below "
                f"{LIGHT_DOSE:g} marginal MET-hours per week (three hours of brisk walking): so "
                "look MET-minutes, or minutes, which population.microdata reads with dose_unit: "
                "met_minutes or minutes_moderate"
            )
        yield from self.remarks


def no_sample() -> Sample:
    """Return an empty sample: everybody is drawn from the population model."""
    return np.zeros((0, len(COLUMNS)), np.float32), np.zeros(0, np.float32)


def load_survey(found: str | Path | Microdata, scenario: Scenario) -> Survey:
    """Read a survey and keep the rows within the scenario's ages and sex.

    Parameters
    ----------
    found
        How it is read, or the path of a file in our own form: a table with the columns ``age``
        [years, or bands], ``sex`` (male, female), ``deprivation`` (1 most deprived to 5), ``bmi``
        [kg/m2], ``smoker`` (yes, no), ``met_hours`` (reported dose, marginal MET-hours per week)
        and ``weight``, any of them left out; others are ignored.
        MET-minutes, or minutes, are refused above a mean of 100, and the note speaks of doses
        of which hardly one is small. What cannot be told from numbers alone: another unit with
        fewer than 20 doses above 0 or with many small ones, MET-hours per day, and gross MET-hours,
        which count sitting still (for brisk walking a third more).
    scenario
        Its ``population.ages`` and ``population.sex`` say which rows are used, and with
        ``population.entrants`` they must know the young of each sex that newcomers have.

    Raises
    ------
    ScenarioError
        With every kind of fault of the file as ``file:line:column: name: what is wrong; what is
        allowed``, the number of such faults and where the first ones are; or with what makes the
        survey unfit for the scenario.
    """
    microdata = as_microdata(found)
    parameters = central_parameters(scenario.parameters, scenario.place)
    read, faults = read_survey(microdata, parameters)
    table = read.table
    wanted, weighted = _within(table, scenario), table[:, -1] > 0.0
    used = table[wanted & weighted]
    _check_there_are_any(faults, used, weighted, scenario)
    highest = float(parameters["activity.maximum_dose"])
    _check_weights(faults, used)
    _check_doses(faults, used, highest, microdata.dose_unit)
    _check_newcomers(faults, used, scenario)
    faults.stop()
    weight = used[:, -1]
    cumulative = np.cumsum(weight) / weight.sum()
    cumulative[-1] = 2.0
    dose = used[:, DOSE]
    return Survey(
        np.ascontiguousarray(used[:, :-1], np.float32),
        cumulative.astype(np.float32),
        effective=effective_size(weight),
        left_out=int((~wanted).sum()),
        unweighted=int((wanted & ~weighted).sum()),
        capped=int((dose > highest).sum()),
        highest=highest,
        active=int((dose > 0.0).sum()),
        light=int(((dose > 0.0) & (dose < LIGHT_DOSE)).sum()),
        weights=weight / weight.sum(),
        file=read.file,
        sha256=read.sha256,
        ignored=read.ignored,
        remarks=read.remarks,
        dose_unit="answers" if microdata.dose else microdata.dose_unit,
    )


def effective_size(weight: Table) -> float:
    """Return Kish's effective sample size: how many equal weights vary as little as these.

    Examples
    --------
    >>> effective_size(np.array([3.0, 1.0]))
    1.6
    """
    shares = weight / weight.sum()
    return float(1.0 / (shares**2).sum())


def _most(highest: float) -> str:
    return f"{highest:g} marginal MET-hours per week, the most that the model can hold"


def _within(table: Table, scenario: Scenario) -> Mask:
    """Return which rows belong to the scenario's population; the unknown may."""
    low, high = scenario.population.ages
    age = table[:, AGE]
    wanted = (age == UNKNOWN) | ((age >= low) & (age < high))
    if scenario.population.sex != "both":
        wanted &= _may_be(table, scenario.population.sex)
    return np.asarray(wanted, bool)


def _may_be(table: Table, sex: str) -> Mask:
    """Return which rows are of a sex, or of an unknown one."""
    return np.asarray((table[:, SEX] == UNKNOWN) | (table[:, SEX] == SEX_WORDS[sex]), bool)


def _check_there_are_any(faults: Faults, used: Table, weighted: Mask, scenario: Scenario) -> None:
    """Refuse a file without a single row to draw."""
    if not weighted.any():
        faults.refuse(1, 1, WEIGHT, "is 0 in every row; must be positive in at least one")
    if len(used) == 0:
        low, high = scenario.population.ages
        faults.refuse(
            1, 1, "file",
            f"has no row of positive weight among ages {low} to {high - 1}, sex "
            f"{scenario.population.sex}; must have at least one (population.ages, population.sex)",
        )  # fmt: skip


def _check_weights(faults: Faults, used: Table) -> None:
    """Note that a few respondents would become everybody."""
    weight = used[:, -1]
    effective = effective_size(weight)
    if round(effective, 9) >= LEAST_EFFECTIVE:  # sums of equal weights are not exact
        return
    share = 100.0 * weight.max() / weight.sum()
    # as many digits as show that it is below
    digits = next(n for n in range(1, 10) if round(effective, n) < LEAST_EFFECTIVE)
    _say(
        faults, WEIGHT,
        f"leaves an effective sample size of {spaced(effective, f'.{digits}f')} of the "
        f"{spaced(len(used))} rows used (one respondent would be {share:.3g} % of the people); "
        f"must leave at least {LEAST_EFFECTIVE}; use more respondents or trim the weights",
    )  # fmt: skip


def _check_doses(faults: Faults, used: Table, highest: float, unit: str) -> None:
    """Note that the doses can be no MET-hours."""
    known = used[used[:, DOSE] != UNKNOWN]
    if len(known) == 0:
        return
    dose, weight = known[:, DOSE], known[:, -1]
    mean = float((dose * weight).sum() / weight.sum())
    if mean <= HIGHEST_MEAN_DOSE:
        return
    above = int((dose > highest).sum())
    _say(
        faults, COLUMNS[DOSE],
        f"has a mean of {dose.mean():.0f} ({mean:.0f} with weights), which cannot be marginal "
        f"MET-hours per week; must be at most {HIGHEST_MEAN_DOSE:g} with weights "
        f"({HIGHEST_MEAN_DOSE / 3:.0f} hours of brisk walking a week for everybody); "
        f"{spaced(above)} of {spaced(len(known))} rows lie above {_most(highest)}; "
        f"{_other_units(unit)}",
    )  # fmt: skip


def _other_units(unit: str) -> str:
    if unit != "met_hours":
        return f"they were read as dose_unit: {unit}"
    return (
        "population.microdata reads MET-minutes with dose_unit: met_minutes (gross_met_minutes if "
        "rest counts in them), minutes with minutes_moderate"
    )


def _check_newcomers(faults: Faults, used: Table, scenario: Scenario) -> None:
    """Note that newcomers would join of whom the survey knows nobody."""
    population = scenario.population
    if not population.entrants:
        return
    sexes = ("male", "female") if population.sex == "both" else (population.sex,)
    young = (used[:, AGE] == UNKNOWN) | (used[:, AGE] < YOUNG)
    missing = [sex for sex in sexes if not (young & _may_be(used, sex)).any()]
    if not missing:
        return
    absent = [sex for sex in missing if not _may_be(used, sex).any()]
    found = " and ".join(
        f"no {sex} respondent" + ("" if sex in absent else f" under {YOUNG}") for sex in missing
    )
    others = [sex for sex in sexes if sex not in absent]
    closed = "population.entrants: false for a population that nobody joins"
    only = f" (and population.sex: {others[0]})" if absent and others else ""
    _say(
        faults, "file",
        f"has {found} among the rows used, and people of 20 would join every year; must know the "
        f"young of each sex, or the scenario must set {closed}{only}",
    )  # fmt: skip


def _say(faults: Faults, name: str, message: str) -> None:
    """Note what is wrong with the file as a whole."""
    faults.say(name, message, "line", "line 1", lambda: (1, 1, message))
