"""Right camera, right rectangle, right table; with an injected clock."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ingest.canvas import Canvas
from ingest.cards import draw_name, draw_stale
from ingest.compositor import Compositor
from ingest.mosaic import MosaicCell, MosaicSpec
from ingest.stream_input import StreamInput
from tests.support.camera_units import CameraUnits
from wallserver.city.block_code import read

STREAMS = ("cam.a.sub", "cam.b.sub")
CELLS = (
    MosaicCell("a", STREAMS[0], 0, 0, 320, 180, label="Jl. A"),
    MosaicCell("b", STREAMS[1], 320, 180, 320, 180, label="Jl. B"),
)
SPEC = MosaicSpec("m", 640, 360, 15, 1000, 1, CELLS)


class Rig:
    """Two cameras into one compositor."""

    def __init__(self) -> None:
        self.cameras = {stream: CameraUnits(number, stream) for number, stream in enumerate(STREAMS, 1)}
        self.inputs = {stream: StreamInput(stream) for stream in STREAMS}
        self.compositor = Compositor(640, 360)

    def picture(self, stream: str) -> None:
        self.inputs[stream].decode(self.cameras[stream].next())

    def codes(self, spec: MosaicSpec = SPEC) -> list[tuple[int, int] | None]:
        luma = self.compositor.canvas.buffer[:360]
        return [read(luma[y : y + h, x : x + w], 0, 0, w, h) for x, y, w, h in (cell.rect for cell in spec.cells)]


def words(_stream: str) -> str:
    return "Kamera tidak menjawab"


def test_each_camera_is_in_its_rectangle_and_the_table_says_so() -> None:
    rig = Rig()
    for stream in STREAMS:
        rig.picture(stream)
    table = rig.compositor.compose(SPEC, rig.inputs, time.monotonic(), words)
    assert rig.codes() == [(1, 0), (2, 0)]
    assert [(cell.camera, cell.rect, cell.live) for cell in table.cells] == [
        ("a", CELLS[0].rect, True),
        ("b", CELLS[1].rect, True),
    ]
    assert all(cell.age_ms is not None and cell.age_ms < 500 for cell in table.cells)


def test_only_a_new_picture_is_live() -> None:
    rig = Rig()
    for stream in STREAMS:
        rig.picture(stream)
    rig.compositor.compose(SPEC, rig.inputs, time.monotonic(), words)
    rig.picture(STREAMS[1])
    table = rig.compositor.compose(SPEC, rig.inputs, time.monotonic(), words)
    assert [cell.live for cell in table.cells] == [False, True]
    assert [cell.source_sequence for cell in table.cells] == [1, 2]


def test_a_layout_change_moves_cells_at_the_next_picture_without_a_new_one() -> None:
    rig = Rig()
    for stream in STREAMS:
        rig.picture(stream)
    rig.compositor.compose(SPEC, rig.inputs, time.monotonic(), words)
    moved = replace(SPEC, layout_epoch=2, cells=(replace(CELLS[0], x=320), replace(CELLS[1], x=0, y=0, w=240, h=136)))
    table = rig.compositor.compose(moved, rig.inputs, time.monotonic(), words)
    assert rig.codes(moved) == [(1, 0), (2, 0)]
    assert table.layout_epoch == 2
    assert np.all(rig.compositor.canvas.cell((320, 180, 320, 180)).y == 16)  # where b was


def test_a_dead_camera_is_blanked_and_comes_back() -> None:
    rig = Rig()
    for stream in STREAMS:
        rig.picture(stream)
    now = time.monotonic()
    rig.compositor.compose(SPEC, rig.inputs, now, words)
    table = rig.compositor.compose(SPEC, rig.inputs, now + 2.5, words)
    assert [(cell.age_ms, cell.live) for cell in table.cells] == [(None, False)] * 2
    assert np.all(rig.compositor.canvas.buffer[:360] == 16)
    rig.picture(STREAMS[0])
    table = rig.compositor.compose(SPEC, rig.inputs, time.monotonic(), words)
    assert table.cells[0].live
    assert rig.codes()[0] == (1, 1)


def test_a_camera_of_rare_pictures_is_not_called_dead() -> None:
    entry, camera = StreamInput(STREAMS[0]), CameraUnits(1, STREAMS[0])
    for _ in range(2):
        entry.decode(camera.next())
    assert entry.bound_s == 2.0
    assert entry.picture is not None
    assert entry.fresh(entry.picture.decoded_s + 1.9) is not None
    assert entry.fresh(entry.picture.decoded_s + 2.1) is None


def test_a_dead_camera_has_a_card_where_players_have_no_page() -> None:
    rig = Rig()
    spec = replace(SPEC, burn_in=True)
    rig.compositor.compose(spec, rig.inputs, time.monotonic(), words)
    card = rig.compositor.canvas.cell(CELLS[0].rect)
    assert card.y.max() > 150  # the name
    assert np.all(card.u == 128)
    assert np.all(rig.compositor.canvas.cell((320, 0, 320, 180)).y == 16)  # no cell there


def test_a_camera_left_out_for_want_of_cpu_keeps_its_last_picture_and_is_not_called_live() -> None:
    rig = Rig()
    for stream in STREAMS:
        rig.picture(stream)
    now = time.monotonic()
    rig.compositor.compose(SPEC, rig.inputs, now, words)
    rig.inputs[STREAMS[0]].left_out_s = now + 2.0  # its access units still came then
    table = rig.compositor.compose(SPEC, rig.inputs, now + 3.0, words)
    assert [cell.live for cell in table.cells] == [False, False]
    assert [cell.age_ms is None for cell in table.cells] == [False, True]
    assert rig.codes() == [(1, 0), None]
    table = rig.compositor.compose(SPEC, rig.inputs, now + 4.1, words)  # and then no longer
    assert table.cells[0].age_ms is None


def test_a_picture_that_newer_ones_follow_already_is_decoded_and_not_shown() -> None:
    entry, camera = StreamInput(STREAMS[0]), CameraUnits(1, STREAMS[0])
    entry.decode(camera.next(), shown=False)
    assert entry.picture is None
    entry.decode(camera.next())
    assert entry.picture is not None
    assert entry.picture.unit.sequence == 2


def test_players_are_told_names_and_what_is_old() -> None:
    rig = Rig()
    spec = replace(SPEC, burn_in=True, cells=(CELLS[0], replace(CELLS[1], label="")))

    def strips(at: float) -> list[NDArray[np.uint8]]:
        rig.compositor.compose(spec, rig.inputs, at, words)
        return [rig.compositor.canvas.cell((x, y + h - 14, w, 14)).y.copy() for x, y, w, h in (c.rect for c in CELLS)]

    for stream in STREAMS:
        rig.picture(stream)
    now = time.monotonic()
    named, nameless = strips(now)
    assert named[:, :100].max() > 180
    assert named[:, 200:].max() < 120  # dark beside the name
    assert nameless[:, 200:].max() > 120  # the picture itself
    mark = rig.compositor.canvas.cell((306, 166, 14, 14))
    assert mark.u.min() == 128
    assert np.array_equal(strips(now + 0.9)[0], named)
    assert np.array_equal(strips(now + 1.5)[0][:, :300], named[:, :300])  # the name stays
    assert mark.u.min() < 60  # amber
    rig.picture(STREAMS[0])
    again = strips(time.monotonic())[0]
    assert np.array_equal(again > 150, named > 150)
    assert mark.u.min() == 128
    spec = replace(spec, layout_epoch=2, cells=(replace(spec.cells[0], label="Jl. Nusantara"), spec.cells[1]))
    assert not np.array_equal(strips(time.monotonic())[0] > 150, named > 150)


def test_on_displays_nothing_is_burned_in() -> None:
    rig, bare = Rig(), replace(SPEC, cells=tuple(replace(cell, label="") for cell in CELLS))
    for stream in STREAMS:
        rig.picture(stream)
    now = time.monotonic()
    canvases = []
    for spec, at in ((bare, now), (SPEC, now), (SPEC, now + 1.5)):
        rig.compositor.compose(spec, rig.inputs, at, words)
        canvases.append(rig.compositor.canvas.buffer.copy())
    assert np.array_equal(canvases[0], canvases[1])
    assert np.array_equal(canvases[1], canvases[2])


def test_a_name_that_is_too_long_is_cut_and_a_cell_without_room_has_none() -> None:
    canvas = Canvas(160, 90)
    draw_name(canvas.cell((0, 0, 160, 90)), "Jalan Perintis Kemerdekaan, depan kampus, arah kota")
    draw_stale(canvas.cell((0, 0, 160, 90)))
    strip = canvas.cell((0, 76, 160, 14)).y
    assert strip[:, :100].max() > 180
    assert np.ptp(strip[:, 134:146].astype(int)) <= 20  # a gap before the mark
    tiny = Canvas(64, 36)
    before = tiny.buffer.copy()
    draw_name(tiny.cell((0, 0, 64, 36)), "Jl. A")
    draw_stale(tiny.cell((0, 0, 64, 36)))
    assert np.array_equal(tiny.buffer, before)
