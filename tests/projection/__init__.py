"""The baseline as arithmetic: expected cases, deaths and stocks by single year of age and sex.

A second way from the published figures to what a country of agents should show in its first years.
It shares no code with the model: it reads the evidence files itself, interpolates, balances
incidence, prevalence and mortality itself, and moves stocks and flows of classes of people where
the model moves persons. Names of conditions and their published ids come from ``abm.conditions``;
how each comes and kills is transcribed here a second time, in :mod:`tests.projection.diseases`.

In reading order: ``inputs`` (the evidence files), ``diseases`` (one rule each), ``balance``
(incidence, prevalence, recovery), ``deaths`` (the life table divided among causes), ``people``
(classes of them), ``risks`` (hazard ratios of a class), ``survivors`` and ``illness`` (who is there
at the start, and who is ill), ``start`` (reference hazards), ``hazards``, ``flows`` and ``years``
(what happens then).

Arrays have shape ``(sexes, ages)`` or ``(sexes, ages, classes)``: male, female; ages 20 to 120.
"""
