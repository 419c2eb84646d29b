"""A recorded session's bytes, spoilt in hundreds of ways that a seed repeats, through everything that reads them."""

from __future__ import annotations

import functools
import random
import tracemalloc
from collections.abc import Callable

import pytest

from ingest import annexb
from ingest.access_unit import Codec
from ingest.annexb import RawPicture
from ingest.repair import Repair, Repaired
from ingest.rtsp.depacketise import Depacketiser
from ingest.rtsp.errors import RtspError
from ingest.rtsp.messages import Message, Splitter
from ingest.rtsp.rtp import Receiver
from tests.support.bitstreams import encode
from tests.support.packetiser import PAYLOAD_TYPE, RtpStream, aggregate, interleaved, plain_payloads
from wallserver.city.packetise import packetise

ROUNDS = 75
CHUNK = 4096
# What may be kept beside what came: a packet, a picture, its parameter sets; far more would be a leak.
MAX_BYTES = 500_000


@functools.cache
def session(codec: Codec) -> bytes:
    """The answers to OPTIONS, DESCRIBE, SETUP and PLAY, then packets, with a report and a request between them."""
    answers = b"".join(
        f"RTSP/1.0 200 OK\r\nCSeq: {number}\r\nSession: 1;timeout=60\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        + body
        for number, body in enumerate((b"", b"v=0\r\nm=video 0 RTP/AVP 96\r\n", b"", b""), start=1)
    )
    between = interleaved(b"\x80\xc8\x00\x06" + bytes(24), 1) + b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n"
    stream, out = RtpStream(codec), [answers]
    for number, unit in enumerate(encode(codec, 12, 160, 96, gop=4)):
        nals = annexb.split(bytes(unit))
        small = [nal for nal in nals if len(nal) < 100]
        payloads = [*(aggregate(codec, small) if small else []), *plain_payloads(codec, nals[len(small) :], 300)]
        out += [interleaved(packet) for packet in stream.packets(payloads)]
        out.append(between if number % 5 == 0 else b"")
    return b"".join(out)


def feed(data: bytes, codec: Codec) -> list[Repaired]:
    """What a connection that says this gives. RtspError where it says nonsense."""
    units: list[Repaired] = []
    repair = Repair(codec)

    def picture(raw: RawPicture) -> None:
        unit = repair.take(raw)
        if unit is not None:
            units.append(unit)

    depacketiser = Depacketiser(codec, picture)
    receiver = Receiver(PAYLOAD_TYPE, depacketiser.take, depacketiser.anew, reorders=False)

    def packet(channel: int, raw: bytes) -> None:
        if channel == 0:
            receiver.take(raw, 0.0)

    def message(said: Message) -> None:
        _ = said.status if said.is_response else said.method

    splitter = Splitter(packet, message)
    for at in range(0, len(data), CHUNK):
        splitter.feed(data[at : at + CHUNK])
    return units


def spoil(data: bytes, rng: random.Random) -> bytes:
    """Some of: bytes changed, pieces taken out, repeated, put elsewhere, random ones put in, the end cut off."""
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 5, 20))):
        at, size = rng.randrange(len(out)), rng.choice((1, 2, 4, 12, 300, 2000))
        match rng.randrange(7):
            case 0:
                out[at] = rng.randrange(256)
            case 1:
                out[at] ^= 1 << rng.randrange(8)
            case 2:
                del out[at : at + size]
            case 3:
                out[at:at] = out[at : at + size]
            case 4:
                out[at:at] = rng.randbytes(size)
            case 5:
                piece = out[at : at + size]
                del out[at : at + size]
                elsewhere = rng.randrange(len(out) + 1)
                out[elsewhere:elsewhere] = piece
            case _:
                del out[max(len(out) // 2, at) :]
        if len(out) < 16:
            break
    return bytes(out)


def spoil_packets(data: bytes, rng: random.Random) -> bytes:
    """The same inside the packets only, so that they are still found and their contents are what is wrong."""
    packets: list[bytearray] = []
    Splitter(lambda channel, packet: packets.append(bytearray(packet)) if not channel else None, lambda _: None).feed(
        data
    )
    for _ in range(rng.choice((1, 3, 10, 100))):
        packet = rng.choice(packets)
        packet[rng.randrange(len(packet))] = rng.randrange(256)
    if rng.random() < 0.3:
        rng.shuffle(packets)
    return b"".join(interleaved(bytes(packet)) for packet in packets)


@pytest.mark.parametrize("codec", [Codec.H264, Codec.H265])
def test_the_recorded_session_is_whole(codec: Codec) -> None:
    units = feed(session(codec), codec)
    assert [(unit.keyframe, unit.damaged) for unit in units] == [(number % 4 == 0, False) for number in range(12)]


def test_the_packets_of_the_simulated_city_are_understood() -> None:
    data, sequence = b"", 65530
    for number, unit in enumerate(encode(Codec.H264, 12, gop=4)):
        packets = packetise(bytes(unit))
        data += packets.stamped(sequence, number * 6000, 7)
        sequence += len(packets.headers)
    assert [unit.damaged for unit in feed(data, Codec.H264)] == [False] * 12


@pytest.mark.parametrize("spoilt", [spoil, spoil_packets])
@pytest.mark.parametrize("codec", [Codec.H264, Codec.H265])
def test_a_spoilt_session_ends_in_nothing_worse_than_an_rtsp_error(
    codec: Codec, spoilt: Callable[[bytes, random.Random], bytes]
) -> None:
    whole = session(codec)
    harmed = 0
    tracemalloc.start()
    try:
        for seed in range(ROUNDS):
            data = spoilt(whole, random.Random(seed))
            tracemalloc.reset_peak()
            before, _ = tracemalloc.get_traced_memory()
            try:
                units = feed(data, codec)
                harmed += len(units) < 12 or any(unit.damaged for unit in units)
            except RtspError:
                harmed += 1
            assert tracemalloc.get_traced_memory()[1] - before < 2 * len(data) + MAX_BYTES
    finally:
        tracemalloc.stop()
    assert harmed > ROUNDS // 4  # that it was really spoilt


def test_a_megabyte_of_anything_is_soon_over() -> None:
    for seed in range(10):
        rng = random.Random(seed)
        begin = rng.choice((b"", b"$\0\xff\xff", b"RTSP/1.0 200 OK\r\nContent-Length: 200000\r\n\r\n", b"\r\n"))
        try:
            assert feed(begin + rng.randbytes(1_000_000), Codec.H264) == []
        except RtspError:
            continue
