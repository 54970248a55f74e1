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

    Parameters
    ----------
    name, title, question
        On the command line, in figures, and what it answers.
    sample
        What one sample is called.
    runs_per_sample
        Number of runs of a sample, from the number of units (inputs or groups).
    samples, fewest, enough
        Default number of samples, the least that allows an interval, and the number below which
        a warning is given.
    leading
        The index by which inputs are ranked.
    power_of_two, takes_groups, most_units
        Whether the samples must be a power of two, whether groups can move together, and how many
        units it can take.
    """

    name: str
    title: str
    question: str
    sample: str
    runs_per_sample: Callable[[int], int]
    samples: int
    fewest: int
    enough: int
    leading: str
    power_of_two: bool = False
    takes_groups: bool = False
    most_units: int | None = None


_ALL = (
    Method("oat", "One at a time (tornado)",
           "How far does the output move between the ends of one input's 95 % interval?",
           "pass", lambda units: 2 * units + 1, samples=1, fewest=1, enough=1, leading="swing"),
    Method("morris", "Morris screening",
           "Which of many inputs matter at all, and which act through others?",
           "trajectory", lambda units: units + 1, samples=10, fewest=4, enough=10,
           leading="mu_star", takes_groups=True),
    Method("sobol", "Sobol indices",
           "What share of the variance does each input carry, alone and with others?",
           "base point", lambda units: units + 2, samples=512, fewest=16, enough=256,
           leading="ST", power_of_two=True, takes_groups=True),
    Method("fast", "Extended FAST",
           "The same shares from Fourier analysis along search curves.",
           f"set of search curves of {FAST_POINTS} points", lambda units: FAST_POINTS * units,
           samples=4, fewest=3, enough=4, leading="ST"),
    Method("rbd_fast", "RBD-FAST",
           "First-order shares at a price that does not grow with the number of inputs.",
           "point", lambda units: 1, samples=1024, fewest=64, enough=256,
           leading="S1", power_of_two=True),
    Method("delta", "Borgonovo's delta",
           "How far does knowing the input shift the whole distribution of the output?",
           "point", lambda units: 1, samples=2048, fewest=128, enough=1024,
           leading="delta", power_of_two=True),
    Method("pawn", "PAWN",
           "How far does the cumulative distribution move when the input is fixed?",
           "point", lambda units: 1, samples=1024, fewest=128, enough=512,
           leading="PAWN", power_of_two=True),
    Method("dgsm", "Derivative-based bound",
           "At most what share can an input carry, judged by its derivatives?",
           "base point", lambda units: units + 1, samples=128, fewest=16, enough=64,
           leading="ST_bound", power_of_two=True),
    Method("shapley", "Shapley effects",
           "What share belongs to each input if interactions are divided fairly?",
           "base point", lambda units: 2**units, samples=128, fewest=16, enough=64,
           leading="shapley", power_of_two=True, takes_groups=True, most_units=12),
)  # fmt: skip
METHODS: Mapping[str, Method] = {method.name: method for method in _ALL}


def runs_needed(method: str, units: int, samples: int, second_order: bool = False) -> int:
    """Return the number of runs a design takes, before runs it shares with others."""
    if method == "sobol" and second_order:
        return samples * (2 * units + 2)
    return samples * METHODS[method].runs_per_sample(units)
