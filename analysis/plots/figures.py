"""The figures of a run: which panels, which title, which note. Writes nothing.

Each builder takes what it needs from :class:`FigureInputs` and returns a :class:`Drawing`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from analysis.plots import disease, effect, il6, inflammation, style, tables, titles
from analysis.plots.drawing import Drawing as Drawing
from analysis.plots.drawing import FigureInputs as FigureInputs
from analysis.plots.drawing import mark_policy_starts

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


TOO_LARGE_RATIO = 2.5


def figure_il6_distribution(inputs: FigureInputs) -> Drawing:
    """Draw resting IL-6 at the start and at the end, and below it the policy's shift."""
    table = tables.il6_distribution(inputs.result.il6_histogram)
    finding = titles.il6_distribution_title(table, inputs.course)
    note = (
        "Usual (long-term) level of the living, logarithmic axis. Share of persons per equally "
        f"wide step of ln IL-6. Start: 31 December {inputs.levels.first_year}; end: 31 December "
        f"{inputs.last_year}. {inputs.sample}"
    )
    if inputs.two_worlds:
        figure, axes = style.new_figure(4.6, 2, 1, sharex=True, height_ratios=(3, 1.1))
        il6.draw_il6_distribution(table, axes[0, 0])
        il6.draw_il6_shift(table, axes[1, 0])
    else:
        figure, axes = style.new_figure(3.6)
        il6.draw_il6_distribution(table, axes[0, 0])
    axes[-1, 0].set_xlabel("resting IL-6 [pg/mL]")
    style.title_and_note(figure, finding, note)
    return Drawing("il6_distribution", figure, table, finding, note)


def figure_il6_course(inputs: FigureInputs) -> Drawing:
    """Draw the course of resting IL-6, and below it the policy's difference."""
    table = inputs.course
    finding = titles.il6_course_title(table)
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
        note += " Vertical dashes: start of a policy. The difference has its own, much finer axis."
    for panel in axes[:, 0]:
        mark_policy_starts(panel, inputs)
    axes[-1, 0].set_xlabel("calendar year")
    style.title_and_note(figure, finding, note)
    return Drawing("il6_course", figure, table, finding, note)


