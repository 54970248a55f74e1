"""The guide to a place of one's own, followed word for word."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# The guide is the first part, with counts of one's own.
GUIDE = (ROOT / "docs" / "places.md").read_text(encoding="utf-8").split("## place.yaml")[0]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def run_block(text: str, folder: Path) -> str:
    """Run the lines of a block as a reader would, and return all they print."""
    command = text.replace("python run.py", f"{sys.executable} {ROOT / 'run.py'}")
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


@pytest.mark.slow
def test_the_guide_does_what_it_says(tmp_path):
    shown, printed = 0, ""
    for block in BLOCK.finditer(GUIDE):
        language, text = block[1], block[2]
        if language == "yaml":
            (tmp_path / f"{re.match('name: (.*)', text)[1]}.yaml").write_text(text)
        elif language == "csv":
            name = re.findall(r"Save as `(\w+\.csv)`", GUIDE[: block.start()])[-1]
            (tmp_path / name).write_text(text)
        elif language == "bash":
            printed = run_block(text, tmp_path)
        else:
            assert text in printed, printed
            shown += 1
    assert shown == 3
    assert (tmp_path / "results" / "place_northport" / "fit.html").is_file()
    assert (tmp_path / "results" / "place_northport_as_counted" / "fit.html").is_file()
    for name in ("walks_in_northport", "walks_at_our_prices", "walks_as_monitored"):
        assert (tmp_path / "results" / name / "report.html").is_file()
    assert "Northport survey 2023" in (tmp_path / "northport" / "place.yaml").read_text()
