"""``python -m analysis.sensitivity``: the same as ``python run.py sensitivity``."""

import argparse
import sys

from analysis.commands.sensitivity import add_arguments, run
from analysis.commands.streams import in_good_order

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m analysis.sensitivity")
    add_arguments(parser)
    sys.exit(in_good_order(lambda: run(parser.parse_args())))
