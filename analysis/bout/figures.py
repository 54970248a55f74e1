"""The figures of the command ``bout``, drawn and written."""

from __future__ import annotations

from pathlib import Path

from analysis.bout.agreement import agreement
from analysis.bout.peak_plots import heat_map, peak_by_duration
from analysis.bout.plots import cascade, four_weeks
from analysis.bout.request import Answer, Published
from analysis.plots import style
from analysis.plots.drawing import Drawing
from analysis.plots.files import rendered, write_figures


def drawings_of(answer: Answer) -> list[Drawing]:
    """Return the figures of one bout, or of the published studies."""
    if isinstance(answer, Published):
        return [agreement(answer.table)]
    return [
        cascade(answer.course, answer.bout),
        peak_by_duration(answer.settings),
        four_weeks(answer.settings),
        heat_map(answer.settings),
    ]


def write(answer: Answer, folder: Path) -> int:
    """Draw and write the figures and their tables; return how many files."""
    with style.house_style():
        figures = [rendered(drawing) for drawing in drawings_of(answer)]
    return len(write_figures(figures, folder))
