"""Letters of a text that a reader would not see, or not as the writer saw them.

Two names that look alike must be alike, and what is read on a page must be all that is written
(Unicode Technical Reports 36 and 39). What spelling and emoji need stays: joiners and selectors of
a form, after letters and signs other than Latin ones. Marks of where a line may break (the zero
width space of Khmer and Thai, the soft hyphen) are refused: a text reads the same without.
"""

from __future__ import annotations

import unicodedata

# Letters and marks by category that are drawn as nothing (Unicode, Default_Ignorable_Code_Point),
# and the blank pattern of Braille.
BLANK = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\U00016fe4"
# Signs that are drawn under the numbers that follow them; of category Cf for their use alone.
DRAWN = "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
JOINERS = "\u200c\u200d\u180e"
EMOJI_FORM, KEYCAP = "\ufe0f", "\u20e3"
MONGOLIAN_FORMS = "\u180b\u180c\u180d\u180f"


def unseen_in(text: str) -> str:
    r"""Name the first letter of a text that a reader would not see as it is, or nothing.

    Examples
    --------
    >>> unseen_in("walks\u200b")
    'the character U+200B (zero width space), which nobody would see'
    >>> unseen_in("e\u0301galit\u00e9"), unseen_in("\u0301e")
    ('', 'the mark U+0301 (combining acute accent) without a letter before it')
    """
    for i, letter in enumerate(text):
        if letter.isascii() and (letter.isprintable() or letter in "\n\t"):
            continue
        if _is_lone_mark(text, i):
            return f"the mark {_named(letter)} without a letter before it"
        if unicodedata.category(letter) == "Co":
            return f"the character {_named(letter)}, which others would not see as you do"
        if draws_nothing(letter) and not _is_spelling(text, i):
            return f"the character {_named(letter)}, which nobody would see"
    return ""


def draws_nothing(letter: str) -> bool:
    """Return whether a letter by itself is drawn as nothing, or as nothing in particular."""
    kind = unicodedata.category(letter)
    if kind in ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"):
        return letter not in "\n\t" and letter not in DRAWN
    return letter in BLANK or _selects_a_form(letter)


def _selects_a_form(letter: str) -> bool:
    selectors = "\ufe00" <= letter <= EMOJI_FORM or "\U000e0100" <= letter <= "\U000e01ef"
    return selectors or letter in MONGOLIAN_FORMS


def _is_lone_mark(text: str, i: int) -> bool:
    """Return whether a mark has nothing to stand on; a no-break space is there to show one."""
    before = text[i - 1] if i else "\n"
    is_mark = unicodedata.category(text[i]).startswith("M") and not draws_nothing(text[i])
    return is_mark and before in "\n\t "


def _is_spelling(text: str, i: int) -> bool:
    """Return whether a letter that is drawn as nothing changes how those beside it are drawn."""
    letter, after = text[i], text[i + 1 : i + 2]
    joins = letter in JOINERS
    before = text[:i].removesuffix(EMOJI_FORM if joins else "")[-1:]
    if not (joins or _selects_a_form(letter)) or not before or draws_nothing(before):
        return False
    if joins and (not after or after.isspace()):
        return False
    latin = before.isascii() or unicodedata.name(before, "").startswith("LATIN ")
    return not latin or after == KEYCAP


def _named(letter: str) -> str:
    """Return a letter by its number and, where it has one, its name."""
    name = unicodedata.name(letter, "").lower()
    return f"U+{ord(letter):04X}{f' ({name})' if name else ''}"
