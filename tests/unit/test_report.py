"""The report: one safe file that says what was found, how sure, and what it is not for."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import jinja2
import pandas as pd
import pytest
from synthetic_result import make_result

from abm import load_scenario, simulate
from abm.conditions import CAUSES
from abm.evidence.entries import load_evidence
from abm.population.misfits import Misfit, misfits_in_draws
from abm.results.net_factors import stronger_than_published
from abm.scenario.made_in_python import checked
from analysis.commands.run_results import _economics_in_text
from analysis.pages.figures import inline_svg
from analysis.plots.files import drawings, rendered
from analysis.report import page as report
from analysis.report.by_year import rows_by_year
from analysis.report.economics_rows import economics_rows
from analysis.report.effect_rows import effect_rows, life_years_gained
from analysis.report.net_factor_cells import net_factor_cells
from analysis.report.people import People, people_of
from analysis.report.setting_rows import assumed_row, flat_rows
from analysis.report.shares import share_sentences
from analysis.report.uncertainty_rows import uncertainty_rows
from analysis.report.worth_in_words import worth_sentences
from analysis.words import MINUS, THIN_SPACE
from tests.regions import check_regions

ASSUMED = [
    {"path": "modes.concentration", "value": 8.0, "unit": "1", "description": "Spread of modes."},
    {"path": "lag.cancer", "value": {40.0: 8.0}, "unit": "years", "description": "Lag."},
]
VOID = {"meta", "br", "link", "img", "use", "path", "rect", "hr", "wbr"}


class Outline(HTMLParser):
    """Collect ids, addresses and tags, and check that tags nest."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self.tags: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        for name, content in attributes:
            if name == "id":
                self.ids.append(content)
            if name in {"src", "href", "xlink:href", "action", "data"}:
                self.addresses.append(content)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag


@pytest.fixture(scope="module")
def result():
    return make_result(years=8, draws=True, effect=0.05)


@pytest.fixture(scope="module")
def page(result) -> str:
    return report.render_report(result, assumed=ASSUMED)


@pytest.fixture(scope="module")
def outline(page) -> Outline:
    parser = Outline()
    parser.feed(page)
    parser.close()
    return parser


def test_page_is_well_formed_and_ids_are_unique(outline):
    assert outline.open == []
    assert len(outline.ids) == len(set(outline.ids))
    assert outline.tags.count("svg") == 10


def test_every_region_of_the_page_has_a_name_of_its_own(page):
    check_regions(page, fewest=20)


def test_page_loads_nothing(page, outline):
    assert all(address.startswith("#") for address in outline.addresses)
    assert not {"script", "link", "iframe", "object"} & set(outline.tags)
    assert not re.search(r"@import|url\((?!#)", page)


def test_inner_links_lead_somewhere(outline):
    assert {address[1:] for address in outline.addresses} <= set(outline.ids)


def test_user_text_is_escaped(result):
    evil = make_result(years=4)
    evil.scenario.title = "<script>alert(1)</script>"
    evil.scenario.description = 'a "quoted" <b>bold</b> & more'
    evil.scenario.source = "<img src=x onerror=alert(2)>"
    evil.manifest["command"] = "python run.py '</pre><script>'"
    page = report.render_report(evil, figures=[])
    assert "<script" not in page
    assert "<img" not in page
    assert "<b>bold" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_headline_names_clear_effects_in_plain_words(result):
    first, second, *others = report.headline(result)
    assert [text.split(" quintile")[0].split(" or men")[0] for text in others]
    assert first.startswith("Over 8 years, per 100 000 persons: ")
    assert "fewer deaths" in first
    assert "Resting IL-6 (geometric mean) ends 2.5 % lower under the policy" in second


def test_headline_admits_that_nothing_is_clear():
    first, second, *_ = report.headline(make_result(years=4, effect=0.0))
    assert "no outcome differs" in first
    assert second == "Resting IL-6 is the same in both worlds."


@pytest.mark.parametrize(("upper", "told"), [(-1e-6, True), (1e-6, False)])
def test_a_change_of_il6_within_the_noise_is_not_claimed(upper, told):
    around = pd.DataFrame({"outcome": ["il6.geometric_mean"], "lower": [-0.1], "upper": [upper]})
    second = report.headline(make_result(years=4), None, around)[1]
    assert ("lower under the policy" in second and "cannot be told" not in second) == told


