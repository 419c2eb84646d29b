"""The project as a newcomer gets it: lock files name no private host, modules can be read, links lead somewhere."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PUBLIC = {"pypi.org", "files.pythonhosted.org", "registry.npmjs.org"}


@pytest.mark.parametrize("name", ["uv.lock", "static/package-lock.json"])
def test_lock_files_name_no_host_but_the_public_index(name: str) -> None:
    urls = re.findall(r'(?:resolved"?: "|registry = "|url = ")https?://([^/"]+)', (ROOT / name).read_text())
    assert set(urls) <= PUBLIC


def test_no_module_is_longer_than_a_reader_can_hold() -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "*.py", "*.ts", "*.tsx"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    long = {name: n for name in tracked if (n := len((ROOT / name).read_text().splitlines())) > 500}
    assert not long


_PAGES = sorted(ROOT.glob("*.md")) + sorted(ROOT.glob("docs/**/*.md"))


def _headings(page: Path) -> set[str]:
    """What may stand behind # of a link to it, as code hosts make it of its headings."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_and_picture_of_a_page_is_there(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if re.match(r"https?:", link):
            continue
        path, _, heading = link.partition("#")
        to = (page.parent / path).resolve() if path else page
        assert to.is_file(), link
        assert not heading or heading in _headings(to), link


def test_every_handbook_is_there_in_both_languages_and_every_picture_is_shown() -> None:
    names = {language: {page.name for page in (ROOT / "docs" / language).glob("*.md")} for language in ("id", "en")}
    assert names["id"] == names["en"] == {"operator.md", "supervisor.md", "administrator.md"}
    text = {page: page.read_text() for page in _PAGES}
    for picture in ROOT.glob("docs/**/*.jpg"):
        shown = [page for page in _PAGES if os.path.relpath(picture, page.parent) in text[page]]
        assert shown, picture
