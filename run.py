#!/usr/bin/env python3
"""The program from a checkout: the same door as ``exercise-il6`` and ``python -m abm``."""

import sys

from analysis.commands.door import from_the_shell, main

__all__ = ["from_the_shell", "main"]

if __name__ == "__main__":
    sys.exit(from_the_shell())
