"""The page of the command ``check``: what holds, what fails, and the figures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from abm.running.output import write_whole
from abm.scenario.parts import Scenario
from analysis.pages.dress import page_from
from analysis.selfcheck.finding import Finding
from analysis.words import in_words

TEMPLATE = "template.html"


def page_of(scenario: Scenario, findings: Sequence[Finding]) -> str:
    """Return the findings as one HTML page that needs nothing else."""
    return page_from(
        Path(__file__).with_name(TEMPLATE),
        title=scenario.title,
        name=scenario.name,
        summary=summary(findings),
        persons=in_words(scenario.persons, 12),
        years=scenario.years,
        findings=findings,
    )


def summary(findings: Sequence[Finding]) -> str:
    """Say in one sentence how many checks hold."""
    failed = [finding.name for finding in findings if finding.passed is False]
    if failed:
        return f"{len(failed)} of {len(findings)} checks fail: {'; '.join(failed)}."
    idle = sum(finding.passed is None for finding in findings)
    applied = f"All {len(findings) - idle} checks that apply hold"
    return f"{applied}; {idle} do not apply." if idle else f"{applied}."


def write_page(scenario: Scenario, findings: Sequence[Finding], folder: Path) -> Path:
    """Write the page to a folder that is there, and return its path."""
    path = folder / "check.html"
    write_whole(path, page_of(scenario, findings).encode())
    return path
