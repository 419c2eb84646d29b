"""Each command does what it says, to the cells that it names and to no others; what cannot be is refused in words."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from layouts.apply import apply, touched
from layouts.commands import (
    AddDisplay,
    ApplyPreset,
    Assign,
    CellAddress,
    ChangeDisplay,
    Clear,
    Command,
    Merge,
    Move,
    Place,
    Remove,
    RemoveDisplay,
    RemoveTour,
    Resize,
    SetGeometry,
    SetTour,
    Several,
    Split,
    Swap,
)
from layouts.contents import EMPTY, CameraContent, TextPanel, TourContent, Zoom
from layouts.errors import LayoutError, NotOnWallError
from layouts.geometry import Rect
from layouts.presets import grid, wall_showing
from layouts.tours import Selector, Tour
from layouts.wall import Cell, Wall

WALL = wall_showing("w", "W", [f"cam-{n}" for n in range(1, 10)])  # 3 × 3 cells of 240 units
TWO = wall_showing("w", "W", [f"cam-{n}" for n in range(8)], cells_per_display=4)  # twice 2 × 2 of 360


def done(wall: Wall, *commands: Command) -> Wall:
    for command in commands:
        wall = apply(wall, command)
    return wall


def rects(wall: Wall, display: str = "w-1") -> dict[str, str]:
    return {cell.id: str(cell.rect) for cell in wall.display(display).layout.cells}


def shown(wall: Wall, display: str = "w-1") -> list[str | None]:
    return [cell.camera for cell in wall.display(display).layout.cells]


def test_assign_changes_one_cell() -> None:
    wall = apply(WALL, Assign("w-1", "c2", CameraContent("other"), "cover"))
    cell = wall.cell("w-1", "c2")
    assert (cell.camera, cell.fit, wall.revision) == ("other", "cover", 2)
    others = [c for c in wall.display("w-1").layout.cells if c.id != "c2"]
    assert others == [c for c in WALL.display("w-1").layout.cells if c.id != "c2"]
    assert apply(wall, Assign("w-1", "c2", CameraContent("third"))).cell("w-1", "c2").fit == "cover"


def test_a_zoom_and_a_label_are_of_what_is_shown_and_go_with_it() -> None:
    zoom = Zoom(0, 0, 5000, 5000)
    wall = done(WALL, Assign("w-1", "c2", zoom=zoom), Assign("w-1", "c2", label="Pasar"))
    assert wall.cell("w-1", "c2").shown == (CameraContent("cam-2"), "contain", zoom, "Pasar")
    other = apply(wall, Assign("w-1", "c2", CameraContent("other")))
    assert other.cell("w-1", "c2").shown == (CameraContent("other"), "contain", Zoom(), None)
    swapped = apply(wall, Swap("w-1", "c2", "w-1", "c1"))
    assert swapped.cell("w-1", "c1").shown == (CameraContent("cam-2"), "contain", zoom, "Pasar")


def test_clear_empties_one_cell() -> None:
    assert apply(WALL, Clear("w-1", "c1")).cell("w-1", "c1").content == EMPTY


def test_a_new_cell_takes_a_free_place_and_a_free_id() -> None:
    wall = done(WALL, Remove("w-1", "c5"), Place("w-1", 240, 240, 120, 240, TextPanel("Siaga")))
    assert wall.cell("w-1", "c5") == Cell("c5", Rect(240, 240, 120, 240), content=TextPanel("Siaga"))
    with pytest.raises(LayoutError, match=r"display w-1: cells c4 .* and c10 .* overlap") as refused:
        apply(wall, Place("w-1", 239, 240, 120, 120))
    assert (refused.value.display, refused.value.cell) == ("w-1", "c10")


def test_a_cell_moves_on_its_display_and_to_another_one() -> None:
    wall = done(TWO, Remove("w-1", "c2"), Move("w-1", "c1", 360, 0))
    assert rects(wall) == {"c1": "360×360 at 360,0", "c3": "360×360 at 0,360", "c4": "360×360 at 360,360"}
    wall = done(wall, Remove("w-2", "c4"), Move("w-1", "c1", 360, 360, "w-2"))
    assert "c1" not in rects(wall)
    assert rects(wall, "w-2")["c4"] == "360×360 at 360,360"  # c1 is taken there
    assert wall.cell("w-2", "c4").camera == "cam-0"
    with pytest.raises(LayoutError, match=r"display w-2: .* is out of the grid"):
        apply(wall, Move("w-2", "c4", 361, 360))
    with pytest.raises(LayoutError, match=r"display w-2: .*no rectangle"):
        apply(wall, Move("w-2", "c4", -1, 360))


def test_resizing_is_bounded_by_neighbours_the_display_and_the_smallest_cell() -> None:
    wall = apply(TWO, Remove("w-1", "c2"))
    assert rects(apply(wall, Resize("w-1", "c1", 0, 0, 720, 360)))["c1"] == "720×360 at 0,0"
    for x, y, w, h, why in (
        (0, 0, 720, 361, "overlap"),
        (0, 0, 721, 360, "out of the grid"),
        (0, 0, 11, 360, "too small"),
        (0, 0, 0, 360, "no rectangle"),
    ):
        with pytest.raises(LayoutError, match=f"display w-1: .*{why}"):
            apply(wall, Resize("w-1", "c1", x, y, w, h))


def test_a_cell_is_split_into_equal_ones_and_merged_again() -> None:
    wall = apply(WALL, Split("w-1", "c5", 3, 2))
    assert [rects(wall)[cell] for cell in ("c5", "c10", "c11", "c12", "c13", "c14")] == [
        f"80×120 at {x},{y}" for y in (240, 360) for x in (240, 320, 400)
    ]
    assert wall.cell("w-1", "c5").camera == "cam-5"
    assert wall.cell("w-1", "c10").content == EMPTY
    names = ("c10", "c5", "c11", "c12", "c13", "c14")
    merged = apply(wall, Merge(tuple(CellAddress("w-1", name) for name in names)))
    assert merged.cell("w-1", "c10") == replace(WALL.cell("w-1", "c5"), id="c10")
    for columns, rows, why in ((1, 1, "2 or more"), (0, 2, "2 or more"), (300, 1, "too small"), (8, 8, "at most 64")):
        with pytest.raises(LayoutError, match=why):
            apply(WALL, Split("w-1", "c5", columns, rows))


def test_a_split_that_does_not_come_out_even_leaves_no_gap() -> None:
    wall = apply(WALL, Split("w-1", "c1", 7, 1))
    assert sum(cell.rect.area for cell in wall.display("w-1").layout.cells) == 720 * 720


def test_a_split_into_too_many_is_refused_before_they_are_made() -> None:
    """Half a million of them took seconds, in which control answered nobody."""
    whole = replace(WALL, displays=(replace(WALL.displays[0], layout=grid(1)),))
    began = time.thread_time()
    with pytest.raises(LayoutError, match="at most 64 cells, not 720×720") as refused:
        apply(whole, Split("w-1", "c1", 720, 720))
    assert (refused.value.reason, time.thread_time() - began < 0.1) == ("too_many_cells", True)


def test_cells_merge_only_where_nothing_else_is() -> None:
    with pytest.raises(LayoutError, match=r"display w-1: cells c1 .* overlap"):
        apply(WALL, Merge((CellAddress("w-1", "c1"), CellAddress("w-1", "c5"))))
    with pytest.raises(LayoutError, match="two or more different"):
        apply(WALL, Merge((CellAddress("w-1", "c1"), CellAddress("w-1", "c1"))))


def test_a_preset_keeps_what_was_shown_as_far_as_there_is_room() -> None:
    assert shown(apply(WALL, ApplyPreset("w-1", "1+5"))) == [f"cam-{n}" for n in range(1, 7)]
    assert shown(apply(WALL, ApplyPreset("w-1", "4x4"))) == [f"cam-{n}" for n in range(1, 10)] + [None] * 7


def test_swap_exchanges_and_twice_is_nothing() -> None:
    swap = Swap("w-1", "c1", "w-2", "c4")
    once = apply(TWO, swap)
    assert once.cell("w-1", "c1").camera == "cam-7"
    assert once.cell("w-2", "c4").camera == "cam-0"
    assert apply(once, swap).displays == TWO.displays
    assert apply(TWO, Swap("w-1", "c1", "w-1", "c1")).displays == TWO.displays


def test_a_tour_is_defined_shown_changed_and_kept_while_it_is_shown() -> None:
    tour = Tour("banjir", "Titik banjir", ("cam-1", "cam-2"))
    with pytest.raises(LayoutError, match="display w-1, cell c1: there is no tour 'banjir'"):
        apply(WALL, Assign("w-1", "c1", TourContent("banjir")))
    wall = done(WALL, SetTour(tour), Assign("w-1", "c1", TourContent("banjir")))
    slower = replace(tour, cameras=(), selector=Selector(risk="red"), dwell_s=30)
    wall = apply(wall, SetTour(slower))
    assert wall.tours == (slower,)
    with pytest.raises(LayoutError, match="tour banjir is shown by cell c1 of display w-1"):
        apply(wall, RemoveTour("banjir"))
    assert done(wall, Clear("w-1", "c1"), RemoveTour("banjir")).tours == ()
    with pytest.raises(NotOnWallError, match="no tour 'x'"):
        apply(wall, RemoveTour("x"))


def test_displays_are_hung_renamed_and_taken_down() -> None:
    wall = done(WALL, SetGeometry(2, 1, 10, 0), AddDisplay("w-2", "Layar 2", 3840, 2160, 1, 0))
    assert shown(wall, "w-2") == [None] * 4
    wall = done(wall, ChangeDisplay("w-2", name="Kanan"), RemoveDisplay("w-1"), ChangeDisplay("w-2", column=0))
    (left,) = wall.displays
    assert (left.name, left.width, left.column) == ("Kanan", 3840, 0)
    with pytest.raises(LayoutError, match="both in column 0, row 0"):
        apply(WALL, AddDisplay("w-2", "", 1920, 1080, 0, 0))
    with pytest.raises(LayoutError, match="not on a wall of 1×1 displays"):
        apply(WALL, AddDisplay("w-2", "", 1920, 1080, 1, 0))


def test_a_display_changes_places_with_the_one_that_hangs_where_it_goes() -> None:
    wall = done(WALL, SetGeometry(2, 1, 10, 0), AddDisplay("w-2", "Layar 2", 3840, 2160, 1, 0))
    swapped = apply(wall, ChangeDisplay("w-1", name="Kanan", column=1))
    places = {display.id: (display.name, display.column, display.width) for display in swapped.displays}
    assert places == {"w-1": ("Kanan", 1, WALL.displays[0].width), "w-2": ("Layar 2", 0, 3840)}
    assert [display.layout for display in swapped.displays] == [display.layout for display in wall.displays]
    assert touched(wall, ChangeDisplay("w-1", column=1)).displays == {"w-1", "w-2"}
    assert apply(swapped, ChangeDisplay("w-1", column=0)).displays[1] == wall.displays[1]


def test_several_are_one_revision_or_nothing() -> None:
    wall = apply(WALL, Several((Clear("w-1", "c1"), Clear("w-1", "c2"))))
    assert (wall.revision, wall.past, shown(wall)[:3]) == (2, (1,), [None, None, "cam-3"])
    with pytest.raises(NotOnWallError, match="no cell 'c99'"):
        apply(WALL, Several((Clear("w-1", "c1"), Clear("w-1", "c99"))))
    with pytest.raises(LayoutError, match="1 to 500"):
        Several(())


def test_errors_name_display_and_cell() -> None:
    with pytest.raises(NotOnWallError, match="display w-1 has no cell 'c99'") as refused:
        apply(WALL, Clear("w-1", "c99"))
    assert (refused.value.display, refused.value.cell) == ("w-1", "c99")
    with pytest.raises(NotOnWallError, match="no display 'w-9'"):
        apply(WALL, Clear("w-9", "c1"))
    with pytest.raises(LayoutError, match="no preset"):
        apply(WALL, ApplyPreset("w-1", "9x9"))
