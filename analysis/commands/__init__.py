"""The commands of the program: what each takes, and what it does.

Each is a module with ``add_arguments(parser)`` and ``run(arguments)``. The door loads it to serve
``--help`` and to refuse a wrong option, in under a third of a second, so it stays light. ``run``
hands over to modules that import at their top what they need: Numba, pandas, matplotlib, SALib,
one to two seconds of loading. That one import stands inside ``run``; no other reason for an import
inside a function holds in this folder.
"""

from analysis.commands.telling import listen

listen()
