"""A hundred random policies as twenty pages answer them, against runs of a hundred thousand."""

import pytest

from tests.browser import chromium
from tests.explore_study import compared

pytestmark = [
    pytest.mark.validation, pytest.mark.slow,
    pytest.mark.skipif(chromium() is None, reason="there is no Chromium"),
]  # fmt: skip


def test_pages_and_runs_agree_within_their_errors():
    found = list(compared(pages=20, policies=5, persons=100_000, of_page=10_000))
    assert len(found) == 800
    assert sum(each.within for each in found) >= 0.85 * len(found)
    # negative control: a page's answer to another policy is not the run's
    wrong = [
        abs(first.answer - second.run) <= 1.96 * (first.answer_error + second.run_error)
        for first, second in zip(found, found[8:], strict=False)
    ]
    assert sum(wrong) < 0.7 * len(wrong)
