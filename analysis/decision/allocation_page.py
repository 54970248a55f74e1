"""The page of a shared-out budget: one HTML file that needs nothing else, and its tables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from abm.evidence.distributions import NORMAL_95
from abm.running.output import write_all
from abm.scenario.parts import Scenario
from analysis.decision import allocation_words as words
from analysis.decision.allocation import Allocation
from analysis.decision.allocation_table import OF_GROUP, WHOLE, Told
from analysis.decision.options import FEWEST_FOR_A_CHANCE
from analysis.words import MINUS, in_words

TEMPLATE = "allocation_template.html"
PAGE, ALLOCATION, GROUPS = "report.html", "allocation.csv", "groups.csv"


@dataclass(frozen=True)
class Decided:
    """All that the page tells: the allocation, its tables, and what it was made from."""

    allocation: Allocation
    table: pd.DataFrame
    groups: pd.DataFrame
    told: Told
    scenarios: Sequence[Scenario]
    command: str
    warnings: Sequence[str] = ()

    @property
    def headline(self) -> str:
        """The answer in one sentence."""
        whole = self.table[self.table["kind"] == WHOLE].iloc[0]
        pays = float(whole["probability_it_pays"])
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
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    scenario, allocation = decided.scenarios[0], decided.allocation
    return environment.get_template(TEMPLATE).render(
        headline=decided.headline,
        notes=decided.notes,
        warnings=decided.warnings,
        rows=[_row(row) for row in decided.table.to_dict("records")],
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
    for name, table in ((ALLOCATION, decided.table), (GROUPS, decided.groups)):
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


def _row(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row of the allocation in words."""
    is_group = row["kind"] == OF_GROUP
    error = NORMAL_95 * float(row["net_benefit_standard_error"])
    benefit = float(row["net_benefit"])
    return {
        "kind": row["kind"],
        "policy": f"{row['policy']} ({row['scenario']})",
        "who": _who(row),
        "share": f"{100 * float(row['share']):.0f} %" if is_group else "",
        **{name: _count(row[name]) for name in ("offered", "cost", "net_benefit_where_chosen")},
        "qalys": in_words(float(row["qalys_gained"])),
        "benefit": _count(benefit),
        "between": f"{_count(benefit - error)} to {_count(benefit + error)}",
        "each": _count(row["net_benefit_per_participant"]),
        "chance": words.chance(float(row["probability_it_pays"])) if row["kind"] in (
            OF_GROUP, WHOLE) else "",
    }  # fmt: skip


def _who(row: dict[str, Any]) -> str:
    if row["kind"] == OF_GROUP:
        sex = {"male": "men", "female": "women"}[row["sex"]]
        return f"{sex} {row['age_band'].replace('-', '–')}, quintile {row['deprivation']}"
    if row["kind"] == WHOLE:
        return "all"
    where = "" if row["deprivation"] == "all" else f", quintile {row['deprivation']}"
    return f"paid for all residents{where}" if where else "paid whoever takes part"


def _count(number: Any) -> str:
    value = float(number)
    if math.isnan(value):
        return ""
    text = in_words(round(abs(value)), 12)
    return text if value >= 0.0 or text == "0" else MINUS + text
