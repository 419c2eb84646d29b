"""Cameras that HLS cannot play as they are, as mosaics of one cell, whose GOP and codec are ours.

Nothing of it is kept: which transcodes there have to be follows from what was asked for just now, and from what the
gateways demand. So they outlive control, and cost nothing while nobody watches.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from math import sqrt

from ingest.camera_state import StreamStatus
from wallserver.catalogue.camera import camera_of
from wallserver.config import MosaicSettings
from wallserver.control.live import Live
from wallserver.control.mosaics import Mosaic, MosaicCell

# A player that joins waits for a keyframe; of a GOP beyond this, for longer than a player has patience.
LONGEST_GOP_S = 4.4
# So long an asked transcode waits for its gateway to demand it.
_ASKED_S = 15.0
_LEAST_KBPS = 400
_NAME = re.compile(r"mosaic\.(.+)_hls_(main|sub)")


class Transcodes:
    """What has to be transcoded now. `on_wanted` is called when that is something else."""

    def __init__(self, live: Live, settings: MosaicSettings) -> None:
        self.on_wanted: list[Callable[[], None]] = []
        self._live = live
        self._settings = settings
        self._asked: dict[str, float] = {}
        self._last: tuple[Mosaic, ...] = ()
        live.listeners.append(self._look)

    def stream_for(self, stream: str) -> str:
        """What to make HLS of for a stream: a transcode where that is needed, which is begun then, else itself."""
        status = self._live.status(stream)
        if camera_of(stream) is None or status is None or _is_playable(status):
            return stream
        self._asked[stream] = time.monotonic()
        self._look()
        return transcode_of(stream)

    def mosaics(self) -> Iterator[tuple[Mosaic, MosaicSettings]]:
        """What tilers are told of, each with its bit rate: its share of the pixels of a display's mosaic."""
        for mosaic in self._wanted():
            share = mosaic.canvas[0] * mosaic.canvas[1] / (self._settings.width * self._settings.height)
            kbps = max(_LEAST_KBPS, round(self._settings.bitrate_kbps * share))
            yield mosaic, self._settings.model_copy(update={"bitrate_kbps": kbps})

    def _wanted(self) -> tuple[Mosaic, ...]:
        now = time.monotonic()
        self._asked = {stream: asked for stream, asked in self._asked.items() if now - asked < _ASKED_S}
        demanded = (found for stream in self._live.demanded if (found := _NAME.fullmatch(stream)))
        streams = {f"cam.{found[1]}.{found[2]}" for found in demanded} | self._asked.keys()
        return tuple(made for stream in sorted(streams) if (made := self._mosaic(stream)) is not None)

    def _mosaic(self, stream: str) -> Mosaic | None:
        status = self._live.status(stream)
        if status is None or not status.width or not status.height:
            return None
        scale = min(1.0, sqrt(self._settings.width * self._settings.height / (status.width * status.height)))
        width, height = (max(128, int(side * scale) // 2 * 2) for side in (status.width, status.height))
        cell = MosaicCell(status.camera, stream, (0, 0, width, height), "contain", status.camera)
        return Mosaic(transcode_of(stream).removeprefix("mosaic."), (width, height), burn_in=True, cells=(cell,))

    def _look(self) -> None:
        wanted = self._wanted()
        if wanted != self._last:
            self._last = wanted
            for callback in self.on_wanted:
                callback()


def transcode_of(stream: str) -> str:
    """The name of a camera stream's transcode; no display's id has an underscore."""
    camera, _, quality = stream.removeprefix("cam.").rpartition(".")
    return f"mosaic.{camera}_hls_{quality}"


def _is_playable(status: StreamStatus) -> bool:
    return status.codec in {"", "h264"} and not status.b_frames and status.gop_s <= LONGEST_GOP_S
