"""Instants as people and programs write them, in the site's time zone."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Query

from wallserver.control.answers import ApiError

_MS = re.compile(r"\d{1,14}")

type Instant = Annotated[str, Query(max_length=40)]


def instant_ms(text: str, zone: str) -> int:
    """Unix milliseconds of `text`: those themselves, or ISO 8601; without an offset in `zone`. ApiError for others."""
    if _MS.fullmatch(text):
        return int(text)
    try:
        # In a query a plus that nobody has escaped arrives as a space.
        at = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
        return int((at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))).timestamp() * 1000)
    except (ValueError, OverflowError):
        raise ApiError(
            422, "A time is written like 2026-11-28T19:30:00, 2026-11-28T11:30:00Z, or as Unix milliseconds."
        ) from None
