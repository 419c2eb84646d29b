"""JPEG pictures (ITU-T T.81): the headers that RTP leaves out, and how large a picture is."""

from __future__ import annotations

import struct
from collections.abc import Sequence

_START, _END = b"\xff\xd8", b"\xff\xd9"
_SOF0, _SOS, _DQT, _DHT, _DRI = 0xC0, 0xDA, 0xDB, 0xC4, 0xDD
_FRAME = struct.Struct(">BHHB")
TABLE_BYTES = 64

# Annex K.1, in zigzag order: what a quality scales.
_LUMA = bytes.fromhex(
    "100b0c0e0c0a100e0d0e1211101318281a181616183123251d283a333d3c3933383740485c4e404457453738506d51575f626768673e4d71"
    "797064785c656763"
)
_CHROMA = bytes.fromhex("1112121815182f1a1a2f63423842") + b"\x63" * 50
# Annex K.3: the Huffman tables that everybody uses; class and number, counts of lengths 1 to 16, values.
_HUFFMAN = (
    bytes.fromhex("0000010501010101010100000000000000000102030405060708090a0b"),
    bytes.fromhex(
        "100002010303020403050504040000017d01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282"
        "090a161718191a25262728292a3435363738393a434445464748494a535455565758595a636465666768696a737475767778797a8384"
        "85868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3"
        "e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9fa"
    ),
    bytes.fromhex("0100030101010101010101010000000000000102030405060708090a0b"),
    bytes.fromhex(
        "1100020102040403040705040400010277000102031104052131061241510761711322328108144291a1b1c109233352f0156272d10a"
        "162434e125f11718191a262728292a35363738393a434445464748494a535455565758595a636465666768696a737475767778797a82"
        "838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae2"
        "e3e4e5e6e7e8e9eaf2f3f4f5f6f7f8f9fa"
    ),
)


def tables(quality: int) -> tuple[bytes, bytes]:
    """The quantisation tables of luma and chroma for a quality of 1 to 99 (RFC 2435, 4.2)."""
    scale = 5000 // quality if quality < 50 else 200 - 2 * quality
    return _scaled(_LUMA, scale), _scaled(_CHROMA, scale)


def _scaled(table: bytes, scale: int) -> bytes:
    return bytes(min(255, max(1, (value * scale + 50) // 100)) for value in table)


def picture(
    width: int, height: int, *, halved: bool, quantisers: Sequence[bytes], restart_interval: int, scan: bytes
) -> bytes:
    """A whole JPEG of a scan in three components; `halved`: chroma in both directions, not across only (T.81, B)."""
    last = len(quantisers) - 1
    sampling = 0x22 if halved else 0x21
    parts = [_START]
    parts += [_segment(_DQT, bytes((number,)) + table) for number, table in enumerate(quantisers)]
    if restart_interval:
        parts.append(_segment(_DRI, restart_interval.to_bytes(2, "big")))
    components = bytes((1, sampling, 0, 2, 0x11, last, 3, 0x11, last))
    parts.append(_segment(_SOF0, _FRAME.pack(8, height, width, 3) + components))
    parts += [_segment(_DHT, table) for table in _HUFFMAN]
    parts.append(_segment(_SOS, bytes((3, 1, 0x00, 2, 0x11, 3, 0x11, 0, 63, 0))))
    parts.append(scan)
    if not scan.endswith(_END):
        parts.append(_END)
    return b"".join(parts)


def size(data: bytes) -> tuple[int, int] | None:
    """Width and height of a baseline JPEG in pixels; None where it does not say."""
    at = len(_START)
    while at + 4 <= len(data) and data[at] == 0xFF:
        kind, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if kind == _SOF0 and at + 4 + _FRAME.size <= len(data):
            _, height, width, _ = _FRAME.unpack_from(data, at + 4)
            return (width, height) if width and height else None
        at += 2 + length
    return None


def _segment(kind: int, body: bytes) -> bytes:
    return bytes((0xFF, kind)) + (len(body) + 2).to_bytes(2, "big") + body