def figure_cumulative_incidence(inputs: FigureInputs) -> Drawing:
    """Draw cumulative incidence per disease, and under each the cases averted."""
    table = tables.cumulative_incidence(inputs.levels)
    finding = titles.cumulative_incidence_title(table, tables.forest(inputs.result.effects))
    note = (
        f"{'Upper panels: n' if inputs.two_worlds else 'N'}ew cases since the start per 100 000 "
        "persons (at the start plus all entrants); depression counts episodes. "
    )
    names = inputs.levels.diseases
    columns = 3
    bands = -(-len(names) // columns)
    rows = 2 * bands if inputs.two_worlds else bands
    ratios = (3, 1.3) * bands if inputs.two_worlds else (1,) * bands
    figure, axes = style.new_figure(
        (3.0 if inputs.two_worlds else 2.3) * bands,
        rows,
        columns,
        sharex=True,
        height_ratios=ratios,
    )
    step = 2 if inputs.two_worlds else 1
    for place, name in enumerate(names):
        own = table[table["disease"] == name]
        band, column = divmod(place, columns)
        disease.draw_cumulative_incidence(own, axes[step * band, column])
        if inputs.two_worlds:
            disease.draw_cases_averted(own, axes[step * band + 1, column])
    for band in range(bands):
        axes[step * band, 0].set_ylabel("new cases\nper 100 000")
        if inputs.two_worlds:
            axes[step * band + 1, 0].set_ylabel("averted\nper 100 000")
    if inputs.two_worlds:
        axes[0, 0].legend(frameon=False, loc="upper left", fontsize=7.5)
        note += (
            "Lower panels: cases averted as counted, baseline minus policy, on their own finer "
            "axis; the number is the last year's. The title's shares are expected ones. "
        )
    style.title_and_note(figure, finding, note + inputs.sample)
    return Drawing("cumulative_incidence", figure, table, finding, note + inputs.sample)


def figure_rate_by_activity(inputs: FigureInputs) -> Drawing:
    """Draw incidence rates by activity group."""
    table = tables.rate_by_activity(inputs.levels)
    finding = titles.rate_by_activity_title(table)
    standard = (
        "directly age-standardised to the persons at the start"
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
    figure, axes = _panels(inputs, 3.9, sharey=True)
    for name, panel in zip(inputs.levels.diseases, axes.flat, strict=False):
        disease.draw_rate_by_activity(table[table["disease"] == name], panel)
    for panel in axes[-1, :]:
        panel.set_xlabel("per 1 000 at-risk years")
    style.title_and_note(figure, finding, note + inputs.sample)
    return Drawing("rate_by_activity_group", figure, table, finding, note + inputs.sample)


def _panels(inputs: FigureInputs, height: float, extra: int = 0, **layout: Any) -> tuple:
    """Create one panel per disease (and extra ones) and hide those left over."""
    wanted = len(inputs.levels.diseases) + extra
    columns = 3 if wanted <= 6 else 4
    figure, axes = style.new_figure(height, -(-wanted // columns), columns, **layout)
    for spare in axes.flat[wanted:]:
        spare.set_axis_off()
    return figure, axes


def figure_forest(inputs: FigureInputs) -> Drawing:
    """Draw cases averted with their intervals; what dwarfs the others gets its own axis."""
    table = tables.forest(inputs.result.effects)
    finding = titles.forest_title(table)
    note = (
        "Per 100 000 persons at the start plus entrants; to the right, fewer cases. "
        f"{titles.EXPECTED_IN_WORDS + ' ' if table['expected'].any() else ''}The Monte "
        "Carlo interval (from paired differences, person by person) shrinks with more persons and "
        f"says nothing about how sure the evidence is. {inputs.sample}"
    )
    groups = _groups_of_like_size(table)
    heights = [len(group) + 0.4 for group in groups]
    figure, axes = style.new_figure(
        1.45 + 0.33 * sum(heights), len(groups), 1, height_ratios=heights
    )
    for group, panel in zip(groups, axes[:, 0], strict=True):
        effect.draw_forest(group, panel)
    axes[0, 0].legend(
        frameon=False, loc="lower left", bbox_to_anchor=(-0.01, 1.0), borderaxespad=0.2
    )
    axes[-1, 0].set_xlabel("cases (or deaths) averted per 100 000 persons")
    style.title_and_note(figure, finding, note)
    return Drawing("cases_averted", figure, table, finding, note)


def _groups_of_like_size(table: pd.DataFrame) -> list[pd.DataFrame]:
    """Set depression episodes apart where their number would flatten all other outcomes."""
    recurring = table["outcome"] == "depression"
    size = table["estimate"].abs()
    if not recurring.any() or size[recurring].max() < TOO_LARGE_RATIO * size[~recurring].max():
        return [table]
    return [table[~recurring], table[recurring]]


def figure_survival(inputs: FigureInputs) -> Drawing:
    """Draw the share alive, and below it how many more are alive under the policy."""
    table = tables.survival(inputs.levels)
    finding = titles.survival_title(table)
    open_population = bool(inputs.scenario.population.entrants)
    note = "Alive at the end of each year as a share of "
    note += (
        "all who lived in the run so far, entrants included. "
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
        note += "The upper axis does not start at zero. "
    for panel in axes[:, 0]:
        mark_policy_starts(panel, inputs, since_start=True)
    axes[-1, 0].set_xlabel("years since the start")
    style.title_and_note(figure, finding, note + inputs.sample)
    return Drawing("survival", figure, table, finding, note + inputs.sample)


def figure_risk_map(inputs: FigureInputs) -> Drawing:
    """Draw the population's risk by age band and activity group."""
    table = tables.risk_by_age_and_activity(inputs.levels)
    finding = titles.risk_map_title(table)
    grouped = "activity group" if (table["grouped_by"] == "activity_group").all() else "sex"
    note = (
        f"Baseline world, whole run. In the cells: incidence per 1 000 person-years at risk by age "
        f"band and {grouped}; colour on each disease's own logarithmic scale; empty: fewer than "
        f"{tables.FEWEST_EVENTS_SHOWN} events. {inputs.sample}"
    )
    figure, axes = _panels(inputs, 6.2, sharey=True, sharex=True)
    for name, panel in zip(inputs.levels.diseases, axes.flat, strict=False):
        disease.draw_risk_map(table[table["disease"] == name], panel)
    style.title_and_note(figure, finding, note)
    return Drawing("risk_by_age_and_activity", figure, table, finding, note)


def figure_benefit(inputs: FigureInputs) -> Drawing:
    """Draw who benefits: cases and deaths averted by deprivation fifth and sex."""
    table = tables.benefit_by_group(inputs.levels)
    finding = titles.benefit_title(table)
    note = (
        "Averted per 100 000 persons of the same sex and deprivation fifth (its persons at the "
        "start plus entrants), whole run, each outcome on its own axis. "
    )
    note += (
        "Bars: 95 % Monte Carlo interval over seeds, noise of the simulation only. "
        if table["lower"].notna().any()
        else f"No intervals with fewer than {tables.FEWEST_SEEDS_FOR_INTERVAL} seeds: differences "
        "between neighbouring points are mostly noise. "
    )
    figure, axes = _panels(inputs, 4.4, extra=1, sharex=True)
    outcomes = [*inputs.levels.diseases, "deaths"]
    for name, panel in zip(outcomes, axes.flat, strict=False):
        effect.draw_benefit(table[table["outcome"] == name], panel)
    for panel in axes[:, 0]:
        panel.set_ylabel("averted per 100 000")
    _name_the_sexes(axes.flat[len(outcomes)])
    figure_note = note + inputs.sample
    style.title_and_note(figure, finding, figure_note)
    return Drawing("who_benefits", figure, table, finding, figure_note)


def _name_the_sexes(spare: Axes) -> None:
    for place, sex in enumerate(style.SEX_COLOURS):
        look: dict[str, Any] = {"color": style.SEX_COLOURS[sex], "transform": spare.transAxes}
        spare.plot([0.1], [0.8 - 0.2 * place], style.SEX_MARKERS[sex], **look)
        spare.text(0.2, 0.8 - 0.2 * place, f"{sex}s", va="center", **look)
    words = "across: deprivation fifth,\n1 most to 5 least deprived"
    spare.text(0.06, 0.3, words, color=style.MUTED, transform=spare.transAxes, fontsize=7.5)


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
    return [figure_forest, *EVERY_RUN[:4], figure_benefit, *EVERY_RUN[4:]]
