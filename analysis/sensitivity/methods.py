"""The methods of sensitivity analysis on offer: what each asks, needs and returns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

# Saltelli et al. 1999 need more than 4 M^2 = 144 points for M = 6 harmonics. With the usual four,
# other inputs' harmonics land on the search frequency (Ishigami's third index became 0.03, not 0).
FAST_HARMONICS = 6
FAST_POINTS = 513


@dataclass(frozen=True)
class Method:
    """One way of measuring sensitivity: what it asks, what it needs, what it returns.

    ``samples`` is the default, ``fewest`` the least that allows an interval and ``enough`` the
    number below which a warning is given. ``leading`` is the index by which inputs are ranked.
    """

    name: str
    title: str
    sample: str
    runs_per_sample: Callable[[int], int]
    samples: int
    fewest: int
    enough: int
    leading: str
    question: str
    power_of_two: bool = False
    takes_groups: bool = False
    most_units: int | None = None


METHODS: Mapping[str, Method] = {
    method.name: method
    for method in (
        Method(
            "oat",
            "One at a time (tornado)",
            "pass",
            lambda k: 2 * k + 1,
            1,
            1,
            1,
            "swing",
            "How far does the output move between the ends of one input's 95 % interval?",
        ),
        Method(
            "morris",
            "Morris screening",
            "trajectory",
            lambda k: k + 1,
            10,
            4,
            10,
            "mu_star",
            "Which of many inputs matter at all, and which act through others?",
            takes_groups=True,
        ),
        Method(
            "sobol",
            "Sobol indices",
            "base point",
            lambda k: k + 2,
            512,
            16,
            256,
            "ST",
            "What share of the variance does each input carry, alone and with others?",
            power_of_two=True,
            takes_groups=True,
        ),
        Method(
            "fast",
            "Extended FAST",
            f"set of search curves of {FAST_POINTS} points",
            lambda k: FAST_POINTS * k,
            4,
            3,
            4,
            "ST",
            "The same shares from Fourier analysis along search curves.",
        ),
        Method(
            "rbd_fast",
            "RBD-FAST",
            "point",
            lambda k: 1,
            1024,
            64,
            256,
            "S1",
            "First-order shares at a price that does not grow with the number of inputs.",
            power_of_two=True,
        ),
        Method(
            "delta",
            "Borgonovo's delta",
            "point",
            lambda k: 1,
            2048,
            128,
            1024,
            "delta",
            "How far does knowing the input shift the whole distribution of the output?",
            power_of_two=True,
        ),
        Method(
            "pawn",
            "PAWN",
            "point",
            lambda k: 1,
            1024,
            128,
            512,
            "PAWN",
            "How far does the cumulative distribution move when the input is fixed?",
            power_of_two=True,
        ),
        Method(
            "dgsm",
            "Derivative-based bound",
            "base point",
            lambda k: k + 1,
            128,
            16,
            64,
            "ST_bound",
            "At most what share can an input carry, judged by its derivatives?",
            power_of_two=True,
        ),
        Method(
            "shapley",
            "Shapley effects",
            "base point",
            lambda k: 2**k,
            128,
            16,
            64,
            "shapley",
            "What share belongs to each input if interactions are divided fairly?",
            power_of_two=True,
            takes_groups=True,
            most_units=12,
        ),
    )
}


def runs_needed(method: str, units: int, samples: int, second_order: bool = False) -> int:
    """Return the number of runs a design takes, before runs it shares with others."""
    if method == "sobol" and second_order:
        return samples * (2 * units + 2)
    return samples * METHODS[method].runs_per_sample(units)