def test_page_explains_intervals_mediation_and_limits(page):
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page)).replace("&nbsp;", " ")
    for passage in (
        "the sampling error of the simulation only",
        "the uncertainty of the evidence",
        "Less than half of the effect on coronary heart disease",
        "Not for advice to any one person",
        "Postponed (delayed in the tables): the same person has the event in both worlds",
        "2 entries of the evidence have no source that was read",
        "modes.concentration",
        "table by age",
        "free for non-commercial use under IHME",
        "python run.py scenarios/walking_groups.yaml",
        "9f2c51d0aa",
        "the policy starts two years into the run",
        "&#34;quit_12_weeks&#34;: 0.4",
    ):
        assert passage in text, passage


@pytest.mark.parametrize(
    ("path", "by"),
    [
        ("economics.price_index", "calendar year"),
        ("economics.cost_later_year.stroke", "years since the event"),
        ("mortality.excess_by_year.colon_cancer", "years since the event"),
        ("mortality.ill_hazard_ratio.stroke", "age"),
    ],
)
def test_a_table_is_said_to_be_by_what_it_is(path, by):
    assert assumed_row(load_evidence().entries[path])["text"] == f"table by {by}"


def test_inherited_sources_are_said_to_be_of_the_scenario_extended(tmp_path):
    file = tmp_path / "town.yaml"
    file.write_text("extends: walking_groups\nyears: 4\n", encoding="utf-8")
    inherited, own = load_scenario(file), load_scenario("walking_groups")
    assert (inherited.source, inherited.source_from) == (own.source, "walking_groups")
    assert own.source_from is None and checked(inherited).source_from == "walking_groups"
    for scenario, said in ((inherited, True), (own, False)):
        page = report.render_report(replace(make_result(years=4), scenario=scenario), figures=[])
        assert ("Sources given in <code>walking_groups</code>, which this scenario extends; no "
                "source is given for what this file changes:" in page) == said  # fmt: skip
        assert ("Sources of the scenario's numbers:" in page) != said


def test_without_draws_or_frozen_world_the_page_says_what_is_missing():
    page = report.render_report(make_result(years=4), figures=[])
    assert "Parameter intervals</strong> are missing here" in page
    assert "it gives no share" in page
    assert "Through<br>IL-6" not in page


def test_one_world_has_no_effects():
    baseline = make_result(worlds=("baseline",), years=2)
    baseline.effects = pd.DataFrame({"outcome": ["deaths", "incidence.stroke"], "baseline": 9.0})
    page = report.render_report(baseline, figures=[])
    assert 'id="effects"' not in page
    assert "This run has no policy" in page


def test_figures_drawn_once_are_reused(result):
    figures = [rendered(next(drawings(result)))]
    page = report.render_report(result, figures=figures)
    assert page.count("<svg") == 1
    assert f"figures/{figures[0].name}.csv" in page


def test_unset_template_value_is_an_error(result, monkeypatch):
    values = report.report_values(result, [])
    del values["command"]
    monkeypatch.setattr(report, "report_values", lambda *_: values)
    with pytest.raises(jinja2.UndefinedError, match="command"):
        report.render_report(result, figures=[])


def test_report_is_written_whole(result, tmp_path):
    path = report.write_report(result, tmp_path / "run" / "report.html", figures=[])
    assert path.read_text(encoding="utf-8").rstrip().endswith("</html>")
    assert [file.name for file in path.parent.iterdir()] == ["report.html"]


def test_life_years_and_deaths_by_cause_appear_where_present(result):
    stroke = result.effects.set_index("outcome").loc["stroke"]
    cause = stroke.to_dict() | {"outcome": "deaths.stroke"}
    years = stroke.to_dict() | {"outcome": "life_years", "averted_per_100k": 150.0}
    years |= {"averted": 300.0, "lower": 280.0, "upper": 320.0}
    extended = make_result(years=2)
    extended.effects = pd.concat([result.effects, pd.DataFrame([cause, years])])
    assert life_years_gained(extended.effects) == "150 (140 to 160)"
    assert "Deaths averted by cause" in report.render_report(extended, figures=[])


