"""Tables as CSV that a spreadsheet shows as it stands: no text in them is run as a formula."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

# What Excel, LibreOffice and Google Sheets take for the beginning of a formula (OWASP, "CSV
# injection"); blanks before it do not keep them from it.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
AS_TEXT = "'"


def as_csv(table: pd.DataFrame, float_format: str | None = None) -> bytes:
    """Return a table as CSV in UTF-8, numbers as they are, text that looks like a formula quoted.

    Parameters
    ----------
    table
        Any table; its index is left out.
    float_format
        As of :meth:`pandas.DataFrame.to_csv`; all digits where left out.
    """
    safe = table.copy(deep=False)
    safe.columns = [plain_text(name) for name in table.columns]
    for place, kind in enumerate(table.dtypes):
        if kind.kind not in "biufcmM":  # text and categories; of numbers and dates nothing
            column = table.iloc[:, place].astype(object)
            safe.isetitem(place, column.map(plain_text))
    text: str = safe.to_csv(index=False, float_format=float_format, lineterminator="\n")
    return text.encode()


def plain_text(cell: Any) -> Any:
    """Return a cell so that a spreadsheet takes text for text; what is no text is left alone.

    Examples
    --------
    >>> plain_text("=1+1"), plain_text("walks"), plain_text(-1.5)
    ("'=1+1", 'walks', -1.5)
    """
    if not isinstance(cell, str):
        return cell
    marked = AS_TEXT + cell if cell.lstrip(" ").startswith(FORMULA_STARTS) else cell
    return marked.replace("\r\n", "\n").replace("\r", "\n")  # a lone CR would end the row
