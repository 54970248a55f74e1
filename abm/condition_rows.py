"""What a row of the table of conditions says: a disease, or a cause of death."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["first event", "recurrent", "cause of death"]
# How it kills: at the event, and by a ratio of death of everything afterwards; by that ratio alone
# (these are called chronic; what several of them add together depends on the combination); by the
# published excess mortality as it stands; so that those who have it die of all causes together at
# a ratio to the others; by a ratio while ill, put down to all other causes; or not.
Kills = Literal[
    "at the event and after", "after", "by published excess", "by all-cause ratio", "while ill",
    "never",
]  # fmt: skip
# What it does to the clocks named in other rows' ``raised_by``: by its ratio against the ratio to
# be expected at the person's activity (published activity curves already hold that part); by its
# ratio while it lasts; in the first year after the event; or nothing.
Raises = Literal["against expectation", "while ill", "for a year", "nothing"]


@dataclass(frozen=True)
class Evidence:
    """The paths of the evidence entries that hold a condition's numbers.

    Where there are two paths they are those of men and of women. ``incidence_scale``,
    ``prevalence_scale`` and ``death_scale`` are factors on the published figures,
    ``share_of_published`` what it has of the disease published; ``raised_by`` names for other
    conditions the hazard ratio that they bring to this one, and ``raised_while_ill_by`` those that
    they bring while they last, whatever they do to others; ``excess_by_year`` says how what it adds
    to death falls with the years since diagnosis; ``death_share_scale`` is a factor on a
    cause's share of all deaths, ``share_of_diabetes_deaths`` what it has of the deaths that
    diabetes adds.
    Entries that a condition does not have are left out.
    """

    curve_position: str
    causal_share: str
    il6_causal_slope: str
    il6_between_person_slope: str
    bmi_hazard_ratio_per_5: tuple[str, ...]
    smoking_hazard_ratio: tuple[str, ...]
    bmi_threshold: str = ""
    deprivation_hazard_ratio: str = ""
    raised_by: Mapping[str, str] = field(default_factory=dict)
    raised_while_ill_by: Mapping[str, str] = field(default_factory=dict)
    incidence_scale: tuple[str, ...] = ()
    prevalence_scale: tuple[str, ...] = ()
    death_scale: tuple[str, ...] = ()
    share_of_published: str = ""
    incidence_flat_from_age: str = ""
    death_hazard_ratio: str = ""
    all_cause_hazard_ratio: tuple[str, ...] = ()
    excess_by_year: str = ""
    death_share_scale: str = ""
    share_of_diabetes_deaths: str = ""
    disability_weight: str = ""
    utility_decrement: str = ""
    cost_first_year: str = ""
    cost_later_year: str = ""
    social_care_first_year: str = ""
    social_care_later_year: str = ""


@dataclass(frozen=True)
class Condition:
    """One thing that can befall a person.

    ``name`` is its id in tables and scenarios, ``label`` its name for people, ``events`` what its
    cases are called. ``lag`` names the lagged dose that its clock follows. ``clock_draw`` and
    ``start_draw`` are the addresses of its random numbers: the purpose of its clock, and the word
    that decides who has it at the start. They are never used twice and never change.
    ``causal_place`` orders the draws of the start population. ``published_as`` and ``curve`` are
    its ids in the tables of rates and of dose responses; the rates of a recurrent one are solved.

    A cause of death is ``made_of`` causes of the table of causes of death, and of what the causes
    of ``rest_of`` diseases hold beyond these diseases. ``unresponsive`` names those of its parts
    that follow neither activity nor IL-6. The last cause has what all others leave of the life
    table.
    """

    name: str
    label: str
    kind: Kind
    lag: str
    clock_draw: int
    evidence: Evidence
    events: str = "cases"
    sex: Literal["both", "female"] = "both"
    kills: Kills = "never"
    raises: Raises = "nothing"
    start_draw: int = -1
    causal_place: int = 0
    published_as: str = ""
    curve: str = ""
    made_of: tuple[str, ...] = ()
    rest_of: tuple[str, ...] = ()
    unresponsive: tuple[str, ...] = ()

    @property
    def is_disease(self) -> bool:
        """Return whether one can have it, and not only die of it."""
        return self.kind != "cause of death"
