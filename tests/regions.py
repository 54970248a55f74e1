"""Regions of a page that scroll: their names, as a screen reader tells them apart."""

from __future__ import annotations

import html
import re

REGIONS = r'<(?:pre|div class="(?:scroll|paper)")[^>]*>'
VAGUE = ("table", "figure", "region", "data")


def names_of_regions(page: str) -> list[str]:
    """Return the names of all regions that scroll, in the order of the page; "" without one."""
    return [_name(tag, page) for tag in re.findall(REGIONS, page)]


def _name(tag: str, page: str) -> str:
    label = re.search(r' aria-label="([^"]*)"', tag)
    if label:
        return html.unescape(label[1]).strip()
    named_by = re.search(r' aria-labelledby="([^"]*)"', tag)
    return " ".join(_text_of(each, page) for each in named_by[1].split()) if named_by else ""


def _text_of(identifier: str, page: str) -> str:
    element = rf'<(\w+)(?=[^>]* id="{re.escape(identifier)}")[^>]*>(.*?)</\1>'
    found = re.search(element, page, re.DOTALL)
    return html.unescape(re.sub(r"<[^>]+>", "", found[2])).strip() if found else ""


def check_regions(page: str, fewest: int) -> None:
    """Check that a page has regions, each with a name of its own that says what it holds."""
    names = names_of_regions(page)
    assert len(names) >= fewest, names
    assert [each for each in names if not each or each.lower() in VAGUE] == []
    assert sorted({each for each in names if names.count(each) > 1}) == []
