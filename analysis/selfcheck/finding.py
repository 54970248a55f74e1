"""What a check found."""

from __future__ import annotations

from dataclasses import dataclass

VERDICTS = {True: "pass", False: "FAIL", None: "not applicable"}


@dataclass(frozen=True)
class Finding:
    """What a check found: passed (None where it does not apply), and the figures."""

    name: str
    passed: bool | None
    figures: str

    @property
    def verdict(self) -> str:
        """Return the finding in a word."""
        return VERDICTS[self.passed]
