"""What surveys ask about activity, as reported dose [marginal MET-hours per week].

Questionnaires score METs with rest included ("gross"); the model subtracts rest, 1 MET.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from abm.evidence.parameters import Parameters

MINUTES = 60.0
PARTS = ("does", "days", "hours", "minutes")

Said = Mapping[str, float | None]  # by part: what was answered, None if nothing; no key: not asked


def factor_of(unit: str, parameters: Parameters) -> float:
    """Return marginal MET-hours per unit of dose.

    Gross MET-minutes of an unknown mix lose rest as moderate activity does, and minutes are those
    of moderate activity, of ``activity.marginal_met.moderate`` (3.5 above rest, 4.5 with it: the
    accounting of the dose-response curves; walking at 3.3 gross keeps .70 instead of .78 of its
    dose, vigorous activity at 8 .88).
    """
    moderate = float(parameters["activity.marginal_met.moderate"])
    return {
        "met_hours": 1.0,
        "met_minutes": 1.0 / MINUTES,
        "gross_met_minutes": moderate / (moderate + 1.0) / MINUTES,
        "minutes_moderate": moderate / MINUTES,
    }[unit]


def dose_of(answers: Sequence[tuple[float, Said]]) -> float | None:
    """Return the dose that answers add up to, None if one of them is not known.

    Parameters
    ----------
    answers
        The METs of each question, rest included, and what was answered.

    Examples
    --------
    >>> walks = 3.3, {"days": 5.0, "minutes": 30.0}
    >>> runs = 8.0, {"days": 0.0, "minutes": None}
    >>> round(dose_of([walks, runs]), 2)
    5.75
    >>> dose_of([walks, (8.0, {"days": 2.0, "minutes": None})])
    """
    total = 0.0
    for mets, said in answers:
        minutes = _minutes_of(said)
        if minutes is None:
            return None
        total += (mets - 1.0) * minutes / MINUTES
    return total


def _minutes_of(said: Said) -> float | None:
    """Return minutes per week: none on no day whatever else is left empty, as interviewers skip."""
    if said.get("does") == 0.0 or said.get("days") == 0.0:
        return 0.0
    if "days" in said and said["days"] is None:
        return None
    times = [
        None if (value := said[part]) is None else value * unit
        for part, unit in (("hours", MINUTES), ("minutes", 1.0))
        if part in said
    ]
    # Of a time in hours and minutes one may stay empty.
    known = [time for time in times if time is not None]
    return sum(known) * (said.get("days") or 1.0) if known else None
