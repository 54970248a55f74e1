"""What the page of a run says below its first screen, section by section, from its tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from analysis.decision.options import FEWEST_FOR_A_CHANCE, by_draw
from analysis.report.by_year import horizon_rows, most_at_once, rows_by_year
from analysis.report.carries import (
    UNTOLD,
    assumptions_told,
    information_rows,
    information_sentence,
    what_carries,
)
from analysis.report.cost_per_qaly import gain_is_untold, loses_qalys
from analysis.report.decision_charts import acceptability_of, plane_of, source_marks
from analysis.report.first_screen import (
    DRAWS_TABLE,
    draws_alike,
    first_screen,
    nobody_takes_part,
    threshold_of,
    worth_of,
)
from analysis.report.for_whom import gains_by_group
from analysis.report.how_sure import certainty_rows
from analysis.report.people import people_of
from analysis.report.undecided import COST_UNKNOWN, why_no_net_cost, why_undecided
from analysis.tables.slope import slope_in_words


def sections(result: Any, tables: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the template prints of the decision; little without policies.

    Parameters
    ----------
    result
        As of :func:`analysis.report.first_screen.first_screen`.
    tables
        The tables beside the page, by the names of their files.
    """
    screen = first_screen(result, tables)
    found: dict[str, Any] = {
        "screen": screen,
        "own_limits": own_limits(result, tables),
        "lost": loses_qalys(tables.get("economics.csv")),
    }
    if screen is None:
        return found
    undecided = _undecided(result, tables)
    represented = result.scenario.population.represents is not None
    money = result.scenario.place.currency
    drawn = tables.get(DRAWS_TABLE) is not None
    draws = len(by_draw(tables[DRAWS_TABLE])) if drawn else 0
    some = drawn and not 0 < draws == draws_alike(tables[DRAWS_TABLE])
    return found | {
        "money": money,
        "gains": gains_by_group(result.group_effects),
        "slope": slope_in_words(tables.get("equity.csv"), result.group_effects),
        "years": rows_by_year(result.budget_impact, represented, money),
        "most_part": most_at_once(result.budget_impact, represented),
        "horizons": horizon_rows(tables.get("horizons.csv"), represented, drawn),
        "plane": plane_of(tables[DRAWS_TABLE], threshold_of(result.scenario)) if some else None,
        "acceptability": acceptability_of(tables.get("ceac.csv"), money) if some else None,
        "sources_of_qalys": source_marks(tables.get("qaly_sources.csv")),
        "undecided": undecided,
        "carriers": what_carries(assumptions_told(tables), draws, undecided or _untold(tables)),
        "information_told": information_sentence(
            tables.get("value_of_information.csv"), undecided
        ),
        "information": information_rows(tables.get("value_of_information.csv")),
        "certainty": certainty_rows(tables.get("economics.csv")),
    }


def _undecided(result: Any, tables: Mapping[str, Any]) -> str:
    """Return why no draws would say what the policies are worth; nothing if they would."""
    people = people_of(result)
    differs = worth_of(tables.get("economics.csv"), people) is not None
    return why_undecided(result.scenario, nobody_takes_part(result, people), differs)


def _untold(tables: Mapping[str, Any]) -> str:
    return UNTOLD if gain_is_untold(tables.get("economics.csv")) else ""


def own_limits(result: Any, tables: Mapping[str, Any]) -> list[str]:
    """Return the limits that this run has beside those that all have."""
    if not result.scenario.policies:
        return ["This run has no policy, so it says nothing of what any would do."]
    draws = int(result.manifest.get("draws", 0))
    found = []
    if not draws:
        found.append(
            "Every parameter is held at its central value: how far the evidence leaves the answer "
            "open is not shown (--draws)."
        )
    elif draws < FEWEST_FOR_A_CHANCE:
        found.append(
            f"{draws} parameter draw{'s' if draws > 1 else ''} tell probabilities only roughly; "
            f"{FEWEST_FOR_A_CHANCE} tell them to within 5 points."
        )
    if result.scenario.population.represents is None:
        found.append("The scenario does not say how many people it represents: no budget follows.")
    alike = draws_alike(tables[DRAWS_TABLE]) if tables.get(DRAWS_TABLE) is not None else 0
    if alike:
        found.append(
            f"In {alike} of {draws} parameter draw{'s' if draws > 1 else ''} nothing differs "
            "between the two worlds: their intervals show little of what the evidence leaves open."
        )
    why = why_no_net_cost(result.scenario)
    return found + _limits_of_money(tables.get("economics.csv"), why)


def _limits_of_money(economics: Any, why: str) -> list[str]:
    if economics is None or "net_cost" not in set(economics["measure"]):
        return []
    if not economics.loc[economics["measure"] == "net_cost", "value"].isna().any():
        return []
    return [f"Net cost and cost per QALY cannot be said, because {why or COST_UNKNOWN}."]
