"""The evidence room: entries complete and sourced; draws give back the published intervals."""

import ast
import math
import pickle
import random
import re
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from abm.conditions import CONDITIONS, DISEASES
from abm.evidence.distributions import DISTRIBUTIONS, Z_975, quantile
from abm.evidence.entries import GRADES, GROUPS, _entry, _evidence_of, load_evidence
from abm.evidence.ledger import citation, ledger_lines
from abm.evidence.parameters import (
    ParameterError,
    addressed_uniform,
    central_parameters,
    checked_value,
    draw_parameters,
    parameters_from_quantiles,
    table_at,
    uncertain_paths,
)
from abm.evidence.place import BUNDLED_FOLDER, bundled_place
from abm.evidence.reader import EVIDENCE_FOLDER, evidence_table, read_tree, references
from abm.evidence.renamed import RENAMED
from abm.population.curves import published_curve
from analysis.validation.targets import targets
from tests.statistics import assert_correlation, assert_mean, assert_share
from tests.uk_tables import uk_table

ENTRIES = load_evidence().entries


def numbers(value):
    """All numbers of an entry's value."""
    return list(value.values()) if isinstance(value, Mapping) else [value]


def with_text_keys(tree):
    """Nested mappings with every key above an entry's fields as text, since YAML reads 1: as 1."""
    if not isinstance(tree, dict):
        return tree
    if "value" in tree or "unit" in tree:
        return tree
    return {str(key): with_text_keys(below) for key, below in tree.items()}


# ---- entries ----


def test_there_are_entries_of_every_group_and_grade():
    assert len(ENTRIES) > 200
    assert {entry.group for entry in ENTRIES.values()} == set(GROUPS)
    assert {entry.grade for entry in ENTRIES.values()} == set(GRADES)


@pytest.mark.parametrize("path", ENTRIES)
def test_entry_is_complete_and_within_its_range(path):
    entry = ENTRIES[path]
    assert entry.unit.strip()
    assert entry.where.strip()
    assert entry.description[0].isupper() or entry.description[0].isdigit() or "IL" in path
    assert not entry.description.endswith(".")
    assert entry.source
    assert entry.minimum < entry.maximum
    assert all(math.isfinite(number) for number in numbers(entry.value))
    assert all(entry.minimum <= number <= entry.maximum for number in numbers(entry.value))


@pytest.mark.parametrize("path", [path for path, e in ENTRIES.items() if e.distribution])
def test_uncertainty_holds_the_central_value(path):
    entry = ENTRIES[path]
    assert entry.distribution in DISTRIBUTIONS
    central = 1.0 if isinstance(entry.value, Mapping) else entry.value
    assert entry.low <= central <= entry.high
    assert entry.low < entry.high
    for u in (1e-6, 0.3, 1 - 1e-6):
        assert all(entry.minimum <= x <= entry.maximum for x in numbers(entry.at_quantile(u)))


@pytest.mark.parametrize("path", [path for path, e in ENTRIES.items() if e.remainder_of])
def test_remainder_matches_its_central_value(path):
    rest = 1 - sum(ENTRIES[other].value for other in ENTRIES[path].remainder_of)
    assert ENTRIES[path].value == pytest.approx(rest, abs=1e-12)


def test_every_source_is_in_the_bibliography_and_every_reference_is_used():
    used = {key for entry in ENTRIES.values() for key in entry.source}
    used |= set(evidence_table("activity_dose_response")["source"])
    used |= {key for target in targets().values() for key in target.source}
    known = set(references()) | set(bundled_place().references)
    assert used - known == set()
    assert known - used == set()
    assert not set(references()) & set(bundled_place().references)


@pytest.mark.parametrize("key", sorted({**references(), **bundled_place().references}))
def test_reference_says_what_it_is(key):
    fields = {**references(), **bundled_place().references}[key]
    assert fields.get("title") or fields.get("note")
    assert any(name in fields for name in ("author", "journal", "howpublished", "pmcid", "title"))
    assert citation(key, bundled_place()).endswith(".")


