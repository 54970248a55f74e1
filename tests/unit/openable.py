"""Read a workbook as a spreadsheet does: cells by sheet, with nothing but the standard library."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from io import BytesIO
from zipfile import ZipFile

NS = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


def opened(content: bytes) -> dict[str, list[list[object]]]:
    """Return the rows of every sheet by its name; a formula anywhere is an error."""
    with ZipFile(BytesIO(content)) as book:
        names = [
            each.get("name")
            for each in ET.fromstring(book.read("xl/workbook.xml")).iter(_("sheet"))
        ]
        shared = [
            "".join(text.text or "" for text in each.iter(_("t")))
            for each in ET.fromstring(book.read("xl/sharedStrings.xml")).iter(_("si"))
        ]
        return {
            str(name): _rows(book.read(f"xl/worksheets/sheet{place}.xml"), shared)
            for place, name in enumerate(names, start=1)
        }


def _(tag: str) -> str:
    return f"{{{NS['m']}}}{tag}"


def _rows(sheet: bytes, shared: list[str]) -> list[list[object]]:
    root = ET.fromstring(sheet)
    assert root.find(f".//{_('f')}") is None, "a formula"
    cells = {}
    for cell in root.iter(_("c")):
        letters, row = re.fullmatch(r"([A-Z]+)(\d+)", str(cell.get("r"))).groups()
        value = cell.find(_("v"))
        if value is not None:
            text = str(value.text)
            kind = cell.get("t")
            found = (
                shared[int(text)] if kind == "s" else text == "1" if kind == "b" else float(text)
            )
            cells[int(row), _column(letters)] = found
    last_row = max(row for row, column in cells)
    last_column = max(column for row, column in cells)
    return [
        [cells.get((row, column)) for column in range(1, last_column + 1)]
        for row in range(1, last_row + 1)
    ]


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number
