"""Items 1 and 3: a marathon, and the shortest and longest bouts."""

from __future__ import annotations

from itertools import product

from abm.bout.limits import ACTIVITIES
from abm.bout.session import Bout, resistance_bout
from abm.bout.simulate import simulate_bout, simulate_peaks
from analysis.bout.published import marathon
from analysis.validation.estimates import Found, Size, exactly, over_seeds

MARATHON_HOURS, MARATHON_INTENSITY = 3.43, 0.78
PEAKS = {"il6": 128.0, "il1ra": 39.0, "il10": 27.0}
LONGEST_HOURS = 10


def marathon_peaks(size: Size) -> Found:
    """Let trained men run a marathon: are the published peaks among theirs, and in what order?"""

    def runners(seed: int) -> dict[str, float]:
        peaks = marathon(seed, size.persons)
        below = {
            f"1.{name}_peak": float((peaks[f"{name}_peak_fold"] < fold).mean())
            for name, fold in PEAKS.items()
        }
        return below | {"1.il6_median": float(peaks["il6_peak_fold"].median())}

    return over_seeds(size, runners) | marathon_course()


def marathon_course() -> Found:
    """Follow the median runner through the hours after the start."""
    course = simulate_bout(
        "running", 60 * MARATHON_HOURS, MARATHON_INTENSITY, trained=True, step_minutes=2
    )
    hours = course["hours"]
    highest = {name: float(hours[course[f"{name}_fold"].idxmax()]) for name in ("il6", "il1ra")}
    return {
        "1.il6_after_stop": exactly(highest["il6"] - MARATHON_HOURS),
        "1.il1ra_after_il6": exactly(highest["il1ra"] - highest["il6"]),
        "1.il6_after_a_day": exactly(course["il6_fold"][(hours - 24).abs().idxmin()]),
    }


def median_fold(bout: Bout, measure: str = "il6") -> float:
    """Return the peak of a person of median response."""
    return float(simulate_peaks([bout])[f"{measure}_peak_fold"][0])


def extremes(size: Size) -> Found:
    """Compare intervals of high and low intensity, a day's cycling with half a day's, and lifting.

    Nothing is drawn: these are the median person's peaks.
    """
    del size
    day, half_day = (Bout("cycling", 60 * h, 0.60, trained=True) for h in (24, 12))
    high, low = (Bout("intervals", 33, intensity) for intensity in (0.78, 0.40))
    lifting = resistance_bout(sets=24, repetitions=10, load=0.7, rest_seconds=60)
    hardest = [
        Bout(activity, 60 * hours, 1.0, trained=trained)
        for activity, hours, trained in product(
            ACTIVITIES, range(1, LONGEST_HOURS + 1), (True, False)
        )
    ]
    found = {
        "3.high_over_low": median_fold(high) / median_fold(low),
        "3.half_day_to_day": median_fold(day) / median_fold(half_day) - 1.0,
        "3.day": median_fold(day),
        "3.lifting_il6": median_fold(lifting),
        "3.lifting_il10": median_fold(lifting, "il10"),
        "3.highest": max(median_fold(bout) for bout in hardest),
    }
    return {name: exactly(value) for name, value in found.items()}
