"""The planner: a table of displays and the plans that are right for them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layouts.apply import apply
from layouts.commands import ApplyPreset, Assign, CellAddress, Merge
from layouts.contents import CameraContent, Zoom
from layouts.presets import PRESETS, wall_showing
from layouts.wall import Display
from tests.support.plan_questions import MASKS
from wallserver.config import MosaicSettings
from wallserver.control.choice import Budget
from wallserver.control.costs import StreamFacts
from wallserver.control.mosaics import whep_mosaic
from wallserver.control.plan_words import WORDS
from wallserver.control.planner import (
    MOSAIC_SLOTS,
    SPARE_SLOTS,
    Bearing,
    DisplayPlan,
    Via,
    no_slots,
    plan_display,
    renamed,
)
from wallserver.control.standing import CALM_S, Standing, Stood
from wallserver.control.ways import CameraFacts, Way, Why

SETTINGS = MosaicSettings()
WIDE = MosaicSettings(passthrough_cells=58)
NO_SLOTS = no_slots(SETTINGS)
WORKSTATION = Bearing(Budget(64, 1e9, 500))


def camera(
    number: int, *, codec: str = "h264", sub_codec: str = "h264", b_frames: bool = False, hls: bool = False
) -> CameraFacts:
    name = f"cam-{number}"
    main = StreamFacts(f"cam.{name}.main", 1920, 1080, 25, 3000, codec, b_frames)
    sub = main if hls else StreamFacts(f"cam.{name}.sub", 640, 360, 15, 400, sub_codec)
    return CameraFacts(name, f"Kamera {number}", main, sub)


CAMERAS = {facts.id: facts for facts in map(camera, range(64))}


def display(preset: str, count: int = 64, size: tuple[int, int] = (1920, 1080)) -> Display:
    wall = wall_showing("w", "W", [f"cam-{n}" for n in range(count)], cells_per_display=64)
    shown = apply(wall, ApplyPreset("w-1", preset)).display("w-1")
    return replace(shown, width=size[0], height=size[1])


def ways(plan: DisplayPlan) -> dict[Way | None, int]:
    return Counter(cell.way for cell in plan.cells)


def standing(plan: DisplayPlan, stood_s: float) -> Standing:
    cells = {cell.id: (Stood(cell.camera, cell.size, cell.way), stood_s) for cell in plan.cells}
    return Standing(cells, stood_s if plan.light else None)


@pytest.mark.parametrize(
    ("preset", "size", "bearing", "expected"),
    [
        # A display that has said nothing bears one picture of all, and what is too large to be part of it.
        ("6x6", (1920, 1080), None, {Way.MOSAIC: 36}),
        ("3x3", (1920, 1080), None, {Way.MOSAIC: 9}),
        ("2x2", (1920, 1080), None, {Way.MAIN: 4}),
        ("1+5", (1920, 1080), None, {Way.MAIN: 1, Way.MOSAIC: 5}),
        # What it bears is passed through: the server does next to nothing, and no mosaic is made.
        ("3x3", (1920, 1080), WORKSTATION, {Way.SUB: 9}),
        ("6x6", (1920, 1080), WORKSTATION, {Way.SUB: 36}),
        ("1+5", (1920, 1080), WORKSTATION, {Way.MAIN: 1, Way.SUB: 5}),
        # Never main where sub is enough: 960×540 is not, 640×360 is.
        ("2x2", (1920, 1080), WORKSTATION, {Way.MAIN: 4}),
        ("2x2", (1280, 720), WORKSTATION, {Way.SUB: 4}),
        ("6x6", (3840, 2160), WORKSTATION, {Way.SUB: 36}),
        # Few decoders: a mosaic, and the others through; the budget is never exceeded.
        ("6x6", (1920, 1080), Bearing(Budget(12, 1e9, 500)), {Way.SUB: 11, Way.MOSAIC: 25}),
        ("3x3", (1920, 1080), Bearing(Budget(8, 1e9, 500)), {Way.SUB: 7, Way.MOSAIC: 2}),
        ("3x3", (1920, 1080), Bearing(Budget(9, 1e9, 500)), {Way.SUB: 9}),
        # Few pixels a second: 3.5 million for a sub stream, 31 for a mosaic.
        ("3x3", (1920, 1080), Bearing(Budget(64, 32e6, 500)), {Way.SUB: 9}),
        ("6x6", (1920, 1080), Bearing(Budget(64, 33e6, 500)), {Way.MOSAIC: 36}),
        # A cell that needs the main stream gets it before others get anything.
        ("1+5", (1920, 1080), Bearing(Budget(2, 1e9, 500)), {Way.MAIN: 1, Way.MOSAIC: 5}),
        # Narrow cable: 0.4 Mbit/s each, 4 for the mosaic.
        ("6x6", (1920, 1080), Bearing(Budget(64, 1e9, 5)), {Way.SUB: 2, Way.MOSAIC: 34}),
        # Not even a light mosaic (7.8 million pixels a second): one stream, and stills.
        ("3x3", (1920, 1080), Bearing(Budget(64, 4e6, 500)), {Way.SUB: 1, Way.STILL: 8}),
    ],
)
def test_the_table(preset: str, size: tuple[int, int], bearing: Bearing | None, expected: dict[Way, int]) -> None:
    plan = plan_display(display(preset, size=size), CAMERAS, WIDE, bearing=bearing)
    assert ways(plan) == expected
    assert (plan.mosaic is None) == (Way.MOSAIC not in expected)
    if bearing is not None:
        assert bearing.budget.bears(plan.cost)


def test_a_cell_that_shows_a_part_of_a_picture_has_a_stream_of_its_own_at_once() -> None:
    wall = wall_showing("w", "W", [f"cam-{n}" for n in range(18)], cells_per_display=9)
    before = plan_display(wall.display("w-1"), CAMERAS, SETTINGS)
    zoomed = apply(wall, Assign("w-1", "c2", zoom=Zoom(0, 0, 5000, 5000)))
    slightly = apply(wall, Assign("w-1", "c2", zoom=Zoom(0, 0, 9000, 9000)))
    spanned = apply(wall, Merge((CellAddress("w-1", "c3"), CellAddress("w-2", "c1"))))
    for changed, cell, way in ((zoomed, "c2", Way.MAIN), (slightly, "c2", Way.SUB), (spanned, "c3", Way.SUB)):
        shown = changed.display("w-1")
        plan = plan_display(shown, CAMERAS, SETTINGS, before.slots, standing=standing(before, 1))
        found = {one.id: one.way for one in plan.cells}
        assert found.pop(cell) is way
        assert set(found.values()) == {Way.MOSAIC}


def test_36_small_cells_are_one_mosaic_of_sub_streams() -> None:
    plan = plan_display(display("6x6"), CAMERAS, SETTINGS)
    assert plan.mosaic is not None
    assert plan.mosaic.canvas == (1920, 1080)
    assert {(cell.rect[2], cell.rect[3]) for cell in plan.mosaic.cells} == {(320, 180)}
    assert plan.slots == ("mosaic.w-1", *NO_SLOTS[1:])
    assert plan.streams == {"mosaic.w-1"} | {f"cam.cam-{n}.sub" for n in range(36)}
    assert plan.cells[7].via == Via(0, "mosaic", (320, 180, 320, 180))
    assert plan.cells[0].name == "Kamera 0"
    assert {cell.why for cell in plan.cells} == {Why.TOGETHER}


def test_one_large_and_five_small() -> None:
    plan = plan_display(display("1+5"), CAMERAS, SETTINGS)
    assert (plan.cells[0].via, plan.cells[0].why) == (Via(2, "camera"), Why.LARGE)
    assert plan.slots[:3] == ("mosaic.w-1", None, "cam.cam-0.main")
    assert plan.mosaic is not None
    assert [cell.stream for cell in plan.mosaic.cells] == [f"cam.cam-{n}.sub" for n in range(1, 6)]
    assert plan.cells[1].via == Via(0, "mosaic", (1280, 0, 640, 360))
    assert (plan.cells[0].w, plan.cells[0].h) == (2 / 3, 2 / 3)


def test_the_screen_that_a_display_says_to_have_decides_what_is_enough() -> None:
    small = replace(WORKSTATION, screen=(1280, 720))
    assert ways(plan_display(display("2x2"), CAMERAS, SETTINGS, bearing=small)) == {Way.SUB: 4}
    large = replace(WORKSTATION, screen=(3840, 2160))
    assert ways(plan_display(display("3x3"), CAMERAS, SETTINGS, bearing=large)) == {Way.MAIN: 9}


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        (camera(0, codec="h265"), Why.CODEC),
        (camera(0, b_frames=True), Why.B_FRAMES),
        (replace(camera(0), masks=MASKS), Why.MASKED),
    ],
)
def test_what_cannot_or_must_not_be_passed_through_is_encoded_anew_in_full_quality(
    facts: CameraFacts, why: Why
) -> None:
    plan = plan_display(display("1+5"), CAMERAS | {"cam-0": facts}, SETTINGS, bearing=WORKSTATION)
    first = plan.cells[0]
    assert (first.way, first.why, first.via) == (Way.TRANSCODE, why, Via(0, "mosaic", (0, 0, 1280, 720)))
    assert plan.mosaic is not None
    assert [cell.stream for cell in plan.mosaic.cells] == ["cam.cam-0.main"]
    # Only what is composed is encoded: the five others are passed through, and the canvas ends where the cell does.
    assert plan.mosaic.canvas == (1280, 720)
    assert plan.mosaic.place == (0.0, 0.0, 2 / 3, 2 / 3)
    assert ways(plan) == {Way.TRANSCODE: 1, Way.SUB: 5}


def test_a_camera_with_a_mask_is_never_passed_on_whatever_the_display_bears() -> None:
    masked = {name: replace(facts, masks=MASKS) for name, facts in CAMERAS.items()}
    for bearing in (None, WORKSTATION, Bearing(Budget(1, 1e6, 1))):
        plan = plan_display(display("3x3"), masked, SETTINGS, bearing=bearing)
        assert ways(plan) == {Way.TRANSCODE: 9}
        assert not [stream for stream in plan.slots if stream and stream.startswith("cam.")]


def test_a_main_stream_that_cannot_be_played_does_not_keep_a_good_sub_stream_from_a_small_cell() -> None:
    cameras = CAMERAS | {"cam-0": camera(0, codec="h265")}
    assert ways(plan_display(display("3x3"), cameras, SETTINGS, bearing=WORKSTATION)) == {Way.SUB: 9}


def test_an_hls_camera_has_one_stream_for_both() -> None:
    plan = plan_display(display("6x6", 1), {"cam-0": camera(0, hls=True)}, SETTINGS)
    assert plan.streams == {"mosaic.w-1", "cam.cam-0.main"}
    large = plan_display(display("1", 1), {"cam-0": camera(0, hls=True)}, SETTINGS)
    assert large.slots[2] == "cam.cam-0.main"


def test_empty_cells_and_cameras_that_are_gone_or_off_have_no_way() -> None:
    cameras = {"cam-1": camera(1), "cam-2": replace(camera(2), off=True)}
    plan = plan_display(display("2x2", 3), cameras, SETTINGS)
    assert [(cell.camera, cell.name, cell.via, cell.way) for cell in plan.cells] == [
        ("cam-0", "cam-0", None, None),
        ("cam-1", "Kamera 1", Via(2, "camera"), Way.MAIN),
        ("cam-2", "Kamera 2", None, None),
        (None, "", None, None),
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


def test_an_enlarged_cell_gets_another_slot_and_keeps_the_old_one_until_the_new_is_drawn() -> None:
    small = plan_display(display("3x3", 1), CAMERAS, SETTINGS, bearing=WORKSTATION)
    assert (small.cells[0].way, small.slots[2]) == (Way.SUB, "cam.cam-0.sub")
    enlarged = plan_display(
        display("1", 1), CAMERAS, SETTINGS, small.slots, bearing=WORKSTATION, standing=standing(small, 1.0)
    )
    assert (enlarged.cells[0].way, enlarged.cells[0].via) == (Way.MAIN, Via(3, "camera"))
    assert enlarged.slots[2:4] == (None, "cam.cam-0.main")


def test_with_every_slot_carrying_something_new_streams_still_find_one() -> None:
    full = ("mosaic.a", "mosaic.b", *(f"cam.old-{n}.main" for n in range(16)))
    plan = plan_display(display("2x2"), CAMERAS, SETTINGS, full)
    assert plan.slots[2:6] == tuple(f"cam.cam-{n}.main" for n in range(4))
    composed = plan_display(display("6x6"), CAMERAS, SETTINGS, full)
    assert composed.slots[0] == "mosaic.w-1"


def test_the_same_camera_twice_has_two_slots() -> None:
    shown = display("2x2")
    cells = tuple(replace(cell, content=CameraContent("cam-0")) for cell in shown.layout.cells)
    plan = plan_display(replace(shown, layout=replace(shown.layout, cells=cells)), CAMERAS, SETTINGS)
    assert plan.slots[2:6] == ("cam.cam-0.main",) * 4


def test_players_get_the_whole_display_with_dead_cards_burned_in() -> None:
    plan = plan_display(display("1+5"), CAMERAS, SETTINGS, bearing=WORKSTATION)
    assert plan.mosaic is None
    assert plan.whep.id == whep_mosaic("w-1")
    assert plan.whep.burn_in
    assert [cell.stream for cell in plan.whep.cells] == ["cam.cam-0.main", *(f"cam.cam-{n}.sub" for n in range(1, 6))]
    assert plan.whep.stream not in plan.streams


def test_it_becomes_heavier_only_after_calm_and_lighter_at_once() -> None:
    poor, rich = Bearing(Budget(1, 1e9, 500)), WORKSTATION
    light = plan_display(display("3x3"), CAMERAS, SETTINGS, bearing=poor)
    assert ways(light) == {Way.MOSAIC: 9}
    soon = plan_display(display("3x3"), CAMERAS, SETTINGS, bearing=rich, standing=standing(light, CALM_S - 1))
    assert ways(soon) == {Way.MOSAIC: 9}
    assert {cell.why for cell in soon.cells} == {Why.CALM}
    later = plan_display(display("3x3"), CAMERAS, SETTINGS, bearing=rich, standing=standing(light, CALM_S))
    assert ways(later) == {Way.SUB: 9}
    at_once = plan_display(display("3x3"), CAMERAS, SETTINGS, bearing=poor, standing=standing(later, 0))
    assert ways(at_once) == {Way.MOSAIC: 9}


@pytest.mark.parametrize("preset", ["6x6", "8x8"])
def test_a_display_with_more_pixels_than_a_mosaic_gets_no_lighter_one_for_that(preset: str) -> None:
    """Neither is as sharp as the screen: but one of a quarter of the pixels is no better for being cheaper."""
    for bearing in (None, *map(Bearing, (Budget(1, 1e9, 500), Budget(20, 300e6, 500), Budget(64, 50e6, 500)))):
        assert not plan_display(display(preset, size=(3840, 2160)), CAMERAS, WIDE, bearing=bearing).light


def test_what_a_person_asks_for_waits_for_no_calm() -> None:
    light = plan_display(display("3x3", 8), CAMERAS, SETTINGS, bearing=Bearing(Budget(1, 1e9, 500)))
    shown = display("3x3", 8)
    cells = (*shown.layout.cells[:8], replace(shown.layout.cells[8], content=CameraContent("cam-9")))
    changed = replace(shown, layout=replace(shown.layout, cells=cells))
    plan = plan_display(changed, CAMERAS, SETTINGS, bearing=WORKSTATION, standing=standing(light, 1.0))
    assert [cell.way for cell in plan.cells] == [*[Way.MOSAIC] * 8, Way.SUB]


def test_a_light_mosaic_is_the_last_step_before_stills_and_lasts_until_calm() -> None:
    poor = Bearing(Budget(64, 20e6, 500))
    cameras = {name: replace(facts, masks=MASKS) for name, facts in CAMERAS.items()}
    light = plan_display(display("6x6"), cameras, SETTINGS, bearing=poor)
    assert light.light
    assert poor.budget.bears(light.cost)
    soon = plan_display(display("6x6"), cameras, SETTINGS, bearing=WORKSTATION, standing=standing(light, 10))
    assert soon.light
    assert not plan_display(
        display("6x6"), cameras, SETTINGS, bearing=WORKSTATION, standing=standing(light, CALM_S)
    ).light


def test_a_camera_beyond_what_its_recorder_sends_is_a_still_that_nobody_pulls() -> None:
    plan = plan_display(display("3x3"), CAMERAS, SETTINGS, full=frozenset({"cam-8"}))
    last = plan.cells[8]
    assert (last.way, last.why, last.via) == (Way.STILL, Why.RECORDER_FULL, Via(None, "still"))
    assert not [stream for stream in plan.streams if ".cam-8." in stream]


def test_stills_of_a_display_that_bears_no_more_are_of_cameras_that_are_pulled() -> None:
    plan = plan_display(display("3x3"), CAMERAS, SETTINGS, bearing=Bearing(Budget(1, 4e6, 500)))
    still = [cell for cell in plan.cells if cell.way is Way.STILL]
    assert len(still) == 8
    assert {cell.why for cell in still} == {Why.OVER_BUDGET}
    assert {f"cam.{cell.camera}.sub" for cell in still} < plan.streams


def test_a_plan_says_what_it_costs() -> None:
    fronted = {name: replace(facts, recorder="10.0.0.9") for name, facts in CAMERAS.items() if name < "cam-3"}
    plan = plan_display(display("1+5"), CAMERAS | fronted, SETTINGS)
    cost = plan.cost
    assert cost.decoders == 2
    assert cost.pixels_s == 1920 * 1080 * (25 + 15)
    assert cost.mbps == pytest.approx(3.0 + 4.0)
    assert dict(cost.sessions) == {"10.0.0.9": 3}
    # Of the tiler: five times 640×360 decoded and copied, 1080p encoded, as docs/benchmarks.md has it.
    assert cost.tiler_cores == pytest.approx(5 * 15 * 0.6e-3 + 15 * 6.3e-3, rel=0.1)
    assert 0.007 < cost.gateway_cores < 0.02  # two streams of 3 and 4 Mbit/s


def test_a_mosaic_under_another_name_takes_the_slot_that_is_free() -> None:
    shown = display("6x6")
    plan = plan_display(shown, CAMERAS, SETTINGS)
    other = renamed(plan, "w-2", ("mosaic.w-1", *NO_SLOTS[1:]))
    assert other.slots == (None, "mosaic.w-2", *NO_SLOTS[2:])
    assert {cell.via.slot for cell in other.cells if cell.via} == {1}
    assert "mosaic.w-2" in other.streams
    assert "mosaic.w-1" not in other.streams


@pytest.mark.parametrize("why", list(Why))
def test_every_reason_has_words_in_both_languages(why: Why) -> None:
    assert WORDS[why].indonesian.endswith(".")
    assert WORDS[why].english.endswith(".")
    assert WORDS[why].indonesian != WORDS[why].english


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(tuple(PRESETS)), st.integers(0, 64), st.sets(st.integers(0, 63)), st.data())
def test_every_plan_is_whole(preset: str, count: int, unplayable: set[int], data: st.DataObject) -> None:
    cameras = {f"cam-{n}": camera(n, codec="h265" if n in unplayable else "h264") for n in range(64)}
    attached = tuple(
        data.draw(st.sampled_from([None, "cam.cam-1.main", "cam.cam-2.sub", "cam.x.main", "mosaic.w-1"]))
        for _ in NO_SLOTS
    )
    budget = Budget(data.draw(st.integers(1, 40)), data.draw(st.sampled_from([1e6, 3e7, 1e8, 1e9])), 500)
    bearing = data.draw(st.sampled_from([None, Bearing(budget)]))
    shown = display(preset, count)
    plan = plan_display(shown, cameras, SETTINGS, attached, bearing=bearing)
    assert len(plan.slots) == len(NO_SLOTS)
    used = [cell.via.slot for cell in plan.cells if cell.via and cell.via.kind == "camera"]
    assert len(used) == len(set(used))
    for cell in plan.cells:
        assert (cell.via is not None) == (cell.camera is not None) == (cell.why is not None)
        if cell.via is None or cell.via.kind == "still":
            continue
        assert cell.via.slot is not None
        if cell.via.kind == "camera":
            assert plan.slots[cell.via.slot] == f"cam.{cell.camera}.{cell.way}"
        else:
            assert cell.via.slot < MOSAIC_SLOTS
            assert plan.slots[cell.via.slot] == "mosaic.w-1"
    assert {stream for stream in plan.slots if stream} <= plan.streams
    assert bearing is None or bearing.budget.bears(plan.cost)


def test_where_all_slots_carry_something_a_cell_changes_in_its_own() -> None:
    two = MosaicSettings(passthrough_cells=2)
    shown, left = display("2x2", 2), [f"cam.x-{n}.sub" for n in range(2 + SPARE_SLOTS)]
    own = {shown.layout.cells[0].id: 5, shown.layout.cells[1].id: 2}

    def slots_of(attached: list[str | None], own: dict[str, int]) -> list[int | None]:
        carried = (None, None, *attached)
        plan = plan_display(shown, CAMERAS, two, carried, bearing=WORKSTATION, own_slots=own)
        return [cell.via.slot for cell in plan.cells if cell.via]

    assert slots_of([*left], own) == [5, 2]
    assert slots_of([*left], {shown.layout.cells[1].id: 2}) == [3, 2], "not in the one in which another cell is seen"
    assert slots_of([*left[:-1], None], own) == [7, 2], "an empty one is better"


def test_as_many_cells_are_passed_through_as_the_settings_say() -> None:
    thirty = MosaicSettings(passthrough_cells=30)
    plan = plan_display(display("6x6"), CAMERAS, thirty, bearing=WORKSTATION)
    assert len(plan.slots) == MOSAIC_SLOTS + 30 + SPARE_SLOTS
    assert ways(plan) == {Way.SUB: 30, Way.MOSAIC: 6}
    none = plan_display(display("6x6"), CAMERAS, MosaicSettings(passthrough_cells=0), bearing=WORKSTATION)
    assert ways(none) == {Way.MOSAIC: 36}