def test_bibliography_is_read_whole():
    text = (EVIDENCE_FOLDER / "references.bib").read_text(encoding="utf-8")
    assert text.count("\n@") == len(references())
    assert sum(line.startswith("  ") for line in text.splitlines()) == sum(
        len(fields) - 1 for fields in references().values()
    )


@pytest.mark.parametrize(
    "file",
    [*sorted(EVIDENCE_FOLDER.glob("*.yaml")), BUNDLED_FOLDER / "uk" / "place.yaml"],
    ids=lambda f: f"{f.parent.name}/{f.name}",
)
def test_quick_reader_agrees_with_a_full_yaml_parser(file):
    parsed = YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8"))
    assert with_text_keys(parsed) == read_tree(file)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a:\n  value: 1\n  value: 2\n", "x.yaml:3: value is given twice"),
        ("a:\n    value: 1\n", "x.yaml:2: value is indented too far"),
        ("a:\n - 1\n", "x.yaml:2: expected 'key: value', found '- 1'"),
    ],
)
def test_quick_reader_refuses_what_it_does_not_know(tmp_path, text, message):
    file = tmp_path / "x.yaml"
    file.write_text(text)
    with pytest.raises(ValueError, match=message):
        read_tree(file)


# ---- tables ----


def test_population_table_is_the_united_kingdom_of_2019():
    table = uk_table("population")
    assert table["age"] == tuple(range(18, 111))
    adults = [
        men + women
        for age, men, women in zip(
            table["age"], table["male_population"], table["female_population"], strict=True
        )
        if age >= 20
    ]
    assert 50e6 < sum(adults) < 53e6
    rate = central_parameters()["people.entrant_rate"]
    assert adults[0] / sum(adults) == pytest.approx(rate, abs=1e-4)


def test_life_expectancy_of_the_death_rates():
    table = uk_table("population")
    for sex, at_40, at_65 in (("male", 40.9, 18.9), ("female", 44.2, 21.4)):
        rates = dict(zip(table["age"], table[f"{sex}_death_rate"], strict=True))
        for start, published in ((40, at_40), (65, at_65)):
            alive, years = 1.0, 0.0
            for age in range(start, 111):
                survives = math.exp(-rates[age])
                years += alive * (1 - survives) / rates[age]
                alive *= survives
            assert years == pytest.approx(published, abs=0.25)


def test_disease_rates_cover_every_disease_on_one_grid():
    table = uk_table("disease_rates")
    names = set(table["disease"])
    assert names == {each.published_as for each in CONDITIONS if each.published_as}
    for name in names:
        ages = [a for a, d in zip(table["age"], table["disease"], strict=True) if d == name]
        assert ages == list(range(50, 91, 5) if name == "dementia" else range(20, 101, 5))
    for column in set(table) - {"disease", "age"}:
        assert all(0 <= rate < 1 for rate in table[column]), column


def test_dose_response_is_monotone_and_inside_its_interval():
    table = evidence_table("activity_dose_response")
    rows = list(zip(*table.values(), strict=True))
    assert {each.curve for each in CONDITIONS} | {"all_cause_mortality"} <= {r[0] for r in rows}
    for outcome in {row[0] for row in rows}:
        curve = [row for row in rows if row[0] == outcome]
        assert [row[1] for row in curve] == [0, 4.375, 8.75, 17.5, 35]
        risks = [row[2] for row in curve]
        # published as it is: flat from the first dose on
        assert outcome == "dementia" or risks == sorted(risks, reverse=True)
        assert all(low <= risk <= high for _, _, risk, low, high, _ in curve)


def test_an_unknown_table_is_named():
    with pytest.raises(FileNotFoundError, match="bout_studies"):
        evidence_table("bout_study")


# ---- central values against the documents' own arithmetic ----


