"""Letters of a text that a reader would not see, or not as the writer saw them.

Two names that look alike must be alike, and what is read on a page must be all that is written
(Unicode Technical Reports 36 and 39). Spelling in real languages stays: joiners where they change
how a word is written, as RFC 5892, appendix A, has it, and within emoji; selectors of a form right
after what they select it for. Marks of where a line may break (the zero width space of Khmer and
Thai, the soft hyphen) are refused: a text reads the same without.
"""

from __future__ import annotations

import unicodedata

# Letters and marks by category that are drawn as nothing (Unicode, Default_Ignorable_Code_Point),
# and the blank pattern of Braille.
BLANK = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\U00016fe4"
# Signs that are drawn under the numbers that follow them; of category Cf for their use alone.
DRAWN = "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
NON_JOINER, JOINER = "\u200c", "\u200d"
TEXT_FORM, EMOJI_FORM = "\ufe0e", "\ufe0f"
MONGOLIAN_SEPARATOR = "\u180e"
MONGOLIAN_FORMS = "\u180b\u180c\u180d\u180f"
VIRAMA = 9  # combining class of the sign that takes a consonant's vowel away
# Flags of England, Scotland and Wales: the only ones spelt with tags (Unicode emoji data).
TAGGED_FLAGS = tuple(
    "\U0001f3f4" + "".join(chr(0xE0000 + ord(letter)) for letter in region) + "\U000e007f"
    for region in ("gbeng", "gbsct", "gbwls")
)
FLAG = len(TAGGED_FLAGS[0])


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
    letter, before, after = text[i], text[i - 1 : i], text[i + 1 : i + 2]
    if not before:
        return False
    if letter in (NON_JOINER, JOINER):
        return _joins(letter, before, after)
    if letter in (TEXT_FORM, EMOJI_FORM):
        return unicodedata.category(before) in ("So", "Sm", "Nd", "Po", "Pd") or before == "\u2139"
    if letter in MONGOLIAN_FORMS:
        return _is_mongolian(before)
    if letter == MONGOLIAN_SEPARATOR:
        return _is_mongolian(before) and _is_mongolian(after)
    if _selects_a_form(letter):
        return unicodedata.name(before, "").startswith("CJK ")
    return _is_in_a_flag(text, i)


def _joins(letter: str, before: str, after: str) -> bool:
    """Return whether a joiner does its work: in cursive scripts, beside a virama, in an emoji."""
    if not after:
        return False
    if VIRAMA in (unicodedata.combining(before), unicodedata.combining(after)):
        return True
    if _is_cursive(before) and _is_cursive(after):
        return True
    emoji_before = before == EMOJI_FORM or unicodedata.category(before) in ("So", "Sk")
    return letter == JOINER and emoji_before and unicodedata.category(after) == "So"


def _is_cursive(letter: str) -> bool:
    """Return whether a letter, or a mark on one, is of a script that joins its letters."""
    scripts = ("ARABIC ", "SYRIAC ", "MONGOLIAN ", "NKO ", "MANDAIC ", "ADLAM ")
    return unicodedata.name(letter, "").startswith(scripts)


def _is_mongolian(letter: str) -> bool:
    return unicodedata.name(letter or " ", "").startswith("MONGOLIAN ")


def _is_in_a_flag(text: str, i: int) -> bool:
    starts = range(max(0, i - FLAG + 1), i)
    return any(text[start : start + FLAG] in TAGGED_FLAGS for start in starts)


def _named(letter: str) -> str:
    name = unicodedata.name(letter, "").lower()
    return f"U+{ord(letter):04X}" + (f" ({name})" if name else "")
