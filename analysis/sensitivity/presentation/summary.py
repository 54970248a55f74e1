"""What a sensitivity study found, in plain words: who carries the variance, and how stably."""

from __future__ import annotations

import math
import re
from collections import Counter

import pandas as pd

from abm.results.worth import is_worth
from analysis.input_names import name_of_input
from analysis.outcomes import economic_label, label
from analysis.sensitivity.design import CONTROLS, DUMMY, SEED
from analysis.sensitivity.methods import METHODS
from analysis.sensitivity.plan import few_samples
from analysis.sensitivity.study import Study, left_out_lines
from analysis.words import capitalised, in_words, joined, several

CARRIED = 0.80
SHOWN = 5
NAMED = 3  # of those that cannot be told apart
# A total index this much above the first-order one is worth a word.
INTERACTING = 0.05
# Below this, the Monte Carlo error of a count is above a fifth (one over its square root).
FEW_EVENTS = 25
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_SHARES = ("S1", "ST", "shapley")
_QUANTITIES = {
    "averted": "{} averted",
    "expected_averted": "expected {} averted",
    "expected_averted_per_100k": "expected {} averted per 100 000",
    "delayed": "{} postponed",
    "added": "extra {} among survivors",
    "averted_per_100k": "{} averted per 100 000",
    "relative_change": "relative change of {}",
    "expected_relative_change": "expected relative change of {}",
    "gained": "{} gained",
    "expected_gained": "expected {} gained",
    "expected_gained_per_100k": "expected {} gained per 100 000",
    "gained_per_100k": "{} gained per 100 000",
    "share_via_il6": "the share of {} averted through IL-6",
    "level": "the level of {} in the baseline",
    "level_policy": "the level of {} under the policy",
}
_HEALTH = ("dalys_averted", "dalys_averted_undiscounted", "qalys_gained", "qalys_gained_if_active")


def _worth_in_words(output: str) -> str:
    """Return the name of an output of health or money; any other as it is."""
    measure = output.removesuffix("_per_100k")
    if measure == output or not is_worth(measure):
        return output
    money = "" if measure in _HEALTH else " [in the currency of the place]"
    return f"{economic_label(measure)}{money} per 100 000"


def output_in_words(output: str) -> str:
    """Return the name of an output as a reader says it.

    Examples
    --------
    >>> output_in_words("averted.type_2_diabetes")
    'cases of type 2 diabetes averted'
    >>> output_in_words("relative_change.il6")
    'relative change of IL-6'
    """
    quantity, _, outcome = output.partition(".")
    name = label(outcome).replace("il6", "IL-6")
    counted = quantity.endswith(("averted", "averted_per_100k", "delayed", "added", "via_il6"))
    if counted and not name.startswith(("deaths", "life", "healthy")):
        name = f"cases of {name}"
    if not outcome:
        return _worth_in_words(output)
    return _QUANTITIES.get(quantity, quantity + " {}").format(name)


def quantity_in_words(output: str) -> str:
    """Return what kind of number an output is, whatever its outcome.

    Examples
    --------
    >>> quantity_in_words("expected_averted_per_100k.stroke")
    'expected events averted per 100 000'
    >>> quantity_in_words("relative_change.il6"), quantity_in_words("qalys_gained_per_100k")
    ('relative change of a level', 'QALYs gained per 100 000')
    """
    quantity, _, outcome = output.partition(".")
    if not outcome:
        return without_unit(_worth_in_words(output))
    of = "years of life" if "gained" in quantity else "events"
    of = "a level" if "relative_change" in quantity else of
    return _QUANTITIES.get(quantity, quantity).format(of)


def without_unit(name: str) -> str:
    """Return the name of an output without the unit in brackets, for a sentence.

    Examples
    --------
    >>> without_unit("net cost [in the currency of the place] per 100 000")
    'net cost per 100 000'
    """
    return re.sub(r" \[[^]]*\]", "", name)


