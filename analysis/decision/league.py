"""The league table: several scenarios side by side, which pays, how surely, and for whom."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from abm.results.scales import PER_100_000, REPRESENTED
from analysis.decision.acceptability import chances
from analysis.decision.incremental import incremental_analysis
from analysis.decision.options import FEWEST_FOR_A_CHANCE, NOTHING, Options, options_of
from analysis.outcomes import diseases

DRAWS = "economics_draws.csv"
AT_A_THRESHOLD = "net_benefit_"
MONEY = ("policy_cost", "care_cost_averted", "net_cost")
MEASURES = ("qalys_gained", *MONEY)
BREAK_EVEN = ("highest_cost_per_participant", "lowest_uptake")
NOT_COMPARED = "not compared"
NO_MONEY = "no cost is known in this currency: not among what is compared"
OTHER_RULES = "of another place, or money or health is valued in another way: not compared"
OF_VALUE = ("place", "country")  # of a scenario's population: whose money and rates hold


@dataclass(frozen=True)
class Entry:
    """What a league table reads of a finished run: its tables by file name, and its manifest."""

    tables: Mapping[str, pd.DataFrame]
    manifest: Mapping[str, Any]

    def table(self, name: str) -> pd.DataFrame:
        """Return a table, empty where the run has none."""
        return self.tables.get(name, pd.DataFrame())

    @property
    def scenario(self) -> Mapping[str, Any]:
        """Return the resolved scenario."""
        found = self.manifest.get("scenario")
        return found if isinstance(found, Mapping) else {}

    @property
    def title(self) -> str:
        """Return the scenario's title."""
        return str(self.scenario.get("title") or "")

    def money(self, scale: str) -> pd.DataFrame:
        """Return health and money on a scale, by measure."""
        table = self.table("economics.csv")
        if table.empty:
            return table
        return table[table["scale"] == scale].set_index("measure")


def thresholds_of(entries: Mapping[str, Entry]) -> list[int]:
    """Return the thresholds at which the net benefit of the first scenario is told."""
    money = next(iter(entries.values())).money(PER_100_000)
    names = [str(name) for name in money.index if str(name).startswith(AT_A_THRESHOLD)]
    return [int(name.removeprefix(AT_A_THRESHOLD)) for name in names]


def comparable(
    entries: Mapping[str, Entry], against: str = NOTHING
) -> tuple[dict[str, Entry], dict[str, str]]:
    """Return the scenarios that can be compared, and why each of the others cannot.

    The comparator says of which place they are and how all is valued, without one the first.
    """
    why = {name: NO_MONEY for name, entry in entries.items() if not _is_priced(entry)}
    priced = {name: _rules(entry) for name, entry in entries.items() if name not in why}
    first = next(iter(priced.values()), None)
    rules = priced.get(against, first)
    why |= {name: OTHER_RULES for name, own in priced.items() if own != rules}
    return {name: each for name, each in entries.items() if name not in why}, why


def _is_priced(entry: Entry) -> bool:
    money = entry.money(PER_100_000)
    if money.empty:
        return False
    return not money["value"].reindex(["qalys_gained", "net_cost"]).isna().any()


def _rules(entry: Entry) -> tuple[object, ...]:
    """Return how health and money are valued, and of which place."""
    population = entry.scenario.get("population") or {}
    valuation = entry.scenario.get("economics") or {}
    money = entry.money(PER_100_000)
    return (
        *(str(population.get(key)) for key in OF_VALUE), *sorted(map(str, valuation.items())),
        str(money["unit"].get("net_cost")), str(money["horizon"].get("net_cost")),
    )  # fmt: skip


def league_table(entries: Mapping[str, Entry], against: str = NOTHING) -> pd.DataFrame:
    """Return every scenario against the others, a row for each scale and scenario.

    Parameters
    ----------
    entries
        By scenario, in any order.
    against
        The comparator: doing nothing (the baseline world), or one of the scenarios. Doing nothing
        stays an option beside it, with a row of its own: what is done today may harm.

    Returns
    -------
        Columns scenario, title, scale, unit, comparator; what it does: participants, offered,
        QALYs and money with intervals and the net benefit at each threshold, all less those of the
        comparator; probabilities from shared draws; the incremental analysis; numbers needed;
        break-even; ``note``. Scenarios that cannot be compared stand last with the reason.

    Raises
    ------
    ValueError
        If the comparator is not among what can be compared.
    """
    fit, why = comparable(entries, against)
    if against not in (NOTHING, *fit):
        raise ValueError(
            f"--against: '{against}' cannot be the comparator"
            f"{f' ({why[against]})' if against in why else ''}; must be one of "
            f"{', '.join((NOTHING, *fit))}"
        )
    parts = [_on_scale(fit, scale, against) for scale in _shared_scales(fit)]
    left_out = [
        {"scenario": name, "title": entries[name].title, "scale": PER_100_000,
         "comparator": against, "note": reason, "status": NOT_COMPARED}
        for name, reason in why.items()
    ]  # fmt: skip
    tables = [*parts, *([pd.DataFrame(left_out)] if left_out else [])]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(left_out)


