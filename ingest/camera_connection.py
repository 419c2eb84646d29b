"""One connection to a camera: its access units from the first keyframe that decodes."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass

from ingest import causes
from ingest.access_unit import Codec
from ingest.camera_state import State
from ingest.ffmpeg import Ffmpeg
from ingest.hls_source import open_hls
from ingest.repair import Repaired, repair_for
from ingest.resolver import Resolver
from ingest.rtsp_source import open_rtsp
from ingest.source import Opened, SourceError, SourceSpec

# Longer than the GOPs of smart codecs, which reach 20 s.
FIRST_KEYFRAME_S = 30.0
# Some cameras can be asked for a keyframe: done where none has come for so long.
LATE_KEYFRAME_S = 0.5
MAX_UNDECODABLE = 3


@dataclass(slots=True)
class Pulled:
    """One access unit as it came off the camera. `source_ticks`: its own 90 kHz time, if it has one."""

    codec: Codec
    unit: Repaired
    source_ticks: int | None
    reordered: bool  # `source_ticks` jump back and forth, because they are times of showing and there are B-frames
    arrived_wall_ns: int
    arrived_mono_ns: int


async def pull(
    spec: SourceSpec,
    ffmpeg: Ffmpeg,
    on_open: Callable[[Opened], None] = lambda _: None,
    address: str | None = None,
    on_late: Callable[[], None] = lambda: None,
) -> AsyncGenerator[Pulled]:
    """One connection's access units, from the first keyframe that decodes, until it is closed.

    `address` is where the host was found, if that is known: it is connected to nowhere else. `on_late` is called where
    pictures come, but no keyframe to begin with. HLS comes at its own pace, and its arrival is when it was due.
    Raises SourceError for everything that ends the connection.
    """
    address = address or await Resolver().address(spec.host)
    opening = open_rtsp(spec, address) if spec.kind == "rtsp" else open_hls(spec, address, ffmpeg)
    start: _Start | None = None
    try:
        async with opening as opened:
            on_open(opened)
            repair = repair_for(opened.codec)
            repair.learn(opened.parameter_sets)
            start = _Start(spec.stream, opened.codec, ffmpeg, on_late)
            async for picture in opened.pictures:
                unit = repair.take(picture)
                if start.made:
                    start.goes_on(unit)
                elif not await start.with_(unit):
                    continue
                if unit is None:
                    continue
                reordered = opened.reorders and unit.b_frames
                yield Pulled(opened.codec, unit, picture.pts, reordered, time.time_ns(), time.monotonic_ns())
    except SourceError as error:
        if error.cause is causes.NO_PICTURES and start is not None and not start.made:
            raise SourceError(error.state, causes.NO_FIRST_PICTURE) from None
        raise
    raise SourceError(State.STALE, causes.ENDED)


class _Start:
    """The beginning: `made` once a keyframe has been decoded. That a camera answers does not make it live."""

    def __init__(self, stream: str, codec: Codec, ffmpeg: Ffmpeg, on_late: Callable[[], None]) -> None:
        self.made = False
        self._stream = stream
        self._codec = codec
        self._ffmpeg = ffmpeg
        self._on_late: Callable[[], None] | None = on_late
        self._began = self._whole_at = time.monotonic()
        self._undecodable = 0

    def goes_on(self, unit: Repaired | None) -> None:
        """Behind it: after a loss all is damaged until a keyframe, and some cameras send none but at the beginning.

        Raises SourceError where one has been waited for in vain.
        """
        now = time.monotonic()
        if unit is not None and not unit.damaged:
            self._whole_at = now
        elif now - self._whole_at > FIRST_KEYFRAME_S:
            raise SourceError(State.STALE, causes.NO_KEYFRAME)

    async def with_(self, unit: Repaired | None) -> bool:
        """Whether it can be begun with this one. Raises SourceError where keyframes do not come, or do not decode."""
        if unit is None or not unit.keyframe:
            waited = time.monotonic() - self._began
            if waited > FIRST_KEYFRAME_S:
                raise SourceError(State.STALE, causes.NO_KEYFRAME)
            if waited > LATE_KEYFRAME_S and self._on_late is not None:
                self._on_late()
                self._on_late = None  # once
            return False
        self.made = await self._ffmpeg.decodes(self._stream, self._codec, unit.data)
        self._whole_at = time.monotonic()
        if not self.made:
            self._undecodable += 1
            if self._undecodable >= MAX_UNDECODABLE:
                raise SourceError(State.UNSUPPORTED, causes.UNDECODABLE)
        return self.made
