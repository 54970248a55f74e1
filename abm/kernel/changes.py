"""Changes of a person between two steps, from outside: what the face to Mesa calls.

Kernels of their own, so that they are compiled once and kept, not in every process.
"""

from abm.kernel.compiled import kernel
from abm.kernel.newcomers import settle
from abm.kernel.rows import copy_person


@kernel
def part_worlds(block, given, row, now):
    """Copy the person in a row of the baseline into the other worlds, which may differ from now on.

    ``now`` is in years since the start.
    """
    copy_person(block, given, row, now)


@kernel
def settle_habit(numbers, given):
    """Set where the habit of the only person in ``numbers`` leads."""
    settle(numbers, given.constants[0], 0, 1)
