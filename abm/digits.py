"""Large numbers in sentences: thousands set apart by a space, as in all texts of the program."""

from __future__ import annotations


def spaced(number: float, form: str = ".0f") -> str:
    """Return a number with a space between thousands; ``form`` is what follows in a format.

    Examples
    --------
    >>> spaced(1234567), spaced(-20500.4), spaced(2.5e9, "g"), spaced(999)
    ('1 234 567', '-20 500', '2.5e+09', '999')
    """
    return f"{number:,{form}}".replace(",", " ")
