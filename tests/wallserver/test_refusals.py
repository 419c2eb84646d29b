"""What layouts, walls, the public page and hand-overs are refused for is said in Indonesian too."""

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
GIVEN = {reason for source in SOURCES for reason in re.findall(r'\b_?reason(?: = |=)"(\w+)"', source.read_text())}
# Those that only the page for signing in meets, which has both languages' words for them.
ON_SIGN_IN = {"current", "same"}
WORDS = (ROOT / "static/src/shared/refusals.ts").read_text()
SIGN_IN_WORDS = (ROOT / "static/src/login/words.ts").read_text().partition("REASONS")[2]


@pytest.mark.parametrize("reason", sorted(GIVEN))
def test_it_is_said_in_indonesian(reason: str) -> None:
    if reason in ON_SIGN_IN:
        assert re.search(rf'^  {reason}: {{ id: "', SIGN_IN_WORDS, re.MULTILINE)
    else:
        assert re.search(rf'^  {reason}: "', WORDS, re.MULTILINE)


def test_all_kinds_of_them_have_been_found() -> None:
    assert {"locked", "overlap", "stale", "own_note", "too_many_public", "cut_off", "needs_draft"} <= GIVEN