def _shared_scales(entries: Mapping[str, Entry]) -> list[str]:
    """Return per 100 000 and, where all scenarios represent as many people, those."""
    if not entries:
        return []
    people = {str((e.scenario.get("population") or {}).get("represents")) for e in entries.values()}
    alike = len(people) == 1 and people != {"None"}
    return [PER_100_000, REPRESENTED] if alike else [PER_100_000]


def shared_draws(entries: Mapping[str, Entry], scale: str = PER_100_000) -> Options | None:
    """Return the options of all scenarios by draws in common; None where one has none.

    A draw has the same evidence in scenarios of one seed only.
    """
    if len({entry.scenario.get("seed") for entry in entries.values()}) > 1:
        return None
    tables = {name: entry.table(DRAWS) for name, entry in entries.items()}
    options = options_of({name: table for name, table in tables.items() if len(table)}, scale)
    complete = options is not None and set(options.names) == {NOTHING, *entries}
    return options if complete else None


def _on_scale(entries: Mapping[str, Entry], scale: str, against: str) -> pd.DataFrame:
    """Return the rows of one scale, the highest net benefit at the lowest threshold first."""
    drawn = shared_draws(entries, scale)
    thresholds = thresholds_of(entries)
    first = [] if against == NOTHING else [_doing_nothing(entries[against], scale, thresholds)]
    rows = [_row(name, entry, scale, entries, against) for name, entry in entries.items()]
    table = pd.DataFrame([*[each | {"comparator": against} for each in first], *rows])
    step = _incremental(table)
    table = table.merge(step, left_on="scenario", right_on="option").drop(columns="option")
    table = _with_chances(table, drawn, against, thresholds)
    ranked = f"{AT_A_THRESHOLD}{thresholds[0]}"
    return table.sort_values(ranked, ascending=False, kind="stable").reset_index(drop=True)


def _incremental(table: pd.DataFrame) -> pd.DataFrame:
    """Return the incremental analysis of the rows, doing nothing among them in any case."""
    columns = ("scenario", "net_cost", "qalys_gained")
    names, costs, qalys = (table[name].tolist() for name in columns)
    if NOTHING not in names:  # it is the comparator
        names, costs, qalys = [NOTHING, *names], [0.0, *costs], [0.0, *qalys]
    return incremental_analysis(names, costs, qalys)


def _doing_nothing(
    comparator: Entry, scale: str, thresholds: Sequence[int]
) -> dict[str, object]:
    """Return the row of doing nothing beside a comparator that does something."""
    money = comparator.money(scale)
    amounts = {each: 0.0 - float(money["value"][each]) for each in MEASURES}
    return {
        "scenario": NOTHING, "title": "Doing nothing", "scale": scale,
        "unit": money["unit"]["net_cost"], "offered": 0.0, "participants": 0.0,
        **_worth(amounts, thresholds), "note": "",
    }  # fmt: skip


def _worth(amounts: Mapping[str, float], thresholds: Sequence[int]) -> dict[str, float]:
    """Return amounts with the cost per QALY and the net benefit at each threshold."""
    gained, net = amounts["qalys_gained"], amounts["net_cost"]
    benefits = {f"{AT_A_THRESHOLD}{each}": each * gained - net for each in thresholds}
    return {**amounts, "cost_per_qaly": net / gained if gained > 0.0 else math.nan, **benefits}


def _row(
    name: str, entry: Entry, scale: str, entries: Mapping[str, Entry], against: str
) -> dict[str, object]:
    """Return what a scenario does, less what its comparator does."""
    values = entry.money(scale)["value"]
    other = entries[against].money(scale)["value"] if against != NOTHING else values * 0.0
    amounts = {each: float(values[each] - other[each]) for each in MEASURES}
    own = against == NOTHING
    row: dict[str, object] = {
        "scenario": name, "title": entry.title, "scale": scale,
        "unit": entry.money(scale)["unit"]["net_cost"],
        "comparator": against, **_people(entry, scale), **_worth(amounts, thresholds_of(entries)),
        **{each: _limit(entry, scale, each) if own else math.nan for each in ("lower", "upper")},
    }  # fmt: skip
    row |= _needed(entry, scale, row | {"policy_cost": float(values["policy_cost"])})
    row |= _break_even(entry)
    return row | {"share_via_il6": _share_via_il6(entry), "note": ""}


