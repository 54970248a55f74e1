"""Links between the pages lead to files that are there, and to headings that they have."""

import json
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [*sorted((ROOT / "docs").glob("*.md")), *sorted(ROOT.glob("*.md")),
         ROOT / "scenarios" / "README.md", ROOT / "abm" / "evidence" / "README.md"]  # fmt: skip
LINK = re.compile(r"\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]+))?\)")


def without_code(text):
    return re.sub(r"```.*?```", "", text, flags=re.DOTALL)


def anchors(page):
    """Return the anchors of a page's headings, as GitHub and MkDocs make them."""
    text = without_code(page.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each).strip().lower().replace(" ", "-") for each in headings}


def broken(page, text):
    for link, anchor in LINK.findall(without_code(text)):
        target = page if not link else Path(os.path.normpath(page.parent / link))
        if not target.exists():
            yield f"{page.name}: {link} is not there"
        elif anchor and anchor not in anchors(target):
            yield f"{page.name}: {link}#{anchor} names no heading"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    assert list(broken(page, page.read_text(encoding="utf-8"))) == []


def test_a_broken_link_is_noticed():
    page = ROOT / "docs" / "mesa.md"
    found = list(broken(page, "[a](no_such.md) [b](results.md#no-such) [c](results.md#figures)"))
    assert found == [
        "mesa.md: no_such.md is not there",
        "mesa.md: results.md#no-such names no heading",
    ]


def test_a_notebook_becomes_a_page_with_its_text_code_and_outputs():
    page_of = runpy.run_path(str(ROOT / "docs" / "site" / "notebook_page.py"))["page_of"]
    table = '<div><style>td {}</style><table border="1"><tr><td>2</td></tr></table></div>'
    outputs = [{"text": ["said\n"]}, {"data": {"text/plain": ["1"]}},
               {"data": {"text/html": [table], "text/plain": ["2"]}},
               {"data": {"image/png": "QUJD\n", "text/plain": ["3"]}}]  # fmt: skip
    cells = [{"cell_type": "markdown", "source": ["# A\n", "b"]},
             {"cell_type": "code", "source": ["x = 1\n", "x"], "outputs": outputs}]  # fmt: skip
    assert page_of(json.dumps({"cells": cells}), "a.ipynb").split("\n\n") == [
        "# A\nb", "~~~~python\nx = 1\nx\n~~~~", "~~~~text\nsaid\n~~~~", "~~~~text\n1\n~~~~",
        "<div><table><tr><td>2</td></tr></table></div>",
        "![What the code above draws](data:image/png;base64,QUJD)",
        "[This page as a notebook](<a.ipynb>), to run it yourself.\n",
    ]  # fmt: skip


def test_the_home_of_the_site_says_what_the_readme_says():
    paragraphs = (ROOT / "README.md").read_text(encoding="utf-8").split("\n\n")
    home = (ROOT / "docs" / "README.md").read_text(encoding="utf-8").split("\n\n")
    assert home[:2] == paragraphs[:2]  # the title, and what this is


@pytest.mark.slow
def test_the_site_is_built_without_a_warning(tmp_path):
    for package in ("mkdocs", "material", "mkdocstrings_handlers"):
        pytest.importorskip(package)
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)]
    quiet = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, text=True, capture_output=True, env=quiet)
    assert done.returncode == 0, done.stderr
    first = (tmp_path / "index.html").read_text(encoding="utf-8")
    names = [page.stem for page in PAGES if page.parent.name == "docs" and page.stem != "README"]
    assert [name for name in names if f'href="{name}.html"' not in first] == []
    assert "simulate_bout" in (tmp_path / "api.html").read_text(encoding="utf-8")
    assert (tmp_path / "repository" / "scenarios" / "index.html").is_file()
    notebook = (tmp_path / "notebooks" / "policy.html").read_text(encoding="utf-8")
    assert "A town of 150 000 adults" in notebook and 'src="data:image/png;base64,' in notebook
    assert 'href="policy.ipynb"' in notebook and (tmp_path / "notebooks" / "policy.ipynb").is_file()
    assert 'href="notebooks/policy.html">From a question' in first and ".ipynb" not in first
