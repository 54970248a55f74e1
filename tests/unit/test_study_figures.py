"""In the figures of a study no label lies over another, a dot or a bar."""

import math

import pandas as pd
import pytest
from figure_texts import covering, overlapping
from matplotlib.figure import Figure

from abm import load_scenario
from analysis.input_names import name_of_input
from analysis.plots import style
from analysis.sensitivity.design import DUMMY, Input
from analysis.sensitivity.plan import Plan
from analysis.sensitivity.presentation.figures import drawings_of
from analysis.sensitivity.presentation.labels import apart, write_values
from analysis.sensitivity.presentation.panels import draw_tornado
from analysis.sensitivity.scenario_study import inputs_of
from analysis.sensitivity.study import run_study

OUTPUTS = [
    "net_benefit_per_100k", "qalys_gained_per_100k", "expected_averted_per_100k.type_2_diabetes",
    "expected_relative_change.il6",
]  # fmt: skip


def inputs(many):
    """Return inputs of a scenario whose names in words are longest, of several groups."""
    known = inputs_of(load_scenario("walking_groups")).values()
    numbers = [entry for entry in known if entry.quantile is not None]
    chosen = sorted(numbers, key=lambda entry: -len(name_of_input(entry.name)))[: many - 1]
    return (*chosen, Input(DUMMY, DUMMY))


def crowded(chosen):
    """Return a model in which inputs matter alike, turn round, interact, or do nothing."""

    def evaluate(sample, seed):
        share = [sample.get(entry.name, 0.5) for entry in chosen]
        alike = sum(x * (1 + 0.002 * k) for k, x in enumerate(share[:-1:2]))
        turning = sum((x - 0.3) ** 2 for x in share[1:-1:4])
        net = 1e7 * (alike + turning + share[0] * share[1]) - 3e7
        return {
            "net_benefit_per_100k": net,
            "qalys_gained_per_100k": 1e-3 * math.exp(4 * share[0]),
            "expected_averted_per_100k.type_2_diabetes": share[2] - 0.5 + 1e-6 * share[3],
            "expected_relative_change.il6": -share[4] ** 8,
        }

    return evaluate


@pytest.mark.parametrize(
    ("method", "samples", "many", "options"),
    [
        ("oat", 1, 24, {}),
        ("morris", 6, 40, {}),
        ("morris", 6, 5, {}),
        ("morris", 6, 24, {"grouped": True}),
        ("sobol", 16, 8, {}),
        ("delta", 128, 8, {}),
    ],
)
def test_no_label_lies_over_another_nor_over_what_is_drawn(method, samples, many, options):
    chosen = inputs(many)
    study = run_study(Plan(method, chosen, samples, **options), crowded(chosen), OUTPUTS)
    with style.house_style():
        drawn = drawings_of(study)
        assert len(drawn) > len(OUTPUTS)
        for drawing in drawn:
            assert overlapping(drawing.figure) == [], drawing.name
            assert covering(drawing.figure) == [], drawing.name


def test_both_values_of_an_input_stand_in_the_tornado_though_both_bars_lie_on_one_side():
    rows = [(1.0, 3.0), (-3.0, -1.0), (-1.0, 2.0), (5.0, 4.0), (0.0, 2.0)]
    ends = pd.DataFrame(rows, columns=["low", "high"])
    table = ends.assign(input=list("abcde"), low_value=list("ABCDE"), high_value=list("KLMNO"))
    with style.house_style():
        figure, axes = style.new_figure(3.0)
        draw_tornado(table, axes[0, 0])
        write_values(axes[0, 0], table)
        assert overlapping(figure) == [] and covering(figure) == []
    written = [each.get_text() for each in axes[0, 0].texts]
    assert written == ["K / A", "B / L", "C", "M", "D / N", "E", "O"]


def test_labels_over_one_another_and_over_a_dot_are_noticed():
    """The negative controls of the test above."""
    figure = Figure()
    panel = figure.subplots()
    panel.scatter([0.5], [0.5])
    panel.bar([0.9], [0.5], 0.1)
    panel.set(xlim=(0, 1), ylim=(0, 1))
    for place, word in ((0.5, "one"), (0.52, "other"), (0.9, "last")):
        panel.text(place, 0.5 if word != "last" else 0.3, word, va="center")
    assert overlapping(figure) == ["'one' over 'other'"]
    assert [each.partition(" over ")[0] for each in covering(figure)] == ["'one'", "'last'"]
    panel.set_title("much too wide for the figure, " * 9)
    assert any("beyond the edge" in each for each in overlapping(figure))


@pytest.mark.parametrize("wanted", [[0.99] * 5, [0.01] * 5, [0.9, 0.89, 0.5, 0.05, 0.04]])
def test_labels_that_are_pushed_apart_stay_in_order_and_inside(wanted):
    heights = [0.1, 0.2, 0.1, 0.2, 0.1]
    found = apart(wanted, heights)
    ends = [(y - h / 2, y + h / 2) for y, h in zip(found, heights, strict=True)]
    for (low, _), (_, high) in zip(ends, ends[1:], strict=False):
        assert high <= low + 1e-6
    assert ends[-1][0] >= -1e-6 and ends[0][1] <= 1.05 + 1e-6
