"""Results kept by what they depend on: never a stale one, never the same work twice."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from abm.evidence.cache import ByWhatItReads, Recent
from abm.evidence.parameters import central_parameters, parameters_from_quantiles
from abm.population.constants_of import calibrated_model

SHARE = "causal_share.cardiovascular"
SLOPE = "crp.slope"


def test_recent_results_are_kept_and_old_ones_dropped():
    made = []
    recent = Recent(2)

    def ask(key):
        return recent.of(key, lambda: made.append(key) or key)

    assert [ask(key) for key in "ababcab"] == list("ababcab")
    # Whatever was asked for last stays: "a" had to go for "c", then "b" for "a".
    assert made == list("abcab")


def test_threads_that_ask_for_one_result_share_it():
    made, start = [], threading.Barrier(4)
    recent = Recent(4)

    def make():
        made.append(1)
        return object()

    def ask(_):
        start.wait()
        return recent.of("key", make)

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(ask, range(4)))
    assert len(made) == 1
    assert len(set(map(id, found))) == 1


def test_a_failure_is_not_remembered():
    recent = Recent(2)
    with pytest.raises(ZeroDivisionError):
        recent.of("key", lambda: 1 / 0)
    assert recent.of("key", lambda: 5) == 5


def test_a_function_is_called_again_only_if_what_it_reads_has_moved():
    calls = []

    def function(parameters):
        calls.append(1)
        return parameters[SHARE] + sum(parameters.under("il6.quality").values())

    remembered = ByWhatItReads(function)
    first = remembered(central_parameters())
    assert remembered(parameters_from_quantiles({SLOPE: 0.9})) == first
    assert len(calls) == 1
    assert remembered(parameters_from_quantiles({SHARE: 0.9})) != first
    assert remembered(parameters_from_quantiles({"il6.quality.vigorous": 0.9})) != first
    assert len(calls) == 3


def test_a_branch_that_is_taken_later_is_noticed():
    def function(parameters):
        return parameters[SLOPE] if parameters[SHARE] > 0.8 else 0.0

    remembered = ByWhatItReads(function)
    for share in (0.2, 0.9, 0.2):
        for slope in (0.2, 0.9):
            parameters = parameters_from_quantiles({SHARE: share, SLOPE: slope})
            assert remembered(parameters) == function(parameters)


def test_calibration_is_shared_by_parameters_it_does_not_read():
    first = calibrated_model(central_parameters())
    # What training or a drift does is none of calibration's business.
    elsewhere = {"il6.drift_time_constant_years": 0.9, "il6.training.amplitude": 0.9}
    again = calibrated_model(parameters_from_quantiles(elsewhere))
    assert again.sums is first.sums
    assert again.inflammation.amplitude != first.inflammation.amplitude
    assert calibrated_model(parameters_from_quantiles({SHARE: 0.9})).sums is not first.sums
