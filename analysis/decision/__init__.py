"""From effects to a decision: what is worth doing, how surely, and what finding out would be worth.

Arithmetic on the tables of finished runs; nothing is run here.
"""
