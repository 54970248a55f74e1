"""One self-contained page per run: what was done, what came out, how sure, and what it is not.

The words live in ``template.html``; this module turns a result into the values the
template prints. The page loads nothing from anywhere: figures are inline SVG, styles inline.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from abm.running.output import write_whole
from analysis.plots.files import RenderedFigure, render_figures
from analysis.plots.style import (
    DISEASES,
    MINUS,
    disease_name,
    in_words,
    joined,
    with_interval,
)
from analysis.plots.titles import EXPECTED_IN_WORDS
from analysis.report.certainty import EVENTS, NO_BREAK, missing, outcome_name, sure_rows
from analysis.report.settings import assumed_row, flat_rows, sources_of
from analysis.report.worth import worth_rows

TEMPLATE = "template.html"
HEADLINE_OUTCOMES = 3
CAUSES = tuple(f"deaths.{cause}" for cause in (*DISEASES, "other"))

# Fallback for callers that pass no sources of their own.
DATA_SOURCES = (
    {
        "name": "Global Burden of Disease Study 2021 (IHME)",
        "used_for": "incidence, prevalence and excess mortality by age and sex, United Kingdom",
        "terms": "IHME free-of-charge non-commercial user agreement",
    },
    {
        "name": "United Nations, World Population Prospects",
        "used_for": "population and deaths by age and sex, United Kingdom 2019",
        "terms": "CC BY 3.0 IGO",
    },
    {
        "name": "Health Survey for England (NHS England)",
        "used_for": "activity habits, standing for the whole United Kingdom",
        "terms": "Open Government Licence v3.0",
    },
    {
        "name": "Garcia and others 2023; Pearce and others 2022 (dose-response meta-analyses)",
        "used_for": "relative risks by dose of activity",
        "terms": "published results, cited",
    },
)


def write_report(
    result: Any,
    path: str | os.PathLike[str],
    *,
    assumed: Iterable[Any] = (),
    figures: Sequence[RenderedFigure] | None = None,
    sources: Iterable[Mapping[str, str]] = DATA_SOURCES,
    sure: Any = None,
    worth: Any = None,
) -> Path:
    """Write the report of a run as one HTML file.

    Parameters
    ----------
    result
        Result with outcomes, effects, il6_histogram, scenario and manifest.
    path
        The file to write.
    assumed
        Evidence entries of grade "assumed": objects or mappings with path, value, unit and
        description.
    figures
        Figures already rendered, to draw them only once; rendered here when left out.
    sources
        Data sources, each with name, used_for and terms.
    sure
        Table of :func:`analysis.certainty.precision.uncertainty`.
    worth
        The table ``result.economics``.

    Returns
    -------
        The path written.
    """
    page = render_report(
        result, assumed=assumed, figures=figures, sources=sources, sure=sure, worth=worth
    )
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    write_whole(target, page.encode())
    return target


def render_report(
    result: Any,
    *,
    assumed: Iterable[Any] = (),
    figures: Sequence[RenderedFigure] | None = None,
    sources: Iterable[Mapping[str, str]] = DATA_SOURCES,
    sure: Any = None,
    worth: Any = None,
) -> str:
    """Return the report of a run as HTML text; parameters as of :func:`write_report`."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    drawn = render_figures(result) if figures is None else figures
    inline = [
        {
            "name": figure.name,
            "finding": figure.finding,
            "note": figure.note,
            "svg": Markup(inline_svg(figure.svg.decode(), figure.name)),
        }
        for figure in drawn
    ]
    return environment.get_template(TEMPLATE).render(
        figures=inline,
        sources=list(sources),
        sure=sure_rows(sure, result.effects),
        worth=worth_rows(worth),
        **report_values(result, list(assumed)),
    )