@pytest.mark.parametrize(
    ("path", "expected", "tolerance"),
    [
        ("disease.il6_causal_slope.coronary_heart_disease", math.log(1.25) / 0.65, 0.01),
        ("disease.il6_between_person_slope.stroke", math.log(1.19) / 0.65 / 0.41, 0.01),
        ("disease.il6_between_person_slope.type_2_diabetes", math.log(1.31) / 0.41, 0.01),
        ("disease.diabetes_hazard_ratio.stroke", 0.85 * 2.27 + 0.15 * 1.56, 0.01),
        ("activity.guideline_dose", 2.5 * 3.5, 1e-12),
        ("bout.il1ra_exponent", math.log(39) / math.log(128), 0.01),
        ("bout.il10_threshold_fold", 128 / 27, 0.05),
        ("tnf.training_change", math.exp(-0.43 * math.log(1.15) / 0.5) - 1, 0.005),
        ("crp.person_sd", 1.04 * math.sqrt(1 - 0.5**2), 0.01),
    ],
)
def test_derived_values_follow_from_their_sources(path, expected, tolerance):
    assert central_parameters()[path] == pytest.approx(expected, abs=tolerance)


def test_training_effect_at_published_doses():
    parameters = central_parameters()
    amplitude = parameters["il6.training.amplitude"]
    scale = parameters["il6.training.dose_scale"]

    def fall(dose):
        return -amplitude * (1 - math.exp(-dose / scale))

    assert fall(8.75) == pytest.approx(-0.16 * 0.65, abs=0.01)
    assert fall(13.75) - fall(5) == pytest.approx(-0.06, abs=0.005)


def test_survey_shares_by_sex_follow_from_the_dose_distribution():
    parameters = central_parameters()
    for sex, published in (("male", 0.70), ("female", 0.59)):
        zero = parameters[f"activity.zero_share.{sex}"]
        spread = parameters["activity.dose_log_sd"]
        z = math.log(parameters[f"activity.median_dose.{sex}"] / 8.75) / spread
        share = (1 - zero) * 0.5 * math.erfc(-z / math.sqrt(2))
        assert share == pytest.approx(published, abs=0.03)


def test_smoking_factors_keep_the_population_mean():
    factors = central_parameters().under("people.smoking_deprivation_factor")
    assert sorted(factors) == ["1", "2", "3", "4", "5"]
    assert sum(factors.values()) == pytest.approx(5)


@pytest.mark.parametrize(
    "family",
    [
        "disease.il6_causal_slope",
        "disease.il6_between_person_slope",
        "disease.deprivation_hazard_ratio",
        "disease.curve_position",
        "disease.incidence_scale",
        "economics.disability_weight",
        "economics.utility_decrement",
        "economics.cost_first_year",
        "economics.cost_later_year",
    ],
)
def test_families_have_every_disease(family):
    solved = {"dementia"} if family == "disease.incidence_scale" else set()
    named = {name.split(".")[0] for name in central_parameters().under(family)}
    assert named == set(DISEASES) - solved


# ---- quantiles ----


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_quantiles_rise_and_match_the_definition(distribution):
    at = [quantile(k / 200, distribution, 0.3, 0.2, 0.5) for k in range(1, 200)]
    assert all(later > earlier for earlier, later in pairwise(at))


def test_normal_and_lognormal_meet_a_lopsided_interval():
    for distribution in ("normal", "lognormal"):
        for u, expected in ((0.025, 1.0), (0.5, 2.0), (0.975, 3.5)):
            assert quantile(u, distribution, 2.0, 1.0, 3.5) == pytest.approx(expected)


def test_beta_and_gamma_match_scipy():
    stats = pytest.importorskip("scipy.stats")
    chance = random.Random(4)
    for _ in range(200):
        u, mean = chance.random(), chance.uniform(0.03, 0.9)
        half = min(mean, 1 - mean) * chance.uniform(0.1, 0.9)
        deviation = half / Z_975
        total = mean * (1 - mean) / deviation**2 - 1
        found = quantile(u, "beta", mean, mean - half, mean + half)
        expected = stats.beta.ppf(u, mean * total, (1 - mean) * total)
        assert found == pytest.approx(expected, rel=1e-8, abs=1e-10)
        found = quantile(u, "gamma", mean, mean - half, mean + half)
        expected = stats.gamma.ppf(u, (mean / deviation) ** 2, scale=deviation**2 / mean)
        assert found == pytest.approx(expected, rel=1e-8, abs=1e-10)


