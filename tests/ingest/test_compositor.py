"""Right camera, right rectangle, right table; with an injected clock."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from ingest.boot import boot_id
from ingest.canvas import Canvas, Planes
from ingest.cards import draw_name, draw_stale
from ingest.cell_table import CellTable
from ingest.compositor import Compositor
from ingest.masks import Mask
from ingest.mosaic import MosaicCell, MosaicSpec
from ingest.painter import Painter
from ingest.scale import Scaler
from ingest.shared_cells import SharedCells
from ingest.stream_input import StreamInput
from ingest.zoom import WHOLE, Zoom
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
        self.painters: list[Painter] = []
        self._shared: SharedCells | None = None
        self._cells: tuple[MosaicCell, ...] = ()

    def picture(self, stream: str, age_s: float = 0.0) -> None:
        unit = self.cameras[stream].next()
        arrived_ns = time.monotonic_ns() - int(age_s * 1e9)
        self.inputs[stream].decode(replace(unit, boot_id=boot_id(), arrived_mono_ns=arrived_ns))

    def compose(self, spec: MosaicSpec, now: float) -> CellTable:
        if self._shared is None or spec.cells != self._cells:
            self._cells, self._shared = spec.cells, SharedCells.create([(cell.w, cell.h) for cell in spec.cells])
            self._shared.close()
            for painter in self.painters:
                painter.end()
            self.painters = [
                Painter(self.inputs[cell.stream], cell, self._shared, number) for number, cell in enumerate(spec.cells)
            ]
            for painter in self.painters:
                painter.begin()
        return self.compositor.compose(spec, self._shared, now, words)

    def codes(self, spec: MosaicSpec = SPEC) -> list[tuple[int, int] | None]:
        luma = self.compositor.canvas.buffer[:360]
        return [read(luma[y : y + h, x : x + w], 0, 0, w, h) for x, y, w, h in (cell.rect for cell in spec.cells)]


def words(_stream: str) -> str:
    return "Kamera tidak menjawab"


def _fails(*_: object) -> None:
    raise ValueError("no such format")


def test_each_camera_is_in_its_rectangle_and_the_table_says_so() -> None:
    rig = Rig()
    for stream in STREAMS:
        rig.picture(stream)
    table = rig.compose(SPEC, time.monotonic())
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
    rig.compose(SPEC, time.monotonic())
    rig.picture(STREAMS[1])
    table = rig.compose(SPEC, time.monotonic())
    assert [cell.live for cell in table.cells] == [False, True]
    assert [cell.source_sequence for cell in table.cells] == [1, 2]


def test_a_layout_change_moves_cells_at_the_next_picture_without_a_new_one() -> None:
    rig = Rig()
    for stream in STREAMS:
        rig.picture(stream)
    rig.compose(SPEC, time.monotonic())
    moved = replace(SPEC, layout_epoch=2, cells=(replace(CELLS[0], x=320), replace(CELLS[1], x=0, y=0, w=240, h=136)))
    table = rig.compose(moved, time.monotonic())
    assert rig.codes(moved) == [(1, 0), (2, 0)]
    assert table.layout_epoch == 2
    assert np.all(rig.compositor.canvas.cell((320, 180, 320, 180)).y == 16)  # where b was


def test_a_dead_camera_is_blanked_and_comes_back() -> None:
    rig = Rig()
    for stream in STREAMS:
        rig.picture(stream)
    now = time.monotonic()
    rig.compose(SPEC, now)
    table = rig.compose(SPEC, now + 2.5)
    assert [(cell.age_ms, cell.live) for cell in table.cells] == [(None, False)] * 2
    assert np.all(rig.compositor.canvas.buffer[:360] == 16)
    rig.picture(STREAMS[0])
    table = rig.compose(SPEC, time.monotonic())
    assert table.cells[0].live
    assert rig.codes()[0] == (1, 1)


def test_a_camera_of_rare_pictures_is_not_called_dead() -> None:
    rig = Rig()
    entry = rig.inputs[STREAMS[0]]
    for _ in range(2):
        rig.picture(STREAMS[0])
    assert entry.bound_s == 2.0
    assert entry.picture is not None
    assert rig.compose(SPEC, entry.picture.decoded_s + 1.9).cells[0].age_ms is not None
    assert rig.compose(SPEC, entry.picture.decoded_s + 2.1).cells[0].age_ms is None
    entry.picture = replace(entry.picture, decoded_s=entry.picture.decoded_s - 3.0)  # the next comes after so long
    rig.picture(STREAMS[0])
    rig.painters[0].say()
    assert entry.bound_s >= 9.0
    assert rig.compose(SPEC, entry.picture.decoded_s + entry.bound_s - 0.1).cells[0].age_ms is not None
    assert rig.compose(SPEC, entry.picture.decoded_s + entry.bound_s + 0.1).cells[0].age_ms is None


def test_what_was_drawn_for_another_shape_does_not_stay_beside_a_picture() -> None:
    rig = Rig()
    rig.picture(STREAMS[0])
    rig.compose(SPEC, time.monotonic())
    for size in ((360, 360), (640, 360), (360, 360)):
        rig.cameras[STREAMS[0]] = CameraUnits(1, STREAMS[0], size)
        rig.picture(STREAMS[0])
        rig.compose(SPEC, time.monotonic())
        left = rig.compositor.canvas.cell((0, 0, 60, 180)).y
        assert bool(np.all(left == 16)) is (size == (360, 360))


def test_a_picture_that_cannot_be_scaled_is_no_picture_and_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig()
    rig.picture(STREAMS[0])
    rig.compose(SPEC, time.monotonic())
    with monkeypatch.context() as patch:
        patch.setattr(Scaler, "put", _fails)
        rig.picture(STREAMS[0])
    assert rig.compose(SPEC, time.monotonic()).cells[0].source_sequence == 1
    assert rig.codes()[0] == (1, 0)
    rig.picture(STREAMS[0])
    assert rig.compose(SPEC, time.monotonic()).cells[0].source_sequence == 3
    assert rig.codes()[0] == (1, 2)


def test_a_dead_camera_has_a_card_where_players_have_no_page() -> None:
    rig = Rig()
    spec = replace(SPEC, burn_in=True)
    rig.compose(spec, time.monotonic())
    card = rig.compositor.canvas.cell(CELLS[0].rect)
    assert card.y.max() > 150  # the name
    assert np.all(card.u == 128)
    assert np.all(rig.compositor.canvas.cell((320, 0, 320, 180)).y == 16)  # no cell there


@pytest.mark.parametrize(("age_s", "shown"), [(5.0, True), (3600.0, False)])
def test_the_last_picture_of_a_camera_that_has_long_been_dead_is_not_shown_to_players(
    age_s: float, shown: bool
) -> None:
    """Its puller has it in its cache still, and it was decoded just now."""
    rig = Rig()
    for stream in STREAMS:
        rig.picture(stream, age_s)
    table = rig.compose(replace(SPEC, burn_in=True), time.monotonic())
    assert [cell.live for cell in table.cells] == [shown, shown]
    assert rig.codes() == ([(1, 0), (2, 0)] if shown else [None, None])
    displays = rig.compose(replace(SPEC, layout_epoch=2), time.monotonic())  # they say how old it is
    assert all(cell.age_ms is not None and cell.age_ms >= 1000 * age_s for cell in displays.cells)


def test_a_camera_left_out_for_want_of_cpu_keeps_its_last_picture_and_is_not_called_live() -> None:
    rig = Rig()
    for stream in STREAMS:
        rig.picture(stream)
    now = time.monotonic()
    rig.compose(SPEC, now)
    rig.inputs[STREAMS[0]].left_out_s = now + 2.0  # its access units still came then
    rig.painters[0].say()
    table = rig.compose(SPEC, now + 3.0)
    assert [cell.live for cell in table.cells] == [False, False]
    assert [cell.age_ms is None for cell in table.cells] == [False, True]
    assert rig.codes() == [(1, 0), None]
    table = rig.compose(SPEC, now + 4.1)  # and then no longer
    assert table.cells[0].age_ms is None


def test_a_picture_that_newer_ones_follow_already_is_decoded_and_not_shown() -> None:
    entry, camera = StreamInput(STREAMS[0]), CameraUnits(1, STREAMS[0])
    entry.decode(camera.next(), shown=False)
    assert entry.picture is None
    entry.decode(camera.next())
    assert entry.picture is not None
    assert entry.picture.unit.sequence == 2


def test_a_mosaic_without_cells_is_black() -> None:
    rig = Rig()
    assert rig.compose(replace(SPEC, cells=()), time.monotonic()).cells == ()
    assert np.all(rig.compositor.canvas.buffer[:360] == 16)


def test_players_are_told_names_and_what_is_old() -> None:
    rig = Rig()
    spec = replace(SPEC, burn_in=True, cells=(CELLS[0], replace(CELLS[1], label="")))

    def strips(at: float) -> list[NDArray[np.uint8]]:
        rig.compose(spec, at)
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


def test_a_mark_on_bars_is_gone_with_the_next_picture() -> None:
    rig, narrow = Rig(), replace(CELLS[0], zoom=Zoom(0, 0, 2500, 5000))  # its picture has bars left and right
    spec = replace(SPEC, burn_in=True, cells=(narrow, CELLS[1]))
    rig.picture(STREAMS[0])
    now = time.monotonic()
    rig.compose(spec, now)
    mark = rig.compositor.canvas.cell((306, 166, 14, 14))
    assert mark.y.max() < 40
    rig.compose(spec, now + 1.5)
    assert mark.y.max() > 100
    rig.picture(STREAMS[0])
    rig.compose(spec, time.monotonic())
    assert mark.y.max() < 40
    assert np.all(mark.u == 128)


def test_a_cell_that_was_overtaken_at_every_try_is_black_and_has_its_card(monkeypatch: pytest.MonkeyPatch) -> None:
    rig, spec = Rig(), replace(SPEC, burn_in=True)
    rig.compose(spec, time.monotonic())
    cards = rig.compositor.canvas.buffer.copy()
    rig.picture(STREAMS[0])
    copy = SharedCells.copy

    def overtaken(shared: SharedCells, cell: int, target: Planes) -> None:
        copy(shared, cell, target)  # as much as half of it

    with monkeypatch.context() as patch:
        patch.setattr(SharedCells, "copy", overtaken)
        assert rig.compose(spec, time.monotonic()).cells[0].age_ms is None
    assert np.array_equal(rig.compositor.canvas.buffer, cards)
    assert rig.compose(spec, time.monotonic()).cells[0].live
    assert rig.codes()[0] == (1, 0)


def test_masks_that_are_new_hide_what_was_on_show_before_at_once() -> None:
    rig = Rig()
    for stream in STREAMS:
        rig.picture(stream)
    rig.compose(SPEC, time.monotonic())
    everything = Mask(((0, 0), (WHOLE, 0), (WHOLE, WHOLE), (0, WHOLE)))
    masked = replace(SPEC, cells=(replace(CELLS[0], masks=(everything,)), CELLS[1]))
    rig.compose(masked, time.monotonic())  # without a new picture
    assert np.all(rig.compositor.canvas.cell(CELLS[0].rect).y == 40)
    rig.picture(STREAMS[0])
    rig.compose(masked, time.monotonic())
    assert np.all(rig.compositor.canvas.cell(CELLS[0].rect).y == 40)
    assert rig.codes(masked)[1] == (2, 0)


def test_on_displays_nothing_is_burned_in() -> None:
    rig, bare = Rig(), replace(SPEC, cells=tuple(replace(cell, label="") for cell in CELLS))
    for stream in STREAMS:
        rig.picture(stream)
    now = time.monotonic()
    canvases = []
    for spec, at in ((bare, now), (SPEC, now), (SPEC, now + 1.5)):
        rig.compose(spec, at)
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
