"""How a person of the oracle enters the model: every draw by its address, in plain Python.

Written from the model's description, not from the kernel; only the rules and the addresses of the
draws are shared with it.
"""

import math
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np

from abm.conditions import CONDITIONS, where
from abm.kernel import draws
from abm.kernel import layout as c
from abm.rules import activity, depression, disease, il6, mortality

NEVER = 1e9
MOST_ATTEMPTS = 200


@dataclass
class Life:
    """What is remembered of a person, dead or alive; times in years since the start."""

    sex: int
    onset: list[float]
    events: list[int] = field(default_factory=lambda: [0] * c.N_DISEASES)
    death: float = NEVER
    cause: int = -1
    log_il6: float = float("nan")
    at_risk: list[float] = field(default_factory=lambda: [0.0] * c.N_DISEASES)
    alive: float = 0.0
    episodes: int = 0  # of depression, and years in them
    depressed: float = 0.0
    participation: float = 0.0
    served: float = 0.0


@dataclass
class Course:
    """A person's dealings with one policy."""

    offered: bool = False
    starts: float = NEVER
    episodes: int = 0
    started: float = NEVER
    stopped: float = NEVER
    rejoins: float = NEVER


def plain(record: Any) -> Any:
    """Return constants as plain Python: numbers, lists, and names for the fields of a record."""
    if hasattr(record, "_asdict"):
        return SimpleNamespace(**{name: plain(value) for name, value in record._asdict().items()})
    if isinstance(record, np.ndarray):
        return record.tolist()
    return record.item() if isinstance(record, np.generic) else record


def first_above(cumulative: list[float], share: float) -> int:
    """Return the first index whose cumulative share exceeds ``share``."""
    return next(i for i, upper in enumerate(cumulative) if upper > share)


def log_ratio_at_dose(risks: Any, clock: int, dose: float) -> float:
    """Return the published log relative risk of a clock at a dose."""
    return disease.activity_log_ratio(dose, risks.cap, *risks.knots, *risks.curve[clock])


def carried(person: Any, risks: Any, clock: int) -> float:
    """Return the log hazard ratio of a person's IL-6, body, smoking and place."""
    return disease.person_log_ratio(
        risks.between_slope[clock],
        person.person_effect + person.drift,
        risks.bmi_slope[clock][person.cell],
        person.bmi,
        risks.bmi_floor[clock],
        risks.smoking[clock][person.cell],
        person.smoker,
        risks.deprivation[clock][person.sex],
        float(person.deprivation),
    )


def quality_of(habits: Any, modes: list[float]) -> float:
    """Return the training quality of a mix of doses or shares."""
    return activity.quality(
        *modes, *habits.quality, habits.combined_factor, habits.combined_minimum_share
    )


def spikes_of(inflammation: Any, modes: list[float]) -> float:
    """Return a week's area of IL-6 above rest of doses by mode [fold-hours]."""
    return sum(m * s for m, s in zip(modes, inflammation.spike_per_dose, strict=True))


def set_point(inflammation: Any, effective_dose: float, multiplier: float, spikes: float) -> float:
    """Return the set point of training."""
    by_dose = il6.training_set_point(
        effective_dose, multiplier, inflammation.amplitude, inflammation.dose_scale
    )
    return il6.spike_driven_set_point(
        by_dose, spikes, inflammation.spike_share, multiplier, inflammation.amplitude,
        inflammation.spike_scale,
    )  # fmt: skip


def diabetes_ratio_at(risks: Any, dose: float) -> float:
    """Return the relative hazard of diabetes at a dose."""
    return math.exp(risks.net_factor[c.DIABETES] * log_ratio_at_dose(risks, c.DIABETES, dose))


