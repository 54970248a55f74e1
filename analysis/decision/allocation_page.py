"""The page of a shared-out budget: one HTML file that needs nothing else, and its tables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from abm.evidence.distributions import NORMAL_95
from abm.running.output import write_all
from abm.scenario.parts import Scenario
from analysis.decision import allocation_words as words
from analysis.decision.allocation import Allocation
from analysis.decision.allocation_table import ALL, OF_GROUP, Told
from analysis.decision.candidates import label_of
from analysis.decision.options import FEWEST_FOR_A_CHANCE
from analysis.pages.dress import page_from
from analysis.words import MINUS, in_words

TEMPLATE = "allocation_template.html"
PAGE, ALLOCATION = "report.html", "allocation.csv"
TOTALS, GROUPS = "totals.csv", "groups.csv"


@dataclass(frozen=True)
class Decided:
    """All that the page tells: the allocation, its tables, and what it was made from."""

    allocation: Allocation
    table: pd.DataFrame
    totals: pd.DataFrame
    groups: pd.DataFrame
    told: Told
    scenarios: Sequence[Scenario]
    command: str
    warnings: Sequence[str] = ()

    @property
    def headline(self) -> str:
        """The answer in one sentence."""
        pays = float(self.totals["probability_it_pays"].iat[-1])
        return words.headline(self.allocation, self.told, self.scenarios[0], pays)

    @property
    def notes(self) -> list[str]:
        """What is said of it beside the answer."""
        spent = words.spending_sentence(self.allocation, self.told)
        optimism = words.optimism_sentence(self.allocation, self.told)
        few = ""
        if 0 < self.told.draws < FEWEST_FOR_A_CHANCE:
            few = (f"Probabilities rest on {self.told.draws} parameter draws, which is few: "
                   f"{FEWEST_FOR_A_CHANCE} tell them to within 5 points.")  # fmt: skip
        return [note for note in (spent, optimism, few) if note]


def page_of(decided: Decided) -> str:
    """Return the page."""
    scenario, allocation = decided.scenarios[0], decided.allocation
    ages = {(each.scenario, each.policy): each.ages for each in allocation.market.candidates}
    rows = [
        _row(row, ages[row["scenario"], row["policy"]]) for row in decided.table.to_dict("records")
    ]
    return page_from(
        Path(__file__).with_name(TEMPLATE),
        headline=decided.headline,
        notes=decided.notes,
        warnings=decided.warnings,
        totals=[_total(row) for row in decided.totals.to_dict("records")],
        policies=_by_policy(rows),
        candidates=[_candidate(allocation, k) for k in range(len(allocation.market.candidates))],
        people=words.people_of(decided.told, scenario),
        money=decided.told.money,
        budget=words.money(allocation.budget, decided.told),
        threshold=in_words(allocation.market.threshold, 6),
        persons=in_words(scenario.persons, 12),
        seed=scenario.seed,
        place=scenario.place.title,
        price_year=scenario.place.price_year,
        lifetime=scenario.economics.horizon == "lifetime",
        draws=decided.told.draws,
        command=decided.command,
        titles=[(each.name, each.title) for each in decided.scenarios],
    )


def write_decision(folder: Path, decided: Decided) -> Path:
    """Write page and tables to a folder that is there; return the page's path."""
    page = folder / PAGE
    contents = {page: page_of(decided).encode()}
    tables = (ALLOCATION, decided.table), (TOTALS, decided.totals), (GROUPS, decided.groups)
    for name, table in tables:
        contents[folder / name] = table.to_csv(index=False, lineterminator="\n").encode()
    write_all(contents)
    return page


def _candidate(allocation: Allocation, place: int) -> dict[str, Any]:
    """Return a policy among which was chosen, in words."""
    each = allocation.market.candidates[place]
    return {
        "label": each.label, "groups": len(each.groups), "reach": f"{100 * each.reach:.3g} %",
        "left_out": f"{100 * each.left_out:.1f} %" if each.left_out > 0.0 else "",
        "charged": bool(each.fixed > 0.0 or each.place_cost.any()),
    }  # fmt: skip


def _total(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row of the totals in words."""
    is_all = row["policy"] == ALL
    label = "All together" if is_all else label_of(row["policy"], row["scenario"])
    return {"policy": label, **_numbers(row)}


def _by_policy(rows: Sequence[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Return rows of the allocation by the policy they are of."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["policy"], []).append(row)
    return found


def _row(row: dict[str, Any], ages: tuple[int, int] | None) -> dict[str, Any]:
    """Return a row of the allocation in words; ``ages`` are those that its policy takes."""
    share = f"{100 * float(row['share']):.0f} %" if row["kind"] == OF_GROUP else ""
    label = label_of(row["policy"], row["scenario"])
    return {"policy": label, "who": _who(row, ages), "share": share, **_numbers(row)}


def _numbers(row: dict[str, Any]) -> dict[str, str]:
    """Return the numbers of a row in words."""
    error = NORMAL_95 * float(row["net_benefit_standard_error"])
    benefit, pays = float(row["net_benefit"]), float(row["probability_it_pays"])
    return {
        **{name: _count(row[name]) for name in ("offered", "cost", "net_benefit_where_chosen")},
        "qalys": in_words(float(row["qalys_gained"])),
        "benefit": _count(benefit),
        "between": f"{_count(benefit - error)} to {_count(benefit + error)}",
        "each": _count(row["net_benefit_per_participant"]),
        "chance": "" if math.isnan(pays) else words.chance(pays),
    }


def _who(row: dict[str, Any], ages: tuple[int, int] | None) -> str:
    if row["kind"] == OF_GROUP:
        span = words.ages_of([row["age_band"]], ages)
        return f"{words.SEXES[row['sex']]} {span}, quintile {row['deprivation']}"
    if row["deprivation"] == ALL:
        return "paid whoever takes part"
    return f"paid for all residents, quintile {row['deprivation']}"


def _count(number: Any) -> str:
    value = float(number)
    if math.isnan(value):
        return ""
    text = in_words(round(abs(value)), 12)
    return text if value >= 0.0 or text == "0" else MINUS + text
