"""What must hold between the rows and the tables of a place: ages, units, and deaths that fit.

Tables are checked with whatever of their cells is sound, so that one pass tells all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from abm.conditions import CONDITIONS
from abm.scenario.place_tables import CAUSES, OLDEST_AGE, SEXES, Faults, Row, of_names
from abm.scenario.place_vocabulary import CONDITION_NAMES, OLDEST_START

YOUNGEST, LAST_AGE_LEAST = 20, 100
MOST_BANDS_APART = 20  # years: wider bands say too little
SHARES_NEAR_ONE = 0.02
PEOPLE = (1.0, 1e10)  # of one sex, from 20 on; shares of a whole add up to less
LIFE_AT_20 = (20.0, 80.0)  # years left, wherever people ever lived
DEATHS, INCIDENCE, PREVALENCE, EXCESS, SHARE = (
    "deaths_per_person_year", "incidence_per_person_year", "prevalence_share",
    "excess_mortality_per_case_year", "share_of_deaths",
)  # fmt: skip
# Conditions of one sex; those that kill by what the table says of them.
ONE_SEX = {each.published_as: each.sex for each in CONDITIONS if each.sex != "both"}
BY_EXCESS = {
    each.published_as
    for each in CONDITIONS
    if each.kills in ("by published excess", "at the event and after")
}
# Causes that the model needs, beside those of diseases whose deaths the table only scales.
_RESTS = {name for each in CONDITIONS for name in each.rest_of}
NEEDED_CAUSES = (
    *dict.fromkeys(name for each in CONDITIONS for name in each.made_of),
    *(each.published_as for each in CONDITIONS if each.name in _RESTS),
)
Rates = Mapping[tuple[str, int], float]


def check_population(rows: Sequence[Row], faults: Faults) -> Rates:
    """Check people and deaths; return the sound death rates by sex and age."""
    rates: dict[tuple[str, int], float] = {}
    for _, sex, own in of_names(list(rows), "", ("",)):
        if not own:
            message = f"has no rows of sex {sex}; must have both sexes"
            faults.say(1, 1, "sex", message, f"no {sex}")
            continue
        _single_years(sex, own, faults)
        _people(sex, own, faults)
        _life(sex, own, faults)
        rates |= {(sex, row["age"]): row[DEATHS] for row in own if row[DEATHS] is not None}
    return rates


def _people(sex: str, own: list[Row], faults: Faults) -> None:
    """Check that there are adults, and no more than people can be."""
    adults = [row for row in own if row["age"] >= YOUNGEST]
    if not adults or any(row["population"] is None for row in adults):
        return
    together, (fewest, most) = sum(row["population"] for row in adults), PEOPLE
    if fewest <= together <= most:
        return
    message = (
        f"adds up to {together:.3g} from age {YOUNGEST} on ({sex}); must add up to {fewest:g} to "
        f"{most:g} people"
    )
    row = max(adults, key=lambda row: row["population"])
    faults.say(row.line, row.columns["population"], "population", message, "nobody")


def _single_years(sex: str, own: list[Row], faults: Faults) -> None:
    first, last = own[0], own[-1]
    for before, row in pairwise(own):
        step = row["age"] - before["age"]
        if step <= 0:
            message = f"is {row['age']} after {before['age']} ({sex}); ages must rise by one"
            faults.say(row.line, row.columns["age"], "age", message, f"falls {sex}")
        elif step > 1:
            first_gap, last_gap = before["age"] + 1, row["age"] - 1
            gap = f"{first_gap} is" if step == 2 else f"{first_gap} to {last_gap} are"
            message = f"is {row['age']} after {before['age']} ({sex}): {gap} missing; ages must "
            faults.say(row.line, row.columns["age"], "age", f"{message}rise by one", f"gap {sex}")
    if first["age"] > YOUNGEST:
        message = f"begins at {first['age']} ({sex}); must begin at {YOUNGEST} or before"
        faults.say(first.line, first.columns["age"], "age", message, f"begins {sex}")
    if max(row["age"] for row in own) < LAST_AGE_LEAST:
        message = f"ends at {last['age']} ({sex}); must go on to {LAST_AGE_LEAST} or beyond"
        faults.say(last.line, last.columns["age"], "age", message, f"ends {sex}")


def _life(sex: str, own: list[Row], faults: Faults) -> None:
    """Check that death rates give a life that people have: rates in another unit do not."""
    rates = [row[DEATHS] for row in own if row["age"] >= YOUNGEST]
    if len(rates) < LAST_AGE_LEAST - YOUNGEST or None in rates:
        return
    alive, years = 1.0, 0.0
    for rate in rates:
        years += alive / (1.0 + rate / 2.0)
        alive *= max(1.0 - rate, 0.0) if rate < 1.0 else 0.0
    years += alive / rates[-1]
    low, high = LIFE_AT_20
    where = own[0].columns[DEATHS]
    if not low <= years <= high:
        message = (
            f"leaves {years:.3g} years of life at {YOUNGEST} ({sex}); must leave {low:g} to "
            f"{high:g}; per person and year, not per 1 000?"
        )
        faults.say(own[0].line, where, DEATHS, message, f"life {sex}")
    at = {row["age"]: row[DEATHS] for row in own}
    if 40 in at and 80 in at and at[80] <= at[40]:
        message = f"does not rise from 40 ({at[40]:g}) to 80 ({at[80]:g}) ({sex}); must rise"
        row = next(row for row in own if row["age"] == 80)
        faults.say(row.line, row.columns[DEATHS], DEATHS, message, f"reversed {sex}")


def check_diseases(
    rows: Sequence[Row], faults: Faults, deaths: Rates, first_age: Mapping[str, int],
    solved: Sequence[str],
) -> None:  # fmt: skip
    """Check rates of diseases: bands of age, zeros, and deaths below those of all causes."""
    for name, sex, own in of_names(list(rows), "condition", CONDITION_NAMES):
        if not own:
            if ONE_SEX.get(name, sex) == sex:
                message = f"has no rows of {name}, {sex}; must have each condition and sex"
                faults.say(1, 1, "condition", message, f"no {name} {sex}")
            continue
        begins = first_age.get(name, YOUNGEST)
        _bands(f"{name}, {sex}", own, faults, begins, f"first_age.{name} in place.yaml")
        if ONE_SEX.get(name, sex) == sex:
            _zeros(name, sex, own, faults, name in solved)
            _swapped(name, sex, own, faults)
    for column in (INCIDENCE, PREVALENCE):
        _exchanged(rows, "condition", column, faults)
    _deaths_of_conditions(list(rows), faults, deaths)


def _exchanged(rows: Sequence[Row], names: str, column: str, faults: Faults) -> None:
    """Note more of a condition of one sex in the other, which only exchanged sexes have."""
    at = {
        (row[names], row["sex"], row["age"]): row for row in rows if row[column] is not None
    }
    for name, sex in ONE_SEX.items():
        other = next(each for each in SEXES if each != sex)
        pairs = [
            (row, at[name, other, age]) for (each, whose, age), row in at.items()
            if (each, whose) == (name, sex) and (name, other, age) in at
        ]  # fmt: skip
        more = [(own, theirs) for own, theirs in pairs if theirs[column] > own[column]]
        if len(more) * 2 <= len(pairs) or not pairs:
            continue
        own, theirs = more[0]
        message = (
            f"is {theirs[column]:g} ({theirs.of_whom}) and {own[column]:g} ({sex}): more in "
            f"{other}s than in {sex}s at most ages; must be fewer; are the sexes exchanged?"
        )
        faults.say(theirs.line, theirs.columns[column], column, message, f"exchanged {name}")


def _bands(who: str, own: list[Row], faults: Faults, begins: int, told_by: str) -> None:
    """Check first ages of bands: rising by one width, from the age at which they must begin."""
    first, last = own[0], own[-1]
    steps = [after["age"] - before["age"] for before, after in pairwise(own)]
    rising = [step for step in steps if step > 0]
    width = max(set(rising), key=rising.count) if rising else 0
    for (before, row), step in zip(pairwise(own), steps, strict=True):
        at, here = row.columns["age"], f"is {row['age']} after {before['age']} ({who})"
        if step <= 0:
            faults.say(row.line, at, "age", f"{here}; ages must rise", "falls")
        elif step != width:
            missing = f": {before['age'] + width} is missing" if step > width else ""
            message = f"{here}{missing}; bands must be of one width, here {width} years"
            faults.say(row.line, at, "age", message, "gap")
    if first["age"] != begins:
        message = f"begins at {first['age']} ({who}); must begin at {begins} ({told_by})"
        faults.say(first.line, first.columns["age"], "age", message, f"begins {who}")
    if len(own) < 3 or width > MOST_BANDS_APART:
        message = f"has {len(own)} bands of {width} years ({who}); must have at least 3, of at "
        message += f"most {MOST_BANDS_APART} years"
        faults.say(first.line, first.columns["age"], "age", message, f"few {who}")
    elif max(row["age"] for row in own) < OLDEST_START:
        message = f"ends with the band from {last['age']} ({who}); must go on to {OLDEST_START}"
        faults.say(last.line, last.columns["age"], "age", message, f"ends {who}")


def _zeros(name: str, sex: str, own: list[Row], faults: Faults, is_solved: bool) -> None:
    """Check where rates are 0: nowhere, or throughout where place.yaml says so."""
    for column in (INCIDENCE, PREVALENCE, EXCESS):
        zero = [row for row in own if row[column] == 0.0]
        all_zero = len(zero) == len(own)
        may_be_none = (column == INCIDENCE and is_solved) or (
            column == EXCESS and name not in BY_EXCESS
        )
        if not zero or (all_zero and may_be_none):
            continue
        if all_zero and column == INCIDENCE:
            why = f"must be above 0, or {name} stand among solved_incidence in place.yaml"
        elif may_be_none:
            why = "must be above 0 at every age, or 0 at all"
        else:
            why = "must be above 0"
        for row in zero:
            message = f"is 0 ({row.of_whom}); {why}"
            faults.say(row.line, row.columns[column], column, message, f"zero {column} {name}")
    if is_solved and any(row[INCIDENCE] for row in own):
        row = next(row for row in own if row[INCIDENCE])
        message = (
            f"is {row[INCIDENCE]:g} ({row.of_whom}), and solved_incidence in place.yaml names "
            f"{name}; must be 0 there"
        )
        faults.say(row.line, row.columns[INCIDENCE], INCIDENCE, message, f"solved {name}")


def _swapped(name: str, sex: str, own: list[Row], faults: Faults) -> None:
    """Note more new cases than cases, which only columns that were swapped have at most ages."""
    pairs = [row for row in own if row[INCIDENCE] is not None and row[PREVALENCE] is not None]
    more = [row for row in pairs if row[INCIDENCE] > row[PREVALENCE] > 0.0]
    if len(more) * 2 > len(pairs) > 0:
        row = more[0]
        message = (
            f"is {row[INCIDENCE]:g} a year and prevalence {row[PREVALENCE]:g} ({row.of_whom}): "
            "more new cases than cases at most ages; must be fewer; columns swapped, or new cases "
            "in another unit?"
        )
        faults.say(row.line, row.columns[INCIDENCE], INCIDENCE, message, f"swapped {name} {sex}")


def _deaths_of_conditions(rows: list[Row], faults: Faults, deaths: Rates) -> None:
    """Check that conditions kill fewer than all causes do, each of them and all together."""
    whole: dict[tuple[str, int], float] = {}
    for row in rows:
        sex, age = row["sex"], row["age"]
        killed = (row[PREVALENCE] or 0.0) * (row[EXCESS] or 0.0)
        at_age = next((a for a in (_up(age, 2), age) if (sex, a) in deaths), None)
        if sex is None or age is None or at_age is None or row["condition"] not in BY_EXCESS:
            continue
        middle = deaths[sex, at_age]
        of_all = f"all causes have {middle:.3g} at {at_age} in population.csv; must be below"
        before = whole.get((sex, age), 0.0)
        whole[sex, age] = before + killed
        at = row.columns[EXCESS]
        if killed >= middle:
            message = (
                f"is {row[EXCESS]:g} ({row.of_whom}): {killed:.3g} deaths per person and year, and "
                f"{of_all}"
            )
            faults.say(row.line, at, EXCESS, message, f"above all {row['condition']}")
        elif before < middle <= before + killed:
            message = (
                f"brings deaths of the conditions at {age} ({sex}) to {before + killed:.3g} per "
                f"person and year, and {of_all}"
            )
            faults.say(row.line, at, EXCESS, message, "together above all")


def _up(age: int | None, years: int) -> int:
    return 0 if age is None else age + years


def check_causes(rows: Sequence[Row], faults: Faults, people: Sequence[Row] = ()) -> None:
    """Check shares of causes of death: which causes, bands of age, and that they make up all.

    ``people`` are the rows of population.csv: without deaths in a band its shares say nothing.
    """
    given = {row["cause"] for row in rows}
    together: dict[tuple[str, int], list[Row]] = {}
    for name, sex, own in of_names(list(rows), "cause", CAUSES):
        if own:
            _bands(f"{name}, {sex}", own, faults, YOUNGEST, "the youngest adults")
        elif name in NEEDED_CAUSES or name in given:
            message = f"has no rows of {name}, {sex}; must have it for both sexes"
            faults.say(1, 1, "cause", message, f"no {name} {sex}")
        for row in own:
            together.setdefault((sex, row["age"]), []).append(row)
    most = max((len(own) for own in together.values()), default=0)
    for (sex, age), own in together.items():
        shares = [row[SHARE] for row in own]
        if None in shares or len(own) < most:
            continue
        if abs(sum(shares) - 1.0) > SHARES_NEAR_ONE:
            row = own[-1]
            message = f"adds up to {sum(shares):.3g} over causes ({sex}, {age}); must add up to 1"
            faults.say(row.line, row.columns[SHARE], SHARE, message, "sum")
    _exchanged(rows, "cause", SHARE, faults)
    _someone(together, faults, people)


def _someone(
    bands: Mapping[tuple[str, int], list[Row]], faults: Faults, people: Sequence[Row]
) -> None:
    """Note bands of age of which population.csv has nobody who could die."""
    for sex in dict.fromkeys(sex for sex, _ in bands):
        starts = sorted(age for each, age in bands if each == sex)
        there = [row for row in people if row["sex"] == sex and row["age"] is not None]
        if not there or any(row["population"] is None for row in there):
            continue
        for age, end in pairwise([*starts, OLDEST_AGE + 1]):
            if not any(row["population"] for row in there if age <= row["age"] < end):
                row = bands[sex, age][0]
                message = (
                    f"begins a band at {age}, and population.csv has nobody in it ({sex}); must "
                    "have somebody in each band: join it with the one before, or spread people "
                    "over its ages"
                )
                faults.say(row.line, row.columns["age"], "age", message, f"nobody {sex}")
