"""One panel of a result on the caller's axes."""

import matplotlib
import pandas as pd
import pytest
from figure_texts import on_a_frame
from matplotlib.figure import Figure
from synthetic_result import make_result

from abm import load_scenario, simulate
from analysis import plot
from analysis.plots.panels import OF_EFFECTS, PANELS

NEED_MORE = {"spending"}  # a budget, which the made-up result has not


@pytest.fixture(scope="module")
def result():
    return make_result(draws=True, years=8)


@pytest.fixture(scope="module")
def alone():
    found = make_result(worlds=("baseline",), years=3)
    found.effects = pd.DataFrame({"outcome": ["deaths"], "baseline": [1.0]})
    return found


@pytest.mark.parametrize("name", sorted(set(PANELS) - NEED_MORE))
def test_every_panel_is_drawn_on_axes_of_ones_own_with_labels(name, result):
    axes = Figure(layout="constrained").subplots()
    assert plot(result, name, ax=axes) is axes
    assert axes.has_data()
    assert axes.get_xlabel() or axes.get_ylabel() or name == "risk_map"
    assert bool(axes.get_title(loc="left")) == bool(PANELS[name].split)


def test_without_axes_a_figure_is_made_which_a_notebook_shows(result):
    before = matplotlib.get_backend()
    matplotlib.use("Agg")
    from matplotlib import pyplot

    try:
        axes = plot(result)
        assert pyplot.fignum_exists(axes.figure.number)
        pyplot.close(axes.figure)
    finally:
        matplotlib.use(before)


def test_numbers_stand_clear_of_the_frame_of_ones_own_axes(result):
    figure = Figure(figsize=(5, 3), layout="constrained")
    axes = plot(result, "cases_averted", figure.subplots(), of="stroke")
    assert [text.get_text() for text in axes.texts] and not on_a_frame(figure)


def test_one_of_several_is_chosen(result):
    titles = []
    for name in ("stroke", "incidence.stroke", None):
        axes = plot(result, "incidence", Figure().subplots(), of=name)
        titles.append(axes.get_title(loc="left"))
    assert titles == ["Stroke", "Stroke", "Coronary heart disease"]
    benefit = plot(result, "who_benefits", Figure().subplots(), of="qalys_gained")
    assert benefit.get_title(loc="left") == "QALYs gained"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("efects",), "unknown figure 'efects'; must be one of effects, .*did you mean 'effects'"),
        (("spending",), "needs policies|must be one of effects"),
        (("incidence", "strok"), "has no disease 'strok'; must be one of .*did you mean 'stroke'"),
        (("survival", "stroke"), "shows all at once, so of='stroke' must be left out"),
    ],
)
def test_a_wrong_word_is_named_with_the_nearest(words, told, result):
    name, *of = words
    axes = Figure().subplots()
    with pytest.raises(ValueError, match=told):
        plot(result, name, axes, of=of[0] if of else None)
    assert not axes.has_data()


@pytest.mark.parametrize("name", ["effects", "efects", "survival"])
@pytest.mark.parametrize("what", ["nothing", "a table", "several", "a scenario", "a folder"])
def test_what_is_no_result_is_told(what, name, result):
    given, told = {
        "nothing": (None, "is None"),
        "a table": (result.effects, "is of the kind DataFrame"),
        "several": ({"a": result}, "is of the kind dict"),
        "a scenario": (load_scenario("uk"), "is of the kind Scenario"),
        "a folder": ("results/uk", r"is the text 'results/uk' \(a saved result has to be loaded"),
    }[what]
    axes = Figure().subplots()
    with pytest.raises(TypeError, match=f"plot: result: {told}.*; must be what abm.simulate or "):
        plot(given, name, axes)
    assert not axes.has_data()


def test_a_run_without_policies_offers_what_needs_none(alone):
    assert plot(alone, "survival", Figure().subplots()).has_data()
    with pytest.raises(ValueError, match="effects'; must be one of incidence, ") as told:
        plot(alone, "effects")
    assert "who_benefits," not in str(told.value)


@pytest.mark.parametrize("name", sorted(set(PANELS) - set(OF_EFFECTS)))
def test_panels_of_everybody_are_refused_where_only_effects_were_simulated(name):
    found = simulate("walking_groups", persons=60, years=2, only_effects=True)
    with pytest.raises(ValueError, match="asks for everybody.*must be one of effects"):
        plot(found, name)
