"""The figures of a run: which panels, which title, which note. Writes nothing.

Each builder takes what it needs from :class:`FigureInputs` and returns a :class:`Drawing`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from analysis import outcomes
from analysis.plots import disease, effect, il6, inflammation, spending, style
from analysis.plots.drawing import Drawing, FigureInputs, mark_policy_starts
from analysis.tables import effect_tables, groups, of_figures, titles
from analysis.tables.slope import slope_if_known

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def figure_il6_distribution(inputs: FigureInputs) -> Drawing:
    """Draw resting IL-6 at the start and at the end, and below it the policy's shift."""
    table = of_figures.il6_distribution(inputs.result.il6_histogram)
    title = titles.il6_distribution_title(table, inputs.course, inputs.of_change())
    note = (
        "Usual (long-term) level of the living, logarithmic axis. Share of persons per equally "
        f"wide step of ln IL-6. Start: 31 December {inputs.levels.first_year}; end: 31 December "
        f"{inputs.last_year}. {inputs.sample}{inputs.one_seed}"
    )
    if inputs.two_worlds:
        figure, axes = style.new_figure(4.6, 2, 1, sharex=True, height_ratios=(3, 1.1))
        il6.draw_il6_distribution(table, axes[0, 0])
        il6.draw_il6_shift(table, axes[1, 0])
    else:
        figure, axes = style.new_figure(3.6)
        il6.draw_il6_distribution(table, axes[0, 0])
    axes[-1, 0].set_xlabel("resting IL-6 [pg/mL]")
    style.title_and_note(figure, title, note)
    return Drawing("il6_distribution", figure, table, title, note)


def figure_il6_course(inputs: FigureInputs) -> Drawing:
    """Draw the course of resting IL-6, and below it the policy's difference."""
    table = inputs.course
    title = titles.il6_course_title(table, inputs.of_change())
    note = (
        "Line: geometric mean of the living at 31 December; shaded: quartiles"
        f"{' (policy: dotted)' if inputs.two_worlds else ''}. {inputs.sample}"
    )
    panels = 2 if inputs.two_worlds else 1
    ratios = (3, 1.5)[:panels]
    figure, axes = style.new_figure(
        3.1 + 1.6 * (panels - 1), panels, 1, sharex=True, height_ratios=ratios
    )
    il6.draw_il6_course(table, axes[0, 0])
    if inputs.two_worlds:
        il6.draw_il6_difference(table, axes[1, 0])
        note += (
            " Ticks: 1 January. Vertical dashes: start of a policy. The difference has its own, "
            "much finer axis."
        )
    note += inputs.one_seed
    for panel in axes[:, 0]:
        mark_policy_starts(panel, inputs)
    axes[-1, 0].set_xlabel("calendar year")
    style.title_and_note(figure, title, note)
    return Drawing("il6_course", figure, table, title, note)


def figure_cumulative_incidence(inputs: FigureInputs) -> Drawing:
    """Draw cumulative incidence per disease, and under each the cases averted."""
    table = of_figures.cumulative_incidence(inputs.levels, inputs.expected_course)
    title = titles.cumulative_incidence_title(table, effect_tables.forest(inputs.effects))
    note = (
        f"{'Upper panels: n' if inputs.two_worlds else 'N'}ew cases{_other_events(inputs)} since "
        "the start per 100 000 persons (at the start plus all entrants). "
    )
    if inputs.two_worlds:
        figure = _incidence_above_averted(table, inputs)
        note += (
            "Lower panels: cases expected to be averted so far, with their 95 % Monte Carlo "
            "interval, on their own finer axis; the numbers are the last year's. Ticks: 1 January. "
            "Vertical dashes: start of a policy. "
        )
    else:
        figure, panels = _panels(inputs, 2.3, sharex=True)
        for name, panel in zip(inputs.levels.diseases, panels.flat, strict=False):
            disease.draw_cumulative_incidence(table[table["disease"] == name], panel)
        for panel in panels[:, 0]:
            panel.set_ylabel("new cases\nper 100 000")
    style.title_and_note(figure, title, note + inputs.sample)
    return Drawing("cumulative_incidence", figure, table, title, note + inputs.sample)


