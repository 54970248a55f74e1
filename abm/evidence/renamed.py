"""Entries that went: what stands in their place, and what changed with the name."""

from collections.abc import Mapping
from typing import Final

# By the path that went; a sentence that follows "PATH: ". A row stays for good: whoever has an old
# file is told.
RENAMED: Final[Mapping[str, str]] = {
    "causal_share.diseases": (
        "has become causal_share.cardiovascular, .diabetes, .cancer and .depression, which stand "
        "for confounding and reverse causation alone; what one report loses is "
        "activity.dilution.correction"
    ),
    "disease.lag_years.cardiometabolic": (
        "has become disease.lag_years.cardiovascular (heart disease and stroke); type 2 diabetes "
        "has a shorter lag of its own, disease.lag_years.diabetes"
    ),
    "causal_share.other_death": (
        "has become causal_share.all_else, which stands for confounding and reverse causation "
        "alone; what one report loses is activity.dilution.correction"
    ),
}
