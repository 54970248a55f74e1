"""The page of a comparison: which option first and how sure, then what each does and costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from abm.results.claims import excludes_zero
from abm.results.scales import PER_100_000, REPRESENTED
from analysis.certainty.draws_in_words import doubts_beside, marked
from analysis.decision.league import AT_A_THRESHOLD, NOT_COMPARED
from analysis.decision.options import NOTHING, by_draw
from analysis.outcomes import row_label
from analysis.pages.dress import page_from
from analysis.pages.marks import (
    SAME,
    SAME_AT_CENTRE,
    Mark,
    acceptability_chart,
    interval_marks,
    plane_chart,
    why_nil,
)
from analysis.report.by_year import ratio_in_words
from analysis.report.carries import OF_ALL, information_rows, information_sentence
from analysis.report.compared_names import Shown, shown_names
from analysis.report.compared_setting import (
    name_of_tab,
    represented_by_all,
    setting_in_words,
    title_of_options,
)
from analysis.report.comparison_context import carried, not_valued, through_il6
from analysis.report.comparison_rows import budget_rows, cell, equity_rows
from analysis.report.comparison_words import (
    MONTE_CARLO,
    PARAMETER,
    UNSURE,
    Limits,
    Rows,
    answer_of,
    chance_of,
    compared_rows,
    intervals_told,
    named,
    sections_compared_with,
    status_of,
    worth_of_first,
)
from analysis.report.cost_per_qaly import NO_LIMITS, ratios_between, side_of_gain
from analysis.report.economics_rows import written
from analysis.report.first_screen import DRAWS_TABLE, LEFT_OPEN
from analysis.report.numbers import missing, range_in_words
from analysis.tables.effect_tables import DRAWS as OF_DRAWS
from analysis.tables.effect_tables import QALYS
from analysis.words import probability, several, with_interval

TEMPLATE = "comparison.html"
NAN = float("nan")
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
    league = _rows(tables.get(LEAGUE), runs)
    people = represented_by_all(list((manifests or {}).values()))
    listed = list(runs)
    titles = {name: str(runs[name].get("title") or "") for name in listed}
    order = [str(row["scenario"]) for row in league if row["scenario"] in runs] or listed
    shown = shown_names(order, titles)
    comparator = str(league[0]["comparator"]) if league else NOTHING
    return page_from(
        Path(__file__).with_name(TEMPLATE),
        tab=name_of_tab(listed, list(titles.values())),
        question=title_of_options(listed, list(titles.values())),
        setting=setting_in_words(manifests or {}, runs),
        unlike=unlike,
        eligible=eligible,
        shown=shown,
        titled={name for name in order if shown.heads[name] != name},
        against=named(comparator, shown.sentences),
        sections=sections_compared_with(comparator, shown.sentences),
        information_told=information_sentence(tables.get(INFORMATION), choice=OF_ALL),
        information=information_rows(tables.get(INFORMATION)),
        equity=equity_rows(order, runs),
        carried=carried(order, runs),
        il6=through_il6(order, runs),
        not_valued=not_valued(order, manifests or {}),
        **_of_league(league, tables, runs, shown, people),
        **_of_effects(tables.get("comparison.csv"), shown),
    )


def _of_league(
    league: Rows, tables: Tables, runs: Mapping[str, Tables], shown: Shown, people: float
) -> dict[str, Any]:
    """Return what the page says of money and QALYs: which is first, how surely, and by how much."""
    money = str(league[0].get("unit", "")) if league else ""
    threshold, names = _threshold(league), shown.sentences
    limits = _net_limits(league, runs, threshold)
    simulated = _simulated_limits(league, runs, threshold)
    curves = tables.get(CURVES)
    order = [name for name in shown.letters if name in limits]
    represented = _represented(tables.get(LEAGUE))
    return {
        "money": money,
        "threshold": written(threshold) if threshold else "",
        "answer": answer_of(league, threshold, money, represented, people, names),
        "worth": worth_of_first(league, threshold, money, _all_limits(limits, simulated), names),
        "chance": chance_of(league, threshold, _best_by_mean(curves, threshold), names),
        "league": [_league_row(row, league, threshold, shown) for row in league],
        "net": _net_marks(league, limits, simulated, threshold, shown),
        "intervals": intervals_told(league, limits, names, simulated),
        "plane": _plane(order, runs, money, threshold),
        "acceptability": _acceptability(curves, list(shown.letters), money),
        "budget": budget_rows(list(shown.letters), runs, money),
    }


def _of_effects(comparison: Any, shown: Shown) -> dict[str, Any]:
    """Return what the page says of cases: what each prevents, and the doubts about its draws."""
    prevented = _prevented(comparison, shown)
    return {"prevented": prevented, "doubts": _doubts(comparison, prevented)}


def _rows(league: Any, runs: Mapping[str, Tables]) -> list[dict[str, Any]]:
    """Return the rows per 100 000, and of each whether its QALYs cannot be told from none."""
    if league is None or league.empty:
        return []
    found: list[dict[str, Any]] = league[league["scale"] == PER_100_000].to_dict("records")
    return [row | {UNSURE: _unsure(row, runs)} for row in found]


def _unsure(row: Mapping[str, Any], runs: Mapping[str, Tables]) -> bool:
    """Return whether the Monte Carlo error leaves a gain or loss against doing nothing open."""
    money = runs.get(str(row["scenario"]), {}).get("economics.csv")
    if money is None or row["comparator"] != NOTHING or row["status"] == NOT_COMPARED:
        return False
    return side_of_gain(money[money["scale"] == PER_100_000].set_index("measure")) == 0


def _represented(league: Any) -> dict[str, dict[str, Any]]:
    """Return the rows of the people represented, by scenario."""
    if league is None or league.empty:
        return {}
    own = league[league["scale"] == REPRESENTED].to_dict("records")
    return {str(row["scenario"]): row for row in own}


def _threshold(league: Sequence[Mapping[str, Any]]) -> float:
    """Return the lowest threshold of the league table, by which it is ordered; 0 without one."""
    names = [name for row in league[:1] for name in row if str(name).startswith(AT_A_THRESHOLD)]
    return float(min(int(str(name).removeprefix(AT_A_THRESHOLD)) for name in names or ["0"]))


def _league_row(
    row: Mapping[str, Any], league: Rows, threshold: float, shown: Shown
) -> dict[str, str]:
    name = str(row["scenario"])
    if row["status"] == NOT_COMPARED:
        return {"name": name, "left_out": str(row["note"])}
    chance = row.get(f"probability_it_pays_{threshold:.0f}")
    itself = name == row["comparator"]
    ratio = ratio_in_words(row["qalys_gained"], row["net_cost"], row["cost_per_qaly"])
    between = "" if itself else _limits(row)
    return {
        "name": name,
        "left_out": "",
        "participants": cell(row["participants"]),
        "qalys": cell(row["qalys_gained"]),
        "net": cell(row["net_cost"]),
        "ratio": "–" if itself else ratio,
        "between": "" if between == ratio else between,  # it saves money in all draws, too
        "pays": "–" if missing(chance) else probability(float(chance)),
        "status": status_of(row, league, shown.letters),
    }


def _limits(row: Mapping[str, Any]) -> str:
    """Return the interval of the cost per QALY over draws, without draws that of Monte Carlo."""
    drawn = not missing(row.get("draws")) and row["draws"] > 0
    if drawn and missing(row.get("parameter_lower")):
        return "" if missing(row["cost_per_qaly"]) else NO_LIMITS
    for lower, upper in (("parameter_lower", "parameter_upper"), ("lower", "upper")):
        ends = row.get(lower), row.get(upper)
        if not missing(ends[0]) and not missing(ends[1]):
            return ratios_between(*ends, written)
    return ""


def _net_limits(
    league: Rows, runs: Mapping[str, Tables], threshold: float
) -> dict[str, tuple[float, float]]:
    """Return the central 95 % of the net benefit over draws, by option; NaN where there are none.

    Against an option that does something, draw by draw, so where all have their draws in common.
    """
    found = {}
    for row in compared_rows(league):
        own, other = str(row["scenario"]), str(row["comparator"])
        tables = {
            name: runs.get(name, {}).get(DRAWS_TABLE) for name in (own, other) if name != NOTHING
        }
        paired = other == NOTHING or row.get("draws", 0) > 0
        known = paired and not any(each is None or each.empty for each in tables.values())
        found[own] = _central(own, other, tables, threshold) if known else (NAN, NAN)
    return found


def _simulated_limits(
    league: Rows, runs: Mapping[str, Tables], threshold: float
) -> dict[str, tuple[float, float]]:
    """Return the Monte Carlo limits of the net benefit by option, as each run tells them.

    NaN against an option that does something: runs share their random numbers, and no run knows
    the error of a difference from another.
    """
    found = {}
    for row in compared_rows(league):
        money = runs.get(str(row["scenario"]), {}).get("economics.csv")
        found[str(row["scenario"])] = (NAN, NAN)
        if money is None or row["comparator"] != NOTHING:
            continue
        own = money[(money["scale"] == PER_100_000)
                    & (money["measure"] == f"{AT_A_THRESHOLD}{threshold:.0f}")]  # fmt: skip
        if len(own):
            found[str(row["scenario"])] = float(own["lower"].iat[0]), float(own["upper"].iat[0])
    return found


def _all_limits(
    drawn: Mapping[str, tuple[float, float]], simulated: Mapping[str, tuple[float, float]]
) -> dict[str, Limits]:
    """Return limits over draws where there are some, else those of the simulation."""
    return {
        name: (*simulated[name], MONTE_CARLO) if missing(limits[0]) else (*limits, PARAMETER)
        for name, limits in drawn.items()
    }


def _central(
    own: str, other: str, tables: Tables, threshold: float
) -> tuple[float, float]:
    """Return the central 95 % of the net benefit of an option less that of another."""
    if own == other:
        return NAN, NAN
    drawn = {name: by_draw(table) for name, table in tables.items()}
    benefits = {name: threshold * each[QALYS] - each["net_cost"] for name, each in drawn.items()}
    less = benefits.get(own, 0.0) - benefits.get(other, 0.0)
    return float(less.quantile(0.025)), float(less.quantile(0.975))


def _net_marks(
    league: Rows, limits: Mapping[str, tuple[float, float]],
    simulated: Mapping[str, tuple[float, float]], threshold: float, shown: Shown,
) -> list[dict[str, Any]]:  # fmt: skip
    """Return the net benefit of every option, with both its intervals where they are known."""
    marks = []
    for row in compared_rows(league):
        name = str(row["scenario"])
        if name == row["comparator"]:
            continue
        value = float(row[f"{AT_A_THRESHOLD}{threshold:.0f}"])
        between = marked(range_in_words(*limits[name], written), value, *limits[name])
        between = between if any(limits[name]) else ""  # the same in every draw
        if missing(limits[name][0]):
            between = range_in_words(*simulated[name], written)
        text = f"{written(value)} ({between})" if between else written(value)
        marks.append(Mark(shown.heads[name], value, *simulated[name], *limits[name], text,
                          _left_open(limits[name]), shown.colours.get(name, 0)))  # fmt: skip
    return interval_marks(marks)


def _left_open(limits: Sequence[float]) -> str:
    """Return that the evidence leaves a direction open, where limits over draws hold zero."""
    known = not missing(limits[0]) and any(limits)
    return LEFT_OPEN if known and not excludes_zero(*limits) else ""


def _plane(
    order: Sequence[str], runs: Mapping[str, Tables], money: str, threshold: float
) -> dict[str, Any] | None:
    """Return the plane of all scenarios' draws, which are against doing nothing in any case.

    None unless all of them have some.
    """
    clouds = {}
    for name in order:
        draws = runs.get(name, {}).get(DRAWS_TABLE)
        if draws is None:
            continue
        own = draws[draws["scale"] == PER_100_000].dropna(subset=["qalys_gained", "net_cost"])
        if len(own):
            clouds[name] = (own["qalys_gained"].tolist(), own["net_cost"].tolist())
    if len(clouds) < len(order) or not clouds or not threshold:
        return None
    told = (
        "Each dot is a parameter draw, per 100 000 persons, against doing nothing, discounted; a "
        "letter "
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
        "The probability that each is the best of all, by what a QALY may cost, discounted; from "
        f"{several(int(curves['draws'].iat[0]), 'draw')}. What is missing to 100 % is doing "
        "nothing; options that are alike share it."
    )
    return acceptability_chart(found, money, told)


def _best_by_mean(curves: Any, threshold: float) -> str:
    """Return the option of the highest mean net benefit over draws; nothing where none is known."""
    if curves is None or curves.empty:
        return ""
    best = curves[(curves["threshold"] == threshold) & curves["frontier"].astype(bool)]
    return str(best["scenario"].iat[0]) if len(best) else ""


def _prevented(comparison: Any, shown: Shown) -> list[dict[str, Any]]:
    """Return for each outcome the marks of all scenarios on one track, in the keys' colours."""
    if comparison is None:
        return []
    found = []
    for outcome, rows in comparison.groupby("outcome", sort=False):
        own = rows.set_index("scenario")
        names = [name for name in shown.colours if name in own.index]
        marks = interval_marks([_mark(own.loc[name], name, shown) for name in names])
        if any(mark["text"] != "0" for mark in marks):
            found.append({"name": row_label(str(outcome)), "marks": marks})
    return found


def _mark(row: Any, name: str, shown: Shown) -> Mark:
    best = [float(row[f"estimate{end}"]) for end in ("", "_lower", "_upper")]
    outer = [float(row.get(f"parameter_{end}", NAN)) for end in ("lower", "upper")]
    ends = best if missing(outer[0]) else [best[0], *outer]
    why = _left_open(outer) if excludes_zero(best[1], best[2]) else why_nil(best)
    if why == SAME and not missing(outer[0]) and any(outer):
        why = SAME_AT_CENTRE
    text = marked(with_interval(*ends), best[0], *outer)
    return Mark(shown.letters[name], *best, *outer, text, why, shown.colours[name])


def _doubts(comparison: Any, prevented: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return what is said once of intervals over draws in the section of what is prevented."""
    drawn = comparison is not None and OF_DRAWS in comparison
    fewest = float(comparison[OF_DRAWS].min()) if drawn else 0.0
    return doubts_beside([mark["text"] for each in prevented for mark in each["marks"]], fewest)
