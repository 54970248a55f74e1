"""Published results that the model is held against, each as an experiment of a few lines.

``targets.csv`` holds what was published and how far the model may be from it, ``cohorts/`` the
people of each study as scenarios, ``reasons.yaml`` why a target is missed. ``catalogue`` lists the
experiments; the modules they stand in are named after their subject.
"""
