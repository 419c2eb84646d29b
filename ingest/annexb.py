"""NAL units: where they begin and end, what kind they are, and the way from MP4's lengths to Annex B.

ITU-T H.264 and H.265, 7.3.1 and annex B; ISO/IEC 14496-15, 5.3.3 and 8.3.3 (avcC, hvcC).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ingest.access_unit import Codec

START_CODE = b"\x00\x00\x00\x01"
_SHORT_START = b"\x00\x00\x01"

H264_SLICE, H264_IDR, H264_SPS, H264_PPS, H264_AUD, H264_FILLER = 1, 5, 7, 8, 9, 12
_H265_UNSPECIFIED = 63
H265_BLA, H265_CRA, H265_VPS, H265_SPS, H265_PPS, H265_AUD, H265_FILLER = 16, 21, 32, 33, 34, 35, 38

_PARAMETER_SETS = {Codec.H264: (H264_SPS, H264_PPS), Codec.H265: (H265_VPS, H265_SPS, H265_PPS)}
# Delimiters, ends of sequence, padding: bytes that no decoder of ours needs and every viewer would pay for.
_NOISE = {
    Codec.H264: frozenset((H264_AUD, 10, 11, H264_FILLER)),
    Codec.H265: frozenset((H265_AUD, 36, 37, H265_FILLER)),
}


@dataclass(slots=True)
class RawPicture:
    """The NAL units of one picture in the order they came; `broken` when parts are known to be missing.

    `pts` is the source's own time in 90 kHz ticks, if it has one.
    """

    pts: int | None
    nals: list[bytes]
    broken: bool


def split(data: bytes) -> list[bytes]:
    """The NAL units of an Annex B byte stream, without start codes and trailing zeros."""
    nals: list[bytes] = []
    begin = data.find(_SHORT_START)
    while begin >= 0:
        begin += 3
        following = data.find(_SHORT_START, begin)
        end = following if following >= 0 else len(data)
        nal = data[begin:end]
        # A NAL unit never ends in a zero byte; those there belong to the next start code, or are padding.
        if nal.endswith(b"\x00"):
            nal = nal.rstrip(b"\x00")
        if nal:
            nals.append(nal)
        begin = following
    return nals


def join(nals: Iterable[bytes]) -> bytes:
    """Annex B out of NAL units, each with a start code of four bytes."""
    return b"".join([part for nal in nals for part in (START_CODE, nal)])


def split_lengths(data: bytes, length_size: int) -> list[bytes]:
    """The NAL units of an MP4 sample, each after its length in `length_size` bytes. Raises ValueError."""
    nals: list[bytes] = []
    position = 0
    while position < len(data):
        begin = position + length_size
        position = begin + int.from_bytes(data[position:begin], "big")
        if begin >= len(data) or position > len(data):
            raise ValueError("a NAL unit longer than its sample")
        if position > begin:
            nals.append(data[begin:position])
    return nals


def nal_type(codec: Codec, nal: bytes) -> int:
    """nal_unit_type, from the first byte of the header.

    What is in a layer of H.265 that no decoder here looks at gets one that says nothing.
    """
    if codec is Codec.H264:
        return nal[0] & 0x1F
    return _H265_UNSPECIFIED if nal[0] & 1 else nal[0] >> 1 & 0x3F  # the highest bit of nuh_layer_id


def is_picture(codec: Codec, kind: int) -> bool:
    """Whether a NAL unit of this type carries a part of a picture (VCL).

    Not H.264's data partitions (2 to 4), which no decoder here knows: H.265 looks like them where a camera goes over to
    it within a session that it began as H.264.
    """
    return kind in (H264_SLICE, H264_IDR) if codec is Codec.H264 else kind < 32


def is_key(codec: Codec, kind: int) -> bool:
    """Whether a decoder can begin at this type: IDR; in H.265 also the other random access points."""
    return kind == H264_IDR if codec is Codec.H264 else H265_BLA <= kind <= H265_CRA


def is_parameter_set(codec: Codec, kind: int) -> bool:
    """Whether this is a VPS, SPS or PPS."""
    return kind in _PARAMETER_SETS[codec]


def is_noise(codec: Codec, kind: int) -> bool:
    """Whether this NAL unit can be left out without any loss."""
    return kind in _NOISE[codec]


def begins_picture(codec: Codec, nal: bytes) -> bool:
    """Whether this slice is its picture's first (first_mb_in_slice = 0; first_slice_segment_in_pic_flag)."""
    header = 1 if codec is Codec.H264 else 2
    return len(nal) > header and nal[header] & 0x80 != 0


def begins_with_b_slice(first_slice: bytes) -> bool:
    """Whether an H.264 picture's first slice is a B slice (7.3.3: first_mb_in_slice ue(v), slice_type ue(v)).

    Asked of every picture, so by its bits: first_mb_in_slice = 0 is `1`, slice_type 1 is `010`, and 6 is `00111`.
    """
    if len(first_slice) < 2:
        return False
    bits = first_slice[1]
    return bits >> 4 == 0b1010 or bits >> 2 == 0b100111


def from_configuration(codec: Codec, record: bytes) -> tuple[int, list[bytes]]:
    """The parameter sets in FFmpeg's extradata and the size of the NAL lengths (0: the samples are Annex B).

    `record` is an avcC or hvcC box's content (MP4), or Annex B (SDP, TS), or empty. Raises ValueError.
    """
    if not record:
        return 0, []
    if record.startswith((START_CODE, _SHORT_START)):
        return 0, split(record)
    try:
        return _from_avcc(record) if codec is Codec.H264 else _from_hvcc(record)
    except IndexError:
        raise ValueError("a decoder configuration that ends too early") from None


def _from_avcc(record: bytes) -> tuple[int, list[bytes]]:
    nals: list[bytes] = []
    position = 5
    for mask in (0x1F, 0xFF):  # the count of SPS has three reserved bits above it, that of PPS has none
        count = record[position] & mask
        position += 1
        for _ in range(count):
            position = _take(record, position, nals)
    return (record[4] & 3) + 1, nals


def _from_hvcc(record: bytes) -> tuple[int, list[bytes]]:
    nals: list[bytes] = []
    position = 23
    for _ in range(record[22]):
        count = int.from_bytes(record[position + 1 : position + 3], "big")
        position += 3
        for _ in range(count):
            position = _take(record, position, nals)
    return (record[21] & 3) + 1, nals


def _take(record: bytes, position: int, nals: list[bytes]) -> int:
    size = record[position] << 8 | record[position + 1]
    end = position + 2 + size
    if end > len(record):
        raise ValueError("a parameter set longer than its record")
    nals.append(record[position + 2 : end])
    return end
