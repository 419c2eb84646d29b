"""Instant replay: what a puller has kept of a stream, played again as a stream of its own, `replay.<id>`.

A replay plays at the pace at which its pictures came, and they keep the times at which they came: nobody takes them
for live. Like every stream it is played while somebody demands it: it begins when its first viewer is there, and ends
with its last one, or where it has come to the pictures that were the newest when it was asked for.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import structlog

from ingest import causes
from ingest.bus import Bus, Subscription
from ingest.causes import Cause
from ingest.ending import end_tasks
from ingest.errors import ReplayError
from ingest.gop import GopCache
from ingest.replay_ring import Piece, ReplayRing
from ingest.replay_settings import START_S, Keeping
from ingest.replay_store import ReplayStore

MOST_REPLAYS = 8
# How soon it is noticed that somebody watches, or nobody any more.
_LOOK_S = 0.1

log = structlog.get_logger(__name__)


class Replays:
    """All rings of a puller, and the replays that run of them. `demanded(stream)`: whether somebody wants it now.

    Needs a running event loop; the replays end with the bus.
    """

    def __init__(self, bus: Bus, keeping: Keeping, demanded: Callable[[str], bool]) -> None:
        self._bus = bus
        self._store = ReplayStore(keeping)
        self._demanded = demanded
        self._running: set[asyncio.Task[None]] = set()
        bus.on_close.append(self._stop)

    def open(self, stream: str) -> ReplayRing:
        """The ring of a stream that is ours now."""
        return self._store.open(stream)

    def close(self, ring: ReplayRing) -> None:
        """The stream is not ours any more: what was kept of it goes, and every replay of it ends."""
        self._store.close(ring)

    async def serve(self, ring: ReplayRing) -> Subscription:
        """Answer `req.replay.<stream>`. Raises BusError.

        {"look": true} → {"from_ms", "until_ms"}: what there is, Unix milliseconds. {"from_ms": …} (the oldest without
        it) begins a replay → {"id", "stream", "from_ms", "until_ms"}. Where there is none: {"error": its words}.
        """
        return await self._bus.serve(f"req.replay.{ring.stream}", partial(self._answer, ring))

    async def aclose(self) -> None:
        """Once the bus is closed."""
        await self._store.aclose()

    async def _answer(self, ring: ReplayRing, _subject: str, asked: dict[str, Any]) -> dict[str, Any]:
        from_ms = asked.get("from_ms")
        if from_ms is not None and type(from_ms) is not int:
            raise ReplayError("from_ms has to be a whole number of milliseconds")
        span = ring.span_ms
        if span is None:
            raise ReplayError("nothing is kept of this stream yet")
        if asked.get("look") is True:
            return {"from_ms": span[0], "until_ms": span[1]}
        if len(self._running) >= MOST_REPLAYS:
            raise ReplayError(f"{MOST_REPLAYS} replays run here already: wait until one of them has ended")
        pieces = ring.pin(from_ms)
        if not pieces:
            raise ReplayError("nothing is kept of this stream any more")
        name = secrets.token_hex(8)
        task = asyncio.create_task(self._run(name, ring, pieces), name=f"replay {name}")
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        began_ms = pieces[0].began[0] // 1_000_000
        return {"id": name, "stream": f"replay.{name}", "from_ms": began_ms, "until_ms": span[1]}

    async def _run(self, name: str, ring: ReplayRing, pieces: deque[Piece]) -> None:
        cause = causes.REPLAY_LOST  # the process ends
        gop = GopCache()
        serving: Subscription | None = None
        log.info("replay", replay=name, stream=ring.stream)
        try:
            serving = await self._bus.serve_gop(f"replay.{name}", gop.units)
            cause = await self._play(f"replay.{name}", ring, pieces, gop)
        except Exception:
            cause = causes.REPLAY_FAILED
            log.exception("a replay failed in an unforeseen way", stream=ring.stream)
        finally:
            for piece in pieces:
                piece.pins -= 1
            if serving is not None:
                await serving.close()
            log.info("replay ended", replay=name, stream=ring.stream, cause=cause.english)
            told = {"cause_id": cause.indonesian, "cause_en": cause.english}
            await self._bus.tell(f"evt.replay.{name}", told)

    async def _play(self, name: str, ring: ReplayRing, pieces: deque[Piece], gop: GopCache) -> Cause:
        """Publish it at its own pace. Returns why it ended."""
        clock = asyncio.get_running_loop().time
        asked = clock()
        while not self._demanded(name):
            if clock() - asked > START_S:
                return causes.REPLAY_UNWATCHED
            await asyncio.sleep(_LOOK_S)
        began = clock() - pieces[0].began[1] / 1e9
        while pieces:
            units = await self._store.read(ring, pieces[0])
            pieces.popleft().pins -= 1
            if units is None:
                return causes.REPLAY_LOST if ring.closed else causes.REPLAY_OVERWRITTEN
            if units:  # a disk that was slow delays what follows; it does not come all at once
                began = max(began, clock() - units[0].arrived_mono_ns / 1e9)
            for au in units:
                while (wait := began + au.arrived_mono_ns / 1e9 - clock()) > 0:
                    await asyncio.sleep(min(wait, _LOOK_S))
                    if ring.closed:
                        return causes.REPLAY_LOST
                    if not self._demanded(name):
                        return causes.REPLAY_UNWATCHED
                played = replace(au, stream=name)
                gop.add(played)
                self._bus.publish(played)
        return causes.REPLAY_ENDED

    async def _stop(self) -> None:
        """In the order of `bus.on_close`, while it can still be said."""
        await end_tasks(*self._running)
