"""What can go wrong with a study: it cannot be made, or one of its runs spoils it."""

from __future__ import annotations

from collections.abc import Sequence


class StudyError(ValueError):
    """A study cannot be made, continued or analysed; ``problems`` lists every reason."""

    def __init__(self, problems: Sequence[str]) -> None:
        """Keep the problems and join them as the message."""
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class RunError(StudyError):
    """A run failed, or its result is missing or not finite; the messages name the runs."""
