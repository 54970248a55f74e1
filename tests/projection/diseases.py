"""How each disease comes and kills: the model's documentation transcribed a second time.

A new condition needs one line here.
"""

from dataclasses import dataclass
from typing import Literal

from abm.conditions import CAUSES, DISEASES

CARDIOVASCULAR = "disease.lag_years.cardiovascular"
CANCER = "disease.lag_years.cancer"
OTHER_CARDIOVASCULAR, OTHER_CANCER, ALL_ELSE = "other_cardiovascular", "other_cancer", "all_else"
BY_CAUSE = (OTHER_CARDIOVASCULAR, OTHER_CANCER, ALL_ELSE)  # of what is no disease of the model
EPISODES = "episodes"  # of depression, where a key of its own counts them
DIABETES, DEPRESSION = "type_2_diabetes", "depression"  # the two that act on others while ill
CLOCKS = CAUSES


@dataclass(frozen=True)
class Rule:
    """What the arithmetic must know of a disease beside its published figures.

    ``lag`` the entry with the lag after activity; ``share`` whose causal share it has;
    ``part`` the entry with what it has of the disease that rates are published for; ``flat_from``
    the entry with the age from which incidence stays as it is; ``depresses_for_a_year``: depression
    comes more often in the year after; ``raised_while_ill`` the disease that brings it while it
    lasts, and the entry with its ratio.
    """

    kills: Literal[
        "at the event and after", "after", "by published excess", "by all-cause ratio", "while ill",
        "never",
    ]  # fmt: skip
    lag: str
    share: str
    depresses_for_a_year: bool = False
    part: str = ""
    flat_from: str = ""
    raised_while_ill: tuple[str, str] = ("", "")


RULES = {
    "coronary_heart_disease": Rule(
        "at the event and after", CARDIOVASCULAR, "cardiovascular", True
    ),
    "stroke": Rule("at the event and after", CARDIOVASCULAR, "cardiovascular", True),
    "type_2_diabetes": Rule(
        "after", "disease.lag_years.diabetes", "diabetes",
        flat_from="disease.diabetes_flat_from_age",
    ),
    "colon_cancer": Rule(
        "by published excess", CANCER, "cancer", part="disease.colon_share_of_colorectal"
    ),
    "breast_cancer": Rule("by published excess", CANCER, "cancer"),
    "depression": Rule("while ill", "disease.lag_years.depression", "depression"),
    "dementia": Rule(
        "by all-cause ratio", "disease.lag_years.dementia", "dementia",
        raised_while_ill=("stroke", "disease.stroke_hazard_ratio.dementia"),
    ),
}  # fmt: skip


def that_kill(*ways: str) -> tuple[str, ...]:
    """Return the diseases that kill in one of some ways."""
    return tuple(d for d in DISEASES if RULES[d].kills in ways)


AT_EVENT = that_kill("at the event and after")
BY_RATIO = that_kill("at the event and after", "after")  # by a ratio on what no disease does
BY_ALL_CAUSE_RATIO = that_kill("by all-cause ratio")
BY_EXCESS = (*that_kill("by published excess"), *BY_ALL_CAUSE_RATIO)
BY_OWN_RATE = (*BY_EXCESS, *that_kill("while ill"))  # whatever else one has
CAUSES_OF_DEATH = (*BY_RATIO, *BY_EXCESS)  # to which deaths are put down
DEPRESSING = tuple(d for d in DISEASES if RULES[d].depresses_for_a_year)
BESIDE_DIABETES = tuple(d for d in DISEASES if d != DIABETES)
FIRST_EVENTS = tuple(d for d in BESIDE_DIABETES if d != DEPRESSION)


def causal_share_of(clock: str) -> str:
    """Return the entry with the share of a clock's activity curve that is causal."""
    shares = {OTHER_CARDIOVASCULAR: "cardiovascular", OTHER_CANCER: "cancer", ALL_ELSE: "all_else"}
    return f"causal_share.{shares[clock] if clock in BY_CAUSE else RULES[clock].share}"


def lag_of(clock: str) -> str:
    """Return the entry with the time constant in which a clock follows activity [years]."""
    lags = {OTHER_CARDIOVASCULAR: CARDIOVASCULAR, OTHER_CANCER: CANCER}
    lags[ALL_ELSE] = "mortality.lag_years.all_else"
    return lags[clock] if clock in BY_CAUSE else RULES[clock].lag