def take_body_and_habit(person: Any, constants: Any) -> None:
    """Set BMI, smoking, habitual and reported dose at the person's present age."""
    body, habits = constants.body, constants.activity
    place = person.cell * 5 + person.deprivation - 1
    person.bmi = math.exp(
        body.bmi_log_mean[place] + body.bmi_log_sd[person.cell] * person.bmi_score
    )
    person.smoker = float(person.smoking_score < body.smoking_share[place])
    if habits.fixed_dose >= 0.0:
        person.habit = person.reported = habits.fixed_dose
        return
    tendency = (
        habits.tendency[person.cell]
        + habits.tendency_deprivation * (person.deprivation - 3)
        + habits.tendency_bmi * person.bmi_score
    )
    latent = activity.latent_habit(
        tendency, habits.residual_sd[person.sex], person.for_life, person.slow,
        habits.for_life_share, habits.slow_share,
    )  # fmt: skip
    report = activity.latent_report(latent, person.occasion, habits.occasion_share)
    person.habit, person.reported = (
        activity.dose(
            score, habits.zero_share[person.sex], habits.low_ceiling, habits.median[person.sex],
            habits.log_sd, habits.highest,
        )
        for score in (latent, report)
    )  # fmt: skip


def take_multiplier(person: Any, inflammation: Any) -> None:
    """Set how strongly a person's resting IL-6 answers training."""
    answers_more = person.bmi >= inflammation.obesity_bmi or person.ill[c.DIABETES]
    person.multiplier = (
        inflammation.multiplier if answers_more else inflammation.multiplier_of_others
    )


def enter(person: Any, constants: Any, slot: int, entry: int, seed: tuple[int, int]) -> None:
    """Draw who a new person is; ``entry`` is 0 at the start, else the year of turning 20."""
    person.slot, person.entry, person.seed = slot, entry, seed

    def words(purpose: int, occasion: int = 0) -> tuple[int, int, int, int]:
        return draws.philox(slot, entry, purpose, occasion, *seed)

    who = words(draws.WHO)
    if entry == 0:
        person.cell = first_above(constants.age_sex_share, draws.uniform(who[0]))
    else:
        male = draws.uniform(who[0]) < constants.entrant_male_share
        person.cell = (c.MALE if male else c.FEMALE) * c.N_AGES
    person.sex = person.cell // c.N_AGES
    person.age = c.YOUNGEST + person.cell % c.N_AGES
    for attempt in range(MOST_ATTEMPTS):
        _draw_traits(person, constants, words, attempt)
        if _lived_so_far(person, constants.disease, draws.uniform(words(draws.WHO, attempt)[3])):
            break
    _draw_modes(person, constants.activity, words)
    _draw_diseases(person, constants, words)
    _settle(person, constants)
    person.tolerance = [
        draws.exponential(words(each.clock_draw)[1 if each.is_disease and person.ill[k] else 0])
        for k, each in enumerate(CONDITIONS)
    ]
    person.accumulated = [0.0] * c.N_CLOCKS
    person.episode = [0] * c.N_DISEASES


def _draw_traits(person: Any, constants: Any, words: Any, attempt: int) -> None:
    """Draw what a person carries through life, and what it shows at their age."""
    person.deprivation = 1 + int(draws.uniform(words(draws.WHO, attempt)[1]) * 5.0)
    habit, body, own = (
        words(purpose, attempt) for purpose in (draws.HABIT, draws.BODY, draws.INFLAMMATION)
    )
    person.for_life, person.slow, person.occasion = (draws.normal(word) for word in habit[:3])
    person.bmi_score, person.smoking_score = draws.normal(body[0]), draws.uniform(body[1])
    person.person_effect = constants.inflammation.person_sd * draws.normal(own[0])
    person.drift = constants.inflammation.drift_sd * draws.normal(own[1])
    take_body_and_habit(person, constants)


def _lived_so_far(person: Any, risks: Any, uniform: float) -> bool:
    """Say whether someone like this would have lived from 20 to the person's age."""
    met = 0.0
    for place, clock in enumerate(range(c.N_DISEASES, c.N_CLOCKS)):
        by_dose = risks.net_factor[clock] * log_ratio_at_dose(risks, clock, person.habit)
        responds = risks.responds[person.cell] if clock == c.ALL_ELSE else 1.0
        drifting = risks.between_slope[clock] * person.drift
        ratio = math.exp(carried(person, risks, clock) - drifting)
        ratio *= disease.partly_responding(responds, by_dose)
        met += ratio * risks.death_to_date[place][person.cell]
    return mortality.survives(uniform, met)


