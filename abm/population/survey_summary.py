"""What a survey brings to a run, told before it: rows, weights, means beside the place's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import nan, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.evidence.parameters import Parameters, central_parameters
from abm.kernel.layout import SEXES, YOUNGEST
from abm.limits import spaced
from abm.places.country import population
from abm.population.habits_and_body import bmi_tables, habit_model, smoking_table
from abm.population.survey import Survey
from abm.population.survey_cells import UNKNOWN
from abm.population.survey_file import COLUMNS
from abm.rules import activity
from abm.scenario.parts import Scenario
from abm.scenario.text import printable

MOST_NAMED = 12  # columns that are not read
FIGURES = ("age", "met_hours", "bmi", "smoker")
HEADS = ("rows", "age", "dose", "BMI", "smokers")
WORDS = {"male": "men", "female": "women"}
ASKED = {
    "age": "age", "sex": "sex", "deprivation": "deprivation", "bmi": "BMI", "smoker": "smoking",
    "met_hours": "dose",
}  # fmt: skip
GRID = np.arange(-6.0, 6.0, 0.03)  # scores of a reported dose

Means = Mapping[str, float]


@dataclass(frozen=True)
class SurveySummary:
    """What is told of a survey; ``means`` and ``place`` by sex, smoking as a share.

    ``filled`` counts the rows used in which a column says nothing, by column.
    """

    file: str
    survey: Survey
    means: Mapping[str, Means]
    rows: Mapping[str, int]
    place: Mapping[str, Means]
    filled: Mapping[str, int]

    def facts(self) -> dict[str, Any]:
        """Return the summary for a manifest."""
        survey = self.survey
        return {
            "file": self.file,
            "sha256": survey.sha256,
            "rows": len(survey.sample) + survey.left_out + survey.unweighted,
            "used": len(survey.sample),
            "outside_ages_or_sex": survey.left_out,
            "of_weight_0": survey.unweighted,
            "effective_sample_size": round(survey.effective, 1),
            "doses_capped": survey.capped,
            "dose_unit": survey.dose_unit,
            "filled_in": {name: many for name, many in self.filled.items() if many},
            "columns_not_read": len(survey.ignored),
            "first_not_read": [printable(name, 40) for name in survey.ignored[:MOST_NAMED]],
            "weighted_means": {sex: _rounded(means) for sex, means in self.means.items()},
            "means_of_the_place": {sex: _rounded(self.place[sex]) for sex in self.means},
        }

    def lines(self) -> Iterator[str]:
        """Yield the summary line by line, for a terminal."""
        survey = self.survey
        total = len(survey.sample) + survey.left_out + survey.unweighted
        yield (
            f"survey {self.file}: {spaced(len(survey.sample))} of {spaced(total)} rows are used, "
            f"which weigh as much as {spaced(survey.effective)} equal ones (effective sample size)"
        )
        yield from (f"  {each}" for each in self._told())
        yield f"  {'weighted means':24}" + "".join(f"{head:>9}" for head in HEADS)
        for sex, means in self.means.items():
            yield _row(f"{WORDS[sex]}, survey", spaced(self.rows[sex]), means)
            yield _row(f"{WORDS[sex]}, place's own", "", self.place[sex])
        yield "  dose: reported, marginal MET-hours per week; BMI in kg/m2"

    def _told(self) -> Iterator[str]:
        survey = self.survey
        if survey.left_out:
            yield f"left out: {spaced(survey.left_out)} outside the scenario's ages or sex"
        if survey.unweighted:
            yield f"left out: {spaced(survey.unweighted)} of weight 0, or without one"
        if survey.dose_unit != "met_hours":
            yield f"doses are read as {survey.dose_unit}, and turned into marginal MET-hours"
        if survey.capped:
            yield f"{spaced(survey.capped)} doses are above {survey.highest:g}, and count as that"
        if drawn := {name: many for name, many in self.filled.items() if many}:
            counts = [
                f"{ASKED[name]} of {'all' if many == len(survey.sample) else spaced(many)}"
                for name, many in drawn.items()
            ]
            yield f"drawn from the model, as the survey does not say: {', '.join(counts)}"
        if names := [printable(name, 40) or "(without a name)" for name in survey.ignored]:
            more = f" and {spaced(len(names) - MOST_NAMED)} more" if len(names) > MOST_NAMED else ""
            yield f"columns not read: {', '.join(names[:MOST_NAMED])}{more}"


def summary_of(survey: Survey, scenario: Scenario) -> SurveySummary:
    """Return what is told of a survey, beside the place's own means at the scenario's ages."""
    sample, weights = survey.sample.astype(float), survey.weights
    sex = sample[:, COLUMNS.index("sex")]
    own = place_means(scenario, central_parameters(scenario.parameters, scenario.place))
    means, rows = {}, {}
    for s, name in enumerate(SEXES):
        chosen = sex == s
        if chosen.any():
            means[name] = {each: _mean(sample, weights, chosen, each) for each in FIGURES}
            rows[name] = int(chosen.sum())
    filled = {name: int((sample[:, i] == UNKNOWN).sum()) for i, name in enumerate(COLUMNS)}
    return SurveySummary(survey.file, survey, means, rows, own, filled)


def _mean(
    sample: NDArray[np.float64], weights: NDArray[np.float64], chosen: NDArray[np.bool_], name: str
) -> float:
    """Return the weighted mean of a column among some rows, NaN where none of them says it."""
    column = sample[:, COLUMNS.index(name)]
    known = chosen & (column != UNKNOWN)
    return float(np.average(column[known], weights=weights[known])) if known.any() else nan


def place_means(scenario: Scenario, parameters: Parameters) -> dict[str, Means]:
    """Return mean age, reported dose, BMI and share of smokers of the place, by sex.

    Those of its tables at the scenario's ages; who has died of a habit is not left out.
    """
    low, high = (age - YOUNGEST for age in scenario.population.ages)
    people = population(parameters.place)[:, low:high]
    log_mean, log_sd = bmi_tables(parameters)
    bmi = np.exp(log_mean + log_sd[..., None] ** 2 / 2.0).mean(axis=-1)[:, low:high]
    smoking = smoking_table(parameters).mean(axis=-1)[:, low:high]
    ages = np.arange(low, high) + YOUNGEST
    return {
        sex: {
            "age": float(np.average(ages, weights=people[s])),
            "met_hours": _mean_dose(parameters, s, people[s], low, high),
            "bmi": float(np.average(bmi[s], weights=people[s])),
            "smoker": float(np.average(smoking[s], weights=people[s])),
        }
        for s, sex in enumerate(SEXES)
        if people[s].sum() > 0.0
    }


def _mean_dose(
    parameters: Parameters, sex: int, people: NDArray[np.float64], low: int, high: int
) -> float:
    """Return the mean dose that a survey of the place would hear of."""
    habits, occasion = habit_model(parameters), parameters["activity.habit_share.occasion"]
    spread = 2.0 * habits.deprivation**2 + habits.bmi**2 + habits.residual_sd[sex] ** 2
    sd = sqrt((1.0 - occasion) * spread + occasion)
    centre = sqrt(1.0 - occasion) * habits.tendency[sex, low:high]
    shares = np.exp(-(((GRID[:, None] - centre) / sd) ** 2) / 2.0) @ people
    constants = (
        parameters[("activity.zero_share.male", "activity.zero_share.female")[sex]],
        parameters["activity.low_dose_ceiling"],
        parameters[("activity.median_dose.male", "activity.median_dose.female")[sex]],
        parameters["activity.dose_log_sd"],
        parameters["activity.maximum_dose"],
    )
    doses = [activity.dose(float(score), *constants) for score in GRID]
    return float(np.average(doses, weights=shares))


def _rounded(means: Means) -> dict[str, float | None]:
    return {name: None if value != value else round(value, 3) for name, value in means.items()}


def _row(who: str, rows: str, means: Means) -> str:
    numbers = [f"{means['age']:.1f}", f"{means['met_hours']:.1f}", f"{means['bmi']:.1f}",
               f"{100 * means['smoker']:.0f} %"]  # fmt: skip
    shown = ["-" if "nan" in number else number for number in numbers]
    return f"  {who:24}{rows:>9}" + "".join(f"{number:>9}" for number in shown)
