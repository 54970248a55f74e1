"""The command ``scenarios``: what is bundled, a line each."""

from __future__ import annotations

import argparse

from abm.scenario.layers import bundled_names
from analysis.commands.formats import Row, add_formats, in_csv, in_json
from analysis.commands.usage import DONE

WIDEST = 2  # blanks between the columns


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to its parser."""
    add_formats(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the bundled scenarios."""
    rows = [row_of(name) for name in bundled_names()]
    if arguments.json:
        print(in_json(rows))
    elif arguments.csv:
        print(in_csv(rows))
    else:
        width = max(len(row["name"]) for row in rows) + WIDEST
        print("\n".join(f"{row['name']:{width}}{row['title']}" for row in rows))
    return DONE


def row_of(name: str) -> Row:
    """Return what is said of a bundled scenario."""
    from abm.scenario.load import load_scenario

    scenario = load_scenario(name)
    return {
        "name": scenario.name,
        "title": scenario.title,
        "policies": [policy.name for policy in scenario.policies],
        "years": scenario.years,
        "persons": scenario.persons,
        "description": " ".join(scenario.description.split()),
        "path": str(scenario.path),
    }
