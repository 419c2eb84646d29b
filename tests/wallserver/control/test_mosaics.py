"""Which displays share a mosaic, under which name, and when one is made anew."""

from __future__ import annotations

from dataclasses import replace

import pytest

from layouts.apply import apply
from layouts.commands import ApplyPreset
from layouts.presets import PRESETS, wall_showing
from layouts.wall import Display
from wallserver.config import MosaicSettings
from wallserver.control.mosaics import (
    Mosaic,
    MosaicCell,
    canvas_for,
    kbps_of,
    named,
    standing_mosaics,
)

SETTINGS = MosaicSettings()


def display(preset: str) -> Display:
    wall = wall_showing("w", "W", [f"cam-{n}" for n in range(36)])
    return apply(wall, ApplyPreset("w-1", preset)).display("w-1")


def mosaic(name: str, *cameras: str, canvas: tuple[int, int] = (1920, 1080)) -> Mosaic:
    cells = tuple(
        MosaicCell(camera, f"cam.{camera}.sub", (320 * place, 0, 320, 180), "contain", camera)
        for place, camera in enumerate(cameras)
    )
    return Mosaic(name, canvas, burn_in=False, cells=cells)


A, B, C = mosaic("", "a"), mosaic("", "b"), mosaic("", "c")


def under(name: str, content: Mosaic) -> Mosaic:
    return replace(content, id=name)


def test_displays_that_show_the_same_share_one_mosaic() -> None:
    assert named({"w-1": A, "w-2": A, "w-3": B}, {}, {}) == {"w-1": "w-1", "w-2": "w-1", "w-3": "w-3"}


def test_a_mosaic_goes_on_under_its_name_when_all_who_look_at_it_change() -> None:
    before = {"w-1": under("w-1", A)}
    assert named({"w-1": B}, before, {}) == {"w-1": "w-1"}
    shared = {"w-1": under("w-1", A), "w-2": under("w-1", A)}
    assert named({"w-1": B, "w-2": B}, shared, {}) == {"w-1": "w-1", "w-2": "w-1"}


def test_it_forks_when_only_some_of_them_change() -> None:
    shared = {"w-1": under("w-1", A), "w-2": under("w-1", A), "w-3": under("w-1", A)}
    assert named({"w-1": B, "w-2": A, "w-3": A}, shared, {}) == {"w-1": "w-1_2", "w-2": "w-1", "w-3": "w-1"}
    assert named({"w-1": A, "w-2": B, "w-3": C}, shared, {}) == {"w-1": "w-1", "w-2": "w-2", "w-3": "w-3"}
    # Each to something else: neither may change what the other still looks at.
    assert named({"w-1": B, "w-2": C, "w-3": B}, shared, {}) == {"w-1": "w-1_2", "w-2": "w-2", "w-3": "w-1_2"}


def test_a_display_joins_the_mosaic_that_shows_what_it_is_to_show() -> None:
    before = {"w-1": under("w-1", A), "w-2": under("w-2", B)}
    assert named({"w-1": B, "w-2": B}, before, {}) == {"w-1": "w-2", "w-2": "w-2"}
    assert named({"w-1": B, "w-2": A}, before, {}) == {"w-1": "w-2", "w-2": "w-1"}


def test_what_a_display_still_looks_at_while_it_changes_is_not_changed_under_it() -> None:
    before = {"w-1": under("w-1_2", B), "w-2": under("w-1", A)}
    assert named({"w-1": B, "w-2": C}, before, {"w-1": {"w-1"}}) == {"w-1": "w-1_2", "w-2": "w-2"}
    assert named({"w-1": B, "w-2": C}, before, {}) == {"w-1": "w-1_2", "w-2": "w-1"}


