"""The outcomes that tables, figures and pages show: their order and their names.

Both follow from the table of conditions, which is looked up at each call. An outcome is the name of
a disease, ``deaths``, or ``deaths.NAME`` for one cause; tables of effects write ``incidence.NAME``
for a disease.
"""

from collections.abc import Iterable

from abm import conditions
from abm.limits import spaced
from abm.results.units import events_of

DEATHS = "deaths"

# Health and money, as abm.results.economics calls them.
ECONOMIC_LABELS = {
    "dalys_averted": "DALYs averted",
    "dalys_averted_undiscounted": "DALYs averted, undiscounted",
    "qalys_gained": "QALYs gained",
    "care_cost_averted": "health-care savings",
    "social_care_averted": "social-care savings",
    "policy_cost": "intervention cost",
    "net_cost": "net cost",
    "cost_per_qaly": "cost per QALY",
    "qalys_gained_if_active": "QALYs gained, plus the first year's gain from being active",
    "net_benefit": "incremental net monetary benefit",
}
NET_BENEFIT_AT = "net_benefit_"


def economic_label(measure: str, currency: str = "") -> str:
    """Return the name of a measure of health or money.

    Examples
    --------
    >>> economic_label("net_benefit_50000", "USD"), economic_label("net_cost", "USD")
    ('incremental net monetary benefit at 50 000 USD per QALY', 'net cost')
    """
    threshold = measure.removeprefix(NET_BENEFIT_AT)
    if threshold == measure:
        return ECONOMIC_LABELS[measure]
    unit = f"{currency} per QALY" if currency else "a QALY"
    return f"{ECONOMIC_LABELS['net_benefit']} at {spaced(int(threshold))} {unit}"


def diseases() -> list[str]:
    """Return the names of the diseases, in the order of the table of conditions."""
    return [each.name for each in conditions.CONDITIONS if each.is_disease]


def events() -> list[str]:
    """Return the events that figures and pages show: the diseases, then deaths."""
    return [*diseases(), DEATHS]


def headline_outcomes() -> list[str]:
    """Return the same events as tables of effects write them.

    Examples
    --------
    >>> headline_outcomes()[1], headline_outcomes()[-1]
    ('incidence.stroke', 'deaths')
    """
    return [*(f"incidence.{disease}" for disease in diseases()), DEATHS]


def causes_of_death() -> list[str]:
    """Return the outcomes that count deaths by cause."""
    return [f"{DEATHS}.{each.name}" for each in conditions.CONDITIONS]


def can_befall(outcome: str, sex: str) -> bool:
    """Return whether an outcome can befall a sex; what is no disease befalls both."""
    sexes = {each.name: each.sex for each in conditions.CONDITIONS}
    return sexes.get(outcome, "both") in ("both", sex)


def label(outcome: str) -> str:
    """Return an outcome's name for people.

    Examples
    --------
    >>> label("incidence.type_2_diabetes"), label("deaths.other_cancer"), label("life_years")
    ('type 2 diabetes', 'deaths from other cancers', 'life years')
    >>> label("episodes.depression")
    'episodes of depression'
    """
    kind, _, name = outcome.rpartition(".")
    labels = {each.name: each.label for each in conditions.CONDITIONS}
    if kind == "episodes" and name in labels:
        return f"{kind} of {labels[name]}"
    if kind not in ("", "incidence", DEATHS) or name not in labels:
        return outcome.removeprefix("incidence.").replace("_", " ")
    return f"{DEATHS} from {labels[name]}" if kind == DEATHS else labels[name]


def counted(outcome: str, number: str = "") -> str:
    """Return what a number of an outcome's events counts: one event where it is written "1".

    Examples
    --------
    >>> counted("stroke"), counted("depression", "2.5"), counted("deaths")
    ('cases of stroke', 'first episodes of depression', 'deaths')
    >>> counted("stroke", "1"), counted("deaths", "1")
    ('case of stroke', 'death')
    """
    events = DEATHS if outcome == DEATHS else events_of(outcome)
    events = events.removesuffix("s") if number == "1" else events
    return events if outcome == DEATHS else f"{events} of {label(outcome)}"


def row_label(outcome: str) -> str:
    """Return an outcome's name as the first words of a row.

    Examples
    --------
    >>> row_label("incidence.depression"), row_label("deaths"), row_label("deaths.stroke")
    ('Depression (first episodes)', 'Deaths, all causes', 'Stroke')
    """
    if outcome == DEATHS:
        return "Deaths, all causes"
    cause = outcome.removeprefix(f"{DEATHS}.")
    name = label(cause)
    name = name[:1].upper() + name[1:]
    events = events_of(outcome)
    return name if cause != outcome or events == "cases" else f"{name} ({events})"


def not_cases(names: Iterable[str] | None = None) -> str:
    """Name the diseases whose events are not called cases, with what they are called.

    Examples
    --------
    >>> not_cases()
    'depression: first episodes'
    """
    shown = diseases() if names is None else names
    return "; ".join(
        f"{label(name)}: {events_of(name)}" for name in shown if events_of(name) != "cases"
    )
