"""MPEG-TS segments whose tables, packets or PES headers lie (ISO/IEC 13818-1, 2.4.3 and 2.4.4)."""

from __future__ import annotations

import random
from collections.abc import Callable

from tests.support.malformed import spoil

PACKET = 188
_PAT, _PMT, _VIDEO = 0, 0x1000, 0x100  # as FFmpeg numbers them
_STREAM_TYPES = (0x00, 0x02, 0x0F, 0x1B, 0x24, 0x42, 0x81, 0xEA, 0xFF)


def malformed(chance: random.Random, data: bytes) -> bytes:
    """A segment with one or some of its packets made wrong."""
    packets = [bytearray(data[at : at + PACKET]) for at in range(0, len(data), PACKET)]
    for _ in spoil.times(chance):
        packets = chance.choice(_WAYS)(chance, packets)
    return b"".join(packets)


def _one_of(chance: random.Random, packets: list[bytearray], pid: int) -> bytearray | None:
    found = [packet for packet in packets if len(packet) == PACKET and _pid(packet) == pid]
    return chance.choice(found) if found else None


def _pid(packet: bytearray) -> int:
    return (packet[1] & 0x1F) << 8 | packet[2] if len(packet) > 2 else -1


def _head(chance: random.Random, packets: list[bytearray]) -> list[bytearray]:
    """Sync byte, beginning of a unit, PID, scrambling, adaptation field, counter: one of them is another."""
    for packet in chance.sample(packets, min(len(packets), chance.choice([1, 3, 20]))):
        at = chance.randrange(min(5, len(packet)))
        packet[at] = chance.choice([0, 0x47, 0x5F, 0xFF, chance.randrange(256)])
    return packets


def _adaptation(chance: random.Random, packets: list[bytearray]) -> list[bytearray]:
    """An adaptation field that is longer than its packet, or has every part."""
    if packet := _one_of(chance, packets, _VIDEO):
        packet[3] |= 0x20
        packet[4], packet[5] = chance.choice([0, 1, 183, 184, 255]), chance.choice([0xFF, 0x10, 0x02])
    return packets


def _table(chance: random.Random, packets: list[bytearray]) -> list[bytearray]:
    """The program's table says another length, stream type, PID or descriptor, and has the right sum."""
    for packet in packets:
        if len(packet) == PACKET and _pid(packet) in {_PAT, _PMT} and chance.random() < 0.7:
            start = 5 + packet[4]  # behind the pointer
            end = start + 3 + ((packet[start + 1] & 0x0F) << 8 | packet[start + 2])
            if not start + 12 < end <= PACKET:
                continue
            match chance.randrange(4):
                case 0 if _pid(packet) == _PMT:
                    packet[start + 12] = chance.choice(_STREAM_TYPES)
                case 1:
                    packet[start + 1 : start + 3] = chance.choice([b"\xb0\x00", b"\xbf\xff", b"\xb0\x05"])
                case 2:
                    packet[start + 8 : start + 12] = chance.randbytes(4)
                case _:
                    at = chance.randrange(start + 3, end - 4)
                    packet[at] = chance.randrange(256)
            packet[end - 4 : end] = _crc(packet[start : end - 4]).to_bytes(4, "big")
    return packets


def _pes(chance: random.Random, packets: list[bytearray]) -> list[bytearray]:
    """The PES header of a picture: its kind, length, flags, times."""
    for packet in packets:
        if len(packet) == PACKET and _pid(packet) == _VIDEO and packet[1] & 0x40 and chance.random() < 0.7:
            start = 5 + packet[4] if packet[3] & 0x20 else 4
            at = min(start + chance.randrange(3, 19), PACKET - 1)
            packet[at] = chance.choice([0, 0x80, 0xC0, 0xFF, chance.randrange(256)])
    return packets


def _order(chance: random.Random, packets: list[bytearray]) -> list[bytearray]:
    return [bytearray(packet) for packet in spoil.sequence(chance, packets)]


def _shuffled(chance: random.Random, packets: list[bytearray]) -> list[bytearray]:
    return chance.sample(packets, len(packets))


def _no_tables(chance: random.Random, packets: list[bytearray]) -> list[bytearray]:
    gone = chance.choice([{_PAT}, {_PMT}, {_PAT, _PMT}, {_VIDEO}])
    return [packet for packet in packets if _pid(packet) not in gone]


def _out_of_step(chance: random.Random, packets: list[bytearray]) -> list[bytearray]:
    """Packets of other lengths in between."""
    at = chance.randrange(len(packets) + 1)
    return [*packets[:at], bytearray(chance.randbytes(chance.choice([1, 16, 187, 204]))), *packets[at:]]


def _crc(data: bytes | bytearray) -> int:
    """CRC-32/MPEG-2 (annex A)."""
    value = 0xFFFFFFFF
    for byte in data:
        value ^= byte << 24
        for _ in range(8):
            value = (value << 1 ^ (0x04C11DB7 if value & 0x80000000 else 0)) & 0xFFFFFFFF
    return value


_WAYS: tuple[Callable[[random.Random, list[bytearray]], list[bytearray]], ...] = (
    *(_head, _adaptation, _table, _table, _pes, _pes, _order, _shuffled, _no_tables, _out_of_step),
)
