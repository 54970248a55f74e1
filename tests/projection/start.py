"""The start: what who has lived and who is ill make of reference hazards and of death.

Weights of classes follow from who has lived since 20; the shares of the ill from the hazard ratios
of onset and published prevalence; reference hazards from published incidence; what diseases and
other causes kill from the life table. As documented for the model, and written apart from it.
"""

from dataclasses import dataclass

import numpy as np

from abm.conditions import DISEASES
from tests.projection.balance import (
    Triple,
    extra_while_ill,
    first_balance,
    in_balance,
    of_course,
    published,
)
from tests.projection.deaths import (
    NONE,
    Mortality,
    Round,
    deaths_of_the_ill,
    divided,
    faster_death,
    faster_if_ever_depressed,
    faster_with,
)
from tests.projection.depression import Course, solved
from tests.projection.diseases import (
    ALL_ELSE,
    BY_CAUSE,
    BY_RATIO,
    DEPRESSION,
    DIABETES,
    that_kill,
)
from tests.projection.illness import (
    Links,
    ill_at_start,
    links,
    met_by_inactive,
    relative_hazards,
)
from tests.projection.inputs import SEXES, Table, figure, life_table, remembered
from tests.projection.people import CLASSES
from tests.projection.survivors import Living, mean, of_fifths, of_place, survivors

ROUNDS = 5  # of who has lived and what they die of, which depend on each other
OLDEST = 80  # years since 20; nobody older lives within the years compared
TINY = 1e-300


@dataclass(frozen=True)
class Start:
    """All that the years after the start need.

    ``share`` (2, ...) of those without and with diabetes who have a disease; ``reference`` hazards
    by clock (sexes, ages); ``diabetes_met`` the hazard of diabetes since birth of the inactive.
    """

    living: Living
    share: dict[str, Table]
    reference: dict[str, Table]
    death: Mortality
    triples: dict[str, Triple]
    course: Course  # of depression
    links: Links
    place: Table  # log hazard ratio of all other causes, (sexes, classes)
    diabetes_met: Table


def _remaining_life(rates: Table) -> Table:
    """Return years of life left at 20, from death rates with ages along the first axis."""
    alive = np.exp(-np.cumsum(rates, axis=0))
    before = np.concatenate([np.ones_like(alive[:1]), alive[:-1]])
    return ((before - alive) / rates).sum(axis=0) + alive[-1] / rates[-1]


def gradient_of_death(now: Round, death: Mortality) -> Table:
    """Return the log ratio of all other causes over quintiles that gives the published gap.

    Most over least deprived; the gap is in remaining life at 20.
    """
    alive = of_fifths(now.living.weight)
    by_disease = deaths_of_the_ill(now, death)
    relative = {c: of_fifths(now.living.weight * now.hazards[c][0]) for c in BY_CAUSE}
    low, high = np.full(2, -0.5), np.full(2, 3.0)
    target = [figure(f"mortality.deprivation_life_expectancy_gap_years.{sex}") for sex in SEXES]
    for _ in range(40):
        middle = (low + high) / 2.0
        tilt = np.exp(middle[:, None] * (2.0 - np.arange(5)) / 4.0)[:, None, :]
        other = 0.0
        for cause in BY_CAUSE:
            own = relative[cause] * (tilt if cause == ALL_ELSE else 1.0)
            shares = own / own.sum(axis=-1, keepdims=True)
            other = other + death.other[cause][..., None] * shares
        years = _remaining_life(np.moveaxis((other + by_disease) / alive, 1, 0))
        wide = years[:, 4] - years[:, 0] > np.array(target)
        low, high = np.where(wide, low, middle), np.where(wide, middle, high)
    return (low + high) / 2.0


def balanced_again(now: Round, death: Mortality, place: Table) -> dict[str, Triple]:
    """Return the diseases in balance with all that their patients die of."""
    triples = {d: first_balance(d) for d in DISEASES}
    faster = {d: faster_death(d, now, death) for d in BY_RATIO}
    faster |= {d: faster_with(d, now, death, place) for d in that_kill("by published excess")}
    for d, more in faster.items():
        incidence, prevalence, excess = published(d)
        triple = in_balance(incidence, prevalence, more)
        triples[d] = Triple(triple.incidence, prevalence, excess, triple.recovery)
    return triples


def _to_date(yearly: Table) -> Table:
    """Return hazards met since 20 by mid-year, from those of each year of age."""
    met = np.cumsum(yearly, axis=1) - yearly / 2.0
    met[:, OLDEST:] = met[:, OLDEST : OLDEST + 1]
    return met


@remembered
def start() -> Start:
    """Return the start of the country's people."""
    triples = {d: first_balance(d) for d in DISEASES}
    found = links(triples, {d: np.zeros((2, 1)) for d in DISEASES})
    place = np.zeros((2, CLASSES))
    third = 0.25 * np.cumsum(life_table(), axis=1)
    third[:, OLDEST:] = third[:, OLDEST : OLDEST + 1]
    to_date = dict.fromkeys(BY_CAUSE, third)
    of_ill, of_ever = extra_while_ill() * life_table(), np.zeros_like(life_table())
    for _ in range(ROUNDS):
        course = solved(of_ill, of_ever)
        triples = triples | {DEPRESSION: of_course(course)}
        living = survivors(place, to_date)
        hazards = relative_hazards(living)
        diabetes, share = ill_at_start(living, hazards, course)
        now = Round(living, hazards, diabetes, share, triples, found)
        death = divided(now, place)
        place = of_place(gradient_of_death(now, death))
        other = {cause: mean(living.weight, own) for cause, own in now.causes(place).items()}
        to_date = {cause: _to_date(death.other[cause] / other[cause]) for cause in BY_CAUSE}
        found = links(triples, death.at_event)
        of_ill = extra_while_ill() * death.rate[NONE]
        of_ever = faster_if_ever_depressed(now, death, place)
    triples = balanced_again(now, death, place) | {DEPRESSION: of_course(course)}
    now = Round(living, hazards, diabetes, share, triples, found)
    death = divided(now, place)
    reference = {cause: death.other[cause] / other[cause] for cause in BY_CAUSE}
    for d in DISEASES:
        risk = mean(living.weight, now.at_risk(d))
        reference[d] = triples[d].incidence / np.maximum(risk, TINY)
    share = share | {DIABETES: diabetes}
    met = met_by_inactive(living)
    return Start(living, share, reference, death, triples, course, found, place, met)
