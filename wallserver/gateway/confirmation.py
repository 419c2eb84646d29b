"""Whether those who watch still may: a right may end while a picture runs, so control is asked again and again."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Sequence
from typing import Any

from ingest.bus import Bus
from ingest.errors import BusError

# How soon at the latest a viewer that has lost its right is shown nothing new, where nobody says that it has.
CONFIRM_S = 5.0
# How soon control is asked again where it said that somebody may have, and then could not say who.
AGAIN_S = 0.5
# Control says that somebody may have lost a right.
RIGHTS_CHANGED = "evt.rights"
_SUBJECT = "req.viewers.confirm"
_TIMEOUT_S = 2.0

# Who watches and what it asked for, both as control said them; and the streams that it gets.
type Watched = tuple[str, str, Sequence[str]]
# Of each the streams that it may go on with; None: it may not watch at all.
type Allowed = frozenset[str] | None
# What is asked at a time: with 64 slots each some 500 kB.
_AT_A_TIME = 200


class Rounds:
    """When to ask: as soon as control says that rights have changed, and every so often in case nobody heard it.

    `said`: control says so, and has not answered since.
    """

    def __init__(self) -> None:
        self.said = False
        self._heard = asyncio.Event()

    async def heard(self, _subject: str, _event: dict[str, Any]) -> dict[str, Any]:
        """Control says so."""
        self._heard.set()
        return {}

    async def next(self) -> None:
        """Return when it is time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(AGAIN_S if self.said else CONFIRM_S):
                await self._heard.wait()
        self.said = self.said or self._heard.is_set()
        self._heard.clear()

    async def ask(self, bus: Bus, watched: Sequence[Watched]) -> Sequence[Allowed] | None:
        """The answer of `confirmed` to this round."""
        allowed = await confirmed(bus, watched)
        if allowed is not None:
            self.said = False
        return allowed


async def confirmed(bus: Bus, watched: Sequence[Watched]) -> Sequence[Allowed] | None:
    """What each of these still may; None where control is away, or cannot read its database just now."""
    found: list[Allowed] = []
    for some in itertools.batched(watched, _AT_A_TIME):
        try:
            answer = await bus.request(_SUBJECT, {"watched": some}, _TIMEOUT_S)
        except BusError:
            return None
        allowed = answer.get("allowed")
        if not isinstance(allowed, list) or len(allowed) != len(some):
            return None
        found += (None if streams is None else frozenset(streams) for streams in allowed)
    return found
