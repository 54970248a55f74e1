"""What can befall a person: one row for each disease and cause of death.

A row says all that code must know of it. The columns of a block, the clocks and lags of a month,
calibration, deaths, tallies, effects, economics, the vocabulary of scenarios, figures and tests
follow from this table. Its numbers (rates, ratios, costs) are evidence entries; their paths stand
here whole, so that a search for a path finds who reads it. CONTRIBUTING.md says how to add a row.
"""

from typing import Final

from abm.condition_rows import Condition as Condition
from abm.condition_rows import Evidence as Evidence

# Diseases come before causes of death; a new row stands last among its kind.
CONDITIONS: Final = (
    Condition(
        name="coronary_heart_disease",
        label="coronary heart disease",
        kind="first event",
        lag="cardiovascular",
        clock_draw=16,
        kills="at the event and after",
        raises="for a year",
        start_draw=0,
        causal_place=2,
        published_as="coronary_heart_disease",
        curve="coronary_heart_disease",
        evidence=Evidence(
            curve_position="disease.curve_position.coronary_heart_disease",
            causal_share="causal_share.cardiovascular",
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
            incidence_scale=(
                "disease.incidence_scale.coronary_heart_disease.male",
                "disease.incidence_scale.coronary_heart_disease.female",
            ),
            prevalence_scale=(
                "disease.prevalence_scale.coronary_heart_disease.male",
                "disease.prevalence_scale.coronary_heart_disease.female",
            ),
            death_scale=(
                "mortality.disease_death_scale.coronary_heart_disease.male",
                "mortality.disease_death_scale.coronary_heart_disease.female",
            ),
            death_hazard_ratio="mortality.ill_hazard_ratio.coronary_heart_disease",
            disability_weight="economics.disability_weight.coronary_heart_disease",
            utility_decrement="economics.utility_decrement.coronary_heart_disease",
            cost_first_year="economics.cost_first_year.coronary_heart_disease",
            cost_later_year="economics.cost_later_year.coronary_heart_disease",
            social_care_later_year="economics.social_care_later_year.coronary_heart_disease",
        ),
    ),
    Condition(
        name="stroke",
        label="stroke",
        kind="first event",
        lag="cardiovascular",
        clock_draw=17,
        kills="at the event and after",
        raises="for a year",
        start_draw=1,
        causal_place=3,
        published_as="stroke",
        curve="stroke",
        evidence=Evidence(
            curve_position="disease.curve_position.stroke",
            causal_share="causal_share.cardiovascular",
            il6_causal_slope="disease.il6_causal_slope.stroke",
            il6_between_person_slope="disease.il6_between_person_slope.stroke",
            bmi_hazard_ratio_per_5=("disease.bmi_hazard_ratio_per_5.stroke",),
            smoking_hazard_ratio=(
                "disease.smoking_hazard_ratio.stroke.male",
                "disease.smoking_hazard_ratio.stroke.female",
            ),
            deprivation_hazard_ratio="disease.deprivation_hazard_ratio.stroke",
            raised_by={"type_2_diabetes": "disease.diabetes_hazard_ratio.stroke"},
            incidence_scale=(
                "disease.incidence_scale.stroke.male",
                "disease.incidence_scale.stroke.female",
            ),
            prevalence_scale=(
                "disease.prevalence_scale.stroke.male",
                "disease.prevalence_scale.stroke.female",
            ),
            death_scale=(
                "mortality.disease_death_scale.stroke.male",
                "mortality.disease_death_scale.stroke.female",
            ),
            death_hazard_ratio="mortality.ill_hazard_ratio.stroke",
            disability_weight="economics.disability_weight.stroke",
            utility_decrement="economics.utility_decrement.stroke",
            cost_first_year="economics.cost_first_year.stroke",
            cost_later_year="economics.cost_later_year.stroke",
            social_care_first_year="economics.social_care_first_year.stroke",
            social_care_later_year="economics.social_care_later_year.stroke",
        ),
    ),
    Condition(
        name="type_2_diabetes",
        label="type 2 diabetes",
        kind="first event",
        lag="diabetes",
        clock_draw=18,
        kills="after",
        raises="against expectation",
        start_draw=2,
        causal_place=1,
        published_as="type_2_diabetes",
        curve="type_2_diabetes",
        evidence=Evidence(
            curve_position="disease.curve_position.type_2_diabetes",
            causal_share="causal_share.diabetes",
            il6_causal_slope="disease.il6_causal_slope.type_2_diabetes",
            il6_between_person_slope="disease.il6_between_person_slope.type_2_diabetes",
            bmi_hazard_ratio_per_5=("disease.bmi_hazard_ratio_per_5.type_2_diabetes",),
            smoking_hazard_ratio=("disease.smoking_hazard_ratio.type_2_diabetes",),
            deprivation_hazard_ratio="disease.deprivation_hazard_ratio.type_2_diabetes",
            raised_by={"depression": "disease.depression_hazard_ratio.type_2_diabetes"},
            incidence_scale=(
                "disease.incidence_scale.type_2_diabetes.male",
                "disease.incidence_scale.type_2_diabetes.female",
            ),
            prevalence_scale=(
                "disease.prevalence_scale.type_2_diabetes.male",
                "disease.prevalence_scale.type_2_diabetes.female",
            ),
            incidence_flat_from_age="disease.diabetes_flat_from_age",
            death_hazard_ratio="mortality.ill_hazard_ratio.type_2_diabetes",
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
            causal_share="causal_share.cancer",
            il6_causal_slope="disease.il6_causal_slope.colon_cancer",
            il6_between_person_slope="disease.il6_between_person_slope.colon_cancer",
            bmi_hazard_ratio_per_5=(
                "disease.bmi_hazard_ratio_per_5.colon_cancer.male",
                "disease.bmi_hazard_ratio_per_5.colon_cancer.female",
            ),
            smoking_hazard_ratio=("disease.smoking_hazard_ratio.colon_cancer",),
            deprivation_hazard_ratio="disease.deprivation_hazard_ratio.colon_cancer",
            raised_by={"type_2_diabetes": "disease.diabetes_hazard_ratio.colon_cancer"},
            incidence_scale=(
                "disease.incidence_scale.colon_cancer.male",
                "disease.incidence_scale.colon_cancer.female",
            ),
            prevalence_scale=(
                "disease.prevalence_scale.colon_cancer.male",
                "disease.prevalence_scale.colon_cancer.female",
            ),
            death_scale=(
                "mortality.disease_death_scale.colon_cancer.male",
                "mortality.disease_death_scale.colon_cancer.female",
            ),
            share_of_published="disease.colon_share_of_colorectal",
            excess_by_year="mortality.excess_by_year.colon_cancer",
            disability_weight="economics.disability_weight.colon_cancer",
            utility_decrement="economics.utility_decrement.colon_cancer",
            cost_first_year="economics.cost_first_year.colon_cancer",
            cost_later_year="economics.cost_later_year.colon_cancer",
            social_care_first_year="economics.social_care_first_year.colon_cancer",
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
            causal_share="causal_share.cancer",
            il6_causal_slope="disease.il6_causal_slope.breast_cancer",
            il6_between_person_slope="disease.il6_between_person_slope.breast_cancer",
            bmi_hazard_ratio_per_5=("disease.bmi_hazard_ratio_per_5.breast_cancer",),
            smoking_hazard_ratio=("disease.smoking_hazard_ratio.breast_cancer",),
            deprivation_hazard_ratio="disease.deprivation_hazard_ratio.breast_cancer",
            raised_by={"type_2_diabetes": "disease.diabetes_hazard_ratio.breast_cancer"},
            incidence_scale=("disease.incidence_scale.breast_cancer",),
            prevalence_scale=("disease.prevalence_scale.breast_cancer",),
            death_scale=("mortality.disease_death_scale.breast_cancer",),
            excess_by_year="mortality.excess_by_year.breast_cancer",
            disability_weight="economics.disability_weight.breast_cancer",
            utility_decrement="economics.utility_decrement.breast_cancer",
            cost_first_year="economics.cost_first_year.breast_cancer",
            cost_later_year="economics.cost_later_year.breast_cancer",
            social_care_first_year="economics.social_care_first_year.breast_cancer",
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
        curve="depression",
        evidence=Evidence(
            curve_position="disease.curve_position.depression",
            causal_share="causal_share.depression",
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
            incidence_scale=(
                "disease.incidence_scale.depression.male",
                "disease.incidence_scale.depression.female",
            ),
            death_hazard_ratio="mortality.ill_hazard_ratio.depression",
            disability_weight="economics.disability_weight.depression",
            utility_decrement="economics.utility_decrement.depression",
            cost_first_year="economics.cost_first_year.depression",
            cost_later_year="economics.cost_later_year.depression",
        ),
    ),
    Condition(
        name="dementia",
        label="dementia",
        kind="first event",
        lag="dementia",
        clock_draw=22,
        kills="by all-cause ratio",
        start_draw=7,
        causal_place=7,
        published_as="dementia",
        curve="dementia",
        evidence=Evidence(
            curve_position="disease.curve_position.dementia",
            causal_share="causal_share.dementia",
            il6_causal_slope="disease.il6_causal_slope.dementia",
            il6_between_person_slope="disease.il6_between_person_slope.dementia",
            bmi_hazard_ratio_per_5=("disease.bmi_hazard_ratio_per_5.dementia",),
            smoking_hazard_ratio=("disease.smoking_hazard_ratio.dementia",),
            deprivation_hazard_ratio="disease.deprivation_hazard_ratio.dementia",
            raised_by={"type_2_diabetes": "disease.diabetes_hazard_ratio.dementia"},
            raised_while_ill_by={"stroke": "disease.stroke_hazard_ratio.dementia"},
            prevalence_scale=(
                "disease.prevalence_scale.dementia.male",
                "disease.prevalence_scale.dementia.female",
            ),
            all_cause_hazard_ratio=(
                "mortality.all_cause_hazard_ratio.dementia.male",
                "mortality.all_cause_hazard_ratio.dementia.female",
            ),
            disability_weight="economics.disability_weight.dementia",
            utility_decrement="economics.utility_decrement.dementia",
            cost_first_year="economics.cost_first_year.dementia",
            cost_later_year="economics.cost_later_year.dementia",
            social_care_first_year="economics.social_care_first_year.dementia",
            social_care_later_year="economics.social_care_later_year.dementia",
        ),
    ),
    Condition(
        name="other_cardiovascular",
        label="other cardiovascular causes",
        kind="cause of death",
        lag="cardiovascular",
        clock_draw=23,
        events="deaths",
        curve="other_cardiovascular",
        made_of=("other_cardiovascular",),
        evidence=Evidence(
            curve_position="mortality.curve_position.other_cardiovascular",
            causal_share="causal_share.cardiovascular",
            il6_causal_slope="mortality.il6_causal_slope.other_cardiovascular",
            il6_between_person_slope="mortality.il6_between_person_slope.other_cardiovascular",
            bmi_hazard_ratio_per_5=("mortality.bmi_hazard_ratio_per_5.other_cardiovascular",),
            smoking_hazard_ratio=("mortality.smoking_hazard_ratio.other_cardiovascular",),
            bmi_threshold="mortality.bmi_threshold",
            deprivation_hazard_ratio="mortality.deprivation_hazard_ratio.other_cardiovascular",
            death_share_scale="mortality.death_share_scale.other_cardiovascular",
            share_of_diabetes_deaths="mortality.share_of_diabetes_deaths.vascular",
        ),
    ),
    Condition(
        name="other_cancer",
        label="other cancers",
        kind="cause of death",
        lag="cancer",
        clock_draw=24,
        events="deaths",
        curve="other_cancer",
        made_of=("other_cancer", "lung_cancer"),
        rest_of=("colon_cancer", "breast_cancer"),
        evidence=Evidence(
            curve_position="mortality.curve_position.other_cancer",
            causal_share="causal_share.cancer",
            il6_causal_slope="mortality.il6_causal_slope.other_cancer",
            il6_between_person_slope="mortality.il6_between_person_slope.other_cancer",
            bmi_hazard_ratio_per_5=("mortality.bmi_hazard_ratio_per_5.other_cancer",),
            smoking_hazard_ratio=("mortality.smoking_hazard_ratio.other_cancer",),
            bmi_threshold="mortality.bmi_threshold",
            deprivation_hazard_ratio="mortality.deprivation_hazard_ratio.other_cancer",
            death_share_scale="mortality.death_share_scale.other_cancer",
            share_of_diabetes_deaths="mortality.share_of_diabetes_deaths.cancer",
        ),
    ),
    Condition(
        name="all_else",
        label="all other causes",
        kind="cause of death",
        lag="all_else",
        clock_draw=11,
        events="deaths",
        curve="all_else",
        made_of=(
            "infections", "chronic_respiratory", "liver", "external",
            "diabetes_as_underlying_cause", "other",
        ),
        unresponsive=("external",),
        evidence=Evidence(
            curve_position="mortality.curve_position.all_else",
            causal_share="causal_share.all_else",
            il6_causal_slope="mortality.il6_causal_slope.all_else",
            il6_between_person_slope="mortality.il6_between_person_slope.all_else",
            bmi_hazard_ratio_per_5=("mortality.bmi_hazard_ratio_per_5.all_else",),
            smoking_hazard_ratio=("mortality.smoking_hazard_ratio.all_else",),
            bmi_threshold="mortality.bmi_threshold",
            death_share_scale="mortality.death_share_scale.unresponsive",
        ),
    ),
)  # fmt: skip

# Lagged doses, each with the entry that holds its lag.
LAGS: Final = {
    "cardiovascular": "disease.lag_years.cardiovascular",
    "diabetes": "disease.lag_years.diabetes",
    "cancer": "disease.lag_years.cancer",
    "depression": "disease.lag_years.depression",
    "dementia": "disease.lag_years.dementia",
    "all_else": "mortality.lag_years.all_else",
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