def report_values(result: Any, assumed: list[Any]) -> dict[str, Any]:
    """Return everything the template prints except the figures."""
    scenario = result.scenario
    resolved = scenario.to_dict()
    policies = [
        flat_rows({key: part for key, part in policy.items() if key != "name"})
        for policy in resolved.get("policies", ())
    ]
    described = {"policies", "name", "title", "description", "source", "intervals", "parameters"}
    setting = {key: value for key, value in resolved.items() if key not in described}
    events = effect_rows(result.effects)
    return {
        "title": scenario.title or scenario.name,
        "name": scenario.name,
        "description": scenario.description,
        "source": sources_of(scenario.source),
        "headline": headline(result),
        "setting": flat_rows(setting),
        "policies": [
            {"name": policy.name, "rows": rows}
            for policy, rows in zip(scenario.policies, policies, strict=True)
        ],
        "overrides": flat_rows(resolved.get("parameters") or {}, plain_keys=True),
        "events": events,
        "causes": effect_rows(result.effects, CAUSES),
        "life_years": life_years_gained(result.effects),
        "means": mean_rows(result.effects),
        "has_draws": any(row["parameter"] for row in events),
        "shares": [row for row in events if row["share_via_il6"]],
        "has_expected": any(row["expected"] for row in events),
        "expected_in_words": EXPECTED_IN_WORDS,
        "assumed": [assumed_row(entry) for entry in assumed],
        "warnings": list(result.manifest.get("warnings", ())),
        "manifest": flat_rows(
            {key: value for key, value in result.manifest.items() if key not in HIDDEN_FACTS},
            plain_keys=True,
        ),
        "command": command_line(result.manifest),
        "resolved": json.dumps(resolved, indent=2, ensure_ascii=False, default=str),
    }


# Shown elsewhere on the page.
HIDDEN_FACTS = {"warnings", "scenario", "command", "resolved_scenario"}


def headline(result: Any) -> list[str]:
    """Return one to three plain sentences: what the run found, first of all.

    Without policies they describe the baseline; with them they name the largest effects whose
    Monte Carlo interval lies clear of zero, the deaths, and the change of resting IL-6.
    """
    years = result.scenario.years
    if not result.scenario.policies:
        return [
            f"This run has no policy: it shows what {years} years hold for the population as "
            "things stand."
        ]
    rows = effect_rows(result.effects)
    clear = [row for row in rows if row["clear"]]
    if not clear:
        text = (
            f"Over {years} years no outcome differs between the two worlds by more than the "
            "noise of the simulation."
        )
        return [text, *_il6_sentence(result.effects)]
    diseases = [row for row in clear if row["outcome"] not in ("deaths", "depression")]
    diseases.sort(key=lambda row: -abs(row["per_100k"]))
    chosen = diseases[:HEADLINE_OUTCOMES] + [row for row in clear if row["outcome"] == "depression"]
    chosen += [row for row in clear if row["outcome"] == "deaths"]
    parts = [_change_in_words(row) for row in chosen]
    return [
        f"Per 100 000 persons and over {years} years: {joined(parts)}"
        f"{', as expected from the risks met' if any(row['expected'] for row in chosen) else ''}.",
        *_il6_sentence(result.effects),
    ]


def _change_in_words(row: Mapping[str, Any]) -> str:
    number = in_words(round(abs(row["per_100k"]), 0 if abs(row["per_100k"]) >= 20 else 1), 4)
    side = "fewer" if row["per_100k"] > 0 else "more"
    what = {"deaths": "deaths", "depression": "episodes of depression"}.get(
        row["outcome"], f"cases of {disease_name(row['outcome'])}"
    )
    share = in_words(100 * abs(row["relative"]), 2)
    return f"{number} {side} {what} ({MINUS if row['per_100k'] > 0 else '+'}{share}{NO_BREAK}%)"


def _il6_sentence(effects: Any) -> list[str]:
    rows = effects[effects["outcome"].astype(str) == "il6.geometric_mean"]
    if rows.empty:
        return []
    row = rows.iloc[0]
    change = 100 * float(row["relative_change"])
    if change == 0:
        return ["Resting IL-6 is the same in both worlds."]
    return [
        f"Resting IL-6 (geometric mean) ends {in_words(abs(change), 2)} % "
        f"{'lower' if change < 0 else 'higher'} under the policy: "
        f"{float(row['policy']):.3f} against {float(row['baseline']):.3f} pg/mL."
    ]


def life_years_gained(effects: Any) -> str:
    """Return life-years gained per 100 000 persons with their interval, or nothing."""
    from analysis.plots.tables import forest

    rows = forest(effects, ["life_years"])
    if rows.empty:
        return ""
    gained = -rows.drop(columns="outcome").iloc[0].astype(float)
    return with_interval(gained["estimate"], gained["estimate_upper"], gained["estimate_lower"])


def effect_rows(effects: Any, outcomes: Sequence[str] = EVENTS) -> list[dict[str, Any]]:
    """Return one row per outcome that happened, numbers written out for a table.

    Counts are those of the run; ``interval`` and ``parameter`` are per 100 000 persons.
    """
    from analysis.plots.tables import event_effects, forest

    counts = event_effects(effects, outcomes)
    scaled = forest(effects, outcomes)
    pairs = zip(counts.iterrows(), scaled.iterrows(), strict=True)
    return [
        _effect_row(effect, scale)
        for (_, effect), (_, scale) in pairs
        if effect["baseline"] or effect["policy"]
    ]


