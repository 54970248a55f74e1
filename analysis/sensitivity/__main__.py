"""``python -m analysis.sensitivity``: the same as ``python run.py sensitivity``."""

import argparse
import sys

from analysis.commands.sensitivity import add_arguments, run

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m analysis.sensitivity")
    add_arguments(parser)
    sys.exit(run(parser.parse_args()))
