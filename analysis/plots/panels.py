"""One panel of a result on axes of the caller's: ``plot(result, "effects", ax=ax)``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abm.limits import described
from abm.scenario.hints import nearest
from analysis.outcomes import events, label
from analysis.plots import disease, effect, il6, spending, style
from analysis.plots.drawing import FigureInputs
from analysis.tables import effect_tables, of_figures

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

YEAR, SINCE, PER_100K = "calendar year", "years since the start", "per 100 000 persons"
IL6, AT_RISK = "resting IL-6 [pg/mL]", "per 1 000 at-risk years"


@dataclass(frozen=True)
class Panel:
    """How one panel is drawn.

    Attributes
    ----------
    table
        Makes its table.
    draw
        Draws it on axes.
    x_label, y_label
        Labels of the axes; an empty one is left as ``draw`` has it.
    split
        Column of the table by whose values ``of=`` chooses; empty where there is one panel only.
    two_worlds
        Whether it needs policies.
    """

    table: Callable[[FigureInputs], pd.DataFrame]
    draw: Callable[[pd.DataFrame, Axes], Any]
    x_label: str = ""
    y_label: str = ""
    split: str = ""
    two_worlds: bool = False


def _incidence(inputs: FigureInputs) -> pd.DataFrame:
    return of_figures.cumulative_incidence(inputs.levels, inputs.expected_course)


def _survival(inputs: FigureInputs) -> pd.DataFrame:
    return of_figures.survival(inputs.levels, inputs.expected_course)


PANELS = {
    "effects": Panel(lambda found: effect_tables.forest(found.effects), effect.draw_forest,
                     f"averted {PER_100K}", two_worlds=True),
    "who_benefits": Panel(lambda found: effect_tables.benefit_by_group(found.result.group_effects),
                          effect.draw_benefit, "quintile of deprivation, then sex",
                          f"averted or gained in the run\n{PER_100K} of the group", "outcome",
                          two_worlds=True),
    "cases_averted": Panel(_incidence, disease.draw_cases_averted, YEAR,
                           f"averted, expected\n{PER_100K}", "disease", two_worlds=True),
    "more_alive": Panel(_survival, effect.draw_more_alive, SINCE, two_worlds=True),
    "il6_difference": Panel(lambda found: found.course, il6.draw_il6_difference, YEAR,
                            two_worlds=True),
    "spending": Panel(lambda found: spending.spending_by_year(found.result.budget_impact),
                      spending.draw_spending, YEAR,
                      "spending, not discounted\n(for whom: scale in budget_impact)", "policy",
                      two_worlds=True),
    "incidence": Panel(_incidence, disease.draw_cumulative_incidence, YEAR,
                       f"new cases since the start\n{PER_100K}", "disease"),
    "il6_course": Panel(lambda found: found.course, il6.draw_il6_course, YEAR),
    "il6_distribution": Panel(
        lambda found: of_figures.il6_distribution(found.result.il6_histogram),
        il6.draw_il6_distribution, IL6,
    ),
    "rate_by_activity": Panel(lambda found: of_figures.rate_by_activity(found.levels),
                              disease.draw_rate_by_activity, AT_RISK, split="disease"),
    "risk_map": Panel(lambda found: of_figures.risk_by_age_and_activity(found.levels),
                      disease.draw_risk_map, split="disease"),
    "survival": Panel(_survival, effect.draw_survival, SINCE),
}  # fmt: skip


OF_A_RESULT = ("scenario", "effects", "tables", "manifest")  # what every panel asks of one
OF_EFFECTS = ("effects", "who_benefits", "spending")  # which need nobody but who takes part


def plot(result: Any, name: str = "effects", ax: Axes | None = None, *, of: str | None = None
         ) -> Axes:  # fmt: skip
    """Draw one panel of a result.

    Parameters
    ----------
    result
        As of :func:`abm.simulate`, or loaded.
    name
        Which: effects, who_benefits, cases_averted, more_alive, il6_difference and spending where
        there are policies; incidence, il6_course, il6_distribution, rate_by_activity, risk_map
        and survival of any run.
    ax
        Axes to draw on; a new figure of matplotlib.pyplot where left out.
    of
        The disease, outcome or policy, where a panel shows one of several; default the first.

    Returns
    -------
        The axes.

    Raises
    ------
    TypeError
        If it is no result.
    ValueError
        If the result has no such panel, or nothing of that name in it.

    Examples
    --------
    >>> plot(None, "effects")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    TypeError: plot: result: is None; must be what abm.simulate or abm.load_result returns
    """
    if not all(hasattr(result, each) for each in OF_A_RESULT):
        raise TypeError(
            f"plot: result: is {_kind_of(result)}; must be what abm.simulate or abm.load_result "
            "returns"
        )
    offered = _offered(result)
    if name in PANELS and name not in OF_EFFECTS and _of_effects_alone(result):
        raise ValueError(
            f"plot: {name!r} asks for everybody, and with only_effects not everybody is simulated; "
            f"must be one of {', '.join(offered)}, or run without it"
        )
    if name not in offered:
        kind = "needs policies, and this run has none" if name in PANELS else "unknown figure"
        raise ValueError(
            f"plot: {kind} {name!r}; must be one of {', '.join(offered)}"
            f"{nearest(str(name), offered)}"
        )
    panel = PANELS[name]
    table = _chosen(panel.table(FigureInputs(result)), panel.split, name, of)
    with style.house_style():
        axes = _new_axes(len(table) if name == "effects" else 0) if ax is None else ax
        panel.draw(table, axes)
        _label(axes, panel, table)
    return axes


def _kind_of(given: Any) -> str:
    """Say what was given; of what is long to show its kind, of a text that it may be a folder."""
    if isinstance(given, str | Path):
        return f"{described(str(given))} (a saved result has to be loaded first)"
    simple = given is None or isinstance(given, int | float)
    return described(given) if simple else f"of the kind {type(given).__name__}"


def _of_effects_alone(result: Any) -> bool:
    return bool(result.manifest.get("only_effects"))


def _offered(result: Any) -> list[str]:
    """Return the names of the panels that a result can show."""
    alone = "averted" not in result.effects
    names = [name for name, panel in PANELS.items() if not (alone and panel.two_worlds)]
    if not (alone or spending.has_spending(FigureInputs(result))):
        names.remove("spending")
    return [name for name in names if name in OF_EFFECTS] if _of_effects_alone(result) else names


def _chosen(table: pd.DataFrame, split: str, name: str, of: str | None) -> pd.DataFrame:
    """Return the rows of one disease, outcome or policy where a table has several."""
    if not split:
        if of is not None:
            raise ValueError(f"plot: {name} shows all at once, so of={of!r} must be left out")
        return table
    order = [*events(), *table[split]]
    known = sorted(dict.fromkeys(table[split]), key=order.index)
    wanted = known[0] if of is None else of.removeprefix("incidence.")
    if wanted not in known:
        raise ValueError(
            f"plot: {name} has no {split} {of!r}; must be one of {', '.join(known)}"
            f"{nearest(of or '', [*known, *events()])}"
        )
    return table[table[split] == wanted]


def _new_axes(rows: int) -> Axes:
    """Return axes of a figure that a notebook shows by itself."""
    from matplotlib import pyplot

    height = 1.4 + 0.33 * rows if rows else 3.4
    return pyplot.subplots(figsize=(style.WIDTH_INCHES, height), layout="constrained")[1]


def _label(axes: Axes, panel: Panel, table: pd.DataFrame) -> None:
    """Label the axes, say which of several is shown, and which colour is which."""
    if panel.x_label:
        axes.set_xlabel(panel.x_label)
    if panel.y_label:
        axes.set_ylabel(panel.y_label)
    if panel.split and not axes.get_title(loc="left"):
        shown = str(table[panel.split].iloc[0])
        style.panel_title(axes, label(shown) if shown in events() else shown)
    if axes.get_legend() is None and axes.get_legend_handles_labels()[1]:
        axes.legend(frameon=False, fontsize=7, loc="lower left", bbox_to_anchor=(0, 1.06))