def _incidence_above_averted(table: pd.DataFrame, inputs: FigureInputs) -> Figure:
    """Draw for each disease its cumulative incidence, and right below it the cases averted."""
    names = inputs.levels.diseases
    columns = style.grid_columns(len(names))
    bands = -(-len(names) // columns)
    figure, axes = style.new_figure(
        3.0 * bands, 2 * bands, columns, sharex=True, height_ratios=(3, 1.3) * bands
    )
    upper, lower = axes[::2], axes[1::2]
    for name, above, below in zip(names, upper.flat, lower.flat, strict=False):
        own = table[table["disease"] == name]
        disease.draw_cumulative_incidence(own, above)
        disease.draw_cases_averted(own, below)
        mark_policy_starts(below, inputs)
    style.hide_spare_panels(upper, len(names), ticks=False)
    style.hide_spare_panels(lower, len(names))
    for above, below in zip(upper[:, 0], lower[:, 0], strict=True):
        above.set_ylabel("new cases\nper 100 000")
        below.set_ylabel("averted\nper 100 000")
    axes[0, 0].legend(frameon=False, loc="upper left", fontsize=7.5)
    return figure


def _other_events(inputs: FigureInputs) -> str:
    """Name the diseases shown whose events are no cases, in brackets; nothing without such."""
    named = outcomes.not_cases(inputs.levels.diseases)
    return f" ({named})" if named else ""


def figure_rate_by_activity(inputs: FigureInputs) -> Drawing:
    """Draw incidence rates by activity group."""
    table = of_figures.rate_by_activity(inputs.levels)
    title = titles.rate_by_activity_title(table)
    standard = (
        "directly age-standardised to the years lived in the baseline world (90 % of them at "
        f"{of_figures.middle_ages(inputs.levels)})"
        if table["age_standardised"].all()
        else "crude (not age-standardised: the outcomes hold no age band by activity group)"
    )
    note = (
        f"Incidence per 1 000 person-years at risk over the whole run, {standard}. Groups by "
        "habitual dose in the baseline world [marginal MET-h/week]: inactive < 4.375, low < 8.75, "
        "active < 17.5, very active from 17.5. "
    )
    if inputs.two_worlds:
        note += "Ring: baseline; dot: policy. "
    figure, axes = _panels(inputs, 1.95, sharey=True)
    for name, panel in zip(inputs.levels.diseases, axes.flat, strict=False):
        _draw_disease(disease.draw_rate_by_activity, table, name, panel)
    style.label_bottoms(axes, len(inputs.levels.diseases), "per 1 000 at-risk years")
    style.title_and_note(figure, title, note + inputs.sample)
    return Drawing("rate_by_activity_group", figure, table, title, note + inputs.sample)


def _draw_disease(
    draw: Callable[[pd.DataFrame, Axes], Any], table: pd.DataFrame, name: str, panel: Axes
) -> None:
    """Draw one disease's panel; its name alone where nobody was ever at risk."""
    own = table[table["disease"] == name]
    if own.empty:
        style.panel_title(panel, outcomes.label(name))
    else:
        draw(own, panel)


def _panels(inputs: FigureInputs, row_height: float, **layout: Any) -> tuple[Figure, Any]:
    """Return a figure with one panel per disease, those left over hidden."""
    wanted = len(inputs.levels.diseases)
    columns = style.grid_columns(wanted)
    rows = -(-wanted // columns)
    figure, axes = style.new_figure(row_height * rows, rows, columns, **layout)
    style.hide_spare_panels(axes, wanted)
    return figure, axes


def figure_forest(inputs: FigureInputs) -> Drawing:
    """Draw cases averted with their intervals."""
    table = effect_tables.forest(inputs.effects)
    title = titles.forest_title(table)
    note = (
        "Per 100 000 persons at the start plus entrants; to the right, fewer cases. "
        f"{titles.EXPECTED_MEANS + ' ' if table['expected'].any() else ''}The Monte "
        "Carlo interval (from paired differences, person by person) shrinks with more persons and "
        f"says nothing about parameter uncertainty. {inputs.sample}"
        f"{effect_tables.doubts_of_draws(table)}"
    )
    figure, axes = style.new_figure(1.58 + 0.33 * len(table), 1, 1)
    effect.draw_forest(table, axes[0, 0])
    axes[0, 0].legend(
        frameon=False, loc="lower left", bbox_to_anchor=(-0.01, 1.0), borderaxespad=0.2
    )
    axes[0, 0].set_xlabel("cases (or deaths) averted per 100 000 persons")
    style.title_and_note(figure, title, note)
    return Drawing("cases_averted", figure, table, title, note)


def figure_survival(inputs: FigureInputs) -> Drawing:
    """Draw the share alive, and below it how many more are alive under the policy."""
    table = of_figures.survival(inputs.levels, inputs.expected_course)
    title = titles.survival_title(table)
    open_population = bool(inputs.scenario.population.entrants)
    note = "Alive at the end of each year as a share of "
    note += (
        "all simulated so far, entrants included. "
        if open_population
        else ("the persons at the start (closed cohort). ")
    )
    panels = 2 if inputs.two_worlds else 1
    figure, axes = style.new_figure(
        2.9 + 1.5 * (panels - 1), panels, 1, sharex=True, height_ratios=(2.4, 1.5)[:panels]
    )
    effect.draw_survival(table, axes[0, 0])
    if inputs.two_worlds:
        effect.draw_more_alive(table, axes[1, 0])
        note += (
            "The upper axis does not start at zero. Lower panel: deaths expected to be averted so "
            "far, with their 95 % Monte Carlo interval. Vertical dashes: start of a policy. "
        )
    for panel in axes[:, 0]:
        mark_policy_starts(panel, inputs, since_start=True)
    axes[-1, 0].set_xlabel("years since the start")
    style.title_and_note(figure, title, note + inputs.sample)
    return Drawing("survival", figure, table, title, note + inputs.sample)


def figure_risk_map(inputs: FigureInputs) -> Drawing:
    """Draw the population's risk by age band and activity group."""
    table = of_figures.risk_by_age_and_activity(inputs.levels)
    title = titles.risk_map_title(table)
    grouped = "activity group" if (table["grouped_by"] == "activity_group").all() else "sex"
    note = (
        f"Baseline world, whole run. In the cells: incidence per 1 000 person-years at risk by age "
        f"band and {grouped}; colour on each disease's own logarithmic scale; empty: fewer than "
        f"{of_figures.FEWEST_EVENTS_SHOWN} events. {inputs.sample}"
    )
    figure, axes = _panels(inputs, 3.1, sharey=True, sharex=True)
    for name, panel in zip(inputs.levels.diseases, axes.flat, strict=False):
        _draw_disease(disease.draw_risk_map, table, name, panel)
    style.title_and_note(figure, title, note)
    return Drawing("risk_by_age_and_activity", figure, table, title, note)


def figure_benefit(inputs: FigureInputs) -> Drawing:
    """Draw who benefits: expected gains by quintile of deprivation and by sex."""
    table = effect_tables.benefit_by_group(inputs.result.group_effects)
    eligible = groups.eligible_groups(inputs.scenario)
    slope = slope_if_known(inputs.result.equity, inputs.result.group_effects)
    title = titles.benefit_title(
        table, eligible, slope, groups.chance_of_women(inputs.result.equity)
    )
    note = (
        "Cases and deaths expected to be averted, and QALYs gained, within the run, per 100 000 "
        "persons of the group (at the start plus entrants), each outcome on its own axis. Numbers "
        "1 to 5: quintile of deprivation, 1 the most deprived; then women and men. Bars: 95 % "
        "Monte Carlo interval. "
    )
    drawn = table[table["group"].isin([*eligible.fifths, *eligible.sexes])]
    if len(drawn) < len(table):
        note += f"Without a point: {'; '.join(groups.left_out(eligible))}. "
    shown = list(table["outcome"].unique())
    columns = style.grid_columns(len(shown))
    rows = -(-len(shown) // columns)
    figure, axes = style.new_figure(2.2 * rows, rows, columns, sharex=True)
    style.hide_spare_panels(axes, len(shown))
    for name, panel in zip(shown, axes.flat, strict=False):
        effect.draw_benefit(drawn[drawn["outcome"] == name], panel)
    for panel in axes[:, 0]:
        panel.set_ylabel("averted or gained\nper 100 000")
    style.title_and_note(figure, title, note + inputs.sample)
    return Drawing("who_benefits", figure, table, title, note + inputs.sample)


Builder = Callable[[FigureInputs], Drawing]

EVERY_RUN: tuple[Builder, ...] = (
    figure_il6_course,
    figure_il6_distribution,
    figure_cumulative_incidence,
    figure_survival,
    inflammation.figure_companions,
    figure_rate_by_activity,
    figure_risk_map,
    inflammation.figure_il6_spikes,
)


def builders(inputs: FigureInputs) -> list[Builder]:
    """List the figures of a run in the order of the report, what the policy did first."""
    if not inputs.two_worlds:
        return list(EVERY_RUN)
    money = [spending.figure_spending] if spending.has_spending(inputs) else []
    return [figure_forest, *EVERY_RUN[:4], figure_benefit, *money, *EVERY_RUN[4:]]
