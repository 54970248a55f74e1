"""Which runs a sensitivity study needs: its inputs and the designs in shares of (0, 1).

Every input is sampled as a share of its own distribution (0.5 is the median), so that priors live
in one place, the evidence, and no sampler ever sees an unbounded prior. A share of NaN means "left
at its central value". The rows of a design stand sample after sample: the first rows of a large
design are a small design of the same seed, which is what makes studies extendible.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from SALib.sample import fast_sampler, morris, sobol
from scipy.stats import qmc

from analysis.sensitivity.methods import FAST_HARMONICS, FAST_POINTS

Shares = NDArray[np.float64]

DUMMY = "dummy"
SEED = "seed"
CONTROLS = (DUMMY, SEED)  # inputs that test the study itself

# One-in-a-million tails: a share of exactly 0 or 1 would ask an unbounded prior for infinity.
EDGE = 1e-6
# Morris' grid and the tornado span the 95 % interval, so that their effects read "per interval".
INTERVAL = (0.025, 0.975)
MORRIS_LEVELS = 4
# Large enough to rise above the grain of counted events, small enough for a derivative.
DERIVATIVE_STEP = 0.02
# The seed factor picks one of about a million seeds.
SEED_CHOICES = 2**20


@dataclass(frozen=True)
class Input:
    """One uncertain input of a study.

    Parameters
    ----------
    name
        Its name, for the model an evidence path or a scenario key.
    group
        The group it belongs to (policy, behaviour, inflammation, disease, mortality, economics).
    unit
        Unit of its value, for labels.
    quantile
        The value at a share of its distribution; None if it has no single number (a table).
    """

    name: str
    group: str = ""
    unit: str = "1"
    quantile: Callable[[float], float] | None = None


def units_of(inputs: Iterable[Input], grouped: bool) -> list[str]:
    """Return what each input gets its index under: its own name, or its group's."""
    return [entry.group if grouped else entry.name for entry in inputs]


@dataclass(frozen=True, eq=False)
class Design:
    """The runs of one study, in order.

    Parameters
    ----------
    method
        Name of the method the runs are for.
    inputs
        The sampled inputs, one per column.
    samples
        Number of samples, each of ``rows_per_sample`` rows.
    shares
        Shape (samples x rows_per_sample, inputs), in (0, 1); NaN for a central value.
    grouped
        Whether the inputs of a group move together.
    second_order
        Whether the rows for second-order Sobol indices are there.
    """

    method: str
    inputs: tuple[Input, ...]
    samples: int
    shares: Shares
    grouped: bool = False
    second_order: bool = False

    @cached_property
    def units(self) -> tuple[str, ...]:
        """What gets an index: the inputs' names, or the groups' names."""
        return tuple(dict.fromkeys(units_of(self.inputs, self.grouped)))

    @property
    def rows_per_sample(self) -> int:
        """The number of rows each sample takes."""
        return len(self.shares) // self.samples

    def first(self, samples: int) -> Design:
        """Return the smaller design made of the first ``samples`` samples."""
        return replace(self, samples=samples, shares=self.shares[: samples * self.rows_per_sample])

    def problem(self) -> dict[str, Any]:
        """Return SALib's description of the sampled space."""
        count = len(self.inputs)
        ends = INTERVAL if self.method in ("morris", "oat") else (0.0, 1.0)
        problem: dict[str, Any] = {
            "num_vars": count,
            "names": [f"input {i}" for i in range(count)],
            "bounds": [list(ends)] * count,
        }
        if self.grouped:
            problem["groups"] = units_of(self.inputs, grouped=True)
        return problem


@dataclass(frozen=True)
class Run:
    """One run: its place in the design, what is sampled, the seed, and the key of its result."""

    number: int
    sample: Mapping[str, float]
    seed: int
    key: str

    def __str__(self) -> str:
        """Name the run, with as much of its sample as fits a line."""
        shown = ", ".join(f"{name}={share:.4g}" for name, share in list(self.sample.items())[:4])
        more = f", and {len(self.sample) - 4} more" if len(self.sample) > 4 else ""
        sample = f"{shown or 'central'}{more}"
        return f"run {self.number} [{self.key}] (seed {self.seed}; shares {sample})"


