"""Which inputs drive an answer.

Read ``methods`` (what is on offer), ``design`` (which runs a method needs), ``plan`` and ``study``
(run and tabulate them) and ``indices`` (estimate). ``scenario_study`` and ``outputs`` make a
scenario a function to study, ``mesa_bridge`` any Mesa model; ``request`` serves the command line.
The modules are loaded only for a study, so they import SALib and pandas at their top.
"""
