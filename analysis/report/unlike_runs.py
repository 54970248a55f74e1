"""In what the runs of a comparison differ: who is simulated and for how long, who may take part."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from abm.scenario.text import printable
from analysis.outcomes import label
from analysis.words import joined

# Who is simulated, for how long and with what evidence; how many only makes it more precise.
OF_RUNS = ("persons", "seeds", "overrides", "evidence_hash", "sources_hash")
OF_SCENARIOS = ("years", "start_year", "step_months")
OF_PRECISION = ("persons", "seeds")
SCALES_ONLY = ("represents",)  # numbers are compared per 100 000
SEXES = {"female": "women", "male": "men"}
LIMITS = {
    "met_hours_below": "reporting less than {} MET-hours a week",
    "bmi_above": "with a body mass index above {}",
}
PLACE, TABLES = "population.place", "place.tables"  # two folders may have one name
DIGITS = 8  # of a digest tell two folders apart
LONGEST_FACT = 60
LONGEST_RULE = 160
UNLIKE_TITLE = "Averted per 100 000 persons, in runs that differ by more than their policies"

Manifests = Mapping[str, Mapping[str, Any]]


def shared_facts(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return what runs of one comparison should have in common, by name."""
    scenario = _mapping(manifest.get("scenario"))
    population = _mapping(scenario.get("population"))
    facts = {fact: manifest.get(fact) for fact in OF_RUNS}
    facts |= {fact: scenario.get(fact) for fact in OF_SCENARIOS}
    facts |= {
        f"population.{key}": value for key, value in population.items() if key not in SCALES_ONLY
    }
    digest = _mapping(manifest.get("place")).get("digest")
    return facts | {TABLES: digest and str(digest)[:DIGITS]}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def unlike(manifests: Manifests) -> dict[str, str]:
    """Return the facts in which runs differ though a comparison wants them alike.

    Examples
    --------
    >>> unlike({"a": {"persons": 1000}, "b": {"persons": 2000}, "c": {"persons": 1000}})
    {'persons': '1000 in a and c, 2000 in b'}
    """
    facts = {name: shared_facts(manifest) for name, manifest in manifests.items()}
    if len({str(each.get(PLACE)) for each in facts.values()}) > 1:
        facts = {name: {**each, TABLES: None} for name, each in facts.items()}
    found = {}
    for fact in dict.fromkeys(fact for each in facts.values() for fact in each):
        having: dict[str, list[str]] = {}
        for name, each in facts.items():
            shown = json.dumps(each.get(fact), default=str, sort_keys=True)
            having.setdefault(shown, []).append(name)
        if len(having) > 1:
            found[fact] = ", ".join(
                f"{printable(shown, LONGEST_FACT)} in {joined(names)}"
                for shown, names in having.items()
            )
    return found


def unlike_in_words(differences: Mapping[str, str]) -> str:
    """Say in what the runs of a comparison differ beside their policies; nothing if they do not.

    Examples
    --------
    >>> unlike_in_words({"years": "10 in a, 20 in b"})
    'the runs differ by more than their policies: years 10 in a, 20 in b'
    """
    if not differences:
        return ""
    parts = "; ".join(f"{fact} {values}" for fact, values in differences.items())
    return f"the runs differ by more than their policies: {parts}"


def unlike_places(differences: Mapping[str, str]) -> str:
    """Say that the runs of a comparison are of unlike places; nothing if they are of one.

    Examples
    --------
    >>> unlike_places({"population.place": '"uk" in a, "my_town" in b'})  # doctest: +ELLIPSIS
    'runs of unlike places: "uk" in a, "my_town" in b; their people, ... differ with the policies'
    """
    places = differences.get(PLACE)
    if not places and TABLES in differences:
        places = f"of one name, with other tables ({differences[TABLES]})"
    if not places:
        return ""
    return (
        f"runs of unlike places: {places}; their people, rates and prices differ with the policies"
    )


def unlike_title(differences: Mapping[str, str]) -> str:
    """Return the title of a comparison of unlike runs: where and how long, where that differs."""
    told = {"places": differences.get(PLACE), "years": differences.get("years")}
    parts = [f"{name}: {values}" for name, values in told.items() if values]
    return f"{UNLIKE_TITLE} ({'; '.join(parts)})" if parts else UNLIKE_TITLE


def unlike_eligible(manifests: Manifests) -> str:
    """Say who may take part in each scenario, where that differs; nothing where it does not.

    Examples
    --------
    >>> policies = [[{"eligible": {"sex": sex, "bmi_above": None}}] for sex in ("both", "male")]
    >>> runs = {name: {"scenario": {"policies": each}} for name, each in zip("ab", policies)}
    >>> unlike_eligible(runs)
    'who may take part differs: everybody in a; men in b'
    """
    having: dict[str, list[str]] = {}
    for name, manifest in manifests.items():
        policies = _mapping(manifest.get("scenario")).get("policies") or ()
        rules = dict.fromkeys(_rule(_mapping(policy).get("eligible")) for policy in policies)
        having.setdefault(" or ".join(rules), []).append(name)
    if len(having) < 2:
        return ""
    parts = [
        f"{printable(rule, LONGEST_RULE)} in {joined(names)}" for rule, names in having.items()
    ]
    return f"who may take part differs: {'; '.join(parts)}"


def _rule(eligible: Any) -> str:
    """Return whom a policy may be offered to, in words.

    Examples
    --------
    >>> _rule({"ages": [50, 85], "met_hours_below": 8.75, "deprivation": [1, 2]})
    'aged 50 to 84, reporting less than 8.75 MET-hours a week, in fifths 1 and 2 of deprivation'
    """
    chosen = {
        key: value
        for key, value in _mapping(eligible).items()
        if value is not None and (key, value) != ("sex", "both")
    }
    return ", ".join(_condition(key, value) for key, value in chosen.items()) or "everybody"


def _condition(key: str, value: Any) -> str:
    """Return one condition of who may take part; as the scenario has it where that is odd."""
    if key == "ages" and isinstance(value, list | tuple) and len(value) == 2:
        return f"aged {value[0]} to {value[1] - 1}"
    if key == "sex" and value in SEXES:
        return SEXES[value]
    if key == "deprivation" and isinstance(value, list | tuple) and value:
        fifths = joined([str(each) for each in value])
        return f"in fifth{'s' if len(value) > 1 else ''} {fifths} of deprivation"
    if key == "diseases" and isinstance(value, list | tuple) and value:
        return f"with {' or '.join(label(str(each)).lower() for each in value)}"
    if key in LIMITS and not isinstance(value, Mapping):
        return LIMITS[key].format(value)
    return f"{key} {json.dumps(value, default=str)}".replace('"', "")
