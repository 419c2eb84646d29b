"""Stills at a width that somebody asked for, made on the spot of the keyframe in the cache of a stream's owner."""

from __future__ import annotations

import asyncio
import base64
import time
from collections import OrderedDict
from concurrent.futures import Executor
from typing import Any

from ingest.bus import Bus
from ingest.errors import IngestError
from ingest.judge_settings import MOST_STILL_WIDTH
from ingest.masks import Mask
from ingest.stills import still_of
from ingest.token_bucket import TokenBucket

# The judge has one thread for all that it looks at; a still of 4K takes 0.1 s of it.
A_SECOND, AT_ONCE = 4.0, 12.0
_ANSWER_S = 1.0
# Who asks for the same one again gets the same one.
_KEPT = 8


class StillRefused(IngestError):  # noqa: N818 - reads as what happened
    """There is none, or not just now; its words say why."""


class StillsOnDemand:
    """Makes them. Needs a running event loop. `eyes`: where it is decoded."""

    def __init__(self, bus: Bus, eyes: Executor) -> None:
        self._bus = bus
        self._eyes = eyes
        self._bucket = TokenBucket(A_SECOND, AT_ONCE)
        self._kept: OrderedDict[tuple[object, ...], bytes] = OrderedDict()

    async def make(self, stream: str, width: int, masks: tuple[Mask, ...]) -> dict[str, Any]:
        """{jpeg: base64, taken_ms}; {} where nobody has a picture of the stream, {busy: true} where too many ask."""
        if not 2 <= width <= MOST_STILL_WIDTH or width % 2:
            raise StillRefused(f"a still is 2 to {MOST_STILL_WIDTH} pixels wide, an even number")
        keyframe = await self._bus.cached_keyframe(stream, _ANSWER_S)
        if keyframe is None or keyframe.damaged:
            return {}
        key = stream, keyframe.epoch, keyframe.sequence, width, masks
        jpeg = self._kept.get(key)
        if jpeg is None:
            now = time.monotonic()
            if self._bucket.ready_at() > now:
                return {"busy": True}
            self._bucket.take(now)
            loop = asyncio.get_running_loop()
            jpeg = await loop.run_in_executor(self._eyes, still_of, keyframe.codec, keyframe.data, width, masks)
            if jpeg is None:
                return {}
            self._kept[key] = jpeg
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return {"jpeg": base64.b64encode(jpeg).decode(), "taken_ms": keyframe.arrived_wall_ns // 1_000_000}
