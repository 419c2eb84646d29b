"""Pictures of the streams that are being pulled: their owners' cached keyframes, asked for now and then."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection

import structlog

from ingest.bus import Bus
from ingest.verdicts import Verdicts
from ingest.visit import See

# At a time: each answer is a keyframe, and one thread decodes them all.
_AT_ONCE = 4
_ANSWER_S = 1.0
_LEAST_REST_S = 0.2

log = structlog.get_logger(__name__)


class Lookout:
    """Keeps stills and states of `streams()` fresh, every `every_s()` seconds. `run` until cancelled.

    Asking for a keyframe costs a twentieth of listening to all access units, most of which would not be looked at.
    """

    def __init__(
        self,
        bus: Bus,
        verdicts: Verdicts,
        streams: Callable[[], Collection[str]],
        every_s: Callable[[], float],
        see: See,
    ) -> None:
        self._bus = bus
        self._verdicts = verdicts
        self._streams = streams
        self._every_s = every_s
        self._see = see
        self._last: dict[str, tuple[int, int]] = {}
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self.looks = 0

    async def run(self) -> None:
        """Round after round. When short of CPU, half of the time is left to others."""
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            streams = self._streams() if self._bus.connected else ()
            self._last = {stream: self._last[stream] for stream in self._last.keys() & set(streams)}
            await asyncio.gather(*(self._look(stream) for stream in streams))
            took = loop.time() - began
            await asyncio.sleep(max(_LEAST_REST_S, took, self._every_s() - took))

    async def _look(self, stream: str) -> None:
        async with self._turns:
            au = await self._bus.cached_keyframe(stream, _ANSWER_S)
            # The same one as before is no second look: the owner may have lost the camera.
            if au is None or au.damaged or self._last.get(stream) == (au.epoch, au.sequence):
                return
            self._last[stream] = au.epoch, au.sequence
            try:
                seen = await self._see(stream, au.codec, au.data, judged=self._verdicts.wants_look(stream))
            except Exception:  # one camera's picture must not end the judging of all
                log.exception("a look failed in an unforeseen way", stream=stream)
                return
        if seen is not None:
            self.looks += 1
            self._verdicts.seen(stream, seen, au.arrived_wall_ns // 1_000_000)