def column_of(output: str) -> str:
    """Return a short name of an output, for the head of a column.

    Examples
    --------
    >>> column_of("expected_averted_per_100k.type_2_diabetes"), column_of("relative_change.il6")
    ('type 2 diabetes', 'change of IL-6')
    """
    quantity, _, outcome = output.partition(".")
    name = label(outcome).replace("il6", "IL-6")
    before = {"relative_change": "change of ", "level": "level of ", "level_policy": "level of "}
    if not outcome:
        return without_unit(_worth_in_words(output)).removesuffix(" per 100 000")
    return before.get(quantity.removeprefix("expected_"), "") + name


def ranking(indices: pd.DataFrame, output: str, index: str) -> pd.DataFrame:
    """Return one output's rows of one index, largest first."""
    chosen = indices[(indices["output"] == output) & (indices["index"] == index)]
    return chosen.sort_values("estimate", ascending=False, kind="stable").reset_index(drop=True)


def carriers(ranked: pd.DataFrame, share: float = CARRIED) -> int | None:
    """Return how many leading inputs carry ``share`` of the variance; None if they never do.

    Parameters
    ----------
    ranked
        First-order or Shapley shares, largest first; negative estimates count as 0.
    share
        Share to reach.
    """
    reached = ranked["estimate"].clip(lower=0.0).cumsum()
    enough = reached[reached >= share]
    return None if enough.empty else int(enough.index[0]) + 1


def rank_stability(convergence: pd.DataFrame, index: str) -> pd.DataFrame:
    """Compare the ranking at each smaller number of samples with that at the full number.

    Parameters
    ----------
    convergence
        As in :class:`analysis.sensitivity.study.Study`.
    index
        The index that ranks.

    Returns
    -------
        Columns output, samples, rank_correlation (Spearman), shared_top (of the leading five),
        largest_shift (of an estimate, against the full number of samples).
    """
    chosen = convergence[convergence["index"] == index]
    rows = []
    for output, part in chosen.groupby("output", sort=False):
        wide = part.pivot(index="input", columns="samples", values="estimate")
        full = wide[wide.columns.max()]
        for samples in wide.columns[:-1]:
            rows.append((output, samples, *_compared(wide[samples], full)))
    names = ["output", "samples", "rank_correlation", "shared_top", "largest_shift"]
    return pd.DataFrame(rows, columns=names)


def _compared(part: pd.Series, full: pd.Series) -> tuple[float, int, float]:
    """Return the rank correlation, the leaders in common, and the largest shift."""
    leaders = set(part.nlargest(SHOWN).index) & set(full.nlargest(SHOWN).index)
    return part.rank().corr(full.rank()), len(leaders), (part - full).abs().max()


def summary_in_words(study: Study) -> str:
    """Say for every output which inputs matter, how sure that is, and what spoils it."""
    paragraphs = [about_study(study), *left_out_lines(study), *_over_all_outputs(study)]
    paragraphs += paragraphs_by_output(study)
    return "\n\n".join(paragraphs) + "\n"


def paragraphs_by_output(study: Study) -> list[str]:
    """Say for each output which inputs matter, how sure that is, and what spoils it."""
    stable = rank_stability(study.convergence, METHODS[study.plan.method].leading)
    paragraphs = []
    for output in study.outputs:
        sentences = [
            _finding(study, output),
            *_cautions(study, output),
            *_stability(stable, output, len(study.design.units)),
        ]
        paragraphs.append(" ".join(sentence for sentence in sentences if sentence))
    return paragraphs


def _over_all_outputs(study: Study) -> list[str]:
    """Name the inputs that stand most often among the first five of an output."""
    places: Counter[str] = Counter()
    varying = 0
    for output in study.outputs:
        leading = without_controls(ranking(study.indices, output, ranks_by(study)))
        if leading["estimate"].max() > 0:
            varying += 1
            places.update(leading.loc[leading["estimate"] > 0, "input"].head(SHOWN))
    if varying < 3 or len(study.design.units) <= SHOWN:
        return []
    named = joined([f"{name_of_input(name)} ({n})" for name, n in places.most_common(SHOWN)])
    return [f"Of {varying} outputs, these inputs are among the first five of most: {named}."]


def leaders(ranked: pd.DataFrame) -> list[str]:
    """Return the inputs that may be the first: the largest, and all whose intervals reach its own.

    Parameters
    ----------
    ranked
        As of :func:`ranking`, without controls. Where there are no intervals, estimates decide.
    """
    moving = ranked[ranked["estimate"] > 0]
    if moving.empty:
        return []
    ends = {end: moving[end].fillna(moving["estimate"]) for end in ("lower", "upper")}
    return list(moving["input"][ends["upper"] >= ends["lower"].iloc[0]])


