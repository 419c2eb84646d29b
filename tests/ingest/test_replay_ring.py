"""Which pictures are kept, and where: pure, with the file as a bytearray."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.access_unit import AccessUnit
from ingest.envelope import pack
from ingest.replay_ring import PIECE_BUFFERS, PIECE_BYTES, Piece, ReplayRing, units_in
from tests.support.units import gop, unit

STREAM = "cam.a.sub"
FPS = 15


class File:
    """Writes a ring's pieces as they become complete, into memory, and reads them back."""

    def __init__(self, seconds: int = 4, limit: int = 1 << 30) -> None:
        self.ring = ReplayRing(STREAM, seconds, self._ready)
        self.limit = limit
        self.bytes = bytearray()
        self.written = 0

    def _ready(self, ring: ReplayRing, piece: Piece) -> None:
        assert piece.buffers is not None
        data = b"".join(piece.buffers)
        assert len(data) == piece.length
        if not ring.place(piece, self.limit):
            return
        self.bytes += bytes(max(0, piece.offset + piece.length - len(self.bytes)))
        self.bytes[piece.offset : piece.offset + piece.length] = data
        self.written += piece.length
        piece.buffers = None

    def kept(self, from_ms: int | None = None) -> list[AccessUnit]:
        """What a replay would play, out of the file."""
        found: list[AccessUnit] = []
        for piece in self.ring.pin(from_ms):
            piece.pins -= 1
            assert not piece.gone
            data = bytes(self.bytes[piece.offset : piece.offset + piece.length])
            found += units_in(STREAM, data, piece.lengths)
        return found


def gops(count: int, length: int = 2 * FPS, data: bytes = b"\0\0\0\1picture") -> list[AccessUnit]:
    return [replace(au, data=data) for n in range(count) for au in gop(n * length, length)]


def fed(file: File, units: Sequence[AccessUnit]) -> File:
    for au in units:
        file.ring.add(au)
    return file


def test_what_is_read_back_is_what_was_published_to_the_last_picture() -> None:
    units = gops(40)[:-7]
    damaged, discontinuity = 38 * 2 * FPS + 3, 39 * 2 * FPS
    units[damaged] = replace(units[damaged], damaged=True)
    units[discontinuity:] = [replace(au, epoch=9) for au in units[discontinuity:]]
    units[discontinuity] = replace(units[discontinuity], discontinuity=True)
    kept = fed(File(), units).kept()
    assert kept[0].keyframe
    assert [pack(au) for au in kept] == [pack(au) for au in units[-len(kept) :]]
    assert 4 <= (kept[-1].arrived_mono_ns - kept[0].arrived_mono_ns) / 1e9 < 4 + 2 + 0.1


def test_the_file_is_used_again_in_a_circle() -> None:
    file = fed(File(), gops(200))
    assert len(file.bytes) < file.written / 40
    assert file.ring.end <= len(file.bytes)


