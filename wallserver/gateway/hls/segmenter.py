"""Access units in, segments and parts out: one stream's HLS, without I/O and without a clock.

A part ends when the picture after it is here: so every duration is true, and the part that is hinted at next will
come, because its first picture is there already. The price is one picture's time of delay.
"""

from __future__ import annotations

import itertools
import re
import secrets
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from ingest.access_unit import TICKS_PER_SECOND, AccessUnit
from wallserver.gateway.hls.boxes import Format, Sample, format_of, fragment, init_segment, slices_of
from wallserver.gateway.hls.segment import Part, Segment, decimals

PART_TICKS = TICKS_PER_SECOND // 3
# Parts may be this much longer than so many pictures are: cameras are not punctual. The draft wants no part of less
# than 85 % of the longest (4.4.4.9).
_PART_SLACK = 1.1
# As many pictures, or as long a time, show how far apart they are.
_OPENING_UNITS = 7
_OPENING_TICKS = TICKS_PER_SECOND
# EXTINF, rounded, must not be above the target (4.4.3.1): a segment may be this much longer than that.
_SEGMENT_SLACK = TICKS_PER_SECOND * 49 // 100
# What players keep between themselves and the live edge (PART-HOLD-BACK, 4.4.3.8).
HOLD_BACK_PARTS = 3
# Segments that left the playlist can be had for twice their length more (6.2.2).
_RETIRED = 2
MAX_BYTES = 16_000_000
_MAX_SEGMENT_BYTES = MAX_BYTES // 4
_INIT = re.compile(r"init\.([0-9]{1,9})\.mp4")
_SEGMENT = re.compile(r"([0-9]{1,9}-[0-9a-f]{16})(?:\.([0-9]{1,4}))?\.m4s")


@dataclass(slots=True)
class _Pending:
    """The newest picture; how long it lasts is known when the next one is here."""

    data: bytes
    keyframe: bool
    timestamp: int


