"""How sure a run's effects are, written out for its report."""

from __future__ import annotations

from typing import Any

from analysis.plots.style import DISEASES, capitalised, disease_name, in_words, with_interval

NO_BREAK = "\N{NO-BREAK SPACE}"
EVENTS = (*DISEASES, "deaths")


def sure_rows(sure: Any, effects: Any) -> list[dict[str, str]]:
    """Return, per event, what is not sure about its effect and what precision would cost.

    Parameters
    ----------
    sure
        Table of :func:`analysis.certainty.precision.uncertainty`, or None.
    effects
        The effects, for the scale per 100 000 persons.
    """
    from analysis.plots.effect_tables import per_100k

    rows = []
    scale = 0.0 if sure is None else per_100k(effects)
    for row in [] if sure is None else sure.to_dict("records"):
        outcome = str(row["outcome"]).removeprefix("incidence.")
        if outcome in EVENTS and not missing(row["standard_error"]):
            rows.append(
                {
                    "name": outcome_name(outcome),
                    "noise": with_interval(
                        *(scale * row[end] for end in ("estimate", "lower", "upper"))
                    ),
                    "parameter": _between(
                        *(scale * row[f"parameter_{end}"] for end in ("lower", "upper"))
                    ),
                    "goal": f"{100 * row['precision']:g}",
                    "seeds": _whole(row["seeds_needed"]),
                    "persons": _whole(row["persons_needed"]),
                }
            )
    return rows


def _between(lower: float, upper: float) -> str:
    return "" if missing(lower) else f"{in_words(float(lower), 2)} to {in_words(float(upper), 2)}"


def _whole(number: float) -> str:
    return "" if missing(number) else f"{number:,.0f}".replace(",", NO_BREAK)


def outcome_name(outcome: str) -> str:
    """Return an outcome's name as the first word of a row."""
    names = {"deaths": "Deaths, all causes", "depression": "Depression (episodes)"}
    cause = outcome.removeprefix("deaths.")
    return names.get(
        outcome, capitalised(disease_name("other causes" if cause == "other" else cause))
    )


def missing(number: Any) -> bool:
    """Return whether there is no number."""
    return number is None or number != number
