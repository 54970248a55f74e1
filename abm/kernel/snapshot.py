"""How a block stands between two steps: its living, and what has happened so far this year."""

from abm.kernel import layout as c
from abm.kernel.compiled import kernel
from abm.kernel.tallies import log_il6
from abm.kernel.traits import ZERO, fixed
from abm.rules import depression


@kernel
def take_snapshot(block, given, source, only_shared, sums):
    """Add the rows of a world to ``sums`` (tallies,): events of this year, and the living.

    ``only_shared`` leaves out baseline rows whose life a policy has changed.
    """
    numbers, integers = block.numbers[source], block.integers[source]
    inflammation = given.constants[0].inflammation
    for i in range(block.size[source]):
        if only_shared and integers[c.DIVERGED, i] == 1:
            continue
        for k in range(c.N_DISEASES):
            sums[c.T_INCIDENCE + k] += integers[c.EVENTS + k, i]
        sums[c.T_EPISODES] += integers[c.EPISODES, i]
        if integers[c.CAUSE, i] >= 0:
            sums[c.T_DEATHS + integers[c.CAUSE, i]] += 1
            continue
        sums[c.T_PERSONS] += 1
        sums[c.T_MET_HOURS] += fixed(numbers[c.DOSE, i])
        sums[c.T_LOG_IL6] += fixed(log_il6(numbers, integers, inflammation, i))
        for k in range(c.N_DISEASES):
            sums[c.T_PREVALENCE + k] += int(numbers[c.ILL + k, i] > ZERO)
        sums[c.T_EVER] += int(integers[c.COURSE, i] != depression.NEVER)
