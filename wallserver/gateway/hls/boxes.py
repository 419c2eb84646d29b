"""Fragmented MP4 with one H.264 track (ISO/IEC 14496-12 and -15): an init segment, and fragments of some pictures.

The parameter sets stand in the init segment alone (avc1). Of an access unit only the slices go on: what else cameras
put into it (SEI with their names, clocks, settings) is nobody's business.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from ingest import annexb
from ingest.access_unit import TICKS_PER_SECOND
from ingest.bits import BitReader, unescape

# Profiles whose avcC says the chroma format and bit depths (14496-15, 5.3.3.1.2).
_HIGH_PROFILES = frozenset((100, 110, 122, 144))
_SLICES = frozenset((annexb.H264_SLICE, annexb.H264_IDR))
_MATRIX = struct.pack(">9L", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
# sample_depends_on and sample_is_non_sync_sample (14496-12, 8.8.3.1): needs no other picture; needs others.
_SYNC, _NON_SYNC = 0x02000000, 0x01010000
# Set in tfhd: offsets count from the moof. In trun: data offset, and of each sample its duration, size and flags.
_FROM_MOOF, _TRUN = 0x020000, 0x000701


@dataclass(frozen=True, slots=True)
class Format:
    """What a decoder has to know before the first picture: parameter sets (NAL units) and the size in pixels."""

    sps: tuple[bytes, ...]
    pps: tuple[bytes, ...]
    width: int
    height: int

    @property
    def codec(self) -> str:
        """For CODECS (RFC 6381, 3.3)."""
        return f"avc1.{self.sps[0][1:4].hex()}"


@dataclass(frozen=True, slots=True)
class Sample:
    """One picture. `data`: its slices, each after its length in four bytes. `duration` in 90 kHz ticks."""

    data: bytes
    duration: int
    keyframe: bool


def format_of(keyframe: bytes, width: int, height: int) -> Format:
    """The format that a keyframe's access unit (Annex B) begins. Raises ValueError where parameter sets lack."""
    sets: dict[int, list[bytes]] = {annexb.H264_SPS: [], annexb.H264_PPS: []}
    for nal in annexb.split(keyframe):
        if (found := sets.get(nal[0] & 0x1F)) is not None and nal not in found:
            found.append(nal)
    sps, pps = sets.values()
    if not 1 <= len(sps) <= 31 or not 1 <= len(pps) <= 255 or len(sps[0]) < 4:
        raise ValueError("a keyframe without usable parameter sets")
    return Format(tuple(sps), tuple(pps), width, height)


def slices_of(data: bytes) -> bytes:
    """An access unit (Annex B) as a sample: its slices, each after its length."""
    parts: list[bytes] = []
    for nal in annexb.split(data):
        if nal[0] & 0x1F in _SLICES:
            parts += (len(nal).to_bytes(4), nal)
    return b"".join(parts)


def init_segment(made: Format) -> bytes:
    """The initialisation segment of a track of 90 kHz. Raises ValueError where the SPS cannot be read."""
    width, height = made.width, made.height
    times = struct.pack(">4L", 0, 0, TICKS_PER_SECOND, 0)
    mvhd = _full(b"mvhd", 0, times, struct.pack(">LH10x", 0x10000, 0x100), _MATRIX, bytes(24), struct.pack(">L", 2))
    tkhd = _full(
        b"tkhd", 3, struct.pack(">5L16x", 0, 0, 1, 0, 0), _MATRIX, struct.pack(">2L", width << 16, height << 16)
    )
    mdhd = _full(b"mdhd", 0, times, struct.pack(">2H", 0x55C4, 0))
    hdlr = _full(b"hdlr", 0, bytes(4), b"vide", bytes(13))
    dinf = _box(b"dinf", _full(b"dref", 0, struct.pack(">L", 1), _full(b"url ", 1)))
    entry = struct.pack(">6xH16x2H2L4xH32xHh", 1, width, height, 0x480000, 0x480000, 1, 24, -1)
    stsd = _full(b"stsd", 0, struct.pack(">L", 1), _box(b"avc1", entry, _box(b"avcC", _configuration(made))))
    empty = (_full(b"stts", 0, bytes(4)), _full(b"stsc", 0, bytes(4)), _full(b"stsz", 0, bytes(8)))
    stbl = _box(b"stbl", stsd, *empty, _full(b"stco", 0, bytes(4)))
    minf = _box(b"minf", _full(b"vmhd", 1, bytes(8)), dinf, stbl)
    trak = _box(b"trak", tkhd, _box(b"mdia", mdhd, hdlr, minf))
    mvex = _box(b"mvex", _full(b"trex", 0, struct.pack(">5L", 1, 1, 0, 0, 0)))
    return _box(b"ftyp", b"iso6", bytes(4), b"iso6cmfcmp41") + _box(b"moov", mvhd, trak, mvex)


def fragment(number: int, decode_time: int, samples: Sequence[Sample]) -> bytes:
    """moof and mdat of these pictures; the first is shown at `decode_time` (90 kHz ticks)."""
    fields = [
        value
        for sample in samples
        for value in (sample.duration, len(sample.data), _SYNC if sample.keyframe else _NON_SYNC)
    ]
    count = len(samples)
    # The moof's length does not depend on the offset that it holds.
    head = 8 + 16 + 8 + 16 + 20 + 20 + 12 * count
    size = sum(len(sample.data) for sample in samples)
    traf = _box(
        b"traf",
        _full(b"tfhd", _FROM_MOOF, struct.pack(">L", 1)),
        _full(b"tfdt", 1 << 24, struct.pack(">Q", decode_time)),
        _full(b"trun", _TRUN, struct.pack(f">2L{3 * count}L", count, head + 8, *fields)),
    )
    moof = _box(b"moof", _full(b"mfhd", 0, struct.pack(">L", number)), traf)
    return b"".join([moof, struct.pack(">L4s", 8 + size, b"mdat"), *(sample.data for sample in samples)])


def _configuration(made: Format) -> bytes:
    """AVCDecoderConfigurationRecord (14496-15, 5.3.3.1)."""
    parts = [b"\x01", made.sps[0][1:4], b"\xff", bytes((0xE0 | len(made.sps),))]
    parts += [len(nal).to_bytes(2) + nal for nal in made.sps]
    parts += [bytes((len(made.pps),)), *(len(nal).to_bytes(2) + nal for nal in made.pps)]
    if made.sps[0][1] in _HIGH_PROFILES:
        parts.append(_chroma(made.sps[0]))
    return b"".join(parts)


def _chroma(sps: bytes) -> bytes:
    """Chroma format and bit depths, as an SPS of a high profile has them (H.264, 7.3.2.1.1)."""
    reader = BitReader(unescape(sps[4:36]))
    try:
        reader.ue()  # seq_parameter_set_id
        chroma = reader.ue()
        if chroma == 3:
            reader.skip(1)
        luma_depth, chroma_depth = reader.ue(), reader.ue()
    except EOFError as error:
        raise ValueError("an SPS that ends too early") from error
    return bytes((0xFC | chroma & 3, 0xF8 | luma_depth & 7, 0xF8 | chroma_depth & 7, 0))


def _box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return (8 + len(body)).to_bytes(4) + kind + body


def _full(kind: bytes, version_and_flags: int, *parts: bytes) -> bytes:
    return _box(kind, version_and_flags.to_bytes(4), *parts)
