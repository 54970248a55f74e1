"""What holds exactly, with no tolerance for luck: null effects, identity of people, accounts."""

import hashlib
import math
from dataclasses import replace

import numpy as np
import pytest

from abm.kernel import layout as c
from abm.kernel.blocks import of_world
from abm.kernel.compiled import keep_apart, kernel, multiply_add, rows, stage
from abm.running.queue import count_population
from abm.running.setup import set_up
from abm.running.simulate import simulate
from abm.scenario.load import load_scenario
from abm.scenario.parts import Adds, ConstantDose
from tests.lives import causal, kernel_lives


def walks(persons=1200, years=5, **changes):
    """Return the walking scenario with a wide reach and its policy changed."""
    scenario = load_scenario("walking_groups")
    policy = replace(scenario.policies[0], **{"reach": 1.0, "uptake": 0.8, **changes})
    return replace(scenario, persons=persons, years=years, policies=(policy,))


def by_world(result):
    """Return the values of the two worlds' outcomes, row by row."""
    table = result.outcomes
    worlds = ("baseline", "policy")
    return [table[table["world"] == world].reset_index(drop=True) for world in worlds]


def hashed(counts):
    """Return a hash of tallies."""
    return hashlib.sha256(b"".join(part.tobytes() for part in counts)).hexdigest()


# Null policies


@pytest.mark.parametrize(
    "changes",
    [{"reach": 0.0}, {"adds": Adds(0.0, 0.0, 0.0, 0.0)}, {"start": 2099}],
    ids=["reaches nobody", "adds nothing", "starts after the end"],
)
def test_a_policy_that_does_nothing_changes_nothing(changes):
    result = simulate(walks(**changes), threads=1)
    effects = result.effects.set_index("outcome")
    expected = ("expected_averted", "expected_standard_error")
    for column in ("averted", "delayed", "added", "standard_error", *expected):
        assert (effects[column].dropna() == 0.0).all(), column
    assert (effects["relative_change"].dropna() == 0.0).all()
    for column in ("averted", "expected_averted"):
        assert (result.group_effects[column].dropna() == 0.0).all(), column
    baseline, policy = by_world(result)
    np.testing.assert_array_equal(baseline["value"], policy["value"])


def test_a_policy_that_does_something_changes_something():
    """The negative control of the test above."""
    baseline, policy = by_world(simulate(walks(), threads=1))
    assert (baseline["value"] != policy["value"]).sum() > 1000


def test_worlds_are_identical_before_the_start():
    scenario = walks(start=2028)
    baseline, policy = by_world(simulate(scenario, threads=1))
    before = baseline["year"] < 2028
    np.testing.assert_array_equal(baseline["value"][before], policy["value"][before])
    assert (baseline["value"][~before] != policy["value"][~before]).any()


def test_people_out_of_reach_live_as_if_there_were_no_policy():
    scenario = walks(reach=0.5)
    (baseline, policy), _ = kernel_lives(set_up(scenario, pathways=False), 3)
    (alone,), _ = kernel_lives(set_up(replace(scenario, policies=())), 3)
    shared = list(range(c.APART))  # what happened; the accounts of twins come after it
    np.testing.assert_array_equal(baseline.key, alone.key)
    np.testing.assert_array_equal(baseline.registers[shared], alone.registers[shared])
    untouched = policy.registers[c.APART] == 0.0
    assert 0.2 < untouched.mean() < 0.9
    np.testing.assert_array_equal(
        policy.registers[shared][:, untouched], alone.registers[shared][:, untouched]
    )
    np.testing.assert_array_equal(policy.log_il6[untouched], alone.log_il6[untouched])


# The same bits


def test_threads_do_not_matter():
    setup = set_up(walks(persons=3000, years=3))
    one, two = (count_population(setup, 5, threads) for threads in (1, 2))
    assert hashed(one) == hashed(two)
    assert hashed(one) != hashed(count_population(setup, 6, 1))


def test_month_by_month_is_the_whole_run():
    setup = set_up(walks(persons=1600, years=3))
    (_, whole), (_, monthly) = (
        kernel_lives(setup, 5), kernel_lives(setup, 5, months=[1] * 36)
    )  # fmt: skip
    _, uneven = kernel_lives(setup, 5, months=[5, 19, 12])
    assert hashed(whole) == hashed(monthly) == hashed(uneven)


def test_a_larger_population_keeps_its_first_people():
    small, _ = kernel_lives(set_up(walks(persons=1000)), 9)
    large, _ = kernel_lives(set_up(walks(persons=5000)), 9)
    for few, many in zip(small, large, strict=True):
        first = many.key[:, 0] < 1000
        few_order, many_order = (
            np.lexsort(few.key.T), np.flatnonzero(first)[np.lexsort(many.key[first].T)]
        )  # fmt: skip
        np.testing.assert_array_equal(few.key[few_order], many.key[many_order])
        np.testing.assert_array_equal(few.registers[:, few_order], many.registers[:, many_order])
        np.testing.assert_array_equal(few.log_il6[few_order], many.log_il6[many_order])


