"""Where the texts of a figure lie, as drawn: which of them overlap, or cover what is drawn."""

from __future__ import annotations

from collections.abc import Iterator

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

Boxes = list[tuple[str, Bbox]]


def text_boxes(figure: Figure) -> Boxes:
    """Draw a figure and return its texts with their boxes [pixels]; slanted ones are left out."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    hidden = set(out_of_sight(figure))
    found = []
    for text in figure.findobj(Text):
        shown = text.get_visible() and text.get_text().strip() and text.get_rotation() in (0, 90)
        if shown and text not in hidden:
            # An annotation's own box holds its line too.
            found.append((text.get_text(), Text.get_window_extent(text, renderer)))
    return found


def out_of_sight(figure: Figure) -> Iterator[Text]:
    """Yield the labels of ticks beyond their axis, which are not drawn."""
    for panel in figure.axes:
        for axis in (panel.xaxis, panel.yaxis):
            low, high = sorted(axis.get_view_interval())
            for tick in [*axis.majorTicks, *axis.minorTicks]:
                if not (panel.axison and low <= tick.get_loc() <= high):
                    yield from (tick.label1, tick.label2)


def overlapping(figure: Figure) -> list[str]:
    """Return which texts of a figure reach beyond its edges, or lie over one another."""
    boxes = text_boxes(figure)
    page = figure.bbox
    beyond = [
        f"{text!r} beyond the edge"
        for text, box in boxes
        if box.x0 < page.x0 or box.x1 > page.x1 or box.y0 < page.y0 or box.y1 > page.y1
    ]
    return beyond + list(_crossing(boxes, boxes))


def covering(figure: Figure) -> list[str]:
    """Return which labels of the panels of a figure lie on a dot, or on a bar."""
    own = {text.get_text() for panel in figure.axes for text in panel.texts}
    labels = [(text, box) for text, box in text_boxes(figure) if text in own]
    drawn = [
        *((f"a dot at {point}", Bbox.from_bounds(*(point - 2), 4, 4))
          for panel in figure.axes for each in panel.collections if isinstance(each, PathCollection)
          for point in each.get_offset_transform().transform(each.get_offsets())),
        *(("a bar", bar.get_window_extent()) for panel in figure.axes for bar in panel.patches
          if bar.get_width()),
    ]  # fmt: skip
    return list(_crossing(labels, drawn))


def on_a_frame(figure: Figure) -> list[str]:
    """Return which labels of the panels of a figure lie on a line of a frame."""
    boxes = text_boxes(figure)
    found = []
    for panel in figure.axes:
        own = {text.get_text() for text in panel.texts}
        lines = [(f"the {side} line", line.get_window_extent())
                 for side, line in panel.spines.items() if panel.axison and line.get_visible()]
        found += [f"{text!r} over {side}" for text, box in boxes if text in own
                  for side, line in lines if box.overlaps(line)]  # fmt: skip
    return found


def _crossing(ones: Boxes, others: Boxes) -> Iterator[str]:
    for one, box in ones:
        for other, second in others:
            if box is not second and (ones is not others or one <= other) and _over(box, second):
                yield f"{one!r} over {other!r}"


def _over(one: Bbox, other: Bbox) -> bool:
    """Say whether two boxes share more than a pixel's edge."""
    wide = min(one.x1, other.x1) - max(one.x0, other.x0)
    high = min(one.y1, other.y1) - max(one.y0, other.y0)
    return wide > 1.0 and high > 1.0
