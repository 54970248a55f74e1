"""Scenario settings and evidence entries as labelled rows of text for the report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from analysis.words import in_words

# Labels with units for the keys of a scenario; other keys are printed as they are written.
LABELS = {
    "years": "years simulated",
    "start_year": "first year",
    "persons": "persons simulated",
    "seed": "seed",
    "step_months": "step [months]",
    "ages": "ages [from, to)",
    "represents": "real persons represented",
    "microdata": "survey file",
    "entrants": "new 20-year-olds every year",
    "met_hours_below": "reported dose below [marginal MET-h/week]",
    "bmi_above": "body mass index above [kg/m²]",
    "deprivation": "quintiles of deprivation (1 most)",
    "ramp_years": "years until full reach",
    "reach": "reach [share of the eligible offered it]",
    "uptake": "uptake [share of the offered who start]",
    "moderate": "moderate activity [min/week]",
    "vigorous": "vigorous activity [min/week]",
    "resistance": "resistance exercise [min/week]",
    "endurance": "prolonged endurance [min/week]",
    "raises_to": "raises habitual dose to [marginal MET-h/week]",
    "build_up_months": "months to the full dose",
    "quit_12_weeks": "quit within 12 weeks [share]",
    "half_life_years": "half-life of later adherence [years]",
    "stays": "never quit [share]",
    "rejoin_per_year": "rejoin [per year]",
    "il6_signalling": "IL-6 signalling while adherent [ratio]",
    "currency": "currency of what policies cost",
    "per_person_offered": "cost per person offered",
    "per_participant": "cost per participant",
    "per_participant_year": "cost per participant and year delivered",
    "delivery_months": "months delivered from each start",
    "per_resident_year": "cost per resident and year",
    "fixed_per_year": "fixed cost per year",
    "budget_per_year": "budget per year",
    "capacity_per_year": "new places per year",
}

OLDEST = 150  # knots above are no ages
# Entries whose tables are by whole years since the event, or the diagnosis.
BY_YEARS_SINCE = ("cost_later_year", "social_care_later_year", "excess_by_year")


# People and money, written as in the rest of the report.
MONEY = (
    "per_person_offered", "per_participant", "per_participant_year", "per_resident_year",
    "fixed_per_year", "budget_per_year",
)  # fmt: skip
COUNTED = frozenset({
    "persons", "represents", "capacity_per_year", "willingness_to_pay", *MONEY
})  # fmt: skip


def flat_rows(tree: Mapping[str, Any], *, plain_keys: bool = False) -> list[dict[str, str]]:
    """Flatten nested settings to labelled rows, leaving out what is not set.

    Examples
    --------
    >>> flat_rows({"adds": {"moderate": 90}, "end": None})
    [{'label': 'adds: moderate activity [min/week]', 'text': '90'}]
    >>> flat_rows({"reach": {"value": 0.4, "low": 0.2, "high": 0.6}})[0]["text"]
    '0.4 (95 % interval 0.2 to 0.6)'
    >>> flat_rows({"cost": {"per_participant": 45, "currency": "USD"}})[0]["label"]
    'cost: cost per participant [USD]'
    """
    rows = []
    for key, content in tree.items():
        label = str(key) if plain_keys else LABELS.get(key, str(key).replace("_", " "))
        if isinstance(content, Mapping) and set(content) == {"value", "low", "high"}:
            value, low, high = (_as_text(content[part]) for part in ("value", "low", "high"))
            rows.append({"label": label, "text": f"{value} (95 % interval {low} to {high})"})
        elif isinstance(content, Mapping):
            nested = _in_currency(flat_rows(content, plain_keys=plain_keys), content)
            rows += [{"label": f"{label}: {row['label']}", "text": row["text"]} for row in nested]
        elif content is not None and content != "":
            counted = key in COUNTED and isinstance(content, (int, float))
            text = in_words(content, 12) if counted else _as_text(content)
            rows.append({"label": label, "text": text})
    return rows


def _in_currency(rows: list[dict[str, str]], cost: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return rows with the currency, where there is one, beside every amount of money."""
    if not isinstance(cost.get("currency"), str):
        return rows
    amounts = {LABELS[key] for key in MONEY}
    return [
        row | {"label": f"{row['label']} [{cost['currency']}]"} if row["label"] in amounts else row
        for row in rows
    ]


def sources_of(source: Any) -> list[str]:
    """Return the sources a scenario names, one text each."""
    if not source:
        return []
    return [source] if isinstance(source, str) else [str(part) for part in source]


def _as_text(content: Any) -> str:
    if isinstance(content, bool):
        return "yes" if content else "no"
    if isinstance(content, (list, tuple)):
        shown = [_as_text(part) for part in content[:12]]
        return ", ".join(shown) + (f" and {len(content) - 12} more" if len(content) > 12 else "")
    if isinstance(content, float):
        return f"{content:.6g}"
    return str(content)


def _kind_of_table(path: str, content: Mapping[Any, Any]) -> str:
    """Say by what a table of the evidence is ordered: age, years since an event, or the calendar.

    Examples
    --------
    >>> _kind_of_table("economics.price_index", {2022: 1.02, 2023: 1.0})
    'table by calendar year'
    """
    if min(map(float, content)) > OLDEST:
        return "table by calendar year"
    since = any(f"{name}." in path for name in BY_YEARS_SINCE)
    return "table by years since the event" if since else "table by age"


def assumed_row(entry: Any) -> dict[str, str]:
    """Return what the report prints of an entry without a source read, an object or a mapping."""
    known = entry if isinstance(entry, Mapping) else vars_of(entry)
    content = known["value"]
    table = isinstance(content, Mapping)
    text = _kind_of_table(str(known["path"]), content) if table else _as_text(content)
    return {
        "path": str(known["path"]),
        "text": text,
        "unit": str(known["unit"]),
        "grade": str(known.get("grade", "assumed")),
        "description": str(known["description"]),
    }


def vars_of(entry: Any) -> dict[str, Any]:
    """Return the attributes of an evidence entry that the report prints."""
    names = ("path", "value", "unit", "grade", "description")
    return {name: getattr(entry, name) for name in names if hasattr(entry, name)}
