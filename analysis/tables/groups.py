"""Which of two groups gains more: said only where it is sure, over draws where there are some."""

from __future__ import annotations

from math import isnan
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, NamedTuple

from abm.results.claims import chance_to_tell, sure_side
from analysis.tables.effect_tables import QALYS
from analysis.tables.who_gains import CANNOT_BE_TOLD, WITHIN, Pair, kind_of, who_gains
from analysis.words import capitalised, joined, probability, with_interval

if TYPE_CHECKING:
    import pandas as pd


FIFTHS = {
    "1": "the most deprived quintile",
    "2": "quintile 2 of deprivation",
    "3": "quintile 3 of deprivation",
    "4": "quintile 4 of deprivation",
    "5": "the least deprived",
}
WOMEN = "p_women_gain_more"
SEX_NAMES = {"female": "women", "male": "men"}
# The interval of each difference is widened so that 95 % hold for both pairs together (Bonferroni).
WIDTH = NormalDist().inv_cdf(1 - 0.05 / 2 / 2)


class Eligible(NamedTuple):
    """The quintiles of deprivation and the sexes whose members may be offered a policy."""

    fifths: tuple[str, ...] = tuple(FIFTHS)
    sexes: tuple[str, ...] = tuple(SEX_NAMES)


def eligible_groups(scenario: Any) -> Eligible:
    """Return the groups that any policy of a scenario may be offered to."""
    rules = [policy.eligible for policy in scenario.policies]
    open_to_all = any(rule.deprivation is None for rule in rules)
    named = {str(fifth) for rule in rules for fifth in rule.deprivation or ()}
    fifths = tuple(fifth for fifth in FIFTHS if open_to_all or fifth in named)
    sexes = tuple(
        sex
        for sex in SEX_NAMES
        if scenario.population.sex in ("both", sex)
        and any(rule.sex in ("both", sex) for rule in rules)
    )
    return Eligible(fifths, sexes)


class Chance(NamedTuple):
    """The chance that one group gains more than another, and over what: not known, by default."""

    value: float = float("nan")
    by: str = ""


NOT_KNOWN = Chance()


def chance_of(row: Any, name: str) -> Chance:
    """Return a chance of a row of equity.csv: over parameter draws, too, wherever there are some.

    The one rule for quintiles of deprivation and for sexes.
    """
    drawn = float(row.get(f"{name}_draws", float("nan")))
    by = "Monte Carlo error alone" if isnan(drawn) else "parameter draws and Monte Carlo error"
    return Chance(chance_to_tell(row.get(name, float("nan")), drawn), by)


def chance_of_women(equity: Any) -> Chance:
    """Return how surely women gain more QALYs than men; not known without a table of equity."""
    rows = None if equity is None else equity[equity["outcome"] == QALYS]
    return NOT_KNOWN if rows is None or rows.empty else chance_of(rows.iloc[0], WOMEN)


class Clause(NamedTuple):
    """What is said of two groups, the numbers for it, and whether it can be told."""

    text: str
    numbers: str = ""
    told: bool = True


def comparisons(
    table: pd.DataFrame, eligible: Eligible, women: Chance = NOT_KNOWN
) -> list[Clause]:
    """Return what is said of quintiles and of sexes: which gains or loses more, or neither.

    Only groups whose members may be offered a policy are compared.

    Parameters
    ----------
    table
        As of :func:`analysis.tables.effect_tables.benefit_by_group`.
    eligible
        As of :func:`eligible_groups`.
    women
        As of :func:`chance_of_women`; where it is not known, the Monte Carlo error alone decides.
    """
    gains = table[table["outcome"] == QALYS].set_index("group")
    ends = [(each[0], each[-1]) for each in eligible if len(each) > 1]
    value = gains["expected_per_100k"]  # none where a group has no persons
    ends = [pair for pair in ends if value.loc[list(pair)].notna().all()]
    return [
        _clause(gains, *each, women if each[0] in SEX_NAMES else NOT_KNOWN) for each in ends
    ]


def left_out(eligible: Eligible) -> list[str]:
    """Return who may not be offered any policy, if there are such."""
    return [
        *_left_out(eligible.fifths, FIFTHS, "is"), *_left_out(eligible.sexes, SEX_NAMES, "are")
    ]  # fmt: skip


