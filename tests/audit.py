"""What is locked, against known security advisories.

    pip install -e '.[audit]' && python -m tests.audit

asks a public service for the advisories of every package in requirements.lock and .ci/build.lock,
as this Python installs them. Exit codes: 0 none is known, 1 some are (listed), 2 pip-audit is not
installed, 3 no service could be reached, so nothing is known either way.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from abm.extras import is_installed, lacking

ROOT = Path(__file__).parents[1]
LOCKS = ("requirements.lock", ".ci/build.lock")
SERVICE = "osv"
CLEAN, FOUND, NOT_INSTALLED, UNREACHABLE = 0, 1, 2, 3
SECONDS = 600


def main() -> int:
    """Print what is known and return the exit code."""
    if not is_installed("pip_audit"):
        print(lacking("the audit", "pip-audit", "audit"))
        return NOT_INSTALLED
    done = subprocess.run(command(), capture_output=True, text=True, timeout=SECONDS, cwd=ROOT)
    packages = answered(done.stdout)
    if packages is None:
        why = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        print(f"no advisory service could be reached, so nothing is known: {why[:300]}")
        return UNREACHABLE
    lines = advisories(packages)
    print("\n".join([*lines, f"{len(packages)} packages asked for, {len(lines)} advisories known"]))
    return FOUND if lines else CLEAN


def command() -> list[str]:
    """Return the command that asks for every locked package and resolves nothing itself."""
    files = [word for lock in LOCKS for word in ("--requirement", lock)]
    return [
        sys.executable, "-m", "pip_audit", *files, "--disable-pip", "--require-hashes",
        "--vulnerability-service", SERVICE, "--format", "json", "--progress-spinner", "off",
    ]  # fmt: skip


def answered(text: str) -> list[Mapping[str, Any]] | None:
    """Return the packages of an answer, None if it is not a whole one."""
    try:
        packages = json.loads(text)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return None
    # One that was skipped was not asked for: then the whole is not known.
    return packages if packages and all("vulns" in each for each in packages) else None


def advisories(packages: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return a line for each advisory: the package, what it is called, and where it is mended."""
    return [
        f"{package['name']} {package['version']}: {', '.join([each['id'], *each['aliases']])}; "
        f"mended in {', '.join(each['fix_versions']) or 'no version yet'}"
        for package in packages
        for each in package["vulns"]
    ]


if __name__ == "__main__":
    sys.exit(main())
