"""Names that are gone, with those that took their place: entries, keys of scenarios, outcomes.

A name is refused in this way once its place is taken: until the new one exists, the old one holds.
"""

from collections.abc import Container, Iterable, Mapping
from typing import Final

# The old name; the new ones, first the nearest; what changed.
RENAMED: Final[Mapping[str, tuple[tuple[str, ...], str]]] = {
    "causal_share.diseases": (
        (
            "causal_share.cardiovascular", "causal_share.diabetes", "causal_share.cancer",
            "causal_share.depression", "causal_share.dementia",
        ),
        "one share for each group of causes, for confounding and reverse causation alone",
    ),
    "causal_share.other_death": (
        ("causal_share.all_else",),
        "other cardiovascular and other cancer deaths follow the shares of their groups",
    ),
    "deaths.other": (
        ("deaths.all_else", "deaths.other_cardiovascular", "deaths.other_cancer"),
        "other causes were divided into three",
    ),
    "il6_ratio": (("il6_signalling",), "it multiplies the level that is read out, too"),
    "country": (("place",), "a bundled place, or a folder"),
}  # fmt: skip


def renamed(name: str, known: Container[str]) -> str:
    """Say what an old name is called now, if that is known and the old name is not; or nothing.

    Examples
    --------
    >>> renamed("il6_ratio", ["il6_signalling", "adds"])
    'was renamed; must be il6_signalling (it multiplies the level that is read out, too)'
    >>> renamed("il6_ratio", ["il6_ratio"]), renamed("adds", ["adds"])
    ('', '')
    """
    new, change = RENAMED.get(name, ((), ""))
    now = [each for each in new if each in known]
    if name in known or not now:
        return ""
    return f"was renamed; must be {in_words(now)} ({change})"


def in_words(names: Iterable[str]) -> str:
    """Return names as a list of which one is taken."""
    *first, last = names
    return f"one of {', '.join(first)} or {last}" if first else last