# Monotone


def without_links(setup):
    """Return a setup in which nobody dies, no disease makes another likelier, none ends."""
    risks = setup.constants.disease
    never = np.float32(-100.0)
    reference, fatality = risks.log_reference.copy(), np.zeros_like(risks.case_fatality)
    reference[c.N_DISEASES :] = never
    risks = risks._replace(
        log_reference=reference,
        log_exit=np.full_like(risks.log_exit, never),
        case_fatality=fatality,
        excess=np.zeros_like(risks.excess),
        excess_of_several=np.zeros_like(risks.excess_of_several),
        diabetes_ratio=np.ones_like(risks.diabetes_ratio),
        while_ill_log_ratio=np.zeros_like(risks.while_ill_log_ratio),
        recent_ratio=np.float32(1.0),
    )
    one = np.float32(1.0)
    inflammation = setup.constants.inflammation._replace(multiplier=one, multiplier_of_others=one)
    constants = setup.constants._replace(disease=risks, inflammation=inflammation, entrant_rate=0.0)
    return replace(setup, constants=constants)


def onsets(world):
    """Return first events, shape (6, people)."""
    return world.registers[c.ONSET_TIME : c.ONSET_TIME + c.N_DISEASES]


def test_a_lower_hazard_never_brings_an_event_forward():
    setup = without_links(set_up(replace(load_scenario("uk"), persons=1500, years=20)))
    risks = setup.constants.disease
    lower = risks._replace(log_reference=(risks.log_reference - np.float32(0.2)))
    (full,), _ = kernel_lives(setup, 2)
    (less,), _ = kernel_lives(replace(setup, constants=setup.constants._replace(disease=lower)), 2)
    assert np.all(onsets(less) >= onsets(full))
    assert np.mean(onsets(less) > onsets(full)) > 0.02
    assert (full.registers[c.DEATH_CAUSE] == -1.0).all()


STRENGTHS = {
    "minutes": [{"adds": Adds(minutes, 0.0, 0.0, 0.0)} for minutes in (0.0, 30.0, 60.0, 180.0)],
    "reach": [{"reach": reach} for reach in (0.0, 0.3, 0.7, 1.0)],
    "uptake": [{"uptake": uptake} for uptake in (0.0, 0.3, 0.7, 1.0)],
    "target": [
        {"raises_to": dose, "adds": Adds(0.0, 0.0, 0.0, 0.0)} for dose in (1.0, 3.0, 6.0, 8.75)
    ],
    "drug": [
        {"il6_signalling": ratio, "adds": Adds(0.0, 0.0, 0.0, 0.0)}
        for ratio in (1.0, 0.9, 0.7, 0.4)
    ],
}


@pytest.mark.parametrize("strengths", STRENGTHS.values(), ids=STRENGTHS)
def test_a_stronger_policy_never_averts_less(strengths):
    years, latest, averted = 20, None, []
    for strength in strengths:
        changes = {"uptake": 1.0, "adherence": None, **strength}
        scenario = walks(persons=1000, years=years, **changes)
        inactive = replace(scenario.population, activity=ConstantDose(1.0), diseases="none")
        setup = without_links(set_up(replace(scenario, population=inactive), pathways=False))
        (baseline, policy), counts = kernel_lives(setup, 4)
        now = onsets(policy)
        assert np.all(now >= onsets(baseline))
        if latest is not None:
            assert np.all(now >= latest)
        latest = now
        first = [(onsets(world) < years).sum(axis=1) for world in (baseline, policy)]
        averted.append(first[0] - first[1])
    assert np.all(np.diff(averted, axis=0) >= 0)
    assert averted[-1].sum() > max(averted[0].sum(), 10)


@pytest.mark.parametrize("dose", [0.0, 3.0, 12.0, 40.0])
def test_the_whole_effect_of_activity_does_not_depend_on_the_il6_slopes(dose):
    scenario = replace(load_scenario("uk"), persons=800, years=10)
    steady = replace(scenario.population, activity=ConstantDose(dose))
    setup = set_up(
        replace(
            scenario,
            population=steady,
            parameters={
                **causal(1.0), "disease.dose_cap": 35.0,
                "il6.training.diabetes_or_obesity_multiplier": 1.0,
            },
        )
    )  # fmt: skip
    risks = setup.constants.disease
    assert np.all(risks.il6_slope[[0, 1, 2, *range(c.N_DISEASES, c.ALL_ELSE)]] > 0.0)
    lives = []
    for slope in (risks.il6_slope, np.zeros_like(risks.il6_slope)):
        constants = setup.constants._replace(disease=risks._replace(il6_slope=slope))
        (world,), _ = kernel_lives(replace(setup, constants=constants), 8)
        lives.append(world.registers)
    for row in [*range(c.ONSET_TIME, c.ONSET_TIME + c.N_DISEASES), c.DEATH_TIME]:
        np.testing.assert_allclose(lives[0][row], lives[1][row], rtol=2e-5, atol=2e-4)


# Accounts