def _limit(entry: Entry, scale: str, name: str) -> float:
    """Return a Monte Carlo limit of the cost per QALY."""
    table = entry.table("economics.csv")
    rows = table[(table["scale"] == scale) & (table["measure"] == "cost_per_qaly")]
    return float(rows[name].iat[0])


def _factor(entry: Entry, scale: str) -> float:
    """Return by what numbers of the simulated persons are multiplied."""
    groups = entry.table("group_effects.csv")
    if groups.empty:
        return math.nan
    if scale == PER_100_000:
        return 1e5 / float(groups.loc[groups["group"] == "all", "persons"].iat[0])
    people = (entry.scenario.get("population") or {}).get("represents")
    return float(people) / float(entry.scenario["persons"])


def _people(entry: Entry, scale: str) -> dict[str, float]:
    """Return who is offered any policy and who takes part, over the run."""
    groups, told = entry.table("group_effects.csv"), entry.table("participation.csv")
    factor = _factor(entry, scale)
    if groups.empty or told.empty:
        return {"offered": math.nan, "participants": math.nan}
    took_part = float(groups.loc[groups["group"] == "all", "participants"].iat[0])
    offered = float(told["offered"].sum(min_count=1))
    return {"offered": offered * factor, "participants": took_part * factor}


def _needed(entry: Entry, scale: str, row: Mapping[str, Any]) -> dict[str, float]:
    """Return how many are reached, and take part, for each case averted, and what it costs.

    Against doing nothing, whatever the comparator is.
    """
    effects = entry.table("effects.csv")
    names = [f"incidence.{name}" for name in diseases()]
    if effects.empty or "expected_averted" not in effects:
        cases = math.nan
    else:
        cases = float(effects.loc[effects["outcome"].isin(names), "expected_averted"].sum())
        cases *= _factor(entry, scale)
    useful = cases if cases > 0.0 else math.nan
    return {
        "cases_averted": cases,
        "number_needed_to_reach": row["offered"] / useful,
        "number_needed_to_treat": row["participants"] / useful,
        "policy_cost_per_case_averted": row["policy_cost"] / useful,
    }


def _break_even(entry: Entry) -> dict[str, float]:
    """Return what still pays at each threshold, against doing nothing."""
    table = entry.table("break_even.csv")
    if table.empty:
        return {}
    return {
        f"{name}_{threshold:g}": float(value)
        for name in BREAK_EVEN
        for threshold, value in zip(table["threshold"], table[name], strict=True)
    }


def _share_via_il6(entry: Entry) -> float:
    """Return the share of the QALYs within the run that runs through IL-6."""
    table = entry.table("qaly_sources.csv")
    if table.empty:
        return math.nan
    return float(table["share_via_il6"].dropna().head(1).sum() or math.nan)


def _with_chances(
    table: pd.DataFrame, options: Options | None, against: str, thresholds: Sequence[int]
) -> pd.DataFrame:
    """Add intervals over draws and probabilities, where all scenarios have draws in common."""
    if options is None:
        return table.assign(draws=0, draws_needed=FEWEST_FOR_A_CHANCE, reliable=False)
    compared = options.against(against)
    places = [options.names.index(name) for name in table["scenario"]]
    found: dict[str, Any] = {}
    itself = (table["scenario"] == against).to_numpy()  # pays neither more nor less than itself
    gained, net = compared.qalys[:, places], compared.costs[:, places]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where((gained > 0.0).all(axis=0), net / gained, np.nan)
    for name, share in (("parameter_lower", 0.025), ("parameter_upper", 0.975)):
        found[name] = np.quantile(ratio, share, axis=0)
    for threshold in thresholds:
        best, _ = chances(options, threshold)
        _, pays = chances(compared, threshold)
        found[f"probability_it_pays_{threshold}"] = np.where(itself, np.nan, pays[places])
        found[f"probability_best_{threshold}"] = best[places]
    draws = len(options.draws)
    return table.assign(
        **found, draws=draws, draws_needed=FEWEST_FOR_A_CHANCE,
        reliable=draws >= FEWEST_FOR_A_CHANCE,
    )  # fmt: skip


