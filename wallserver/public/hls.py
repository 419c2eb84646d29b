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
from wallserver.gateway.fan_out import FanOut
from wallserver.gateway.hls import answers
from wallserver.gateway.hls.playlist import MEDIA_PLAYLIST, MULTIVARIANT_PLAYLIST
from wallserver.gateway.hls.stream import HlsStream
from wallserver.public.limits import Room
from wallserver.public.refusals import hls_full, not_here, not_yet, too_many_cameras, too_many_from_here
from wallserver.public.settings import PublicSettings
from wallserver.public.shown import PublicCamera

PLAYLISTS = (MULTIVARIANT_PLAYLIST, MEDIA_PLAYLIST)
SEGMENTS = "/public/live/{id}"
# GOPs of composed streams have 2 s (ingest.encoder).
_TARGET_S = 2
IDLE_S = 15.0


class PublicHls:
    """The cameras that are watched by HLS. Needs a running loop."""

    def __init__(self, bus: Bus, fan_out: FanOut, settings: PublicSettings) -> None:
        self._fan_out = fan_out
        self._most_cameras = settings.cameras_at_once
        self._room = Room(settings.hls_viewers, settings.hls_per_address, hls_full, lambda: too_many_from_here("hls"))
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
            stream = self._open(camera)
            if file == MEDIA_PLAYLIST:
                return await answers.media(stream, request)
            within = answers.WAIT_TARGETS * stream.made.target_s
            if not await stream.until(lambda: stream.made.ready, within):
                raise not_yet()
            return answers.playlist(stream.multivariant(), request)

    async def resource(self, epoch: str, file: str, request: BaseRequest) -> Response:
        """An init segment, a segment or a part. Raises Refusal."""
        stream = self.of_epoch(epoch)
        if stream is None:
            raise not_here()
        stream.asked_at = time.monotonic()
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
        self._giving_up.cancel()
        await asyncio.gather(self._giving_up, return_exceptions=True)
        self.drop(tuple(self._streams))

    def _open(self, camera: PublicCamera) -> HlsStream:
        stream = self._streams.get(camera.id)
        if stream is None:
            check_room(self._fan_out, camera, self._most_cameras)
            stream = self._streams[camera.id] = HlsStream(camera.stream, _TARGET_S, SEGMENTS)
            self._fan_out.show(stream, camera.stream)
        stream.asked_at = time.monotonic()
        return stream

    def _end(self, stream: HlsStream) -> None:
        stream.withdraw()
        stream.close()
        self._fan_out.show(stream, None)

    async def _give_up(self) -> None:
        while True:
            await asyncio.sleep(1)
            since = time.monotonic() - IDLE_S
            self.drop([camera for camera, stream in self._streams.items() if stream.asked_at < since])


def check_room(fan_out: FanOut, camera: PublicCamera, most: int) -> None:
    """Raises Refusal where one more camera would be too many for the machines that compose them."""
    if camera.stream not in fan_out.streams and len(fan_out.streams) >= most:
        raise too_many_cameras()
