"""The scorecard's own logic: limits, verdicts, statistics, and that nothing is left out."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import optimize

from abm.conditions import CONDITIONS, DISEASES
from abm.evidence.parameters import central_parameters
from abm.evidence.reader import references
from abm.running.spreadsheet import plain_text
from analysis.plots.files import rendered
from analysis.validation import page, targets
from analysis.validation.catalogue import EXPERIMENTS
from analysis.validation.cohorts import cohort
from analysis.validation.country import expectancy, on_the_next_day
from analysis.validation.dose_response import closed_form
from analysis.validation.estimates import (
    AGREES,
    MISSES,
    UNSURE,
    Estimate,
    Size,
    exactly,
    mean_of,
    pooled,
    transformed,
    verdict,
)
from analysis.validation.exposure import by_age, hazards_met
from analysis.validation.figure import drawing, on_scale
from analysis.validation.html_page import answer, html_page
from analysis.validation.impact import GUIDELINE, cohort_doses, zero_share_for
from analysis.validation.regression import cox, kappa, odds_ratio, partial_correlation
from analysis.validation.replay import read_table
from analysis.validation.scorecard import (
    NO_EVENTS,
    NO_REASON,
    QUICK,
    TOO_FEW_SEEDS,
    row_of,
    rows_of,
    without_targets,
)
from analysis.validation.the_ill import death_ratios
from tests.lives import causal
from tests.regions import check_regions

NUMBERED = (
    1, 3, 4, 5, 6, 8, 9, 11, 12, 13, 16, 17, 18, 19, 20, 21, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32,
    33, 34, 35,
)  # fmt: skip
ITEMS = [*map(str, NUMBERED), "I"]
TARGETS = targets.targets()
DOCS = Path(__file__).resolve().parents[2] / "docs"
JUDGED = [target for target in TARGETS.values() if target.kind != "report"]
SURE = 1000, 20  # persons and seeds, where only the error counts


def judged(value, error, low, high):
    return verdict(Estimate(value, error, *SURE), low, high)


@pytest.mark.parametrize(
    ("value", "error", "expected"),
    [
        (0.5, 0.0, AGREES), (0.0, 0.0, AGREES), (1.0, 0.0, AGREES), (1.001, 0.0, MISSES),
        (-0.001, 0.0, MISSES), (0.5, 0.1, AGREES), (0.5, 0.3, UNSURE), (0.95, 0.1, UNSURE),
        (1.05, 0.1, UNSURE), (1.5, 0.1, MISSES), (0.5, math.nan, UNSURE), (math.nan, 0.0, UNSURE),
    ],
)  # fmt: skip
def test_a_verdict_needs_the_whole_interval(value, error, expected):
    assert judged(value, error, 0.0, 1.0) == expected


def test_a_missing_limit_is_no_limit():
    assert judged(-1e9, 0.0, -math.inf, 1.0) == AGREES
    assert judged(2.0, 0.1, -math.inf, 1.0) == MISSES


def test_two_seeds_say_less_than_twenty():
    assert verdict(Estimate(0.5, 0.1, 1000, 20), 0.0, 1.0) == AGREES
    assert verdict(Estimate(0.5, 0.1, 1000, 2), 0.0, 1.0) == UNSURE
    assert verdict(Estimate(0.5, 0.1, 1000, 1), 0.0, 1.0) == UNSURE


def test_two_seeds_that_happen_to_agree_make_no_miss():
    """Seen with 1000 persons a seed: 0.704 with an error of 0.011, all of it chance."""
    by_seeds = {n: verdict(Estimate(0.704, 0.011, 1000, n), 0.9, 1.1) for n in (2, 4, 5, 20)}
    assert by_seeds == {2: UNSURE, 4: UNSURE, 5: MISSES, 20: MISSES}
    assert verdict(Estimate(0.704, 0.0, 1000, 2), 0.9, 1.1) == MISSES  # nothing is drawn


def test_what_is_too_small_to_judge_says_so_first():
    few, none = Estimate(50.0, 0.1, 1000, 2), Estimate(math.nan, math.nan, 1000, 20)
    table = card(**{"18_men": few, "18_women": none})
    reasons = table.set_index("name")["reason"]
    assert reasons["18.men"] == TOO_FEW_SEEDS and reasons["18.women"] == NO_EVENTS
    text, shown = page.as_page(table, "Evidence.", QUICK), page.as_text(table, QUICK)
    assert text.startswith(f"**{QUICK}**\n") and shown.startswith(f"{QUICK}\n")
    assert "| *50*, *no events* |" in text
    assert drawing(table, QUICK).title.startswith(f"{QUICK} Of ")
    assert QUICK not in page.as_page(table, "Evidence.") + page.as_text(table)


# Targets


def test_every_item_has_an_experiment_and_targets():
    assert list(EXPERIMENTS) == ITEMS
    assert list(dict.fromkeys(target.item for target in TARGETS.values())) == ITEMS


@pytest.mark.parametrize("item", ITEMS)
def test_an_experiment_says_what_it_does(item):
    assert len(EXPERIMENTS[item].explained()) > 40


# Fewer people, and some numbers divide by none.
FEW = {
    item: Size({"24": 2000, "9": 400, "26": 400, "31": 200}.get(item, 100), 2)
    for item in EXPERIMENTS
}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("item", ITEMS)
def test_every_experiment_runs_and_names_the_numbers_of_its_targets(item):
    rows = rows_of(item, EXPERIMENTS[item].replay(FEW[item]))
    assert [row["name"] for row in rows] == [target.name for target in targets.of_item(item)]


def test_hazards_met_are_those_of_everybody_who_takes_part():
    """Whoever starts on the first day and feels all of it at once meets less of every hazard."""
    met, years = hazards_met(cohort("mediation", ["years=2"]), 300, seed=1)
    assert met.shape == (2, len(DISEASES) + 1)
    assert (met > 0.0).all() and (met[1] < met[0]).all()
    assert 0.9 * 600 < years[0] < years[1] < 600


def test_targets_are_complete():
    for target in TARGETS.values():
        assert target.what and target.unit and target.source, target.name
        assert set(target.source) <= set(references()), target.name
        assert target.lowest <= target.highest, target.name
        assert (target.kind == "report") == math.isinf(target.highest - target.lowest) or (
            math.isinf(target.lowest) != math.isinf(target.highest)
        ), target.name
        if not math.isnan(target.published_low):
            assert target.published_low < target.published_high, target.name


@pytest.mark.parametrize("target", JUDGED, ids=lambda target: target.name)
def test_a_target_accepts_what_was_published_and_refuses_what_is_far_from_it(target):
    """Negative control: a number well beyond a limit must be judged a miss.

    Death is judged against the sum of its causes, and no curve of theirs reaches the published one.
    """
    if not math.isnan(target.published):
        by_parts = target.name.startswith(("11.death.", "12.death."))
        wanted = MISSES if by_parts else AGREES
        assert row_of(target, exactly(target.published))["verdict"] == wanted
        assert by_parts == ("the sum of the causes" in target.note)
    for limit, side in ((target.lowest, -1.0), (target.highest, 1.0)):
        if math.isfinite(limit):
            wrong = limit + side * 0.1 * max(abs(limit), 0.1)
            assert row_of(target, Estimate(wrong, 0.0, *SURE))["verdict"] == MISSES


def test_an_experiment_that_names_other_numbers_is_refused():
    found = {target.name: exactly(1.0) for target in targets.of_item("25")}
    assert len(rows_of("25", found)) == len(found)
    with pytest.raises(ValueError, match=r"item 25: .*'25.more'"):
        rows_of("25", found | {"25.more": exactly(1.0)})


def test_every_reason_belongs_to_a_target():
    for key in targets.reasons():
        names = [name for name in TARGETS if targets.reason_for(name) == targets.reasons()[key]]
        assert names, key


def test_a_miss_without_a_reason_says_so(monkeypatch):
    monkeypatch.setattr(targets, "reasons", dict)
    row = row_of(TARGETS["18.men"], exactly(0.0))
    assert row["verdict"] == MISSES
    assert row["reason"] == NO_REASON


def test_every_cohort_is_a_valid_scenario():
    names = sorted(path.stem for path in (targets.FOLDER / "cohorts").glob("*.yaml"))
    assert len(names) > 15
    for name in names:
        scenario = cohort(name)
        assert scenario.name == name
        assert scenario.description
        assert not scenario.warnings, name


# Statistics


def test_cox_is_the_largest_partial_likelihood():
    draw = np.random.default_rng(5)
    x = draw.normal(size=(60, 2))
    years = draw.exponential(np.exp(-x @ [0.7, -0.4]))
    event = years < 1.5
    years = np.minimum(years, 1.5)

    def less_likely(beta):
        score = x @ beta
        at_risk = years[None, :] >= years[:, None]
        sums = np.log((at_risk * np.exp(score)[None, :]).sum(axis=1))
        return -(score - sums)[event].sum()

    best = optimize.minimize(less_likely, [0.0, 0.0], tol=1e-10).x
    np.testing.assert_allclose(cox(years, event, *x.T), best, atol=1e-5)


def test_agreement_by_hand():
    before = np.array([True] * 6 + [False] * 4)
    after = np.array([True] * 4 + [False] * 2 + [True] * 1 + [False] * 3)
    assert odds_ratio(before, after) == pytest.approx(4 / 2 / (1 / 3))
    assert kappa(before, after) == pytest.approx((0.7 - 0.5) / 0.5)


def test_partial_correlation_by_its_formula():
    draw = np.random.default_rng(6)
    a, b, c = draw.normal(size=(3, 50))
    a, b = a + c, b - 2 * c
    r = np.corrcoef([a, b, c])
    by_hand = (r[0, 1] - r[0, 2] * r[1, 2]) / math.sqrt((1 - r[0, 2] ** 2) * (1 - r[1, 2] ** 2))
    assert partial_correlation(a, b, c) == pytest.approx(by_hand)


def test_the_error_of_a_mean():
    values = [1.0, 2.0, 4.0, 9.0]
    expected = np.std(values, ddof=1) / 2
    assert mean_of(values, 10) == Estimate(4.0, pytest.approx(expected), 40, 4)
    assert pooled(values, np.mean, 10).error == pytest.approx(expected)
    assert math.isnan(mean_of([0.0, 0.0], 10).error)
    assert math.isnan(mean_of([1.0, math.inf], 10).value)


def test_a_transformed_estimate_keeps_its_relative_error():
    found = transformed(Estimate(-0.2, 0.001, 10, 2), math.exp)
    assert found.value == pytest.approx(math.exp(-0.2))
    assert found.error == pytest.approx(0.001 * math.exp(-0.2), rel=1e-4)


def people(**columns):
    table = pd.DataFrame(columns)
    return table.assign(sex=pd.Categorical(table["sex"], categories=["male", "female"]))


def test_years_lived_and_deaths_by_age():
    table = people(
        sex=["male", "female", "female"], age=[50, 60, 20], deprivation=[1, 5, 3],
        entry_year=[2025, 2025, 2026], death_age=[np.nan, 61.5, np.nan],
    )  # fmt: skip
    (lived, deaths), living = by_age(table, years=3)
    assert lived[0, 30:34, 0].tolist() == [1, 1, 1, 0]
    assert lived[1, 40:43, 4].tolist() == [1, 0.5, 0]
    assert lived[1, 0:3, 2].tolist() == [1, 1, 0]
    assert deaths.sum() == deaths[1, 41, 4] == 1
    assert living.sum() == living[0, 32, 0] + living[1, 1, 2] == 2


def test_life_expectancy_under_one_hazard_is_its_inverse():
    lived = np.ones((2, 2, 101))
    lived[0], lived[1] = 1e5, 5e3
    assert expectancy([lived, lived], sex=0, age=40) == pytest.approx(20.0, rel=1e-3)
    lived[1, :, 0] = 0.0
    assert expectancy([lived], sex=1, age=20) == pytest.approx(21.0, rel=1e-3)


def test_stocks_at_the_end_are_of_people_a_year_older():
    assert on_the_next_day(np.array([[1.0, 2.0, 3.0]])).tolist() == [[2.0, 3.0, 3.0]]


def test_the_closed_form_of_the_share_through_il6():
    """As worked out in the literature's units: 14, 10, 8, 13, 10, 5 and 0 per cent at 8.75.

    Of death what its causes add up to: most of them follow IL-6 little or not at all.
    """
    found = closed_form(central_parameters(causal(1.0)))
    known = {"coronary_heart_disease": 14, "stroke": 10, "type_2_diabetes": 8, "colon_cancer": 13,
             "breast_cancer": 10, "depression": 5, "dementia": 0}  # fmt: skip
    assert {name: round(found[name]) for name in known} == known
    assert 2.0 < found["death"] < 5.0


def test_a_disease_without_published_results_is_left_out_and_no_other(monkeypatch):
    made_up, before = replace(CONDITIONS[0], name="made_up"), without_targets()
    monkeypatch.setattr("abm.conditions.CONDITIONS", (made_up, *CONDITIONS))
    assert without_targets() == ["made_up", *before]
    found = EXPERIMENTS["12"].replay(FEW["12"])
    more = {name.replace("stroke", "made_up"): each for name, each in found.items()}
    assert rows_of("12", found | more) == rows_of("12", found)
    with pytest.raises(ValueError, match=r"12.stroke"):
        rows_of("12", more)


def test_the_share_below_the_guideline_is_reached():
    assert (cohort_doses() < GUIDELINE).mean() == pytest.approx(0.618, abs=0.001)
    assert zero_share_for(0.6177) == pytest.approx(0.36, abs=0.001)


# Page and figure


def card(**estimates):
    """Return a scorecard in which everything agrees but what is given."""
    rows = []
    for target in TARGETS.values():
        middle = target.published
        if not target.lowest <= middle <= target.highest:  # NaN, or death against its causes
            finite = [x for x in (target.lowest, target.highest) if math.isfinite(x)]
            middle = float(np.mean(finite)) if finite else 1.0
        name = target.name.replace(".", "_")
        rows.append(row_of(target, estimates.get(name, Estimate(middle, 0.0, *SURE))))
    return pd.DataFrame(rows)


def test_a_miss_stands_on_the_page_with_its_reason(monkeypatch):
    monkeypatch.setattr(targets, "reasons", lambda: {"18": "the cause"})
    text = page.as_page(card(**{"18_men": Estimate(50.0, 0.1, *SURE)}), "Evidence.")
    assert "1 miss," in text
    miss = "**18** Men meeting the guideline: 50 ± 0.1; limits 67 to 73; tune. the cause"
    assert miss in text
    line = "| Men and women meeting the guideline [%] | 70, 59 | **50**, 59 | 67 to 73, 56 to 62 |"
    assert line in text
    assert "1\u202f000 persons over 20 seeds." in text
    for item in ITEMS:
        assert f"### {item}. {EXPERIMENTS[item].title}" in text


def test_what_is_on_the_screen_fits_a_terminal():
    text = page.as_text(card())
    assert "0 miss," in text
    assert max(len(line) for line in text.splitlines()) < 200


def test_the_scale_of_the_figure():
    row = {"lowest": 2.0, "highest": 4.0}
    assert [on_scale(x, row) for x in (2.0, 3.0, 4.0, 5.0)] == [-1.0, 0.0, 1.0, 2.0]
    one_sided = {"lowest": math.nan, "highest": 33.0}
    assert on_scale(33.0, one_sided) == 1.0
    assert on_scale(66.0, one_sided) > 1.0 > on_scale(10.0, one_sided)
    exact = {"lowest": 0.0, "highest": 0.0}
    assert [on_scale(x, exact) for x in (0.0, 3.0)] == [0.0, 2.0]


def test_the_figure_counts_the_verdicts():
    figure = drawing(card(**{"18_men": Estimate(50.0, 0.1, *SURE)}))
    assert f"{len(JUDGED) - 1} agree, 1 is missed, 0 are undecided" in figure.title
    assert len(figure.table) == len(TARGETS)


@pytest.mark.parametrize("item", ["11", "18"])
@pytest.mark.parametrize("number", [1, 2, 25])
@pytest.mark.parametrize("seeds", [2, 20])
@pytest.mark.filterwarnings("error")
def test_a_figure_of_few_rows_holds_its_texts(item, number, seeds):
    table = card()
    few = table[(table["item"] == item) & (table["kind"] != "report")].head(number)
    verdict = UNSURE if seeds == 2 else AGREES
    found = drawing(few.assign(verdict=verdict), QUICK)
    rendered(found)  # warns where there is no room
    figure, (ax,) = found.figure, found.figure.axes
    legend, title = ax.get_legend().get_window_extent(), figure._suptitle.get_window_extent()
    assert legend.y1 <= title.y0
    note, names = figure._supxlabel.get_window_extent(), ax.get_yticklabels()
    assert note.y1 <= min(each.get_window_extent().y0 for each in ax.get_xticklabels())
    for text in [*ax.texts, *names]:
        box = text.get_window_extent()
        assert box.x0 >= 0 and box.x1 <= figure.bbox.x1
        assert ax.bbox.y0 <= box.y0 and box.y1 <= ax.bbox.y1


# The page in the documentation


def written():
    return read_table(DOCS / "validation.csv")


def test_the_page_is_made_of_its_table():
    """If not, words of the page have changed: write it again from the table."""
    text = (DOCS / "validation.md").read_text(encoding="utf-8")
    (rests_on,) = [line for line in text.splitlines() if line.startswith("Program ")]
    assert page.as_page(written(), rests_on) == text


def test_the_page_is_of_these_targets():
    """If not: `python run.py validate --out docs`."""
    table = written().set_index("name")
    assert list(table.index) == list(TARGETS)
    text = (DOCS / "validation.md").read_text(encoding="utf-8")
    for name, target in TARGETS.items():
        row = table.loc[name]
        told = (plain_text(target.what), plain_text(target.note), target.kind)
        assert (row["what"], row["note"], row["kind"]) == told
        for limit, wanted in (("lowest", target.lowest), ("highest", target.highest)):
            known = math.isfinite(wanted)
            assert row[limit] == pytest.approx(wanted) if known else math.isnan(row[limit]), name
        assert target.line in text, name


def test_the_page_is_of_the_full_size_and_explains_its_misses():
    table = written()
    misses = table[table["verdict"] == MISSES]
    assert not misses["reason"].isin(["", NO_REASON]).any()
    assert set(misses["reason"]) <= set(targets.reasons().values())
    for item, experiment in EXPERIMENTS.items():
        size = experiment.full
        assert table.loc[table["item"] == item, "persons"].max() in (0, size.persons * size.seeds)


def test_ratios_of_death_are_counted_against_those_with_none():
    """By hand: of 100 men with none 2 die; of 10 with diabetes 1, where .2 are expected."""
    columns = ["prevalent.coronary_heart_disease", "prevalent.stroke", "prevalent.type_2_diabetes"]
    men = pd.DataFrame({"sex": "male", "death_age": [60.5] * 2 + [np.nan] * 98}, index=range(100))
    ill = pd.DataFrame({"sex": "male", "death_age": [60.1] + [np.nan] * 9}, index=range(10))
    for name in columns:
        men[name], ill[name] = False, name.endswith("diabetes")
    pair = ill.assign(**{columns[1]: True})
    found = death_ratios(pd.concat([men, ill, pair]))
    assert found == {"diabetes": pytest.approx(5.0), "stroke.diabetes": pytest.approx(5.0)}


# The page that a run writes


def test_the_html_page_sets_checks_apart_and_gives_each_miss_its_cause(monkeypatch):
    monkeypatch.setattr(targets, "reasons", lambda: {"18": "the <cause>"})
    table = card(**{"18_men": Estimate(50.0, 0.1, *SURE)})
    shown = html_page(table, "Evidence.", [rendered(drawing(table))])
    checked = int((table["kind"] == "check").sum())
    assert f"Of {checked} published numbers that follow from the inputs" in shown
    assert "1 miss," in shown.split('id="tune"')[0]  # its kind is tune: counted, and below
    below = shown.split('id="tune"')[1]
    assert "<strong>1 number.</strong> the &lt;cause&gt;" in below
    assert '<td class="verdict misses">misses</td>' in below
    assert shown.index('id="check"') < shown.index('id="tune"')
    above = shown.split('id="check"')[1].split('id="tune"')[0]
    assert "None misses and none is undecided." in above
    assert "default-src 'none'" in shown and "<script" not in shown
    check_regions(shown, fewest=len(set(table["item"])))


def test_the_html_page_says_when_nothing_follows_from_the_inputs():
    table = card()
    tuned = table[table["kind"] == "tune"]
    assert answer(tuned).startswith("Nothing can be said")
    one = table[table["kind"] == "check"].head(1)
    assert answer(one) == (
        "Of 1 published number that follows from the inputs, 1 agrees, 0 miss and 0 are undecided."
    )