def test_what_comes_by_itself_from_now_on_stays_in_the_old_mosaic_until_it_is_there() -> None:
    four, three = mosaic("", "a", "b", "c", "d"), mosaic("", "a", "b", "c")
    before = {"w-1": under("w-1", four), "w-2": under("w-1", four)}
    cell_of_d, beside_all = (0.5, 0.0, 1 / 6, 1 / 6), (4 / 6, 0.0, 1 / 6, 1 / 6)
    wanted = {"w-1": three, "w-2": three}
    assert named(wanted, before, {}) == {"w-1": "w-1", "w-2": "w-1"}
    assert named(wanted, before, {}, {"w-1": [beside_all]}) == {"w-1": "w-1", "w-2": "w-1"}
    assert named(wanted, before, {}, {"w-2": [beside_all, cell_of_d]}) == {"w-1": "w-1_2", "w-2": "w-1_2"}


def test_where_a_mosaic_shows_something_is_told_by_its_place_on_the_display() -> None:
    half = replace(mosaic("", "a", "b", canvas=(640, 180)), place=(0.5, 0.5, 0.5, 0.25))
    assert half.shows_at((0.75, 0.5, 0.25, 0.25))
    assert half.shows_at((0.0, 0.0, 1.0, 1.0))
    assert not half.shows_at((0.5, 0.75, 0.5, 0.25))  # right below it
    assert not half.shows_at((0.25, 0.5, 0.251, 0.25))  # by less than what rounding does


def test_one_of_another_size_or_place_is_another_one() -> None:
    before = {"w-1": under("w-1", A)}
    assert named({"w-1": replace(B, canvas=(960, 540))}, before, {}) == {"w-1": "w-1_2"}
    assert named({"w-1": replace(B, place=(0.0, 0.0, 1.0, 0.5))}, before, {}) == {"w-1": "w-1_2"}


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_a_light_mosaic_is_the_same_at_half_the_size(preset: str) -> None:
    layout = display(preset).layout
    cells = tuple(
        MosaicCell(
            cell.id,
            f"cam.{cell.id}.sub",
            (
                cell.rect.x * 1920 // layout.columns // 2 * 2,
                cell.rect.y * 1080 // layout.rows // 2 * 2,
                cell.rect.right * 1920 // layout.columns // 2 * 2 - cell.rect.x * 1920 // layout.columns // 2 * 2,
                cell.rect.bottom * 1080 // layout.rows // 2 * 2 - cell.rect.y * 1080 // layout.rows // 2 * 2,
            ),
            "contain",
            cell.id,
        )
        for cell in layout.cells
    )
    full = Mosaic("w-1", (1920, 1080), burn_in=True, cells=cells)
    light = full.lighter()
    assert light.stream == f"{full.stream}_light"
    assert light.canvas == (960, 540)
    assert light.burn_in
    edges = {(cell.rect[0] + cell.rect[2], cell.rect[1] + cell.rect[3]) for cell in light.cells}
    assert max(x for x, _ in edges) == 960
    assert max(y for _, y in edges) == 540
    for small, large in zip(light.cells, full.cells, strict=True):
        assert replace(small, rect=large.rect) == large
        assert all(side % 2 == 0 for side in small.rect)
        assert all(abs(2 * one - other) <= 4 for one, other in zip(small.rect, large.rect, strict=True))


@pytest.mark.parametrize(
    ("most_cells", "standing"),
    [(0, 0), (35, 0), (36, 1), (40, 1), (41, 2), (64, 2), (77, 3), (1000, 4)],
)
def test_the_first_mosaics_stand_while_the_budget_lasts(most_cells: int, standing: int) -> None:
    mosaics = [mosaic(f"w-{number}", *map(str, range(cells))) for number, cells in enumerate((36, 5, 36, 5))]
    assert standing_mosaics(mosaics, most_cells) == {f"mosaic.w-{n}" for n in range(standing)}


def test_a_mosaic_that_two_displays_share_stands_once() -> None:
    shared, own = mosaic("w-1", *map(str, range(36))), mosaic("w-3", "a")
    assert standing_mosaics([shared, shared, own], 37) == {"mosaic.w-1", "mosaic.w-3"}


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


def test_a_smaller_canvas_gets_its_share_of_the_bits() -> None:
    assert kbps_of((1920, 1080), SETTINGS) == 4000
    assert kbps_of((1920, 540), SETTINGS) == 2000
    assert kbps_of((128, 128), SETTINGS) == 4000 // 3
    assert kbps_of((1920, 1080), SETTINGS, light=True) == 4000 // 3
