"""What a budget is said to give, against what its mix gives to people drawn with another seed.

Everybody is assigned to at most one policy by the shares of the mix; who is then reached, accepts
and starts, and in which month, is drawn as in a run, whose answer a table gives (`as_drawn`).
"""

import numpy as np
import pytest

from abm import effects_table, load_scenario
from abm.running.finished_work import FinishedWork
from analysis.decision.allocation import NET_BENEFIT, allocate
from analysis.decision.candidates import NOBODY, first_january
from analysis.decision.priced_policies import Simulation, market_for

NAMES = ("walking_groups", "exercise_referral", "strength_for_over_65s", "brief_advice")
THRESHOLD = 20_000.0
BUDGETS, ENOUGH = 20, 17
PAIRS = 4  # of seeds: one chooses and promises, the other is run
PERSONS = 3_000
pytestmark = [pytest.mark.verification, pytest.mark.slow]


def scenarios(seed, persons):
    settings = [f"persons={persons}", "years=10", f"seed={seed}"]
    return [load_scenario(name, settings) for name in NAMES]


def span(band):
    low, _, high = band.rstrip("+").partition("-")
    return int(low), int(high or 200)


def groups_in(table, groups):
    """Return the place of each person's group, by the ages that the groups are named after."""
    first = first_january(table)
    age = table.on_january.age[np.arange(len(first)), np.maximum(first, 0)]
    found = np.full(len(first), NOBODY)
    for place, (band, sex, fifth) in enumerate(groups):
        low, high = span(band)
        theirs = (table.people["sex"] == sex) & (table.people["deprivation"] == fifth)
        found[theirs.to_numpy() & (age >= low) & (age <= high) & (first != NOBODY)] = place
    return found


def run_of(shares, market, tables, rng):
    """Return the net benefit of a mix per 100 000 of other people, and its Monte Carlo error."""
    draw, start = rng.random(len(tables[0].people)), np.zeros(len(tables[0].people))
    total = np.zeros(len(draw))
    for k, (table, each) in enumerate(zip(tables, market.candidates, strict=True)):
        own = [s for (policy, _), s in zip(market.offers, shares, strict=True) if policy == k]
        share = np.array([*own, 0.0])[groups_in(table, each.groups)]
        assigned = (draw >= start) & (draw < start + share)
        start += share
        found = table.answer(table.eligible() & assigned[:, None], reach=1.0, as_drawn=True)
        names = list(found.units)
        qalys, cost = (found.by_person[:, names.index(n)] for n in ("qalys_gained", "net_cost"))
        total += THRESHOLD * qalys - cost
    assert (start <= 1.0 + 1e-9).all()  # at most one offer a person
    scale = tables[0].answer().scales["per_100000"]
    return total.sum() * scale, np.sqrt((total**2).sum() - total.sum() ** 2 / len(total)) * scale


def test_predicted_values_are_those_of_runs_with_another_seed():
    how, rng = Simulation(FinishedWork(None), 2, lambda years: None), np.random.default_rng(5)
    off, flattered = [], []
    for pair in range(PAIRS):
        market, half, _ = market_for(scenarios(1 + 2 * pair, PERSONS), THRESHOLD, how)
        others = [effects_table(each, threads=2) for each in scenarios(2 + 2 * pair, PERSONS)]
        for budget in rng.uniform(50_000.0, 1_500_000.0, BUDGETS // PAIRS):
            found = allocate(market, budget, half)
            value, error = run_of(found.shares, market, others, rng)
            both = np.hypot(error, found.worth.error[NET_BENEFIT])
            off.append((found.worth.net_benefit - value) / both)
            flattered.append((found.own.net_benefit - value) / both)
    print("off, in combined standard errors:", np.round(off, 2))
    print("of the half that chose:", np.round(flattered, 2))
    assert (np.abs(off) < 2.0).sum() >= ENOUGH


def test_a_mix_twice_as_large_is_told_from_what_is_promised():
    """Negative control: what is said of half the shares is not what a run of all of them gives."""
    how = Simulation(FinishedWork(None), 2, lambda years: None)
    market, half, _ = market_for(scenarios(1, PERSONS), THRESHOLD, how)
    others = [effects_table(each, threads=2) for each in scenarios(2, PERSONS)]
    found = allocate(market, 800_000.0, half)
    value, error = run_of(found.shares, market, others, np.random.default_rng(6))
    worth = market.worth(found.shares / 2.0, ~half)
    assert abs(worth.net_benefit - value) > 2.0 * np.hypot(error, worth.error[NET_BENEFIT])