class Segmenter:
    """Segments of about `target_s` seconds that begin at keyframes, the newest three and more of them.

    Times go on over every hole; where one was, or where the source stood still for longer than a part, the next
    segment is a discontinuity. A GOP that is longer than a segment may be is cut: its second half is a segment that
    does not begin with a keyframe. The very first segment, and the first after a withdrawal, ends as soon as it has
    what players hold back at the live edge: with less they would run dry at once, and a whole GOP would be long to
    wait for.
    """

    def __init__(self, target_s: int) -> None:
        self.target_s = target_s
        self.part_target: int | None = None
        self.spacing = 0
        self.segments: deque[Segment] = deque()
        self.current: Segment | None = None
        self.discontinuity_sequence = 0
        self.inits: dict[int, bytes] = {}
        self.format: Format | None = None
        self._most_ticks = target_s * TICKS_PER_SECOND + _SEGMENT_SLACK
        self._retired: deque[Segment] = deque()
        self._opening: list[tuple[AccessUnit, bool]] = []
        self._last: tuple[int, int] | None = None
        self._pending: _Pending | None = None
        self._samples: list[Sample] = []
        self._open_ticks = 0
        self._time = 0
        self._keyframe_time = 0
        self._fragments = 0
        self._init = 0
        self._begun = 0
        self._cut = False

    @property
    def ready(self) -> bool:
        """Whether there is something to be played: players that know no parts want a whole segment."""
        return bool(self.segments)

    @property
    def hint(self) -> str:
        """The address of the part that comes next."""
        return f"{self.current.name}.{len(self.current.parts)}.m4s" if self.current is not None else ""

    def add(self, unit: AccessUnit) -> None:
        """Take the stream's next access unit; until a whole GOP begins nothing comes of it."""
        follows = self._last == (unit.epoch, unit.sequence - 1)
        if unit.held or not (follows or unit.keyframe):
            self._last = None
            return
        self._last = unit.epoch, unit.sequence
        broken = not follows or (unit.discontinuity and unit.keyframe)
        if self.part_target is None:
            self._open(unit, broken)
        else:
            self._take(unit, broken, self.part_target)

    def withdraw(self) -> None:
        """Let go of all there is, at once: it may be shown to nobody any more. It goes on with the next GOP, as a
        discontinuity, and counts on (6.2.2, whose three target durations what must not be seen cannot have).
        """
        self._opening = []
        self._last = self._pending = None
        self._samples, self._open_ticks = [], 0
        if self.current is not None:
            self.segments.append(self.current)
            self.current = None
        while self.segments:
            self._delist()
        self._retired.clear()

    def has(self, sequence: int, part: int | None) -> bool:
        """Whether the playlist has this segment (or part), or a later one (draft, 6.2.5.2)."""
        if self.current is None:
            return False
        newest = self.current.sequence
        if part is None or sequence > newest:
            return sequence < newest
        if sequence == newest:
            return part < len(self.current.parts)
        # Beyond a segment's last part the first one of the segment after it is meant.
        before = self.segments[-1] if self.segments else None
        if before is None or sequence != before.sequence or part < len(before.parts):
            return True
        return bool(self.current.parts)

    def is_far(self, sequence: int, part: int | None) -> bool:
        """Whether this is too far ahead to be waited for (draft, 6.2.5.2)."""
        newest = max(0, self._begun - 1)
        if sequence < newest or part is None:
            return sequence > newest + 1
        there = len(self.current.parts) if self.current is not None and sequence == newest else 0
        limit = 3 * TICKS_PER_SECOND // min(self.part_target or PART_TICKS, TICKS_PER_SECOND)
        return sequence > newest + 1 or part >= there + limit

    def resource(self, name: str) -> bytes | None:
        """What is at this address; None if there is nothing (any more, or yet)."""
        if (found := _INIT.fullmatch(name)) is not None:
            return self.inits.get(int(found[1]))
        if (found := _SEGMENT.fullmatch(name)) is None:
            return None
        segment = next((one for one in self._all() if one.name == found[1]), None)
        if segment is None:
            return None
        if found[2] is None:
            return None if segment is self.current else segment.data
        index = int(found[2])
        return segment.parts[index].data if index < len(segment.parts) else None

    def _open(self, unit: AccessUnit, broken: bool) -> None:
        """Wait until it is seen how far apart pictures come: the part target, which must not change, hangs on it."""
        self._opening.append((unit, broken))
        stamps = [one.timestamp for one, _ in self._opening]
        if len(stamps) < _OPENING_UNITS and (len(stamps) < 2 or stamps[-1] - stamps[0] < _OPENING_TICKS):
            return
        steps = [later - earlier for earlier, later in itertools.pairwise(stamps) if later > earlier]
        self.spacing = min(int(median(steps)), TICKS_PER_SECOND) if steps else PART_TICKS
        count = max(1, round(PART_TICKS / self.spacing))
        self.part_target = part_target = int(count * self.spacing * _PART_SLACK)
        opening, self._opening = self._opening, []
        for one, was_broken in opening:
            self._take(one, was_broken, part_target)

    def _take(self, unit: AccessUnit, broken: bool, part_target: int) -> None:
        made = self._format_of(unit)
        data = slices_of(unit.data)
        if made is None or not data:
            self._last = None
            return
        self._end_pending(unit, broken, part_target)
        other = made != self.format
        if other:
            self._begin_format(made)
        if broken or other:
            self._begin_segment(unit, discontinuity=self._begun > 0)
        elif self._is_full(unit, part_target):
            self._begin_segment(unit, discontinuity=self._cut and unit.keyframe)
        elif self._open_ticks + self.spacing > part_target:
            self._end_part()
        if unit.keyframe:
            self._keyframe_time = self._time + self._open_ticks
        self._pending = _Pending(data, unit.keyframe, unit.timestamp)

    def _format_of(self, unit: AccessUnit) -> Format | None:
        if not unit.keyframe:
            return self.format
        try:
            made = format_of(unit.data, unit.width, unit.height)
            if made != self.format:
                init_segment(made)
        except ValueError:
            return None
        return made

    def _end_pending(self, unit: AccessUnit, broken: bool, part_target: int) -> None:
        if self._pending is None or self.current is None:
            return
        distance = unit.timestamp - self._pending.timestamp
        if distance <= 0 or broken:
            distance = self.spacing
        room = self._most_ticks - self.current.duration - self._open_ticks
        duration = min(distance, part_target, room)
        self._cut = self._cut or duration < distance
        if self._samples and self._open_ticks + duration > part_target:
            self._end_part()
        self._samples.append(Sample(self._pending.data, duration, self._pending.keyframe))
        self._open_ticks += duration
        self._pending = None

    def _is_full(self, unit: AccessUnit, part_target: int) -> bool:
        """Whether the segment ends before this picture: where another GOP like the last would be too much, or, within
        a GOP that is too long, another picture.
        """
        assert self.current is not None  # noqa: S101 - the first picture is broken off from nothing
        following = self.spacing
        if unit.keyframe:
            following = self._time + self._open_ticks - self._keyframe_time
        size = self.current.size + sum(len(sample.data) for sample in self._samples)
        ticks = self.current.duration + self._open_ticks
        if not self.ready and ticks >= HOLD_BACK_PARTS * part_target:
            return True
        return ticks + following > self._most_ticks or size > _MAX_SEGMENT_BYTES

    def _begin_format(self, made: Format) -> None:
        self._init += 1
        self.format = made
        self.inits[self._init] = init_segment(made)

    def _begin_segment(self, unit: AccessUnit, *, discontinuity: bool) -> None:
        self._end_part()
        arrived_ms = unit.arrived_wall_ns // 1_000_000
        if (before := self.current) is not None:
            self.segments.append(before)
            # A clock that was set back must not give one time to two segments (6.2.1).
            arrived_ms = max(arrived_ms, before.began_ms + before.duration // 90 - 500)
        if discontinuity:
            self._cut = False
        self.current = Segment(self._begun, secrets.token_hex(8), self._init, discontinuity, arrived_ms)
        self._begun += 1
        self._forget()

    def _end_part(self) -> None:
        if not self._samples or self.current is None:
            return
        self._fragments += 1
        data = fragment(self._fragments, self._time, self._samples)
        independent = any(sample.keyframe for sample in self._samples)
        self.current.parts.append(Part(self._open_ticks, independent, data))
        self._time += self._open_ticks
        self._samples = []
        self._open_ticks = 0

    def _forget(self) -> None:
        """Let go of what is old: three target durations stay in the playlist (6.2.2), unless they are too large."""
        # By what players add up: three of 2 s by the clock may be 5.99999 in decimals.
        listed = sum(decimals(segment.duration) for segment in self.segments)
        least = decimals(3 * self.target_s * TICKS_PER_SECOND)
        while self.segments and (listed := listed - decimals(self.segments[0].duration)) >= least:
            self._retired.append(self._delist())
        while len(self._retired) > _RETIRED:
            self._retired.popleft()
        size = sum(segment.size for segment in self._all())
        while size > MAX_BYTES and (self._retired or self.segments):
            size -= (self._retired.popleft() if self._retired else self._delist()).size
        used = {segment.init for segment in self._all()}
        self.inits = {number: data for number, data in self.inits.items() if number in used}

    def _delist(self) -> Segment:
        oldest = self.segments.popleft()
        self.discontinuity_sequence += oldest.discontinuity
        return oldest

    def _all(self) -> Iterator[Segment]:
        yield from self._retired
        yield from self.segments
        if self.current is not None:
            yield self.current
