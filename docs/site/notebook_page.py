"""A notebook as the Markdown of a page: its text, its code, and what the code has shown."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

FENCE = "~~~~"  # not found in code or output, unlike backticks
NOT_OF_THE_PAGE = re.compile(r"<style.*?</style>|(?<=<table)[^>]*", re.DOTALL)  # pandas' own looks
DOWNLOAD = "[This page as a notebook](<{name}>), to run it yourself.\n"


def page_of(notebook: str, name: str) -> str:
    """Return the page of a notebook, given as its JSON; ``name`` is that of its file."""
    parts = [part for cell in json.loads(notebook)["cells"] for part in _parts(cell)]
    return "\n\n".join([*parts, DOWNLOAD.format(name=name)])


def _parts(cell: dict[str, Any]) -> Iterator[str]:
    source = "".join(cell["source"])
    if cell["cell_type"] == "markdown":
        yield source
    else:
        yield _fenced(source, "python")
        yield from map(_shown, cell["outputs"])


def _shown(output: dict[str, Any]) -> str:
    """Return an output in the richest form that it has."""
    data = {kind: "".join(text) for kind, text in output.get("data", {}).items()}
    if "image/png" in data:
        return f"![What the code above draws](data:image/png;base64,{data['image/png'].strip()})"
    if "text/html" in data:
        return NOT_OF_THE_PAGE.sub("", data["text/html"])
    return _fenced(data.get("text/plain") or "".join(output["text"]), "text")


def _fenced(text: str, language: str) -> str:
    return f"{FENCE}{language}\n{text.rstrip()}\n{FENCE}"
