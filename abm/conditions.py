"""What can befall a person: one row for each disease and cause of death.

A row says all that code must know of it. The columns of a block, the clocks and lags of a month,
calibration, deaths, tallies, effects, economics, the vocabulary of scenarios, figures and tests
follow from this table. Its numbers (rates, ratios, costs) are evidence entries; their paths stand
here whole, so that a search for a path finds who reads it. CONTRIBUTING.md says how to add a row.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

Kind = Literal["first event", "recurrent", "cause of death"]
# How it kills: at the event and by a ratio on other death afterwards; by the ratio alone; by the
# published excess mortality as it stands; by a ratio on other death while ill, put down to other
# causes; or not.
Kills = Literal["at the event and after", "after", "by published excess", "while ill", "never"]
# What it does to the clocks named in other rows' ``raised_by``: by its ratio against the ratio to
# be expected at the person's activity (published activity curves already hold that part); by its
# ratio while it lasts; in the first year after the event; or nothing.
Raises = Literal["against expectation", "while ill", "for a year", "nothing"]


@dataclass(frozen=True)
class Evidence:
    """The paths of the evidence entries that hold a condition's numbers.

    Where there are two paths they are those of men and of women. ``incidence`` and ``prevalence``
    are factors on the published rates; ``raised_by`` names for other conditions the hazard ratio
    that they bring to this one. Entries that a condition does not have are left out.
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
    incidence: tuple[str, ...] = ()
    prevalence: tuple[str, ...] = ()
    incidence_flat_from_age: str = ""
    death_hazard_ratio: str = ""
    disability_weight: str = ""
    utility_decrement: str = ""
    cost_first_year: str = ""
    cost_later_year: str = ""


