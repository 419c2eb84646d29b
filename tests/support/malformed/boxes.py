"""Fragmented MP4 whose boxes lie (ISO/IEC 14496-12, 4.2 and 8)."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import NamedTuple

from tests.support.malformed import spoil

_CONTAINERS = (
    *(b"moov", b"trak", b"mdia", b"minf", b"stbl", b"mvex", b"moof", b"traf", b"edts", b"dinf", b"udta", b"meta"),
)
_SIZES = (0, 1, 7, 8, 9, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


class _Box(NamedTuple):
    """Where a box is, and the boxes that it is in, by their beginnings."""

    start: int
    end: int
    name: bytes
    within: tuple[int, ...]


def malformed(chance: random.Random, data: bytes) -> bytes:
    """An init section or a segment with one or some of its boxes made wrong."""
    for _ in spoil.times(chance):
        found = list(_boxes(data, 0, len(data), ()))
        if found:
            data = _with(chance, data, chance.choice(found), found)
    return data


def _boxes(data: bytes, at: int, end: int, within: tuple[int, ...]) -> Iterator[_Box]:
    while at + 8 <= end:
        size, name = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if size < 8 or at + size > end:
            return
        yield _Box(at, at + size, name, within)
        if name in _CONTAINERS:
            yield from _boxes(data, at + 8, at + size, (*within, at))
        at += size


def _with(chance: random.Random, data: bytes, box: _Box, all_of_them: list[_Box]) -> bytes:
    """One box is longer or shorter than it says, another, lost, twice there, or has other values."""
    whole = data[box.start : box.end]
    match chance.randrange(7):
        case 0:
            size = chance.choice([*_SIZES, len(whole) - 1, len(whole) + 1, len(whole) + 8])
            return data[: box.start] + (size & 0xFFFFFFFF).to_bytes(4, "big") + data[box.start + 4 :]
        case 1:
            name = chance.choice([*(other.name for other in all_of_them), b"free", b"\0\0\0\0", b"mdat"])
            return data[: box.start + 4] + name + data[box.start + 8 :]
        case 2:
            return _exchanged(data, box, b"")
        case 3:
            return _exchanged(data, box, whole * chance.choice([2, 50]))
        case 4:  # deep down
            for _ in range(chance.choice([1, 500])):
                whole = (len(whole) + 8).to_bytes(4, "big") + chance.choice(_CONTAINERS) + whole
            return _exchanged(data, box, whole)
        case 5:
            return _exchanged(data, box, data[slice(*chance.choice(all_of_them)[:2])])
    return _exchanged(data, box, whole[:8] + _other_value(chance, whole[8:]))


def _other_value(chance: random.Random, content: bytes) -> bytes:
    """One of the numbers of four bytes: flags, counts, sizes, offsets, times, rates."""
    if len(content) < 4:
        return content
    at = chance.randrange(min(len(content), 200) // 4) * 4
    return content[:at] + chance.choice([*_SIZES, 2, 0x301, 90_000]).to_bytes(4, "big") + content[at + 4 :]


def _exchanged(data: bytes, box: _Box, content: bytes) -> bytes:
    """With something else in its place; the boxes around it say their new length."""
    out = bytearray(data[: box.start] + content + data[box.end :])
    for start in box.within:
        size = int.from_bytes(out[start : start + 4], "big") + len(content) - (box.end - box.start)
        out[start : start + 4] = size.to_bytes(4, "big")
    return bytes(out)
