"""A comparison in sentences: which option first, how surely, and how each stands to the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from analysis.decision.incremental import DOMINATED, ON_FRONTIER
from analysis.decision.league import AT_A_THRESHOLD, NOT_COMPARED
from analysis.decision.options import FEWEST_FOR_A_CHANCE, NOTHING
from analysis.report.economics_rows import written
from analysis.report.numbers import missing, range_in_words
from analysis.words import capitalised, in_words, joined, probability, several

BASE = "100 000 persons at the start or entering later"
DOING_NOTHING = "doing nothing"
UNSURE = "unsure"  # key of a row: whether its QALYs cannot be told from none
NO_CHANCE = (
    "How sure that is cannot be said: that takes parameter draws (--draws) of all scenarios with "
    "one seed. The order is that of central values."
)
NOTHING_KNOWN = (
    "Which option is worth most cannot be said: no scenario has a known cost in a currency that "
    "they share."
)
Row = Mapping[str, Any]
Rows = Sequence[Row]
Names = Mapping[str, str]
Limits = tuple[float, float, str]  # and of what kind they are
NO_LIMITS: Limits = (float("nan"), float("nan"), "")
Ends = tuple[float, float]
NO_ENDS: Mapping[str, Ends] = MappingProxyType({})
OVER_DRAWS = "pale bars and brackets 95 % parameter intervals"
PARAMETER, MONTE_CARLO = "parameter", "Monte Carlo"
NO_NAMES: Names = MappingProxyType({})


def compared_rows(league: Rows) -> list[Row]:
    """Return the rows that are compared; doing nothing is one where it is not the comparator."""
    return [row for row in league if row["status"] != NOT_COMPARED]


def named(option: str, names: Names = NO_NAMES) -> str:
    """Return what an option is called in a sentence."""
    return DOING_NOTHING if option == NOTHING else names.get(option, option)


def worth_most(told: Rows, threshold: float) -> list[str]:
    """Return the options of the highest net benefit, doing nothing among what is looked at."""
    worth = {str(row["scenario"]): _benefit(row, threshold) for row in told}
    if NOTHING not in worth:
        worth = {NOTHING: 0.0, **worth} if told[0]["comparator"] == NOTHING else worth
    return [name for name, each in worth.items() if each == max(worth.values())]


def _benefit(row: Row, threshold: float) -> float:
    return float(row[f"{AT_A_THRESHOLD}{threshold:.0f}"])


def answer_of(
    league: Rows, threshold: float, money: str, represented: Mapping[str, Row] | None = None,
    people: float = 0.0, names: Names = NO_NAMES,
) -> str:  # fmt: skip
    """Return which option is first by its net benefit, or that nothing can be said.

    Parameters
    ----------
    league, threshold, money
        Rows of the league table per 100 000, the price of a QALY, and its currency.
    represented, people
        The rows of the people whom all runs represent, and how many they are: they come first.
    names
        What scenarios are called; by their own names where that is left out.
    """
    told = compared_rows(league)
    if not told:
        return NOTHING_KNOWN
    firsts = worth_most(told, threshold)
    other = str(told[0]["comparator"])
    at = f"At {written(threshold)} {money} per QALY"

    def details(row: Row) -> str:
        own = (represented or {}).get(str(row["scenario"])) if people else None
        whom = f"for the {in_words(people, 12)} people represented" if own else f"per {BASE}"
        again = f" Per {BASE}: it {_does(row, money, names)}." if own else ""
        return f"{whom} it {_does(own or row, money, names)}.{again}"

    order = (
        _none_is_worth_more(told, other, details, names) if other in firsts
        else _first(told, firsts, details, names)
    )  # fmt: skip
    worse = "" if other in firsts else _worse_than_nothing(told, other, threshold, names)
    return f"{at}, {order}{worse}{_nobody(told)}{_left_out(league, names)}"


def worth_of_first(league: Rows, threshold: float, money: str, limits: Mapping[str, Limits],
                   names: Names = NO_NAMES) -> str:  # fmt: skip
    """Return the net benefit of the best option but the comparator, with its interval, or nothing.

    ``limits`` are by scenario: over parameter draws where there are some, else Monte Carlo.
    """
    others = [row for row in compared_rows(league)
              if row["scenario"] not in (NOTHING, row["comparator"])]  # fmt: skip
    if not others:
        return ""
    best = max(others, key=lambda row: _benefit(row, threshold))
    lower, upper, kind = limits.get(str(best["scenario"]), NO_LIMITS)
    between = range_in_words(lower, upper, written)
    sure = f"95 % {kind} interval {between}" if between else "its interval is not known"
    return (
        f"The net benefit of {named(str(best['scenario']), names)} at central values, against "
        f"{named(str(best['comparator']), names)} and per {BASE}, is "
        f"{written(_benefit(best, threshold))} {money} ({sure})."
    )


def _first(told: Rows, firsts: Sequence[str], details: Any, names: Names) -> str:
    """Return that some option is worth more than the comparator, and what it does."""
    row = next(row for row in told if row["scenario"] == firsts[0])
    alone = len(told) == 1 and row["comparator"] == NOTHING
    rank = "is worth more than nothing, and no other could be compared" if alone else "is first"
    also = [f"; {named(each, names)} comes out alike" for each in firsts[1:]]
    first = f"{named(firsts[0], names)} {rank}{''.join(also)}: {details(row)}"
    others = [each for each in told if each["scenario"] not in (NOTHING, row["comparator"])]
    if firsts[0] == NOTHING and others:
        best = str(others[0]["scenario"])
        return f"{first} The best of the others is {named(best, names)}."
    return first


def _worse_than_nothing(told: Rows, other: str, threshold: float, names: Names) -> str:
    """Return that the comparator is worth less than doing nothing, where it is."""
    nothing = [row for row in told if row["scenario"] == NOTHING]
    if not nothing or _benefit(nothing[0], threshold) <= 0.0:
        return ""
    return f" {capitalised(named(other, names))} is worth less than doing nothing."


def _none_is_worth_more(told: Rows, other: str, details: Any, names: Names) -> str:
    """Return that the comparator is worth most, and what the best of the others does."""
    others = [row for row in told if row["scenario"] not in (other, NOTHING)]
    against = named(other, names)
    if not others:
        return f"no option is worth more than {against}."
    if _same(others[0], told):
        first, people = named(str(others[0]["scenario"]), names), others[0]["participants"]
        why = ", as nobody takes part" if people == 0.0 else ""
        return f"no option is worth more than {against}; {first} does the same{why}."
    best = f"{named(str(others[0]['scenario']), names)}: {details(others[0])}"
    if len(others) > 1 or other != NOTHING:
        return f"no option is worth more than {against}; the best of the others is {best}"
    return f"{named(str(others[0]['scenario']), names)} is not worth more than {against}, and no " \
        f"other could be compared: {details(others[0])}"


def _same(row: Row, told: Rows) -> bool:
    """Return whether an option gains and costs what its comparator does."""
    return _alike(row, str(row["comparator"]), told)


def _does(row: Row, money: str, names: Names) -> str:
    """Return what an option gains or loses and costs or saves, with how many taking part."""
    gained = float(row["qalys_gained"])
    amount = several(written(abs(gained)), "QALY") if gained else "no QALYs"
    unsure = ", which cannot be told from none," if row.get(UNSURE) and gained else ""
    people = row["participants"]
    part = "" if missing(people) or row["scenario"] == NOTHING else (
        f", with {written(float(people)) if people else 'nobody'} "
        f"{'people ' if people else ''}taking part"
    )  # fmt: skip
    return (
        f"{'loses' if gained < 0.0 else 'gains'} {amount}{unsure} {_for(row, money)} against "
        f"{named(str(row['comparator']), names)}{part}"
    )


def _for(row: Row, money: str) -> str:
    """Return what is paid or saved, and what that makes of a QALY."""
    net, gained = float(row["net_cost"]), float(row["qalys_gained"])
    if net == 0.0:
        return "at no cost"
    if net < 0.0:
        per = f" ({written(net / gained)} for each QALY lost)" if gained < 0.0 else ""
        return f"and saves {written(-net)} {money}{per}"
    per = f" ({written(net / gained)} per QALY)" if gained > 0.0 else ""
    return f"{'for' if gained > 0.0 else 'at a cost of'} {written(net)} {money}{per}"


def _nobody(told: Rows) -> str:
    """Return that nobody takes part in anything, where that is known."""
    numbers = [row["participants"] for row in told if row["scenario"] != NOTHING]
    return " Nobody takes part in any of them." if len(numbers) > 1 and not any(numbers) else ""


def _left_out(league: Rows, names: Names) -> str:
    """Return which scenarios are not compared, and why not."""
    parts = [
        f"{named(str(row['scenario']), names)} ({str(row['note']).partition(':')[0]})"
        for row in league
        if row["status"] == NOT_COMPARED
    ]
    return f" Not compared: {'; '.join(parts)}." if parts else ""


def chance_of(league: Rows, threshold: float, by_mean: str = "", names: Names = NO_NAMES) -> str:
    """Return how sure it is that the first is the best, or why that cannot be said.

    ``by_mean`` is the option of the highest mean net benefit over the draws, where that is known.
    """
    told = compared_rows(league)
    name = f"probability_best_{threshold:.0f}"
    if not told or any(missing(row.get(name)) for row in told):
        return NO_CHANCE
    best = {str(row["scenario"]): float(row[name]) for row in told}
    best.setdefault(NOTHING, max(0.0, 1.0 - sum(best.values())))
    firsts = worth_most(told, threshold)
    leading = NOTHING if NOTHING in firsts else firsts[0]
    among = "" if leading == NOTHING else ", doing nothing among them,"
    text = (
        f"The probability that {named(leading, names)} is the best of all{among} is "
        f"{probability(best[leading])}{_next_best(best, leading, names)}"
    )
    if by_mean and by_mean not in firsts:
        text += f". By the mean of the draws {named(by_mean, names)} is first"
    draws = int(told[0]["draws"])
    few = "" if draws >= FEWEST_FOR_A_CHANCE else (
        f" From {several(draws, 'draw')} that is a rough figure; "
        f"{FEWEST_FOR_A_CHANCE} tell it to within 5 points."
    )  # fmt: skip
    return f"{text}.{few}"


def _next_best(best: Mapping[str, float], leading: str, names: Names) -> str:
    """Return which other option is the best most often."""
    others = sorted((name for name in best if name != leading), key=lambda name: -best[name])
    if not others:
        return ""
    other, chance = named(others[0], names), f"({probability(best[others[0]])})"
    ahead = round(best[others[0]] - best[leading], 9)  # those alike share a draw
    if ahead > 0.0:
        return f"; {other} is the best more often {chance}"
    return f"; next comes {other} {chance}" if ahead else f"; {other} is it as often"


def status_of(row: Row, league: Rows, names: Names = NO_NAMES) -> str:
    """Return how an option stands in the incremental analysis, in words."""
    itself = row["scenario"] == row["comparator"]
    return f"{'what all are compared with; ' if itself else ''}{_standing(row, league, names)}"


def _standing(row: Row, league: Rows, names: Names) -> str:
    other, step = row["dominated_by"], row["incremental_cost_per_qaly"]
    if isinstance(other, str) and other:
        if row["status"] == DOMINATED and _alike(row, other, league):
            return f"the same as {named(other, names)}"
        by = joined([named(each, names) for each in other.split(" and ")])
        return f"{row['status']} by {by}"
    if not missing(step):
        beyond = named(str(row["compared_with"]), names)
        return f"{row['status']}: {written(float(step))} per QALY beyond {beyond}"
    if row["status"] != ON_FRONTIER:
        return str(row["status"])
    return f"{ON_FRONTIER}: costs least{', and harms' if _harms(row, league) else ''}"


def _amounts(option: str, row: Row, league: Rows) -> tuple[float, float]:
    """Return net cost and QALYs of another option of the same table as a row."""
    found = {str(each["scenario"]): each for each in compared_rows(league)}
    other = found.get(option)
    if other is None:  # doing nothing, with which all are compared
        return 0.0, 0.0
    return float(other["net_cost"]), float(other["qalys_gained"])


def _alike(row: Row, option: str, league: Rows) -> bool:
    return _amounts(option, row, league) == (float(row["net_cost"]), float(row["qalys_gained"]))


def _harms(row: Row, league: Rows) -> bool:
    """Return whether an option leaves fewer QALYs than doing nothing does."""
    return float(row["qalys_gained"]) < _amounts(NOTHING, row, league)[1]


def sections_compared_with(comparator: str, names: Names = NO_NAMES) -> str:
    """Return with what the numbers of a page are compared, where that is not doing nothing alone.

    Examples
    --------
    >>> sections_compared_with("nothing")
    ''
    """
    if comparator == NOTHING:
        return ""
    return (
        f"Down to the league table all are differences from {named(comparator, names)}, and doing "
        "nothing stays an option. Below it each scenario is compared with doing nothing."
    )


def intervals_told(league: Rows, limits: Mapping[str, Ends], names: Names = NO_NAMES,
                   simulated: Mapping[str, Ends] = NO_ENDS) -> str:  # fmt: skip
    """Return what is said of the intervals of the net benefit: of which options there are some.

    ``limits`` are those over parameter draws, ``simulated`` those of the simulation, by scenario.
    """
    told = [str(row["scenario"]) for row in compared_rows(league)
            if row["scenario"] != row["comparator"]]  # fmt: skip
    without = [named(name, names) for name in told if missing(limits[name][0])]
    dark = any(not missing(simulated[name][0]) for name in told if name in simulated)
    bars = "dark bars 95 % Monte Carlo intervals, " if dark else ""
    if not without:
        return f"{bars}{OVER_DRAWS}"
    if len(without) == len(told):
        paired = any(row["comparator"] != NOTHING for row in compared_rows(league))
        shared = " that all share" if paired else ""
        shown = "bars and brackets 95 % Monte Carlo intervals" if dark else "without intervals"
        return f"{shown}, as there are no parameter draws{shared}"
    instead = ", of which the Monte Carlo interval stands in brackets" if dark else ""
    return (
        f"{bars}{OVER_DRAWS}, where there are parameter draws (none of {joined(without)}{instead})"
    )
