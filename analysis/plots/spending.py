"""The figure of what policies spend in each calendar year, beside their budgets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from abm.evidence.distributions import NORMAL_95
from abm.results.budget_impact import ALL_POLICIES
from abm.results.scales import PER_100_000_AT_START, REPRESENTED
from abm.scenario.budget_words import needs_less
from analysis.plots import style
from analysis.plots.drawing import Drawing, FigureInputs
from analysis.words import capitalised, in_words

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from abm.scenario.parts import Scenario

SPENT, EXPECTED, BUDGET = "spent in the run", "expected before the run", "budget"


def figure_spending(inputs: FigureInputs) -> Drawing:
    """Draw each policy's spending by calendar year, with its budget where it has one."""
    table = spending_by_year(inputs.result.budget_impact)
    scenario = inputs.scenario
    currency = next(policy.cost.currency for policy in scenario.policies if policy.cost)
    title = spending_title(table, currency)
    note = spending_note(table, currency, scenario) + inputs.sample
    names = list(table["policy"].unique())
    figure, axes = style.new_figure(0.6 + 2.6 * len(names), len(names), 1, sharex=True)
    for name, panel in zip(names, axes[:, 0], strict=True):
        draw_spending(table[table["policy"] == name], panel)
        panel.set_ylabel(f"{currency} a year{_of_whom(table, chr(10))}")
        if len(names) > 1:
            panel.set_title(name, loc="right", fontsize=8.5)
    place = {"loc": "lower left", "bbox_to_anchor": (-0.01, 1.0), "ncols": 3}
    if table["budget"].notna().any():
        axes[0, 0].legend(*_legend(axes[0, 0]), frameon=False, **place)
    axes[-1, 0].set_xlabel("calendar year")
    style.title_and_note(figure, title, note)
    return Drawing("spending", figure, table, title, note)


def _legend(ax: Axes) -> tuple[list[Any], list[str]]:
    """Return handles and labels of a panel: bars first, then what they are held against."""
    found = dict(zip(*reversed(ax.get_legend_handles_labels()), strict=True))
    labels = [label for label in (SPENT, EXPECTED, BUDGET) if label in found]
    return [found[label] for label in labels], labels


def _of_whom(table: pd.DataFrame, before: str) -> str:
    """Return that money is per 100 000 persons at the start, unless it is of those represented."""
    if (table["scale"] == REPRESENTED).all():
        return ""
    return f"{before}per 100 000 persons at the start"


def spending_note(table: pd.DataFrame, currency: str, scenario: Any) -> str:
    """Return what the bars are, and why they may stand above a budget."""
    people = scenario.population.represents
    scale = (
        "100 000 persons at the start, and those who enter after them"
        if people is None
        else f"the {in_words(people, 12)} people represented, and those who enter later"
    )
    note = (
        f"Intervention cost of each calendar year for {scale} [{currency}], not discounted. Bars: "
        "what the simulated persons came to cost; thin dark lines: their 95 % Monte Carlo "
        "interval. "
    )
    if table["expected_spending"].notna().any():
        note += (
            "Diamonds: expected before the run; each year's reach is chosen so that these, those "
            "who stay included, keep to the budget. Bars stray from the diamonds, even above the "
            "budget, by Monte Carlo error alone: the more persons are simulated, the less. "
        )
    reached = [_reached(table[table["policy"] == each.name], each) for each in scenario.policies]
    return note + "".join(reached) + _ends_in_words(scenario)


def _reached(rows: pd.DataFrame, policy: Any) -> str:
    """Say from when on a policy's budget is not needed in full, if it has one and that comes."""
    columns = (rows[name] for name in ("expected_spending", "budget", "reach"))
    done = rows.loc[needs_less(*columns, policy.reach), "year"]
    if done.empty:
        return ""
    name, reach = policy.name.replace("_", " "), in_words(policy.reach)
    return f"From {done.min()} on {name} has the reach asked for, {reach}, and needs less. "


def _ends_in_words(scenario: Scenario) -> str:
    """Say of policies that end within the run when nobody new is offered them any more."""
    horizon = scenario.start_year + scenario.years
    ends = [
        f"{policy.name} ends on 1 January {policy.end}"
        for policy in scenario.policies
        if policy.cost and policy.end and policy.end < horizon
    ]
    return f"{'; '.join(ends)}: who takes part then goes on. " if ends else ""


def has_spending(inputs: FigureInputs) -> bool:
    """Return whether any policy of the run says what it costs, and spends something."""
    table = inputs.result.budget_impact
    return table is not None and bool((table["spending"].fillna(0.0) > 0.0).any())


def spending_by_year(table: pd.DataFrame) -> pd.DataFrame:
    """Return the years of the policies which name a cost, for the people represented if known."""
    scale = REPRESENTED if (table["scale"] == REPRESENTED).any() else PER_100_000_AT_START
    single = table["policy"] != ALL_POLICIES
    own = table[(table["scale"] == scale) & table["spending"].notna() & single]
    columns = ["policy", "year", "scale", "spending", "spending_standard_error", "budget",
               "expected_spending", "reach"]  # fmt: skip
    return own[columns].reset_index(drop=True)


def spending_title(table: pd.DataFrame, currency: str) -> str:
    """Return what a year costs, and within which budget: as expected where that is known."""
    budgets, who = table.groupby("policy")["budget"].max(), _of_whom(table, ", ")
    if len(budgets) == 1 and budgets.notna().all():
        most = in_words(float(table["expected_spending"].max()), 3)
        of = in_words(float(budgets.iloc[0]), 6)
        return f"Spending is expected to reach at most {most} of {of} {currency} in any year{who}"
    cost = "the policy costs" if len(budgets) == 1 else "the policies cost"
    by_year = table.groupby("year")["spending"].sum()
    running = by_year[by_year > 0.0]
    mean, most = (in_words(float(f"{each:.3g}")) for each in (running.mean(), running.max()))
    first, last = running.index[0], by_year.index[-1]
    if first == last:
        return f"{capitalised(cost)} {most} {currency} in {first}{who}"
    return (
        f"From {first} to {last} {cost} {mean} {currency} a year on average, and most "
        f"in {running.idxmax()}: {most}{who}"
    )


def draw_spending(table: pd.DataFrame, ax: Axes) -> Axes:
    """Draw one policy's spending by year, what was expected, and the budget.

    Parameters
    ----------
    table
        Rows of one policy, as of :func:`spending_by_year`.
    ax
        Axes to draw on.
    """
    year = table["year"].to_numpy()
    error = NORMAL_95 * table["spending_standard_error"].to_numpy()
    ax.bar(year, table["spending"], width=0.7, color=style.POLICY, alpha=0.55, label=SPENT)
    ax.errorbar(year, table["spending"], error, fmt="none", ecolor=style.INK, elinewidth=0.7)
    if table["expected_spending"].notna().any():
        known = table[table["expected_spending"] > 0.0]
        ax.plot(known["year"], known["expected_spending"], "D", color=style.INK, markersize=3.5,
                label=EXPECTED)  # fmt: skip
    if table["budget"].notna().any():
        edges = np.append(year - 0.5, year[-1] + 0.5)
        budget = np.append(table["budget"], table["budget"].iloc[-1])
        look = {"color": style.BASELINE, "linewidth": 1.2, "linestyle": (0, (4, 2))}
        ax.step(edges, budget, where="post", label=BUDGET, **look)
    ax.set_ylim(bottom=0)
    ax.yaxis.set_major_formatter(style.thin_spaces())
    ax.xaxis.get_major_locator().set_params(integer=True)
    return ax
