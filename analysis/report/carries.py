"""What carries the answer: assumptions at both ends, and what it is worth to find out."""

from __future__ import annotations

from typing import Any

from abm.evidence.distributions import NORMAL_95
from abm.results.scales import PER_100_000
from analysis.decision.assumptions import FIRST_ORDER
from analysis.input_names import name_and_path, name_of_input
from analysis.report.cost_per_qaly import at_ratio
from analysis.report.economics_rows import written
from analysis.report.numbers import missing
from analysis.words import capitalised, in_words

MOST = 3  # in sentences
MOST_ROWS = 10
NOTHING = (
    "Which assumptions carry the answer cannot be said: no cost is known, or nothing is gained."
)
PAY_OFF = {"evpi": "everything", "evppi_group": "all of {}", "evppi": "{}"}


def assumption_rows(table: Any) -> list[dict[str, str]]:
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
        }
        for row in table[table["scale"] == PER_100_000].to_dict("records")
    ]


def _ratio(row: Any, end: str) -> str:
    """Return the cost per QALY at an end: none where no QALYs are gained there."""
    ratio = row[f"cost_per_qaly_{end}"]
    return "no QALYs gained" if missing(ratio) else at_ratio(float(ratio), written)


def assumption_sentences(table: Any) -> list[str]:
    """Return the three that move the net benefit most, and how this was worked out."""
    rows = assumption_rows(table)[:MOST]
    if not rows:
        return [NOTHING]
    money = f"{table['unit'].iat[0]} per QALY"
    return [*(_told(row, money) for row in rows), _how(table)]


def _told(row: dict[str, str], money: str) -> str:
    low, high = row["low"] or "the low end", row["high"] or "the high end"
    ends = f"at {low} {_with(row['at_low'], money)}, at {high} {_with(row['at_high'], money)}"
    return f"{capitalised(name_and_path(row['path']))}: {ends}."


def _with(ratio: str, money: str) -> str:
    return f"{ratio} {money}" if ratio[:1].isdigit() else ratio


def _how(table: Any) -> str:
    if table["method"].iat[0] == FIRST_ORDER:
        return (
            "Worked out to first order, of causal shares alone: costs are held, and what is gained "
            "by a condition goes with its share. Uptake, minutes, how long people keep it up and "
            "costs, which decide between options, are not among them: parameter draws (--draws) "
            "tell of all inputs that have an interval."
        )
    return (
        "By regression on the parameter draws: all else is as uncertain as it is. Causal shares "
        "move all options alike; uptake, minutes and costs decide between them. Those for which "
        "the scenario gives an interval are in the table, whatever their rank; what has none is "
        "held and moves nothing here."
    )


def information_rows(table: Any) -> list[dict[str, str]]:
    """Return what it is worth to find out at the lowest threshold: all, groups, single inputs.

    Groups and inputs that cannot be told from shuffled ones by their error are left out.
    """
    if table is None or table.empty:
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


def information_sentence(table: Any) -> str:
    """Return what finding out everything is worth, and how far that can be trusted."""
    if table is None or table.empty:
        return "What it is worth to find out cannot be said without parameter draws (--draws)."
    own = table[(table["quantity"] == "evpi") & (table["threshold"] == table["threshold"].min())]
    row = own.iloc[0]
    at = f"At {written(float(row['threshold']))} {row['unit']} per QALY"
    few = "" if row["reliable"] else (
        f" From {int(row['draws'])} draws that is unreliable: it takes {int(row['draws_needed'])}."
    )  # fmt: skip
    if not row["value"] > 0.0:
        return f"{at}, no draw would change the choice, so finding out is worth nothing here.{few}"
    return (
        f"{at}, to know every parameter would be worth {written(float(row['value']))} "
        f"{row['unit']} per 100 000 persons, as it would avoid a wrong choice.{few}"
    )
