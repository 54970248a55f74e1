"""Every claim of the pages, worked out once more from the CSV files that lie beside them."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pandas as pd
import pytest

from abm import load_scenario, simulate
from analysis.commands.run_results import write_result
from analysis.decision.tables import decision_tables
from analysis.report.by_year import horizon_rows
from analysis.report.comparison import compare_runs, league_in_text, read_run
from analysis.report.comparison_page import comparison_page
from analysis.report.comparison_words import answer_of
from analysis.report.cost_per_qaly import NO_LIMITS
from analysis.words import MINUS, THIN_SPACE, in_words, probability
from tests.regions import check_regions

PERSONS = 1500
# No effect: an offer that nobody takes up. Harm: a drug that raises IL-6.
SCENARIOS = {
    "walking_groups": (["population.represents=250000"], 3),
    "exercise_referral": ([], 0),
    "everyone_meets_guideline": ([], 0),
    "nobody": (["policies.walks.uptake=0"], 0),
    "harm": (["policies.drug.il6_signalling=2.0"], 0),
}
PARENTS = {"nobody": "walking_groups", "harm": "anti_inflammatory_drug"}


def plain(page: str) -> str:
    """Return a page as a reader sees its text, in one line."""
    text = html.unescape(
        re.sub(r"<style>.*?</style>|<svg.*?</svg>|<wbr>", "", page, flags=re.DOTALL)
    )
    text = re.sub(r"<[^>]+>", " ", text).replace("\N{NO-BREAK SPACE}", " ").replace(THIN_SPACE, " ")
    return re.sub(r"\s+", " ", text.replace(MINUS, "-"))


def said(number: float) -> str:
    """Return a number as pages write amounts: three significant digits."""
    return in_words(float(f"{number:.3g}")).replace(THIN_SPACE, " ").replace(MINUS, "-")


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> dict[str, Path]:
    out = tmp_path_factory.mktemp("results")
    found = {}
    for name, (settings, draws) in SCENARIOS.items():
        scenario = load_scenario(PARENTS.get(name, name), settings)
        result = simulate(scenario, persons=PERSONS, seeds=1, draws=draws)
        result.manifest["command"] = "python run.py made-up"
        found[name] = out / name
        found[name].mkdir()
        write_result(result, found[name], figures=False, decided=decision_tables(result))
    return found


@pytest.fixture(scope="module")
def pages(folders) -> dict[str, str]:
    return {name: (folder / "report.html").read_text() for name, folder in folders.items()}


def money_of(folder: Path) -> pd.DataFrame:
    table = pd.read_csv(folder / "economics.csv")
    scales = set(table["scale"])
    scale = "represented" if "represented" in scales else "per_100000"
    return table[table["scale"] == scale].set_index("measure")


def first_screen(page: str) -> str:
    return plain(page[page.index('class="headline"') : page.index("<nav")])


@pytest.mark.parametrize("name", SCENARIOS)
def test_health_and_money_of_the_answer_are_those_of_the_table(name, folders, pages):
    rows, text = money_of(folders[name])["value"], first_screen(pages[name])
    gained = money_of(folders[name]).loc["qalys_gained"]
    if not rows.fillna(0.0).any():
        assert "No outcome differs" in text
        return
    if gained["lower"] > 0:
        assert f"{said(gained['value'])} QALYs are gained" in text
        if rows["net_cost"] > 0:
            assert f"at a net cost of {said(rows['net_cost'])} GBP" in text
            assert f"{said(rows['net_cost'] / gained['value'])} GBP per QALY" in text
    elif gained["upper"] < 0:
        assert f"{said(-gained['value'])} QALYs are lost" in text
    elif gained["lower"] == gained["upper"] == 0:
        assert "no QALYs are gained or lost" in text
        return
    else:
        assert "cannot be told" in text
    assert ("parameters held at central values" in text) == pd.isna(gained["parameter_lower"])


def test_no_effect_is_no_claim_and_harm_is_called_harm(folders, pages):
    nothing, harm = first_screen(pages["nobody"]), first_screen(pages["harm"])
    assert "fewer" not in nothing and "gained and" not in nothing
    assert not re.search(r"[1-9][\d. ]* QALYs are gained", nothing)
    assert "QALYs are gained" not in harm and ("lost" in harm or "cannot be told" in harm)


def test_people_are_those_of_the_budget(folders, pages):
    table = pd.read_csv(folders["walking_groups"] / "budget_impact.csv")
    own = table[table["scale"] == "represented"]
    text = first_screen(pages["walking_groups"])
    told = f"{said(own['offered'].sum())} are offered it and {said(own['started'].sum())} start"
    assert told in text


def test_the_chance_that_it_pays_is_the_share_of_draws(folders, pages):
    draws = pd.read_csv(folders["walking_groups"] / "economics_draws.csv")
    own = draws[draws["scale"] == "per_100000"]
    share = (20_000 * own["qalys_gained"] - own["net_cost"] > 0).mean()
    told = probability(float(share)).replace("\xa0", " ")
    said_so = f"At 20 000 GBP per QALY the probability that it pays is {told}, by the parameter"
    assert said_so in plain(pages["walking_groups"])
    assert "cannot be said without parameter draws" in plain(pages["exercise_referral"])


@pytest.mark.parametrize("name", SCENARIOS)
def test_what_is_prevented_is_claimed_only_where_its_interval_allows(name, folders, pages):
    table = pd.read_csv(folders[name] / "effects.csv")
    page = pages[name]
    start = page.index('<ul class="marks"') if '<ul class="marks"' in page else len(page)
    picture = page[start : page.index("<nav")]
    deaths = table[table["outcome"] == "deaths"].iloc[0]
    row = re.search(r"<li([^>]*)><span>Deaths, all causes.*?</li>", picture, re.DOTALL)
    assert row is not None
    limits = [(deaths["expected_lower"], deaths["expected_upper"])]
    if pd.notna(deaths.get("parameter_lower")):
        limits.append((deaths["parameter_lower"], deaths["parameter_upper"]))
    clear = all(low > 0 or high < 0 for low, high in limits)
    assert ("nil" not in row.group(1)) == clear


@pytest.mark.parametrize("name", SCENARIOS)
def test_each_horizon_costs_what_its_table_says(name, folders, pages):
    table = pd.read_csv(folders[name] / "horizons.csv")
    scales = set(table["scale"])
    own = table[table["scale"] == ("represented" if "represented" in scales else "per_100000")]
    text = plain(pages[name])
    untold = 0
    for row in own.to_dict("records"):
        sure = abs(row["qalys_gained"]) > 1.96 * row["qalys_gained_standard_error"]
        if sure and row["qalys_gained"] > 0 and row["net_cost"] > 0:
            assert said(row["cost_per_qaly"]) in text, row["horizon"]
        untold += not sure and row["qalys_gained"] != 0 and row["net_cost"] == row["net_cost"]
    assert ("cannot be told whether QALYs are gained" in text) == bool(untold)


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_slope_is_claimed_only_where_it_is_sure(name, folders, pages):
    path = folders[name] / "equity.csv"
    assert path.exists()
    row = pd.read_csv(path).set_index("outcome").loc["qalys_gained"]
    chance = row.get("p_most_deprived_gain_more_draws", row["p_most_deprived_gain_more"])
    text = plain(pages[name])
    sure = pd.notna(chance) and not 0.025 < chance < 0.975
    same = row["slope_index"] == row["slope_index_standard_error"] == 0
    assert ("No QALYs are gained or lost in any quintile" in text) == same
    assert ("Nothing can be said of" in text) != (sure or same)
    if sure:
        assert f"gain {'more' if chance > 0.5 else 'fewer'} QALYs than the least" in text


@pytest.mark.parametrize(
    ("name", "draws"),
    [
        ("exercise_referral", "without parameter draws"),
        ("walking_groups", "from 3 parameter draws"),
    ],
)
def test_few_draws_rank_no_assumptions_and_shares_stand_with_both_their_ends(
    name, draws, folders, pages
):
    table = pd.read_csv(folders[name] / "assumptions.csv")
    text = plain(pages[name])
    assert f"Which inputs carry the answer cannot be ranked {draws}: that takes 500" in text
    assert "those that move the decision most" not in text
    for row in table.head(3).to_dict("records"):
        ratio = row["cost_per_qaly_low"]
        words = "no QALYs gained" if pd.isna(ratio) else "saves money" if ratio < 0 else said(ratio)
        low, high = (in_words(row[end], 2) for end in ("low", "high"))
        assert f"{row['assumption']} {low} {high} {words}" in text


@pytest.mark.parametrize("name", SCENARIOS)
def test_pages_are_small_and_may_neither_load_nor_run_anything(name, pages):
    page = pages[name]
    assert len(page.encode()) < 3_000_000
    assert "default-src 'none'" in page and "script-src" not in page
    assert not re.search(r"<(script|link|iframe|object|form)\b|\bon\w+=|(?:src|href)=\"(?!#)", page)
    assert not re.search(r"@import|url\((?!#)", page)
    assert "nan" not in plain(page).lower().replace("finance", "").split()
    check_regions(page, fewest=10)


@pytest.fixture(scope="module")
def comparison(folders, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("comparison")
    names = ("walking_groups", "exercise_referral", "harm")
    compare_runs(dict(read_run(folders[name]) for name in names), out, figures=False)
    return out


def test_every_region_of_the_comparison_has_a_name_of_its_own(comparison):
    check_regions((comparison / "report.html").read_text(), fewest=3)


def test_the_first_option_is_that_of_the_league_table(comparison):
    league = pd.read_csv(comparison / "league_table.csv")
    first = league.sort_values("net_benefit_20000", ascending=False).iloc[0]
    text = plain((comparison / "report.html").read_text())
    if first["net_benefit_20000"] > 0:
        titles = set(league["title"])
        name = f"“{first['title']}”" if len(titles) == len(league) else first["scenario"]
        assert f"At 20 000 GBP per QALY, {name} is first" in text
        assert f"it gains {said(first['qalys_gained'])} QALYs" in text
    else:
        assert "no option is worth more than doing nothing" in text
    assert "How sure that is cannot be said" in text  # not all have draws


def test_what_runs_differ_in_stands_before_the_first_number(folders):
    tables = pd.read_csv(folders["exercise_referral"] / "economics.csv")
    runs = {name: {"title": name, "economics.csv": tables} for name in ("a", "b")}
    alike = plain(comparison_page({}, runs, {}, ""))
    text = plain(comparison_page({}, runs, {"years": "10 in a, 20 in b"}, ""))
    told = "These runs differ by more than their policies"
    assert told not in alike and "Which option is worth most cannot be said" in alike
    assert text.index("years: 10 in a, 20 in b") < text.index("Which option is worth most")


def test_limits_over_draws_are_not_replaced_by_those_of_one_run(comparison):
    """Where QALYs may be none in some draws: a Monte Carlo interval there would look sure."""
    league = pd.read_csv(comparison / "league_table.csv")
    known = league["status"] != "not compared"
    league.loc[known, ["lower", "upper"]] = [103_000.0, 116_000.0]
    league[["parameter_lower", "parameter_upper"]] = float("nan")
    league["cost_per_qaly"] = league["cost_per_qaly"].where(~known, 109_000.0)
    runs = {name: {"title": name} for name in league["scenario"]}
    without, drawn = (
        plain(comparison_page({"league_table.csv": league.assign(draws=draws)}, runs, {}, ""))
        for draws in (0, 60)
    )
    assert NO_LIMITS in drawn and "103 000 to 116 000" not in drawn
    assert NO_LIMITS not in without and "103 000 to 116 000" in without


def test_a_horizon_has_limits_over_draws_or_none():
    row = {"scale": "per_100000", "horizon": "lifetime", "qalys_gained": 373.0, "net_cost": 4e7,
           "policy_cost": 4e7, "care_cost_averted": 1.0, "cost_per_qaly": 109_000.0,
           "years": float("nan"), "lower": 103_000.0, "upper": 116_000.0,
           "parameter_lower": float("nan"), "parameter_upper": float("nan")}  # fmt: skip
    table = pd.DataFrame([row])
    (of_draws,), (of_one_run,) = (horizon_rows(table, False, drawn) for drawn in (True, False))
    assert of_draws["between"] == NO_LIMITS
    assert plain(of_one_run["between"]) == "103 000 to 116 000"


def test_a_scenario_without_a_cost_does_not_hide_the_draws_of_the_others(folders, comparison):
    league = pd.read_csv(comparison / "league_table.csv")
    drawn = {"title": "", "economics_draws.csv": pd.read_csv(
        folders["walking_groups"] / "economics_draws.csv")}  # fmt: skip
    runs = dict.fromkeys(league["scenario"], drawn)
    league["status"] = ["on the frontier"] * (len(league) - 1) + ["not compared"]
    league["note"] = "no cost is known"
    text = plain(comparison_page({"league_table.csv": league}, runs, {}, ""))
    assert "not all have parameter draws" not in text and "no cost is known" in text


def league_row(name, benefit, comparator="nothing"):
    return {
        "scenario": name, "status": "on the frontier", "comparator": comparator, "net_cost": 10.0,
        "qalys_gained": 2.0, "cost_per_qaly": 5.0, "participants": 7.0,
        "net_benefit_20000": benefit,
    }  # fmt: skip


def test_the_terminal_says_in_how_many_draws_an_option_pays():
    of_terminal = {
        "scale": "per_100000", "unit": "GBP", "dominated_by": "", "compared_with": "nothing",
        "incremental_cost_per_qaly": 5.0,
    }  # fmt: skip
    of_draws = {"probability_it_pays_20000": 0.975, "probability_best_20000": 0.4, "draws": 40}
    row = league_row("a", 9.0) | of_terminal
    head = (
        "per 100 000 persons at the start or entering later, discounted, against doing nothing:\n"
        "a: 7 take part, 2.0 QALYs for 10 GBP"
    )
    without = league_in_text(pd.DataFrame([row]))
    assert without == f"{head}; on the frontier: 5 per QALY beyond doing nothing"
    with_draws = league_in_text(pd.DataFrame([row | of_draws]))
    assert with_draws == (
        f"{without}\n  at 20 000 GBP per QALY it pays in 98 % of 40 draws, and is the best option "
        "in 40 %"
    )


def test_an_option_is_first_only_among_others_and_never_beside_itself():
    alone = answer_of([league_row("a", 9.0)], 20_000, "GBP")
    assert "no other could be compared" in alone and "is first" not in alone
    assert "b is first" in answer_of([league_row("b", 9.0), league_row("a", 1.0)], 20_000, "GBP")
    rows = [league_row("a", 0.0, "a"), league_row("b", -3.0, "a") | {"net_cost": 13.0}]
    assert answer_of(rows, 20_000, "GBP").startswith(
        "At 20\u202f000 GBP per QALY, no option is worth more than a; the best of the others is b:"
    )
