"""The tables of a run as one workbook, with a sheet that explains every column."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from io import BytesIO
from typing import Any

import pandas as pd

from analysis.tables.column_words import meaning

WORKBOOK = "tables.xlsx"
COLUMNS, LEFT_OUT = "columns", "left out"
MOST_CELLS = 100_000  # of one sheet; more take seconds to write, and stand in the CSV file
LONGEST_NAME = 31  # of a sheet
WIDTH, WIDTH_OF_WORDS = 16, 90  # characters
CREATED = datetime(2000, 1, 1)  # the same bytes every time
# Text stays text, also where it begins with "=".
OPTIONS = {
    "in_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
    "strings_to_numbers": False,
}  # fmt: skip


def workbook(tables: Mapping[str, pd.DataFrame]) -> bytes:
    """Return an Excel workbook with a sheet for each table; numbers are numbers, text is text.

    Parameters
    ----------
    tables
        By the names of their CSV files. One with more than :data:`MOST_CELLS` cells is left out
        and named.

    Raises
    ------
    KeyError
        If nobody has said what a column means.
    """
    import xlsxwriter

    kept = {name: table for name, table in tables.items() if table.size <= MOST_CELLS}
    stream = BytesIO()
    book = xlsxwriter.Workbook(stream, OPTIONS)
    book.set_properties({"created": CREATED})
    bold = book.add_format({"bold": True})
    _write(book, COLUMNS, columns_explained(kept), bold, (24, 34, WIDTH_OF_WORDS))
    for name, table in kept.items():
        _write(book, _sheet(name), table, bold)
    if left_out := sorted(set(tables) - set(kept)):
        rows = pd.DataFrame({"file": left_out, "why": "too large for a sheet; it stands beside"})
        _write(book, LEFT_OUT, rows, bold, (34, 50))
    book.close()
    return stream.getvalue()


def columns_explained(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return what every column of every table means: columns sheet, column, meaning."""
    rows = [
        (_sheet(name), str(column), meaning(_sheet(name), str(column)))
        for name, table in tables.items()
        for column in table.columns
    ]
    return pd.DataFrame(rows, columns=["sheet", "column", "meaning"])


def _sheet(name: str) -> str:
    return name.removesuffix(".csv")[:LONGEST_NAME]


def _write(
    book: Any, name: str, table: pd.DataFrame, bold: Any, widths: tuple[int, ...] = ()
) -> None:
    """Write one sheet: its head in bold and always in sight, blanks where nothing is known."""
    sheet = book.add_worksheet(name)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(1, len(table)), max(0, len(table.columns) - 1))
    for place, column in enumerate(table.columns):
        sheet.set_column(place, place, widths[place] if widths else WIDTH)
        sheet.write_string(0, place, str(column), bold)
        _write_column(sheet, place, table.iloc[:, place])


def _write_column(sheet: Any, place: int, column: pd.Series) -> None:
    if column.dtype.kind in "iuf":
        for row, number in enumerate(column.tolist(), start=1):
            if number - number == 0:  # neither infinite nor blank
                sheet.write_number(row, place, number)
            elif number == number:
                sheet.write_string(row, place, str(number))
        return
    if column.dtype.kind == "b":
        for row, each in enumerate(column.tolist(), start=1):
            sheet.write_boolean(row, place, each)
        return
    for row, each in enumerate(column.astype(object).tolist(), start=1):
        _write_cell(sheet, row, place, each)


def _write_cell(sheet: Any, row: int, place: int, each: Any) -> None:
    if each is None or each != each:
        return
    if isinstance(each, bool):
        sheet.write_boolean(row, place, each)
    elif isinstance(each, (int, float)):
        sheet.write_number(row, place, each)
    else:
        sheet.write_string(row, place, str(each))
