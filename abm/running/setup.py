"""From a scenario to what the kernel is given: sizes, calibration, survey, plan and budgets."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from abm.evidence.parameters import Parameters, central_parameters
from abm.kernel.blocks import MOST_LATER
from abm.kernel.constants import Later
from abm.limits import problems_of, refuse
from abm.population import survey
from abm.population.constants_of import constants_for
from abm.population.misfits import refusal_of
from abm.population.setup import Setup
from abm.population.survey import Sample
from abm.running.pilot import pilot_scenario, pilots
from abm.scenario.budget_words import limits_in_words
from abm.scenario.budgets import (
    Delivery,
    expected_delivery,
    limited,
    refuse_too_small_a_budget,
)
from abm.scenario.made_in_python import checked
from abm.scenario.parts import Scenario
from abm.scenario.plan import (
    covered_by_month,
    plan_for,
    plan_for_effects,
    returning_by_year,
)
from abm.scenario.text import ScenarioError

LATER_STEP_MONTHS = 3  # after the run: results hardly depend on the length of a step


def with_sizes(
    scenario: Scenario, *, persons: int | None, years: int | None, seed: int | None
) -> Scenario:
    """Return a scenario with other sizes, checked as a file is; ValueError with all problems."""
    given = {"persons": persons, "years": years, "seed": seed}
    refuse(problems_of(**given))
    sizes: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
    return checked(replace(scenario, **sizes))


def set_up(
    scenario: Scenario, parameters: Parameters | None = None, pathways: bool = True,
    lifetimes: bool = False, moved: bool = False, sample: Sample | None = None,
) -> Setup:  # fmt: skip
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
    lifetimes
        Also follow those who took part to the end of their lives, if the scenario looks so far:
        for health and money.
    moved
        The scenario is one draw or sample of another: where its budget does not pay what its place
        costs, nobody is taken on, instead of an error.

    sample
        A survey's respondents where its file has been read already.

    Raises
    ------
    ScenarioError
        If a budget does not pay for what its place costs, whoever comes, or more people would die
        than the life table has, or the parameters are of another place.
    """
    if parameters is None:
        parameters = central_parameters(scenario.parameters, scenario.place)
    elif parameters.place != scenario.place:
        raise ScenarioError([_of_another_place(parameters, scenario)])
    setup = _unlimited(scenario, parameters, pathways, sample)
    if not moved and (refused := refusal_of(setup.misfits, parameters.overrides)):
        raise ScenarioError(refused)
    if looks_on(scenario, lifetimes):
        setup = replace(setup, later=_later(setup))
    deliveries = _deliveries(setup, refuses=not moved)
    if not deliveries:
        return setup
    foreseen = [deliveries.get(policy.name) for policy in scenario.policies]
    limits = [None if each is None else each.limit for each in foreseen]
    shares = [None if each is None else each.returning for each in foreseen]
    notes = [
        note
        for policy in scenario.policies
        if policy.name in deliveries
        for note in limits_in_words(scenario, policy, deliveries[policy.name])
    ]
    return replace(
        setup, covered=covered_by_month(scenario, limits),
        returning=returning_by_year(scenario, shares), deliveries=deliveries,
        notes=(*setup.notes, *notes),
    )  # fmt: skip


def worlds_of(scenario: Scenario, pathways: bool) -> int:
    """Return the number of worlds in which a scenario is simulated."""
    return 1 if not scenario.policies else 3 if pathways else 2


def looks_on(scenario: Scenario, lifetimes: bool) -> bool:
    """Return whether those who took part are followed to the end of their lives."""
    return lifetimes and bool(scenario.policies) and scenario.economics.horizon == "lifetime"


def _of_another_place(parameters: Parameters, scenario: Scenario) -> str:
    return (
        f"parameters: are those of the place '{parameters.place.shown}', and the scenario is of "
        f"'{scenario.place.shown}'; must be those of the scenario, as "
        "central_parameters(overrides, scenario.place) gives them"
    )


def for_effects(setup: Setup, prices: bool = True) -> Setup:
    """Return a setup that simulates only who can matter to an effect.

    With ``prices`` what the policies cost is an effect too, and comes out right. Without policies
    there are no effects, so that the setup stays as it is: of everybody.
    """
    scenario = setup.scenario
    if not scenario.policies:
        return setup
    plan = plan_for_effects(setup.plan, scenario, prices)
    notes = [
        f"The policy '{policy.name}' is paid for each resident, so everybody who lives where "
        "it is delivered is simulated while it runs."
        for policy, counted in zip(scenario.policies, plan.counts_residents, strict=True)
        if counted
    ]
    return replace(setup, plan=plan, only_effects=True, notes=(*setup.notes, *notes))


def _later(setup: Setup) -> Later:
    """Return what holds after a run: policies have ended, and nobody comes in."""
    scenario = setup.scenario
    years = scenario.years + MOST_LATER
    longer = replace(scenario, years=years, step_months=LATER_STEP_MONTHS)
    constants, _ = constants_for(longer, setup.parameters)
    plan = setup.plan
    return Later(
        constants._replace(entrant_rate=0.0),
        plan._replace(end=np.minimum(plan.end, np.float32(scenario.years))),
        np.ones((plan.start.size, years), np.float32),
        12 // LATER_STEP_MONTHS,
    )


def _unlimited(
    scenario: Scenario, parameters: Parameters, pathways: bool, known: Sample | None = None
) -> Setup:
    """Return a setup in which money and places are no object."""
    constants, model = constants_for(scenario, parameters)
    sample, weights = survey.no_sample() if known is None else known
    notes: tuple[str, ...] = ()
    found = None
    if known is None and scenario.population.microdata:
        found = survey.load_survey(scenario.population.microdata, scenario)
        sample, weights = found.sample, found.cumulative
        notes = found.warnings
    no_limits = [None] * len(scenario.policies)
    worlds = worlds_of(scenario, pathways)
    return Setup(
        scenario, parameters, constants, plan_for(scenario, parameters),
        covered_by_month(scenario, no_limits), returning_by_year(scenario, no_limits), sample,
        weights, worlds, (*notes, *map(str, model.misfits)), misfits=model.misfits, survey=found,
    )  # fmt: skip


def _deliveries(setup: Setup, refuses: bool) -> dict[str, Delivery]:
    """Return what is expected of each policy that has a budget or a capacity, by its name."""
    scenario, parameters = setup.scenario, setup.parameters
    policies = [policy for policy in scenario.policies if limited(policy)]
    if not policies:
        return {}
    known = setup.sample, setup.sample_cumulative
    everybody = _unlimited(pilot_scenario(scenario, policies), parameters, False, known)
    found = pilots(replace(everybody, worlds=1))
    for policy, pilot in zip(policies if refuses else (), found, strict=False):
        refuse_too_small_a_budget(scenario, policy, pilot)
    names = [policy.name for policy in scenario.policies]
    return {
        policy.name: expected_delivery(
            scenario, policy, parameters, pilot,
            setup.covered[names.index(policy.name)].astype(float),
        )
        for policy, pilot in zip(policies, found, strict=True)
    }  # fmt: skip