def test_share_through_il6_needs_a_clear_effect(result):
    unsure = result.effects.assign(lower=-1e6)
    assert all(row["share_via_il6"] == "" for row in effect_rows(unsure))
    assert effect_rows(result.effects)[0]["share_interval"] == "7 to 11 %"
    ranged = result.effects.assign(share_lower=0.04, share_upper=0.15)
    assert effect_rows(ranged)[0]["share_interval"] == "4 to 15 %"  # with draws, the wider one


@pytest.mark.parametrize(
    ("lower", "upper", "sentence", "cell"),
    [
        (0.07, 0.11, "Less than half of the effect on stroke runs through IL-6", "9 %"),
        (0.60, 0.95, "More than half of the effect on stroke runs through IL-6", "9 %"),
        (1.0, 1.0, "All of the effect on stroke runs through IL-6.", "9 %"),
        (0.30, 0.80, "Whether more or less than half of the effect on stroke", "9 %"),
        (
            0.40,
            1.02,
            "The share is unknown for the effect on stroke: its interval passes",
            "unknown",
        ),
        (-2.84, 0.79, "The share is unknown for the effect on stroke: its interval", "unknown"),
        (-0.30, -0.02, "Without what IL-6 carries, the effect on stroke would be", "9 %"),
        (-float("inf"), float("inf"), "The share is unknown for the effect on stroke", "unknown"),
    ],
)
def test_sentences_on_the_share_follow_its_interval(result, lower, upper, sentence, cell):
    stroke = result.effects[result.effects["outcome"] == "stroke"]
    ends = {"share_monte_carlo_lower": lower, "share_monte_carlo_upper": upper}
    rows = effect_rows(stroke.assign(**ends))
    (said,) = share_sentences(rows)
    assert said.startswith(sentence)
    assert rows[0]["share_via_il6"] == cell
    assert (rows[0]["share_interval"] == "") == (lower == upper)


def test_a_missing_interval_shows_a_dash_and_negative_causes_are_explained():
    made = make_result(years=4)
    effects = made.effects
    deaths = effects[effects["outcome"] == "deaths"].assign(
        outcome="deaths.all_else", lower=float("nan"), upper=float("nan")
    )
    made.effects = pd.concat([effects, deaths], ignore_index=True)
    page = report.render_report(made, figures=[])
    shown = effect_rows(made.effects, ["deaths.all_else"])[0]
    assert shown["unknown"] and f"{shown['best']} (–)" in page
    assert "those who live longer die of something else later" in page


def test_warnings_and_money_are_written_as_the_other_numbers_of_the_page():
    made = make_result(years=4)
    made.manifest["warnings"] = ["within 60 000 GBP a year"]
    page = report.render_report(made, figures=[])
    assert f"within 60{THIN_SPACE}000 GBP" in page and "60 000" not in page
    (row,) = flat_rows({"budget_per_year": 20000})
    assert row["text"] == f"20{THIN_SPACE}000"


def test_no_sentence_on_the_share_is_fixed(result):
    """A run in which nothing is known of the shares says none of what another run shows."""
    unknown = make_result(years=8, draws=True, effect=0.05)
    unknown.effects = result.effects.assign(share_monte_carlo_upper=1.4)
    page = report.render_report(unknown, figures=[])
    for claim in ("minor", "few per cent", "marker of", "Less than half", "most of the benefit"):
        assert claim not in page, claim
    unclear = make_result(years=8, draws=True, effect=0.05)
    unclear.effects = result.effects.assign(share_via_il6=float("nan"))
    assert "No effect is clear enough" in report.render_report(unclear, figures=[])


def test_several_sources_are_listed():
    sourced = make_result(years=2)
    sourced.scenario.source = ("First 2013", "Second 2020")
    page = report.render_report(sourced, figures=[])
    assert "<li>First 2013</li>" in page
    assert "<li>Second 2020</li>" in page


