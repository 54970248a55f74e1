"""Regions of a page that scroll: their names, as a screen reader tells them apart."""

from __future__ import annotations

import html
import re

REGIONS = r'<(?:pre|div class="(?:scroll|paper)")[^>]*>'
VAGUE = ("table", "figure", "region", "data")


def names_of_regions(page: str) -> list[str]:
    """Return the names of all regions that scroll, in the order of the page; "" without one."""
    named = (re.search(r' aria-label="([^"]*)"', tag) for tag in re.findall(REGIONS, page))
    return [html.unescape(found[1]).strip() if found else "" for found in named]


def check_regions(page: str, fewest: int) -> None:
    """Check that a page has regions, each with a name of its own that says what it holds."""
    names = names_of_regions(page)
    assert len(names) >= fewest, names
    assert [each for each in names if not each or each.lower() in VAGUE] == []
    assert sorted({each for each in names if names.count(each) > 1}) == []
