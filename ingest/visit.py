"""A visit to a camera that nobody pulls: one keyframe, looked at, and the session is left properly."""

from __future__ import annotations

import asyncio
import time
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from ingest import causes
from ingest.access_unit import Codec
from ingest.backoff import Importance
from ingest.camera_state import State
from ingest.hls_source import open_hls
from ingest.pull import Shared
from ingest.repair import repair_for
from ingest.rtsp_source import open_rtsp
from ingest.source import Opened, SourceError, SourceSpec
from ingest.stills import Seen

# Longer than the GOPs of smart codecs, which reach 20 s.
KEYFRAME_S = 30.0
# Connecting, answering and the keyframe have bounds of their own; this one is for what nobody thought of.
MOST_S = 45.0
MAX_UNDECODABLE = 3


class See(Protocol):
    """`stills.see` where it keeps nobody waiting."""

    async def __call__(self, stream: str, codec: Codec, keyframe: bytes, *, judged: bool = True) -> Seen | None: ...


@dataclass(frozen=True, slots=True, eq=False)
class Visited:
    """What a visit brought; `taken_ms` is when the picture's last byte came, in Unix milliseconds."""

    seen: Seen
    taken_ms: int


async def visit(spec: SourceSpec, address: str, shared: Shared, see: See) -> Visited:
    """Fetch a keyframe from the camera, found at `address`, with a puller's manners; `see` decodes it.

    Not by `pull`, which would decode it once more. Raises SourceError where no picture is to be had.
    """
    async with shared.refusals.login(spec) as accepted:
        await shared.admission.admit(address, Importance.REST)
        try:
            async with asyncio.timeout(MOST_S):
                async with _open(spec, address, shared) as opened:
                    accepted()
                    return await _first_picture(spec.stream, opened, see)
        except TimeoutError:
            raise SourceError(State.STALE, causes.NO_FIRST_PICTURE) from None
        except SourceError as error:
            if error.cause is not causes.NO_PICTURES:
                raise
            raise SourceError(error.state, causes.NO_FIRST_PICTURE) from None


def _open(spec: SourceSpec, address: str, shared: Shared) -> AbstractAsyncContextManager[Opened]:
    return open_rtsp(spec, address) if spec.kind == "rtsp" else open_hls(spec, address, shared.ffmpeg)


async def _first_picture(stream: str, opened: Opened, see: See) -> Visited:
    repair = repair_for(opened.codec)
    repair.learn(opened.parameter_sets)
    deadline = time.monotonic() + KEYFRAME_S
    undecodable = 0
    async for picture in opened.pictures:
        unit = repair.take(picture)
        if time.monotonic() > deadline:
            break
        if unit is None or not unit.keyframe or unit.damaged:
            continue
        taken_ms = time.time_ns() // 1_000_000
        seen = await see(stream, opened.codec, unit.data)
        if seen is not None:
            return Visited(seen, taken_ms)
        undecodable += 1
        if undecodable >= MAX_UNDECODABLE:
            raise SourceError(State.UNSUPPORTED, causes.UNDECODABLE)
    raise SourceError(State.STALE, causes.NO_KEYFRAME)