def test_ids_of_two_figures_cannot_meet():
    svg = '<?xml?><svg width="1pt" height="2pt" viewBox="0 0 1 2"><defs><path id="m"/></defs>'
    svg += '<g clip-path="url(#m)"><use xlink:href="#m"/></g></svg>'
    inline = inline_svg(svg, "one")
    assert 'id="one-m"' in inline
    assert "url(#one-m)" in inline
    assert 'xlink:href="#one-m"' in inline
    assert "width=" not in inline


def test_effect_rows_keep_order_and_scale(result):
    rows = effect_rows(result.effects)
    assert [row["outcome"] for row in rows][-1] == "deaths"
    stroke = next(row for row in rows if row["outcome"] == "stroke")
    effects = result.effects.set_index("outcome")
    assert stroke["per_100k"] == pytest.approx(effects.loc["stroke", "averted_per_100k"])
    assert stroke["share_via_il6"] == "9 %"


def test_expected_differences_lead_and_counted_ones_stand_beside_them(result):
    scale = result.effects["averted_per_100k"] / result.effects["averted"]
    expected = result.effects["averted"] * 0.5
    extended = make_result(years=8)
    extended.effects = result.effects.assign(
        expected_averted=expected,
        expected_averted_per_100k=expected * scale,
        expected_lower=expected - 1,
        expected_upper=expected + 1,
    )
    row = effect_rows(extended.effects)[1]
    stroke = result.effects.set_index("outcome").loc["stroke"]
    assert row["per_100k"] == pytest.approx(stroke["averted_per_100k"] / 2)
    assert row["expected"] != row["interval"]
    assert "as expected from the risks met" in report.headline(extended)[0]
    assert "a much smaller Monte Carlo error" in report.render_report(extended, figures=[])


def test_intervals_stand_per_100_000_beside_what_a_precision_takes():
    row = {"estimate": 4.0, "lower": 3.0, "upper": 5.0, "precision": 0.1, "seeds_needed": 7.0}
    row |= {"standard_error": 0.5, "persons_needed": 7000.0}
    row |= {"outcome": "incidence.stroke"}
    effects = pd.DataFrame({"averted": [2.0], "averted_per_100k": [20.0]})
    (shown,) = uncertainty_rows(pd.DataFrame([row]), effects)
    assert shown["monte_carlo"].startswith("40 (30")
    assert (shown["goal"], shown["seeds"]) == ("10", "7")
    assert uncertainty_rows(None, effects) == []
    result = make_result()
    page = report.render_report(result, figures=[], uncertainty=pd.DataFrame([row]))
    assert "Seeds<br>for &plusmn;10&nbsp;%" in page
    assert "Seeds<br>" not in report.render_report(result, figures=[])


def test_health_and_money_stand_per_100_000_and_what_nobody_knows_is_left_out(result):
    nan = float("nan")
    rows = [
        ("qalys_gained", "QALY", "per_100000", 40.0, 5.0, 30.0, 50.0, 10.0, 90.0),
        ("policy_cost", "GBP", "per_100000", nan, nan, nan, nan, nan, nan),
        ("net_cost", "GBP", "per_100000", nan, nan, nan, nan, nan, nan),
        ("cost_per_qaly", "GBP per QALY", "per_100000", 30_000.0, nan, nan, nan, 2e4, 5e4),
    ]
    names = ["measure", "unit", "scale", "value", "standard_error", "lower", "upper",
             "parameter_lower", "parameter_upper"]  # fmt: skip
    table = pd.DataFrame(rows, columns=names)
    gained, ratio = economics_rows(table)
    assert gained["represented"] == ""
    town = pd.concat([table, table.assign(scale="represented", value=table["value"] * 3.0)])
    assert economics_rows(town)[0]["represented"] == "120"
    assert (gained["value"], gained["monte_carlo"], gained["parameter"]) == (
        "40",
        "30 to 50",
        "10 to 90",
    )
    assert ratio["monte_carlo"] == ""
    assert ratio["parameter"].replace(THIN_SPACE, " ") == "20 000 to 50 000"
    page = report.render_report(result, figures=[], economics=table)
    assert "QALYs gained" in page and "Intervention cost" not in page
    said = "<strong>Not valued here:</strong> Falls are not in the model."
    assert said in page and said not in report.render_report(result, figures=[])
    nothing = table.assign(value=0.0)
    assert economics_rows(nothing) == economics_rows(None) == []


