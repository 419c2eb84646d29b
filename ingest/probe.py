"""One look at a source, for `cameras check`: what it is, or what is wrong with it."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing
from dataclasses import dataclass, replace

from ingest import causes
from ingest.access_unit import Codec
from ingest.camera_connection import pull
from ingest.camera_state import State
from ingest.causes import Cause
from ingest.ffmpeg import Ffmpeg
from ingest.figures import Figures
from ingest.source import SourceError, SourceSpec
from ingest.timestamps import TimestampMap


@dataclass(frozen=True, slots=True)
class ProbeReport:
    """What was found. `state` is live when a picture was decoded; else `cause` says what is wrong.

    `first_frame_ms` counts from the beginning of the connection to the first decoded picture. `gop_s` is None when
    no second keyframe came within the deadline: then the GOP is longer than what was seen.
    """

    state: State
    cause: Cause
    codec: Codec | None = None
    width: int = 0
    height: int = 0
    fps: float = 0.0
    gop_s: float | None = None
    b_frames: bool = False
    bitrate_kbps: int = 0
    first_frame_ms: int | None = None


async def probe(source: SourceSpec, ffmpeg: Ffmpeg, deadline: float = 10.0) -> ProbeReport:
    """Connect once, look until the third keyframe or for `deadline` seconds, disconnect. Never raises."""
    look = _Look(source, ffmpeg)
    try:
        async with asyncio.timeout(deadline):
            await look.run()
    except TimeoutError:
        pass
    except SourceError as error:  # pictures that have come say something still
        return replace(look.report, state=error.state, cause=error.cause)
    return look.report


class _Look:
    """`report`: what is known so far."""

    def __init__(self, source: SourceSpec, ffmpeg: Ffmpeg) -> None:
        self.report = ProbeReport(State.STALE, causes.NO_FIRST_PICTURE)
        self._source = source
        self._ffmpeg = ffmpeg
        self._began = time.monotonic()

    async def run(self) -> None:
        timestamps, figures = TimestampMap(), Figures()
        first_ms: int | None = None
        keyframes = 0
        async with aclosing(pull(self._source, self._ffmpeg)) as units:
            async for pulled in units:
                unit = pulled.unit
                if first_ms is None:
                    first_ms = round((time.monotonic() - self._began) * 1000)
                ticks = timestamps.map(pulled.source_ticks, pulled.arrived_mono_ns, reordered=pulled.reordered)
                figures.add(pulled.arrived_mono_ns / 1e9, ticks, len(unit.data), keyframe=unit.keyframe)
                keyframes += unit.keyframe
                self.report = ProbeReport(
                    State.LIVE,
                    causes.NONE,
                    pulled.codec,
                    unit.width,
                    unit.height,
                    figures.fps,
                    figures.gop_s if keyframes > 1 else None,
                    unit.b_frames,
                    figures.bitrate_kbps,
                    first_ms,
                )
                # The second GOP shows what the first access units, which may come in a burst, do not.
                if keyframes > 2:
                    return
