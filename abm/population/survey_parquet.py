"""A survey kept as Parquet: its columns that are read, as text."""

from __future__ import annotations

import io
from typing import Any, NamedTuple

from abm.limits import spaced
from abm.population.survey_faults import Faults

MOST_ROWS = 1_000_000  # draws of a row are no finer than one in eight million


class Text(NamedTuple):
    """What a file says: its text, what is to be said of how it was read, columns left unread."""

    text: str
    note: str = ""
    unread: tuple[str, ...] = ()


def text_of_parquet(content: bytes, wanted: set[str], faults: Faults) -> Text:
    """Return the wanted columns of a Parquet file as CSV."""
    import pyarrow.parquet as parquet  # takes half a second: few surveys are Parquet

    try:
        file: Any = parquet.ParquetFile(io.BytesIO(content))
        if file.metadata.num_rows > MOST_ROWS:
            rows = f"has {spaced(file.metadata.num_rows)} rows; must be at most {spaced(MOST_ROWS)}"
            faults.refuse(1, 1, "file", rows)
        names = list(file.schema_arrow.names)
        kept = [each for each in names if each.strip().casefold() in wanted] or names[:1]
        table = file.read(columns=kept).to_pandas()
    except Exception as error:
        faults.stop()
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        faults.refuse(1, 1, "file", f"is a Parquet file that cannot be read ({reason})")
    unread = tuple(name for name in names if name not in kept)
    return Text(str(table.to_csv(index=False)), unread=unread)
