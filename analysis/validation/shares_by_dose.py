"""Item 34: the share through IL-6 of a programme without lags, and its closed form.

Somebody whose habit is d and who comes up to D with a programme, quality of the mix q and Q, and
who answers training m times as the mean of trials does, has at a steady state

    ln RR        = n (r(D) - r(d))
    ln RR frozen = ln RR - b s (L(Q D) - L(q d))        L(x) = -A m (1 - exp(-x / D0))

with r the published curve, n the net factor, b the causal slope and s the share of the level that
is signalling. The share is 1 less the frozen fall in hazard over the full one, both sums over those
who take part, weighed by the hazard that they meet without the programme.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from abm import load_scenario
from abm.conditions import condition
from abm.evidence.parameters import Parameters
from abm.kernel import layout as c
from abm.population.curves import curve_pieces, published_curve
from abm.population.setup import Setup
from abm.results.effects import differences
from abm.rules.disease import activity_log_ratio
from abm.running.queue import count_population
from abm.running.setup import set_up
from abm.running.stepwise import StepwisePopulation
from abm.scenario.parts import Policy, Scenario
from analysis.validation.cohorts import cohort
from analysis.validation.dose_response import central_changes
from analysis.validation.estimates import Estimate, Found, Size, over_seeds

Numbers = NDArray[np.float64]
JUDGED = ("coronary_heart_disease", "stroke", "type_2_diabetes")
FEWER = 10  # everybody takes part here, and a bundled programme reaches a tenth


def against_closed_form(name: str, size: Size) -> tuple[Estimate, Estimate]:
    """Return the closed form of heart disease [%], and how far shares of a run are from theirs.

    The latter in points, of the disease that furthest off.
    """
    scenario = without_lags(name, max(size.persons // FEWER, 1))
    setup = set_up(scenario)

    def one(seed: int) -> dict[str, float]:
        closed, run = closed_shares(setup, seed), run_shares(setup, seed)
        gaps = {f"gap.{disease}": run[disease] - closed[disease] for disease in JUDGED}
        return gaps | {"closed": closed[JUDGED[0]]}

    found: Found = over_seeds(Size(scenario.persons, size.seeds), one)
    closed = found.pop("closed")
    furthest = max(found, key=lambda gap: abs(found[gap].value))
    return closed, replace(found[furthest], remark=furthest.removeprefix("gap."))


def without_lags(name: str, persons: int) -> Scenario:
    """Return a bundled programme in which all who may take part do so for a year, without lags."""
    bundled, parameters = load_scenario(name), cohort("mediation", central_changes()).parameters
    policies = tuple(_for_all(policy, bundled.start_year) for policy in bundled.policies)
    population = replace(bundled.population, entrants=False)
    return replace(
        bundled, persons=persons, years=1, policies=policies, parameters=parameters,
        population=population, intervals={},
    )  # fmt: skip


def _for_all(policy: Policy, start: int) -> Policy:
    return replace(
        policy, start=start, end=None, ramp_years=0.0, reach=1.0, uptake=1.0,
        build_up_months=0.0, adherence=None, cost=None,
    )  # fmt: skip


def run_shares(setup: Setup, seed: int) -> dict[str, float]:
    """Return the shares through IL-6 that a run shows [%], by disease."""
    counts = count_population(setup, seed, threads=1)
    rows = [c.OUTCOMES.index(f"incidence.{disease}") for disease in JUDGED]
    full, frozen = (differences(counts, world)[rows, c.E_UNDISTURBED] for world in (1, 2))
    return dict(zip(JUDGED, (100.0 * (1.0 - frozen / full)).tolist(), strict=True))


@dataclass(frozen=True)
class Doses:
    """Those who take part: doses before and after, mix included, and how they answer training.

    ``met``: hazard that each meets without the programme, by disease; 0 for those who have it.
    """

    before: Numbers
    after: Numbers
    effective_before: Numbers
    effective_after: Numbers
    answer: Numbers
    met: dict[str, Numbers]


def doses_of(setup: Setup, seed: int) -> Doses:
    """Return the doses of those who take part, at the end of a year in which they stay the same."""
    population = StepwisePopulation(replace(setup, worlds=2), seed)
    while population.steps_done < population.steps:
        population.step()
    keys = population.people()
    alive = [population.column(world, True, c.CAUSE)[keys] < 0 for world in (0, 1)]
    takes_part = population.column(1, False, c.POLICY_DOSE)[keys] > 0
    own = keys[alive[0] & alive[1] & takes_part]

    def read(world: int, column: int) -> Numbers:
        return np.asarray(population.column(world, False, column)[own], float)

    before, after = read(0, c.DOSE), read(1, c.DOSE)
    return Doses(
        before, after, before * read(0, c.QUALITY), after * read(1, c.QUALITY),
        read(0, c.MULTIPLIER), {disease: _met(population, disease, own) for disease in JUDGED},
    )  # fmt: skip


def _met(population: StepwisePopulation, disease: str, keys: NDArray[np.int64]) -> Numbers:
    """Return the hazard of a disease that people met in the baseline; 0 for those who have it."""
    k = c.DISEASES.index(disease)
    ill = population.column(0, False, c.ILL + k)[keys] > 0
    met = population.column(0, False, c.ACCUMULATED + k)[keys].astype(float)
    return np.where(ill, 0.0, met)


def closed_shares(setup: Setup, seed: int) -> dict[str, float]:
    """Return the closed form with the doses of those who take part [%], by disease."""
    doses, p = doses_of(setup, seed), setup.parameters
    net = dict(zip(c.CAUSES, setup.constants.disease.net_factor.tolist(), strict=True))
    signalling = p["il6.training.signalling_share"] * (
        _level(p, doses.effective_after, doses.answer)
        - _level(p, doses.effective_before, doses.answer)
    )

    def share(disease: str) -> float:
        evidence, met = condition(disease).evidence, doses.met[disease]
        log_ratio = _curve(p, disease, doses.after) - _curve(p, disease, doses.before)
        whole = net[disease] * log_ratio
        frozen = whole - p[evidence.il6_causal_slope] * signalling
        full, left = (float(met @ -np.expm1(each)) for each in (whole, frozen))
        return 100.0 * (1.0 - left / full) if full else math.nan  # nobody takes part

    return {disease: share(disease) for disease in JUDGED}


def _level(p: Parameters, effective: Numbers, answer: Numbers) -> Numbers:
    """Return where training leads ln IL-6."""
    risen = -np.expm1(-effective / p["il6.training.dose_scale"])
    return -p["il6.training.amplitude"] * answer * risen


def _curve(p: Parameters, disease: str, doses: Numbers) -> Numbers:
    """Return the published log relative risk at doses."""
    row = condition(disease)
    knots, logs = published_curve(row.curve, p[row.evidence.curve_position])
    shape = (p["disease.dose_cap"], *knots[1:].tolist(), *curve_pieces(knots, logs).tolist())
    return np.array([activity_log_ratio(float(dose), *shape) for dose in doses])
