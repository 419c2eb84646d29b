"""Instants as people and programs write them, in the site's time zone."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Query

from wallserver.control.answers import ApiError

# A day before the year 9999 ends: in some time zone that is over already.
MOST_MS = 253_402_214_400_000
_MS = re.compile(r"\d{1,14}")

type Instant = Annotated[str, Query(max_length=40)]


def instant_ms(text: str, zone: str) -> int:
    """Unix milliseconds of `text`: those themselves, or ISO 8601; without an offset in `zone`. ApiError for others."""
    ms = _read(text, zone)
    if ms is None or not 0 <= ms < MOST_MS:
        raise ApiError(
            422, "A time is written like 2026-11-28T19:30:00, 2026-11-28T11:30:00Z, or as Unix milliseconds."
        )
    return ms


def _read(text: str, zone: str) -> int | None:
    if _MS.fullmatch(text):
        return int(text)
    try:
        # In a query a plus that nobody has escaped arrives as a space.
        at = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
        return int((at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))).timestamp() * 1000)
    except (ValueError, OverflowError):
        return None
