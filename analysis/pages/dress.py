"""Pages from templates: one base, everything escaped, nothing loaded from anywhere."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from analysis.words import NO_BREAK

SHARED = Path(__file__).parent
SPLIT = re.compile(r"(?<=\d) (?=%|000\b)")
FLAG = re.compile(r"(?<![\w-])(--[a-z][a-z-]*)")


def page_from(template: Path, **values: Any) -> str:
    """Return a page made of a template that extends ``base.html``.

    Parameters
    ----------
    template
        The file; what it includes is looked for beside it, then among what all pages share.
    values
        What the template prints. Text is escaped; a name that is missing is an error.
    """
    environment = Environment(
        loader=FileSystemLoader([template.parent, SHARED]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["flags"] = with_flags_whole
    environment.filters["whole"] = with_numbers_whole
    return environment.get_template(template.name).render(**values)


def with_flags_whole(text: str) -> Markup:
    """Return escaped text in which no line breaks within an option such as ``--draws``.

    Examples
    --------
    >>> str(with_flags_whole("it takes <500> (--draws 500)"))
    'it takes &lt;500&gt; (<span class="flag">--draws</span> 500)'
    """
    return Markup(FLAG.sub(r'<span class="flag">\1</span>', str(escape(text))))


def with_numbers_whole(text: str) -> str:
    """Return text in which no line breaks within 100 000 or before the sign of per cent.

    Examples
    --------
    >>> with_numbers_whole("95 % of 100 000 in 10 days").replace(NO_BREAK, "_")
    '95_% of 100_000 in 10 days'
    """
    return SPLIT.sub(NO_BREAK, text)
