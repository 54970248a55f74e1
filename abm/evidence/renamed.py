"""Entries that went: what stands in their place, and what changed with the name."""

from collections.abc import Mapping
from typing import Final

# By the path that went; a sentence that follows "PATH: ". A row stays for good: whoever has an old
# file is told.
RENAMED: Final[Mapping[str, str]] = {
    "causal_share.diseases": (
        "has become causal_share.cardiovascular, .diabetes, .cancer, .depression and .dementia"
    ),
    "causal_share.other_death": (
        "has become causal_share.all_else; other cardiovascular and other cancer deaths are causes "
        "of their own, with causal_share.cardiovascular and causal_share.cancer"
    ),
    **{
        f"mortality.{name}": (
            f"has become mortality.{name}.all_else, beside one for other cardiovascular and one "
            "for other cancer death"
        )
        for name in (
            "il6_causal_slope", "il6_between_person_slope", "curve_position",
            "smoking_hazard_ratio", "bmi_hazard_ratio_per_5",
        )
    },
    **{
        f"mortality.hazard_ratio.{name}": (
            f"has become mortality.ill_hazard_ratio.{name}, by age and over those with none of "
            "diabetes, stroke and heart disease, of all causes of death"
        )
        for name in ("coronary_heart_disease", "stroke", "type_2_diabetes")
    },
    "mortality.lag_years": (
        "has become mortality.lag_years.all_else; other cardiovascular death follows "
        "disease.lag_years.cardiometabolic, other cancer death disease.lag_years.cancer"
    ),
}  # fmt: skip
