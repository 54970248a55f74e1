"""The vocabulary of scenario files: which keys exist, what each may hold, and its default.

One table serves the checks, the JSON Schema for editors, and the range of every number that a
study may vary. What a key does to people is decided elsewhere.
"""

from __future__ import annotations

from dataclasses import replace

from abm.conditions import DISEASES
from abm.evidence.place import DEFAULT_PLACE
from abm.kernel.layout import MOST_POLICIES
from abm.limits import LIMITS, Number
from abm.scenario.kinds import (
    REQUIRED,
    Band,
    Choice,
    Code,
    Flag,
    Key,
    Kind,
    Meanings,
    Overrides,
    Policies,
    Section,
    Several,
    Span,
    Text,
    TextOr,
    WordOr,
)

SEXES = ("both", "male", "female")
HORIZONS = ("lifetime", "run")
PERSPECTIVES = ("health_service", "health_and_social_care")

SHARE = Number(0, 1, "a share, not a percentage", interval=True)
MINUTES = Number(0, 3000, "minutes per week", interval=True)
DOSE = Number(0, 100, "marginal MET-hours per week")
MONEY = Number(0, 1e13, "money, in the currency named", interval=True)
NAME = Text(
    64,
    "[A-Za-z0-9][A-Za-z0-9_-]*",
    "a name of letters, digits, _ and - that begins with a letter or digit",
)

COMPARISON = "comparison"
FOLDER_NAME = replace(
    NAME, reserved={COMPARISON: "the folder in which several scenarios stand side by side"}
)

ELIGIBLE = Section(
    {
        "ages": Key(Span(Number(0, 120, "years of age", whole=True)), None, "[from, to) in years"),
        "sex": Key(Choice(SEXES), "both", "who is offered the policy"),
        "met_hours_below": Key(
            replace(DOSE, above_minimum=True, interval=True),
            None,
            "reported dose without policy minutes lies below this [marginal MET-hours per week]",
        ),
        "bmi_above": Key(
            Number(10, 80, "kg/m2", interval=True), None, "body mass index lies above this [kg/m2]"
        ),
        "deprivation": Key(
            Several(Number(1, 5, "quintile of deprivation", whole=True), 5),
            None,
            "quintiles of deprivation, 1 = most deprived",
        ),
        "diseases": Key(
            Several(Choice(DISEASES), len(DISEASES)), None, "has any of these diseases"
        ),
    }
)

ADDS = Section(
    {
        "moderate": Key(MINUTES, 0.0, "moderate activity, such as brisk walking [min/week]"),
        "vigorous": Key(MINUTES, 0.0, "vigorous or interval activity [min/week]"),
        "resistance": Key(MINUTES, 0.0, "strength training [min/week]"),
        "endurance": Key(MINUTES, 0.0, "prolonged endurance activity [min/week]"),
    }
)

ADHERENCE = Section(
    {
        # If all quit within 12 weeks, the rule would have them all quit on the first day.
        "quit_12_weeks": Key(
            replace(SHARE, below_maximum=True), 0.0, "share of starters who quit within 12 weeks"
        ),
        "half_life_years": Key(
            Number(0.01, 100, "years", interval=True),
            REQUIRED,
            "half-life of the others' taking part after 12 weeks [years]",
        ),
        "stays": Key(SHARE, 0.0, "share of those left after 12 weeks who never quit"),
        "rejoin_per_year": Key(
            Number(0, 12, "a rate per year", interval=True),
            0.0,
            "rate at which those who quit start again [per year]",
        ),
    }
)

CURRENCY = Text(3, "[A-Z]{3}", "a currency code of three capitals such as EUR")

COST = Section(
    {
        "per_person_offered": Key(MONEY, 0.0, "once for each person who is offered it"),
        "per_participant": Key(MONEY, 0.0, "once for each person who starts"),
        "per_participant_year": Key(
            MONEY, 0.0, "for each year of taking part in which something is delivered"
        ),
        "delivery_months": Key(
            Number(0, 1200, "months", interval=True),
            None,
            "months of delivery from each start; as long as people take part if left out",
        ),
        "per_resident_year": Key(
            MONEY, 0.0, "for each adult of the place and year from start to end, whoever comes"
        ),
        "fixed_per_year": Key(
            MONEY,
            0.0,
            "for each year from start to end, whoever comes; needs population.represents",
        ),
        "budget_per_year": Key(
            MONEY,
            None,
            "most to be spent in any year, those who stay included; needs population.represents",
        ),
        "capacity_per_year": Key(
            Number(0, 1e12, "new places a year", interval=True),
            None,
            "most who may start in any year; needs population.represents",
        ),
        "currency": Key(CURRENCY, None, "currency of the cost; economics.currency if left out"),
    }
)