@dataclass(frozen=True)
class Condition:
    """One thing that can befall a person.

    ``name`` is its id in tables and scenarios, ``label`` its name for people, ``events`` what its
    cases are called. ``lag`` names the lagged dose that its clock follows. ``clock_draw`` and
    ``start_draw`` are the addresses of its random numbers: the purpose of its clock, and the word
    that decides who has it at the start. They are never used twice and never change.
    ``causal_place`` orders the draws of the start population. ``published_as`` and ``curve`` are
    its ids in the tables of rates and of dose responses; the rates of a recurrent one are solved.
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
    newcomers_have_it: bool = False
    published_as: str = ""
    curve: str = ""

    @property
    def is_disease(self) -> bool:
        """Return whether one can have it, and not only die of it."""
        return self.kind != "cause of death"


# Diseases come before causes of death; a new row stands last among its kind.
CONDITIONS: Final = (
    Condition(
        name="coronary_heart_disease",
        label="coronary heart disease",
        kind="first event",
        lag="cardiometabolic",
        clock_draw=16,
        kills="at the event and after",
        raises="for a year",
        start_draw=0,
        causal_place=2,
        published_as="coronary_heart_disease",
        curve="coronary_heart_disease",
        evidence=Evidence(
            curve_position="disease.curve_position.coronary_heart_disease",
            causal_share="causal_share.diseases",
            il6_causal_slope="disease.il6_causal_slope.coronary_heart_disease",
            il6_between_person_slope="disease.il6_between_person_slope.coronary_heart_disease",
            bmi_hazard_ratio_per_5=("disease.bmi_hazard_ratio_per_5.coronary_heart_disease",),
            smoking_hazard_ratio=(
                "disease.smoking_hazard_ratio.coronary_heart_disease.male",
                "disease.smoking_hazard_ratio.coronary_heart_disease.female",
            ),
            deprivation_hazard_ratio="disease.deprivation_hazard_ratio.coronary_heart_disease",
            raised_by={
                "type_2_diabetes": "disease.diabetes_hazard_ratio.coronary_heart_disease",
                "depression": "disease.depression_hazard_ratio.coronary_heart_disease",
            },
            incidence=("disease.incidence_scale.coronary_heart_disease",),
            death_hazard_ratio="mortality.hazard_ratio.coronary_heart_disease",
            disability_weight="economics.disability_weight.coronary_heart_disease",
            utility_decrement="economics.utility_decrement.coronary_heart_disease",
            cost_first_year="economics.cost_first_year.coronary_heart_disease",
            cost_later_year="economics.cost_later_year.coronary_heart_disease",
        ),
    ),
    Condition(
        name="stroke",
        label="stroke",
        kind="first event",
        lag="cardiometabolic",
        clock_draw=17,
        kills="at the event and after",
        raises="for a year",
        start_draw=1,
        causal_place=3,
        published_as="stroke",
        curve="stroke",
        evidence=Evidence(
            curve_position="disease.curve_position.stroke",
            causal_share="causal_share.diseases",
            il6_causal_slope="disease.il6_causal_slope.stroke",
            il6_between_person_slope="disease.il6_between_person_slope.stroke",
            bmi_hazard_ratio_per_5=("disease.bmi_hazard_ratio_per_5.stroke",),
            smoking_hazard_ratio=(
                "disease.smoking_hazard_ratio.stroke.male",
                "disease.smoking_hazard_ratio.stroke.female",
            ),
            deprivation_hazard_ratio="disease.deprivation_hazard_ratio.stroke",
            raised_by={
                "type_2_diabetes": "disease.diabetes_hazard_ratio.stroke",
            },
            incidence=("disease.incidence_scale.stroke",),
            death_hazard_ratio="mortality.hazard_ratio.stroke",
            disability_weight="economics.disability_weight.stroke",
            utility_decrement="economics.utility_decrement.stroke",
            cost_first_year="economics.cost_first_year.stroke",
            cost_later_year="economics.cost_later_year.stroke",
        ),
    ),
    Condition(
        name="type_2_diabetes",
        label="type 2 diabetes",
        kind="first event",
        lag="cardiometabolic",
        clock_draw=18,
        kills="after",
        raises="against expectation",
        start_draw=2,
        causal_place=1,
        published_as="type_2_diabetes",
        curve="type_2_diabetes",
        evidence=Evidence(
            curve_position="disease.curve_position.type_2_diabetes",
            causal_share="causal_share.diseases",
            il6_causal_slope="disease.il6_causal_slope.type_2_diabetes",
            il6_between_person_slope="disease.il6_between_person_slope.type_2_diabetes",
            bmi_hazard_ratio_per_5=("disease.bmi_hazard_ratio_per_5.type_2_diabetes",),
            smoking_hazard_ratio=("disease.smoking_hazard_ratio.type_2_diabetes",),
            deprivation_hazard_ratio="disease.deprivation_hazard_ratio.type_2_diabetes",
            raised_by={
                "depression": "disease.depression_hazard_ratio.type_2_diabetes",
            },
            incidence=(
                "disease.incidence_scale.type_2_diabetes",
                "disease.diabetes_incidence_scale",
            ),
            prevalence=("disease.diabetes_prevalence_scale",),
            incidence_flat_from_age="disease.diabetes_flat_from_age",
            death_hazard_ratio="mortality.hazard_ratio.type_2_diabetes",
            disability_weight="economics.disability_weight.type_2_diabetes",
            utility_decrement="economics.utility_decrement.type_2_diabetes",
            cost_first_year="economics.cost_first_year.type_2_diabetes",
            cost_later_year="economics.cost_later_year.type_2_diabetes",
        ),
    ),
    Condition(
        name="colon_cancer",
        label="colon cancer",
        kind="first event",
        lag="cancer",
        clock_draw=19,
        kills="by published excess",
        start_draw=3,
        causal_place=4,
        published_as="colorectal_cancer",
        curve="colon_cancer",
        evidence=Evidence(
            curve_position="disease.curve_position.colon_cancer",
            causal_share="causal_share.diseases",
            il6_causal_slope="disease.il6_causal_slope.colon_cancer",
            il6_between_person_slope="disease.il6_between_person_slope.colon_cancer",
            bmi_hazard_ratio_per_5=(
                "disease.bmi_hazard_ratio_per_5.colon_cancer.male",
                "disease.bmi_hazard_ratio_per_5.colon_cancer.female",
            ),
            smoking_hazard_ratio=("disease.smoking_hazard_ratio.colon_cancer",),
            deprivation_hazard_ratio="disease.deprivation_hazard_ratio.colon_cancer",
            raised_by={
                "type_2_diabetes": "disease.diabetes_hazard_ratio.colon_cancer",
            },
            incidence=(
                "disease.incidence_scale.colon_cancer",
                "disease.colon_share_of_colorectal",
            ),
            prevalence=("disease.colon_share_of_colorectal",),
            disability_weight="economics.disability_weight.colon_cancer",
            utility_decrement="economics.utility_decrement.colon_cancer",
            cost_first_year="economics.cost_first_year.colon_cancer",
            cost_later_year="economics.cost_later_year.colon_cancer",
        ),
    ),
    Condition(
        name="breast_cancer",
        label="breast cancer",
        kind="first event",
        lag="cancer",
        clock_draw=20,
        sex="female",
        kills="by published excess",
        start_draw=4,
        causal_place=5,
        published_as="breast_cancer",
        curve="breast_cancer",
        evidence=Evidence(
            curve_position="disease.curve_position.breast_cancer",
            causal_share="causal_share.diseases",
            il6_causal_slope="disease.il6_causal_slope.breast_cancer",
            il6_between_person_slope="disease.il6_between_person_slope.breast_cancer",
            bmi_hazard_ratio_per_5=("disease.bmi_hazard_ratio_per_5.breast_cancer",),
            smoking_hazard_ratio=("disease.smoking_hazard_ratio.breast_cancer",),
            deprivation_hazard_ratio="disease.deprivation_hazard_ratio.breast_cancer",
            raised_by={
                "type_2_diabetes": "disease.diabetes_hazard_ratio.breast_cancer",
            },
            incidence=("disease.incidence_scale.breast_cancer",),
            disability_weight="economics.disability_weight.breast_cancer",
            utility_decrement="economics.utility_decrement.breast_cancer",
            cost_first_year="economics.cost_first_year.breast_cancer",
            cost_later_year="economics.cost_later_year.breast_cancer",
        ),
    ),
    Condition(
        name="depression",
        label="depression",
        kind="recurrent",
        lag="depression",
        clock_draw=21,
        events="first episodes",
        kills="while ill",
        raises="while ill",
        start_draw=5,
        causal_place=6,
        newcomers_have_it=True,
        curve="depression",
        evidence=Evidence(
            curve_position="disease.curve_position.depression",
            causal_share="causal_share.diseases",
            il6_causal_slope="disease.il6_causal_slope.depression",
            il6_between_person_slope="disease.il6_between_person_slope.depression",
            bmi_hazard_ratio_per_5=("disease.bmi_hazard_ratio_per_5.depression",),
            smoking_hazard_ratio=("disease.smoking_hazard_ratio.depression",),
            deprivation_hazard_ratio="disease.deprivation_hazard_ratio.depression",
            raised_by={
                "type_2_diabetes": "disease.diabetes_hazard_ratio.depression",
                "coronary_heart_disease": "disease.vascular_event_depression_hazard_ratio",
                "stroke": "disease.vascular_event_depression_hazard_ratio",
            },
            incidence=("disease.incidence_scale.depression",),
            death_hazard_ratio="mortality.hazard_ratio.depression",
            disability_weight="economics.disability_weight.depression",
            utility_decrement="economics.utility_decrement.depression",
            cost_first_year="economics.cost_first_year.depression",
            cost_later_year="economics.cost_later_year.depression",
        ),
    ),
    Condition(
        name="other",
        label="other causes",
        kind="cause of death",
        lag="other_death",
        clock_draw=11,
        events="deaths",
        curve="other_death",
        evidence=Evidence(
            curve_position="mortality.curve_position",
            causal_share="causal_share.other_death",
            il6_causal_slope="mortality.il6_causal_slope",
            il6_between_person_slope="mortality.il6_between_person_slope",
            bmi_hazard_ratio_per_5=("mortality.bmi_hazard_ratio_per_5",),
            smoking_hazard_ratio=("mortality.smoking_hazard_ratio",),
            bmi_threshold="mortality.bmi_threshold",
        ),
    ),
)

# Lagged doses, each with the entry that holds its lag.
LAGS: Final = {
    "cardiometabolic": "disease.lag_years.cardiometabolic",
    "cancer": "disease.lag_years.cancer",
    "depression": "disease.lag_years.depression",
    "other_death": "mortality.lag_years",
}

DISEASES: Final = tuple(each.name for each in CONDITIONS if each.is_disease)
CAUSES: Final = tuple(each.name for each in CONDITIONS)


def condition(name: str) -> Condition:
    """Return the row of a condition."""
    return next(each for each in CONDITIONS if each.name == name)


def where(**properties: str) -> tuple[int, ...]:
    """Return the places in the table of the conditions that have all these properties.

    Examples
    --------
    >>> CONDITIONS[where(kills="after")[0]].name
    'type_2_diabetes'
    """
    return tuple(
        k
        for k, each in enumerate(CONDITIONS)
        if all(getattr(each, name) == value for name, value in properties.items())
    )
