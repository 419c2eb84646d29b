"""The bytes on the bus: any access unit comes back as it was, anything else is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.access_unit import AccessUnit, Codec
from ingest.cell_table import CellState, CellTable
from ingest.envelope import PART_BYTES, VERSION, Joiner, pack, split, unpack
from ingest.errors import EnvelopeError, UnknownVersion
from tests.support.units import unit

u16, u64 = st.integers(0, 2**16 - 1), st.integers(0, 2**64 - 1)
i64 = st.integers(-(2**63), 2**63 - 1)
cells = st.builds(
    CellState,
    camera=st.text("abcdefghijklmnopqrstuvwxyz0123456789_-é", min_size=1, max_size=63),
    rect=st.tuples(u16, u16, u16, u16),
    source_sequence=u64,
    age_ms=st.none() | st.integers(0, 2**32 - 2),
    live=st.booleans(),
)
tables = st.builds(
    CellTable,
    layout_epoch=u64,
    canvas=st.tuples(u16, u16),
    cells=st.lists(cells, max_size=8).map(tuple),
    era=u64,
)
units = st.builds(
    AccessUnit,
    stream=st.just("mosaic.hall"),
    epoch=u64,
    sequence=u64,
    codec=st.sampled_from(Codec),
    width=u16,
    height=u16,
    timestamp=i64,
    arrived_wall_ns=i64,
    arrived_mono_ns=i64,
    boot_id=st.binary(min_size=16, max_size=16),
    keyframe=st.booleans(),
    discontinuity=st.booleans(),
    damaged=st.booleans(),
    held=st.booleans(),
    data=st.binary(max_size=200),
    cells=st.none() | tables,
)


@given(units)
def test_comes_back_as_it_was(au: AccessUnit) -> None:
    assert unpack(au.stream, pack(au)) == au


@pytest.mark.parametrize("version", [0, VERSION + 1, 255])
def test_an_unknown_version_is_refused_and_named(version: int) -> None:
    data = bytearray(pack(unit(1)))
    data[2] = version
    with pytest.raises(UnknownVersion, match=rf"cam\.a\.sub has version {version}; this reader takes 1, 2"):
        unpack("cam.a.sub", bytes(data))


@given(units)
def test_the_version_before_is_understood_which_had_no_era(au: AccessUnit) -> None:
    data = bytearray(pack(au))
    data[2] = 1
    if au.cells is not None:
        data[66:70] = (int.from_bytes(data[66:70]) - 8).to_bytes(4)
        del data[78:86]
        au = replace(au, cells=replace(au.cells, era=0))
    assert unpack(au.stream, bytes(data)) == au


def test_ages_that_do_not_fit_are_the_nearest_that_do() -> None:
    table = CellTable(1, (64, 64), (CellState("a", (0, 0, 2, 2), 1, 2**40, True),))
    there = unpack("mosaic.x", pack(replace(unit(1), cells=table))).cells
    assert there is not None
    assert there.cells[0].age_ms == 2**32 - 2


def test_what_does_not_fit_the_envelope_is_said() -> None:
    with pytest.raises(EnvelopeError, match=r"cam\.a\.sub does not fit"):
        pack(replace(unit(1), width=70_000))


@given(st.binary(max_size=300))
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(EnvelopeError):
        unpack("cam.a.sub", data)


@given(units, st.integers(0, 400), st.integers(0, 255))
def test_damaged_bytes_are_refused_or_an_access_unit(au: AccessUnit, place: int, value: int) -> None:
    data = bytearray(pack(au))
    data[place % len(data)] = value
    for damaged in (bytes(data), bytes(data[: place % len(data)])):
        try:
            unpack(au.stream, damaged)
        except EnvelopeError:
            continue


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 3 * PART_BYTES + 5), st.integers(0, 255))
def test_parts_come_together_again(size: int, fill: int) -> None:
    payload = b"WA" + bytes([fill]) * size
    messages = split(payload)
    assert len(messages) == -(-len(payload) // PART_BYTES)
    joiner = Joiner()
    *before, last = [joiner.feed(message) for message in messages]
    assert before == [None] * len(before)
    assert last == payload


def test_interleaved_sets_of_two_owners_both_come_together() -> None:
    a, b = (b"WA" + fill * (PART_BYTES + 10) for fill in (b"a", b"b"))
    joiner = Joiner()
    told = [joiner.feed(part) for pair in zip(split(a), split(b), strict=True) for part in pair]
    assert told == [None, None, a, b]


def test_a_lost_part_loses_the_whole_and_nothing_else() -> None:
    a, b = (b"WA" + fill * (2 * PART_BYTES + 10) for fill in (b"a", b"b"))
    joiner = Joiner()
    first, _, third = split(a)
    assert [joiner.feed(part) for part in (first, third)] == [None, None]
    assert [joiner.feed(part) for part in split(b)][-1] == b


@given(st.binary(max_size=40))
def test_parts_that_cannot_be_are_refused(tail: bytes) -> None:
    try:
        assert Joiner().feed(b"WP" + tail) is None
    except EnvelopeError:
        pass
    except AssertionError:  # a part that is alone and whole, by its checksum
        assert len(tail) >= 10


def test_what_is_more_than_parts_can_carry_is_said() -> None:
    with pytest.raises(EnvelopeError, match="more than 64 parts"):
        split(bytes(64 * PART_BYTES + 1))
