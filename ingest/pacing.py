"""Pictures that come in bursts (HLS: a segment at a time), shown at their own pace."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator

from ingest.access_unit import TICKS_PER_SECOND
from ingest.annexb import RawPicture

# A picture further from the one before than this belongs to another clock (a discontinuity), not to a pause.
MAX_STEP_S = 5.0
LATE_S = 0.05


class Pacer:
    """When each picture is due, by the distances of its own timestamps.

    A late picture moves all that follow: the wait grows until bursts come in time. Pure: `now` in seconds.
    """

    def __init__(self) -> None:
        self._offset: float | None = None  # due = time + offset
        self._previous = 0.0

    def wait_s(self, media_s: float | None, now: float) -> float:
        """Seconds until the picture with this decoding time is due; 0 when it is, or is late."""
        if media_s is None:
            return 0.0
        jumped = not 0 <= media_s - self._previous <= MAX_STEP_S
        if self._offset is None or jumped or media_s + self._offset < now - LATE_S:
            self._offset = now - media_s
        self._previous = media_s
        return max(0.0, media_s + self._offset - now)


async def paced(pictures: AsyncGenerator[RawPicture]) -> AsyncGenerator[RawPicture]:
    """`pictures`, each when it is due; between two that are late others have their turn."""
    pacer = Pacer()
    async for picture in pictures:
        media_s = None if picture.pts is None else picture.pts / TICKS_PER_SECOND
        wait = pacer.wait_s(media_s, time.monotonic())
        await asyncio.sleep(wait)
        yield picture
