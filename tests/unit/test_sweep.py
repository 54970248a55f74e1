"""Several values of a setting: a run for each, named by it, and side by side."""

import pandas as pd
import pytest

from analysis.commands.sweep import variants_of
from run import main


def test_each_value_is_a_run_and_each_pair_of_two_settings():
    one, problems = variants_of(["years=3", "policies.walks.reach=0.2"])
    assert not problems and [each.own for each in one] == [()]
    many, problems = variants_of(["a.reach=0.2,0.4", "years=3", "a.uptake=0.1, 0.2"])
    assert not problems
    assert [each.settings for each in many][:2] == [
        ("a.reach=0.2", "years=3", "a.uptake=0.1"),
        ("a.reach=0.2", "years=3", "a.uptake=0.2"),
    ]
    assert len(many) == 4 and many[3].own == ("a.reach=0.4", "a.uptake=0.2")


@pytest.mark.parametrize(
    "setting",
    [
        "policies.walks.eligible.ages=[50, 70]",
        "policies.walks.reach={value: 0.3, low: 0.2, high: 0.4}",
        "title=Walks, fast and slow",
        "title='a, b'",
        "population.microdata=a,b.csv",
        "economics.horizon='run,lifetime'",
    ],
)
def test_a_comma_inside_a_value_makes_no_second_run(setting):
    (only,), problems = variants_of([setting])
    assert only.settings == (setting,) and not problems


@pytest.mark.parametrize(
    ("setting", "part"),
    [
        ("policies.walks.reach=0,5", "decimal comma, or 2 values? must be 0.5 for the number"),
        ("policies.walks.ramp_years=1,5", "or '1, 5' for a run with each"),
        ("persons=1,000", "must be 1000 for the number, or '1, 000' for a run with each"),
        ("policies.walks.cost.per_participant=12,5,13,7", "'12.5, 13.7' for 2 numbers, or '12, 5,"),
        ("policies.walks.cost.per_participant=1,500,2,600", "'1500, 2600' for 2 numbers with a "),
        ("policies.walks.cost.per_participant=1,500,2,600", "'1.500, 2.600' for 2 numbers with "),
        ("persons=1,234,567", "must be 1234567 for the number, or '1, 234, 567' for a run"),
        ("persons=500,1,000,1,500", "must be '500, 1000, 1500' for 3 numbers, or '500, 1, 000,"),
        ("policies.walks.reach=0.2,,0.4", "a value is missing"),
        ("policies.walks.reach=0.2,", "a value is missing; must be values with a comma between"),
        ("policies.walks.reach=0.2,0.4,0.2", "0.2 stands there twice"),
        ("policies.walks.reach=0.2,0.4,0.20", "0.20 stands there twice"),
        ("years=" + ",".join(map(str, range(1, 103))), "102 runs are asked for"),
    ],
)
def test_what_may_mean_two_things_is_refused(setting, part, tmp_path, capsys):
    words = ["walking_groups", "--set", setting, "--out", str(tmp_path / "out")]
    assert main(words) == 2
    assert part in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("setting", "values"),
    [
        ("years=1,2", ["1", "2"]),
        ("policies.walks.start=2026,2030", ["2026", "2030"]),
        ("persons=10000,20000", ["10000", "20000"]),
        ("persons=100, 200", ["100", "200"]),
    ],
)
def test_whole_numbers_have_no_decimal_comma(setting, values):
    variants, problems = variants_of([setting])
    assert not problems
    assert [each.settings[0].partition("=")[2] for each in variants] == values


REACH, COST = "policies.walks.reach", "policies.walks.cost"