def not_told_apart(ranked: pd.DataFrame) -> str:
    """Name the inputs of which each may be the first."""
    names = [name_of_input(name) for name in leaders(ranked)]
    more = [f"{len(names) - NAMED} more"] if len(names) > NAMED else []
    return f"cannot be told apart: {joined([*names[:NAMED], *more])}"


def without_controls(ranked: pd.DataFrame) -> pd.DataFrame:
    """Leave out the inputs that test the study itself: the one without effect, and the seed."""
    return ranked[~ranked["input"].isin(CONTROLS)].reset_index(drop=True)


def ranks_by(study: Study) -> str:
    """Return the index by which a study's inputs are named: shares that add up, if it has any."""
    found = set(study.indices["index"])
    return next((index for index in ("shapley", "S1") if index in found), _leading(study))


def _leading(study: Study) -> str:
    return METHODS[study.plan.method].leading


def about_study(study: Study) -> str:
    """Say what was done: method, inputs, runs, and how they share random numbers."""
    method, plan = METHODS[study.plan.method], study.plan
    what = "groups of inputs" if plan.grouped else "inputs"
    seeds = "all runs share their random numbers"
    if plan.independent_seeds:
        seeds = "every run has its own seed"
    if any(entry.name == SEED for entry in plan.inputs):
        seeds = "the seed is one of the inputs"
    return (
        f"{method.title}: {len(study.design.units)} {what}, "
        f"{several(plan.samples, method.sample)}, {len(study.table)} runs; {seeds}. "
        f"{method.question}{f' {few}' if (few := few_samples(plan)) else ''}"
    )


def _finding(study: Study, output: str) -> str:
    leading = without_controls(ranking(study.indices, output, _leading(study)))
    if leading["estimate"].isna().all() or leading["estimate"].abs().max() == 0:
        return f"{capitalised(output_in_words(output))} does not vary over the study."
    if ranks_by(study) in ("shapley", "S1"):
        return _carried(study, output)
    return _moved(study, output, leading)


def _moved(study: Study, output: str, leading: pd.DataFrame) -> str:
    """Name the inputs that move an output most, where indices are no shares of its variance."""
    index = _leading(study)
    verb = {
        "mu_star": "moved most, over the 95 % interval of the input, by",
        "swing": "moved most, between the ends of the input's 95 % interval, by",
        "ST_bound": "can owe at most these shares of its variance to",
    }.get(index, f"depends most, by {index}, on")
    moving = leading[leading["estimate"] != 0].head(SHOWN)
    named = joined([_entry(row) for row in moving.to_dict("records")])
    text = f"{capitalised(output_in_words(output))} {verb} {named}."
    reach = int((leading["estimate"] >= 0.1 * leading["estimate"].max()).sum())
    if index in ("mu_star", "swing") and reach > SHOWN:
        text += f" {reach} of {len(leading)} reach a tenth of the largest."
    if len(leaders(leading)) > 1:
        text += f" The first of them {not_told_apart(leading)}."
    return text


def _carried(study: Study, output: str) -> str:
    """Name the inputs that carry most of an output's variance, and their interactions."""
    ranked = without_controls(ranking(study.indices, output, ranks_by(study)))
    shares = ranked["estimate"].clip(lower=0.0)
    count = carriers(ranked)
    if count is None:
        count = min(3, len(ranked))
        lead = (
            f"No inputs carry {100 * CARRIED:.0f} % of the variance of {output_in_words(output)} "
            f"by themselves (all together {100 * shares.sum():.0f} %; the rest is interaction or "
            "too small to see); the largest are"
        )
    else:
        lead = (
            f"{_who_carry(study, count)} {100 * min(shares.head(count).sum(), 1):.0f} % of the "
            f"variance of {output_in_words(output)}:"
        )
    shown = ranked.head(min(count, 2 * SHOWN))
    named = joined([_entry(row, percent=True) for row in shown.to_dict("records")])
    return f"{lead} {named}.{_with_interactions(study, output, ranked)}"


