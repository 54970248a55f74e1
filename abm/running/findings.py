"""What is wanted of a draw once it has been simulated: all that calibration found, in few bytes.

A draw is laid out where it is simulated, so this travels back with its tallies, and is kept beside
them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from abm.kernel.constants import Single, single
from abm.population.misfits import Misfit
from abm.population.setup import Setup
from abm.running.provenance import digest_of
from abm.scenario.budget_words import without_money


@dataclass(frozen=True, eq=False)
class Findings:
    """What laying a run out has found.

    ``given`` is a digest of what the kernel was given: what two processes have laid out alike has
    the same. ``net_factor`` is that of activity (clocks,), ``misfits`` what calibration could not
    give as asked for, ``without_money`` the policies whose budget does not pay what their place
    costs.
    """

    given: str
    net_factor: Single
    misfits: tuple[Misfit, ...]
    without_money: tuple[str, ...]

    @property
    def content(self) -> bytes:
        """Return the findings as they are kept, exact to the bit."""
        kept = {
            "given": self.given,
            "net_factor": self.net_factor.tolist(),
            "misfits": [_plain(each) for each in self.misfits],
            "without_money": self.without_money,
        }
        return json.dumps(kept).encode()


def findings_of(setup: Setup) -> Findings:
    """Return what laying a run out has found."""
    return Findings(
        digest_of(setup.decisive), setup.constants.disease.net_factor, setup.misfits,
        tuple(without_money(setup.scenario, setup.deliveries)),
    )  # fmt: skip


def findings_in(content: bytes, clocks: int) -> Findings:
    """Return findings that were kept, with net factors of so many clocks.

    Raises
    ------
    ValueError
        If the content is anything else.
    """
    try:
        kept = json.loads(content)
        found = Findings(
            _text(kept["given"]), single([float(each) for each in kept["net_factor"]]),
            tuple(_misfit(each) for each in kept["misfits"]),
            tuple(map(_text, kept["without_money"])),
        )  # fmt: skip
    except (KeyError, TypeError, OverflowError, RecursionError) as error:
        raise ValueError(f"these are no findings: {error}") from None
    if found.net_factor.shape != (clocks,):
        raise ValueError(f"there are {found.net_factor.size} net factors; must be {clocks}")
    return found


def _plain(misfit: Misfit) -> dict[str, Any]:
    numbers = {"asked": float(misfit.asked), "used": float(misfit.used)}
    return asdict(misfit) | numbers | {"refused": bool(misfit.refused)}


def _misfit(kept: dict[str, Any]) -> Misfit:
    texts: Sequence[str] = [_text(kept[name]) for name in ("what", "where", "why")]
    what, where, why = texts
    asked, used = float(kept["asked"]), float(kept["used"])
    return Misfit(what, asked, used, where, why, refused=kept["refused"] is True)


def _text(given: Any) -> str:
    if not isinstance(given, str):
        raise TypeError(f"{given!r:.40} is no text")
    return given
