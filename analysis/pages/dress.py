"""Pages from templates: one base, everything escaped, nothing loaded from anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

SHARED = Path(__file__).parent


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
    return environment.get_template(template.name).render(**values)
