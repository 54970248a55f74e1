"""The page that answers: tables, facts, inputs and script in one HTML text that loads nothing."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from abm.results.effects_table import EffectsTable
from abm.results.scales import PER_100_000, REPRESENTED
from abm.version import __version__
from analysis.explore import fields
from analysis.explore.facts import own_wish, priced, reading
from analysis.explore.money import no_money
from analysis.explore.notes import notes_of
from analysis.explore.quantities import HELD, MONEY, described, labelled
from analysis.explore.shown import Shown
from analysis.pages.dress import SHARED, page_from
from analysis.words import with_interval

FOLDER = Path(__file__).parent / "page"
# In the order in which they are read.
SCRIPTS = (
    "table", "cells", "starts", "answer", "fit", "levels", "words", "chart", "settings", "results",
    "main",
)  # fmt: skip
OF_THE_SERVER = "asking"
BY_GROUP = (*HELD[:-3], "offered", "started")


def render(policies: Sequence[Shown], *, server: bool = False) -> str:
    """Return the page of some policies, one to be chosen at a time, or two side by side.

    Parameters
    ----------
    policies
        At least one; the first is shown first.
    server
        Whether the page may ask the program that serves it.
    """
    tables = [each.table for each in policies]
    script, style = _script(server), _style()
    titles = _titles(tables)
    told = [_policy(each, f"p{k}", title) for k, (each, title) in enumerate(
        zip(policies, titles, strict=True))]  # fmt: skip
    moneyless = no_money([each.scenario for each in tables])
    for each in told:
        each["money"] = not moneyless
    facts = {"policies": told, "quantities": described(), "server": server}
    alone = tables[0].scenario.description if len(tables) == 1 else ""
    return page_from(
        FOLDER / "page.html", plain=_plain, loop_index=lambda key: key.replace(".", "-"),
        policy_of_content=_content_policy(script, style, server), style=Markup(style),
        script=Markup(script), facts=Markup(_json_in_html(facts)), server=server,
        title=", or ".join(titles), description=alone,
        policies=[
            {"id": own["id"], "title": own["title"], "table": _base64(each.pack.content),
             "levels": each.levels and _base64(each.levels.content)}
            for own, each in zip(told, policies, strict=True)
        ],
        groups=fields.groups(tables, None if moneyless else currency_of(tables[0])),
        moneyless=moneyless, levelled=any(each.levels for each in policies),
        aggregated=any(each.cells for each in policies), conditions=fields.condition_labels(),
        static=[_static(*each, not moneyless) for each in zip(tables, titles, strict=True)],
        quantities=described(),
        by_group=[name for name in BY_GROUP if not (moneyless and name in MONEY)],
        notes=notes_of(policies, titles), version=__version__,
    )  # fmt: skip


def currency_of(table: EffectsTable) -> str:
    """Return the currency of all money of the page, that of the place."""
    return table.scenario.place.currency


def _plain(number: float) -> str:
    """Return a number as an attribute of an input takes it.

    Examples
    --------
    >>> _plain(100.0), _plain(0.25), _plain(2e10)
    ('100', '0.25', '20000000000')
    """
    return str(int(number)) if number == int(number) else str(number)


# What the page is told


def _policy(each: Shown, key: str, title: str) -> dict[str, Any]:
    table, threshold = each.table, each.table.parameters["economics.willingness_to_pay"]
    own = own_wish(table, float(threshold))
    return {
        "id": key, "title": title, "seed": table.seed,
        "currency": currency_of(table), "priced": priced(table), "own": own,
        "header": {**each.pack.header, **reading(table), "horizon": table.horizon},
        "fit": each.fit, "levels": each.levels and each.levels.header,
        "limits": (each.fit or {}).get("most") or {},
        "scenario": each.scenario.to_dict(),
    }  # fmt: skip


def _titles(tables: Sequence[EffectsTable]) -> list[str]:
    """Return what policies are called: by scenario, and by name where that repeats."""
    plain = [_title_of(each) for each in tables]
    return [
        f"{title}: {each.policy.name}" if plain.count(title) > 1 else title
        for title, each in zip(plain, tables, strict=True)
    ]


def _title_of(table: EffectsTable) -> str:
    return table.scenario.title or table.scenario.name


def _static(table: EffectsTable, title: str, money: bool) -> dict[str, Any]:
    """Return the policy's own answer as a table for those without a script."""
    answer = table.answer()
    scale = REPRESENTED if REPRESENTED in answer.scales else PER_100_000
    rows = [
        (labelled(row.outcome), with_interval(row.value, row.lower, row.upper))
        for row in answer.table(scale).itertuples()
        if row.outcome in (*HELD[:-3], "offered", "started", "policy_cost", "net_cost")
        and (money or row.outcome not in MONEY)
    ]
    said = "for the people represented" if scale == REPRESENTED else "per 100 000 people"
    return {"title": title, "rows": rows, "scale": said}


# Bytes and safety


def _script(server: bool) -> str:
    names = [*SCRIPTS[:-1], *([OF_THE_SERVER] if server else []), SCRIPTS[-1]]
    parts = [(FOLDER / f"{name}.js").read_text("utf-8") for name in names]
    return '(() => {\n"use strict";\n' + "\n".join(parts) + "})();\n"


def _style() -> str:
    """Return the colours of all pages, and what this one adds."""
    files = (SHARED / "colours.css", FOLDER / "page.css")
    return "".join(each.read_text("utf-8") for each in files)


def _content_policy(script: str, style: str, server: bool) -> str:
    """Return what the browser may load: this script and this style, and nothing else."""
    asks = "'self'" if server else "'none'"
    return (
        f"default-src 'none'; script-src {_hashed(script)}; style-src {_hashed(style)}; "
        f"connect-src {asks}; base-uri 'none'; form-action 'none'"
    )


def _hashed(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def _json_in_html(facts: Mapping[str, Any]) -> str:
    """Return facts as JSON that no text in it can end early."""
    text = json.dumps(facts, separators=(",", ":"), allow_nan=False, ensure_ascii=True)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
