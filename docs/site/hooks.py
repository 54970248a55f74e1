"""What MkDocs does not do by itself: pages outside ``docs``, and pages that nobody listed.

Every file of the repository that a page links to becomes a page or a download of the site below
``repository/``, and links to it lead there. A link to nothing stays as it is, so that a strict
build names it. Notebooks become pages, to which links to them lead.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from mkdocs.structure.files import File, Files
from notebook_page import page_of

ROOT = Path(__file__).resolve().parents[2]
DOCS, OUTSIDE = "docs", "repository"
NOTEBOOK = ".ipynb"
LINK = re.compile(r"(?<=\]\()(?!\w+:|#|<)([^)\s#]+)(?=[)#])")


def on_config(config: Any) -> Any:
    """Put pages that the navigation names nowhere at its end, so that none is hidden."""
    pages = sorted(path.name for path in (ROOT / DOCS).glob("*.md"))
    if left_out := [name for name in pages if name not in str(config["nav"])]:
        config["nav"].append({"More": left_out})
    return config


def on_files(files: Files, config: Any) -> Files:
    """Add the files that pages link to, and those that these link to; then notebooks as pages."""
    waiting = [_in_repository(file.src_uri) for file in files.documentation_pages()]
    seen = set(waiting)
    while waiting:
        for found in _linked(waiting.pop()):
            if found not in seen:
                seen.add(found)
                if found.suffix in (".md", NOTEBOOK):
                    waiting.append(found)
                if found.parts[0] != DOCS:
                    here = str(ROOT / found)
                    files.append(File.generated(config, _on_site(found), abs_src_path=here))
    for notebook in [file for file in files if file.src_uri.endswith(NOTEBOOK)]:
        files.append(_page_of_notebook(notebook, config))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Let links lead to where files stand on the site."""
    here = _in_repository(page.file.src_uri)
    start = PurePosixPath(page.file.src_uri).parent

    def moved(link: re.Match[str]) -> str:
        found = _target(here, link[0])
        return link[0] if found is None else os.path.relpath(_on_site(found), start)

    return LINK.sub(moved, markdown)


def _page_of_notebook(notebook: File, config: Any) -> File:
    name = PurePosixPath(notebook.src_uri)
    page = page_of(notebook.content_string, name.name)
    return File.generated(config, name.with_suffix(".md").as_posix(), content=page)


def _linked(page: PurePosixPath) -> Iterator[PurePosixPath]:
    for link in LINK.finditer((ROOT / page).read_text(encoding="utf-8")):
        if (found := _target(page, link[0])) is not None:
            yield found


def _target(page: PurePosixPath, link: str) -> PurePosixPath | None:
    """Return the file of the repository that a link means; None if it means none."""
    path = PurePosixPath(os.path.normpath(page.parent / link))
    return path if path.parts[0] != ".." and (ROOT / path).is_file() else None


def _in_repository(site: str) -> PurePosixPath:
    path = PurePosixPath(site)
    return path.relative_to(OUTSIDE) if path.parts[0] == OUTSIDE else DOCS / path


def _on_site(path: PurePosixPath) -> str:
    inside = path.parts[0] == DOCS
    place = path.relative_to(DOCS) if inside else OUTSIDE / path
    return (place.with_suffix(".md") if place.suffix == NOTEBOOK else place).as_posix()
