"""Calibration in single-precision vectors beside slow double precision; the same bits always."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from abm.conditions import CONDITIONS, LAGS
from abm.evidence.parameters import central_parameters, draw_parameters
from abm.kernel import layout as c
from abm.places.country import population
from abm.population import constants_of as program
from abm.population import dilution
from abm.population.calibration import integrate
from abm.population.causes import next_try, wanted_deaths
from abm.population.deaths import CLOSE, selection_by, solve_deaths
from abm.population.lanes import LANES, four_sums, new_lanes
from abm.population.prevalence import share_ever, share_of_odds
from abm.population.years_ill import excess_by_year, years_since_diagnosis
from abm.rules import depression, disease
from tests import quadrature

EVERY = 40  # ages 20, 60 and 100
CLOSELY = 2e-6  # the most by which a sum, relative to the largest of its kind, or a log differs
RECURRING = {"disease.depression.applies_to_recurrence": 0.5}
DRAWS = (central_parameters(), draw_parameters(3, 1), central_parameters(RECURRING))
CELLS = [(sex, a) for sex in range(2) for a in (0, 40, 80)]


class Country:
    """What integrals are made from, and the program's integrals of some ages."""

    def __init__(self, p):
        self.p, self.model = p, program.calibrated_model(p)
        self.habits, self.body = program._activity(p), program._body(p)
        self.rates = self.model.rates
        self.risks = program.with_found(
            program._before_calibration(p, self.habits, self.rates), self.rates, self.model.deaths
        )
        self.lived = selection_by(self.model.deaths)
        self.prevalence = np.array([rate.prevalence for rate in self.rates])
        self.sums = integrate(
            self.habits, self.body, self.risks, self.rates, p, self.lived, EVERY
        )._asdict()

    def cell(self, sex, a, **changes):
        return quadrature.Cell(
            self.habits, self.body, self.risks, self.p, self.prevalence, self.lived, sex, a,
            **changes,
        )  # fmt: skip


@pytest.fixture(scope="module", params=range(len(DRAWS)), ids=["central", "a draw", "recurring"])
def country(request):
    return Country(DRAWS[request.param])


def difference(country, sex, a, **changes):
    """Return by how much each kind of sum differs from the slow one in a cell."""
    found = {}
    for name, slow in country.cell(sex, a, **changes).sums().items():
        table = country.sums[name]
        fast = table[..., sex, a] if table.shape[-1] == c.N_AGES else table[..., sex, a, :]
        scale = 1.0 if name in ("intercept", "recurring") else np.abs(slow).max()
        found[name] = float(np.abs(fast - slow).max() / scale)
    return found


@pytest.mark.parametrize(("sex", "a"), CELLS)
def test_integrals_agree_with_slow_double_precision(country, sex, a):
    found = difference(country, sex, a)
    assert max(found.values()) < CLOSELY, found


def test_half_precision_would_be_noticed(country):
    """Negative control: log hazard ratios with eleven binary digits."""
    found = difference(country, 0, 40, rounding=np.float16)
    noticed = {name for name, by in found.items() if by > CLOSELY}
    assert noticed >= {"intercept", "at_risk", "all_else", "events"}


def test_small_groups_are_as_accurate_as_large_ones(country):
    """Relative to each figure itself, however rare."""
    for sex, a in CELLS:
        slow = country.cell(sex, a).sums()["having"]
        fast = country.sums["having"][..., sex, a, :]
        np.testing.assert_allclose(fast, slow, rtol=3e-5, atol=1e-12)


def test_deaths_are_solved_whatever_the_search_begins_with(country):
    """As from nothing, and found again in the next round."""
    p, model = country.p, country.model
    near = solve_deaths(model.sums, country.rates, p, model.deaths)
    far = solve_deaths(model.sums, country.rates, p)
    for one, two in zip(vars(near.causes).values(), vars(far.causes).values(), strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-5, atol=1e-7)
    again = next_try(wanted_deaths(country.rates, p), far.causes)
    moved = np.abs(again.case_fatality - far.causes.case_fatality).max()
    assert moved < CLOSE
    coarse = solve_deaths(model.sums, country.rates, p, close=0.01)
    again = next_try(wanted_deaths(country.rates, p), coarse.causes)
    assert np.abs(again.case_fatality - coarse.causes.case_fatality).max() > CLOSE


