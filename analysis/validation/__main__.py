"""``python -m analysis.validation``: the same as ``python run.py validate``."""

import argparse
import sys

from analysis.commands.streams import in_good_order
from analysis.commands.validate import add_arguments, run

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m analysis.validation")
    add_arguments(parser)
    sys.exit(in_good_order(lambda: run(parser.parse_args())))
