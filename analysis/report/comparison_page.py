"""The page of a comparison: which option first and how sure, then what each does and costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from abm.results.claims import excludes_zero
from abm.results.scales import PER_100_000, REPRESENTED
from analysis.decision.league import AT_A_THRESHOLD, NOT_COMPARED
from analysis.decision.options import FEWEST_FOR_A_CHANCE, NOTHING
from analysis.outcomes import row_label
from analysis.pages.dress import page_from
from analysis.pages.marks import (
    COLOURS,
    KEYS,
    NIL,
    UNKNOWN,
    Mark,
    acceptability_chart,
    interval_marks,
    plane_chart,
)
from analysis.report.by_year import ratio_in_words
from analysis.report.carries import information_rows, information_sentence
from analysis.report.compared_setting import (
    name_of_tab,
    represented_by_all,
    setting_in_words,
    title_of_options,
)
from analysis.report.comparison_context import carried, not_valued, through_il6
from analysis.report.comparison_rows import budget_rows, cell, equity_rows
from analysis.report.cost_per_qaly import NO_LIMITS, ratios_between
from analysis.report.economics_rows import written
from analysis.report.numbers import missing, percentage, range_in_words
from analysis.tables.effect_tables import QALYS
from analysis.words import in_words, joined, probability, with_interval

TEMPLATE = "comparison.html"
BASE = "100 000 persons at the start or entering later"
NAN = float("nan")
COMPARED_WITH = "compared_with"
LEAGUE, CURVES, INFORMATION = "league_table.csv", "ceac.csv", "value_of_information.csv"
Tables = Mapping[str, Any]


def comparison_page(
    tables: Tables, runs: Mapping[str, Tables], unlike: Mapping[str, str], eligible: str,
    manifests: Mapping[str, Mapping[str, Any]] | None = None,
) -> str:  # fmt: skip
    """Return the page of several scenarios as HTML.

    Parameters
    ----------
    tables
        The tables of the comparison, by the names of their files; what is missing is said.
    runs
        Of each scenario ``title`` and its tables by the names of their files.
    unlike, eligible
        As of :mod:`analysis.report.unlike_runs`.
    manifests
        Of each scenario, for place, years and persons.
    """
    league = _rows(tables.get(LEAGUE))
    people = represented_by_all(list((manifests or {}).values()))
    shown = list(runs)
    titles = [str(runs[name].get("title") or "") for name in shown]
    order = [str(row["scenario"]) for row in league] or list(runs)
    money = str(league[0].get("unit", "")) if league else ""
    threshold = _threshold(league)
    colours = {name: place % COLOURS + 1 for place, name in enumerate(order)}
    return page_from(
        Path(__file__).with_name(TEMPLATE),
        tab=name_of_tab(shown, titles),
        question=title_of_options(shown, titles),
        setting=setting_in_words(manifests or {}),
        intervals=intervals_told(league, runs),
        answer=answer_of(league, threshold, money, _represented(tables.get(LEAGUE)), people),
        chance=chance_of(league, threshold),
        unlike=unlike,
        eligible=eligible,
        keys=[{"key": KEYS[place % 26], "colour": colours[name], "name": name,
               "title": str(runs[name].get("title") or "")}
              for place, name in enumerate(order) if name in runs],
        league=[_league_row(row, threshold) for row in league],
        threshold=written(threshold) if threshold else "",
        money=money,
        net=_net_marks(league, runs, threshold, colours),
        plane=_plane(_compared(league), runs, money, threshold),
        acceptability=_acceptability(tables.get(CURVES), order, money),
        information_told=information_sentence(tables.get(INFORMATION)),
        information=information_rows(tables.get(INFORMATION)),
        prevented=_prevented(tables.get("comparison.csv"), colours),
        budget=budget_rows(order, runs, money),
        equity=equity_rows(order, runs),
        carried=carried(order, runs),
        il6=through_il6(order, runs),
        not_valued=not_valued(order, manifests or {}),
    )  # fmt: skip


def _rows(league: Any) -> list[dict[str, Any]]:
    if league is None or league.empty:
        return []
    found: list[dict[str, Any]] = league[league["scale"] == PER_100_000].to_dict("records")
    return found


def _represented(league: Any) -> dict[str, dict[str, Any]]:
    """Return the rows of the people represented, by scenario."""
    if league is None or league.empty:
        return {}
    own = league[league["scale"] == REPRESENTED].to_dict("records")
    return {str(row["scenario"]): row for row in own}


def _compared(league: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the scenarios with a known cost; the others stand last in the league table."""
    return [str(row["scenario"]) for row in league if row["status"] != NOT_COMPARED]


def _threshold(league: Sequence[Mapping[str, Any]]) -> float:
    """Return the lowest threshold of the league table, by which it is ordered; 0 without one."""
    names = [name for row in league[:1] for name in row if str(name).startswith(AT_A_THRESHOLD)]
    return float(min(int(str(name).removeprefix(AT_A_THRESHOLD)) for name in names or ["0"]))


