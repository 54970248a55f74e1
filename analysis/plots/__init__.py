"""Figures of a run. Takes results and tables; runs nothing and reads no scenario file.

Every panel is a function ``(table, ax) -> Axes``; :func:`draw_figures` writes them all.
"""

from analysis.plots.disease import (
    draw_cases_averted,
    draw_cumulative_incidence,
    draw_rate_by_activity,
    draw_risk_map,
)
from analysis.plots.drawing import Drawing
from analysis.plots.effect import draw_benefit, draw_forest, draw_more_alive, draw_survival
from analysis.plots.files import (
    RenderedFigure,
    draw_figures,
    drawings,
    render_figures,
    write_figures,
)
from analysis.plots.il6 import (
    draw_il6_course,
    draw_il6_difference,
    draw_il6_distribution,
    draw_il6_shift,
)

__all__ = [
    "Drawing",
    "RenderedFigure",
    "draw_benefit",
    "draw_cases_averted",
    "draw_cumulative_incidence",
    "draw_figures",
    "draw_forest",
    "draw_il6_course",
    "draw_il6_difference",
    "draw_il6_distribution",
    "draw_il6_shift",
    "draw_more_alive",
    "draw_rate_by_activity",
    "draw_risk_map",
    "draw_survival",
    "drawings",
    "render_figures",
    "write_figures",
]
