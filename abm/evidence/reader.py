"""Read the evidence folder: entry files (YAML) and the figures beside them (CSV).

The entry files, and those of bundled places, keep to a small part of YAML: nested mappings indented
by two spaces, one value per line, lists and mappings of plain scalars in one line. Reading just
that part takes a tenth of the time of a full YAML parser, and the tests hold both against each
other. What the entries mean is decided in :mod:`abm.evidence.entries`.
"""

import csv
import re
from functools import cache
from pathlib import Path
from typing import Any

EVIDENCE_FOLDER = Path(__file__).parent

_LINE = re.compile(r"^((?:  )*)([A-Za-z0-9_]+):(?: +(\S.*))?$")
_COMMENT = re.compile(r"\s+#.*$")
_NUMBER = re.compile(r"^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$")


def read_tree(path: Path) -> dict[str, Any]:
    """Read one entry file into nested dictionaries.

    Raises
    ------
    ValueError
        If a line is outside the supported part of YAML, is indented by more than one step, or
        repeats a key; the message names file and line.
    """
    tree: dict[str, Any] = {}
    open_mappings = [tree]
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _LINE.match(_COMMENT.sub("", line))
        if match is None:
            raise ValueError(f"{path.name}:{number}: expected 'key: value', found {line.strip()!r}")
        depth, key = len(match[1]) // 2, match[2]
        if depth >= len(open_mappings):
            raise ValueError(f"{path.name}:{number}: {key} is indented too far")
        del open_mappings[depth + 1 :]
        mapping = open_mappings[depth]
        if key in mapping:
            raise ValueError(f"{path.name}:{number}: {key} is given twice")
        if match[3] is None:
            mapping[key] = {}
            open_mappings.append(mapping[key])
        else:
            mapping[key] = _value(match[3].strip())
    return tree


def _value(text: str) -> Any:
    """Read a number, a word, or a flow list or mapping of them."""
    if text.startswith("[") and text.endswith("]"):
        return [_scalar(item) for item in text[1:-1].split(",") if item.strip()]
    if text.startswith("{") and text.endswith("}"):
        pairs = (item.split(":", 1) for item in text[1:-1].split(","))
        return {_scalar(key): _scalar(value) for key, value in pairs}
    return _scalar(text)


def _scalar(text: str) -> float | str | bool:
    """Read a number or a truth where the text is one, otherwise return the text."""
    text = text.strip()
    if text in ("true", "false"):
        return text == "true"
    return float(text) if _NUMBER.match(text) else text


@cache
def evidence_table(name: str) -> dict[str, tuple[Any, ...]]:
    """Return the columns of one CSV of the evidence folder; lines starting with # are comments.

    Parameters
    ----------
    name
        File name without its ending, such as ``activity_dose_response``.

    Returns
    -------
        One tuple per column: numbers where the whole column is numeric (an empty cell is NaN),
        otherwise text.

    Raises
    ------
    FileNotFoundError
        If there is no such table; the message lists those that exist.
    """
    path = EVIDENCE_FOLDER / f"{name}.csv"
    if not path.is_file():
        names = ", ".join(sorted(file.stem for file in EVIDENCE_FOLDER.glob("*.csv")))
        raise FileNotFoundError(f"no evidence table {name!r}; there are {names}")
    lines = path.read_text(encoding="utf-8").splitlines()
    return read_table("\n".join(line for line in lines if not line.startswith("#")))


def read_table(text: str) -> dict[str, tuple[Any, ...]]:
    """Return the columns of a CSV whose first line is its header; empty lines do not count."""
    rows = [row for row in csv.reader(text.splitlines()) if row]
    return {head: _column(cells) for head, *cells in zip(*rows, strict=True)}


def _column(cells: list[str]) -> tuple[Any, ...]:
    """Turn a column into numbers if every filled cell is one and at least one is filled."""
    filled = [cell for cell in cells if cell]
    if filled and all(_NUMBER.match(cell) for cell in filled):
        return tuple(float(cell) if cell else float("nan") for cell in cells)
    return tuple(cells)


_BEGINNING = re.compile(r"^(?=@)", re.MULTILINE)
_REFERENCE = re.compile(r"@(\w+)\{([^\s,{}]+),\n(.*?)\n\}", re.DOTALL)
_FIELD = re.compile(r"^[ \t]+(\w+)\s*=\s*(?:\{(.*)\}|(\w+)),?$", re.MULTILINE)


@cache
def references() -> dict[str, dict[str, str]]:
    """Return the entries of ``references.bib``: fields by key, one field per line in the file.

    Raises
    ------
    ValueError
        If a key occurs twice.
    """
    return references_in((EVIDENCE_FOLDER / "references.bib").read_text(encoding="utf-8"))


def references_in(text: str) -> dict[str, dict[str, str]]:
    """Return the entries of a bibliography by key; ValueError if a key occurs twice."""
    found: dict[str, dict[str, str]] = {}
    # Entry by entry: a search in the whole text would begin anew at every one that is not closed.
    entries = _BEGINNING.split(text.replace("\r\n", "\n"))
    for kind, key, body in (match.groups() for match in map(_REFERENCE.match, entries) if match):
        if key in found:
            raise ValueError(f"references.bib: {key} is given twice")
        fields = {name: braced.strip("{}") or bare for name, braced, bare in _FIELD.findall(body)}
        found[key] = {"type": kind, **fields}
    return found
