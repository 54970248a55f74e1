"""What the policies are worth, in the report's first sentences: QALYs, net cost, cost per QALY."""

from __future__ import annotations

from typing import Any, NamedTuple

from abm.results.budget_impact import ALL_POLICIES
from abm.results.scales import PER_100_000, PER_100_000_AT_START, REPRESENTED
from analysis.certainty.draws_in_words import doubts_beside, marked
from analysis.report.cost_per_qaly import (
    cost_per_qaly,
    no_gain_at_all,
    ratios_between,
    side_of_gain,
)
from analysis.report.economics_rows import anything_differs, looks_ahead, written
from analysis.report.numbers import missing, range_in_words
from analysis.report.people import People
from analysis.report.undecided import COST_UNKNOWN
from analysis.words import capitalised, joined

PER_100_000_PERSONS = 1e5
MEASURES = ("qalys_gained", "net_cost", "cost_per_qaly")


def worth_sentences(
    table: Any, people: People, draws: int = 0, why_no_cost: str = ""
) -> list[str]:
    """Return what is gained and what it costs, and then how sure both are.

    Parameters
    ----------
    table
        ``result.economics``, or None. Nothing is returned where nothing differs.
    people
        Those for whom the numbers stand.
    draws
        Parameter draws behind the parameter intervals.
    why_no_cost
        Why a net cost is not known, where it is not.
    """
    if not anything_differs(table):
        return []
    scale = REPRESENTED if people.represented else PER_100_000
    rows = table[table["scale"] == scale].set_index("measure")
    until = "to the end of life of those who take part" if looks_ahead(table) else "within the run"
    return [
        f"{people.for_whom}, {gain(rows)}{price(rows, why_no_cost)}.",
        f"Counted {until} and discounted. {_monte_carlo(rows)}{_parameters(rows, draws)}",
    ]


def gain(rows: Any, until: str = "") -> str:
    """Return whether QALYs are gained, and how many.

    ``rows`` are of one scale, by measure; ``until`` says to which horizon.
    """
    until = f" {until}" * bool(until)
    if no_gain_at_all(rows):
        drawn = [rows["parameter_lower"].get("qalys_gained"),
                 rows["parameter_upper"].get("qalys_gained")]  # fmt: skip
        central = "at central values " if any(each for each in drawn if not missing(each)) else ""
        return f"{central}nobody's health changes and no QALYs are gained or lost{until}"
    gained, side = rows.loc["qalys_gained"], side_of_gain(rows)
    found = written(abs(float(gained["value"])))
    if side:
        return f"{found} QALYs are {'gained' if side > 0 else 'lost'}{until}"
    whether = f"whether QALYs are gained{until} cannot be told"
    signed = written(float(gained["value"]))
    if missing(gained["lower"]):
        return f"{whether}, as the Monte Carlo interval of the {signed} expected is unknown"
    return f"{whether} from the Monte Carlo error ({signed})"


def unit_of_gain(rows: Any) -> str:
    """Return the unit of an interval of the QALYs gained: its sign is said where some are lost."""
    return "QALYs gained" if side_of_gain(rows) < 0 else "QALYs"


def price(rows: Any, why_no_cost: str = "") -> str:
    """Return the net cost and the cost per QALY, or why there is none."""
    net, side = float(rows.loc["net_cost", "value"]), side_of_gain(rows)
    money = rows.loc["net_cost", "unit"]
    if missing(net) and missing(rows["value"].get("care_cost_averted", 0.0)):
        return _without_care(rows["value"].get("policy_cost", float("nan")), money)
    if missing(net):
        return (
            f"; net cost and cost per QALY cannot be said, because {why_no_cost or COST_UNKNOWN}"
        )
    if net < 0:
        return (
            f", and the savings in care exceed the cost by {written(-net)} {money}"
            f"{': no QALY has to be paid for' if side > 0 else ''}"
        )
    if side > 0:
        ratio = cost_per_qaly(rows, written)
        return f" at a net cost of {written(net)} {money}: {ratio} {money} per QALY"
    return f", at a net cost of {written(net)} {money}; so a cost per QALY cannot be said"


def _without_care(spent: float, money: str) -> str:
    """Return what is said of money where the place does not say what care costs."""
    unknown = "the place does not say what care costs, so nothing is said of"
    if missing(spent):
        return f"; {unknown} money"
    return f" for an intervention cost of {written(float(spent))} {money}; {unknown} net cost"


