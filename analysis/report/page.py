"""One self-contained page per run: what was done, what came out, how sure, and what it is not.

The words live in ``template.html``; this module turns a result into the values the
template prints. The page loads nothing from anywhere: figures are inline SVG, styles inline.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from abm.evidence.entries import has_costs
from abm.results.effects import MEANS
from abm.running.output import write_whole
from analysis.certainty.draws_in_words import doubts_beside
from analysis.certainty.level_changes import ONE_SEED, Limits, limits_of_changes
from analysis.outcomes import causes_of_death, not_cases
from analysis.pages.dress import page_from
from analysis.pages.figures import on_page
from analysis.report.all_else_ends import at_both_ends
from analysis.report.balanced import in_short
from analysis.report.economics_rows import economics_rows, looks_ahead
from analysis.report.effect_rows import (
    effect_rows,
    life_years_gained,
    life_years_parameter,
    mean_rows,
)
from analysis.report.headline import headline
from analysis.report.net_factor_cells import net_factor_cells
from analysis.report.numbers import thin
from analysis.report.people import people_of
from analysis.report.place_rows import sources_of_place
from analysis.report.sections import sections
from analysis.report.setting_rows import assumed_row, flat_rows, sources_of
from analysis.report.shares import share_sentences
from analysis.report.survey_rows import survey_on_page
from analysis.report.uncertainty_rows import uncertainty_rows
from analysis.tables.effect_tables import with_scale
from analysis.tables.titles import EXPECTED_MEANS
from analysis.words import in_words

if TYPE_CHECKING:
    from analysis.plots.files import RenderedFigure

TEMPLATE = "template.html"
# Tables with intervals over draws, and the column that holds them.
WITH_DRAWS = {
    "events": "parameter", "causes": "parameter", "economics": "parameter",
    "net_factors": "interval",
}  # fmt: skip
# Shown elsewhere on the page.
HIDDEN_FACTS = {
    "warnings", "scenario", "command", "resolved_scenario", "net_factors_of_activity", "survey",
}  # fmt: skip



def write_report(
    result: Any,
    path: str | os.PathLike[str],
    *,
    assumed: Iterable[Any] = (),
    figures: Sequence[RenderedFigure] | None = None,
    sources: Iterable[Mapping[str, str]] | None = None,
    uncertainty: Any = None,
    economics: Any = None,
    tables: Mapping[str, Any] = MappingProxyType({}),
) -> Path:
    """Write the report of a run as one HTML file.

    Parameters
    ----------
    result
        Result with outcomes, effects, il6_histogram, scenario and manifest.
    path
        The file to write.
    assumed
        Evidence entries of grade "recalled" or "assumed": objects or mappings with path, value,
        unit, grade and description.
    figures
        Figures already rendered, to draw them only once; rendered here when left out. None at all
        (an empty sequence) is said to be what was asked for.
    sources
        Data sources, each with name, used_for and terms; default those of the scenario's place.
    uncertainty
        Table of :func:`analysis.certainty.precision.uncertainty`.
    economics
        The table ``result.economics``.
    tables
        Further tables beside the page, by the names of their files; what the page says of a
        decision is made from them, and it says where there is none.

    Returns
    -------
        The path written.
    """
    page = render_report(
        result,
        assumed=assumed,
        figures=figures,
        sources=sources,
        uncertainty=uncertainty,
        economics=economics,
        tables=tables,
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
    sources: Iterable[Mapping[str, str]] | None = None,
    uncertainty: Any = None,
    economics: Any = None,
    tables: Mapping[str, Any] = MappingProxyType({}),
) -> str:
    """Return the report of a run as HTML text; parameters as of :func:`write_report`."""
    if figures is None:
        from analysis.plots.files import render_figures

        figures = render_figures(result)
    place = result.scenario.place
    money = economics_rows(economics)
    intervals = uncertainty_rows(
        uncertainty, with_scale(result.effects, result.group_effects)
    )
    values = report_values(result, list(assumed))
    shown = {"economics": money, **values}
    return page_from(
        Path(__file__).with_name(TEMPLATE),
        figures=on_page(figures),
        sources=list(sources_of_place(place) if sources is None else sources),
        price_year=place.price_year,
        priced=has_costs(place),
        words=place.words,
        uncertainty=intervals,
        economics=money,
        doubts=_doubts(shown, int(result.manifest.get("draws", 0))),
        looks_ahead=looks_ahead(economics),
        headline=headline(result, economics, uncertainty),
        **sections(result, {"economics.csv": economics, **tables}),
        **values,
    )


def _doubts(tables: Mapping[str, Any], draws: int) -> dict[str, list[str]]:
    """Return what stands below each table of the page about its intervals over draws."""
    return {
        name: doubts_beside([row[column] for row in tables[name]], draws)
        for name, column in WITH_DRAWS.items()
    }


def report_values(result: Any, assumed: list[Any]) -> dict[str, Any]:
    """Return everything the template prints except the figures and the tables passed in."""
    return {
        **_scenario_values(result.scenario),
        **_effect_values(result),
        "all_else_ends": at_both_ends(
            result.effects, result.scenario.parameters, result.scenario.place
        ),
        "assumed": [assumed_row(entry) for entry in assumed],
        "warnings": [in_short(thin(each)) for each in result.manifest.get("warnings", ())],
        "survey": survey_on_page(result.manifest.get("survey")),
        "net_factors": net_factor_cells(result.manifest.get("net_factors_of_activity", ())),
        "manifest": flat_rows(
            {key: value for key, value in result.manifest.items() if key not in HIDDEN_FACTS},
            plain_keys=True,
        ),
        "command": command_line(result.manifest),
    }


def _scenario_values(scenario: Any) -> dict[str, Any]:
    """Return what the page says of the scenario."""
    resolved = scenario.to_dict()
    policies = [
        flat_rows({key: part for key, part in policy.items() if key != "name"})
        for policy in resolved.get("policies", ())
    ]
    described = {
        "policies", "name", "title", "description", "source", "not_valued", "intervals",
        "parameters",
    }  # fmt: skip
    setting = {key: value for key, value in resolved.items() if key not in described}
    return {
        "title": scenario.title or scenario.name,
        "name": scenario.name,
        "description": scenario.description,
        "source": sources_of(scenario.source),
        "source_from": scenario.source_from,
        "not_valued": scenario.not_valued,
        "setting": flat_rows(_with_both_currencies(setting, scenario.place.currency)),
        "represented": in_words(scenario.population.represents or 0.0, 12),
        "policies": [
            {"name": policy.name, "rows": rows}
            for policy, rows in zip(scenario.policies, policies, strict=True)
        ],
        "overrides": flat_rows(resolved.get("parameters") or {}, plain_keys=True),
        "resolved": json.dumps(resolved, indent=2, ensure_ascii=False, default=str),
    }


def _with_both_currencies(setting: Mapping[str, Any], of_place: str) -> dict[str, Any]:
    """Return settings in which the currency of policies is beside that of the page, if another."""
    valued = setting.get("economics", {})
    own = valued.get("currency", of_place)
    if own == of_place:
        return dict(setting)
    both = f"{own}; money on this page is in {of_place}, the currency of the place"
    return {**setting, "economics": {**valued, "currency": both}}


def _effect_values(result: Any) -> dict[str, Any]:
    """Return what the page says of the policies' effects."""
    effects = with_scale(result.effects, result.group_effects)
    people = people_of(result) if result.scenario.policies else None
    more = people.hundred_thousands if people else 0.0
    events = effect_rows(effects, hundred_thousands=more)
    return {
        "events": events,
        "causes": effect_rows(effects, causes_of_death(), more),
        "has_represented": bool(more),
        "has_several_seeds": result.tables.seeds > 1,
        "life_years": life_years_gained(effects),
        "life_years_represented": life_years_gained(effects, more) if more else "",
        "life_years_parameter": life_years_parameter(effects),
        "life_years_parameter_represented": life_years_parameter(effects, more) if more else "",
        "denominators": people.denominators if people else "",
        "means": mean_rows(effects, _limits_of_means(result)),
        "means_note": "" if result.tables.seeds > 1 else ONE_SEED,
        "has_draws": any(row["parameter"] for row in events)
        or bool(result.manifest.get("draws", 0)),
        "shares": [row for row in events if row["share_via_il6"]],
        "nothing_differs": all(row["best"] == "0" for row in events),
        "share_sentences": share_sentences(events),
        "has_frozen_world": "share_via_il6" in effects,
        "has_expected": any(row["expected"] for row in events),
        "expected_means": EXPECTED_MEANS,
        "not_cases": not_cases(),
    }


def _limits_of_means(result: Any) -> dict[str, Limits]:
    """Return the Monte Carlo limits of what the policies change of the levels at the end."""
    return limits_of_changes(result.tables, MEANS) if result.scenario.policies else {}


def command_line(manifest: Mapping[str, Any]) -> str:
    """Return the command that made the run, or nothing if the manifest does not say."""
    command = manifest.get("command", "")
    return command if isinstance(command, str) else " ".join(str(part) for part in command)
