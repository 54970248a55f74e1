"""Compiles the longest kernel in a process of its own, while another compiles everything else.

That kernel, the years of a block, takes half the time of all, and its types are known before
anything is calibrated. The process that needs it starts this program at the first rule that it has
to compile, and waits for it here only (:mod:`abm.compiled_cache`).
"""

from __future__ import annotations

import os
import sys
import threading

from abm.evidence.parameters import central_parameters
from abm.kernel.arrivals import NOBODY
from abm.kernel.order import advance
from abm.population.constants_of import uncalibrated_constants
from abm.population.setup import Setup, empty_counts, new_block
from abm.population.survey import no_sample
from abm.scenario.load import load_scenario
from abm.scenario.plan import covered_by_month, plan_for, returning_by_year

SEED = 1


def end_with_the_other() -> None:
    """End this process once the one that started it has ended, which closes the pipe."""
    sys.stdin.buffer.read()
    os._exit(1)


def compile_kernel() -> None:
    """Compile the kernel by a run of no steps, of a block of nobody."""
    scenario = load_scenario("walking_groups", ["persons=1", "years=1"])
    parameters = central_parameters(scenario.parameters, scenario.place)
    limits = [None] * len(scenario.policies)
    setup = Setup(
        scenario, parameters, uncalibrated_constants(scenario, parameters),
        plan_for(scenario, parameters), covered_by_month(scenario, limits),
        returning_by_year(scenario, limits), *no_sample(), worlds=2,
    )  # fmt: skip
    block, counts = new_block(setup), empty_counts(setup)
    advance(block, setup.given(SEED), counts, 0, 0, setup.steps_per_year, NOBODY)


def main() -> None:
    """Compile the kernel for another process."""
    threading.Thread(target=end_with_the_other, daemon=True).start()
    compile_kernel()
