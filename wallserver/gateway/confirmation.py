"""Whether those who watch still may: a right may end while a picture runs, so control is asked again and again."""

from __future__ import annotations

from collections.abc import Sequence

from ingest.bus import Bus
from ingest.errors import BusError

# How soon a viewer that has lost its right is shown nothing new.
CONFIRM_S = 5.0
_SUBJECT = "req.viewers.confirm"
_TIMEOUT_S = 2.0

# Who watches and what it asked for, both as control said them; and the stream that it gets.
type Watched = tuple[str, str, str]


async def confirmed(bus: Bus, watched: Sequence[Watched]) -> Sequence[bool] | None:
    """Of each of these whether it still may; None where control is away, or cannot read its database just now."""
    if not watched:
        return ()
    try:
        answer = await bus.request(_SUBJECT, {"watched": watched}, _TIMEOUT_S)
    except BusError:
        return None
    allowed = answer.get("allowed")
    if not isinstance(allowed, list) or len(allowed) != len(watched):
        return None
    return [may is True for may in allowed]
