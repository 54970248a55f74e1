"""How each disease comes and kills: the model's documentation transcribed a second time.

A new condition needs one line here.
"""

from dataclasses import dataclass
from typing import Literal

from abm.conditions import CAUSES, DISEASES

CARDIOMETABOLIC = "disease.lag_years.cardiometabolic"
CANCER = "disease.lag_years.cancer"
OTHER = "other"
EPISODES = "episodes"  # of depression, where a key of its own counts them
DIABETES, DEPRESSION = "type_2_diabetes", "depression"  # the two that act on others while ill
CLOCKS = CAUSES


@dataclass(frozen=True)
class Rule:
    """What the arithmetic must know of a disease beside its published figures.

    ``lag`` the entry with the lag after activity; ``incidence``, ``prevalence`` entries with
    factors on the published rates; ``flat_from`` the entry with the age from which incidence
    stays as it is; ``depresses_for_a_year``: depression comes more often in the year after.
    """

    kills: Literal["at the event and after", "after", "by published excess", "while ill", "never"]
    lag: str
    depresses_for_a_year: bool = False
    incidence: tuple[str, ...] = ()
    prevalence: tuple[str, ...] = ()
    flat_from: str = ""


COLON = ("disease.colon_share_of_colorectal",)
RULES = {
    "coronary_heart_disease": Rule("at the event and after", CARDIOMETABOLIC, True),
    "stroke": Rule("at the event and after", CARDIOMETABOLIC, True),
    "type_2_diabetes": Rule(
        "after", CARDIOMETABOLIC, incidence=("disease.diabetes_incidence_scale",),
        prevalence=("disease.diabetes_prevalence_scale",),
        flat_from="disease.diabetes_flat_from_age",
    ),
    "colon_cancer": Rule("by published excess", CANCER, incidence=COLON, prevalence=COLON),
    "breast_cancer": Rule("by published excess", CANCER),
    "depression": Rule("while ill", "disease.lag_years.depression"),
}  # fmt: skip


def that_kill(*ways: str) -> tuple[str, ...]:
    """Return the diseases that kill in one of some ways."""
    return tuple(d for d in DISEASES if RULES[d].kills in ways)


AT_EVENT = that_kill("at the event and after")
BY_RATIO = that_kill("at the event and after", "after")  # by a ratio on other death
BY_EXCESS = that_kill("by published excess")
CAUSES_OF_DEATH = that_kill("at the event and after", "after", "by published excess")
DEADLY = that_kill("at the event and after", "after", "by published excess", "while ill")
DEPRESSING = tuple(d for d in DISEASES if RULES[d].depresses_for_a_year)
BESIDE_DIABETES = tuple(d for d in DISEASES if d != DIABETES)
FIRST_EVENTS = tuple(d for d in BESIDE_DIABETES if d != DEPRESSION)


def lag_of(clock: str) -> str:
    """Return the entry with the time constant in which a clock follows activity [years]."""
    return "mortality.lag_years" if clock == OTHER else RULES[clock].lag
