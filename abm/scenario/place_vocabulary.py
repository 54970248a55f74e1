"""The vocabulary of ``place.yaml``: which keys there are, and what each may hold.

Values of evidence entries stand below ``parameters``, ``discount_rate`` and ``thresholds``; they
are checked against the evidence (:mod:`abm.scenario.place_entries`).
"""

from __future__ import annotations

from abm.conditions import CONDITIONS
from abm.evidence.entries import GRADES, PRICE_YEAR
from abm.evidence.place import OPTIONAL_TABLES, TABLES
from abm.limits import Number
from abm.scenario.kinds import REQUIRED, Choice, Flag, Key, Section, Several, Text
from abm.scenario.vocabulary import CURRENCY, NAME

CONDITION_NAMES = tuple(each.published_as for each in CONDITIONS if each.published_as)
OLDEST_START = 80  # a table of rates that begins later says nothing
YEAR_OF_MONEY = Text(7, rf"(?=19|2[0-2])({PRICE_YEAR})", "a year such as 2020 or 2023/24")
LINE = Text(1000)

SOURCES = Several(Text(500), 50, or_one=True)
PARAMETER_SOURCE = Section(
    {
        "source": Key(SOURCES, None, "where values come from: references, or keys of them"),
        "where": Key(LINE, None, "place in the source, and the arithmetic if there is any"),
        "grade": Key(Choice(GRADES), None, "how well they are known"),
    }
)
TABLE_SOURCE = Section(
    {
        "source": Key(LINE, REQUIRED, "where the table is from"),
        "licence": Key(LINE, REQUIRED, "the terms on which it may be used"),
        "date": Key(Text(40), REQUIRED, "the date or year of the table"),
        "note": Key(Text(2000), None, "what else is to be known of it"),
    }
)
WORDS = Section(
    {
        "people": Key(LINE, None, "who the people are, as in 'the adults of the town'"),
        "habits_source": Key(LINE, None, "where habits of activity are from"),
        "habits_used_for": Key(LINE, None, "what they are used for"),
        "habits_terms": Key(LINE, None, "on what terms"),
        "limits": Key(LINE, None, "a sentence on what the figures cannot say"),
        "costs": Key(LINE, None, "a sentence on what costs of care hold"),
    }
)
DEPRIVATION = Section(
    {
        str(fifth): Key(LINE, REQUIRED, f"what quintile {fifth} of deprivation means")
        for fifth in range(1, 6)
    }
)
# Keys whose content is checked against the evidence.
OF_ENTRIES = ("thresholds", "discount_rate", "parameters")
PLACE = Section(
    {
        "name": Key(NAME, REQUIRED, "a short name of the place"),
        "title": Key(Text(200), REQUIRED, "the place as reports print it"),
        "year": Key(
            Number(1900, 2300, "year of the calendar", whole=True), REQUIRED, "year of the tables"
        ),
        "currency": Key(CURRENCY, REQUIRED, "of all money of the place"),
        "price_year": Key(YEAR_OF_MONEY, REQUIRED, "year of the prices in which money is given"),
        "deprivation": Key(DEPRIVATION, REQUIRED, "what quintiles of deprivation 1 to 5 mean"),
        "tables": Key(
            Section(
                {
                    name: Key(
                        TABLE_SOURCE,
                        None if name in OPTIONAL_TABLES else REQUIRED,
                        f"where {name}.csv is from",
                    )
                    for name in TABLES
                }
            ),
            REQUIRED,
            "source, licence and date of each table",
        ),
        "first_age": Key(
            Section(
                {
                    name: Key(
                        Number(20, OLDEST_START, "years of age", whole=True),
                        None,
                        f"age from which on there are cases of {name}",
                    )
                    for name in CONDITION_NAMES
                }
            ),
            None,
            "ages from which on there are cases of conditions that set in late",
        ),
        "solved_incidence": Key(
            Several(Choice(CONDITION_NAMES), len(CONDITION_NAMES)),
            None,
            "conditions whose incidence is 0 in the table, as prevalence and deaths give it",
        ),
        "synthetic": Key(Flag(), False, "whether the place is made up"),
        "words": Key(WORDS, None, "words for reports"),
        "parameter_source": Key(
            PARAMETER_SOURCE, None, "source, where and grade of values that give none"
        ),
    }
)
