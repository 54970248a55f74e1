"""Figures on a page: drawn inline, in a frame that scrolls where the screen is narrow."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

if TYPE_CHECKING:
    from analysis.plots.files import RenderedFigure


TALL = 0.95  # of the width


def on_page(figures: Iterable[RenderedFigure]) -> list[dict[str, Any]]:
    """Return what the macro ``paper`` of ``figures.html`` prints of each figure."""
    return [
        {
            "name": figure.name,
            "title": figure.title,
            "note": figure.note,
            "tall": is_tall(figure.svg.decode()),
            "svg": Markup(inline_svg(figure.svg.decode(), figure.name)),
        }
        for figure in figures
    ]


def is_tall(svg: str) -> bool:
    """Return whether a drawing is about as tall as wide, and so takes a page of paper by itself.

    Examples
    --------
    >>> is_tall('<svg viewBox="0 0 590 620">'), is_tall('<svg viewBox="0 0 590 490">')
    (True, False)
    """
    found = re.search(r'viewBox="\S+ \S+ (\S+) (\S+)"', svg)
    return found is not None and float(found[2]) > TALL * float(found[1])


def inline_svg(svg: str, name: str) -> str:
    """Return an SVG file's drawing for use inside a page.

    Drops the prologue, the metadata and the fixed size, and puts the figure's name before every
    id, because the ids of several figures would otherwise meet in one page.
    """
    drawing = svg[svg.index("<svg") :]
    drawing = re.sub(r"<metadata>.*?</metadata>", "", drawing, flags=re.DOTALL)
    drawing = re.sub(r'\b(id|clip-path)="(?!url)', rf'\1="{name}-', drawing)
    drawing = re.sub(r"url\(#", f"url(#{name}-", drawing)
    drawing = re.sub(r'(xlink:href)="#', rf'\1="#{name}-', drawing)
    head, body = drawing.split(">", 1)
    head = re.sub(r'\s(width|height)="[^"]*"', "", head)
    return f'{head} role="img" aria-labelledby="{name}-caption">{body}'
