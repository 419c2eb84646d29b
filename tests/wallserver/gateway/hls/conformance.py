"""A stern reader of playlists: whatever draft-pantos-hls-rfc8216bis demands of ours, and of each after the one before.

`read` parses one playlist and raises AssertionError, naming the section, where it breaks a rule; `Watch` also holds
each version against the last one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta

_ATTRIBUTE = re.compile(r'([A-Z0-9-]+)=("[^"\r\n]*"|[^",\s]+)(?:,|$)')
_DECIMAL = re.compile(r"[0-9]+(\.[0-9]+)?")
_ONCE = {"EXT-X-VERSION", "EXT-X-TARGETDURATION", "EXT-X-SERVER-CONTROL", "EXT-X-PART-INF", "EXT-X-MEDIA-SEQUENCE"}
_ONCE |= {"EXT-X-DISCONTINUITY-SEQUENCE", "EXT-X-PRELOAD-HINT"}


@dataclass
class Part:
    uri: str
    duration: float
    independent: bool


@dataclass
class Segment:
    sequence: int
    discontinuity_sequence: int = 0
    uri: str = ""
    duration: float = 0.0
    map: str = ""
    date: datetime | None = None
    discontinuity: bool = False
    parts: list[Part] = field(default_factory=list)


@dataclass
class Playlist:
    version: int = 0
    target: int = 0
    part_target: float = 0.0
    part_hold_back: float = 0.0
    can_block: bool = False
    sequence: int = 0
    discontinuity_sequence: int = 0
    segments: list[Segment] = field(default_factory=list)
    open: Segment | None = None
    hint: str = ""

    @property
    def duration(self) -> float:
        """Of the complete segments, in seconds."""
        return sum(segment.duration for segment in self.segments)

    @property
    def all(self) -> list[Segment]:
        """The segment that grows, too."""
        return self.segments + ([self.open] if self.open is not None else [])


def attributes(text: str) -> dict[str, str]:
    """An attribute list (4.2), quotes taken off; nothing may stand beside its attributes, none twice."""
    found: dict[str, str] = {}
    end = 0
    for match in _ATTRIBUTE.finditer(text):
        assert match.start() == end, f"4.2: {text!r}"
        assert match[1] not in found, f"4.2: {match[1]} twice"
        found[match[1]] = match[2].strip('"')
        end = match.end()
    assert end == len(text), f"4.2: {text!r}"
    return found


def decimal(text: str) -> float:
    """A decimal-floating-point (4.2)."""
    assert _DECIMAL.fullmatch(text), f"4.2: {text!r}"
    return float(text)


def read(text: str) -> Playlist:
    """A low-latency live media playlist."""
    assert text.startswith("#EXTM3U\n"), "4.4.1.1"
    assert text.endswith("\n"), "4.1"
    assert "\r" not in text
    reader = _Reader()
    for line in text.splitlines()[1:]:
        reader.take(line)
    made = reader.end()
    _check(made, reader.seen)
    return made


class _Reader:
    """Takes lines; what is known of the playlist, and of the segment that comes next."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self._made = Playlist()
        self._current: Segment | None = None
        self._map = ""
        self._extinf: float | None = None

    def take(self, line: str) -> None:
        name, _, value = line.removeprefix("#").partition(":")
        if line.startswith("#") and name in _ONCE:
            assert name not in self.seen, f"{name} twice"
            self.seen.add(name)
            self._of_playlist(name, value)
            return
        assert not self._made.hint, "what a hint is of comes last"
        self._current = self._current or Segment(self._made.sequence)
        if line.startswith("#"):
            self._of_segment(self._current, name, value)
        else:
            self._uri(self._current, line)

    def end(self) -> Playlist:
        if self._current is not None and self._current.date:
            self._current.map = self._map
            self._made.open = self._current
        return self._made

    def _of_playlist(self, name: str, value: str) -> None:
        made = self._made
        assert self._current is None or name == "EXT-X-PRELOAD-HINT", f"4.4.3: {name} stands before segments"
        match name:
            case "EXT-X-VERSION":
                made.version = int(value)
            case "EXT-X-TARGETDURATION":
                made.target = int(value)
            case "EXT-X-SERVER-CONTROL":
                control = attributes(value)
                made.can_block = control["CAN-BLOCK-RELOAD"] == "YES"
                made.part_hold_back = decimal(control["PART-HOLD-BACK"])
            case "EXT-X-PART-INF":
                made.part_target = decimal(attributes(value)["PART-TARGET"])
            case "EXT-X-MEDIA-SEQUENCE":
                made.sequence = int(value)
            case "EXT-X-DISCONTINUITY-SEQUENCE":
                made.discontinuity_sequence = int(value)
            case "EXT-X-PRELOAD-HINT":
                hint = attributes(value)
                assert hint["TYPE"] == "PART", "4.4.5.3"
                made.hint = hint["URI"]

    def _of_segment(self, segment: Segment, name: str, value: str) -> None:
        match name:
            case "EXT-X-DISCONTINUITY":
                assert not segment.parts
                segment.discontinuity = True
            case "EXT-X-MAP":
                assert not segment.parts
                self._map = attributes(value)["URI"]
            case "EXT-X-PROGRAM-DATE-TIME":
                segment.date = datetime.fromisoformat(value)
                assert segment.date.tzinfo is not None, "4.4.4.6"
            case "EXT-X-PART":
                part = attributes(value)
                assert part.get("INDEPENDENT", "YES") == "YES", "4.4.4.9"
                segment.parts.append(Part(part["URI"], decimal(part["DURATION"]), "INDEPENDENT" in part))
            case "EXTINF":
                assert value.endswith(","), "4.4.4.1"
                self._extinf = decimal(value.removesuffix(","))
            case _:
                raise AssertionError(f"an unknown tag {name}")

    def _uri(self, segment: Segment, line: str) -> None:
        assert self._extinf is not None, "4.4.4.1: EXTINF is REQUIRED"
        segment.uri, segment.duration, segment.map = line, self._extinf, self._map
        self._made.segments.append(segment)
        self._current, self._extinf = Segment(segment.sequence + 1), None


