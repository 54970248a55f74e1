"""What the kernel is given: model parameters and tables in single precision.

Tables by person run over cells, sex * N_AGES + age - YOUNGEST. Built once per run by
:mod:`abm.population.calibration` from :class:`abm.evidence.parameters.Parameters`.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Single = NDArray[np.float32]


def single(values: Any) -> Single:
    """Return an array in single precision, contiguous."""
    return np.ascontiguousarray(values, np.float32)


class Activity(NamedTuple):
    """Habits (model part 1)."""

    tendency: Single  # (cells,) mean latent score by age and sex
    tendency_deprivation: np.float32  # per fifth
    tendency_bmi: np.float32  # per SD of BMI
    residual_sd: Single  # (2,)
    zero_share: Single  # (2,)
    low_ceiling: np.float32
    median: Single  # (2,)
    log_sd: np.float32
    highest: np.float32
    for_life_share: np.float32
    slow_share: np.float32
    occasion_share: np.float32
    slow_keep: np.float32  # correlation of successive years
    guideline: np.float32
    mode_alpha: Single  # (cells * 4,) Dirichlet weights of the modes
    resistance_share: Single  # (2,) share who do any
    quality: Single  # (4,)
    combined_factor: np.float32
    combined_minimum_share: np.float32
    marginal_met: Single  # (4,)
    fixed_dose: np.float32  # below 0: habits as surveyed
    group_bounds: Single  # (3,)


class Body(NamedTuple):
    """BMI and smoking."""

    bmi_log_mean: Single  # (cells * 5,)
    bmi_log_sd: Single  # (cells,)
    smoking_share: Single  # (cells * 5,)


class Inflammation(NamedTuple):
    """Resting IL-6 and its companions (model part 4)."""

    reference: np.float32
    age_slope: np.float32
    bmi_slope: np.float32
    male: np.float32
    smoker: np.float32
    person_sd: np.float32
    drift_sd: np.float32
    drift_keep: np.float32
    measurement_sd: np.float32
    amplitude: np.float32
    dose_scale: np.float32
    multiplier: np.float32  # of the answer to training, with diabetes or obesity
    multiplier_of_others: np.float32
    signalling_share: np.float32  # of training's fall of the level, in signalling
    obesity_bmi: np.float32
    spike_share: np.float32
    spike_scale: np.float32
    spike_per_dose: Single  # (4,) fold-hours per MET-hour by mode


class Step(NamedTuple):
    """What decays over a step, and over half of one."""

    years: np.float32
    falling: np.float32
    rising: np.float32
    falling_half: np.float32
    rising_half: np.float32
    lag: Single  # (lags,)
    lag_half: Single  # (lags,)


class Disease(NamedTuple):
    """Clocks: those of the conditions, in the order of their table (model parts 5 to 7)."""

    log_reference: Single  # (clocks, cells)
    log_exit: Single  # (clocks, cells)
    intercept: Single  # (diseases, cells)
    bmi_slope: Single  # (clocks, cells) per kg/m2
    bmi_floor: Single  # (clocks,)
    smoking: Single  # (clocks, cells)
    deprivation: Single  # (clocks, sexes)
    between_slope: Single  # (clocks,)
    il6_slope: Single  # (clocks,)
    net_factor: Single  # (clocks,) of the published activity effect, on the habit
    curve: Single  # (clocks, 10)
    knots: Single  # (4,)
    cap: np.float32
    diabetes_ratio: Single  # (clocks,)
    while_ill_log_ratio: Single  # (clocks, diseases) what a disease brings while it lasts
    course_log_rate: Single  # (states, cells) of leaving each state of depression but the first
    course_share: Single  # (states, cells) of the ever ill, in the states from 1 to each
    single_course: np.float32  # share of first onsets
    recurrent_course: np.float32
    applies_to_recurrence: np.float32
    recent_ratio: np.float32
    recent_share: Single  # (vascular diseases, cells) of those who have one
    # (diseases, cells) what it adds to the death hazard by itself [per year], where this falls with
    # the years since diagnosis times excess_by_year (diseases, years); of those who have such a
    # disease, years_ill (places among them, years, cells) holds the share by whole years since then
    excess: Single
    excess_by_year: Single
    years_ill: Single
    excess_of_several: Single  # (combinations, cells) what chronic diseases add together [per year]
    case_fatality: Single  # (diseases, cells)
    death_to_date: Single  # (death clocks, cells) hazard of the reference person since 20
    responds: Single  # (cells,) share of all other causes of death that follows activity and IL-6
    start: NDArray[np.int32]  # (diseases,) 0 as surveyed, 1 nobody, 2 everybody


class Economics(NamedTuple):
    """What health is worth and what care costs."""

    utility: Single  # (cells,) quality of life of those without the diseases
    decrement: Single  # (diseases,) what a disease takes of it
    share_lost: Single  # (diseases,) the same as a share
    disability: Single  # (diseases,) weight of a year with a disease
    losses_add: np.float32  # 0: shares are multiplied; 1: decrements are added
    first_year: Single  # (diseases,) cost of care for the first year after an event [thousands]
    later_year: Single  # (diseases, cost years) for a year ill, by years since the event
    social_first_year: Single  # (diseases,) social care alone; in the above only if it counts
    social_later_year: Single  # (diseases, cost years)
    dying: np.float32  # cost of a death [thousands]
    active_gain: np.float32  # QALYs of a newly active year; 0 unless they count
    ill_before: np.float32  # how long the ill of the start have been so [years]
    health_rate: np.float32  # continuous discount rates [per year]
    cost_rate: np.float32


class Constants(NamedTuple):
    """Everything above, and who enters."""

    activity: Activity
    body: Body
    inflammation: Inflammation
    step: Step
    disease: Disease
    economics: Economics
    diabetes_to_date: Single  # (years + 1, cells) hazard of diabetes met by the inactive
    age_sex_share: Single  # (cells,) cumulative share of the start population
    entrant_rate: float
    entrant_male_share: np.float32


class Plan(NamedTuple):
    """The policies of a scenario, one entry each; times are years since the start."""

    start: Single
    end: Single
    uptake: Single
    youngest: Single
    oldest: Single
    sex: NDArray[np.int32]
    dose_below: Single
    bmi_above: Single
    fifths: NDArray[np.int32]
    illnesses: NDArray[np.int32]
    dose: Single  # (policies, 4) MET-hours per week by mode
    raised_to: Single
    build_up: Single  # years
    quits: NDArray[np.int32]  # 0: nobody quits
    quit_12_weeks: Single
    early_shape: np.float32
    half_life: Single
    stays: Single
    rejoin: Single
    delivery: Single  # years of an episode that are delivered
    log_ratio: Single
    key: NDArray[np.int64]  # hash of the policy's name
    # where only effects are asked for: the share of those reached who are simulated (who accepts;
    # everybody where each offer has a price), and 1 where the people of the place have one
    simulated_uptake: Single
    counts_residents: NDArray[np.int32]
    by_person: NDArray[np.int32]  # 1: years of taking part are kept of each person too


class Given(NamedTuple):
    """What the kernel is given: the constants and policies as records, a survey, the seed.

    Records are passed by their address, whatever they hold; tuples of arrays would be passed piece
    by piece, and compiling would take minutes.
    """

    constants: NDArray[np.void]  # (1,) :class:`Constants`, diabetes_to_date apart
    diabetes_to_date: Single  # (years + 1, cells)
    policies: NDArray[np.void]  # (policies,) one :class:`Plan` entry each
    covered: Single  # (policies, months of the run) share of the eligible reached by then
    returning: Single  # (policies, years) share of those coming back who are taken
    # (policies, years) largest share of the eligible reached in any year from one on; no years
    # where everybody is simulated, not those only who can matter to an effect
    reach_to_come: Single
    sample: Single  # (respondents, columns)
    sample_cumulative: Single  # (respondents,)
    seed: tuple[int, int]  # low and high 32 bits


class Later(NamedTuple):
    """What holds after a run, for those who are followed to the end of their lives."""

    constants: Constants  # nobody comes in
    plan: Plan  # every policy has ended
    returning: Single  # (policies, years of the run and after)
    steps_per_year: int


APART = "diabetes_to_date"  # as long as the run, so no part of a record that is always the same


def _fields(values: Any) -> list[tuple[str, Any]]:
    return [(name, value) for name, value in values._asdict().items() if name != APART]


def _layout(values: Any) -> np.dtype[Any]:
    """Return the record type that holds a named tuple of numbers, arrays and named tuples."""
    fields = [
        (name, _layout(value))
        if hasattr(value, "_fields")
        else (name, np.asarray(value).dtype, np.shape(value))
        for name, value in _fields(values)
    ]
    return np.dtype(fields, align=True)


def _fill(record: Any, values: Any) -> None:
    for name, value in _fields(values):
        if hasattr(value, "_fields"):
            _fill(record[name], value)
        else:
            record[name] = value


def packed(values: Any) -> NDArray[np.void]:
    """Return a named tuple as one record, shape (1,); what has no fixed shape is left out."""
    record = np.zeros(1, _layout(values))
    _fill(record[0], values)
    return record


def packed_plan(plan: Plan) -> NDArray[np.void]:
    """Return policies as records, shape (policies,); what they share is repeated in each."""
    policies = plan.start.size
    columns = {
        name: np.broadcast_to(value, (policies,)) if np.ndim(value) == 0 else np.asarray(value)
        for name, value in plan._asdict().items()
    }
    layout = np.dtype(
        [(name, value.dtype, value.shape[1:]) for name, value in columns.items()], align=True
    )
    records = np.zeros(policies, layout)
    for name, value in columns.items():
        records[name] = value
    return records