@pytest.mark.parametrize(
    ("settings", "options", "overruling"),
    [
        ([f"{REACH}=0.2,0.4", f"{REACH}=0.5"], [], f"--set {REACH}=0.5 says {REACH} too"),
        ([f"{REACH}=0.2,0.4", f"{REACH}=0.5,0.6"], [], f"--set {REACH}=0.5,0.6 says {REACH}"),
        (
            [f"{COST}={{per_participant: 1}},{{per_participant: 2}}", f"{COST}.per_participant=5"],
            [], f"--set {COST}.per_participant=5 says {COST}.per_participant too",
        ),
        (
            [f"{COST}.per_participant=10.0,20.0", f"{COST}={{per_participant: 5}}"],
            [], f"--set {COST}={{per_participant: 5}} says {COST}.per_participant too",
        ),
        (["causal_share.diabetes=0.1,0.2", "parameters={causal_share: {diabetes: 0.3}}"],
         [], "says causal_share.diabetes too"),
        (["seed=1, 2"], ["--seed", "5"], "--set seed=1,2: --seed 5 says seed too"),
        (["persons=100, 200"], ["--persons", "300"], "--persons 300 says persons too"),
        (["years=3,4"], ["--years", "3"], "--years 3 says years too"),
        (["population={microdata: a.csv},{microdata: b.csv}"], ["--microdata", "c.csv"],
         "--microdata c.csv says population.microdata too"),
    ],
)  # fmt: skip
def test_what_a_sweep_varies_is_given_once(settings, options, overruling, tmp_path, capsys):
    words = ["walking_groups", "--set", *settings, *options, "--out", str(tmp_path / "out")]
    assert main(words) == 2
    told = capsys.readouterr().err
    assert overruling in told and told.startswith(f"--set {settings[0].partition('=')[0]}=")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "command", [["explore", "--export", "page.html"], ["decide", "--budget", "1e6"]]
)
def test_each_command_that_sweeps_refuses_an_option_for_what_it_varies(command, tmp_path, capsys):
    name, *more = command
    words = [name, "walking_groups", *more, "--set", "years=3,4", "--years", "3"]
    assert main(words) == 2
    assert "--set years=3,4: --years 3 says years too" in capsys.readouterr().err


@pytest.mark.parametrize(
    "settings",
    [
        [f"{COST}={{per_participant: 5}}", f"{COST}.per_participant=10.0,20.0"],
        [f"{COST}={{per_participant: 5}},{{per_participant: 6}}", f"{COST}.currency=GBP"],
        [f"{REACH}=0.2,0.4", f"{REACH}_of_others=3"],
        [f"{REACH}=0.5", f"{REACH}=0.4"],
    ],
)
def test_what_a_sweep_does_not_vary_may_be_set_beside_it(settings):
    variants, problems = variants_of(settings, {"seed": 5})
    assert variants and not problems


@pytest.mark.parametrize(
    "text", ["0.2,0.4,0.6", "10,20,30", "10,20,30,40", "1,10,100", "500,100,20", "12, 5, 13, 7"]
)
def test_a_list_in_which_no_comma_may_stand_inside_a_number_is_taken(text):
    variants, problems = variants_of([f"policies.walks.cost.per_participant={text}"])
    assert not problems and len(variants) == text.count(",") + 1


def test_a_value_that_is_out_of_range_is_named(tmp_path, capsys):
    words = ["walking_groups", "--set", "policies.walks.reach=0.2,20", "--out", str(tmp_path)]
    assert main(words) == 2
    assert "reach: is 20" in capsys.readouterr().err


def test_three_values_are_three_runs_and_one_comparison(tmp_path):
    sizes = ["--persons", "600", "--years", "2", "--no-figures"]
    setting = "policies.walks.reach=0.2,0.4,0.6"
    out = ["--out", str(tmp_path)]
    assert main(["walking_groups", *sizes, "--set", setting, *out]) == 0
    names = [f"walking_groups_reach_0_{tenths}" for tenths in (2, 4, 6)]
    assert {path.name for path in tmp_path.iterdir()} == {*names, "comparison"}
    compared = pd.read_csv(tmp_path / "comparison" / "comparison.csv")
    assert list(compared["scenario"].unique()) == names
    taking_part = [
        pd.read_csv(tmp_path / name / "participation.csv").select_dtypes("number").sum().sum()
        for name in names
    ]
    assert taking_part[0] < taking_part[2]
    single = ["walking_groups", *sizes, "--set", "policies.walks.reach=0.4"]
    assert main([*single, "--out", str(tmp_path / "single")]) == 0
    swept = (tmp_path / names[1] / "effects.csv").read_bytes()
    assert swept == (tmp_path / "single" / "walking_groups" / "effects.csv").read_bytes()
    page = (tmp_path / names[1] / "report.html").read_text(encoding="utf-8")
    assert "policies.walks.reach = 0.4" in page
