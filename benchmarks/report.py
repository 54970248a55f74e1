"""What a benchmark found: printed, as Markdown, as CSV and as a figure."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from abm.running.output import write_whole
from analysis.plots import style
from analysis.plots.drawing import Drawing
from analysis.plots.files import as_csv, rendered, write_figures
from analysis.words import in_words
from benchmarks.contenders import Sizes
from benchmarks.targets import (
    ORACLE,
    Target,
    memory_target,
    one,
    rate_targets,
    shape_targets,
    start_targets,
)

UNDISTURBED = 0.9  # share of the processors a contender gets on an idle machine, at least
LONG_ENOUGH = 0.5  # [s] shorter runs may leave a thread without work at their end


@dataclass(frozen=True)
class Findings:
    """All measurements of one run of the benchmark."""

    machine: dict[str, str]
    load: tuple[float, float]
    sizes: Sizes
    rows: list[dict[str, Any]]
    scaling: list[dict[str, Any]]
    floor: list[dict[str, Any]]
    starts: dict[str, float]
    start_persons: int
    peak_megabytes: float
    bytes_per_person: dict[str, float]
    missing: list[str]
    quick: bool

    @property
    def floor_nanoseconds(self) -> float:
        """Return what a person-month costs at least [ns on one thread]."""
        return float(sum(row["nanoseconds_per_person_month"] for row in self.floor))

    @property
    def targets(self) -> list[Target]:
        """Return every target beside what was found."""
        return [
            *start_targets(self.starts, self.start_persons),
            *rate_targets(self.rows, self.scaling, self.floor_nanoseconds),
            *shape_targets(self.rows, self.scaling),
            memory_target(self.peak_megabytes),
        ]

    @property
    def disturbed(self) -> bool:
        """Return whether other work on the machine took processors from any contender."""
        rows = [row for row in [*self.rows, *self.scaling] if row["seconds"] > LONG_ENOUGH]
        return any(row["share_of_processors"] < UNDISTURBED for row in rows)


Cells = Sequence[Sequence[str]]


def number(value: float | None) -> str:
    """Write a number with three significant digits."""
    return "" if value is None else in_words(value)


def rate_cells(findings: Findings, rows: Iterable[dict[str, Any]], against: str) -> list[list[str]]:
    """Return the lines of a table of rates, with ratios to one of the contenders."""
    base = one(findings.rows, against)
    lines = [["contender", "threads", "persons", "person-months", "seconds",
              "person-months a second", f"times {against}", "per processor-second",
              "processors got"]]  # fmt: skip
    for row in rows:
        times = None if base is None else row["per_second"] / base["per_second"]
        lines.append(
            [row["contender"], str(row["threads"]), number(row["persons"]),
             number(row["person_months"]), number(row["seconds"]), number(row["per_second"]),
             number(times), number(row["per_processor_second"]),
             f"{100 * row['share_of_processors']:.0f} %"]
        )  # fmt: skip
    return lines


def floor_cells(findings: Findings) -> list[list[str]]:
    """Return the lines of the table of primitives."""
    lines = [["primitive", "ns for one person", "per person-month", "ns per person-month"]]
    for row in findings.floor:
        lines.append(
            [row["primitive"], number(row["nanoseconds"]), number(row["per_person_month"]),
             number(row["nanoseconds_per_person_month"])]
        )  # fmt: skip
    floor = findings.floor_nanoseconds
    return [*lines, ["the floor", "", "", number(floor)]]


def target_cells(findings: Findings) -> list[list[str]]:
    """Return the lines of the table of targets."""
    lines = [["what", "target", "found", "by processor time", "", "remark"]]
    for target in findings.targets:
        sign = "at least" if target.at_least else "at most"
        unit = f" {target.unit}" if target.unit else ""
        lines.append(
            [target.name, f"{sign} {number(target.bound)}{unit}", number(target.found),
             number(target.alone), target.verdict, target.remark]
        )  # fmt: skip
    return lines


def weight_cells(findings: Findings) -> list[list[str]]:
    """Return the lines of the table of bytes per person."""
    weights = findings.bytes_per_person.items()
    return [["who", "bytes per person"], *([name, number(held)] for name, held in weights)]


def sections(findings: Findings) -> list[tuple[str, Cells]]:
    """Return the tables with their titles."""
    whole = [row for row in findings.rows if row["workload"] == "model"]
    reduced = [row for row in findings.rows if row["workload"] == "reduced"]
    return [
        ("Targets", target_cells(findings)),
        ("The whole model, side by side", rate_cells(findings, whole, ORACLE)),
        ("The reduced workload, side by side", rate_cells(findings, reduced, "plain NumPy")),
        ("One world of growing size", rate_cells(findings, findings.scaling, ORACLE)),
        ("The machine's floor", floor_cells(findings)),
        ("Memory", weight_cells(findings)),
    ]


def preamble(findings: Findings) -> list[str]:
    """Return when and where this was measured, and what disturbed it."""
    today = datetime.date.today().isoformat()
    about = ", ".join(f"{name} {what}" for name, what in findings.machine.items())
    before, after = findings.load
    lines = [f"Measured on {today}: {about}."]
    lines.append(
        f"Load of the machine before and after: {before:.1f} and {after:.1f}; "
        f"best of {findings.sizes.repeats} interleaved rounds."
    )
    if findings.disturbed:
        lines.append(
            "Other work took processors from some contenders meanwhile, so their times on the wall "
            "are too long, and ratios of such times may be wrong either way; the figures by "
            "processor time estimate what an idle machine would show."
        )
    if findings.quick:
        lines.append("A quick run of tiny sizes: it shows that all works, and no speed.")
    lines += [f"Without {name}, which is not installed." for name in findings.missing]
    return lines


def printed(findings: Findings) -> str:
    """Return the tables in columns for a terminal."""
    parts = ["\n".join(preamble(findings))]
    for title, cells in sections(findings):
        widths = [max(len(line[k]) for line in cells) for k in range(len(cells[0]))]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
            for line in cells
        ]
        parts.append("\n".join([title, *lines]))
    return "\n\n".join(parts)


def markdown(findings: Findings) -> str:
    """Return the tables as Markdown."""
    parts = ["# Speed, measured side by side", *preamble(findings)]
    for title, cells in sections(findings):
        rule = ["---"] * len(cells[0])
        lines = ["| " + " | ".join(line) + " |" for line in [cells[0], rule, *cells[1:]]]
        parts += [f"## {title}", "\n".join(lines)]
    return "\n\n".join(parts) + "\n"


def write(findings: Findings, folder: Path) -> list[Path]:
    """Write the tables as Markdown and CSV, and the figure; return the paths."""
    tables = {
        "speed.md": markdown(findings).encode(),
        "rates.csv": as_csv(pd.DataFrame([*findings.rows, *findings.scaling])),
        "floor.csv": as_csv(pd.DataFrame(findings.floor)),
        "targets.csv": as_csv(
            pd.DataFrame([vars(each) | {"verdict": each.verdict} for each in findings.targets])
        ),
    }
    paths = [folder / name for name in tables]
    for path, content in zip(paths, tables.values(), strict=True):
        write_whole(path, content)
    return [*paths, *write_figures([rendered(drawing(findings))], folder)]


def drawing(findings: Findings) -> Drawing:
    """Draw the contenders' rates, and how the rate changes with the population."""
    with style.house_style():
        height = 1.6 + 0.24 * len(findings.rows) + 2.4
        figure, axes = style.new_figure(height, rows=2, height_ratios=[len(findings.rows), 9])
        draw_contenders(axes[0, 0], findings)
        draw_scaling(axes[1, 0], findings)
        fast = one(findings.rows, "one world, whole run", 2)
        slow = one(findings.rows, ORACLE)
        times = fast["per_second"] / slow["per_second"] if fast and slow else float("nan")
        finding = (
            f"A whole run on two threads simulates {in_words(times, 2)} times as many "
            "person-months a second as an agent per person does"
        )
        note = " ".join(preamble(findings))
        style.title_and_note(figure, finding, note)
    columns = ["workload", "contender", "threads", "persons", "person_months", "seconds",
               "processor_seconds", "per_second", "per_processor_second"]  # fmt: skip
    table = pd.DataFrame([*findings.rows, *findings.scaling])[columns]
    return Drawing("speed", figure, table, finding, note)


