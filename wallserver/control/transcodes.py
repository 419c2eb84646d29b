"""Cameras that players cannot play, or may not see, as they are: as mosaics of one cell, whose GOP and codec are ours.

Nothing of it is kept: which transcodes there have to be follows from what was asked for just now, and from what the
gateways demand. So they outlive control, and cost nothing while nobody watches.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from math import sqrt

from wallserver.catalogue.camera import camera_of
from wallserver.config import MosaicSettings
from wallserver.control.live import Live
from wallserver.control.masked import MaskedCameras
from wallserver.control.mosaics import Mosaic, MosaicCell

# A player of HLS that joins waits for a keyframe; of a GOP beyond this, for longer than a player has patience.
LONGEST_GOP_S = 4.4
# What a browser decodes in software beside everything else: 4 megapixels, as of many cameras. 4K is twice that.
MOST_PIXELS = 2560 * 1600
# So long an asked transcode waits for its gateway to demand it.
_ASKED_S = 15.0
_LEAST_KBPS = 400
_NAME = re.compile(r"mosaic\.(.+)_transcode_(main|sub)(?:_light)?")


class Transcodes:
    """What has to be transcoded now. `on_wanted` is called when that is something else."""

    def __init__(self, live: Live, masked: MaskedCameras, settings: MosaicSettings) -> None:
        self.on_wanted: list[Callable[[], None]] = []
        self._live = live
        self._masked = masked
        self._settings = settings
        self._asked: dict[str, float] = {}
        self._last: tuple[Mosaic, ...] = ()
        live.listeners.append(self._look)
        masked.on_change.append(self._look)

    def needed(self, stream: str) -> bool:
        """Whether a player must not get a camera's stream itself: parts of it are masked, or it could not be played."""
        named = camera_of(stream)
        return named is not None and (named[0] in self._masked or not self._live.plays(stream))

    def for_webrtc(self, stream: str) -> str:
        """What a WHEP player gets of a stream: a transcode where it has to be, which is begun then, else itself."""
        status = self._live.status(stream)
        too_large = status is not None and status.width * status.height > MOST_PIXELS
        return self._begun(stream) if self.needed(stream) or too_large else stream

    def for_hls(self, stream: str) -> str:
        """What to make HLS of for a stream; it needs keyframes often, too."""
        status = self._live.status(stream)
        too_rare = status is not None and status.gop_s > LONGEST_GOP_S
        return self._begun(stream) if self.needed(stream) or too_rare else stream

    def mosaics(self) -> Iterator[tuple[Mosaic, MosaicSettings]]:
        """What tilers are told of, each with its bit rate: its share of the pixels of a display's mosaic."""
        for mosaic in self._wanted():
            share = mosaic.canvas[0] * mosaic.canvas[1] / (self._settings.width * self._settings.height)
            kbps = max(_LEAST_KBPS, round(self._settings.bitrate_kbps * share))
            settings = self._settings.model_copy(update={"bitrate_kbps": kbps})
            yield mosaic, settings
            yield mosaic.lighter(), settings

    def _begun(self, stream: str) -> str:
        if camera_of(stream) is None:
            return stream
        self._asked[stream] = time.monotonic()
        self._look()
        return transcode_of(stream)

    def _wanted(self) -> tuple[Mosaic, ...]:
        now = time.monotonic()
        self._asked = {stream: asked for stream, asked in self._asked.items() if now - asked < _ASKED_S}
        demanded = (found for stream in self._live.demanded if (found := _NAME.fullmatch(stream)))
        streams = {f"cam.{found[1]}.{found[2]}" for found in demanded} | self._asked.keys()
        return tuple(self._mosaic(stream) for stream in sorted(streams))

    def _mosaic(self, stream: str) -> Mosaic:
        status = self._live.status(stream)
        # Where nobody has seen a picture yet: as large as it may be.
        size = (status.width, status.height) if status is not None and status.width and status.height else None
        width, height = size or (self._settings.width, self._settings.height)
        scale = min(1.0, sqrt(self._settings.width * self._settings.height / (width * height)))
        width, height = (max(128, int(side * scale) // 2 * 2) for side in (width, height))
        camera = stream.split(".")[1]
        masks = self._masked.of(camera)
        cell = MosaicCell(camera, stream, (0, 0, width, height), "contain", "", masks)  # its player knows its name
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
    return f"mosaic.{camera}_transcode_{quality}"
