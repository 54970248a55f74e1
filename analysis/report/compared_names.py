"""What a comparison's page calls its options: by title, with the letter and colour of its key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from abm.scenario.text import printable
from analysis.decision.options import NOTHING
from analysis.pages.marks import COLOURS, KEYS
from analysis.report.compared_setting import LONGEST_TITLE
from analysis.report.comparison_words import DOING_NOTHING
from analysis.words import capitalised


class Shown(NamedTuple):
    """What scenarios are called by their own names: at heads, in sentences, by letter and colour.

    ``letters`` and ``colours`` are in the order of the page, and of scenarios alone.
    """

    heads: dict[str, str]
    sentences: dict[str, str]
    letters: dict[str, str]
    colours: dict[str, int]


def shown_names(order: Sequence[str], titles: Mapping[str, str]) -> Shown:
    """Return what scenarios are called: by their titles, where no two have the same.

    Parameters
    ----------
    order
        Scenarios in the order of the page.
    titles
        By scenario; one may have none.

    Examples
    --------
    >>> shown_names(["a", "b"], {"a": "Led walks.", "b": ""}).sentences
    {'a': '“Led walks”', 'b': 'b', 'nothing': 'doing nothing'}
    """
    told = {name: printable(str(titles.get(name) or "").rstrip(". "), LONGEST_TITLE)
            for name in order}  # fmt: skip
    own = {name for name in order if told[name] and list(told.values()).count(told[name]) == 1}
    heads = {name: told[name] if name in own else name for name in order}
    sentences = {name: f"“{told[name]}”" if name in own else name for name in order}
    places = list(enumerate(order))
    return Shown(
        heads | {NOTHING: capitalised(DOING_NOTHING)}, sentences | {NOTHING: DOING_NOTHING},
        {name: KEYS[place % len(KEYS)] for place, name in places},
        {name: place % COLOURS + 1 for place, name in places},
    )  # fmt: skip
