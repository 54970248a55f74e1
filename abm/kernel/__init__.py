"""The fast path: blocks of people lived month by month, in twin worlds.

``enter`` makes people, ``january`` turns the year, ``clocks`` looks up hazards, ``offers`` finds
who takes part in policies, ``month`` moves everybody one step in
branch-free loops, ``events`` handles the few to whom something happens, ``tallies`` counts, and
``live`` knows the order. The kernel decides nothing about people: it calls :mod:`abm.rules`.

World 0 is the baseline. A policy world holds only those whose life a policy has changed: a person
is copied into it on the first day of taking part, and until then stands for both worlds.
"""
