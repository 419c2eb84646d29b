"""Maps of one tile that lies everywhere: PMTiles version 3, as its specification has it."""

from __future__ import annotations

import gzip
import json
import struct
from typing import Any

import cv2
import numpy as np

_MAX_ZOOM = 15
# Of its header: how directory, metadata and tiles are compressed, and what tiles are.
_PLAIN, _GZIP = 1, 2
_MVT, _PNG = 1, 2
_HEADER = struct.Struct("<7sB11Q6B4iB2i")
# Of a vector tile: units from edge to edge, and so many from one street to the next.
_EXTENT, _APART = 4096, 128
_MOVE_TO, _LINE_TO, _LINES = 1, 2, 2


def map_of_one_tile(gray: int, attribution: str) -> bytes:
    """The world as a picture of this brightness (0 to 255), and whose data that is."""
    encoded, png = cv2.imencode(".png", np.full((256, 256, 3), gray, np.uint8))
    assert encoded
    return _file(png.tobytes(), _PNG, {"attribution": attribution})


def map_of_streets() -> bytes:
    """The world full of highways from west to east, as the Protomaps basemap has them: vector tiles, compressed."""
    geometry, x, y = b"", 0, 0
    for at in range(0, _EXTENT, _APART):
        for command, to_x in ((_MOVE_TO, 0), (_LINE_TO, _EXTENT)):
            geometry += b"".join(map(_varint, (1 << 3 | command, _zigzag(to_x - x), _zigzag(at - y))))
            x, y = to_x, at
    highways = _field(2, bytes([0, 0])) + _field(3, _LINES) + _field(4, geometry)
    tags = _field(3, b"kind") + _field(4, _field(1, b"highway"))
    layer = _field(15, 2) + _field(1, b"roads") + _field(2, highways) + tags + _field(5, _EXTENT)
    return _file(_field(3, layer), _MVT, {"vector_layers": [{"id": "roads", "fields": {"kind": "String"}}]}, _GZIP)


def _file(tile: bytes, kind: int, metadata: dict[str, Any], compression: int = _PLAIN) -> bytes:
    def packed(part: bytes) -> bytes:
        return gzip.compress(part) if compression == _GZIP else part

    said, tile = packed(json.dumps(metadata).encode()), packed(tile)
    tiles = (4 ** (_MAX_ZOOM + 1) - 1) // 3
    # One entry: from tile 0 on, for all of them, so many bytes, at the beginning (0 + 1).
    directory = packed(b"".join(_varint(number) for number in (1, 0, tiles, len(tile), 1)))
    at_metadata = _HEADER.size + len(directory)
    at_tile = at_metadata + len(said)
    places = (_HEADER.size, len(directory), at_metadata, len(said), at_tile, 0, at_tile, len(tile), tiles, 1, 1)
    how = (1, compression, compression, kind, 0, _MAX_ZOOM)
    world = (-1_800_000_000, -850_000_000, 1_800_000_000, 850_000_000)
    return _HEADER.pack(b"PMTiles", 3, *places, *how, *world, 0, 0, 0) + directory + said + tile


def _field(number: int, value: int | bytes) -> bytes:
    """Of protocol buffers, of which vector tiles (MVT 2.1) are made: a number, or bytes."""
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    return _varint(number << 3 | 2) + _varint(len(value)) + value


def _zigzag(number: int) -> int:
    return number * 2 if number >= 0 else -number * 2 - 1


def _varint(number: int) -> bytes:
    """Seven bits a byte, the least significant first (LEB128)."""
    found = bytearray()
    while number > 127:
        found.append(number & 127 | 128)
        number >>= 7
    return bytes([*found, number])