def _check(made: Playlist, seen: set[str]) -> None:
    assert {"EXT-X-TARGETDURATION", "EXT-X-PART-INF", "EXT-X-SERVER-CONTROL"} <= seen
    assert made.version == 6, "8, 6.2.1: no higher than EXT-X-MAP wants"
    assert made.can_block
    assert made.part_hold_back >= 3 * made.part_target - 1e-4, "4.4.3.8"
    number = made.discontinuity_sequence
    for segment in made.all:
        number += segment.discontinuity
        segment.discontinuity_sequence = number
        assert segment.map, "3.1.2: fMP4 needs EXT-X-MAP"
        assert segment.date is not None
        for part in segment.parts:
            assert 0 < part.duration <= made.part_target, "4.4.4.9: at most the part target"
    for segment in made.segments:
        assert segment.duration > 0
        assert int(segment.duration + 0.5) <= made.target, "4.4.3.1"
        if segment.parts:
            assert abs(sum(part.duration for part in segment.parts) - segment.duration) < 1e-3
    for earlier, later in zip(made.segments, made.all[1:], strict=False):
        assert earlier.date is not None
        assert later.date is not None
        end = earlier.date + timedelta(seconds=earlier.duration)
        assert later.date > end - timedelta(seconds=1), "6.2.1: dates are not ambiguous"
    uris = [segment.uri for segment in made.segments] + [part.uri for one in made.all for part in one.parts]
    assert len(set(uris)) == len(uris)
    assert made.hint not in uris


class Watch:
    """A client that keeps every playlist it saw."""

    def __init__(self) -> None:
        self.last: Playlist | None = None
        self.seen: dict[int, Segment] = {}
        self._removed_at = 0

    def see(self, text: str) -> Playlist:
        """The next version."""
        new, old = read(text), self.last
        if old is not None:
            assert new.target == old.target, "6.2.1: the target duration MUST NOT change"
            assert new.part_target == old.part_target, "6.2.1: only lines are appended and removed"
            assert new.sequence >= old.sequence, "6.2.2"
            assert new.discontinuity_sequence >= old.discontinuity_sequence, "6.2.2"
            if new.sequence > old.sequence:
                assert new.duration >= 3 * new.target, "6.2.2: removal leaves three target durations"
            self._hinted(old, new)
        for segment in new.all:
            self._same_as_before(segment)
            self.seen[segment.sequence] = segment
        self.last = new
        return new

    def _hinted(self, old: Playlist, new: Playlist) -> None:
        known = {part.uri for one in old.all for part in one.parts}
        fresh = [part.uri for one in new.all for part in one.parts if part.uri not in known]
        if fresh:
            assert fresh[0] == old.hint, "6.2.6: what was hinted at came next"
        else:
            assert new.hint == old.hint

    def _same_as_before(self, segment: Segment) -> None:
        before = self.seen.get(segment.sequence)
        if before is None:
            return
        assert segment.discontinuity_sequence == before.discontinuity_sequence, "6.2.2"
        assert (segment.map, segment.date) == (before.map, before.date)
        if before.uri:
            assert (segment.uri, segment.duration) == (before.uri, before.duration)
        if segment.parts:
            assert segment.parts[: len(before.parts)] == before.parts


def punctual(made: Playlist) -> bool:
    """Whether all parts but a segment's last have 85 % of the part target (4.4.4.9)."""
    return all(
        part.duration >= 0.85 * made.part_target
        for segment in made.all
        for part in (segment.parts[:-1] if segment.uri else segment.parts)
    )
