"""The gallery shows every figure that the program draws, each in words."""

import re
from pathlib import Path

from tests.gallery import DOCS, PICTURES, WORDS

OF_ITS_OWN_PAGE = {"validation"}  # docs/validation.md
ANALYSIS = Path(__file__).parents[2] / "analysis"


def test_every_figure_has_words_a_picture_and_a_place_on_the_page():
    drawn = {
        name
        for path in ANALYSIS.rglob("*.py")
        for name in re.findall(r'Drawing\(\s*"(\w+)"', path.read_text(encoding="utf-8"))
    } - OF_ITS_OWN_PAGE
    assert len(drawn) > 10 and drawn == set(WORDS)
    assert {path.stem for path in PICTURES.iterdir()} == drawn
    page = (DOCS / "gallery.md").read_text(encoding="utf-8")
    for name in drawn:
        assert f"![{WORDS[name]}](gallery/{name}.webp)" in page, name
