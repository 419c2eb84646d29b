"""Values in the heads of NAL units, exchanged: parameter sets and slices that say what no encoder says.

ITU-T H.264, 7.3.2.1.1 and 7.3.3; H.265, 7.3.2.2.1 and 7.3.6.1; both 9.1 or 9.2 for the Exp-Golomb codes.
"""

from __future__ import annotations

import random

from ingest import annexb
from ingest.access_unit import Codec
from ingest.bits import unescape
from tests.support.malformed.recordings import nal_type

# Sizes of pictures and counts beyond each bound, ids that nothing has; the last is the largest that a code can say.
_VALUES = (0, 1, 2, 3, 7, 15, 31, 32, 63, 255, 256, 1023, 1024, 4095, 65_535, 1 << 24, (1 << 31) - 1, (1 << 32) - 2)
# Bits before the first code: of an SPS its profile and level; of other sets and slices the header only.
_SPS_BITS = {Codec.H264: 24, Codec.H265: 104}
_HEADER_BYTES = {Codec.H264: 1, Codec.H265: 2}
# Codes that are looked at: those of an SPS up to the picture's size and beyond, all that a slice's header begins with.
_CODES = 14


def other_values(chance: random.Random, codec: Codec, nal: bytes) -> bytes:
    """One or some of the first codes say something else; all bits after them are as they were."""
    size = _HEADER_BYTES[codec]
    bits = "".join(f"{byte:08b}" for byte in unescape(nal[size:]))
    is_sps = nal_type(codec, nal) in (annexb.H264_SPS, annexb.H265_SPS)
    at = _SPS_BITS[codec] if is_sps else 0
    codes: list[str] = []
    while len(codes) < _CODES and (zeros := bits.find("1", at) - at) >= 0:
        codes.append(bits[at : at + 2 * zeros + 1])
        at += 2 * zeros + 1
    head, rest = bits[: _SPS_BITS[codec] if is_sps else 0], bits[at:]
    for _ in range(chance.choice([1, 1, 2, 4]) if codes else 0):
        codes[chance.randrange(len(codes))] = code(chance.choice(_VALUES))
    return nal[:size] + _escaped(head + "".join(codes) + rest)


def code(value: int) -> str:
    """ue(v), as bits."""
    bits = f"{value + 1:b}"
    return "0" * (len(bits) - 1) + bits


def _escaped(bits: str) -> bytes:
    """As bytes of a NAL unit, with emulation prevention (H.264, 7.4.1)."""
    bits += "0" * (-len(bits) % 8)
    out = bytearray()
    for byte in int(bits or "0", 2).to_bytes(len(bits) // 8, "big"):
        if byte <= 3 and out[-2:] == b"\0\0":
            out.append(3)
        out.append(byte)
    return bytes(out)
