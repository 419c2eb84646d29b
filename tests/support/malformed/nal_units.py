"""Cameras that pack and describe well what an encoder has made badly (ITU-T H.264, H.265)."""

from __future__ import annotations

import functools
import random
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from ingest import annexb
from ingest.access_unit import Codec
from tests.support.bitstreams import encode
from tests.support.malformed import golomb, spoil
from tests.support.malformed.recordings import description, nal_type, recorded
from tests.support.malformed.rtsp import camera_sending, packed
from tests.support.rtsp_camera import rtsp_camera

# What a slice's header and a parameter set's first values take.
_HEAD = 24
_OTHER = {Codec.H264: Codec.H265, Codec.H265: Codec.H264}


def serve_h264(chance: random.Random, host: str) -> AbstractAsyncContextManager[str]:
    """Malformed H.264."""
    return _serve(chance, host, Codec.H264)


def serve_h265(chance: random.Random, host: str) -> AbstractAsyncContextManager[str]:
    """Malformed H.265."""
    return _serve(chance, host, Codec.H265)


@asynccontextmanager
async def _serve(chance: random.Random, host: str, codec: Codec) -> AsyncIterator[str]:
    """One of some ways, in all NAL units, in parameter sets only, in keyframes only, or here and there."""
    way = chance.choice(_WAYS)
    where = chance.choice(["everywhere", "parameter sets", "pictures", "here and there", "second GOP"])
    units = recorded(codec)
    pictures = []
    for number, unit in enumerate(units):
        nals: list[bytes] = []
        for nal in annexb.split(unit):
            is_set = annexb.is_parameter_set(codec, nal_type(codec, nal))
            spoilt = {
                "everywhere": True,
                "parameter sets": is_set,
                "pictures": not is_set,
                "here and there": chance.random() < 0.2,
                "second GOP": number >= len(units) // 2,
            }[where]
            nals += way(chance, codec, nal) if spoilt else [nal]
        pictures.append(annexb.join([nal for nal in nals if nal]))
    async with rtsp_camera(camera_sending(description(codec), packed(codec, pictures)), host) as camera:
        yield camera.url


def _bits(chance: random.Random, _: Codec, nal: bytes) -> list[bytes]:
    """Anywhere, the kind of the NAL unit included."""
    return [spoil.bits(chance, nal)]


def _head(chance: random.Random, _: Codec, nal: bytes) -> list[bytes]:
    """Behind the kind: what a parameter set says first, the header of a slice."""
    return [nal[:2] + spoil.bits(chance, nal[2:], _HEAD)]


def _values(chance: random.Random, codec: Codec, nal: bytes) -> list[bytes]:
    """Sizes, counts, ids and kinds that no encoder says, in parameter sets and in the headers of slices."""
    return [golomb.other_values(chance, codec, nal)]


def _many_sets(chance: random.Random, codec: Codec, nal: bytes) -> list[bytes]:
    """Each one another one, before what they are for."""
    if not annexb.is_parameter_set(codec, nal_type(codec, nal)):
        return [nal]
    return [*(golomb.other_values(chance, codec, nal) for _ in range(chance.choice([40, 400]))), nal]


def _other_size(_chance: random.Random, codec: Codec, nal: bytes) -> list[bytes]:
    """The parameter sets of another stream, with pictures of this one."""
    if not annexb.is_parameter_set(codec, nal_type(codec, nal)):
        return [nal]
    return [other for other in _others(codec) if nal_type(codec, other) == nal_type(codec, nal)]


@functools.cache
def _others(codec: Codec) -> list[bytes]:
    nals = annexb.split(bytes(encode(codec, 1, 640, 368)[0]))
    return [nal for nal in nals if annexb.is_parameter_set(codec, nal_type(codec, nal))]


def _cut(chance: random.Random, _: Codec, nal: bytes) -> list[bytes]:
    return [nal[: chance.choice([1, 2, 3, 5, len(nal) // 2, max(1, len(nal) - 1)])]]


def _kind(chance: random.Random, codec: Codec, nal: bytes) -> list[bytes]:
    """Said to be of another kind."""
    kind = chance.randrange(32 if codec is Codec.H264 else 64)
    return [bytes((nal[0] & 0xE0 | kind if codec is Codec.H264 else kind << 1,)) + nal[1:]]


def _lost(_chance: random.Random, _codec: Codec, _nal: bytes) -> list[bytes]:
    return []


def _again(chance: random.Random, _: Codec, nal: bytes) -> list[bytes]:
    return [nal] * chance.choice([2, 20])


def _noise(chance: random.Random, _: Codec, nal: bytes) -> list[bytes]:
    """The right kind, and then anything."""
    return [nal[:2] + chance.randbytes(max(1, len(nal) - 2))]


def _ones(chance: random.Random, _: Codec, nal: bytes) -> list[bytes]:
    """Exp-Golomb codes that are all 0, or that never begin (H.264 9.1)."""
    return [nal[:2] + chance.choice([b"\xff", b"\x00\x00\x03", b"\x55"]) * 40]


def _larger(chance: random.Random, _: Codec, nal: bytes) -> list[bytes]:
    """A picture of a megabyte, most of which is nothing."""
    return [nal + chance.choice([b"\xaa", b"\x00\x00\x03"]) * chance.choice([1000, 300_000])]


def _fine(chance: random.Random, codec: Codec, nal: bytes) -> list[bytes]:
    """Thousands of NAL units that hold nothing, before each that does."""
    empty = bytes((chance.randrange(1, 13),)) if codec is Codec.H264 else bytes((chance.randrange(40) << 1, 1))
    return [empty] * 2000 + [nal]


def _foreign(_chance: random.Random, codec: Codec, nal: bytes) -> list[bytes]:
    """Out of a stream of the other codec."""
    return [*annexb.split(recorded(_OTHER[codec])[0]), nal]


def _start_codes(chance: random.Random, _: Codec, nal: bytes) -> list[bytes]:
    """Start codes where none may be, so that it falls apart."""
    at = chance.randrange(len(nal) + 1)
    return [nal[:at] + chance.choice([b"\x00\x00\x01", b"\x00\x00\x00\x01", b"\x00\x00\x02"]) + nal[at:]]


type _Way = Callable[[random.Random, Codec, bytes], list[bytes]]

_WAYS: tuple[_Way, ...] = (
    *(_bits, _bits, _head, _head, _values, _values, _values, _values, _many_sets, _other_size, _other_size),
    *(_cut, _kind, _lost, _again, _noise, _ones, _larger, _fine, _foreign, _start_codes),
)