def draw_contenders(axes: Any, findings: Findings) -> None:
    """Draw a bar for each contender, and a point for its rate by processor time."""
    rows = findings.rows[::-1]
    colours = [style.BASELINE if row["workload"] == "model" else style.START for row in rows]
    places = range(len(rows))
    axes.barh(places, [row["per_second"] for row in rows], color=colours, height=0.7)
    alone = [row["per_processor_second"] * row["threads"] for row in rows]
    axes.plot(alone, places, "o", color=style.POLICY, markersize=4, linestyle="none",
              label="by processor time: were the machine idle")  # fmt: skip
    floor = 1e9 / findings.floor_nanoseconds
    axes.axvline(floor, color=style.INK, linestyle="--", linewidth=0.8,
                 label="the machine's floor, one thread")  # fmt: skip
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(style.thin_spaces())
    axes.xaxis.set_minor_formatter("")
    axes.set_yticks(list(places), [label_of(row) for row in rows])
    axes.set_xlabel("person-months a second (dark: the whole model; light: the reduced workload)")
    axes.grid(visible=False, axis="y")
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False, fontsize=7.5)


def label_of(row: dict[str, Any]) -> str:
    """Return a contender's name with its threads where it has several."""
    return row["contender"] + (f" ({row['threads']} threads)" if row["threads"] > 1 else "")


def draw_scaling(axes: Any, findings: Findings) -> None:
    """Draw the rate by the number of persons, on one thread and on two."""
    for threads, colour, marker in ((1, style.BASELINE, "o"), (2, style.POLICY, "s")):
        rows = [row for row in findings.scaling if row["threads"] == threads]
        axes.plot(
            [row["persons"] for row in rows], [row["per_second"] / 1e6 for row in rows],
            color=colour, marker=marker, label="two threads" if threads == 2 else "one thread",
        )  # fmt: skip
    axes.set_xscale("log")
    axes.set_xticks(sorted({row["persons"] for row in findings.scaling}))
    axes.xaxis.set_major_formatter(style.thin_spaces())
    axes.xaxis.set_minor_formatter("")
    axes.set_ylim(bottom=0)
    axes.set_xlabel("persons in one world")
    axes.set_ylabel("million person-months a second")
    axes.legend(frameon=False)
