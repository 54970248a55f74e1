"""The tables of a bundled place beside the arithmetic that makes them."""

import argparse
from collections.abc import Mapping
from pathlib import Path


def compare(folder: Path, tables: Mapping[str, str], purpose: str, arguments: list[str] | None):
    """Compare tables with what they are made of, or write them anew; return the exit code."""
    parser = argparse.ArgumentParser(description=purpose)
    parser.add_argument("--rewrite", action="store_true", help="write the tables anew")
    rewrite = parser.parse_args(arguments).rewrite
    differing = 0
    for name, text in tables.items():
        path = folder / name
        if rewrite:
            path.write_text(text, encoding="utf-8")
        elif path.read_text(encoding="utf-8") != text:
            print(f"{name} differs from what makes it")
            differing += 1
    return int(differing > 0)
