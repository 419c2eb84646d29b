"""Cameras whose RTP packets are malformed (RFC 3550, RFC 6184, RFC 7798; RFC 2326, 10.12)."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from ingest import annexb
from ingest.access_unit import Codec
from tests.support.malformed import spoil
from tests.support.malformed.recordings import description, nal_type, recorded
from tests.support.malformed.rtsp import camera_sending
from tests.support.packetiser import RtpStream, aggregate, fragments, interleaved
from tests.support.rtsp_camera import rtsp_camera

_SIZE = 300  # bytes of a fragment: small, so that a recording has many
_FRAGMENT, _AGGREGATE = {Codec.H264: 28, Codec.H265: 49}, {Codec.H264: 24, Codec.H265: 48}


@asynccontextmanager
async def serve(chance: random.Random, host: str) -> AsyncIterator[str]:
    """A packet in four, or in twenty, or each one, is malformed in one of a few ways."""
    codec = chance.choice([Codec.H264, Codec.H265])
    ways, share = chance.sample(_WAYS, chance.choice([1, 2, 4])), chance.choice([0.05, 0.25, 1.0])
    writes = []
    for packets in _pictures(codec):
        frames: list[bytes] = []
        for packet in packets:
            frames += chance.choice(ways)(chance, codec, packet) if chance.random() < share else [interleaved(packet)]
        writes.append(b"".join(spoil.sequence(chance, frames) if chance.random() < share / 4 else frames))
    async with rtsp_camera(camera_sending(description(codec), writes), host) as camera:
        yield camera.url


def _pictures(codec: Codec) -> list[list[bytes]]:
    """The packets of the recording: aggregated parameter sets, fragments."""
    stream = RtpStream(codec)
    found = []
    for picture in recorded(codec):
        payloads = [payload for nal in annexb.split(picture) for payload in _payloads(codec, nal)]
        found.append(stream.packets(payloads))
    return found


def _payloads(codec: Codec, nal: bytes) -> list[bytes]:
    if annexb.is_parameter_set(codec, nal_type(codec, nal)):
        return aggregate(codec, [nal])
    return [nal] if len(nal) <= _SIZE else fragments(codec, nal, [_SIZE] * (len(nal) // _SIZE))


def _header(chance: random.Random, _: Codec, packet: bytes) -> list[bytes]:
    """Version, padding, extension, number of contributing sources, marker and type are others."""
    return [interleaved(chance.randbytes(2) + packet[2:])]


def _numbers(chance: random.Random, _: Codec, packet: bytes) -> list[bytes]:
    """Sequence number, timestamp or source is another one."""
    start, size = chance.choice([(2, 2), (4, 4), (8, 4)])
    return [interleaved(packet[:start] + chance.randbytes(size) + packet[start + size :])]


def _padded(chance: random.Random, _: Codec, packet: bytes) -> list[bytes]:
    """More padding than there is packet."""
    return [interleaved(bytes((packet[0] | 0x20,)) + packet[1:] + bytes((chance.choice([0, 1, 255]),)))]


def _extended(chance: random.Random, _: Codec, packet: bytes) -> list[bytes]:
    """A header extension that is longer than the packet (RFC 3550, 5.3.1)."""
    words = chance.choice([0, 1, 0xFFFF]).to_bytes(2, "big")
    return [interleaved(bytes((packet[0] | 0x10,)) + packet[1:12] + b"\xbe\xde" + words + packet[12:])]


def _short(chance: random.Random, _: Codec, packet: bytes) -> list[bytes]:
    """The end is missing, or everything."""
    return [interleaved(packet[: chance.choice([0, 1, 11, 12, 13, 14, 15, len(packet) // 2])])]


def _mislabelled(chance: random.Random, codec: Codec, packet: bytes) -> list[bytes]:
    """Said to be a fragment, an aggregate, or a kind that there is not."""
    kind = chance.choice([_FRAGMENT[codec], _AGGREGATE[codec], *range(64)])
    first = packet[12] & 0xE0 | kind & 31 if codec is Codec.H264 else packet[12] & 0x81 | (kind & 63) << 1
    return [interleaved(packet[:12] + bytes((first,)) + packet[13:])]


def _fragment_bits(chance: random.Random, codec: Codec, packet: bytes) -> list[bytes]:
    """Beginning, end, or both, where they are not."""
    at = 13 if codec is Codec.H264 else 14
    return [interleaved(packet[:at] + bytes((chance.randrange(256),)) + packet[at + 1 :])]


def _aggregate_sizes(chance: random.Random, codec: Codec, packet: bytes) -> list[bytes]:
    """NAL units that are longer than their packet, or of nothing, a thousand of them."""
    head = b"\x78" if codec is Codec.H264 else b"\x60\x01"
    sizes = chance.choice([b"\xff\xff" + packet[12:], b"\x00\x00" * 1000, b"\x00\x01\x65" * 1000, b"\x00"])
    return [interleaved(packet[:12] + head + sizes)]


def _frame_length(chance: random.Random, _: Codec, packet: bytes) -> list[bytes]:
    """The length before the packet is wrong: what follows is read at the wrong place."""
    length = (
        max(0, len(packet) + chance.choice([-9, -1, 1, 7])) if chance.random() < 0.5 else chance.choice([0, 0xFFFF])
    )
    return [b"$\x00" + length.to_bytes(2, "big") + packet]


def _between(chance: random.Random, _: Codec, packet: bytes) -> list[bytes]:
    """Something else stands before it: bytes of nothing, an answer, a request, RTCP of any kind."""
    rtcp = bytes((chance.choice([0x80, 0x81, 0x9F]), chance.randrange(200, 208))) + chance.randbytes(
        chance.choice([2, 26])
    )
    others = [
        chance.randbytes(chance.choice([1, 4, 300])),
        b"RTSP/1.0 200 OK\r\nCSeq: 99\r\n\r\n",
        interleaved(rtcp, 1),
    ]
    others += [
        b"ANNOUNCE * RTSP/1.0\r\nCSeq: 5\r\nContent-Length: 9\r\n\r\nv=0\r\nx=yy",
        interleaved(packet, chance.randrange(256)),
    ]
    return [chance.choice(others), interleaved(packet)]


def _bits(chance: random.Random, _: Codec, packet: bytes) -> list[bytes]:
    return [interleaved(spoil.binary(chance, packet)[:0xFFFF])]


type _Way = Callable[[random.Random, Codec, bytes], list[bytes]]

_WAYS: tuple[_Way, ...] = (
    *(_header, _numbers, _padded, _extended, _short, _mislabelled, _fragment_bits, _aggregate_sizes, _frame_length),
    *(_between, _bits),
)