def answer_of(
    league: Sequence[Mapping[str, Any]], threshold: float, money: str,
    represented: Mapping[str, Mapping[str, Any]] | None = None, people: float = 0.0,
) -> str:  # fmt: skip
    """Return which option is first by its net benefit, or that nothing can be said.

    With ``people`` that all runs represent, and the rows of these, they come first.
    """
    told = [row for row in league if row["status"] != NOT_COMPARED]
    if not told:
        return (
            "Which option is worth most cannot be said: no scenario has a known cost in a currency "
            "that they share."
        )
    first = told[0]
    other = str(first["comparator"])
    against = _named(other)
    at = f"At {written(threshold)} {money} per QALY"
    if not first[f"{AT_A_THRESHOLD}{threshold:.0f}"] > 0.0:
        others = [row["scenario"] for row in told if row["scenario"] != other]
        best = f"; the best of the others is {others[0]}" if others else ""
        return f"{at}, no option is worth more than {against}{best}."
    alone = len(told) == 1 and other == NOTHING
    rank = "is worth more than nothing, and no other could be compared" if alone else "is first"
    own = (represented or {}).get(str(first["scenario"])) if people else None
    whom = f"for the {in_words(people, 12)} people represented" if own else f"per {BASE}"
    again = f" Per {BASE}: {_gains(first, money, against)}." if own else ""
    gains = _gains(own or first, money, against)
    return f"{at}, {first['scenario']} {rank}: {whom} it gains {gains}.{again}"


def _gains(row: Mapping[str, Any], money: str, against: str) -> str:
    return (
        f"{written(float(row['qalys_gained']))} QALYs {_for(row, money)} against {against}, "
        f"with {written(float(row['participants']))} people taking part"
    )


def _named(option: str) -> str:
    return "doing nothing" if option == NOTHING else str(option)


def _for(row: Mapping[str, Any], money: str) -> str:
    """Return what is paid or saved, and what that makes of a QALY."""
    net = float(row["net_cost"])
    if net < 0.0:
        return f"and saves {written(-net)} {money}"
    ratio = row["cost_per_qaly"]
    per = "" if missing(ratio) else f" ({written(float(ratio))} per QALY)"
    return f"for {written(net)} {money}{per}"


def chance_of(league: Sequence[Mapping[str, Any]], threshold: float) -> str:
    """Return how sure it is that the first is the best, or why that cannot be said."""
    told = [row for row in league if row["status"] != NOT_COMPARED]
    name = f"probability_best_{threshold:.0f}"
    if not told or missing(told[0].get(name)):
        return (
            "How sure that is cannot be said: that takes parameter draws (--draws) of all "
            "scenarios with one seed. The order is that of central values."
        )
    first, *others = sorted(told, key=lambda row: -float(row[name]))
    leading = str(told[0]["scenario"])
    chance = probability(float(told[0][name]))
    text = f"The probability that {leading} is the best, doing nothing among them, is {chance}"
    if str(first["scenario"]) != leading:
        text += f"; {first['scenario']} is the best more often ({probability(float(first[name]))})"
    elif others:
        text += f"; next comes {others[0]['scenario']} ({probability(float(others[0][name]))})"
    draws = int(told[0]["draws"])
    few = "" if draws >= FEWEST_FOR_A_CHANCE else (
        f" From {draws} draws that is a rough figure; {FEWEST_FOR_A_CHANCE} tell it to within 5 "
        "points."
    )  # fmt: skip
    return f"{text}.{few}"


def _league_row(row: Mapping[str, Any], threshold: float) -> dict[str, str]:
    name = str(row["scenario"])
    if row["status"] == NOT_COMPARED:
        return {"name": name, "left_out": str(row["note"])}
    chance = row.get(f"probability_it_pays_{threshold:.0f}")
    return {
        "name": name,
        "left_out": "",
        "participants": cell(row["participants"]),
        "qalys": cell(row["qalys_gained"]),
        "net": cell(row["net_cost"]),
        "ratio": ratio_in_words(row["qalys_gained"], row["net_cost"], row["cost_per_qaly"]),
        "between": _limits(row),
        "pays": "–" if missing(chance) else probability(float(chance)),
        "status": _status(row),
        "share": "–" if missing(row["share_via_il6"]) else percentage(float(row["share_via_il6"])),
        "needed": cell(row["number_needed_to_reach"]),
    }


def _limits(row: Mapping[str, Any]) -> str:
    """Return the interval of the cost per QALY over draws, without draws that of Monte Carlo."""
    drawn = not missing(row.get("draws")) and row["draws"] > 0
    if drawn and missing(row.get("parameter_lower")):
        return "–" if missing(row["cost_per_qaly"]) else NO_LIMITS
    for lower, upper in (("parameter_lower", "parameter_upper"), ("lower", "upper")):
        ends = row.get(lower), row.get(upper)
        if not missing(ends[0]) and not missing(ends[1]):
            return ratios_between(*ends, written)
    return "–"


def _status(row: Mapping[str, Any]) -> str:
    """Return how an option stands in the incremental analysis, in words."""
    other, step = row["dominated_by"], row["incremental_cost_per_qaly"]
    by = f" by {_named(other)}" if isinstance(other, str) and other else ""
    beyond = f": {written(float(step))} per QALY beyond" if not missing(step) else ""
    return f"{row['status']}{by}{beyond}{f' {_named(row[COMPARED_WITH])}' if beyond else ''}"


