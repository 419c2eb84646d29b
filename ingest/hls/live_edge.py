"""Where we are in a live playlist. No I/O."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple
from urllib.parse import urlsplit

from ingest.hls.playlist import ByteRange, Media, Segment

# How far behind the newest segment we may fall, in target durations.
MAX_BEHIND_TARGETS = 3
_REMEMBERED = 16


class Next(NamedTuple):
    """The segment to fetch. `follows`: directly on the one before, in the same time."""

    segment: Segment
    follows: bool


class LiveEdge:
    """Chooses each segment to show: the newest one first, then one after the other, and the newest when behind."""

    def __init__(self) -> None:
        self._sequence: int | None = None  # of the next one
        self._shown: deque[tuple[int, str, ByteRange | None]] = deque(maxlen=_REMEMBERED)

    def choose(self, media: Media) -> Next | None:
        """The next segment; None where nothing is new."""
        if not media.segments:
            return None
        newest = media.segments[-1]
        chosen = newest
        if self._sequence is not None:
            # Less than before: a server that began anew, or one of several that lags behind the others.
            if newest.sequence < self._sequence - 1:
                if _identity(newest) in self._shown:
                    return None
            else:
                waiting = [segment for segment in media.segments if segment.sequence >= self._sequence]
                if not waiting:
                    return None
                behind_s = sum(segment.duration_s for segment in waiting)
                chosen = newest if behind_s > MAX_BEHIND_TARGETS * media.target_s else waiting[0]
        follows = chosen.sequence == self._sequence and not chosen.discontinuity
        self._sequence = chosen.sequence + 1
        self._shown.append(_identity(chosen))
        return Next(chosen, follows)


def _identity(segment: Segment) -> tuple[int, str, ByteRange | None]:
    """What tells a segment from others, whatever token stands in its address this time."""
    return segment.sequence, urlsplit(segment.media.url).path, segment.media.byte_range