@pytest.mark.parametrize("name", ["uk", "walking_groups", "anti_inflammatory_drug"])
def test_people_are_conserved(name):
    scenario = replace(load_scenario(name), persons=2500, years=8)
    setup = set_up(scenario)
    counts = count_population(setup, 12, threads=1)
    for world in range(setup.worlds):
        years = of_world(counts.strata, world).sum(axis=1)
        deaths = years[:, c.T_DEATHS : c.T_DEATHS + c.N_CLOCKS].sum(axis=1)
        alive, entrants = years[:, c.T_PERSONS], years[:, c.T_ENTRANTS]
        np.testing.assert_array_equal(alive[1:], alive[:-1] + entrants[1:] - deaths[1:])
        expected = math.floor(2500 * setup.constants.entrant_rate)
        assert np.all(np.abs(entrants[2:] - expected) <= 1)
        counted = [k for k in range(c.N_TALLIES)
                   if k not in (c.T_LOG_IL6, c.T_TRAINING, c.T_LOG_RATIO)]  # fmt: skip
        assert np.all(years[:, counted] >= 0)
        person_years = years[1:, c.T_PERSON_YEARS] / c.FIXED_POINT
        assert np.all(person_years <= alive[:-1] + entrants[1:])
        assert np.all(person_years >= alive[1:])
        for k in range(c.N_DISEASES):
            ill = years[1:, c.T_NOT_AT_RISK + k] / c.FIXED_POINT
            assert np.all(ill <= person_years + 0.01)
        histogram = of_world(counts.histograms, world)
        np.testing.assert_array_equal(histogram[:, :16].sum(axis=(1, 2)), alive)
        np.testing.assert_array_equal(histogram[:, 16:21].sum(axis=(1, 2)), alive)
        np.testing.assert_array_equal(histogram[:, 21:25].sum(axis=(1, 2)), alive)


def test_the_effects_are_the_differences_of_the_worlds():
    result = simulate(walks(persons=2000, years=10), threads=1)
    effects = result.effects.set_index("outcome")
    for name in (n for n in c.OUTCOMES if n != "life_years"):
        row = effects.loc[name]
        assert row["averted"] == row["baseline"] - row["policy"], name
    years = effects.loc["life_years"]
    assert years["averted"] == pytest.approx(years["policy"] - years["baseline"], abs=0.2)
    longer = years["policy"] / years["baseline"] - 1.0
    assert years["relative_change"] == pytest.approx(longer, abs=1e-4)
    deaths = [effects.loc[f"deaths.{cause}", "averted"] for cause in c.CAUSES]
    assert effects.loc["deaths", "averted"] == sum(deaths)
    groups = result.group_effects.pivot_table(index="outcome", columns="group", values="averted")
    np.testing.assert_allclose(groups["male"] + groups["female"], groups["all"], atol=1e-9)
    fifths = sum(groups[str(fifth)] for fifth in range(1, 6))
    np.testing.assert_allclose(fifths, groups["all"], atol=1e-9)


def test_outcome_tables_add_up():
    table = simulate(walks(persons=1500, years=4), threads=1).outcomes
    counted = table[table["measure"].isin(["persons", "deaths", "entrants"])]
    strata = ["sex", "age_band", "deprivation", "activity_group"]
    totals = counted.pivot_table(
        index=["world", "year", "measure"],
        columns=counted[strata].ne("all").astype(int).astype(str).agg("".join, axis=1),
        values="value", aggfunc="sum", observed=True,
    ).dropna()  # fmt: skip
    assert totals.shape[1] >= 5
    for column in totals:
        np.testing.assert_array_equal(totals[column], totals["0000"], err_msg=column)
    causes = table[table["measure"].astype(str).str.startswith("deaths.")]
    keys = ["world", "year", *strata]
    summed = causes.groupby(keys, observed=True)["value"].sum()
    deaths = table[table["measure"] == "deaths"].set_index(keys)["value"]
    np.testing.assert_array_equal(summed.loc[deaths.index], deaths)


@stage
def multiplied_and_added(x, y, z, out, n):
    """A loop that a compiler would fuse, were it allowed to."""
    keep_apart()
    for i in rows(0, n):
        out[i] = x[i] * y[i] + z[i]


@kernel
def added_in_one_step(x, y, z, out, n):
    """The same with the product not rounded: what fusing would give."""
    for i in rows(0, n):
        out[i] = multiply_add(x[i], y[i], z[i])


def test_products_and_sums_are_not_fused_behind_our_back():
    """Where the code does not say so; else bits depend on which compiled copy is loaded."""
    n = 4096
    x, y, z = np.random.default_rng(1).uniform(0.5, 2.0, (3, n)).astype(np.float32)
    found, fused = np.empty((2, n), np.float32)
    multiplied_and_added(x, y, z, found, n)
    added_in_one_step(x, y, z, fused, n)
    assert (found == x * y + z).all()
    exact = (x.astype(float) * y + z).astype(np.float32)
    assert (fused == exact).all()
    assert (fused != found).any()