# The net factor of activity


def factor_row(**changes):
    row = {"condition": "stroke", "label": "stroke", "causal_share": 0.6, "dilution_factor": 1.9,
           "net_factor": 1.14}  # fmt: skip
    return row | changes


def test_a_net_factor_above_1_is_flagged_and_another_is_not():
    rows = [factor_row(), factor_row(label="heart", net_factor=0.85)]
    cells = net_factor_cells(rows)
    assert [cell["flag"] for cell in cells] == ["stronger than published", ""]
    assert stronger_than_published(rows)[0].endswith("above 1 for stroke 1.14.")
    assert stronger_than_published(rows[1:]) == []


def test_net_factors_stand_on_the_page_with_their_interval(result):
    rows = [factor_row(lower=0.4, upper=1.3, draws_above_1=0.25), factor_row(
        label="<b>", causal_share=0.0, dilution_factor=None, net_factor=0.0,
        lower=0.0, upper=0.0, draws_above_1=0.0)]  # fmt: skip
    with_factors = replace(result, manifest={**result.manifest, "net_factors_of_activity": rows})
    page = report.render_report(with_factors, assumed=ASSUMED, figures=[])
    assert "0.40 to 1.30" in page and "stronger than published" in page and "&lt;b&gt;" in page
    assert "Net factor of activity" not in report.render_report(result, figures=[])


def test_the_manifest_of_a_run_has_net_factors_and_their_draws():
    run = simulate("walking_groups", persons=50, years=1, draws=3)
    rows = run.manifest["net_factors_of_activity"]
    assert [row["condition"] for row in rows] == list(CAUSES)
    for row in rows:
        product = row["causal_share"] * row["dilution_factor"]
        assert row["net_factor"] == pytest.approx(product, abs=1e-3) and row["net_factor"] < 1.0
        assert row["lower"] < row["upper"] and 0.0 <= row["draws_above_1"] <= 1.0
    assert not any("stronger than published" in each for each in run.manifest["warnings"])
    whole = load_scenario("walking_groups", ["causal_share.diabetes=1"])
    above = simulate(whole, persons=50, years=1).manifest
    assert any("type 2 diabetes 2.0" in each for each in above["warnings"])


# For whom the numbers stand, and the first sentences


def economics_of(gained=40.0, lower=30.0, net=120_000.0, drawn=True, scale="per_100000"):
    """Return the rows that the first sentences read; as much again is the upper limit."""
    nan = float("nan")
    limits = (0.5, 2.0) if drawn else (nan, nan)
    values = {"qalys_gained": gained, "net_cost": net, "cost_per_qaly": net / gained,
              "net_benefit": 20_000 * gained - net, "net_benefit_20000": 20_000 * gained - net,
              "net_benefit_30000": 30_000 * gained - net}  # fmt: skip
    table = pd.DataFrame({"measure": list(values), "value": list(values.values())})
    units = {"qalys_gained": "QALY", "cost_per_qaly": "GBP per QALY"}
    return table.assign(
        unit=[units.get(name, "GBP") for name in values], scale=scale, horizon="lifetime",
        lower=lower, upper=2 * gained - lower,
        parameter_lower=limits[0] * table["value"], parameter_upper=limits[1] * table["value"],
        within_run=table["value"],
    )  # fmt: skip


def plain(sentences):
    return " ".join(sentences).replace(THIN_SPACE, " ").replace("\N{NO-BREAK SPACE}", " ")


HUNDRED = People(1000.0, 1200.0, represented=False)