def _who_carry(study: Study, count: int) -> str:
    """Return "Two inputs by themselves carry" and its like."""
    unit = "group" if study.plan.grouped else "input"
    number = _NUMBERS[count] if count < len(_NUMBERS) else str(count)
    one = count == 1
    alone = "" if ranks_by(study) == "shapley" else " by itself" if one else " by themselves"
    who = f"{number.capitalize()} {unit}{'' if one else 's'}{alone}"
    return f"{who} {'carries' if one else 'carry'}"


def _with_interactions(study: Study, output: str, ranked: pd.DataFrame) -> str:
    """Name the inputs that carry clearly more together with others than alone."""
    totals = ranking(study.indices, output, "ST").set_index("input")["estimate"]
    alone = ranked.set_index("input")["estimate"].clip(lower=0.0)
    more = [name for name in alone.index if totals.get(name, 0.0) - alone[name] > INTERACTING]
    if ranked["index"].iloc[0] != "S1" or not more:
        return ""
    named = joined([f"{name_of_input(name)} {100 * totals[name]:.0f} %" for name in more[:SHOWN]])
    return f" Counting what they do together with others: {named}."


def _entry(row: dict[str, object], percent: bool | None = None) -> str:
    values = [float(str(row[part])) for part in ("estimate", "lower", "upper")]
    if percent or (percent is None and row["index"] in (*_SHARES, "ST_bound")):
        shown = [in_words(round(100 * value) + 0.0) if value == value else "" for value in values]
        unit = " %"
    else:
        shown, unit = [in_words(value) for value in values], ""
    name = name_of_input(str(row["input"]))
    if math.isnan(values[1]):
        return f"{name} ({shown[0]}{unit})"
    return f"{name} ({shown[0]}{unit}, {shown[1]} to {shown[2]})"


def _cautions(study: Study, output: str) -> list[str]:
    indices = study.indices[study.indices["output"] == output]
    cautions = []
    counted_events = output.startswith(("averted.", "delayed.", "added."))
    typical = float(abs(study.table[:, study.outputs.index(output)].mean()))
    if counted_events and typical < FEW_EVENTS:
        cautions.append(
            f"With about {in_words(typical, 2)} events per run, whole numbers are too coarse to "
            "show small influences: take expected effects or more persons."
        )
    negative = indices[(indices["index"] == "S1") & (indices["upper"] < 0)]
    if not negative.empty:
        names = joined([name_of_input(name) for name in negative["input"]])
        cautions.append(
            f"The first-order index of {names} is below 0 "
            "beyond its interval: too few samples."
        )
    leading = _leading(study)
    dummy = indices[(indices["input"] == DUMMY) & (indices["index"] == leading)]
    if not dummy.empty:
        score = in_words(float(dummy["estimate"].iloc[0]))
        cautions.append(f"For scale, an input without any effect scores {score}.")
    return [*cautions, *_monte_carlo_share(indices, leading)]


def _monte_carlo_share(indices: pd.DataFrame, leading: str) -> list[str]:
    """Say what share of a run's variance is Monte Carlo error, where the seed was an input."""
    seed = indices[indices["input"] == SEED].set_index("index")["estimate"]
    if seed.empty:
        return []
    if not {"S1", "ST"} <= set(seed.index):
        return [f"The Monte Carlo error (the seed) scores {in_words(seed[leading])}."]
    single, common = max(seed["ST"], 0.0), min(max(seed["S1"], 0.0), 0.999)
    left = max(single - common, 0.0) / (1.0 - common)
    return [
        f"Monte Carlo error (the seed) carries {100 * single:.1f} % of the variance of "
        f"single runs; of runs that share their random numbers about {100 * left:.1f} %."
    ]


def _stability(stable: pd.DataFrame, output: str, units: int) -> list[str]:
    own = stable[stable["output"] == output]
    if own.empty:
        return []
    last = own.iloc[-1]
    top = min(SHOWN, units)
    same = "the same" if last["shared_top"] == top else f"{last['shared_top']:.0f} of the same"
    return [
        f"With half the samples {same} {top} lead (rank correlation "
        f"{last['rank_correlation']:.2f})."
    ]
