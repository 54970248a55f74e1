"""``python -m analysis.sensitivity``: the same as ``python run.py sensitivity``."""

import sys

from analysis.commands.door import main
from analysis.commands.streams import in_good_order

if __name__ == "__main__":
    sys.exit(in_good_order(lambda: main(["sensitivity", *sys.argv[1:]])))
