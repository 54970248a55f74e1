"""Entries that went: what stands in their place, and what changed with the name."""

from collections.abc import Mapping
from typing import Final

# By the path that went; a sentence that follows "PATH: ". A row stays for good: whoever has an old
# file is told.
RENAMED: Final[Mapping[str, str]] = {
    "causal_share.diseases": (
        "has become causal_share.cardiovascular, .diabetes, .cancer, .depression and .dementia, "
        "which stand for confounding and reverse causation alone; what one report loses is "
        "activity.dilution.correction"
    ),
    "disease.lag_years.cardiometabolic": (
        "has become disease.lag_years.cardiovascular (heart disease, stroke and other "
        "cardiovascular death); type 2 diabetes has a shorter lag of its own, "
        "disease.lag_years.diabetes"
    ),
    "causal_share.other_death": (
        "has become causal_share.all_else, which stands for confounding and reverse causation "
        "alone; what one report loses is activity.dilution.correction; other cardiovascular and "
        "other cancer deaths are causes of their own, with causal_share.cardiovascular and "
        "causal_share.cancer"
    ),
    "mortality.il6_causal_slope": (
        "has become mortality.il6_causal_slope.all_else, beside .other_cardiovascular and "
        ".other_cancer"
    ),
    "mortality.il6_between_person_slope": (
        "has become mortality.il6_between_person_slope.all_else, beside .other_cardiovascular and "
        ".other_cancer"
    ),
    "mortality.curve_position": (
        "has become mortality.curve_position.all_else, beside .other_cardiovascular and "
        ".other_cancer"
    ),
    "mortality.smoking_hazard_ratio": (
        "has become mortality.smoking_hazard_ratio.all_else, beside .other_cardiovascular and "
        ".other_cancer"
    ),
    "mortality.bmi_hazard_ratio_per_5": (
        "has become mortality.bmi_hazard_ratio_per_5.all_else, beside .other_cardiovascular and "
        ".other_cancer"
    ),
    "mortality.hazard_ratio.coronary_heart_disease": (
        "has become mortality.ill_hazard_ratio.coronary_heart_disease, by age, of all causes of "
        "death, over people with none of diabetes, stroke and heart disease"
    ),
    "mortality.hazard_ratio.stroke": (
        "has become mortality.ill_hazard_ratio.stroke, by age, of all causes of "
        "death, over people with none of diabetes, stroke and heart disease"
    ),
    "mortality.hazard_ratio.type_2_diabetes": (
        "has become mortality.ill_hazard_ratio.type_2_diabetes, by age, of all causes of "
        "death, over people with none of diabetes, stroke and heart disease"
    ),
    "disease.depression.relapse_hazard_ratio": (
        "has become disease.depression.recurrence_rate, per well year after a course other than "
        "single"
    ),
    "disease.depression.history_share_by_age.male": (
        "is gone: who had depression before is solved from a table of first onsets, scaled by "
        "disease.incidence_scale.depression"
    ),
    "disease.depression.history_share_by_age.female": (
        "is gone: who had depression before is solved from a table of first onsets, scaled by "
        "disease.incidence_scale.depression"
    ),
    "mortality.lag_years": (
        "has become mortality.lag_years.all_else; other cardiovascular death follows "
        "disease.lag_years.cardiovascular, other cancer death disease.lag_years.cancer"
    ),
}
