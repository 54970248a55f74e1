"""The fast path: blocks of people simulated month by month, in twin worlds.

Read :mod:`abm.kernel.order` first: the year and the month from beginning to end. ``layout`` says
where each quantity stands, ``newcomers`` makes people, ``first_illness`` what they have,
``january`` turns the year, ``hazards`` looks up hazards, ``offers`` finds who takes part in
policies and ``participation`` what that adds, ``month`` moves everybody by a step in branch-free
loops, ``events`` handles the few to whom something happens, ``accounts`` keeps what is to be
expected, ``tallies`` and ``twins`` count. The kernel decides nothing about people: it calls
:mod:`abm.rules`.

World 0 is the baseline. A policy world holds only those whose life a policy has changed: a person
is copied into it on the first day of taking part, and until then stands for both worlds.
"""
