"""What calibration cannot give as the evidence asks for it, with numbers.

Rates that contradict one another are brought into balance: an onset is raised where prevalence
needs it, case fatality stays within its limits, other causes of death keep a share. Published
values need little of that. What values of a scenario or of a draw need beyond it is told here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from abm.conditions import CONDITIONS
from abm.evidence.parameters import Parameters
from abm.kernel import layout as c
from abm.limits import spaced
from abm.places.causes_of_death import unresponsive_asked, unresponsive_share
from abm.places.country import DiseaseRates, Table, population, published_disease
from abm.population.causes import ACUTE, LAST, LEAST_LEFT, NOBODY, Causes, Wanted, wanted_deaths
from abm.population.deaths import LIFE_EXPECTANCY_GAPS, Deaths, gaps_of
from abm.population.habits_and_body import (
    LEAST_MODERATE,
    LEAST_VARIANCE_LEFT,
    MOST_SMOKERS,
    habit_model,
    mode_shares_asked,
    smoking_asked,
)
from abm.population.integrals import Sums
from abm.population.prices import (
    MOST_LOST,
    MOST_UTILITY,
    shares_asked,
    utility_asked_of_the_well,
)

# Shares of what was asked for. Published onsets need up to 8 % more for their prevalence.
ONSETS, DEATHS, GAP = 0.10, 0.02, 0.02
ALL_DEATHS, MOST_DEATHS = 0.001, 0.01  # to tell, and to refuse: the life table is not met
MOST_DIGITS = 6  # with which two numbers are told apart
BALANCED = "rates that contradict one another were brought into balance"
WHERE_EXPLAINED = "(docs/model.md)"
MEN_AND_WOMEN = ("men", "women")


@dataclass(frozen=True)
class Misfit:
    """One figure that differs from what was asked for: of a year in the place, years or a share.

    ``where`` names the age at which most is lost or added, with rates per 100 000; ``why`` what
    keeps the figure there. ``refused`` marks one with which no answer would mean anything.
    """

    what: str
    asked: float
    used: float
    where: str
    why: str
    refused: bool = False

    @property
    def numbers(self) -> tuple[str, str]:
        """Return what was asked for and what is used, as text; large ones with their unit."""
        large = max(self.asked, self.used) >= 100.0
        if large:
            return f"{spaced(self.asked)} a year in the place", spaced(self.used)
        digits = 1 if self.used >= 1.0 else 2
        while round(self.asked, digits) == round(self.used, digits) and digits < MOST_DIGITS:
            digits += 1
        return f"{self.asked:.{digits}f}", f"{self.used:.{digits}f}"

    def __str__(self) -> str:
        """Say all of it in one sentence or two."""
        asked, used = self.numbers
        return f"{self.what}: {asked} asked for, {used} used{self.where}; {self.why}"


def misfits_of(
    rates: tuple[DiseaseRates, ...], deaths: Deaths, sums: Sums, parameters: Parameters
) -> tuple[Misfit, ...]:
    """Return what calibration could not give as asked for, the worst kind first."""
    wanted, causes = wanted_deaths(rates, parameters), deaths.causes
    people = population(parameters.place)
    found = [
        *_of_all_deaths(wanted, causes, people),
        *_of_causes(wanted, causes, people),
        *_of_cases(wanted, causes, people),
        *_of_the_ill(wanted, causes, people),
        *_onsets(rates, parameters),
        *_that_follow_nothing(causes, parameters),
        *_between_fifths(rates, deaths, sums, parameters),
        *_of_people(parameters),
    ]
    return tuple(found)


def _compared(
    what: str, people: Table, asked: Table, used: Table, least: float, why: str,
    most: float = np.inf,
) -> Iterator[Misfit]:  # fmt: skip
    """Yield the misfit of a rate among people, both (ages,), if it is above a ``least`` share.

    It is refused if it adds more than a ``most`` share.
    """
    whole, found = float(people @ asked), float(people @ used)
    if whole <= 0.0 or abs(found / whole - 1.0) <= least:
        return
    worst = int(np.argmax(people * np.abs(used - asked)))
    where = (
        f" (most at age {c.YOUNGEST + worst}: {spaced(1e5 * asked[worst])} and "
        f"{spaced(1e5 * used[worst])} per 100 000)"
    )
    yield Misfit(what, whole, found, where, why, refused=found / whole - 1.0 > most)


def _onsets(rates: Sequence[DiseaseRates], parameters: Parameters) -> Iterator[Misfit]:
    """Yield diseases whose incidence is raised because their prevalence needs it."""
    for k, row in enumerate(CONDITIONS[: c.N_DISEASES]):
        if row.kind == "recurrent":
            continue
        asked, people = published_disease(row.name, parameters)[0], population(parameters.place)
        for s, sex in enumerate(MEN_AND_WOMEN):
            scale = row.evidence.prevalence_scale[min(s, len(row.evidence.prevalence_scale) - 1)]
            why = f"fewer would not give the prevalence ({scale}) and the deaths asked for"
            what = f"first events of {row.label} in {sex}"
            yield from _compared(what, people[s], asked[s], rates[k].incidence[s], ONSETS, why)


def _of_cases(wanted: Wanted, causes: Causes, people: Table) -> Iterator[Misfit]:
    """Yield diseases that kill at once more or fewer than asked: case fatality has limits."""
    low, high = (f"{each:g}" for each in wanted.limits)
    why = (
        f"the share of first events that kill at once stays within "
        f"mortality.acute_fatality_minimum and _maximum ({low} and {high})"
    )
    asked = wanted.prevalence * wanted.excess
    used = causes.case_fatality * wanted.incidence + causes.put_down
    for k in ACUTE:
        for s, sex in enumerate(MEN_AND_WOMEN):
            what = f"deaths of {CONDITIONS[k].label} in {sex}"
            yield from _compared(what, people[s], asked[k, s], used[k, s], DEATHS, why)


def _of_causes(wanted: Wanted, causes: Causes, people: Table) -> Iterator[Misfit]:
    """Yield causes of death that diabetes leaves less than is kept for them."""
    left = wanted.known - wanted.of_diabetes * causes.put_down[c.DIABETES]
    why = f"deaths with diabetes take the rest, and {LEAST_LEFT:.0%} of the cause are kept"
    for place, row in enumerate(CONDITIONS[c.N_DISEASES : c.ALL_ELSE]):
        for s, sex in enumerate(MEN_AND_WOMEN):
            what = f"{row.label} in {sex}"
            used = causes.other[place, s]
            yield from _compared(what, people[s], left[place, s], used, DEATHS, why)


def _of_all_deaths(wanted: Wanted, causes: Causes, people: Table) -> Iterator[Misfit]:
    """Yield deaths beyond the life table: causes with deaths of their own ask for too many."""
    used = (causes.having * causes.rate)[: c.N_COMBINATIONS].sum(axis=0)
    why = (
        f"diseases and causes with deaths of their own leave less than the {LEAST_LEFT:.0%} of the "
        "life table's deaths that are kept for all other causes"
    )
    for s, sex in enumerate(MEN_AND_WOMEN):
        what = f"deaths of all causes in {sex}"
        asked = wanted.total[s]
        yield from _compared(what, people[s], asked, used[s], ALL_DEATHS, why, MOST_DEATHS)


def _of_the_ill(wanted: Wanted, causes: Causes, people: Table) -> Iterator[Misfit]:
    """Yield people with a disease who die more often than its ratio of death asks."""
    why = "what else they have and do kills more of them than their ratio of death asks for"
    several = c.N_COMBINATIONS
    lowest = wanted.total / (wanted.ratio * causes.having[:several]).sum(axis=0)
    ill = slice(1, several)
    having = causes.having[ill]
    asked = (having * wanted.ratio[ill] * lowest).sum(axis=0)
    used = (having * causes.rate[ill]).sum(axis=0)
    for s, sex in enumerate(MEN_AND_WOMEN):
        what = f"deaths of everything with diabetes, heart disease or stroke in {sex}"
        yield from _compared(what, people[s], asked[s], used[s], DEATHS, why)
    for p, k in enumerate(c.BY_OWN_RATE):
        if k in c.BY_ALL_CAUSE_RATIO:
            rate = wanted.total + (1.0 - wanted.prevalence[k]) * wanted.excess[k]
            there = wanted.prevalence[k] > NOBODY
            share = np.where(there, causes.having[several + p], 0.0)
            for s, sex in enumerate(MEN_AND_WOMEN):
                what = f"deaths of everything with {CONDITIONS[k].label} in {sex}"
                asked, used = share[s] * rate[s], share[s] * causes.rate[several + p, s]
                yield from _compared(what, people[s], asked, used, DEATHS, why)


def _that_follow_nothing(causes: Causes, parameters: Parameters) -> Iterator[Misfit]:
    """Yield all other causes of which more than all are asked to follow no activity."""
    asked, used = unresponsive_asked(parameters), unresponsive_share(parameters)
    people = population(parameters.place)
    why = "they are at most all of these at every age"
    for s, sex in enumerate(MEN_AND_WOMEN):
        deaths = causes.other[LAST, s]
        what = f"deaths of all other causes that follow neither activity nor IL-6 in {sex}"
        yield from _compared(what, people[s], asked[s] * deaths, used[s] * deaths, DEATHS, why)


def _between_fifths(
    rates: tuple[DiseaseRates, ...], deaths: Deaths, sums: Sums, parameters: Parameters
) -> Iterator[Misfit]:
    """Yield gaps in life expectancy that no gradient of all other causes gives."""
    why = "all other causes of death, which carry the rest of the gap, cannot differ by more"
    found = gaps_of(sums, rates, deaths)
    for s, sex in enumerate(MEN_AND_WOMEN):
        asked, used = parameters[LIFE_EXPECTANCY_GAPS[s]], float(found[s])
        if abs(used - asked) > max(GAP * asked, GAP):
            what = f"years of life between the least and most deprived fifth of {sex}"
            yield Misfit(what, asked, used, "", why)


def _of_people(parameters: Parameters) -> Iterator[Misfit]:
    """Yield shares of people and of their activity that no population can have."""
    smokers = float(smoking_asked(parameters).max())
    if smokers > MOST_SMOKERS:
        why = "where the people.smoking entries ask for more, so many smoke"
        yield Misfit("the largest share of smokers", smokers, MOST_SMOKERS, "", why)
    moderate = float(mode_shares_asked(parameters)[..., 0].min())
    if moderate < LEAST_MODERATE:
        why = "the shares of vigorous, resistance and endurance exercise leave no more at some ages"
        what = "the least mean share of moderate activity in all activity"
        yield Misfit(what, moderate, LEAST_MODERATE, "", why)
    for s, sex in enumerate(MEN_AND_WOMEN):
        left = float(habit_model(parameters).variance_left[s])
        if left < LEAST_VARIANCE_LEFT:
            what = f"variance of habits within groups of {sex}, of 1 in all"
            why = "age, deprivation and BMI explain the rest, so habits differ more than surveyed"
            yield Misfit(what, left, LEAST_VARIANCE_LEFT, "", why)


def misfits_of_worth(rates: Sequence[DiseaseRates], parameters: Parameters) -> Iterator[Misfit]:
    """Yield qualities of life that no year can have; calibration needs none of them."""
    adds = parameters["economics.losses_add"] >= 1.0  # then decrements count, and no shares
    asked = shares_asked(parameters).tolist()
    for row, share in zip(CONDITIONS[: c.N_DISEASES], asked, strict=True):
        if share > MOST_LOST and not adds:
            path = row.evidence.utility_decrement
            why = f"{path} is above economics.utility_of_respondents, and no illness takes more"
            what = f"the share of a year's quality of life that {row.label} takes"
            yield Misfit(what, share, MOST_LOST, "", why)
    well = utility_asked_of_the_well(parameters, [each.prevalence for each in rates])
    for s, sex in enumerate(MEN_AND_WOMEN):
        highest = float(well[s].max())
        if highest > MOST_UTILITY:
            what = f"the best quality of a year without the diseases in {sex}"
            where = f" (at age {c.YOUNGEST + int(well[s].argmax())})"
            why = "the norms of the place and the utility decrements would need more than 1"
            yield Misfit(what, highest, MOST_UTILITY, where, why)


def refusal_of(misfits: Sequence[Misfit], overridden: Mapping[str, object]) -> list[str]:
    """Return why values of the evidence are refused, one text per reason; none if they are not."""
    paths = [path for path in overridden if path.startswith(("disease.", "mortality."))]
    given = f" Given here: {', '.join(paths)}." if paths else ""
    return [
        f"parameters: {each}. These values contradict the life table; must leave deaths for all "
        f"other causes.{given}"
        for each in misfits
        if each.refused
    ]


def misfits_in_draws(found: Mapping[int, Sequence[Misfit]], draws: int) -> list[str]:
    """Return one text for all figures that were not as drawn in some draws; none if all were.

    ``found`` are the misfits of draws by their number.
    """
    by_figure: dict[str, list[tuple[int, Misfit]]] = {}
    for draw, misfits in sorted(found.items()):
        for each in misfits:
            by_figure.setdefault(each.what, []).append((draw, each))
    if not by_figure:
        return []
    concerned = sum(bool(misfits) for misfits in found.values())
    figures = "; ".join(_in_draws(cases) for cases in by_figure.values())
    beyond = sum(any(each.refused for each in misfits) for misfits in found.values())
    verdict = (
        f"more deaths than the life table has are asked for in {beyond} of them, so intervals over "
        "draws are doubtful"
    )
    return [
        f"in {concerned} of {draws} parameter draws, {BALANCED}; "
        f"{verdict if beyond else 'the results may be used'} {WHERE_EXPLAINED}: {figures}"
    ]


def _in_draws(cases: Sequence[tuple[int, Misfit]]) -> str:
    """Say in how many draws a figure was not as drawn, and how far off it was at most."""
    draw, worst = max(cases, key=lambda each: abs(each[1].used / max(each[1].asked, 1e-9) - 1.0))
    asked, used = worst.numbers
    many = "1 draw" if len(cases) == 1 else f"{len(cases)} draws"
    return f"{worst.what} in {many}, most in draw {draw} ({asked} drawn, {used} used)"