def _draw_modes(person: Any, habits: Any, words: Any) -> None:
    """Draw the mix of modes: gamma weights, resistance only for those who do any."""
    gammas = [
        draws.gamma(
            habits.mode_alpha[person.cell * 4 + mode], person.slot, person.entry, draws.MODES,
            mode + 1, *person.seed,
        )
        for mode in range(4)
    ]  # fmt: skip
    if draws.uniform(words(draws.MODES)[0]) > habits.resistance_share[person.sex]:
        gammas[2] = 0.0
    person.modes = [gamma / sum(gammas) for gamma in gammas]


def _draw_diseases(person: Any, constants: Any, words: Any) -> None:
    """Draw existing disease, diabetes first because the others depend on it."""
    person.ill = [False] * c.N_DISEASES
    drawn = [word for occasion in range(8) for word in words(draws.START_DISEASES, occasion)]
    risks = constants.disease
    person.diabetes_to_date = constants.diabetes_to_date[person.entry][person.cell]
    person.diabetes_met = person.diabetes_to_date * diabetes_ratio_at(risks, person.habit)
    expected = disease.expected_diabetes_share(person.diabetes_met)
    for k in sorted(range(c.N_DISEASES), key=lambda place: CONDITIONS[place].causal_place):
        if risks.start[k] == 1 or k == c.DEPRESSION:
            continue
        ratio = (
            carried(person, risks, k)
            + risks.net_factor[k] * log_ratio_at_dose(risks, k, person.habit)
            + disease.diabetes_log_ratio(
                risks.diabetes_ratio[k], float(person.ill[c.DIABETES]), expected
            )
        )
        chance = disease.prevalence(risks.intercept[k][person.cell], ratio)
        person.ill[k] = (
            risks.start[k] == 2 or draws.uniform(drawn[CONDITIONS[k].start_draw]) < chance
        )
    _draw_course(person, risks, expected, drawn)
    _draw_years_ill(person, risks, words)
    recent = [word for occasion in range(8) for word in words(draws.START_HISTORY, occasion)]
    person.last_vascular = -9.0
    for place, k in enumerate(where(raises="for a year")):
        share = risks.recent_share[place][person.cell]
        if person.ill[k] and draws.uniform(recent[2 * place]) < share:
            began = -draws.uniform(recent[2 * place + 1])
            person.last_vascular = max(person.last_vascular, began)


def _draw_years_ill(person: Any, risks: Any, words: Any) -> None:
    """Draw since when a person has had the diseases whose deaths fall with the years since then.

    All others have begun long ago.
    """
    person.began = [-NEVER] * c.N_DISEASES
    for place, k in enumerate(where(kills="by published excess")):
        uniform = draws.uniform(words(draws.START_YEARS_ILL, place // 4)[place % 4])
        since = 0.0
        for shares in risks.years_ill[place]:
            share = shares[person.cell]
            since += disease.part_covered(uniform, share)
            uniform -= share
        person.began[k] = person.entry - since


def _draw_course(person: Any, risks: Any, expected: float, drawn: list[int]) -> None:
    """Draw whether a person ever had depression, and where in its course they are."""
    k = c.DEPRESSION
    person.course = depression.NEVER
    ratio = (
        carried(person, risks, k)
        + risks.net_factor[k] * log_ratio_at_dose(risks, k, person.habit)
        + disease.diabetes_log_ratio(
            risks.diabetes_ratio[k], float(person.ill[c.DIABETES]), expected
        )
    )
    ever = draws.uniform(drawn[CONDITIONS[k].start_draw]) < depression.share_ever_ill(
        risks.intercept[k][person.cell], ratio
    )
    if risks.start[k] != 0:
        ever = risks.start[k] == 2
    if not ever:
        return
    up_to = [shares[person.cell] for shares in risks.course_share[1:6]]
    uniform = draws.uniform(drawn[draws.DEPRESSION_COURSE])
    if risks.start[k] == 2:
        uniform *= up_to[-2]  # everybody has it now
    person.course = depression.place_in_course(uniform, *up_to)
    person.ill[k] = depression.is_ill(person.course)


def _settle(person: Any, constants: Any) -> None:
    """Let a steady habit have led where it leads."""
    take_multiplier(person, constants.inflammation)
    person.quality = quality_of(constants.activity, person.modes)
    person.training = set_point(
        constants.inflammation,
        person.habit * person.quality,
        person.multiplier,
        person.habit * spikes_of(constants.inflammation, person.modes),
    )
    person.average = [person.habit] * c.N_LAGS
    person.log_ratio = 0.0
