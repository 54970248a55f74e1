"""Resting IL-6 and its companions: what training, body and chance make of a person's usual level.

Levels are natural logarithms of pg/mL (CRP: mg/L). "Usual" is the level over months; a blood test
adds noise to it and gives the "measured" level. Hazards follow signalling, of which the level is
read out: they part where a receptor is the cause. The spikes of single bouts are in
:mod:`abm.rules.bout`.
"""

from abm.rules.arithmetic import exp, log, rule


@rule
def training_set_point(
    effective_dose: float, multiplier: float, amplitude: float, dose_scale: float
) -> float:
    """Return the log change of resting IL-6 at which a steady dose ends, 0 or below.

    A saturating curve: -``amplitude`` at high doses, 63 % of it at ``dose_scale``.
    """
    return -amplitude * multiplier * (1.0 - exp(-effective_dose / dose_scale))


@rule
def training_after(
    state: float, set_point: float, keep_falling: float, keep_rising: float
) -> float:
    """Return the training effect on log IL-6 after a step toward its set point.

    It falls faster than it comes back; each ``keep`` is exp(-step / time constant).
    """
    return set_point + (state - set_point) * (keep_falling if set_point < state else keep_rising)


@rule
def answer_to_training(more: float, share_more: float, multiplier: float) -> float:
    """Return how strongly a person answers training, over the mean of those whom trials studied.

    ``more`` is 1 with type 2 diabetes or obesity, whose answer is ``multiplier`` times that of
    others; ``share_more`` of the trials' people had either.
    """
    others = 1.0 / (1.0 + share_more * (multiplier - 1.0))
    return others * (1.0 + more * (multiplier - 1.0))


@rule
def log_signalling(training: float, share: float, log_ratio: float) -> float:
    """Return the change of ln IL-6 signalling from training and policies, on which hazards depend.

    Of what training takes from the level of IL-6 it takes the ``share`` from signalling;
    ``log_ratio`` is that of policies, which move both alike.
    """
    return share * training + log_ratio


@rule
def spike_driven_set_point(
    set_point: float,
    exposure: float,
    share: float,
    multiplier: float,
    amplitude: float,
    exposure_scale: float,
) -> float:
    """Return the set point where a ``share`` of it follows the weekly spikes of IL-6.

    ``exposure`` is the week's area under the IL-6 curve above rest [fold-hours].
    """
    from_spikes = -amplitude * multiplier * (1.0 - exp(-exposure / exposure_scale))
    return (1.0 - share) * set_point + share * from_spikes


@rule
def usual_log_il6(
    reference: float,
    age_slope: float,
    age: float,
    bmi_slope: float,
    bmi: float,
    male: float,
    male_effect: float,
    smoker: float,
    smoker_effect: float,
    training: float,
    person: float,
    drift: float,
    log_ratio: float,
) -> float:
    """Return a person's usual ln IL-6; the reference is a woman of 50, BMI 25, not smoking."""
    body = age_slope * (age - 50.0) + bmi_slope * (bmi - 25.0)
    return (
        log(reference)
        + body
        + male_effect * male
        + smoker_effect * smoker
        + training
        + person
        + drift
        + log_ratio
    )


@rule
def usual_log_crp(
    reference: float, deviation: float, slope: float, training: float, training_slope: float
) -> float:
    """Return usual ln CRP from the deviation of ln IL-6 that is not due to training, and training.

    CRP follows IL-6, but its answer to training is weaker than its answer to body and drugs.
    """
    return log(reference) + slope * deviation + training_slope * training


@rule
def companion_log_level(reference: float, training: float, change_per_training: float) -> float:
    """Return the usual log level of IL-10 or TNF-alpha, which answers training in proportion."""
    return log(reference) + change_per_training * training
