"""A figure drawn once for both of its files: every stroke goes to PNG and SVG.

Matplotlib draws a figure anew for each file, and at other dots per inch, so that it would also
measure every text again. Here one pass over the figure is written down twice.
"""

from __future__ import annotations

from io import BytesIO, StringIO
from typing import TYPE_CHECKING, Any

from matplotlib.backend_bases import GraphicsContextBase, RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.image import imsave

from analysis.plots import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

POINTS_PER_INCH = 72.0
COMPRESSED = 3  # of level 6, the default, files are as large and take half as long again


class BothRenderer(RendererBase):
    """Draws on the raster of a PNG, which also measures text, and writes the same as SVG.

    Both count in dots; what an SVG has in points (widths of lines, sizes of letters) is scaled.
    """

    def __init__(self, width: int, height: int, dpi: float) -> None:
        super().__init__()
        self.dpi, self.scale = dpi, dpi / POINTS_PER_INCH
        self.agg = RendererAgg(width, height, dpi)
        self.text = StringIO()
        self.svg = RendererSVG(width, height, self.text, image_dpi=dpi, metadata={"Date": None})

    # What is asked before anything is drawn.

    def __getattr__(self, name: str) -> Any:
        """Return what else the raster knows, such as how high the lines of a font are."""
        if name == "agg":  # not there yet
            raise AttributeError(name)
        return getattr(self.agg, name)

    def get_canvas_width_height(self) -> tuple[float, float]:
        """Return the size in dots."""
        size: tuple[float, float] = self.agg.get_canvas_width_height()
        return size

    def flipy(self) -> bool:
        """Return that y counts downwards, as in both files."""
        return True

    def points_to_pixels(self, points: Any) -> Any:
        """Return points in dots."""
        return self.agg.points_to_pixels(points)

    def get_text_width_height_descent(self, s: str, prop: Any, ismath: Any) -> Any:
        """Return how much room a text takes, in dots."""
        return self.agg.get_text_width_height_descent(s, prop, ismath)

    # What is drawn.

    def open_group(self, s: str, gid: str | None = None) -> None:
        """Begin a group, which only an SVG has."""
        self.svg.open_group(s, gid)

    def close_group(self, s: str) -> None:
        """End a group."""
        self.svg.close_group(s)

    def draw_path(self, gc: Any, path: Any, transform: Any, rgbFace: Any = None) -> None:
        """Draw a path."""
        self.agg.draw_path(gc, path, transform, rgbFace)
        self.svg.draw_path(self._scaled(gc), path, transform, rgbFace)

    def draw_markers(
        self, gc: Any, marker_path: Any, marker_trans: Any, path: Any, trans: Any,
        rgbFace: Any = None,
    ) -> None:  # fmt: skip
        """Draw a marker at each point of a path."""
        self.agg.draw_markers(gc, marker_path, marker_trans, path, trans, rgbFace)
        self.svg.draw_markers(self._scaled(gc), marker_path, marker_trans, path, trans, rgbFace)

    def draw_path_collection(
        self, gc: Any, master_transform: Any, paths: Any, all_transforms: Any, offsets: Any,
        offset_trans: Any, facecolors: Any, edgecolors: Any, linewidths: Any, linestyles: Any,
        *rest: Any, **named: Any,
    ) -> None:  # fmt: skip
        """Draw several paths."""
        first = (master_transform, paths, all_transforms, offsets, offset_trans, facecolors,
                 edgecolors)  # fmt: skip
        self.agg.draw_path_collection(gc, *first, linewidths, linestyles, *rest, **named)
        wide = [width * self.scale for width in linewidths]
        dashed = [self._dashes(*each) for each in linestyles]
        self.svg.draw_path_collection(self._scaled(gc), *first, wide, dashed, *rest, **named)

    def draw_quad_mesh(self, gc: Any, *rest: Any, **named: Any) -> None:
        """Draw a mesh of coloured cells."""
        self.agg.draw_quad_mesh(gc, *rest, **named)
        self.svg.draw_quad_mesh(self._scaled(gc), *rest, **named)

    def draw_text(
        self, gc: Any, x: float, y: float, s: str, prop: Any, angle: float, ismath: Any = False,
        mtext: Any = None,
    ) -> None:  # fmt: skip
        """Draw a text; an SVG holds it as text."""
        self.agg.draw_text(gc, x, y, s, prop, angle, ismath, mtext)
        large = prop.copy()
        large.set_size(prop.get_size_in_points() * self.scale)
        self.svg.draw_text(gc, x, y, s, large, angle, ismath, mtext)

    def _scaled(self, gc: Any) -> GraphicsContextBase:
        """Return how something is drawn, with lines as wide in dots as they are in points."""
        own = GraphicsContextBase()
        own.copy_properties(gc)
        own.set_linewidth(gc.get_linewidth() * self.scale)
        own.set_dashes(*self._dashes(*gc.get_dashes()))
        return own

    def _dashes(self, offset: float, lengths: Any) -> tuple[float, Any]:
        if lengths is None:
            return offset, None
        return offset * self.scale, [length * self.scale for length in lengths]

    # What came of it.

    def png(self) -> bytes:
        """Return the PNG, the same bytes every time."""
        file = BytesIO()
        imsave(
            file, self.agg.buffer_rgba(), format="png", origin="upper", dpi=self.dpi,
            metadata={"Software": None}, pil_kwargs={"compress_level": COMPRESSED},
        )  # fmt: skip
        return file.getvalue()

    def finished_svg(self) -> str:
        """Return the SVG, in the size that the figure has on paper; only once."""
        self.svg.finalize()
        dots = [f'{name}="{each:g}pt"' for name, each in (("width", self.svg.width),
                                                         ("height", self.svg.height))]  # fmt: skip
        text = self.text.getvalue()
        for name, each, size in zip(("width", "height"), dots, self.get_canvas_width_height(),
                                    strict=True):  # fmt: skip
            text = text.replace(each, f'{name}="{size / self.scale:g}pt"', 1)
        return text


class BothCanvas(FigureCanvasAgg):
    """A canvas whose renderer draws for both files; its layout is measured by the same."""

    def get_renderer(self) -> BothRenderer:
        """Return the one renderer of this canvas."""
        if not isinstance(getattr(self, "renderer", None), BothRenderer):
            width, height = self.get_width_height(physical=True)
            self.renderer = BothRenderer(width, height, self.figure.dpi)
        return self.renderer


def png_and_svg(figure: Figure) -> tuple[bytes, str]:
    """Return a figure as PNG and as SVG; its layout is solved once, and stays.

    ``savefig`` would solve it and draw the figure twice for each file.
    """
    renderer = BothCanvas(figure).get_renderer()
    layout = figure.get_layout_engine()
    if layout is not None:
        layout.execute(figure)
        figure.set_layout_engine("none")
    with style.house_style():
        figure.draw(renderer)
        return renderer.png(), renderer.finished_svg()