def test_the_first_sentence_says_what_is_gained_at_what_cost_and_how_sure_that_is():
    first, second = (plain([text]) for text in worth_sentences(economics_of(), HUNDRED, draws=200))
    assert first == (
        "Per 100 000 persons, 40 QALYs are gained at a net cost of 120 000 GBP: 3 000 GBP per QALY."
    )
    assert "the error of the simulation alone: 30 to 50 QALYs and 30 to 50 GBP net cost." in second
    unknown = economics_of()
    unknown.loc[unknown["measure"] == "net_cost", ["lower", "upper"]] = float("nan")
    told = plain(worth_sentences(unknown, HUNDRED))
    assert "30 to 50 QALYs; no interval is known for the cost." in told
    assert second.endswith(
        "20 to 80 QALYs, 60 000 to 240 000 GBP net cost and 1 500 to 6 000 GBP per QALY."
    )
    few = plain(worth_sentences(economics_of(), HUNDRED, draws=5))
    assert few.endswith("from 40 draws on; take some hundreds (--draws).")
    without = plain(worth_sentences(economics_of(drawn=False), HUNDRED))
    assert "parameter interval" not in without
    assert worth_sentences(None, HUNDRED) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"lower": -5.0}, "whether QALYs are gained cannot be told from the Monte Carlo error "
                          "(40), at a net cost of 120 000 GBP; so a cost per QALY cannot be said."),
        ({"gained": -40.0, "lower": -50.0}, "40 QALYs are lost, at a net cost of 120 000 GBP; so"),
        ({"net": -9000.0}, "40 QALYs are gained, and the savings in care exceed the cost by 9 000 "
                           "GBP: no QALY has to be paid for."),
        ({"net": float("nan")}, "40 QALYs are gained; net cost and cost per QALY cannot be said, "
                                "because the policy 'walks' names no cost."),
        ({"lower": float("nan")}, "whether QALYs are gained cannot be told, as the Monte Carlo "
                                  "interval of the 40 expected is unknown, at a net cost of"),
    ],
)  # fmt: skip
def test_the_first_sentence_says_why_there_is_no_cost_per_qaly(changes, words):
    why = "the policy 'walks' names no cost"
    assert words in plain(worth_sentences(economics_of(**changes), HUNDRED, 200, why))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"net": -9000.0}, "saves money"),
        ({"gained": -40.0, "lower": -50.0}, "none, as QALYs are lost"),
        ({"gained": -40.0, "lower": -50.0, "net": -9000.0}, "none, as QALYs are lost"),
        ({"lower": -5.0}, "none, as it cannot be told whether QALYs are gained"),
        ({"gained": 1e-9, "lower": 0.0, "net": 0.0}, "none, as it cannot be told whether"),
        ({}, "3 000 GBP"),
    ],
)
def test_a_cost_per_qaly_is_never_negative_anywhere(changes, words):
    scales = ("per_100000", "represented")
    table = pd.concat([economics_of(**changes, scale=scale) for scale in scales])
    (row,) = [row for row in economics_rows(table) if row["name"] == "Cost per QALY"]
    shown = words.removesuffix(" GBP").replace(" ", THIN_SPACE) if not changes else words
    assert row["value"].startswith(shown) and row["represented"] == row["value"]
    assert not {"-", MINUS} & set("".join((row["value"], row["within_run"])))
    others = [table[table["measure"] == "net_cost"].assign(measure=name) for name in
              ("care_cost_averted", "policy_cost")]  # fmt: skip
    lines = _economics_in_text(pd.concat([table, *others])).splitlines()
    assert all(f"cost per QALY: {words}" in line for line in lines[:2])


def test_limits_of_a_cost_per_qaly_below_zero_are_said_to_save_money():
    table = economics_of(net=-9000.0)
    ratio = table["measure"] == "cost_per_qaly"
    table.loc[ratio, ["parameter_lower", "parameter_upper"]] = [-900.0, 700.0]
    (row,) = [row for row in economics_rows(table) if row["name"] == "Cost per QALY"]
    assert row["parameter"] == "saves money to 700"
    said = plain(worth_sentences(table, HUNDRED, draws=200))
    assert "and saves money to 700 GBP per QALY" in said


def test_a_ratio_within_the_run_is_not_negative_either():
    table = economics_of()
    loses = table["measure"].eq("qalys_gained")
    lost = table.assign(within_run=table["within_run"].where(~loses, -3.0))
    (row,) = [row for row in economics_rows(lost) if row["name"] == "Cost per QALY"]
    assert (row["value"].replace(THIN_SPACE, " "), row["within_run"]) == (
        "3 000", "none, as QALYs are lost"
    )  # fmt: skip


