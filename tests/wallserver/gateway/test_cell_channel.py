"""What the display is told of the pictures that it is sent."""

from __future__ import annotations

import json
import struct
from dataclasses import replace

from ingest.cell_table import CellState, CellTable
from tests.wallserver.gateway.pictures import Camera
from wallserver.gateway.cell_channel import layout_key, layout_message, stale_message, table_message
from wallserver.gateway.slot_clock import MARKS

TABLE = CellTable(
    2**32 + 7,
    (640, 360),
    (
        CellState("a", (0, 0, 320, 360), 9, 40, live=True),
        CellState("b", (320, 0, 320, 360), 4, None, live=False),
        CellState("c", (0, 0, 2, 2), 4, 10_000_000, live=False),
    ),
)


def test_a_table_is_ten_bytes_and_three_for_each_cell() -> None:
    message = table_message(1, 0xFEDCBA98, TABLE, 25)
    assert struct.unpack("!BBLL BH BH BH".replace(" ", ""), message) == (
        *(1, 1, 0xFEDCBA98, 7),
        *(1, 6),  # new, 40 + 25 ms
        *(0, 0xFFFF),  # blank
        *(0, 0xFFFE),  # as old as can be said
    )


def test_a_picture_out_of_the_cache_is_not_new() -> None:
    flags, age = struct.unpack_from("!BH", table_message(0, 1, TABLE, 3000), 10)
    assert (flags, age) == (0, 304)
    assert struct.unpack("!BBLLBH", stale_message(3, 5, 3000)) == (1, 3, 5, 0, 0, 300)


def test_the_layout_of_a_mosaic_and_of_a_camera() -> None:
    unit = replace(Camera("mosaic.m").unit(), cells=TABLE)
    layout = json.loads(layout_message(0, 17, layout_key(unit)))
    assert layout["kind"] == "mosaic"
    assert layout["from_ts"] == 17
    assert layout["marks"] == MARKS
    assert layout["canvas"] == [640, 360]
    assert layout["cells"][1] == {"camera": "b", "rect": [320, 0, 320, 360]}

    camera = json.loads(layout_message(2, 17, layout_key(Camera("cam.lorong-7.sub").unit())))
    assert camera["kind"] == "camera"
    assert camera["stream"] == "cam.lorong-7.sub"
    assert camera["cells"] == [{"camera": "lorong-7", "rect": [0, 0, 320, 180]}]

    assert json.loads(layout_message(2, 17, None))["kind"] == "none"


def test_ages_alone_do_not_change_a_layout() -> None:
    unit = replace(Camera("mosaic.m").unit(), cells=TABLE)
    older = replace(TABLE, cells=tuple(replace(cell, age_ms=1, live=False) for cell in TABLE.cells))
    assert layout_key(unit) == layout_key(replace(unit, cells=older))
    assert layout_key(unit) != layout_key(replace(unit, cells=replace(TABLE, layout_epoch=8)))
