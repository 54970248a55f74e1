"""What the report says of the survey that people were taken from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from analysis.report.numbers import count

WORDS = {"male": "Men", "female": "Women"}
ASKED = {
    "age": "age", "sex": "sex", "deprivation": "deprivation", "bmi": "BMI", "smoker": "smoking",
    "met_hours": "reported dose",
}  # fmt: skip


def survey_on_page(facts: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return the sentences and the rows of a survey as its manifest tells it; None without one."""
    if facts is None:
        return None
    rows = []
    for sex, means in facts["weighted_means"].items():
        rows.append({"who": f"{WORDS[sex]}, survey", "cells": _cells(means)})
        own = facts["means_of_the_place"][sex]
        rows.append({"who": f"{WORDS[sex]}, place", "cells": _cells(own)})
    return {"sentences": list(_sentences(facts)), "rows": rows}


def _sentences(facts: Mapping[str, Any]) -> Iterator[str]:
    yield (
        f"People are taken from the survey {facts['file']}: {count(facts['used'])} of "
        f"{count(facts['rows'])} rows are used, which weigh as much as "
        f"{count(facts['effective_sample_size'])} equal ones (effective sample size)."
    )
    if facts["outside_ages_or_sex"]:
        yield f"{count(facts['outside_ages_or_sex'])} rows are outside the scenario's ages or sex."
    if facts["of_weight_0"]:
        yield f"{count(facts['of_weight_0'])} rows have no weight."
    if facts["dose_unit"] != "met_hours":
        yield f"Doses are read as {facts['dose_unit']}."
    if facts["doses_capped"]:
        capped = count(facts["doses_capped"])
        yield f"{capped} doses are above what the model can hold, and count as it."
    if filled := facts["filled_in"]:
        told = ", ".join(f"{ASKED[name]} of {count(many)}" for name, many in filled.items())
        yield f"What rows do not say is drawn from the model: {told}."


def _cells(means: Mapping[str, float | None]) -> list[str]:
    numbers = [_number(means[name]) for name in ("age", "met_hours", "bmi")]
    smokers = means["smoker"]
    return [*numbers, "" if smokers is None else f"{100 * smokers:.0f} %"]


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"
