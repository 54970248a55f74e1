"""The first screen of a run: a question, its answer, three numbers, one picture, one line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from abm.evidence.entries import load_evidence
from abm.evidence.place import THRESHOLD_ENTRY
from abm.results.claims import excludes_zero, outside
from abm.results.scales import PER_100_000, REPRESENTED
from analysis.certainty.draws_in_words import marked
from analysis.decision.options import FEWEST_FOR_A_CHANCE, by_draw
from analysis.outcomes import row_label
from analysis.pages.marks import SAME, SAME_AT_CENTRE, UNKNOWN, Mark, interval_marks, why_nil
from analysis.report.cost_per_qaly import (
    NO_LIMITS,
    cost_per_qaly,
    no_gain_at_all,
    ratios_between,
    side_of_gain,
)
from analysis.report.economics_rows import anything_differs, looks_ahead, written
from analysis.report.numbers import missing, percentage, range_in_words
from analysis.report.people import People, people_of
from analysis.report.undecided import (
    ALIKE,
    COST_UNKNOWN,
    NOBODY,
    why_no_net_cost,
    why_undecided,
)
from analysis.report.worth_in_words import cost_known, gain, price, taking_part, unit_of_gain
from analysis.tables.effect_tables import event_effects, forest, with_scale
from analysis.words import capitalised, probability, with_interval

NAN = float("nan")
LEFT_OPEN = "the evidence leaves it open"
UNKNOWN_OF_TWO = "Monte Carlo interval unknown"  # beside that over draws
NO_DRAWS = "parameters held at central values"
NOTHING_CHANGES = "No outcome differs between the world with the policy and the one without it"
DRAWS_TABLE = "economics_draws.csv"
ALL = "100 %"


class Screen(NamedTuple):
    """What stands first on the page of a run with policies."""

    question: str
    answer: str
    chance: str
    numbers: list[dict[str, Any]]
    prevented: list[dict[str, Any]]
    of_whom: str
    through_il6: str


def first_screen(result: Any, tables: Mapping[str, Any]) -> Screen | None:
    """Return the first screen of a run; None without policies.

    Parameters
    ----------
    result
        With effects, group_effects, budget_impact, scenario and manifest.
    tables
        The tables beside the page, by the names of their files.
    """
    if not result.scenario.policies:
        return None
    people = people_of(result)
    economics = tables.get("economics.csv")
    rows = worth_of(economics, people)
    return Screen(
        question_of(result.scenario),
        _answer(result, rows, people, looks_ahead(economics)),
        _chance(result, rows, people, tables.get(DRAWS_TABLE)),
        _numbers(result, rows, people),
        prevented_marks(with_scale(result.effects, result.group_effects), people.hundred_thousands),
        people.among,
        share_of_qalys(tables.get("qaly_sources.csv"), result.effects),
    )


def worth_of(economics: Any, people: People) -> Any:
    """Return health and money by measure, of the people represented if any are; or None."""
    if not anything_differs(economics):
        return None
    scale = REPRESENTED if people.represented else PER_100_000
    return economics[economics["scale"] == scale].set_index("measure")


def question_of(scenario: Any) -> str:
    """Return the title as a question, unless it is one."""
    title = str(scenario.title or scenario.name).strip()
    if title.endswith("?"):
        return title
    return f"{title}: what does it prevent, and is it worth its cost?"


def _answer(result: Any, rows: Any, people: People, ahead: bool) -> str:
    """Return people, health and money in one sentence, with the interval that matters."""
    who = taking_part(result, people)
    if rows is None:
        parts = [f"{NOTHING_CHANGES}, {people.among}"]
        if who:
            parts.append(who.alone)
        return f"{'; '.join(parts)}."
    whom = f"{people.for_whom}, {who.after_people}" if who else people.for_whom
    until = "to the end of life" if ahead else "within the run"
    of_ratio = cost_known(rows) and float(rows.loc["net_cost", "value"]) >= 0.0
    between = _interval(rows, of_ratio)
    inside, last = ("", between) if of_ratio else (between, "")
    paid = price(rows, why_no_net_cost(result.scenario))
    gained = f"{gain(rows, until)}{inside}".replace(") (", "; ")  # one bracket, not two
    return f"{whom}, {gained}{paid}{last}."


def _interval(rows: Any, of_ratio: bool) -> str:
    """Return the interval that matters: of the ratio over draws where there is one, else QALYs."""
    ratio, gained = rows.loc["cost_per_qaly"], rows.loc["qalys_gained"]
    qalys = unit_of_gain(rows)
    if missing(gained["parameter_lower"]):
        if no_gain_at_all(rows):
            return ""
        between = range_in_words(gained["lower"], gained["upper"], written)
        known = f"{qalys} with a 95 % Monte Carlo interval of {between}, " if between else ""
        return f" ({known}{NO_DRAWS})"
    if of_ratio and not missing(ratio["parameter_lower"]):
        limits = ratio["parameter_lower"], ratio["parameter_upper"]
        return f" (95 % parameter interval {ratios_between(*limits, written)})"
    limits = gained["parameter_lower"], gained["parameter_upper"]
    if no_gain_at_all(rows) and not any(limits):
        return ""
    return f" ({qalys} with a 95 % parameter interval of {range_in_words(*limits, written)})"


def nobody_takes_part(result: Any, people: People) -> bool:
    """Return whether it is known that nobody takes part."""
    who = taking_part(result, people)
    return who is not None and who.started == "0"


def _chance(result: Any, rows: Any, people: People, draws: Any) -> str:
    """Return how probable it is that the policies pay, and first that nobody takes part."""
    nobody = nobody_takes_part(result, people)
    told = chance_in_words(
        result.scenario, draws, why_undecided(result.scenario, nobody, rows is not None)
    )
    return f"Nobody takes part. {told}" if nobody and not told.startswith("Nobody") else told


def chance_in_words(scenario: Any, draws: Any, undecided: str = "") -> str:
    """Return how probable it is that the policies pay at the scenario's threshold, from draws.

    ``undecided`` is as of :func:`analysis.report.undecided.why_undecided`.
    """
    drawn = draws is not None and not draws.empty
    known = by_draw(draws) if drawn else None
    if known is None or known.empty:
        return _no_chance(drawn, undecided)
    number, same = len(known), draws_alike(draws)
    if same == number:
        return (
            f"Nothing differs between the two worlds in any of {number} parameter "
            f"draw{'s' if number > 1 else ''}, so there is nothing that could pay."
        )
    threshold = threshold_of(scenario)
    pays = threshold * known["qalys_gained"] - known["net_cost"] > 0.0
    few = "" if number >= FEWEST_FOR_A_CHANCE else (
        f" From {number} draw{'s' if number > 1 else ''} that is a rough figure; "
        f"{FEWEST_FOR_A_CHANCE} tell it to within 5 points."
    )  # fmt: skip
    return (
        f"At {written(threshold)} {draws['unit'].iat[0]} per QALY the probability that it pays is "
        f"{probability(float(pays.mean()))}, by the parameter draws"
        f"{f', in {same} of {number} of which nothing differs' if same else ''}.{few}"
    )


def _no_chance(drawn: bool, undecided: str) -> str:
    """Return why there is no probability: draws are wanting, or none would tell it."""
    if undecided in (NOBODY, ALIKE):
        return f"{capitalised(undecided)}, so there is nothing that could pay."
    cannot = "How probable it is that this pays cannot be said"
    if drawn or undecided:
        return f"{cannot}, because {undecided or COST_UNKNOWN}."
    return f"{cannot} without parameter draws (--draws)."


def draws_alike(draws: Any) -> int:
    """Return in how many parameter draws neither QALYs nor money differ between the worlds."""
    known = by_draw(draws)
    return int(((known["qalys_gained"] == 0.0) & (known["net_cost"] == 0.0)).sum())


def threshold_of(scenario: Any) -> float:
    """Return what a QALY may cost, by the scenario or else by the evidence of its place."""
    entry = load_evidence(scenario.place).entries[THRESHOLD_ENTRY]
    return float(scenario.parameters.get(THRESHOLD_ENTRY, entry.value))


def _numbers(result: Any, rows: Any, people: People) -> list[dict[str, Any]]:
    """Return the three numbers: people who take part, QALYs gained, cost per QALY."""
    who = taking_part(result, people)
    of_whom = people.among
    found = [
        _number(who.started if who else "unknown", "people take part", of_whom, bool(who)),
    ]
    if rows is None:
        return [*found, _number("0", "healthy years gained (QALYs)", of_whom, True)]
    gained = rows.loc["qalys_gained"]
    found.append(_number(
        written(gained["value"]), f"healthy years gained (QALYs{_below(rows)})",
        _between(gained, ""), True,
    ))  # fmt: skip
    words = cost_per_qaly(rows, written) or "not known"
    numeric = words[:1].isdigit()
    money = rows.loc["net_cost", "unit"]
    limits = _ratio_limits(rows) if cost_known(rows) else ""
    found.append(
        _number(words, f"{money} per QALY" if numeric else "cost per QALY", limits, numeric)
    )
    return found


def _below(rows: Any) -> str:
    return "; below 0: lost" if side_of_gain(rows) < 0 else ""


def _ratio_limits(rows: Any) -> str:
    ratio = rows.loc["cost_per_qaly"]
    if missing(ratio["parameter_lower"]):
        return NO_DRAWS if missing(rows.loc["qalys_gained", "parameter_lower"]) else NO_LIMITS
    limits = ratio["parameter_lower"], ratio["parameter_upper"]
    told = marked(ratios_between(*limits, written), ratio["value"], *limits)
    return f"{told} (95 % parameter interval)"


def _between(row: Any, unit: str) -> str:
    """Return the interval over draws of a row, else its Monte Carlo interval."""
    if not any(row[end] for end in ("value", "lower", "upper")) and (
        missing(row["parameter_lower"]) or not row["parameter_lower"] < row["parameter_upper"]
    ):
        return SAME
    ends, kind = ("parameter_lower", "parameter_upper"), "parameter"
    if missing(row["parameter_lower"]):
        ends, kind = ("lower", "upper"), "Monte Carlo"
    told = range_in_words(row[ends[0]], row[ends[1]], written)
    told = marked(told, row["value"], row[ends[0]], row[ends[1]]) if kind == "parameter" else told
    return f"{told}{unit} (95 % {kind} interval)" if told else "interval unknown"


def _number(text: str, name: str, between: str, numeric: bool) -> dict[str, Any]:
    return {"text": text, "name": name, "between": between, "words": not numeric}


def prevented_marks(effects: Any, hundred_thousands: float = 0.0) -> list[dict[str, Any]]:
    """Return what is prevented, with both intervals, per 100 000 or for the people represented."""
    counts = event_effects(effects)
    happened = (counts[["baseline", "policy", "averted"]].fillna(0.0) != 0.0).any(axis=1)
    factor = hundred_thousands or 1.0
    rows = forest(effects)[happened.to_numpy()].to_dict("records")
    return interval_marks([_mark(row, factor) for row in rows])


def _mark(row: Mapping[str, Any], factor: float) -> Mark:
    best = [factor * float(row[f"estimate{end}"]) for end in ("", "_lower", "_upper")]
    outer = [factor * float(row.get(f"parameter_{end}", NAN)) for end in ("lower", "upper")]
    shown = best if missing(outer[0]) else [best[0], *outer]
    text = marked(with_interval(*shown), best[0], *outer)
    return Mark(row_label(str(row["outcome"])), *best, *outer, text, _why_nil(best, outer))


def _why_nil(best: Sequence[float], outer: Sequence[float]) -> str:
    """Return why an effect cannot be told from none; nothing where it can."""
    drawn = not missing(outer[0])
    if not any(best) and drawn and any(outer):
        return SAME_AT_CENTRE
    if not excludes_zero(best[1], best[2]):
        why = why_nil(best)
        return UNKNOWN_OF_TWO if drawn and why == UNKNOWN else why
    return LEFT_OPEN if drawn and not excludes_zero(outer[0], outer[1]) else ""


def share_of_qalys(sources: Any, effects: Any = None) -> str:
    """Return how much of the QALYs within the run runs through IL-6, and what the rest is.

    With ``effects`` whose parameter draws tell the share of the life-years, that range, too: the
    interval of the QALYs is of the Monte Carlo error alone.
    """
    if sources is not None and len(sources) and (sources["qalys_gained"] == 0.0).all():
        return "No QALYs are gained or lost, so nothing runs through IL-6."
    rows = None if sources is None else sources[sources["share_via_il6"].notna()]
    if rows is None or rows.empty:
        return (
            "How much of this runs through IL-6 cannot be told from this run; shares of single "
            "outcomes, where there are any, stand in the table below."
        )
    row = rows.iloc[0]
    limits = float(row["share_via_il6_lower"]), float(row["share_via_il6_upper"])
    if missing(limits[0]) or limits[0] < 0.0 or limits[1] > 1.0:
        return "How much of this runs through IL-6 is unknown: its interval passes 0 or 100 %."
    if outside(float(row["share_via_il6"]), *limits):  # errors too small to be kept
        return "How much of this runs through IL-6 is unknown, as its interval is."
    between = range_in_words(100 * limits[0], 100 * limits[1], unit=" %")
    share, lost = percentage(float(row["share_via_il6"])), row["qalys_gained"] < 0.0
    rest = "" if share == ALL else (
        f"; the rest runs through all other paths{'' if lost else ' by which activity protects'}, "
        "which the model holds as one"
    )  # fmt: skip
    interval = "" if limits == (1.0, 1.0) else f" (95 % Monte Carlo interval {between})"
    of_draws = _share_over_draws(effects)
    centre = " at central values" if of_draws else ""
    return (
        f"{share} of the QALYs {'lost' if lost else 'gained'} within the run come through "
        f"IL-6{centre}{interval}{rest}.{of_draws}"
    )


def _share_over_draws(effects: Any) -> str:
    """Return within what the share of the life-years lies over the parameter draws, if known."""
    if effects is None or "share_lower" not in effects:
        return ""
    rows = effects[(effects["outcome"] == "life_years") & effects["share_lower"].notna()]
    if rows.empty or rows["share_lower"].iloc[0] == rows["share_upper"].iloc[0]:
        return ""
    ends = [100.0 * float(rows[name].iloc[0]) for name in ("share_lower", "share_upper")]
    between = range_in_words(*ends, unit=" %")
    return f" In 95 % of the parameter draws it is {between} of the life-years."