def test_truncation_maps_u_into_the_allowed_part():
    lowest = quantile(1e-9, "normal", 0.1, -0.13, 0.31, minimum=0.0)
    assert 0 <= lowest < 1e-6
    share_below_zero = 0.5 * math.erfc(0.1 / (0.23 / Z_975) / math.sqrt(2))
    u = (0.5 - share_below_zero) / (1 - share_below_zero)
    assert quantile(u, "normal", 0.1, -0.13, 0.31, minimum=0.0) == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0.0, "normal", 1, 0, 2), "0 < u < 1"),
        ((0.5, "weibull", 1, 0, 2), "unknown distribution 'weibull'"),
        ((0.5, "normal", 3, 0, 2), "does not hold 3"),
        ((0.5, "lognormal", 1, 0, 2), "above 0"),
        ((0.5, "beta", 0.5, 0, 2), "too wide"),
        ((0.5, "uniform", 1, 0, 2, 3, 4), "no part of the uniform"),
    ],
)
def test_impossible_distributions_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        quantile(*arguments)


# ---- draws ----

PUBLISHED = {
    "disease.il6_causal_slope.coronary_heart_disease": (0.15, 0.60),
    "disease.il6_between_person_slope.stroke": (0.36, 0.93),
    "disease.smoking_hazard_ratio.type_2_diabetes": (1.33, 1.42),
    "disease.smoking_hazard_ratio.breast_cancer": (1.05, 1.10),
    "disease.diabetes_hazard_ratio.coronary_heart_disease": (1.83, 2.19),
    "disease.depression_hazard_ratio.coronary_heart_disease": (1.13, 1.32),
    "disease.depression_hazard_ratio.type_2_diabetes": (1.37, 1.88),
    "disease.lag_years.cancer": (5, 20),
    "mortality.il6_causal_slope.all_else": (-0.196, 0.196),
    "mortality.together.heart_and_stroke": (0.79, 0.97),
    "mortality.bmi_hazard_ratio_per_5.all_else": (1.16, 1.25),
    "il6.training.amplitude": (0.08, 0.26),
    "il6.bmi_slope": (0.039, 0.096),
}


@pytest.mark.parametrize("path", PUBLISHED)
def test_ten_thousand_draws_give_back_the_published_interval(path):
    """2.5 % of the draws lie below and above the published ends.

    What truncation takes away below the range is 1 in 2 000 at most here.
    """
    entry, draws = ENTRIES[path], 10_000
    values = [entry.at_quantile(addressed_uniform(1, path, draw)) for draw in range(draws)]
    low, high = PUBLISHED[path]
    assert_share(sum(value < low for value in values), draws, 0.025, detect=0.7)
    assert_share(sum(value > high for value in values), draws, 0.025, detect=0.7)


@pytest.mark.parametrize("group", ["cardiovascular", "cancer", "dementia", "all_else"])
def test_causal_shares_keep_their_mean_and_reach_their_ends(group):
    """A share is a judgement with a range: most draws lie within it, and their mean is central."""
    path = f"causal_share.{group}"
    entry = ENTRIES[path]
    values = [entry.at_quantile(addressed_uniform(1, path, draw)) for draw in range(4_000)]
    assert_mean(values, entry.value, detect=0.035)
    assert 0.9 < sum(entry.low <= value <= entry.high for value in values) / 4_000 < 0.99
    assert min(values) < entry.low + 0.02 and max(values) > entry.high


def test_an_entry_that_went_names_what_stands_in_its_place():
    gone = {path: new for path, (new, _) in RENAMED.items() if new[0] in ENTRIES}
    assert len(gone) >= 12
    for path, new in gone.items():
        assert path not in ENTRIES and all(each in ENTRIES for each in new)
        with pytest.raises(ParameterError, match=re.escape(f"{path} was renamed; must be ")):
            central_parameters({path: 0.5})


