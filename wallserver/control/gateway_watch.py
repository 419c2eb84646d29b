"""Notices within a second that a gateway has died, so that its displays come back by another one at once.

A display by itself would wait for pictures for 5 s, and a gateway's heartbeat lasts 3 s. But the bus knows at once
that nobody listens any more to what a gateway is asked. Only what displays show depends on this: no session is ended
by it, and without control everything goes on.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import structlog

from ingest.bus import Bus
from ingest.errors import BusError, BusTimeout
from wallserver.control.live import Live
from wallserver.control.sessions import MediaSession, Sessions

_log = structlog.get_logger(__name__)

_ASK_EVERY_S = 0.25
_ANSWER_S = 0.4
# One silence may be chance, or a gateway that just reconnects.
_SILENCES = 2
# After the bus was away, gateways need a moment to be back on it.
_GRACE_S = 5.0


class GatewayWatch:
    """Asks every gateway whether it is there. `on_lost` is told of each session whose gateway is not."""

    def __init__(self, live: Live, sessions: Sessions, on_lost: Callable[[MediaSession], None]) -> None:
        self._live = live
        self._sessions = sessions
        self._on_lost = on_lost
        self._silent: dict[str, int] = {}  # how often in a row each has not answered
        self._absent: dict[str, int] = {}  # and how often nobody listened
        self._generation = 0
        self._trusted_at = 0.0

    async def run(self, bus: Bus) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(_ASK_EVERY_S)
            gateways = set(self._live.workers("gateway")) | self._sessions.gateways
            await asyncio.gather(*(self._ask(bus, gateway) for gateway in gateways))
            for counts in (self._silent, self._absent):
                for gateway in counts.keys() - gateways:
                    del counts[gateway]
            self._sessions.unanswering = frozenset(_often(self._silent))
            if self._trusts(bus):
                for gateway in _often(self._absent):
                    del self._absent[gateway]
                    self._gone(gateway)

    async def _ask(self, bus: Bus, gateway: str) -> None:
        absent = False
        try:
            await bus.request(f"req.gateway.{gateway}.alive", {}, timeout=_ANSWER_S)
        except BusTimeout:
            # Busy, unless its heartbeat has ended as well: whoever is busy keeps what it has, and gets nothing new.
            absent = gateway not in self._live.workers("gateway")
        except BusError:
            absent = True
        else:
            self._silent.pop(gateway, None)
            self._absent.pop(gateway, None)
            return
        self._silent[gateway] = self._silent.get(gateway, 0) + 1
        self._absent[gateway] = self._absent.get(gateway, 0) + 1 if absent else 0

    def _trusts(self, bus: Bus) -> bool:
        """Whether silence means anything."""
        if bus.generation != self._generation or not bus.connected:
            self._generation = bus.generation
            self._trusted_at = time.monotonic() + _GRACE_S
            self._absent.clear()
        return time.monotonic() >= self._trusted_at

    def _gone(self, gateway: str) -> None:
        lost = self._sessions.leave(gateway)
        if lost:
            _log.warning("gateway is gone", gateway=gateway, sessions=len(lost))
        for session in lost:
            self._on_lost(session)


def _often(counts: dict[str, int]) -> list[str]:
    return [gateway for gateway, times in counts.items() if times >= _SILENCES]