def _net_marks(
    league: Sequence[Mapping[str, Any]], runs: Mapping[str, Tables], threshold: float,
    colours: Mapping[str, int],
) -> list[dict[str, Any]]:
    """Return the net benefit of every option, with its interval over draws where it has some.

    Against another comparator than doing nothing there is no interval.
    """
    marks = []
    for row in league:
        if row["status"] == NOT_COMPARED:
            continue
        name = str(row["scenario"])
        draws = runs[name].get("economics_draws.csv") if row["comparator"] == NOTHING else None
        value, limits = float(row[f"{AT_A_THRESHOLD}{threshold:.0f}"]), _drawn(draws, threshold)
        between = range_in_words(*limits, written)
        text = f"{written(value)} ({between})" if between else written(value)
        marks.append(Mark(name, value, NAN, NAN, *limits, text, "", colours[name]))
    return interval_marks(marks)


def intervals_told(league: Sequence[Mapping[str, Any]], runs: Mapping[str, Tables]) -> str:
    """Return what is said of the intervals of the net benefit: of which options there are some."""
    told = [row for row in league if row["status"] != NOT_COMPARED]
    if any(row["comparator"] != NOTHING for row in told):
        return "without intervals, as they are not worked out against another option than nothing"
    drawn = [runs[row["scenario"]].get("economics_draws.csv") is not None for row in told]
    if all(drawn):
        return "pale bars and brackets 95 % parameter intervals"
    without = [str(row["scenario"]) for row, has in zip(told, drawn, strict=True) if not has]
    if len(without) == len(told):
        return "without intervals, as there are no parameter draws"
    return (
        "pale bars and brackets 95 % parameter intervals, where there are parameter draws "
        f"(none of {joined(without)})"
    )


def _drawn(draws: Any, threshold: float) -> tuple[float, float]:
    """Return the central 95 % of the net benefit over draws, seeds of a draw averaged."""
    if draws is None or draws.empty:
        return NAN, NAN
    own = draws[draws["scale"] == PER_100_000].groupby("draw")[[QALYS, "net_cost"]].mean()
    benefit = threshold * own[QALYS] - own["net_cost"]
    return float(benefit.quantile(0.025)), float(benefit.quantile(0.975))


def _plane(
    order: Sequence[str], runs: Mapping[str, Tables], money: str, threshold: float
) -> dict[str, Any] | None:
    """Return the plane of all scenarios' draws; None unless all of them have some."""
    clouds = {}
    for name in order:
        draws = runs.get(name, {}).get("economics_draws.csv")
        if draws is None:
            continue
        own = draws[draws["scale"] == PER_100_000].dropna(subset=["qalys_gained", "net_cost"])
        if len(own):
            clouds[name] = (own["qalys_gained"].tolist(), own["net_cost"].tolist())
    if len(clouds) < len(order) or not clouds or not threshold:
        return None
    told = (
        "Each dot is a parameter draw, per 100 000 persons, against doing nothing; a letter "
        "stands at the mean of each scenario's draws, which is not its central value in the table. "
        "On the dashed line a QALY costs "
        f"{written(threshold)} {money}."
    )
    return plane_chart(clouds, money, threshold, told)


def _acceptability(curves: Any, order: Sequence[str], money: str) -> dict[str, Any] | None:
    if curves is None or curves.empty:
        return None
    by_name = {str(name): rows for name, rows in curves.groupby("scenario", sort=False)}
    names = [name for name in order if name in by_name]
    found = {name: (by_name[name]["threshold"], by_name[name]["probability"]) for name in names}
    if not found:
        return None
    told = (
        f"The probability that each is the best of all, by what a QALY may cost; from "
        f"{int(curves['draws'].iat[0])} draws. What is missing to 100 % is doing nothing."
    )
    return acceptability_chart(found, money, told)


def _prevented(comparison: Any, colours: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return for each outcome the marks of all scenarios on one track, in the keys' colours."""
    if comparison is None:
        return []
    found = []
    for outcome, rows in comparison.groupby("outcome", sort=False):
        own = rows.set_index("scenario")
        names = [name for name in colours if name in own.index]
        marks = interval_marks([_mark(name, own.loc[name], colours[name]) for name in names])
        if any(float(own.loc[name, "estimate"]) != 0.0 for name in names):
            found.append({"name": row_label(str(outcome)), "marks": marks})
    return found


def _mark(name: str, row: Any, colour: int) -> Mark:
    best = [float(row[f"estimate{end}"]) for end in ("", "_lower", "_upper")]
    outer = [float(row.get(f"parameter_{end}", NAN)) for end in ("lower", "upper")]
    shown = best if missing(outer[0]) else [best[0], *outer]
    why = "" if excludes_zero(best[1], best[2]) else UNKNOWN if missing(best[1]) else NIL
    return Mark(name, *best, *outer, with_interval(*shown), why, colour)