def make_design(
    method: str,
    inputs: tuple[Input, ...],
    samples: int,
    *,
    seed: int,
    grouped: bool = False,
    second_order: bool = False,
) -> Design:
    """Draw the design of a method.

    Parameters
    ----------
    method
        A name in ``METHODS``.
    inputs
        The inputs to sample.
    samples
        Number of samples; powers of two nest for the methods that ask for them, any number for
        Morris and FAST.
    seed
        Seed of the sampling, at least 1.
    grouped
        Move the inputs of a group together and report one index per group.
    second_order
        Add the rows that second-order Sobol indices need.

    Returns
    -------
        The design; equal arguments give equal bits, and fewer samples give its first rows.
    """
    nothing_yet = np.empty((0, len(inputs)))
    design = Design(method, inputs, samples, nothing_yet, grouped, second_order)
    return replace(design, shares=_SAMPLERS[method](design, seed))


def make_runs(design: Design, *, seed: int, independent_seeds: bool = False) -> list[Run]:
    """List the runs of a design with their samples, seeds and keys.

    The dummy input is dropped from the sample and the seed factor becomes the seed. Without
    either, every run has the same seed: differences between runs are then differences in inputs.

    Parameters
    ----------
    design
        The design.
    seed
        Seed of the simulation in every run.
    independent_seeds
        Give each run its own seed instead, to show what common random numbers save.
    """
    names = [entry.name for entry in design.inputs]
    runs = []
    for number, row in enumerate(design.shares):
        pairs = zip(names, row.tolist(), strict=True)
        sample = {name: share for name, share in pairs if not math.isnan(share)}
        sample.pop(DUMMY, None)
        share = sample.pop(SEED, None)
        own_seed = seed + number if independent_seeds else seed
        if share is not None:
            own_seed = seed + int(share * SEED_CHOICES)
        runs.append(Run(number, sample, own_seed, key_of(sample, own_seed)))
    return runs


def key_of(sample: Mapping[str, float], seed: int) -> str:
    """Return the name of a run's result: a digest of its exact shares and its seed."""
    digest = hashlib.blake2b(str(seed).encode(), digest_size=8)
    for name in sorted(sample):
        digest.update(f"\0{name}\0{sample[name].hex()}".encode())
    return digest.hexdigest()


def _inside(shares: Shares) -> Shares:
    return np.clip(shares, EDGE, 1.0 - EDGE)


def _saltelli(design: Design, seed: int) -> Shares:
    return _inside(
        sobol.sample(
            design.problem(), design.samples, calc_second_order=design.second_order, seed=seed
        )
    )


def _trajectories(design: Design, seed: int) -> Shares:
    shares: Shares = morris.sample(
        design.problem(), design.samples, num_levels=MORRIS_LEVELS, seed=seed
    )
    return shares


def _search_curves(design: Design, seed: int) -> Shares:
    curves = [
        fast_sampler.sample(design.problem(), FAST_POINTS, M=FAST_HARMONICS, seed=[seed, number])
        for number in range(design.samples)
    ]
    return _inside(np.concatenate(curves))


def sobol_points(dimensions: int, samples: int, seed: int) -> Shares:
    """Return scrambled Sobol points, shape (samples, dimensions), kept off 0 and 1."""
    return _inside(qmc.Sobol(dimensions, scramble=True, rng=seed).random(samples))


def _points(design: Design, seed: int) -> Shares:
    return sobol_points(len(design.inputs), design.samples, seed)


def _steps(design: Design, seed: int) -> Shares:
    base = _points(design, seed)
    rows = np.repeat(base[:, None, :], len(design.inputs) + 1, axis=1)
    for column in range(len(design.inputs)):
        # Step inwards, so that no step is cut short at an end.
        inwards = np.where(base[:, column] < 0.5, DERIVATIVE_STEP, -DERIVATIVE_STEP)
        rows[:, column + 1, column] += inwards
    return rows.reshape(-1, len(design.inputs))


def _subsets(design: Design, seed: int) -> Shares:
    count = len(design.inputs)
    both = sobol_points(2 * count, design.samples, seed)
    here, there = both[:, None, :count], both[:, None, count:]
    names = units_of(design.inputs, design.grouped)
    unit = np.array([design.units.index(name) for name in names])
    mixed = np.arange(2 ** len(design.units))[:, None] >> unit & 1
    return np.where(mixed == 1, there, here).reshape(-1, count)


def _one_at_a_time(design: Design, seed: int) -> Shares:
    count = len(design.inputs)
    shares = np.full((2 * count + 1, count), np.nan)
    for column in range(count):
        shares[1 + 2 * column, column], shares[2 + 2 * column, column] = INTERVAL
    return shares


_SAMPLERS: Mapping[str, Callable[[Design, int], Shares]] = {
    "oat": _one_at_a_time,
    "morris": _trajectories,
    "sobol": _saltelli,
    "fast": _search_curves,
    "rbd_fast": _points,
    "delta": _points,
    "pawn": _points,
    "dgsm": _steps,
    "shapley": _subsets,
}
