"""Those who have a disease, month by month since their diagnosis and as they grow older; compiled.

Cases by months since diagnosis are single precision, filled up to whole lanes with nobody.
"""

import numpy as np

from abm.kernel import layout as c
from abm.kernel.compiled import keep_apart, kernel, rows, stage
from abm.population.lanes import LANES, add_four, clear, fold
from abm.population.prevalence import share_ever

SINGLE = np.float32
ZERO = SINGLE(0.0)
MONTHS = 12
MOST = 1e30  # finite in single precision
BINS = MONTHS * c.N_YEARS_ILL + 1  # the last is of all who have had it for longer
SIZE = -(-(BINS + 1) // LANES) * LANES  # a month later, nobody in the last bin moves on


@stage
def _leave(cases, rate, per_excess, exit_rate, later):
    """Move cases on by a month, less those who die of the disease or leave it [per month]."""
    keep_apart()
    for j in rows(0, SIZE - 1):
        later[j + np.uint64(1)] = cases[j] * (
            SINGLE(1.0) - share_ever(per_excess * rate[j] + exit_rate)
        )


@stage
def _add_year(cases, share):
    """Set the shares by whole years since diagnosis; all long ago where nobody is."""
    whole = 0.0
    for year in range(c.N_YEARS_ILL):
        share[year] = 0.0
    for j in range(BINS):
        year = min(j // MONTHS, c.N_YEARS_ILL - 1)
        share[year] += cases[j]
        whole += cases[j]
    if whole <= 0.0:
        share[c.N_YEARS_ILL - 1] = 1.0
        whole = 1.0
    for year in range(c.N_YEARS_ILL):
        share[year] /= whole


@kernel
def grow_older(incidence, excess, exit_rate, rates, memory, lanes, share, mean):
    """Follow the cases of one sex from the first age on.

    ``incidence``, ``excess`` and ``exit_rate`` (ages,) per year; ``rates`` (13, SIZE) what each
    patient's excess is in proportion to, at most 1, by the months passed since January, and a row
    of 1. ``memory`` (2, SIZE), all 0, and ``lanes`` (4, LANES). Sets ``share`` (years, ages)
    on 1 January and ``mean`` (ages,) of the rates in the year after.
    """
    now = 0
    for age in range(incidence.size):
        _add_year(memory[now], share[:, age])
        deaths, persons = 0.0, 0.0
        for month in range(MONTHS):
            cases, rate = memory[now], rates[month]
            clear(lanes)
            add_four(cases, rates[MONTHS], rate, rate, rate, lanes)
            fold(lanes)
            ill = max(lanes[0, 0], 1e-30)
            average = max(lanes[1, 0], 1e-30) / ill
            deaths += average * ill
            persons += ill
            later = memory[1 - now]
            dying = SINGLE(min(excess[age] / average / MONTHS, MOST))
            _leave(cases, rate, dying, SINGLE(exit_rate[age] / MONTHS), later)
            later[0] = SINGLE(incidence[age] / MONTHS)
            later[BINS - 1] += later[BINS]
            later[BINS] = ZERO
            now = 1 - now
        mean[age] = deaths / persons
