"""How wide the compiler makes vectors."""

from __future__ import annotations

import numba
from numba.core.codegen import get_host_cpu_features

HALVED = "prefer-256-bit"  # what LLVM sets for some of Intel's processors
WIDEST = "avx512f"


def widest(features: str) -> str:
    """Return a processor's features without the wish for half-wide vectors, if it has wide ones.

    LLVM halves them since whole ones once slowed such processors down. Of these rules it is the
    halves that are slow: with whole ones a run takes .83 to .89 times as long, an exponential .6
    (docs/speed.md). The bits are the same: no lane of a vector knows of the others.

    Examples
    --------
    >>> widest("+avx2,+avx512f"), widest("+avx2,-avx512f")
    ('+avx2,+avx512f,-prefer-256-bit', '+avx2,-avx512f')
    """
    return f"{features},-{HALVED}" if f"+{WIDEST}" in features.split(",") else features


def use_widest() -> None:
    """Compile for vectors as wide as the processor has, unless NUMBA_CPU_FEATURES says otherwise.

    Of no use where other code has been compiled in this process before: Numba asks once.
    """
    if numba.config.CPU_FEATURES is None:  # type: ignore[attr-defined]
        numba.config.CPU_FEATURES = widest(get_host_cpu_features())  # type: ignore[attr-defined]