def _effect_row(effect: Any, scale: Any) -> dict[str, Any]:
    def written(name: str) -> str:
        number = effect.get(name)
        return "" if missing(number) else in_words(round(float(number)), 12)

    has_draws = not missing(scale.get("parameter_lower"))
    clear = bool(scale["estimate_lower"] > 0 or scale["estimate_upper"] < 0)
    # A share of an effect that may be nought means nothing.
    share = effect.get("share_via_il6") if clear else None
    counted = [float(scale[name]) for name in ("averted_per_100k", "lower", "upper")]
    best = [float(scale[f"estimate{end}"]) for end in ("", "_lower", "_upper")]
    relative = float(effect["relative_change"])
    if scale["expected"] and effect["baseline"]:
        relative = -float(effect["expected_averted"]) / float(effect["baseline"])
    outcome = str(effect["outcome"])
    return {
        "outcome": outcome,
        "name": outcome_name(outcome),
        "per_100k": best[0],
        "relative": relative,
        "baseline": written("baseline"),
        "policy": written("policy"),
        "averted": written("averted"),
        "delayed": written("delayed"),
        "added": written("added"),
        "interval": with_interval(*counted),
        "expected": with_interval(*best) if scale["expected"] else "",
        "parameter": f"{in_words(float(scale['parameter_lower']), 2)} to "
        f"{in_words(float(scale['parameter_upper']), 2)}"
        if has_draws
        else "",
        "relative_change": in_words(100 * relative, 2, sign=True) + " %",
        "share_via_il6": "" if missing(share) else in_words(100 * float(share or 0), 2) + " %",
        "share_interval": ""
        if missing(share) or missing(effect.get("share_lower"))
        else f"{in_words(100 * float(effect['share_lower']), 2)} to "
        f"{in_words(100 * float(effect['share_upper']), 2)} %",
        "clear": clear,
    }


def mean_rows(effects: Any) -> list[dict[str, str]]:
    """Return the rows of effects that are means (no events), written out for a table."""
    from analysis.plots.tables import event_effects

    if "policy" not in effects:
        return []
    events = set(event_effects(effects)["outcome"])
    rows = []
    for _, effect in effects.iterrows():
        outcome = str(effect["outcome"])
        if outcome.removeprefix("incidence.") in events or not missing(effect.get("averted")):
            continue
        rows.append(
            {
                "name": MEANS.get(outcome, outcome),
                "baseline": in_words(float(effect["baseline"]), 4),
                "policy": in_words(float(effect["policy"]), 4),
                "relative_change": in_words(100 * float(effect["relative_change"]), 2, sign=True)
                + " %",
            }
        )
    return rows


MEANS = {
    "il6.geometric_mean": "Resting IL-6, geometric mean [pg/mL]",
    "crp.geometric_mean": "CRP, geometric mean [mg/L]",
    "il10.geometric_mean": "Resting IL-10, geometric mean [ratio to an inactive adult]",
    "tnf.geometric_mean": "TNF-alpha, geometric mean [ratio to an inactive adult]",
    "il6.spike_exposure": "Exposure to IL-6 spikes of bouts [hours at resting level per week]",
    "met_hours.mean": "Habitual activity, mean [marginal MET-h/week]",
    "meets_guideline": "Meeting the activity guideline [persons, reported dose]",
}


def command_line(manifest: Mapping[str, Any]) -> str:
    """Return the command that made the run, or nothing if the manifest does not say."""
    command = manifest.get("command", "")
    return command if isinstance(command, str) else " ".join(str(part) for part in command)


def inline_svg(svg: str, name: str) -> str:
    """Return an SVG file's drawing for use inside a page.

    Drops the prologue, the metadata and the fixed size, and puts the figure's name before every
    id, because the ids of several figures would otherwise meet in one page.
    """
    drawing = svg[svg.index("<svg") :]
    drawing = re.sub(r"<metadata>.*?</metadata>", "", drawing, flags=re.DOTALL)
    drawing = re.sub(r'\b(id|clip-path)="(?!url)', rf'\1="{name}-', drawing)
    drawing = re.sub(r"url\(#", f"url(#{name}-", drawing)
    drawing = re.sub(r'(xlink:href)="#', rf'\1="#{name}-', drawing)
    head, body = drawing.split(">", 1)
    head = re.sub(r'\s(width|height)="[^"]*"', "", head)
    return f'{head} role="img" aria-labelledby="{name}-caption">{body}'
