"""The planner: a table of displays and the plans that are right for them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layouts.apply import apply
from layouts.commands import ApplyPreset
from layouts.contents import CameraContent
from layouts.presets import PRESETS, wall_showing
from layouts.wall import Display
from wallserver.config import MosaicSettings
from wallserver.control.planner import (
    CameraFacts,
    Via,
    canvas_for,
    no_slots,
    plan_display,
    standing_mosaics,
    whep_mosaic,
)

SETTINGS = MosaicSettings()
NO_SLOTS = no_slots(SETTINGS)


def camera(number: int, *, playable: bool = True, hls: bool = False) -> CameraFacts:
    name = f"cam-{number}"
    return CameraFacts(name, f"Kamera {number}", f"cam.{name}.main", f"cam.{name}.{'main' if hls else 'sub'}", playable)


CAMERAS = {facts.id: facts for facts in map(camera, range(64))}


def display(preset: str, count: int = 64) -> Display:
    wall = wall_showing("w", "W", [f"cam-{n}" for n in range(count)], cells_per_display=64)
    return apply(wall, ApplyPreset("w-1", preset)).display("w-1")


def test_36_small_cells_are_one_mosaic_of_sub_streams() -> None:
    plan = plan_display(display("6x6"), CAMERAS, SETTINGS)
    assert plan.mosaic is not None
    assert plan.mosaic.canvas == (1920, 1080)
    assert {(cell.rect[2], cell.rect[3]) for cell in plan.mosaic.cells} == {(320, 180)}
    assert plan.slots == ("mosaic.w-1", *NO_SLOTS[1:])
    assert plan.streams == {"mosaic.w-1"} | {f"cam.cam-{n}.sub" for n in range(36)}
    assert plan.cells[7].via == Via(0, "mosaic", (320, 180, 320, 180))
    assert plan.cells[0].name == "Kamera 0"


def test_one_large_and_five_small() -> None:
    plan = plan_display(display("1+5"), CAMERAS, SETTINGS)
    assert plan.cells[0].via == Via(2, "camera")
    assert plan.slots[:3] == ("mosaic.w-1", None, "cam.cam-0.main")
    assert plan.mosaic is not None
    assert [cell.stream for cell in plan.mosaic.cells] == [f"cam.cam-{n}.sub" for n in range(1, 6)]
    assert plan.cells[1].via == Via(0, "mosaic", (1280, 0, 640, 360))
    assert (plan.cells[0].w, plan.cells[0].h) == (2 / 3, 2 / 3)


@pytest.mark.parametrize(("preset", "passthrough"), [("1", 1), ("2x2", 4), ("1+12", 1), ("2+8", 2), ("3x3", 0)])
def test_cells_of_a_quarter_and_more_are_passed_through(preset: str, passthrough: int) -> None:
    plan = plan_display(display(preset), CAMERAS, SETTINGS)
    assert sum(cell.via is not None and cell.via.kind == "camera" for cell in plan.cells) == passthrough
    assert (plan.mosaic is None) == (len(plan.cells) == passthrough)


def test_what_a_browser_cannot_play_goes_through_the_mosaic_in_full_quality() -> None:
    cameras = CAMERAS | {"cam-0": camera(0, playable=False)}
    plan = plan_display(display("1+5"), cameras, SETTINGS)
    assert plan.cells[0].via == Via(0, "mosaic", (0, 0, 1280, 720))
    assert plan.mosaic is not None
    assert plan.mosaic.cells[0].stream == "cam.cam-0.main"
    assert plan.slots == ("mosaic.w-1", *NO_SLOTS[1:])


def test_an_hls_camera_has_one_stream_for_both() -> None:
    plan = plan_display(display("6x6", 1), {"cam-0": camera(0, hls=True)}, SETTINGS)
    assert plan.streams == {"mosaic.w-1", "cam.cam-0.main"}


def test_empty_cells_and_cameras_that_are_gone_have_no_way() -> None:
    plan = plan_display(display("2x2", 2), {"cam-1": camera(1)}, SETTINGS)
    assert [(cell.camera, cell.name, cell.via) for cell in plan.cells] == [
        ("cam-0", "cam-0", None),
        ("cam-1", "Kamera 1", Via(2, "camera")),
        (None, "", None),
        (None, "", None),
    ]
    assert plan.mosaic is None


def test_a_stream_stays_in_its_slot_and_a_new_one_takes_a_free_one() -> None:
    four = plan_display(display("2x2"), CAMERAS, SETTINGS)
    assert four.slots[2:6] == tuple(f"cam.cam-{n}.main" for n in range(4))
    shown = display("2x2")
    cells = list(shown.layout.cells)
    cells[0] = replace(cells[0], content=CameraContent("cam-3"))
    cells[3] = replace(cells[3], content=CameraContent("cam-9"))
    changed = replace(shown, layout=replace(shown.layout, cells=tuple(cells)))
    plan = plan_display(changed, CAMERAS, SETTINGS, four.slots)
    assert [cell.via.slot for cell in plan.cells if cell.via] == [5, 3, 4, 6]
    assert plan.slots[2] is None  # still carries cam-0 until the display has drawn the new ones


def test_with_every_slot_carrying_something_new_streams_still_find_one() -> None:
    full = (None, None, *(f"cam.old-{n}.main" for n in range(16)))
    plan = plan_display(display("2x2"), CAMERAS, SETTINGS, full)
    assert plan.slots[2:6] == tuple(f"cam.cam-{n}.main" for n in range(4))


def test_the_same_camera_twice_has_two_slots() -> None:
    shown = display("2x2")
    cells = tuple(replace(cell, content=CameraContent("cam-0")) for cell in shown.layout.cells)
    plan = plan_display(replace(shown, layout=replace(shown.layout, cells=cells)), CAMERAS, SETTINGS)
    assert plan.slots[2:6] == ("cam.cam-0.main",) * 4


def test_players_get_the_whole_display_with_dead_cards_burned_in() -> None:
    plan = plan_display(display("1+5"), CAMERAS, SETTINGS)
    assert plan.whep.id == whep_mosaic("w-1")
    assert plan.whep.burn_in
    assert len(plan.whep.cells) == 6
    assert plan.whep.stream not in plan.streams


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_a_light_mosaic_is_the_same_at_half_the_size(preset: str) -> None:
    mosaic = plan_display(display(preset), CAMERAS, SETTINGS).whep
    light = mosaic.lighter()
    assert light.stream == f"{mosaic.stream}_light"
    assert light.canvas == (960, 540)
    assert light.burn_in
    edges = {(cell.rect[0] + cell.rect[2], cell.rect[1] + cell.rect[3]) for cell in light.cells}
    assert max(x for x, _ in edges) == 960
    assert max(y for _, y in edges) == 540
    for cell, full in zip(light.cells, mosaic.cells, strict=True):
        assert (cell.camera, cell.stream, cell.fit, cell.label) == (full.camera, full.stream, full.fit, full.label)
        assert all(side % 2 == 0 for side in cell.rect)
        assert all(abs(2 * small - large) <= 4 for small, large in zip(cell.rect, full.rect, strict=True))


@pytest.mark.parametrize(
    ("most_cells", "standing"),
    [(0, 0), (35, 0), (36, 1), (40, 1), (41, 2), (64, 2), (77, 3), (1000, 4)],
)
def test_the_first_mosaics_stand_while_the_budget_lasts(most_cells: int, standing: int) -> None:
    presets = ("6x6", "1+5", "6x6", "1+5")
    plans = [plan_display(replace(display(preset), id=f"w-{n}"), CAMERAS, SETTINGS) for n, preset in enumerate(presets)]
    mosaics = [plan.mosaic for plan in plans if plan.mosaic]
    assert [len(mosaic.cells) for mosaic in mosaics] == [36, 5, 36, 5]
    assert standing_mosaics(mosaics, most_cells) == {f"mosaic.w-{n}" for n in range(standing)}


def test_the_fullest_display_fits_into_the_budget_that_is_shipped() -> None:
    mosaic = plan_display(display("8x8"), CAMERAS, SETTINGS).mosaic
    assert mosaic is not None
    assert standing_mosaics([mosaic], SETTINGS.standing_cells)


@pytest.mark.parametrize(
    ("size", "canvas"),
    [
        ((1920, 1080), (1920, 1080)),
        ((3840, 2160), (1920, 1080)),
        ((1280, 720), (1920, 1080)),
        ((1080, 1920), (1080, 1920)),
        ((3840, 1080), (2714, 762)),
    ],
)
def test_the_canvas_has_the_shape_of_the_display(size: tuple[int, int], canvas: tuple[int, int]) -> None:
    width, height = size
    assert canvas_for(replace(display("1"), width=width, height=height), SETTINGS) == canvas


@given(st.sampled_from(tuple(PRESETS)), st.integers(0, 64), st.sets(st.integers(0, 63)), st.data())
def test_every_plan_is_whole(preset: str, count: int, unplayable: set[int], data: st.DataObject) -> None:
    cameras = {f"cam-{n}": camera(n, playable=n not in unplayable) for n in range(64)}
    attached = tuple(
        data.draw(st.sampled_from([None, "cam.cam-1.main", "cam.cam-2.main", "cam.x.main"])) for _ in NO_SLOTS
    )
    shown = display(preset, count)
    plan = plan_display(shown, cameras, SETTINGS, attached)
    assert len(plan.slots) == len(NO_SLOTS)
    used = [cell.via.slot for cell in plan.cells if cell.via and cell.via.kind == "camera"]
    assert len(used) == len(set(used))
    for cell in plan.cells:
        assert (cell.via is not None) == (cell.camera is not None)
        if cell.via and cell.via.kind == "camera":
            assert plan.slots[cell.via.slot] == f"cam.{cell.camera}.main"
        elif cell.via:
            assert plan.slots[cell.via.slot] == "mosaic.w-1"
    assert {stream for stream in plan.slots if stream} <= plan.streams


def test_as_many_cells_are_passed_through_as_the_settings_say() -> None:
    settings = MosaicSettings(main_cell_share=0.02, passthrough_cells=30)
    plan = plan_display(display("6x6"), CAMERAS, settings)
    assert len(plan.slots) == 32
    kinds = [cell.via.kind for cell in plan.cells if cell.via]
    assert (kinds.count("camera"), kinds.count("mosaic")) == (30, 6)
    assert plan_display(display("6x6"), CAMERAS, MosaicSettings(main_cell_share=0.02, passthrough_cells=0)).mosaic