def test_the_page_speaks_of_the_people_represented_and_says_what_is_divided_by_what(result):
    town = make_result(years=4, effect=0.05)
    town.scenario.population.represents = 250_000
    town.budget_impact = pd.DataFrame(
        {"policy": "walks", "scale": ["per_100000_at_start", "represented"], "year": 2025,
         "offered": [400.0, 1000.0], "started": [80.0, 200.0], "taking_part": 10.0,
         "unit": "GBP", "spending": 1.0, "care_cost_averted": 1.0, "net_cost": 0.0})  # fmt: skip
    people = people_of(town)
    assert (people.start, people.ever) == (250_000, 250_000 * 1.25)
    table = pd.concat([economics_of(), economics_of(gained=125.0, lower=94.0, scale="represented")])
    first, _, effects, part, *_ = (plain([text]) for text in report.headline(town, table))
    assert first.startswith(
        "For the 250 000 people represented (312 500 with those who enter later), 125 QALYs"
    )
    assert part == (
        "Among the people represented, the policy walks is offered to 1 000, of whom 200 start."
    )
    assert effects.startswith("Over 4 years, among the people represented: ")
    page = plain([report.render_report(town, figures=[], economics=table)])
    assert page.count("during the run, together 312 500.") == 2  # beside events, and beside money
    row = effect_rows(town.effects, hundred_thousands=people.hundred_thousands)[0]
    amount = float(row["represented_amount"].replace(THIN_SPACE, ""))
    assert amount == pytest.approx(3.125 * float(row["per_100k"]), abs=0.5)
    assert "250 000<br>represented" in page and plain([row["counted_represented"]]) in page
    alone = report.render_report(result, figures=[])
    assert "represented" not in alone.split("<h2")[1]


def test_nobody_enters_a_cohort():
    assert People(1000.0, 1000.0, represented=False).denominators.endswith("nobody enters later.")


def test_net_benefit_at_the_scenarios_threshold_stands_once():
    names = [row["name"] for row in economics_rows(economics_of())]
    benefits = [plain([name]) for name in names if "benefit" in name]
    assert benefits == [
        "Incremental net monetary benefit at 20 000 GBP per QALY, the scenario's threshold",
        "Incremental net monetary benefit at 30 000 GBP per QALY",
    ]
    table = economics_of()
    own = table.assign(value=table["value"].where(table["measure"] != "net_benefit", 1.0))
    assert len([row for row in economics_rows(own) if "benefit" in row["name"]]) == 3


def test_misfits_of_draws_stand_first_in_short_and_below_in_full():
    cases = [Misfit(f"first events of {name}", 100.0, 190.0, "", "so it is") for name in "ab"]
    made = make_result(years=4)
    made.manifest["warnings"] = ["within 60 000 GBP a year", *misfits_in_draws({3: cases}, 20)]
    page = report.render_report(made, figures=[])
    first, below = page.split('<h3 id="balanced">')
    short = "brought into balance; the results may be used. <a href=\"#balanced\">Which rates"
    assert f"In 1 of 20 parameter draws, rates that contradict one another were {short}" in first
    assert "within 60\u202f000 GBP a year</p>" in first and "first events of a" not in first
    for name in "ab":
        assert f"<li>first events of {name} in 1 draw, most in draw 3 (100" in below
    assert first.index('<h2 id="simulated">') > first.index("may be used")
    made.manifest["warnings"] = ["within 60 000 GBP a year"]
    assert "balanced" not in report.render_report(made, figures=[])


def test_money_of_another_currency_is_in_no_row_by_year():
    year = {"scale": "per_100000_at_start", "year": 2025, "policy": "walks", "offered": 4.0}
    told = {"started": 2.0, "taking_part": 1.0, "care_cost_averted": 5.0, "net_cost": 2.0}
    table = pd.DataFrame([{**year, **told, "eligible": 9.0, "spending": 7.0, "unit": "GBP"}])
    (ours,), (theirs,) = (rows_by_year(table, False, money) for money in ("GBP", "USD"))
    assert ours["spending"] == "7" and theirs["spending"] != ours["spending"]
    assert theirs["started"] == ours["started"]
