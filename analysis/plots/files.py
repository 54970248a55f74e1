"""Figures to files: PNG, SVG and the table beside them, each written whole or not at all."""

from __future__ import annotations

import gc
import os
import sys
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Generic, TypeVar

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG

from abm.running.output import write_all
from abm.running.spreadsheet import as_csv
from analysis.plots import style
from analysis.plots.drawing import Drawing, FigureInputs
from analysis.plots.figures import builders
from analysis.tables.of_figures import DIGITS

T = TypeVar("T")


def drawings(result: Any) -> Iterator[Drawing]:
    """Draw the figures of a run one after the other, so that only one is held at a time.

    Parameters
    ----------
    result
        A result with outcomes, effects, il6_histogram and scenario. A run of one world yields
        the figures that make sense without a policy.
    """
    inputs = FigureInputs(result)
    for build in builders(inputs):
        with style.house_style():
            drawing = build(inputs)
        yield drawing


@dataclass(frozen=True)
class RenderedFigure:
    """A figure as bytes, ready for files and for the report.

    Attributes
    ----------
    name
        File name without ending.
    title, note
        What it shows in one sentence, and what it rests on.
    png, svg, csv
        Contents of its three files.
    """

    name: str
    title: str
    note: str
    png: bytes
    svg: bytes
    csv: bytes


def draw_figures(result: Any, folder: str | os.PathLike[str]) -> list[Path]:
    """Draw every figure of a run as PNG and SVG with its table as CSV beside it.

    Parameters
    ----------
    result
        As for :func:`drawings`.
    folder
        Where to write; made if missing.

    Returns
    -------
        Paths written: three per figure, the PNG first.
    """
    return write_figures(render_figures(result), folder)


def render_figures(result: Any, processes: int | None = None) -> list[RenderedFigure]:
    """Render every figure of a run in memory, so that files and report share one drawing.

    Parameters as for :func:`begun_figures`.
    """
    with begun_figures(result, processes) as finished:
        return finished()


@contextmanager
def begun_figures(
    result: Any, processes: int | None = None
) -> Iterator[Callable[[], list[RenderedFigure]]]:
    """Begin to render every figure of a run in a copy of this process, beside other work.

    What is yielded draws with that copy what is left, and returns all of them.

    Parameters
    ----------
    result
        As for :func:`drawings`.
    processes
        1, or 2 to let a forked process draw as many as it can; default 2 where that is possible
        and safe (several processors, no other Python thread, not on macOS or Windows).
    """
    inputs = FigureInputs(result)
    todo = builders(inputs)
    if (processes or _safe_processes()) == 1:
        yield lambda: [_drawn(build, inputs) for build in todo]
        return
    with _shared(todo, inputs) as draw_next:
        copy = _forked(draw_next)

        def finished() -> list[RenderedFigure]:
            found = {**draw_next(), **copy.result()}
            # What a copy took and did not give back is drawn here.
            return [found.get(place) or _drawn(build, inputs) for place, build in enumerate(todo)]

        try:
            yield finished
        finally:
            copy.end()


def _safe_processes() -> int:
    """Return in how many processes figures can be drawn."""
    alone = threading.active_count() == 1
    return 2 if sys.platform == "linux" and alone and (os.cpu_count() or 1) > 1 else 1


@contextmanager
def _shared(
    todo: list[Callable[[FigureInputs], Drawing]], inputs: FigureInputs
) -> Iterator[Callable[[], dict[int, RenderedFigure]]]:
    """Yield a function that draws all that no other process has taken, by place in the list.

    Places wait in a pipe, out of which each process reads one after the other.
    """
    waiting, places = os.pipe()
    os.write(places, bytes(range(len(todo))))
    os.close(places)

    def draw_next() -> dict[int, RenderedFigure]:
        found = {}
        while place := os.read(waiting, 1):
            found[place[0]] = _drawn(todo[place[0]], inputs)
        return found

    try:
        yield draw_next
    finally:
        os.close(waiting)


def _drawn(build: Callable[[FigureInputs], Drawing], inputs: FigureInputs) -> RenderedFigure:
    with _uncollected():
        with style.house_style():
            drawing = build(inputs)
        return rendered(drawing)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Look for no garbage meanwhile: thousands of small objects would set off many searches."""
    wanted = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if wanted:
            gc.enable()


@dataclass(frozen=True)
class _Copy(Generic[T]):
    """A copy of this process at work: ``result`` waits for what it gives."""

    process: BaseProcess
    result: Callable[[], T]

    def end(self) -> None:
        """End the copy, if what it gives has not been asked for."""
        if self.process.is_alive():
            self.process.kill()
            self.process.join()


def _forked(work: Callable[[], T]) -> _Copy[T]:
    """Start work in a copy of this process.

    Should the copy fail for whatever reason, the work is done here, where errors are seen.
    """
    context = get_context("fork")
    receiver, sender = context.Pipe(duplex=False)

    def send() -> None:
        receiver.close()  # else, should the parent be killed, it would be waited for for ever
        try:
            sender.send(work())
        except BaseException:  # reported once, by the parent
            os._exit(1)

    process = context.Process(target=send, daemon=True)
    with warnings.catch_warnings():
        # Python 3.12 warns of any thread; those of the linear algebra library are idle here.
        warnings.simplefilter("ignore", DeprecationWarning)
        process.start()
    sender.close()

    def result() -> T:
        try:
            found: T = receiver.recv()
        except EOFError:
            found = work()
        process.join()
        return found

    return _Copy(process, result)


def write_figures(figures: Iterable[RenderedFigure], folder: str | os.PathLike[str]) -> list[Path]:
    """Write rendered figures to a folder, each file whole or not at all."""
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    contents = {
        target / f"{figure.name}.{ending}": getattr(figure, ending)
        for figure in figures
        for ending in ("png", "svg", "csv")
    }
    write_all(contents)
    return list(contents)


def rendered(drawing: Drawing) -> RenderedFigure:
    """Render a drawing as PNG and SVG, the same bytes every time.

    The canvases are called directly and the layout is solved once for both: ``savefig`` would
    solve it and draw the figure twice for each file.
    """
    figure = drawing.figure
    canvas = FigureCanvasAgg(figure)
    layout = figure.get_layout_engine()
    if layout is not None:
        layout.execute(figure)
        figure.set_layout_engine("none")
    png, svg = BytesIO(), BytesIO()
    with style.house_style():
        # Of level 6, the default, files are as large and take half as long again.
        canvas.print_png(png, metadata={"Software": None}, pil_kwargs={"compress_level": 3})
        FigureCanvasSVG(figure).print_svg(svg, metadata={"Date": None})
    return RenderedFigure(
        name=drawing.name,
        title=drawing.title,
        note=drawing.note,
        png=png.getvalue(),
        # Verdana is the widespread font of nearly the same widths.
        svg=svg.getvalue().replace(b"'DejaVu Sans', ", b"'DejaVu Sans', Verdana, "),
        csv=as_csv(drawing.table, DIGITS),
    )