def test_it_says_from_when_it_exists_and_before_a_keyframe_it_does_not() -> None:
    file = fed(File(), [unit(number) for number in range(10)])
    assert file.ring.span_ms is None
    assert file.kept() == []
    units = gops(1)
    file.ring.add(units[0])
    assert file.ring.span_ms == (units[0].arrived_wall_ns // 10**6,) * 2
    fed(file, units[1:])
    assert file.ring.span_ms == (units[0].arrived_wall_ns // 10**6, units[-1].arrived_wall_ns // 10**6)


def test_from_a_moment_on_begins_at_the_keyframe_before_it() -> None:
    units = gops(3)
    file = fed(File(), units)
    assert file.kept(units[35].arrived_wall_ns // 10**6)[0] == units[30]
    assert file.kept(0)[0] == units[0]
    assert file.kept(10**15)[0] == units[60]


def test_of_a_camera_that_was_away_the_old_goes_when_the_new_comes() -> None:
    units = gops(2)
    later = [replace(au, arrived_mono_ns=au.arrived_mono_ns + 60 * 10**9) for au in units]
    file = fed(File(), units)
    assert file.ring.span_ms is not None
    assert len(file.kept()) == len(units)
    file.ring.add(later[0])
    assert file.kept() == later[:1]


def test_long_gops_are_written_in_pieces_and_come_back_whole() -> None:
    units = gops(1, 40, data=bytes(PIECE_BYTES // 4)) + gops(1, 2)
    file = fed(File(60), units[:40])
    assert file.written >= 36 * PIECE_BYTES // 4  # no more than about a piece waits in memory
    assert file.kept() == units[:40]
    small = gops(1, 2 * PIECE_BUFFERS, data=b"")
    assert fed(File(600), small).kept() == small


def test_a_stream_of_keyframes_only_is_few_groups() -> None:
    units = [unit(number, keyframe=True) for number in range(40 * FPS)]
    file = fed(File(30), units)
    assert len(file.ring.pin(None)) <= 31
    assert file.kept() == units[-len(file.kept()) :]


def test_no_more_room_than_its_share_and_the_newest_stay() -> None:
    units = gops(30, data=bytes(1000))
    file = fed(File(600, limit=200_000), units)
    assert len(file.bytes) <= 200_000
    kept = file.kept()
    assert kept == units[-len(kept) :]
    assert len(kept) >= 4 * 2 * FPS  # 200 kB are six of these, less what the circle wastes


def test_a_gop_too_large_for_the_share_is_not_kept_and_the_next_one_is() -> None:
    units = gops(1, 100, data=bytes(20_000))
    file = fed(File(600, limit=1_000_000), units)
    assert file.ring.span_ms is None
    small = [replace(au, arrived_mono_ns=au.arrived_mono_ns + 10**11) for au in gops(1)]
    assert fed(file, small).kept() == small


def test_where_the_share_becomes_smaller_it_comes_down_to_it() -> None:
    file = fed(File(10, limit=1 << 30), gops(20, data=bytes(1000)))
    before = file.ring.end
    file.limit = before // 2
    later = [replace(au, arrived_mono_ns=au.arrived_mono_ns + 10**11) for au in gops(20, data=bytes(1000))]
    fed(file, later)
    assert 0 < file.ring.end <= before // 2


def test_what_a_replay_needs_does_not_become_too_old() -> None:
    file = fed(File(4), gops(4))
    pieces = file.ring.pin(None)
    later = [replace(au, arrived_mono_ns=au.arrived_mono_ns + 30 * 10**9) for au in gops(4)]
    fed(file, later)
    assert not any(piece.gone for piece in pieces)
    for piece in pieces:
        piece.pins -= 1
    file.ring.add(replace(unit(0, keyframe=True), arrived_mono_ns=60 * 10**9))
    assert all(piece.gone for piece in pieces)


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 60_000), st.integers(0, 3_000)), max_size=120),
    st.integers(100_000, 400_000),
)
def test_whatever_comes_it_is_a_row_from_a_keyframe_on_within_its_room(
    pictures: list[tuple[bool, int, int]], limit: int
) -> None:
    file = File(5, limit)
    units, arrived = [], 0
    for number, (keyframe, size, after_ms) in enumerate(pictures):
        arrived += after_ms * 1_000_000
        au = replace(unit(number, keyframe=keyframe, data=bytes([number]) * size), arrived_mono_ns=arrived)
        units.append(au)
        file.ring.add(au)
    kept = file.kept()
    assert len(file.bytes) <= limit
    if kept:
        assert kept[0].keyframe
        assert kept == units[-len(kept) :]
    else:
        assert file.ring.span_ms is None


@pytest.mark.parametrize("seconds", [1, 30])
def test_nothing_is_kept_while_it_rests(seconds: int) -> None:
    file = fed(File(seconds), gops(2))
    file.ring.resting = True
    file.ring.begin_again()
    fed(file, gops(2))
    assert file.ring.span_ms is None
    file.ring.resting = False
    units = gops(2)
    fed(file, units[5:])
    assert file.kept() == units[30:]