YEAR = Number(1900, 2300, "year of the calendar", whole=True)

POLICY = Section(
    {
        "name": Key(NAME, REQUIRED, "names the policy; unique within the scenario"),
        "eligible": Key(ELIGIBLE, {}, "who may be offered it; everyone if left out"),
        "start": Key(YEAR, None, "1 January of this year; the start of the run if left out"),
        "end": Key(
            YEAR,
            None,
            "from 1 January of this year nobody new starts or comes back; those who take part go "
            "on along their curve and are charged while something is delivered to them; never if "
            "left out",
        ),
        "ramp_years": Key(
            Number(0, 100, "years", interval=True),
            0.0,
            "years over which the reach grows linearly to its full value",
        ),
        "reach": Key(SHARE, 1.0, "share of the eligible who are offered it"),
        "uptake": Key(SHARE, 1.0, "share of those offered it who start"),
        "adds": Key(ADDS, {}, "minutes per week added while taking part"),
        "raises_to": Key(
            replace(DOSE, above_minimum=True, interval=True),
            None,
            "adds the moderate activity that a participant's habit lacks of this dose, whatever "
            "adds or other policies give [marginal MET-hours per week]",
        ),
        "build_up_months": Key(
            Number(0, 120, "months", interval=True), 0.0, "from starting to the full dose [months]"
        ),
        "adherence": Key(ADHERENCE, None, "how people quit and come back; nobody quits without it"),
        "il6_signalling": Key(
            Number(0.05, 5, "a ratio; 0.7 is 30 per cent lower", interval=True),
            1.0,
            "IL-6 signalling while taking part, as a ratio; the level in blood falls as much, as "
            "with a drug that binds IL-6 (blockers of its receptor raise the level: not described)",
        ),
        "cost": Key(COST, None, "what the policy costs; unknown if left out"),
    }
)

SURVEY_PATH = Text(400, wording="the path of a survey file")
COLUMN = Text(200, wording="the name of a column")
DOSE_UNITS = ("met_hours", "met_minutes", "gross_met_minutes", "minutes_moderate")
AGE = Number(0, 120, "years of age", whole=True)

ANSWER = Section(
    {
        "does": Key(COLUMN, None, "column that says whether it is done at all: yes or 1, no or 2"),
        "days": Key(COLUMN, None, "column of days per week; every week as a whole if left out"),
        "hours": Key(COLUMN, None, "column of hours a day, or a week without days"),
        "minutes": Key(COLUMN, None, "column of minutes a day, or a week without days"),
        "mets": Key(
            Number(1, 20, "METs, rest included", above_minimum=True),
            REQUIRED,
            "intensity as questionnaires score it [METs, rest included]",
        ),
        "missing": Key(
            Several(Code(), 100, or_one=True), None, "codes of these columns for what is not known"
        ),
    }
)

MICRODATA = Section(
    {
        "file": Key(SURVEY_PATH, REQUIRED, "the file, relative to the scenario file"),
        "columns": Key(
            Section(
                {
                    "age": Key(COLUMN, None, "column of age [years], or of age bands"),
                    "sex": Key(COLUMN, None, "column of sex"),
                    "deprivation": Key(COLUMN, None, "column of quintiles, 1 = most deprived"),
                    "bmi": Key(COLUMN, None, "column of body mass index [kg/m2]"),
                    "smoker": Key(COLUMN, None, "column of current smoking"),
                    "met_hours": Key(COLUMN, None, "column of the reported dose, in dose_unit"),
                    "weight": Key(COLUMN, None, "column of survey weights"),
                }
            ),
            None,
            "which column holds what; only these are read. Our own names if left out",
        ),
        "values": Key(
            Section(
                {
                    "age": Key(Meanings(Band(AGE), 200), None, "ages, or bands [from, to)"),
                    "sex": Key(Meanings(Choice(("male", "female")), 200), None, "male or female"),
                    "deprivation": Key(
                        Meanings(Number(1, 5, "quintile of deprivation", whole=True), 200),
                        None,
                        "1 (most deprived) to 5",
                    ),
                    "bmi": Key(Meanings(Band(Number(10, 100, "kg/m2")), 200), None, "kg/m2"),
                    "smoker": Key(Meanings(Choice(("yes", "no")), 200), None, "yes or no"),
                    "met_hours": Key(
                        Meanings(Band(Number(0, 1e5, "in dose_unit")), 200),
                        None,
                        "reported dose, in dose_unit",
                    ),
                }
            ),
            None,
            "what labels and codes of a column mean; null for what is not known",
        ),
        "missing": Key(
            Several(Code(), 100, or_one=True), None, "codes of all columns for what is not known"
        ),
        "dose": Key(
            Several(ANSWER, 12), None, "questions that add up to the dose, in place of met_hours"
        ),
        "dose_unit": Key(Choice(DOSE_UNITS), "met_hours", "unit of the column met_hours"),
        "decimal": Key(Choice(("point", "comma")), None, "mark before decimals; found if left out"),
        "header_line": Key(
            Number(1, 1000, "a line of the file", whole=True), 1, "line of the column names"
        ),
    }
)