def test_a_shifted_interval_would_be_noticed():
    path = "disease.il6_causal_slope.coronary_heart_disease"
    values = [ENTRIES[path].at_quantile(addressed_uniform(1, path, k)) for k in range(10_000)]
    below = sum(value < 0.18 for value in values)
    with pytest.raises(AssertionError, match="standard errors apart"):
        assert_share(below, 10_000, 0.025, detect=0.7)


def test_a_dose_response_curve_is_drawn_as_a_whole():
    """One number per curve: its draws give back the published interval at every dose alike."""
    path, draws = "disease.curve_position.coronary_heart_disease", 10_000
    positions = [ENTRIES[path].at_quantile(addressed_uniform(1, path, k)) for k in range(draws)]
    table = evidence_table("activity_dose_response")
    names = zip(table["outcome"], table["low"], table["high"], strict=True)
    limits = [(low, high) for name, low, high in names if name == "coronary_heart_disease"][1:]
    curves = [published_curve("coronary_heart_disease", position)[1] for position in positions]
    centre = published_curve("coronary_heart_disease", 0)[1]
    for dose, (low, high) in enumerate(limits, start=1):
        ratios = [math.exp(curve[dose]) for curve in curves]
        # The interval's two halves differ a little on the log scale; one spread serves both.
        middle = math.sqrt(low * high) / math.exp(centre[dose])
        assert middle == pytest.approx(1, abs=0.02)
        below = sum(ratio < low / middle for ratio in ratios)
        above = sum(ratio > high / middle for ratio in ratios)
        assert_share(below, draws, 0.025, detect=0.7)
        assert_share(above, draws, 0.025, detect=0.7)
    lowest = min(range(draws), key=lambda k: curves[k][1])
    assert all(curves[lowest][dose] == min(c[dose] for c in curves) for dose in (2, 3, 4))


def test_figures_of_one_estimate_are_drawn_together():
    """Diabetes: prevalence without incidence would be undone when both are made to fit."""
    moved = parameters_from_quantiles({"disease.incidence_scale.type_2_diabetes.male": 0.9})
    scales = [
        f"disease.{measure}_scale.type_2_diabetes.{sex}"
        for measure in ("incidence", "prevalence")
        for sex in ("male", "female")
    ]
    assert [moved[scale] for scale in scales] == pytest.approx([moved[scales[0]]] * 4)
    assert moved[scales[0]] > central_parameters()[scales[0]]


def test_a_draw_is_addressed():
    first = draw_parameters(3, seed=7)
    assert draw_parameters(3, seed=7) == first
    assert draw_parameters(4, seed=7).hash != first.hash
    assert draw_parameters(3, seed=8).hash != first.hash
    for path in ("il6.bmi_slope", "causal_share.cardiovascular"):
        assert first[path] == ENTRIES[path].at_quantile(addressed_uniform(7, path, 3))


def test_uniforms_are_even_and_unrelated():
    draws = range(4000)
    one, other = ([addressed_uniform(1, path, k) for k in draws] for path in ("a.b", "a.c"))
    assert_mean(one, 0.5, detect=0.05)
    assert_correlation(one, other, 0.0, detect=0.2)


def test_draw_minus_one_is_central():
    assert draw_parameters(-1, seed=1) == central_parameters()


def test_entries_drawn_together_share_their_quantile():
    leader = "activity.median_dose.male"
    follower = "activity.median_dose.female"
    assert follower not in uncertain_paths()
    moved = parameters_from_quantiles({leader: 0.975})
    assert moved[leader] == pytest.approx(26.5)
    assert moved[follower] == pytest.approx(19.6)
    with pytest.raises(ParameterError, match="no uncertainty of its own"):
        parameters_from_quantiles({follower: 0.5})


def test_shares_of_a_whole_stay_whole_in_every_draw():
    for draw in range(50):
        parameters = draw_parameters(draw, seed=2)
        for family in ("activity.habit_share", "activity.mode_share"):
            parts = parameters.under(family).values()
            assert sum(parts) == pytest.approx(1)
            assert min(parts) >= 0


SINGLE, RECURRENT, CHRONIC = (
    f"disease.depression.course_share.{each}" for each in ("single", "recurrent", "chronic")
)


