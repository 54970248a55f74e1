"""Every case of two groups has its sentence, and none says of a group what is not known."""

import re
from itertools import product

import pytest

from analysis.tables.who_gains import GAINS, KINDS, LOSES, OPEN, SAME, Pair, who_gains

SEXES = Pair("women", "men")
TABLE = {
    (GAINS, GAINS, 1): "women gain more QALYs than men",
    (GAINS, GAINS, -1): "women gain fewer QALYs than men",
    (GAINS, GAINS, 0): "whether women or men gain more QALYs cannot be told",
    (LOSES, LOSES, 1): "women lose fewer QALYs than men",
    (LOSES, LOSES, -1): "women lose more QALYs than men",
    (LOSES, LOSES, 0): "whether women or men lose more QALYs cannot be told",
    (GAINS, LOSES, 1): "women gain QALYs and men lose some",
    (LOSES, GAINS, -1): "women lose QALYs and men gain some",
    (GAINS, SAME, 1): "women gain QALYs and nothing changes for men",
    (SAME, LOSES, 1): "nothing changes for women and men lose QALYs",
    (GAINS, OPEN, 1): "women gain more QALYs than men, for whom a loss is not ruled out",
    (OPEN, GAINS, -1): "women gain fewer QALYs than men, or lose some",
    (LOSES, OPEN, -1): "women lose more QALYs than men, for whom a gain is not ruled out",
    (OPEN, LOSES, 1): "women lose fewer QALYs than men, or gain some",
    (OPEN, GAINS, 0): "men gain QALYs; whether women gain more, fewer or none cannot be told",
    (OPEN, OPEN, 1): "women gain more QALYs than men, or lose fewer",
    (OPEN, OPEN, -1): "women gain fewer QALYs than men, or lose more",
    (OPEN, OPEN, 0): "whether women or men gain or lose QALYs cannot be told",
    (OPEN, SAME, 0): "nothing changes for men; whether women gain or lose QALYs cannot be told",
    (SAME, SAME, 0): "nothing changes for women or men",
}


@pytest.mark.parametrize("case", TABLE)
def test_a_case_is_told_in_its_own_words(case):
    first, second, side = case
    assert who_gains(SEXES, (first, second), side) == TABLE[case]


def claims(text):
    """Return who is said to gain and who to lose, without doubt and without comparison."""
    sure = [each for each in text.split("; ") if "cannot be told" not in each]
    return {
        (who, verb)
        for each in sure
        for who in ("women", "men")
        for verb in ("gain", "lose")
        if re.search(rf"\b{who} {verb} QALYs|and {who} {verb} some", each)
    }


@pytest.mark.parametrize(("first", "second", "side"), list(product(KINDS, KINDS, (1, 0, -1))))
def test_no_case_claims_more_than_is_known(first, second, side):
    text = who_gains(SEXES, (first, second), side)
    kinds = {"women": first, "men": second}
    for who, verb in claims(text):
        assert kinds[who] == {"gain": GAINS, "lose": LOSES}[verb], text
    if OPEN in (first, second) and side == 0:
        assert "cannot be told" in text
    if {first, second} == {GAINS, LOSES}:
        assert "more" not in text and "fewer" not in text


@pytest.mark.parametrize(("first", "second", "side"), list(product(KINDS, KINDS, (1, 0, -1))))
def test_the_words_are_the_same_whichever_group_comes_first(first, second, side):
    """Turned round, the claims are of the same groups."""
    turned = Pair("men", "women")
    text = who_gains(SEXES, (first, second), side)
    back = who_gains(turned, (second, first), -side)
    assert claims(text) == claims(back)
    assert ("cannot be told" in text) == ("cannot be told" in back)
