"""Every condition of the table has its place in each figure, however many there are."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from synthetic_result import made_up_conditions, make_result

from abm import conditions
from analysis import plots
from analysis.report.comparison import compare_effects, draw_comparison


def panels_titled(drawing: plots.Drawing) -> dict[str, Axes]:
    shown = [panel for panel in drawing.figure.axes if panel.axison and panel.get_title("left")]
    return {panel.get_title("left").replace("\n", " ").lower(): panel for panel in shown}


def shows_data(panel: Axes) -> bool:
    """Say whether a panel holds more than its frame and reference lines across it."""
    curves = [line for line in panel.lines if line.get_transform() is panel.transData]
    areas = [path for each in panel.collections for path in each.get_paths()]
    return any(np.isfinite(line.get_xydata()).any() for line in curves) or bool(
        any(len(path.vertices) for path in areas) or panel.patches
    )


def misplaced(drawing: plots.Drawing) -> list[str]:
    """Return the panel titles of a drawing that reach beyond its edges or into one another."""
    canvas = FigureCanvasAgg(drawing.figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    page = drawing.figure.bbox
    texts = [text for panel in drawing.figure.axes for text in panel.get_children()]
    titles = [text for text in texts if type(text) is Text and text.get_fontweight() == "bold"]
    boxes = [(t.get_text(), t.get_window_extent(renderer)) for t in titles if t.get_text()]
    beyond = [text for text, box in boxes if box.x1 > page.x1 or box.x0 < page.x0]
    crossing = [
        f"{one} over {other}"
        for place, (one, box) in enumerate(boxes)
        for other, second in boxes[place + 1 :]
        if box.overlaps(second)
    ]
    return beyond + crossing


@pytest.mark.parametrize("worlds", [("baseline", "policy"), ("baseline",)], ids=len)
@pytest.mark.parametrize("number", [len(conditions.DISEASES) + more for more in (1, 3)])
def test_every_condition_has_a_place_in_each_figure(number, worlds, monkeypatch):
    table = made_up_conditions(number)
    monkeypatch.setattr(conditions, "CONDITIONS", table)
    names = {each.label for each in table if each.is_disease}
    assert len(names) == number
    made = make_result(worlds=worlds, years=4, draws=True)
    one_panel_each = {"cumulative_incidence", "rate_by_activity_group", "risk_by_age_and_activity",
                      "who_benefits"}  # fmt: skip
    for drawing in plots.drawings(made):
        assert not misplaced(drawing), drawing.name
        empty = [p.get_title("left") for p in drawing.figure.axes if p.axison and not shows_data(p)]
        assert not empty, drawing.name
        if drawing.name in one_panel_each:
            one_panel_each.discard(drawing.name)
            assert names <= set(panels_titled(drawing)), drawing.name
        if drawing.name == "cases_averted":
            rows = [t.get_text() for p in drawing.figure.axes for t in p.get_yticklabels()]
            assert len(rows) == number + 1
            assert "Chronic obstructive pulmonary disease" in rows
    assert one_panel_each == (set() if len(worlds) == 2 else {"who_benefits"})


def test_an_empty_panel_and_titles_out_of_place_are_noticed():
    """The negative controls of the test above."""
    figure = Figure()
    left, right = figure.subplots(1, 2)
    left.axhline(0)
    assert not shows_data(left)
    left.plot([1.0], [2.0])
    assert shows_data(left)
    for panel in (left, right):
        panel.set_title("as wide as the whole figure, " * 4, loc="left", fontweight="bold")
    one, other, crossing = misplaced(plots.Drawing("wide", figure, pd.DataFrame(), "", ""))
    assert one == other and "over" in crossing


@pytest.mark.parametrize("number", [len(conditions.DISEASES) + more for more in (1, 3)])
def test_every_condition_has_a_place_in_the_comparison(number, monkeypatch, tmp_path):
    table = made_up_conditions(number)
    monkeypatch.setattr(conditions, "CONDITIONS", table)
    comparison = compare_effects({"a": make_result(years=5, draws=True).effects})
    draw_comparison(comparison, tmp_path)
    assert set(comparison["outcome"]) == {each.name for each in table if each.is_disease} | {
        "deaths"
    }