@pytest.mark.parametrize("path", [path for path, e in ENTRIES.items() if e.remainder_of])
def test_what_is_1_less_others_is_set_by_these(path):
    with pytest.raises(ParameterError) as caught:
        central_parameters({path: ENTRIES[path].value})
    *others, last = ENTRIES[path].remainder_of
    told = f"{path} follows from {', '.join(others)} and {last}, 1 less these; must be set by these"
    assert str(caught.value) == told


def test_others_must_leave_what_is_allowed():
    with pytest.raises(ParameterError, match=rf"{SINGLE} leaves -0.1 for {RECURRENT} .* 0 to 1"):
        central_parameters({SINGLE: 0.95})
    assert central_parameters({SINGLE: 0.9, CHRONIC: 0.1})[RECURRENT] == 0.0


def test_drawn_shares_that_leave_too_little_move_together_towards_their_central_values():
    pulled = parameters_from_quantiles({SINGLE: 1 - 1e-15, CHRONIC: 1 - 1e-15})
    alone = [ENTRIES[path].at_quantile(1 - 1e-15) for path in (SINGLE, CHRONIC)]
    assert sum(alone) > 1.05
    shares = [
        (pulled[path] - ENTRIES[path].value) / (drawn - ENTRIES[path].value)
        for path, drawn in zip((SINGLE, CHRONIC), alone, strict=True)
    ]
    assert shares[0] == pytest.approx(shares[1]) and 0 < shares[0] < 1
    assert pulled[SINGLE] + pulled[CHRONIC] == pytest.approx(1.0) and pulled[RECURRENT] == 0.0
    fixed = parameters_from_quantiles({CHRONIC: 0.975}, {SINGLE: 0.84})
    assert fixed[SINGLE] == 0.84 and fixed[CHRONIC] == pytest.approx(0.16)
    usual = parameters_from_quantiles({SINGLE: 0.975, CHRONIC: 0.975})
    assert usual[SINGLE] == ENTRIES[SINGLE].at_quantile(0.975)


def test_exponents_stretch_all_log_hazard_ratios_alike():
    path = "disease.smoking_hazard_ratio.coronary_heart_disease.male"
    table = parameters_from_quantiles({path: 0.975})[path]
    stretched = {age: math.log(ratio) for age, ratio in table.items()}
    central = {age: math.log(ratio) for age, ratio in ENTRIES[path].value.items()}
    assert all(stretched[a] / central[a] == pytest.approx(1.13) for a in central)


def test_factors_multiply_and_stay_in_range():
    path = "people.smoking_share_by_age"
    table = parameters_from_quantiles({path: 0.025})[path]
    assert table[30] == pytest.approx(0.19 * 0.93)


# ---- parameters ----


def test_hashes_depend_on_values_only():
    path = "causal_share.cardiovascular"
    assert central_parameters().hash == central_parameters({path: 0.45}).hash
    assert central_parameters().hash != central_parameters({path: 1}).hash
    assert load_evidence().hash == _evidence_of.__wrapped__(bundled_place()).hash
    assert len(load_evidence().hash) == 32


def test_overrides_win_and_are_kept():
    parameters = parameters_from_quantiles(
        {"causal_share.cardiovascular": 0.1}, {"causal_share.cardiovascular": 1}
    )
    assert parameters["causal_share.cardiovascular"] == 1.0
    assert parameters.overrides == {"causal_share.cardiovascular": 1.0}
    flat = checked_value("people.smoking_share_by_age", 0.2)
    assert set(flat.values()) == {0.2}
    assert table_at(checked_value("people.smoking_share_by_age", {20: 0.1, 60: 0.3}), 40) == 0.2


