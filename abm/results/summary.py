"""A result at a glance: a small table per 100 000 persons, and what a notebook shows of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from abm import notebook
from abm.kernel import layout as c
from abm.kernel.blocks import Counts
from abm.limits import spaced
from abm.results.scales import PER_100_000, scales
from abm.results.worth import RUN

OUTCOMES = (*(f"incidence.{disease}" for disease in c.DISEASES), "deaths", "life_years")
WORTH = ("qalys_gained", "care_cost_averted", "policy_cost", "net_cost", "cost_per_qaly")
LIMITS = ("lower", "upper")
DRAWN = ("parameter_lower", "parameter_upper")
OF_WHOM = "Per 100 000 persons at the start or entering later"
MORE = "More: .effects, .economics, .group_effects, .totals, .by('sex', 'age_band'), .save(folder)"
MORE_OF_EFFECTS = (
    "Only who can matter to an effect was simulated: levels and relative changes are blank. "
    "More: .effects, .economics, .group_effects, .save(folder)"
)


def summary_table(result: Any, central: Sequence[Counts]) -> pd.DataFrame:
    """Return expected effects, QALYs and money per 100 000 persons, with units and intervals.

    Without policies, the events of the run per 100 000. See :meth:`Result.summary`.
    Results use this, so their type is not named here.
    """
    factor = scales(result.scenario, central)[PER_100_000]
    parts = [_effects(result.effects, factor)]
    if result.economics is not None:
        parts.append(_worth(result.economics))
    table = pd.concat(parts, ignore_index=True)
    columns = ["measure", "unit", "horizon", "value", *LIMITS, *DRAWN]
    found = table[[name for name in columns if name in parts[0]]].copy()
    found.attrs = {"scale": PER_100_000}
    return found


def _effects(effects: pd.DataFrame, factor: float) -> pd.DataFrame:
    """Return what is expected to be averted of the outcomes shown, else what happened."""
    rows = effects[effects["outcome"].isin(OUTCOMES)]
    names = {"expected_averted": "value", "expected_lower": "lower", "expected_upper": "upper"}
    names |= {name: name for name in DRAWN}
    if "expected_averted" not in rows:
        names = {"baseline": "value"}
    amounts = {new: rows[old] * factor for old, new in names.items() if old in rows}
    about = {"measure": rows["outcome"], "unit": rows["unit"], "horizon": RUN}
    return pd.DataFrame({**about, **amounts})


def _worth(economics: pd.DataFrame) -> pd.DataFrame:
    rows = economics[(economics["scale"] == PER_100_000) & economics["measure"].isin(WORTH)]
    rows = rows[rows["value"].notna()].set_index("measure")
    return rows.reindex([name for name in WORTH if name in rows.index]).reset_index()


def in_one_line(result: Any) -> str:
    """Return what a result is of: scenario, size, seeds, draws, worlds."""
    about, scenario = result.manifest, result.scenario
    seeds = about["seeds"]
    shown = f"seed {seeds[0]}" if len(seeds) == 1 else f"seeds {seeds[0]} to {seeds[-1]}"
    policies = ", ".join(policy.name for policy in scenario.policies)
    return notebook.shortened(
        f"{scenario.name}, {spaced(scenario.persons)} persons, {scenario.years} years "
        f"from {scenario.start_year}, {shown}, {about['draws'] or 'no'} parameter draws, "
        f"{f'policies {policies}' if policies else 'no policies'}"
        f"{'' if result.tables.runs else ', effects alone'}"
    )


def html_of(result: Any, table: pd.DataFrame) -> str:
    """Return a result as a notebook shows it."""
    drawn = DRAWN[0] in table
    head = ["measure", "value", "95 % Monte Carlo", *(["95 % parameters"] if drawn else []), "unit",
            "horizon"]  # fmt: skip
    if LIMITS[0] not in table:
        head.remove(head[2])
    rows = [_html_row(row, table) for row in table.to_dict("records")]
    what = "averted or gained, as expected" if result.scenario.policies else "events"
    more = MORE if result.tables.runs else MORE_OF_EFFECTS
    return notebook.shown(
        result.scenario.title or result.scenario.name,
        [in_one_line(result), f"{OF_WHOM}; {what}.", *result.manifest["warnings"][:1], more],
        head,
        rows,
    )


def _html_row(row: dict[Any, Any], table: pd.DataFrame) -> list[str]:
    limits = [pair for pair in (LIMITS, DRAWN) if pair[0] in table]
    intervals = [notebook.between(*(row[name] for name in pair)) for pair in limits]
    exact = row["measure"] in WORTH and row["measure"] not in ("qalys_gained", "care_cost_averted")
    intervals = [
        "" if exact and told == "unknown" else told for told in intervals
    ]  # what is no sum over persons has no interval
    return [row["measure"], notebook.number(row["value"]), *intervals, row["unit"], row["horizon"]]
