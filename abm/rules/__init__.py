"""The rulebook: what happens to a person, written once, one file per process.

Rules are small functions of scalars in plain arithmetic. They import nothing but
:mod:`abm.rules.arithmetic`, and rules of one process never import those of another; the kernel
alone knows their order. Parameters arrive as arguments: no model parameter stands here.
"""
