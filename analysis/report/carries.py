"""What carries the answer: assumptions at both ends, and what it is worth to find out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from abm.evidence.distributions import NORMAL_95
from abm.results.scales import PER_100_000
from analysis.decision.assumptions import FIRST_ORDER
from analysis.decision.options import FEWEST_FOR_INFORMATION
from analysis.input_names import name_and_path, name_of_input
from analysis.report.cost_per_qaly import at_ratio, gain_is_untold
from analysis.report.economics_rows import written
from analysis.report.numbers import missing
from analysis.report.undecided import ALIKE, NOBODY
from analysis.words import capitalised, in_words

MOST = 3  # in sentences
MOST_ROWS = 10
NOTHING = "Which assumptions carry the answer cannot be said"
NO_COST = "no cost is known, or nothing is gained"
UNTOLD = "whether QALYs are gained cannot be told from the Monte Carlo error"
MOST_FIRST = "those that move the decision most come first"
SHARES_ALONE = "causal shares alone, all other inputs held"
BY_REGRESSION = (
    "By regression on the parameter draws, in which all inputs vary at once. Causal shares move "
    "options much alike; uptake, minutes and costs decide between them. Inputs of the scenario are "
    "in assumptions.csv, whatever their rank; one without an interval is held, so it cannot show."
)
ALL_CHANCE = "No input moves the decision further than chance would, so none is ranked first."
TO_FIRST_ORDER = (
    "What is shown needs no draws: causal shares alone, worked out to first order. Costs are "
    "held, and what is gained by a condition goes with its share. Uptake, minutes, how long people "
    "keep it up and costs, which decide between options, are not in it."
)
UNRELIABLE = "What regression finds in them stands in assumptions.csv, marked as unreliable."
ALONE = "between this scenario and doing nothing alone"
OF_ALL = "between all options of this page and doing nothing"
PAY_OFF = {"evpi": "everything", "evppi_group": "all of {}", "evppi": "{}"}


def assumption_rows(table: Any) -> list[dict[str, Any]]:
    """Return each assumption that carries the answer, with what a QALY costs at both its ends."""
    if table is None or table.empty:
        return []
    return [
        {
            "path": str(row["assumption"]),
            "name": capitalised(name_of_input(str(row["assumption"]))),
            "low": "" if missing(row["low"]) else in_words(float(row["low"]), 2),
            "high": "" if missing(row["high"]) else in_words(float(row["high"]), 2),
            "at_low": _ratio(row, "low"),
            "at_high": _ratio(row, "high"),
            "chance": _by_chance(row),
        }
        for row in table[table["scale"] == PER_100_000].to_dict("records")
    ]


def _by_chance(row: Any) -> bool:
    """Return whether an input without effect could move the net benefit as far, draws shuffled."""
    apart = abs(float(row["net_benefit_high"]) - float(row["net_benefit_low"]))
    return bool(apart <= row.get("dummy", -1.0))


def _ratio(row: Any, end: str) -> str:
    """Return the cost per QALY at an end: none where no QALYs are gained there."""
    ratio = row[f"cost_per_qaly_{end}"]
    return "no QALYs gained" if missing(ratio) else at_ratio(float(ratio), written)


class Carriers(NamedTuple):
    """What is said of all inputs and of the first, the rows of their table, and their order."""

    lead: list[str]
    first: list[str]
    rows: list[dict[str, Any]]
    order: str

    @property
    def told(self) -> list[str]:
        """What is said above the table: of single inputs only where they are ranked."""
        return [*self.first, *self.lead] if self.order == MOST_FIRST else self.lead


def what_carries(table: Any, draws: int, why_not: str = "") -> Carriers:
    """Return the inputs that carry the answer, in order only where draws are enough for one.

    Fewer draws would be ranked by chance: of them nothing is shown but what needs no draws.

    Parameters
    ----------
    table
        As of :mod:`analysis.decision.assumptions`, or None.
    draws
        Parameter draws whose costs and QALYs are known.
    why_not
        Why there is no table, where that is known.
    """
    rows = assumption_rows(table)
    if not rows:
        return Carriers([f"{NOTHING}: {why_not or NO_COST}."], [], [], "")
    money = f"{table['unit'].iat[0]} per QALY"
    first = [_told(row, money) for row in rows if not row["chance"]][:MOST]
    if draws >= FEWEST_FOR_INFORMATION:
        lead = [BY_REGRESSION] if first else [ALL_CHANCE, BY_REGRESSION]
        return Carriers(lead, first, rows, MOST_FIRST)
    told = f"Which inputs carry the answer cannot be ranked {_from(draws)}: that takes {_enough()}."
    if table["method"].iat[0] == FIRST_ORDER:
        return Carriers([told, TO_FIRST_ORDER], first, rows, SHARES_ALONE)
    return Carriers([told, UNRELIABLE], [], [], "")


def assumptions_told(tables: Mapping[str, Any]) -> Any:
    """Return the table of assumptions, or None where no cost per QALY can be told at their ends.

    ``tables`` are those beside the page, by the names of their files.
    """
    untold = gain_is_untold(tables.get("economics.csv"))
    return None if untold else tables.get("assumptions.csv")


def first_carriers(table: Any, draws: int) -> tuple[list[str], list[str]]:
    """Return what is said of all inputs, and of the first of them, as :func:`what_carries`."""
    carriers = what_carries(table, draws)
    return carriers.lead, carriers.first


def _from(draws: int) -> str:
    if not draws:
        return "without parameter draws"
    return f"from {draws} parameter draw{'s' if draws > 1 else ''}"


def _enough() -> str:
    return f"{FEWEST_FOR_INFORMATION} (--draws {FEWEST_FOR_INFORMATION})"


def _told(row: dict[str, Any], money: str) -> str:
    low, high = row["low"] or "the low end", row["high"] or "the high end"
    ends = f"at {low}: {_with(row['at_low'], money)}; at {high}: {_with(row['at_high'], money)}"
    return f"{capitalised(name_and_path(row['path']))}, {ends}."


def _with(ratio: str, money: str) -> str:
    return f"{ratio} {money}" if ratio[:1].isdigit() else ratio


def information_rows(table: Any) -> list[dict[str, str]]:
    """Return what it is worth to find out at the lowest threshold: all, groups, single inputs.

    Groups and inputs that cannot be told from shuffled ones by their error are left out. From too
    few draws nothing is ranked.
    """
    if table is None or table.empty or not table["reliable"].all():
        return []
    own = table[table["threshold"] == table["threshold"].min()]
    kept = own[own["quantity"].isin(PAY_OFF)]
    sure = kept["value"] - NORMAL_95 * kept["standard_error"] > kept["dummy"].fillna(0.0)
    return [
        {
            "name": capitalised(
                PAY_OFF[str(row["quantity"])].format(name_and_path(str(row["input"])))
            ),
            "value": written(float(row["value"])),
            "error": _error(row["standard_error"]),
        }
        for row in kept[sure | (kept["quantity"] == "evpi")].head(MOST_ROWS).to_dict("records")
    ]


def _error(number: Any) -> str:
    return "–" if missing(number) else written(float(number))


def information_sentence(table: Any, why_not: str = "", choice: str = ALONE) -> str:
    """Return what finding out everything is worth, and how far that can be trusted.

    ``choice`` is between what: the same evidence is worth more where there is more to choose from.
    ``why_not`` says why it cannot be told, where that is not for want of parameter draws.
    """
    if table is None or table.empty:
        why = f", because {why_not}" if why_not else " without parameter draws (--draws)"
        return f"What it is worth to find out cannot be said{why}."
    own = table[(table["quantity"] == "evpi") & (table["threshold"] == table["threshold"].min())]
    row = own.iloc[0]
    at = f"At {written(float(row['threshold']))} {row['unit']} per QALY"
    few = "" if row["reliable"] else (
        f" {capitalised(_from(int(row['draws'])))} that is unreliable, and what single inputs are "
        f"worth cannot be ranked: both take {_enough()}."
    )  # fmt: skip
    if not row["value"] > 0.0 and why_not in (NOBODY, ALIKE):
        return f"{capitalised(why_not)}, so there is nothing to find out here."
    if not row["value"] > 0.0:
        return (
            f"{at}, no draw would change the choice {choice}, so finding out is worth nothing "
            f"here.{few}"
        )
    return (
        f"{at}, to know every parameter before the choice {choice} would be worth "
        f"{written(float(row['value']))} {row['unit']} per 100 000 persons, as it would avoid a "
        f"wrong choice.{few}"
    )
