"""The checks a user can run pass on a sound run; they fail on tampered ones and a broken model."""

import argparse
from dataclasses import replace

import numpy as np
import pytest

from abm import load_scenario
from abm.conditions import condition
from abm.evidence.parameters import central_parameters
from abm.results.outcome_tables import OutcomeTables
from abm.running import queue as runs
from abm.running import setup as runner
from abm.running import simulate as simulation
from analysis.commands import check as command
from analysis.selfcheck import checks
from analysis.selfcheck.by_hand import added_dose, lag_share, relative_risk
from analysis.selfcheck.checked_run import CheckedRun, direction, simulated
from analysis.selfcheck.finding import Finding
from analysis.selfcheck.page import page_of, summary
from tests.regions import check_regions


def small(name="exercise_referral", **changes):
    """Return a bundled scenario, small, its first policy wide open and otherwise changed."""
    scenario = load_scenario(name)
    policy = replace(scenario.policies[0], reach=1.0, ramp_years=0.0, **changes)
    return replace(scenario, persons=900, years=6, policies=(policy,))


def checked(scenario):
    return CheckedRun(scenario, simulated(scenario))


@pytest.fixture(scope="module")
def sound_run():
    return checked(small(uptake=1.0))


@pytest.mark.parametrize("each", checks.CHECKS, ids=lambda each: each.__name__)
def test_a_sound_run_passes(sound_run, each):
    assert each(sound_run).passed is True


# Tampered results


def tampered(sound_run, measure, change):
    """Return the sound_run with one world's values of a measure changed."""
    rows = sound_run.result.outcomes.copy()
    chosen = (rows["measure"] == measure) & (rows["world"] == "policy")
    rows.loc[chosen, "value"] += change
    return replace(sound_run, result=replace(sound_run.result, tables=OutcomeTables.of(rows)))


@pytest.mark.parametrize(
    ("each", "measure", "change"),
    [
        (checks.same_before_start, "persons", 1),
        (checks.people_are_conserved, "entrants", 1),
        (checks.people_are_conserved, "deaths", 1),
        (checks.deaths_have_causes, "deaths.all_else", 1),
        (checks.nothing_is_negative, "met_hours.mean", -1000),
    ],
)
def test_a_tampered_run_fails(sound_run, each, measure, change):
    assert each(tampered(sound_run, measure, change)).passed is False


@pytest.mark.parametrize(
    ("column", "value"),
    [("cumulative_hazard.stroke", -1e-6), ("habitual_met_hours", -0.1), ("il6_end", 0.0)],
)
def test_one_person_with_a_negative_number_fails(sound_run, column, value):
    people = sound_run.people.copy()
    people.loc[7, column] = value
    broken = replace(sound_run, result=replace(sound_run.result, people=people))
    assert checks.nothing_is_negative(broken).passed is False


# A broken model: each fault fails the checks named, and they alone


def with_plan(change):
    """Return a fault that gives the kernel another plan of the policies than the scenario's."""

    def break_it(monkeypatch):
        sound = runner.plan_for
        monkeypatch.setattr(runner, "plan_for", lambda *given: change(sound(*given)))

    return break_it


def starts_a_year_early(monkeypatch):
    """Policies start, and their reach builds up, a year before the scenario says."""
    with_plan(lambda plan: plan._replace(start=plan.start - np.float32(1.0)))(monkeypatch)
    sound = runner.covered_by_month
    monkeypatch.setattr(
        runner, "covered_by_month", lambda *given: np.roll(sound(*given), -12, axis=1)
    )


def takes_activity_away(plan):
    return plan._replace(dose=-0.2 * plan.dose)


def counts_minutes_as_hours(plan):
    return plan._replace(dose=8.0 * plan.dose)


def lowers_il6_whatever_it_says(plan):
    return plan._replace(log_ratio=plan.log_ratio - np.float32(0.5))


def forgets_a_block_on_two_threads(monkeypatch):
    """Some people are simulated by no thread."""
    engine, sound, threads = runs.engine_named, runs._run_task, [1]

    def noting(name, workers):
        threads[0] = workers
        return engine(name, workers)

    def forgetful(task):
        forgets = threads[0] == 2 and task.slots.first == 0
        nobody = runs._Done(runs.empty_counts(task.run.given), None)
        return nobody if forgets else sound(task)

    monkeypatch.setattr(runs, "engine_named", noting)
    monkeypatch.setattr(runs, "_run_task", forgetful)


def with_outcomes(measure, change):
    """Return a fault that tells another value of a measure than was counted."""

    def break_it(monkeypatch):
        sound = simulation.outcomes_table

        def told(*given):
            table = sound(*given)
            table.loc[table["measure"] == measure, "value"] *= change
            return table

        monkeypatch.setattr(simulation, "outcomes_table", told)

    return break_it


def counts_entrants_twice(monkeypatch):
    with_outcomes("entrants", 2.0)(monkeypatch)


def leaves_out_a_cause_of_death(monkeypatch):
    with_outcomes("deaths.coronary_heart_disease", 0.0)(monkeypatch)


SIGN, BY_HAND = checks.effects_have_their_sign, checks.effects_are_as_by_hand
BROKEN = {
    starts_a_year_early: {checks.same_before_start},
    takes_activity_away: {SIGN, BY_HAND},
    counts_minutes_as_hours: {BY_HAND},
    lowers_il6_whatever_it_says: {checks.null_policies, BY_HAND},
    forgets_a_block_on_two_threads: {checks.same_on_any_threads},
    counts_entrants_twice: {checks.people_are_conserved},
    leaves_out_a_cause_of_death: {checks.deaths_have_causes},
}
WHOLE_FAULTS = (
    starts_a_year_early, forgets_a_block_on_two_threads, counts_entrants_twice,
    leaves_out_a_cause_of_death,
)  # fmt: skip


