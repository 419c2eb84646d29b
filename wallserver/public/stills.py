"""Refreshed stills, for whom neither WebRTC nor HLS is there: of a keyframe each, made once for all who ask."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from ingest.access_unit import AccessUnit
from ingest.bus import Bus
from ingest.ending import end_tasks
from ingest.stills import still_of
from wallserver.gateway.fan_out import FanOut
from wallserver.gateway.slot import Feed
from wallserver.public.hls import LONGEST_S
from wallserver.public.limits import CamerasAtOnce, Room
from wallserver.public.refusals import not_yet, stills_full, too_many_from_here
from wallserver.public.settings import PublicSettings
from wallserver.public.shown import PublicCamera

KEPT_S = 2
_FIRST_S = 8.0
IDLE_S = 15.0
# GOPs of composed streams have 2 s: after so long nothing comes any more, and nothing old is shown for new.
_DEAD_S = 10.0


@dataclass(frozen=True, slots=True)
class Still:
    """A JPEG of a picture of then (Unix milliseconds)."""

    jpeg: bytes
    taken_ms: int


class Stills:
    """By camera, `most` requests at a time. Needs a running loop."""

    def __init__(self, bus: Bus, fan_out: FanOut, cameras: CamerasAtOnce, settings: PublicSettings, most: int) -> None:
        self._fan_out = fan_out
        self._cameras = cameras
        self._width = settings.width
        self._first_s = min(LONGEST_S, _FIRST_S + settings.delay_s)
        self._idle_s = IDLE_S + settings.delay_s
        self._room = Room(most, settings.hls_per_address, stills_full, lambda: too_many_from_here("still"))
        self._makers: dict[str, _Maker] = {}
        self._hand = ThreadPoolExecutor(1, thread_name_prefix="stills")
        self._giving_up = bus.essential(self._give_up(), "give up stills")

    async def of(self, camera: PublicCamera, address: str) -> Still:
        """The newest, at most some seconds old where the camera sends; the first one is waited for. Raises Refusal."""
        with self._room.within(address):
            maker = self._makers.get(camera.id)
            if maker is None:
                self._cameras.check(camera.stream, address)
                maker = self._makers[camera.id] = _Maker(self._hand, self._width)
                self._fan_out.show(maker, camera.stream)
            self._cameras.watches(camera.stream, address)
            maker.asked_at = time.monotonic()
            still = await maker.newest(self._first_s)
            maker.asked_at = time.monotonic()
        if still is None:
            raise not_yet()
        return still

    def drop(self, cameras: Iterable[str]) -> None:
        """There are none of these any more; who waits is told so."""
        for camera in cameras:
            if (maker := self._makers.pop(camera, None)) is not None:
                maker.close()
                self._fan_out.show(maker, None)

    async def close(self) -> None:
        """End all."""
        await end_tasks(self._giving_up)
        self.drop(tuple(self._makers))
        self._hand.shutdown(wait=False, cancel_futures=True)

    async def _give_up(self) -> None:
        while True:
            await asyncio.sleep(1)
            since = time.monotonic() - self._idle_s
            self.drop([camera for camera, maker in self._makers.items() if maker.asked_at < since])


class _Maker:
    """Of one camera: a viewer of its feed that looks at keyframes only."""

    def __init__(self, hand: ThreadPoolExecutor, width: int) -> None:
        self.asked_at = time.monotonic()
        self._hand = hand
        self._width = width
        self._feed: Feed | None = None
        self._keyframe: AccessUnit | None = None
        self._made_of: AccessUnit | None = None
        self._still: Still | None = None
        self._came_at = self._made_at = 0.0
        self._withdrawals = 0
        self._there = asyncio.Event()
        self._one_at_a_time = asyncio.Lock()

    @property
    def stream(self) -> str | None:
        """The stream behind it now."""
        return None if self._feed is None else self._feed.stream

    def show(self, feed: Feed | None) -> None:
        """Begin with the newest keyframe."""
        self._feed = feed
        for unit in feed.cached() if feed is not None else ():
            self.push(unit)

    def push(self, unit: AccessUnit) -> None:
        """The feed's next access unit."""
        if unit.keyframe:
            self._keyframe, self._came_at = unit, time.monotonic()
            self._there.set()

    def withdraw(self) -> None:
        """None of those of before."""
        self._withdrawals += 1
        self._keyframe = self._made_of = self._still = None
        self._there.clear()

    def close(self) -> None:
        """There will be none."""
        self.withdraw()
        self._there.set()

    async def newest(self, within_s: float) -> Still | None:
        """Made of the newest keyframe, at most every KEPT_S; None where none comes in time, or none any more."""
        try:
            async with asyncio.timeout(within_s):
                await self._there.wait()
        except TimeoutError:
            return None
        async with self._one_at_a_time:
            keyframe, now = self._keyframe, time.monotonic()
            if now - self._came_at > _DEAD_S:
                return None
            due = self._still is None or now - self._made_at >= KEPT_S
            if keyframe is None or keyframe is self._made_of or not due:
                return self._still
            before = self._withdrawals
            make = asyncio.get_running_loop().run_in_executor
            jpeg = await make(self._hand, still_of, keyframe.codec, keyframe.data, self._width, ())
            if self._withdrawals != before or jpeg is None:  # withdrawn while it was made
                return None
            self._still = Still(jpeg, keyframe.arrived_wall_ns // 1_000_000)
            self._made_of, self._made_at = keyframe, now
            return self._still