POPULATION = Section(
    {
        "place": Key(
            Text(400, wording="the name of a bundled place or the path of a place's folder"),
            DEFAULT_PLACE,
            "whose people, deaths, diseases, habits and prices: a bundled place, or a folder "
            "relative to the scenario file",
        ),
        "represents": Key(
            Number(1, 2e10, "real persons"),
            None,
            "real persons behind the simulated ones; as many as are simulated if left out",
        ),
        "microdata": Key(
            TextOr(SURVEY_PATH, "file", MICRODATA),
            None,
            "survey to resample people from: the path of a file in our own form, or how to read it",
        ),
        "ages": Key(
            Span(Number(20, 111, "years of age", whole=True)), (20, 95), "[from, to) at the start"
        ),
        "sex": Key(Choice(SEXES), "both", "sex of the people simulated"),
        "entrants": Key(Flag(), True, "new 20-year-olds come in every year"),
        "activity": Key(
            WordOr(
                ("survey",),
                Section(
                    {
                        "met_hours": Key(
                            DOSE,
                            REQUIRED,
                            "dose everyone holds for life [marginal MET-hours per week]",
                        )
                    }
                ),
            ),
            "survey",
            "habits as surveyed, or one constant dose",
        ),
        "diseases": Key(
            WordOr(("survey", "none"), Several(Choice(DISEASES), len(DISEASES))),
            "survey",
            "diseases at the start: as surveyed, none, or the same for everyone",
        ),
    }
)

ECONOMICS = Section(
    {
        "horizon": Key(
            Choice(HORIZONS), "lifetime", "how far health and money look: whole lives, or the run"
        ),
        "perspective": Key(
            Choice(PERSPECTIVES), "health_service", "whose costs of care count"
        ),
        "currency": Key(
            CURRENCY,
            None,
            "currency of all costs of the scenario, which must be the place's; the place's if "
            "left out",
        ),
    }
)

SCENARIO = Section(
    {
        "name": Key(FOLDER_NAME, None, "folder of the results; the file's name if left out"),
        "title": Key(Text(200), None, "one line for people; the name if left out"),
        "description": Key(Text(10_000), "", "what the scenario asks"),
        "source": Key(
            Several(Text(300), 100, or_one=True), (), "citation keys or short references"
        ),
        "not_valued": Key(
            Text(1000), None, "what of its worth the model leaves out, said beside health and money"
        ),
        "extends": Key(
            Text(400, wording="the name of a bundled scenario or a path relative to this file"),
            None,
            "scenario whose keys this one inherits",
        ),
        "years": Key(LIMITS["years"], 20, "years to simulate"),
        "start_year": Key(
            Number(1900, 2200, "year of the calendar", whole=True), 2025, "first year of the run"
        ),
        "persons": Key(LIMITS["persons"], 100_000, "people to simulate"),
        "seed": Key(LIMITS["seed"], 1, "seed of all random numbers"),
        "step_months": Key(LIMITS["step_months"], 1, "length of a step"),
        "population": Key(POPULATION, {}, "who is simulated"),
        "policies": Key(
            Policies(POLICY, MOST_POLICIES), (), "what is tried; a baseline if left out"
        ),
        "economics": Key(ECONOMICS, {}, "how health and money are valued"),
        "parameters": Key(Overrides(), {}, "evidence entries to override, by their path"),
    }
)


def takes_whole_number(key: str) -> bool:
    """Return whether a scenario key, such as years or policies.walks.start, holds a whole number.

    Examples
    --------
    >>> takes_whole_number("years"), takes_whole_number("policies.walks.reach")
    (True, False)
    """
    kind: Kind = SCENARIO
    for part in key.strip().split("."):
        if isinstance(kind, Policies):  # the part is the name of one
            kind = kind.item
        elif isinstance(kind, Section) and part in kind.keys:
            kind = kind.keys[part].kind
        else:
            return False
    return isinstance(kind, Number) and kind.whole
