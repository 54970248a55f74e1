"""The modes of exercise: one row for each, with the paths of the entries that hold its numbers."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Mode:
    """One mode of exercise.

    ``activity`` is what its single bouts are made of, ``habit_minutes`` and ``habit_intensity`` say
    how long and hard they usually are. ``marginal_met`` turns its minutes into a dose, ``share`` is
    its part of the dose of a population, ``quality`` its effect on resting IL-6 per MET-hour.
    """

    name: str
    activity: str
    marginal_met: str
    share: str
    quality: str
    habit_minutes: str
    habit_intensity: str


MODES: Final = (
    Mode(
        name="moderate",
        activity="walking",
        marginal_met="activity.marginal_met.moderate",
        share="activity.mode_share.moderate",
        quality="il6.quality.moderate",
        habit_minutes="bout.habit.moderate.minutes",
        habit_intensity="bout.habit.moderate.intensity",
    ),
    Mode(
        name="vigorous",
        activity="intervals",
        marginal_met="activity.marginal_met.vigorous",
        share="activity.mode_share.vigorous",
        quality="il6.quality.vigorous",
        habit_minutes="bout.habit.vigorous.minutes",
        habit_intensity="bout.habit.vigorous.intensity",
    ),
    Mode(
        name="resistance",
        activity="resistance",
        marginal_met="activity.marginal_met.resistance",
        share="activity.mode_share.resistance",
        quality="il6.quality.resistance",
        habit_minutes="bout.habit.resistance.minutes",
        habit_intensity="bout.habit.resistance.intensity",
    ),
    Mode(
        name="endurance",
        activity="running",
        marginal_met="activity.marginal_met.endurance",
        share="activity.mode_share.endurance",
        quality="il6.quality.endurance",
        habit_minutes="bout.habit.endurance.minutes",
        habit_intensity="bout.habit.endurance.intensity",
    ),
)