def test_years_since_diagnosis_agree_with_slow_double_precision(country):
    by_year = excess_by_year(country.p)
    for k in c.BY_YEARS_ILL:
        found = years_since_diagnosis(country.rates[k], by_year[k])
        share, mean = quadrature.years_since_diagnosis(country.rates[k], by_year[k])
        ill = share.sum(axis=0) > 0.0
        np.testing.assert_allclose(found.share[:, ill], share[:, ill], atol=2e-6)
        np.testing.assert_allclose(found.mean, mean, rtol=1e-5)
        other = quadrature.years_since_diagnosis(country.rates[k], by_year[k] ** 1.001)[1]
        assert not np.allclose(found.mean, other, rtol=1e-5)  # negative control


def test_dilution_agrees_with_slow_double_precision(country):
    p, habits = country.p, country.habits
    cohort = dilution.cohort_of(
        habits, int(round(p["activity.dilution.cohort_years"])), population(p.place)
    )
    reports = dilution._nodes(dilution.REPORT_NODES)
    found = dilution.dilution_factors(p, habits, country.risks)
    for k in (0, c.DEPRESSION):
        lag = p[LAGS[CONDITIONS[k].lag]]
        slow = quadrature.dilution_factor(country.risks, habits, k, lag, cohort, reports)
        assert found[k] == pytest.approx(min(slow, p["activity.dilution.highest_factor"]), rel=2e-5)
        other = quadrature.dilution_factor(country.risks, habits, k, 1.01 * lag, cohort, reports)
        assert slow != pytest.approx(other, rel=2e-5)  # negative control


@pytest.mark.parametrize("log_ratio", [-12.0, -5.0, -1.4, -1.3, 0.0, 0.7, 2.0])
def test_shares_at_the_nodes_are_those_of_the_rules(log_ratio):
    """They are written on odds and on the hazard met, so as to need no logarithm."""
    ratio = np.float32(np.exp(log_ratio))
    has, has_not = share_of_odds(ratio)
    assert has == pytest.approx(disease.prevalence(0.0, log_ratio), rel=3e-6)
    assert has_not == pytest.approx(1.0 - disease.prevalence(0.0, log_ratio), rel=3e-6)
    assert share_ever(ratio) == pytest.approx(-np.expm1(-np.exp(log_ratio)), rel=3e-6)
    assert share_ever(ratio) == pytest.approx(depression.share_ever_ill(0.0, log_ratio), abs=3e-6)


def test_sums_are_those_of_their_lanes():
    """In single precision, in the order that is written down: by lanes, then in halves."""
    chance = np.random.default_rng(5)
    row, *four = chance.random((5, 7 * LANES)).astype(np.float32)
    found = four_sums(row, *four, new_lanes(4))
    for each, total in zip(four, found, strict=True):
        exact = row.astype(float) @ each
        assert total == pytest.approx(exact, rel=1e-6)
        assert np.float32(total) == total
    shuffled = chance.permutation(7 * LANES)
    other = four_sums(row[shuffled], *(each[shuffled] for each in four), new_lanes(4))
    assert other != found  # another order has other last bits


def bits(p):
    """Return the constants that calibration makes of parameters, as bytes."""
    *tables, _ = program._calibrated(p)
    return b"".join(np.asarray(each).tobytes() for table in tables for each in table)


def test_threads_give_the_same_bits():
    drawn = [draw_parameters(draw, 2) for draw in range(4)]
    alone = [bits(p) for p in drawn]
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(bits, drawn)) == alone
    assert len(set(alone)) == len(alone)
