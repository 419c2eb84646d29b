"""What a stream's playlist lists: segments, and the parts that they are made of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ingest.access_unit import TICKS_PER_SECOND


@dataclass(frozen=True, slots=True)
class Part:
    """A fragment of a segment. `duration` in 90 kHz ticks; `independent`: it holds a keyframe."""

    duration: int
    independent: bool
    data: bytes


@dataclass(slots=True)
class Segment:
    """Parts in a row. `tag` is chance: nobody knows its address who has not read it in a playlist.

    `init` is the number of its init segment, `began_ms` when its first picture arrived (Unix milliseconds).
    """

    sequence: int
    tag: str
    init: int
    discontinuity: bool
    began_ms: int
    parts: list[Part] = field(default_factory=list)
    _whole: bytes | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """Its address without the ending."""
        return f"{self.sequence}-{self.tag}"

    @property
    def duration(self) -> int:
        """In 90 kHz ticks."""
        return sum(part.duration for part in self.parts)

    @property
    def size(self) -> int:
        """In bytes."""
        return sum(len(part.data) for part in self.parts)

    @property
    def data(self) -> bytes:
        """All its parts, of a segment that gets no more: one copy for whoever is slow to take it."""
        if self._whole is None:
            self._whole = b"".join(part.data for part in self.parts)
        return self._whole


def seconds(ticks: int) -> float:
    """90 kHz ticks in seconds."""
    return ticks / TICKS_PER_SECOND


def decimals(ticks: int) -> int:
    """90 kHz ticks as playlists list them, with five decimals of a second: in units of 10 µs."""
    return round(seconds(ticks) * 100_000)


def bandwidth(segments: Iterable[Segment]) -> tuple[int, int]:
    """The highest bit rate of one of these segments, and that of all of them, in bit/s; 0 for none."""
    there = [(8 * segment.size, seconds(duration)) for segment in segments if (duration := segment.duration)]
    if not there:
        return 0, 0
    peak = max(bits / duration for bits, duration in there)
    return round(peak), round(sum(bits for bits, _ in there) / sum(duration for _, duration in there))
