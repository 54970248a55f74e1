"""The ledger: every model parameter, printed with its source and grade."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from abm.evidence.entries import GRADES, UNCHECKED, Entry, Value, load_evidence
from abm.evidence.place import Place, bundled_place
from abm.evidence.reader import references

COLUMNS = (
    "unit", "price_year", "low", "high", "distribution", "table_uncertainty", "drawn_with",
    "remainder_of", "minimum", "maximum", "grade", "group", "label", "description", "source",
    "where",
)  # fmt: skip


def ledger_lines(
    assumed_only: bool = False, cites: bool = False, place: Place | None = None
) -> list[str]:
    """Return the lines of the ledger: of all that the place knows (costs may not be known).

    Parameters
    ----------
    assumed_only
        Only entries for which no source was read: those assumed, and those recalled.
    cites
        Also list the sources, each with the entries that rest on it.
    place
        Whose values; default the place of scenarios that name none.
    """
    place = bundled_place() if place is None else place
    entries = _entries(assumed_only, place)
    lines = [_summary(entries)]
    heading = ""
    for entry in entries:
        first = entry.path.split(".")[0]
        if first != heading:
            heading = first
            lines += ["", heading]
        lines += _entry_lines(entry)
    if cites:
        lines += ["", "Sources", *_source_lines(entries, place)]
    return lines


def ledger_rows(
    assumed_only: bool = False, cites: bool = False, place: Place | None = None
) -> list[dict[str, Any]]:
    """Return the ledger as rows, one for each entry, for programs to read.

    Parameters
    ----------
    assumed_only, place
        As for :func:`ledger_lines`.
    cites
        Also the sources in full, in the column ``citation``.
    """
    place = bundled_place() if place is None else place
    rows = []
    for entry in _entries(assumed_only, place):
        value = dict(entry.value) if isinstance(entry.value, Mapping) else entry.value
        row: dict[str, Any] = {"path": entry.path, "value": value}
        row |= {name: getattr(entry, name) for name in COLUMNS}
        if cites:
            row["citation"] = [citation(key, place) for key in entry.source]
        rows.append(row)
    return rows


def _entries(assumed_only: bool, place: Place) -> list[Entry]:
    return [
        entry
        for _, entry in sorted(load_evidence(place).entries.items())
        if entry.source and (entry.grade in UNCHECKED or not assumed_only)
    ]


def _summary(entries: list[Entry]) -> str:
    """Count the entries by grade, and those that are uncertain."""
    grades = Counter(entry.grade for entry in entries)
    parts = ", ".join(f"{grades[grade]} {grade}" for grade in GRADES if grades[grade])
    uncertain = sum(entry.distribution is not None for entry in entries)
    return f"{len(entries)} entries: {parts}; {uncertain} with an uncertainty"


def _entry_lines(entry: Entry) -> Iterator[str]:
    """Print one entry: its number and grade, then what it is and where it comes from."""
    money = f" of {entry.price_year}" if entry.price_year else ""
    number = f"{_number(entry.value)} {entry.unit}{money}{_interval(entry)}"
    yield f"  {entry.path} = {number} [{entry.grade}]"
    yield f"      {entry.description}. {', '.join(entry.source)}: {entry.where}"


def _number(value: Value) -> str:
    """Print a number, or a table as age: number pairs."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{knot:g}: {number:g}" for knot, number in value.items()) + "}"
    return f"{value:g}"


def _interval(entry: Entry) -> str:
    """Print the uncertainty, or how else the entry moves."""
    if entry.remainder_of:
        return f", 1 less {' and '.join(entry.remainder_of)}"
    if entry.distribution is None:
        return ""
    kind = f"{entry.table_uncertainty} " if entry.table_uncertainty else ""
    together = f", with {entry.drawn_with}" if entry.drawn_with else ""
    return f" ({kind}{entry.low:g} to {entry.high:g}, {entry.distribution}{together})"


def _source_lines(entries: Iterable[Entry], place: Place) -> Iterator[str]:
    """List the sources of the entries, each with the paths that rest on it."""
    paths: dict[str, list[str]] = {}
    for entry in entries:
        for key in entry.source:
            paths.setdefault(key, []).append(entry.path)
    for key in sorted(paths):
        yield f"  {key}: {citation(key, place)}"
        yield f"      for {', '.join(paths[key])}"


def citation(key: str, place: Place) -> str:
    """Return a reference in one line: author (year). title. where it appeared. identifiers. note.

    The reference stands in the bibliography of the evidence or of the place; a source that is no
    key of either is the reference itself.
    """
    fields: Mapping[str, str] = place.references.get(key) or references().get(key, {})
    if not fields:
        return f"{key.rstrip('.')}."
    volume = ":".join(fields[name] for name in ("volume", "pages") if name in fields)
    appeared = " ".join(
        part
        for part in (*(fields.get(n, "") for n in ("journal", "publisher", "howpublished")), volume)
        if part
    )
    author = fields.get("author", "")
    dated = f"{author} ({fields['year']})" if "year" in fields else author
    identifiers = [f"doi {fields['doi']}"] if "doi" in fields else []
    identifiers += [fields["pmcid"]] if "pmcid" in fields else []
    parts = (dated, fields.get("title", ""), appeared, *identifiers, fields.get("note", ""))
    return ". ".join(part.strip().rstrip(".") for part in parts if part.strip()) + "."
