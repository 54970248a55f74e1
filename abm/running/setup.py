"""From a scenario to what the kernel is given: sizes, calibration, survey, plan and budgets."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from abm.evidence.parameters import Parameters, central_parameters
from abm.population import survey
from abm.population.constants_of import constants_for
from abm.population.setup import Setup
from abm.running.queue import count_population
from abm.scenario.budgets import affordable_reach, for_everyone
from abm.scenario.parts import Policy, Scenario
from abm.scenario.plan import plan_for


def with_sizes(
    scenario: Scenario, *, persons: int | None, years: int | None, seed: int | None
) -> Scenario:
    """Return a scenario with other sizes, checked."""
    wanted = {"persons": persons, "years": years, "seed": seed}
    given = {key: value for key, value in wanted.items() if value is not None}
    for key, value in given.items():
        lowest = 0 if key == "seed" else 1
        if not isinstance(value, (int, np.integer)) or isinstance(value, bool) or value < lowest:
            raise ValueError(f"{key} is {value!r}; must be a whole number of at least {lowest}")
    sizes: dict[str, Any] = {key: int(value) for key, value in given.items()}
    return replace(scenario, **sizes)


def set_up(
    scenario: Scenario, parameters: Parameters | None = None, pathways: bool = True
) -> Setup:
    """Calibrate and lay out a run.

    Parameters
    ----------
    scenario
        A complete scenario.
    parameters
        Values of the evidence entries; default the central ones with the scenario's overrides.
    pathways
        Also simulate the world in which policies do not reach IL-6, for the share that runs
        through it.
    """
    if parameters is None:
        parameters = central_parameters(scenario.parameters)
    constants, _ = constants_for(scenario, parameters)
    microdata = scenario.population.microdata
    (sample, weights), notes = survey.no_sample(), []
    if microdata:
        found = survey.load_survey(microdata, scenario)
        sample, weights = found.sample, found.cumulative
        notes += [found.note] if found.note else []
    reach, limits = affordable_reach(
        scenario, parameters, lambda policy: eligible_share(scenario, policy, parameters)
    )
    plan = plan_for(scenario, parameters, reach)
    worlds = 1 if not scenario.policies else 3 if pathways else 2
    notes += limits
    return Setup(scenario, parameters, constants, plan, sample, weights, worlds, tuple(notes))


def eligible_share(scenario: Scenario, policy: Policy, parameters: Parameters) -> float:
    """Return the share of the start population that a policy is open to, from a fixed sample."""
    setup = set_up(for_everyone(scenario, policy), parameters, pathways=False)
    counts = count_population(setup, 0, threads=1)
    return float(counts.told[0, 0, 0, 0]) / setup.scenario.persons
