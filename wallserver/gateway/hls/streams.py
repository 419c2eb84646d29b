"""All streams that this gateway makes HLS of: begun when control names a viewer, ended when nobody asks any more."""

from __future__ import annotations

import asyncio
import time

import structlog

from ingest.bus import Bus
from ingest.ending import end_tasks
from wallserver.gateway.confirmation import Rounds
from wallserver.gateway.errors import GatewayFull
from wallserver.gateway.fan_out import FanOut
from wallserver.gateway.hls.playlist import MULTIVARIANT_PLAYLIST
from wallserver.gateway.hls.stream import Folder, HlsStream
from wallserver.gateway.requests import HlsRequest

log = structlog.get_logger(__name__)

# Longer than any request may wait; then a stream that nobody asks for is given up.
IDLE_S = 15.0
MAX_STREAMS = 64
MAX_FOLDERS = 10_000


class HlsStreams:
    """The streams by id. `base` is the address that players are sent to. Needs a running loop."""

    def __init__(self, bus: Bus, fan_out: FanOut, base: str) -> None:
        self._bus = bus
        self._fan_out = fan_out
        self._base = base
        self._streams: dict[str, HlsStream] = {}
        self.rounds = Rounds()
        self._tasks = [
            bus.essential(self._give_up(), "give up HLS streams"),
            bus.essential(self._confirm(), "confirm HLS viewers"),
        ]

    def figures(self) -> dict[str, int]:
        """What the heartbeat says of HLS."""
        return {"hls_streams": len(self._streams), "hls_viewers": self._viewers()}

    async def open(self, request: HlsRequest) -> dict[str, object]:
        """A folder for a viewer whom control allows to watch. Raises GatewayFull where there are too many."""
        if self._viewers() >= MAX_FOLDERS:
            raise GatewayFull("This gateway has no room for more HLS viewers.")
        stream = next((one for one in self._streams.values() if one.name == request.stream), None)
        if stream is None:
            if len(self._streams) >= MAX_STREAMS:
                raise GatewayFull("This gateway makes HLS of no more streams.")
            stream = HlsStream(request.stream, request.target_s)
            self._streams[stream.id] = stream
            self._fan_out.show(stream, request.stream)
        stream.asked_at = time.monotonic()
        folder = stream.folder_for(request.viewer, request.asked)
        return {"url": f"{self._base}/live/{stream.id}/{folder.name}/{MULTIVARIANT_PLAYLIST}"}

    def find(self, stream: str) -> HlsStream | None:
        """The stream of this id."""
        return self._streams.get(stream)

    def find_folder(self, stream: str, name: str) -> HlsStream | None:
        """The stream of this id, if it has this folder and that lives. It is used, and so the stream goes on."""
        found = self._streams.get(stream)
        folder = found.folders.get(name) if found is not None else None
        if found is None or folder is None or not folder.lives:
            return None
        found.asked_at = folder.used_at = time.monotonic()
        return found

    async def close(self) -> None:
        """End every stream."""
        await end_tasks(*self._tasks)
        for stream in tuple(self._streams.values()):
            self._end(stream)

    def _viewers(self) -> int:
        return sum(len(stream.folders) for stream in self._streams.values())

    def _end(self, stream: HlsStream) -> None:
        del self._streams[stream.id]
        stream.close()
        self._fan_out.show(stream, None)

    async def _give_up(self) -> None:
        while True:
            await asyncio.sleep(1)
            now = time.monotonic()
            for stream in tuple(self._streams.values()):
                for folder in tuple(stream.folders.values()):
                    if not folder.lives:
                        del stream.folders[folder.name]
                if now - stream.asked_at > IDLE_S:
                    self._end(stream)

    async def _confirm(self) -> None:
        """Ask control again and again whether who watches still may; where it is away, folders end by themselves."""
        while True:
            await self.rounds.next()
            now = time.monotonic()
            folders = [
                (stream, folder)
                for stream in self._streams.values()
                for folder in stream.folders.values()
                if self.rounds.said or folder.used_at > now - IDLE_S
            ]
            await self._ask(folders, now)

    async def _ask(self, folders: list[tuple[HlsStream, Folder]], now: float) -> None:
        asked = [(folder.viewer, folder.asked, (stream.name,)) for stream, folder in folders]
        allowed = await self.rounds.ask(self._bus, asked)
        if allowed is None:
            return
        for (stream, folder), may in zip(folders, allowed, strict=True):
            if not may:
                stream.folders.pop(folder.name, None)
            elif folder.used_at > now - IDLE_S:  # one that nobody uses ends, however often rights change
                folder.confirmed_at = now