def _monte_carlo(rows: Any) -> str:
    gained, net = rows.loc["qalys_gained"], rows.loc["net_cost"]
    between = range_in_words(gained["lower"], gained["upper"], written)
    cost = range_in_words(net["lower"], net["upper"], written, f" {net['unit']} net cost")
    if no_gain_at_all(rows) and not cost:
        return "Of health the simulation has no error, as nothing changes."
    told = [f"{between} {unit_of_gain(rows)}"] * bool(between) + [cost] * bool(cost)
    if not told:
        return "The error of the simulation is not known: too few persons have risks that differ."
    missed = "" if cost or missing(net["value"]) else "; no interval is known for the cost"
    return f"95 % Monte Carlo interval, the error of the simulation alone: {joined(told)}{missed}."


def _parameters(rows: Any, draws: int) -> str:
    """Return what the evidence leaves open, from the draws; nothing without."""
    known = [name for name in MEASURES if not missing(rows.loc[name, "parameter_lower"])]
    if not known:
        return ""
    qalys = unit_of_gain(rows)
    parts = [_interval(rows.loc[name], name, qalys) for name in known]
    text = f" 95 % parameter interval, what the evidence leaves open: {joined(parts)}."
    if "net_cost" in known and "cost_per_qaly" not in known:
        text += " In some draws no QALYs are gained, so the cost per QALY has no interval."
    elif "net_cost" in known and rows.loc["net_cost", "parameter_lower"] < 0:
        text += " Below 0 money is saved."
    return " ".join([text, *doubts_beside(parts, draws)])


def _interval(row: Any, measure: str, qalys: str) -> str:
    limits = row["parameter_lower"], row["parameter_upper"]
    unit = {"qalys_gained": qalys, "net_cost": f"{row['unit']} net cost"}.get(measure)
    if unit is None:
        text = ratios_between(*limits, written, f" {row['unit']}")
    else:
        text = f"{range_in_words(*limits, written)} {unit}"
    return marked(text, row["value"], *limits)


class TakingPart(NamedTuple):
    """How many are offered a policy and start one within the run, written out.

    Of several policies ``offered`` counts offers, as one person may have more than one; ``started``
    counts persons in any case.
    """

    offered: str
    started: str
    several: bool = False

    @property
    def after_people(self) -> str:
        """What follows the people in a sentence."""
        if self.several:
            return f"to whom {self.offered} offers are made and of whom {self.started} start"
        return f"of whom {self.offered} are offered it and {self.started} start"

    @property
    def alone(self) -> str:
        """The same as a clause of its own."""
        if self.several:
            return f"{self.offered} offers are made and {self.started} people start"
        return f"{self.offered} are offered it and {self.started} start"


def cost_known(rows: Any) -> bool:
    """Return whether a cost per QALY is known: QALYs are gained, and what they cost is."""
    return side_of_gain(rows) > 0 and not missing(rows.loc["net_cost", "value"])


def taking_part(result: Any, people: People) -> TakingPart | None:
    """Return how many are offered any policy and start one; None where nobody has counted."""
    sums = _sums_by_policy(result, people)
    if sums is None:
        return None
    offered, started = (float(sums[name].sum()) for name in ("offered", "started"))
    several = len(sums) > 1
    if several:
        started = _in_any_policy(result.group_effects, people, started)
    return TakingPart(written(offered), written(started), several)


def _in_any_policy(groups: Any, people: People, starts: float) -> float:
    """Return how many persons start any policy: who starts two counts once, unlike in ``starts``.

    ``starts`` is what is returned where persons are not counted.
    """
    if "participants" not in groups:
        return starts
    everybody = groups[groups["group"] == "all"].iloc[0]
    number = float(everybody["participants"]) / float(everybody["persons"])
    of = people.ever if people.represented else PER_100_000_PERSONS
    return starts if missing(number) else of * number


def _sums_by_policy(result: Any, people: People) -> Any:
    """Return who is offered each policy and who starts, of the people of the page; or None."""
    table = result.budget_impact
    if table is None:
        return None
    scale = REPRESENTED if people.represented else PER_100_000_AT_START
    # Per 100 000 at the start there, of all who were ever there here.
    factor = 1.0 if people.represented else people.start / people.ever
    single = table["policy"] != ALL_POLICIES
    by_policy = table[(table["scale"] == scale) & single].groupby("policy", sort=False)
    return factor * by_policy[["offered", "started"]].sum()


def taking_part_sentences(result: Any, people: People) -> list[str]:
    """Return how many are offered each policy and how many start within the run."""
    sums, who = _sums_by_policy(result, people), taking_part(result, people)
    if sums is None or who is None:
        return []
    parts = [
        f"the policy {str(row.Index).replace('_', ' ')} is offered to {written(row.offered)}, of "
        f"whom {written(row.started)} start"
        for row in sums.itertuples()
    ]
    together = float(sums["started"].sum())
    if who.several and who.started != written(together):
        parts.append(f"as some start more than one, {who.started} people start any")
    return [f"{capitalised(people.among)}, {'; '.join(parts)}."]