def test_parameters_travel_between_processes():
    parameters = draw_parameters(1, seed=1, overrides={"people.smoking_share_by_age": {20: 0.2}})
    arrived = pickle.loads(pickle.dumps(parameters))
    assert arrived == parameters
    with pytest.raises(TypeError):
        arrived.values["il6.male"] = 1.0


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("causal_share.cardiovasculr", 1, "did you mean 'causal_share.cardiovascular'"),
        ("causal_share.cardiovascular", 80, r"must be within \[0, 1\]"),
        ("causal_share.cardiovascular", float("nan"), "must be within"),
        ("causal_share.cardiovascular", True, "must be a number"),
        ("causal_share.cardiovascular", "0.8", "must be a number"),
        ("causal_share.cardiovascular", {20: 0.8}, "is one number"),
        ("people.smoking_share_by_age", {}, "the table is empty"),
        ("activity.habit_share.slow", 0.9, "must be within"),
    ],
)
def test_bad_overrides_are_refused(path, value, message):
    with pytest.raises(ParameterError, match=message):
        central_parameters({path: value})


def test_unknown_paths_name_the_nearest():
    with pytest.raises(ParameterError, match="did you mean 'il6.training.amplitude'"):
        central_parameters()["il6.training.amplitud"]
    with pytest.raises(ParameterError, match="unknown parameter"):
        central_parameters().under("il6.nothing")


def test_table_between_and_beyond_its_knots():
    table = {20: 1.0, 40: 2.0, 50: 2.0, 51: 5.0}
    expected = {10: 1.0, 20: 1.0, 30: 1.5, 45: 2.0, 50.5: 3.5, 51: 5.0, 100: 5.0}
    assert {age: table_at(table, age) for age in expected} == expected
    assert table_at(0.3, 50) == 0.3


def test_an_old_path_is_refused_with_the_new_one(monkeypatch):
    new = (("economics.losses_add",), "another switch")
    monkeypatch.setattr("abm.evidence.renamed.RENAMED", {"economics.added": new})
    message = r"economics.added was renamed; must be economics.losses_add \(another switch\)"
    with pytest.raises(ParameterError, match=message):
        central_parameters({"economics.added": 1.0})


@pytest.mark.parametrize("year", ["2020/2021", "20", "last year"])
def test_a_price_year_that_nobody_can_read_is_refused(year):
    leaf = {
        "value": 1.0, "unit": "GBP", "source": ["zhou2023"], "where": "here", "grade": "measured",
        "description": "A cost", "group": "economics", "price_year": year,
    }  # fmt: skip
    with pytest.raises(ValueError, match="price_year is .*, must read 2020 or 2010/11"):
        _entry("economics.yaml", "economics.cost", leaf)
    assert _entry("economics.yaml", "economics.cost", leaf | {"price_year": 2020.0}).price_year


# ---- ledger ----


def test_ledger_lists_every_entry_once():
    text = "\n".join(ledger_lines())
    assert all(text.count(f"\n  {path} = ") == 1 for path in ENTRIES)


def test_ledger_of_assumed_entries():
    lines = ledger_lines(assumed_only=True)
    assumed = {path for path, entry in ENTRIES.items() if entry.grade == "assumed"}
    recalled = {path for path, entry in ENTRIES.items() if entry.grade == "recalled"}
    listed = {
        line.split(" = ")[0].strip() for line in lines if line.startswith("  ") and " = " in line
    }
    assert assumed and recalled and assumed | recalled <= listed
    whole = f"{len(assumed | recalled)} entries: {len(recalled)} recalled, {len(assumed)} assumed"
    assert lines[0].startswith(whole)


def test_ledger_cites_every_source():
    text = "\n".join(ledger_lines(cites=True))
    assert all(f"\n  {key}: " in text for entry in ENTRIES.values() for key in entry.source)


def test_no_third_party_module_is_needed_to_read_the_evidence():
    """Reading the evidence must stay quick, so its modules import the standard library only."""
    for name in ("entries", "parameters", "distributions", "reader", "ledger"):
        tree = ast.parse((Path(EVIDENCE_FOLDER) / f"{name}.py").read_text(encoding="utf-8"))
        roots = {
            alias.name.split(".")[0]
            for node in ast.walk(tree)
            if isinstance(node, ast.Import)
            for alias in node.names
        } | {n.module.split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
        assert not roots & {"numpy", "scipy", "pandas", "numba", "ruamel", "pydantic"}
