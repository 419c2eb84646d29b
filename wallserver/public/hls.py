"""HLS to the many: one folder for all, so that a proxy in front carries any crowd.

Playlists lie under a camera's public id, segments under the id of an *epoch*, which is chance and another one after
every cut-off: whoever was not shown the playlist finds no segment, and nothing of before is found after it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable

from aiohttp.web import BaseRequest, Response

from ingest.bus import Bus
from ingest.ending import end_tasks
from wallserver.gateway.fan_out import FanOut
from wallserver.gateway.hls import answers
from wallserver.gateway.hls.playlist import MEDIA_PLAYLIST, MULTIVARIANT_PLAYLIST
from wallserver.gateway.hls.stream import HlsStream
from wallserver.public.limits import CamerasAtOnce, Room
from wallserver.public.refusals import hls_full, not_here, not_yet, too_many_from_here
from wallserver.public.settings import PublicSettings
from wallserver.public.shown import PublicCamera

PLAYLISTS = (MULTIVARIANT_PLAYLIST, MEDIA_PLAYLIST)
SEGMENTS = "/public/live/{id}"
# GOPs of composed streams have 2 s (ingest.encoder).
_TARGET_S = 2
IDLE_S = 15.0
# Proxies give up after a minute; whoever asks again then finds it there.
LONGEST_S = 50.0


class PublicHls:
    """The cameras that are watched by HLS. Needs a running loop.

    `most`: so many requests may wait at a time, whatever the settings say, as there are connections for no more.
    """

    def __init__(self, bus: Bus, fan_out: FanOut, cameras: CamerasAtOnce, settings: PublicSettings, most: int) -> None:
        self._fan_out = fan_out
        self._cameras = cameras
        self._longest_s = min(LONGEST_S, answers.WAIT_TARGETS * _TARGET_S + settings.delay_s)
        self._idle_s = IDLE_S + settings.delay_s
        room = min(settings.hls_viewers, most)
        self._room = Room(room, settings.hls_per_address, hls_full, lambda: too_many_from_here("hls"))
        self._streams: dict[str, HlsStream] = {}
        self._giving_up = bus.essential(self._give_up(), "give up HLS")

    @property
    def waiting(self) -> int:
        """How many ask for a playlist just now: those at the live edge always do."""
        return self._room.taken

    async def playlist(self, camera: PublicCamera, file: str, address: str, request: BaseRequest) -> Response:
        """A camera's playlist, begun where nobody has asked before. Raises Refusal.

        Whoever asks has to see to it that the camera is watchable still once this returns.
        """
        with self._room.within(address):
            stream = self._open(camera, address)
            if file == MEDIA_PLAYLIST:
                return await answers.media(stream, request)
            if not await stream.until(lambda: stream.made.ready, self._longest_s):
                raise not_yet()
            return answers.playlist(stream.multivariant(), request)

    async def resource(self, epoch: str, file: str, request: BaseRequest) -> Response:
        """An init segment, a segment or a part. Raises Refusal.

        It keeps no camera going: whoever watches asks for playlists, too (RFC 8216, 6.3.4), and is counted there.
        """
        stream = self.of_epoch(epoch)
        if stream is None:
            raise not_here()
        return await answers.resource(stream, file, request)

    def of_epoch(self, epoch: str) -> HlsStream | None:
        """The stream whose segments have that id."""
        return next((stream for stream in self._streams.values() if stream.id == epoch), None)

    def drop(self, cameras: Iterable[str]) -> None:
        """Nothing of these is to be had any more; who waits is told so."""
        for camera in cameras:
            if (stream := self._streams.pop(camera, None)) is not None:
                self._end(stream)

    async def close(self) -> None:
        """End all."""
        await end_tasks(self._giving_up)
        self.drop(tuple(self._streams))

    def _open(self, camera: PublicCamera, address: str) -> HlsStream:
        stream = self._streams.get(camera.id)
        if stream is None:
            self._cameras.check(camera.stream, address)
            stream = self._streams[camera.id] = HlsStream(camera.stream, _TARGET_S, SEGMENTS)
            self._fan_out.show(stream, camera.stream)
        self._cameras.watches(camera.stream, address)
        stream.asked_at = time.monotonic()
        return stream

    def _end(self, stream: HlsStream) -> None:
        stream.withdraw()
        stream.close()
        self._fan_out.show(stream, None)

    async def _give_up(self) -> None:
        while True:
            await asyncio.sleep(1)
            since = time.monotonic() - self._idle_s
            self.drop([camera for camera, stream in self._streams.items() if stream.asked_at < since])
