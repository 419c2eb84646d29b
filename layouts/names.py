"""What ids, names and other texts may be: they come from browsers, and go into URLs, subjects of the bus and pages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from layouts.errors import LayoutError

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
# What no encoding has, and what PostgreSQL keeps in no text: a wall with such a label could be told to nobody any more.
_UNWRITABLE = re.compile("[\x00\ud800-\udfff]")
LONGEST_NAME = 120


def check_id(what: str, name: str) -> None:
    """LayoutError unless `name` can stand in a URL and in a subject of the bus."""
    if not _ID.fullmatch(name):
        raise LayoutError(f"a {what}'s id is 1 to 63 of a–z, 0–9 and -, beginning with no hyphen; not {name[:80]!r}")


def check_text(what: str, value: str, longest: int = LONGEST_NAME) -> None:
    """LayoutError for a text that is longer than `longest` characters, or has one that cannot be written."""
    if len(value) > longest:
        raise LayoutError(f"{what} has at most {longest} characters, not {len(value)}")
    if _UNWRITABLE.search(value):
        raise LayoutError(f"{what} has a character that cannot be written")


def check_each_once(what: str, names: Iterable[object]) -> None:
    """LayoutError for a name that stands there more than once."""
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise LayoutError(f"{what} {twice[0]!r} stands there more than once")
