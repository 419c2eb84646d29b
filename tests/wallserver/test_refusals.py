"""Whatever the server gives as a reason, pages have Indonesian words for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import layouts
import wallserver.catalogue.handovers
import wallserver.control

ROOT = Path(layouts.__file__).parents[1]
SOURCES = [
    *(ROOT / "layouts").glob("*.py"),
    *Path(wallserver.control.__file__).parent.rglob("*.py"),
    Path(wallserver.catalogue.handovers.__file__),
]
GIVEN = {
    word
    for source in SOURCES
    for word in re.findall(r'\breason="(\w+)"|_reason = "(\w+)"|Error\([^()]*, "(\w+)",?\s*\)', source.read_text())
    for word in word
    if word
}
# Those that belong to one page alone, and stand in its own words.
ON_ITS_PAGE = {"current": "login", "same": "login"}
WORDS = (ROOT / "static/src/shared/refusals.ts").read_text()


@pytest.mark.parametrize("reason", sorted(GIVEN))
def test_it_is_said_in_indonesian(reason: str) -> None:
    if reason in ON_ITS_PAGE:
        pages = (ROOT / "static/src" / ON_ITS_PAGE[reason]).glob("*.ts*")
        assert any(re.search(rf"\b{reason}\b", page.read_text()) for page in pages)
    else:
        assert re.search(rf'^  {reason}: "', WORDS, re.MULTILINE)


def test_it_has_found_them() -> None:
    assert {"locked", "overlap", "stale", "own_note", "cut_off", "needs_draft"} <= GIVEN
