"""The page of docs/mesa.md for a browser, drawn without one: its buttons and slider work."""

import re
from pathlib import Path

import pytest

from abm.mesa_face.numbers import with_numbers

solara = pytest.importorskip("solara")
pytest.importorskip("altair")
ROOT = Path(__file__).resolve().parents[2]
pytestmark = [
    pytest.mark.slow,
    # Solara's own: what it calls is older than what it stands on.
    pytest.mark.filterwarnings("ignore"),
]


def the_script():
    page = (ROOT / "docs" / "mesa.md").read_text(encoding="utf-8")
    (found,) = [each for each in re.findall(r"```python\n(.*?)```", page, re.DOTALL)
                if "SolaraViz" in each]  # fmt: skip
    return found.replace("persons=500", "persons=60").replace('"persons": 500', '"persons": 60')


@pytest.fixture
def drawn():
    import matplotlib

    before = matplotlib.get_backend()
    matplotlib.use("Agg")
    names = {}
    exec(compile(the_script(), "docs/mesa.md", "exec"), names)
    box, context = solara.render(solara.AppLayout(children=[names["page"]]), handle_error=False)
    yield names["model"], context
    context.close()
    matplotlib.use(before)


def button(context, label):
    import ipyvuetify

    buttons = context.find(ipyvuetify.Btn).widgets
    (found,) = [each for each in buttons if label.upper() in str(each.children).upper()]
    return found


def test_the_page_is_drawn_and_steps(drawn):
    model, context = drawn
    button(context, "Step").click()
    assert model.steps >= 1
    assert len(model.datacollector.model_vars["date"]) == model.steps


def test_the_slider_makes_another_model(drawn, monkeypatch):
    import ipyvuetify

    made = []

    def noted(scenario, numbers, model_class):
        made.append(dict(numbers))
        return with_numbers(scenario, numbers, model_class)

    monkeypatch.setattr("abm.mesa_face.model.with_numbers", noted)

    model, context = drawn
    sliders = context.find(ipyvuetify.Slider).widgets
    (reach,) = [each for each in sliders if each.label == "share reached"]
    assert reach.v_model == 0.4
    reach.v_model = 0.9
    button(context, "Reset").click()
    assert dict(model.numbers) == {} and made[-1] == {"policies.walks.reach": 0.9}
