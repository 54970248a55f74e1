"""The gallery shows every figure that the program draws, each in words."""

import re
from pathlib import Path

from analysis.plots import style
from analysis.sensitivity.design import Input
from analysis.sensitivity.plan import Plan
from analysis.sensitivity.presentation.figures import drawings_of
from analysis.sensitivity.study import run_study
from tests.gallery import DOCS, OF_STUDIES, PICTURES, WORDS

OF_ITS_OWN_PAGE = {"validation"}  # docs/validation.md
ANALYSIS = Path(__file__).parents[2] / "analysis"


def test_every_figure_has_words_a_picture_and_a_place_on_the_page():
    drawn = {
        name
        for path in ANALYSIS.rglob("*.py")
        for name in re.findall(r'Drawing\(\s*"(\w+)"', path.read_text(encoding="utf-8"))
    } - OF_ITS_OWN_PAGE
    drawn |= {f"{method}_{kind}" for method, kinds in OF_STUDIES.items() for kind in kinds}
    assert len(drawn) > 10 and drawn == set(WORDS)
    assert {path.stem for path in PICTURES.iterdir()} == drawn
    page = (DOCS / "gallery.md").read_text(encoding="utf-8")
    for name in drawn:
        assert f"![{WORDS[name]}](gallery/{name}.webp)" in page, name


def one_of_two(sample, seed):
    return {"a": sample.get("x", 0.5), "b": 1.0}


def test_every_kind_of_figure_of_a_study_is_in_the_gallery():
    inputs = tuple(Input(name, quantile=lambda share: share) for name in ("x", "y"))
    kinds = set()
    for method, samples in (("oat", 1), ("morris", 8), ("sobol", 16), ("delta", 128)):
        plan = Plan(method, inputs, samples)
        study = run_study(plan, one_of_two, ["a", "b"])
        with style.house_style():
            names = [drawing.name for drawing in drawings_of(study)]
        kinds |= {name.removeprefix(f"{method}_").removesuffix("_a") for name in names}
    wanted = {kind for kinds in OF_STUDIES.values() for kind in kinds}
    assert {kind for kind in kinds if not kind.endswith("_b")} == wanted
