"""The nightly reload: each display begins its page anew once a day, one after the other.

A page that runs for months gathers what no test has seen; a fresh one also brings what an update changed. The
display itself sees to it that nobody sees black meanwhile (`static/src/display/held.ts`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import structlog

from wallserver.config import DisplaySettings
from wallserver.control.display_hub import DisplayHub
from wallserver.control.plans import Plans

_log = structlog.get_logger(__name__)
_LOOK_S = 5.0


def due(
    at: time, spread_s: int, zone: ZoneInfo, displays: Sequence[str], since_ms: int, now_ms: int
) -> tuple[str, ...]:
    """The displays whose turn came after `since_ms` and not after `now_ms` (Unix milliseconds).

    The first one's turn is at `at` in `zone`, the others' follow evenly within `spread_s` seconds.
    """
    since, now = (datetime.fromtimestamp(ms / 1000, zone) for ms in (since_ms, now_ms))
    midnights = (datetime.combine(now.date() - timedelta(days=back), at, zone) for back in (1, 0))
    return tuple(
        display
        for first in midnights
        for index, display in enumerate(displays)
        if since < first + timedelta(seconds=spread_s * index / len(displays)) <= now
    )


class NightlyReload:
    """Tells displays to reload when their turn comes. A turn that comes while control is away is left out."""

    def __init__(
        self, hub: DisplayHub, plans: Plans, settings: DisplaySettings, zone: str, now_ms: Callable[[], int]
    ) -> None:
        self._hub = hub
        self._plans = plans
        self._settings = settings
        self._zone = ZoneInfo(zone)
        self._now_ms = now_ms
        self._looked_ms = now_ms()

    async def run(self) -> None:
        """Look now and then, until cancelled."""
        while True:
            await asyncio.sleep(_LOOK_S)
            self.look()

    def look(self) -> None:
        """Tell those whose turn came since the last look."""
        since_ms, self._looked_ms = self._looked_ms, self._now_ms()
        at, spread_s = self._settings.reload_at, self._settings.reload_spread_s
        if at is None:
            return
        for display in due(at, spread_s, self._zone, sorted(self._plans.displays), since_ms, self._looked_ms):
            if self._hub.reload(display):
                _log.info("a display is told to reload", display=display)
