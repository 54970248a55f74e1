"""The biomarkers that follow resting IL-6 and training: one row for each.

IL-6 itself is the model's own: people carry it, and conditions name their slopes on it. The rows
here are worked out from it afterwards. From this table follow their means in the tables of
results, their columns of persons, and their figures. Their numbers are evidence entries; the paths
stand here whole. CONTRIBUTING.md says how a biomarker is added, and how it carries part of a
hazard.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal


@dataclass(frozen=True)
class Biomarker:
    """One biomarker beside IL-6.

    ``name`` begins its measures and columns, ``label`` is its name for people, ``unit`` that of its
    level, ``reference`` its level at the reference IL-6 of an inactive person. ``il6_slope`` is
    the rise of its logarithm with ln IL-6, training apart; empty if it follows training alone. What
    training does to it is either ``training_slope``, per unit of the training part of ln IL-6, or
    ``training_change``, the share it changes by at the guideline dose. ``direction`` says which way
    training moves it. ``hazard_slopes`` names, for each condition whose hazard it carries a part
    of, the entry that holds that slope [ln hazard per unit of its logarithm].
    """

    name: str
    label: str
    unit: str
    reference: str
    direction: Literal["falls with training", "rises with training"]
    il6_slope: str = ""
    training_slope: str = ""
    training_change: str = ""
    hazard_slopes: Mapping[str, str] = field(default_factory=dict)


BIOMARKERS: Final = (
    Biomarker(
        name="crp",
        label="CRP",
        unit="mg/L",
        reference="crp.reference_level",
        direction="falls with training",
        il6_slope="crp.slope",
        training_slope="crp.training_slope",
    ),
    Biomarker(
        name="il10",
        label="IL-10",
        unit="ratio to an inactive adult",
        reference="il10.reference_level",
        direction="rises with training",
        training_change="il10.training_change",
    ),
    Biomarker(
        name="tnf",
        label="TNF-alpha",
        unit="ratio to an inactive adult",
        reference="tnf.reference_level",
        direction="falls with training",
        training_change="tnf.training_change",
    ),
)
