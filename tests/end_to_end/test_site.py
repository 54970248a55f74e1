"""The site, built as it is published, in a browser: nothing has to be scrolled sideways."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser import browser, chromium

ROOT = Path(__file__).resolve().parents[2]
WIDE_CODE = """[...document.querySelectorAll('pre > code')]
    .filter(each => each.scrollWidth > each.clientWidth + 1).map(each => each.textContent)"""
PAGES = ("index", "tutorial", "commands", "model", "notebooks/policy", "repository/index")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    pytest.importorskip("mkdocs")
    pytest.importorskip("mkdocstrings")
    folder = tmp_path_factory.mktemp("site")
    build = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", folder]
    subprocess.run(
        build, cwd=ROOT, check=True, capture_output=True,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    return folder


@pytest.mark.slow
@pytest.mark.skipif(chromium() is None, reason="no Chromium here")
def test_no_page_and_no_code_scrolls_sideways(site):
    with browser() as page:
        for width in (1280, 390):
            page.size(width, 900)
            for name in PAGES:
                page.open((site / f"{name}.html").as_uri())
                assert page.value("document.querySelectorAll('h1').length")
                assert page.value(WIDE_CODE) == [], (name, width)
                assert page.value("document.documentElement.scrollWidth") <= width, name