@pytest.mark.parametrize("fault", BROKEN, ids=lambda fault: fault.__name__)
def test_a_broken_model_fails_where_it_should(fault, monkeypatch):
    break_it = fault if fault in WHOLE_FAULTS else with_plan(fault)
    break_it(monkeypatch)
    broken = checked(small("everyone_meets_guideline", start=2027, uptake=0.8,
                               raises_to=None, adds=small().policies[0].adds))  # fmt: skip
    failed = {each for each in checks.CHECKS if each(broken).passed is False}
    assert failed == BROKEN[fault]


def test_the_wide_scenario_itself_is_sound():
    """The negative control of the faults above."""
    sound = checked(small("everyone_meets_guideline", start=2027, uptake=0.8,
                              raises_to=None, adds=small().policies[0].adds))  # fmt: skip
    assert all(each(sound).passed for each in checks.CHECKS)


# Policies one by one


def test_a_target_by_hand_adds_what_the_habit_lacks_whatever_the_minutes_give():
    both = small("everyone_meets_guideline", adds=small().policies[0].adds).policies[0]
    minutes_alone = replace(both, raises_to=None)
    found, alone = (
        added_dose(each, np.array([2.0, 20.0]), central_parameters())
        for each in (both, minutes_alone)
    )
    assert found - alone == pytest.approx([8.75 - 2.0, 0.0])


def test_each_policy_is_judged_by_itself(sound_run):
    """A policy that raises IL-6 beside one that adds activity: neither hides the other."""
    idle = type(sound_run.scenario.policies[0].adds)(0.0, 0.0, 0.0, 0.0)
    raising = replace(sound_run.scenario.policies[0], name="soot", adds=idle, il6_signalling=1.4)
    walks = sound_run.scenario.policies[0].adds
    both = replace(raising, name="both", il6_signalling=1.4, adds=walks)
    scenario = replace(sound_run.scenario, policies=(*sound_run.scenario.policies, raising, both))
    findings = [each(checked(scenario)) for each in (SIGN, BY_HAND)]
    assert [finding.passed for finding in findings] == [True, True]
    assert "soot" in findings[0].figures and "both: it adds activity and raises" in str(findings)
    assert direction(raising) == -1
    assert direction(replace(raising, il6_signalling=1.0)) == 0
    assert direction(both) is None


def test_a_baseline_has_nothing_to_compare(sound_run):
    scenario = replace(sound_run.scenario, policies=())
    for each in (checks.null_policies, checks.same_before_start, SIGN, BY_HAND):
        assert each(replace(sound_run, scenario=scenario)).passed is None


def test_the_published_risk_by_hand():
    parameters = central_parameters({"disease.dose_cap": 35.0})
    zero = np.zeros(3)
    doses = np.array([4.375, 8.75, 35.0])
    found = relative_risk(condition("stroke"), zero, doses, parameters, 1.0)
    np.testing.assert_allclose(found, [0.862, 0.798, 0.730])
    assert lag_share(3.1, 3.1) == pytest.approx(np.exp(-1.0))


# The page


def test_the_page_says_what_fails(sound_run):
    findings = [
        Finding("a < b", True, "1 of 2 & more"),
        Finding("second", False, "3"),
        Finding("third", None, "-"),
    ]
    page = page_of(sound_run.scenario, findings)
    assert "1 of 3 checks fail: second." in page
    check_regions(page, fewest=1)
    assert "a &lt; b" in page and "1 of 2 &amp; more" in page
    for verdict in ("pass", "FAIL", "not applicable"):
        assert f'class="verdict">{verdict}<' in page
    assert summary(findings[::2]) == "All 1 checks that apply hold; 1 do not apply."


def run_command(words, monkeypatch, passed=(True, None)):
    """Run the command with findings made up, and return its exit code."""
    made_up = [Finding(f"check {k}", each, "1") for k, each in enumerate(passed)]
    monkeypatch.setattr(checks, "check", lambda scenario: iter(made_up))
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return command.run(parser.parse_args(["walking_groups", *words]))


def test_the_command_writes_a_page_and_says_by_its_code_whether_all_holds(
    tmp_path, monkeypatch, capsys
):
    assert run_command(["--out", str(tmp_path)], monkeypatch) == 0
    assert run_command(["--out", str(tmp_path)], monkeypatch, (True, False)) == 1
    assert "FAIL  check 1: 1" in capsys.readouterr().out
    assert "1 of 2 checks fail" in (tmp_path / "walking_groups" / "check.html").read_text()
    (tmp_path / "file").write_text("mine")
    assert run_command(["--out", str(tmp_path / "file")], monkeypatch) == 2
    assert "--out:" in capsys.readouterr().err


def test_every_problem_of_the_request_is_said_and_nothing_is_written(tmp_path, capsys):
    out = tmp_path / "out"
    words = ["wolking_groups", "--out", str(out)]
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    assert command.run(parser.parse_args(words)) == 2
    assert "did you mean 'walking_groups'?" in capsys.readouterr().err
    assert command.run(parser.parse_args([*words[1:], "uk", "--set", "yeers=3"])) == 2
    assert "did you mean 'years'?" in capsys.readouterr().err
    assert not out.exists()