def _left_out(groups: tuple[str, ...], names: dict[str, str], are: str) -> list[str]:
    out = [group for group in names if group not in groups]
    if not out or not groups:
        return []
    if len(groups) == 1:
        return [f"only {names[groups[0]]} {are} eligible"]
    word = "quintile" if len(out) == 1 else "quintiles"
    return [f"{word} {joined(out)} of deprivation {'is' if len(out) == 1 else 'are'} not eligible"]


def _clause(gains: pd.DataFrame, one: str, other: str, chance: Chance) -> Clause:
    first, second = gains.loc[one], gains.loc[other]
    numbers = f"{_written(first)} against {_written(second)} per 100 000 of each"
    kinds = _kind(first), _kind(second)
    known = not isnan(chance.value)
    side = sure_side(chance.value) if known else compared(first, second)
    text = who_gains(_pair(one, other), kinds, side, WITHIN)
    if known:
        better = f"the probability that {SEX_NAMES[one]} fare better"
        numbers += f"; {better} is {probability(chance.value)}, over {chance.by}"
    whether = text.startswith("whether")
    told = CANNOT_BE_TOLD not in text
    return Clause(text if whether else f"{WITHIN.strip()} {text}", numbers, told)


def _pair(one: str, other: str) -> Pair:
    """Return how two quintiles or both sexes are called."""
    if one in SEX_NAMES:
        return Pair(SEX_NAMES[one], SEX_NAMES[other])
    return Pair(FIFTHS[one], FIFTHS[other], "gains", "loses")


def _kind(group: Any) -> str:
    return kind_of(group["expected_per_100k"], group["lower"], group["upper"])


def compared(first: Any, second: Any) -> int:
    """Return 1 if the first group gains more, -1 if the second does, 0 if it cannot be told.

    The groups hold different persons, so the variance of their difference is the sum of both.
    """
    difference = float(first["expected_per_100k"] - second["expected_per_100k"])
    error = float((first["standard_error"] ** 2 + second["standard_error"] ** 2) ** 0.5)
    if not abs(difference) > WIDTH * error:  # not a number where a group has no persons
        return 0
    return 1 if difference > 0 else -1


def sentences(
    table: pd.DataFrame, eligible: Eligible, slope: str = "", women: Chance = NOT_KNOWN
) -> list[str]:
    """Return the same as sentences; nothing where no group gains or loses anything.

    ``slope`` is a sentence on the slope over the quintiles, which then stands in place of the
    comparison of the two at its ends: that could contradict it. ``women`` is as of
    :func:`comparisons`.
    """
    if no_difference(table):
        return []
    by_slope = bool(slope) and len(eligible.fifths) > 1
    pairs = comparisons(table, eligible._replace(fifths=()) if by_slope else eligible, women)
    first = [slope.removesuffix(".")] if by_slope else []
    told = [*first, *(f"{text}: {numbers}" for text, numbers, _ in pairs)]
    return [f"{capitalised(clause)}." for clause in [*told, *left_out(eligible)]]


def title(
    table: pd.DataFrame, eligible: Eligible, slope: str = "", women: Chance = NOT_KNOWN
) -> str:
    """Return the comparisons as a title: with numbers where something can be told.

    ``slope`` and ``women`` are as of :func:`sentences`.
    """
    by_slope = bool(slope) and len(eligible.fifths) > 1
    parts = comparisons(table, eligible._replace(fifths=()) if by_slope else eligible, women)
    if by_slope:
        parts = [Clause(slope.removesuffix("."), told=False), *parts]
    if not parts:
        return "What those gain who may take part"
    words = [f"{part.text}: {part.numbers}" if part.told else part.text for part in parts]
    return capitalised("; ".join(words))


def no_difference(table: pd.DataFrame) -> bool:
    """Return whether both worlds are the same in every group."""
    return bool((table[["expected_per_100k", "standard_error"]].fillna(0.0) == 0).all(axis=None))


def _written(group: Any) -> str:
    value, lower, upper = (float(group[end]) for end in ("expected_per_100k", "lower", "upper"))
    return with_interval(value, lower, upper) + (" (unknown)" if isnan(lower) else "")
