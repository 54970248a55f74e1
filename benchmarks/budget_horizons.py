"""A budgeted policy over several horizons: what each year spends, beside its budget, in a figure.

    python -m benchmarks.budget_horizons

Walks for the two most deprived quintiles of a town of 150 000. Writes ``budget_horizons.png`` and
``budget_horizons.csv`` to ``benchmarks/results/``.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from abm import load_scenario, simulate
from analysis.plots import style
from analysis.plots.spending import draw_spending, spending_by_year

HORIZONS = (5, 10, 20, 40)
BUDGET, PERSONS, SEEDS = 60_000, 40_000, 4
# Many quit early, others for life cost money every year: the hardest case for a budget.
STAYING = "quit_12_weeks: 0.25, half_life_years: 0.5, stays: 0.75, rejoin_per_year: 0.12"
COST = (
    "per_person_offered: 0, per_participant: 30, per_participant_year: 40, delivery_months: null"
)
RESULTS = Path(__file__).parent / "results"


def spending_over(years: int) -> pd.DataFrame:
    """Return the yearly spending of the town's walks over so many years."""
    walks = "policies.walks."
    words = [
        "population.represents=150000", f"years={years}", f"{walks}reach=0.6",
        f"{walks}eligible.deprivation=[1, 2]", f"{walks}cost.budget_per_year={BUDGET}",
        f"{walks}adherence={{{STAYING}}}", f"{walks}cost={{{COST}}}",
    ]  # fmt: skip
    scenario = load_scenario("walking_groups", words)
    result = simulate(scenario, persons=PERSONS, seeds=SEEDS, pathways=False)
    return spending_by_year(result.budget_impact).assign(horizon=years)


def main() -> None:
    """Simulate all horizons, draw them below one another and keep the numbers."""
    found = [spending_over(years) for years in HORIZONS]
    with style.house_style():
        draw(found)
    pd.concat(found).to_csv(RESULTS / "budget_horizons.csv", index=False)


def draw(found: list[pd.DataFrame]) -> None:
    """Draw one panel per horizon."""
    figure, axes = style.new_figure(1.9 * len(found), len(found), 1, sharex=True, sharey=True)
    for years, table, panel in zip(HORIZONS, found, axes[:, 0], strict=True):
        draw_spending(table, panel)
        panel.set_title(f"{years} years", loc="left", fontsize=8.5)
        panel.set_ylabel("GBP a year")
    axes[0, 0].legend(frameon=False, loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3)
    axes[-1, 0].set_xlabel("calendar year")
    title = f"Each year's expected spending stays below {BUDGET:,} GBP, whatever the horizon"
    note = (
        "Walks for the two most deprived quintiles of a town of 150 000. Thin dark bar: 95 % Monte "
        f"Carlo interval. {PERSONS:,} persons, mean of {SEEDS} seeds."
    )
    style.title_and_note(figure, title, note)
    figure.savefig(RESULTS / "budget_horizons.png", dpi=150)


if __name__ == "__main__":
    main()
