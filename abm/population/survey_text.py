"""A survey file as text: which kind of file it is, how large, and how its letters are encoded.

Nothing is guessed that could change a number: digits are the same in UTF-8 and Windows-1252, and a
label that was read wrongly is none of those a scenario names.
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from abm.limits import spaced
from abm.population.survey_faults import Faults
from abm.population.survey_parquet import Text, text_of_parquet

MOST_BYTES = 100_000_000
PARQUET = b"PAR1"
IN_PYTHON = "or read it in Python, and give the table to load_scenario(..., microdata=table)"
# How files of other programs begin.
OTHERS = (
    (b"PK\x03\x04", "an Excel workbook or another zip archive", "saved as CSV there"),
    (b"\xd0\xcf\x11\xe0", "an Excel workbook of the old kind", "saved as CSV there"),
    (b"$FL2", "an SPSS file", "saved as CSV or tab-delimited text there"),
    (b"$FL3", "an SPSS file", "saved as CSV or tab-delimited text there"),
    (b"<stata_dta>", "a Stata file", "saved with export delimited"),
    (b"HEADER RECORD*******", "a SAS transport file", "saved as CSV"),
    (b"\x1f\x8b", "a compressed file", "unpacked"),
    (b"%PDF", "a PDF", "a table saved as CSV"),
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")


def shown_path(path: Path) -> str:
    """Return a path as short as it can be said from here."""
    try:
        relative = os.path.relpath(path)
    except ValueError:
        return str(path)
    return str(path) if relative.startswith("..") else relative


def content_of(path: Path, faults: Faults) -> bytes:
    """Return the bytes of a survey file, refusing what cannot be one before it is read."""
    must = "must be a survey file (CSV)"
    try:
        status = path.stat()
        # Opening a named pipe or a device could wait for ever, so the kind is checked first.
        if not stat.S_ISREG(status.st_mode):
            faults.refuse(1, 1, "file", f"is not a regular file; {must}")
        with path.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        faults.stop()
        reason = getattr(error, "strerror", None) or error
        faults.refuse(1, 1, "file", f"cannot be read ({reason}); {must}")
    check_size(max(status.st_size, len(content)), faults)
    return content


def check_size(size: int, faults: Faults) -> None:
    """Refuse what is too large for a survey."""
    if size > MOST_BYTES:
        most = f"must be at most {spaced(MOST_BYTES)} bytes"
        faults.refuse(1, 1, "file", f"has {spaced(size)} bytes; {most}")


def text_of(content: bytes, wanted: set[str], faults: Faults) -> Text:
    """Return a survey file as text.

    Parameters
    ----------
    content
        Its bytes.
    wanted
        The columns of a Parquet file that are read, in small letters.
    faults
        Where it is noted why it cannot be read.
    """
    if content.startswith(PARQUET):
        return text_of_parquet(content, wanted, faults)
    for begins, what, saved in OTHERS:
        if content.startswith(begins):
            faults.refuse(1, 1, "file", f"is {what}; must be {saved}, {IN_PYTHON}")
    try:
        if content.startswith((b"\xff\xfe", b"\xfe\xff")):
            return Text(content.decode("utf-16"))
        return Text(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        return _of_windows(content, error, faults)


def _of_windows(content: bytes, error: UnicodeDecodeError, faults: Faults) -> Text:
    """Return what cannot be UTF-8 as Windows-1252, where it can be that."""
    try:
        text = content.decode("cp1252")
        if error.encoding == "utf-8" and not _CONTROL.search(text):
            return Text(text, "the file is not UTF-8 and is read as Windows-1252 (Latin-1)")
    except UnicodeDecodeError:
        pass
    before = content[: error.start]
    line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
    names = {"utf-8": "UTF-8", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16"}
    name = names.get(error.encoding, error.encoding.upper())
    message = f"is not {name} (byte 0x{content[error.start]:02x}); must be text saved as UTF-8"
    faults.refuse(line, column, "file", message)
    raise AssertionError from error  # refuse always raises
