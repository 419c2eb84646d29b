"""Whatever is done to a wall, in whatever order: it stays whole, goes back exactly, and says all that it touches."""

from __future__ import annotations

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from layouts.apply import apply, revisions_needed, touched
from layouts.commands import ApplyPreset, Command, Lock, Redo, Undo, Unlock, steps_of
from layouts.diff import diff
from layouts.errors import LayoutError
from layouts.geometry import first_overlap
from layouts.wall import Wall
from layouts.wall_json import wall_from_json, wall_to_json
from layouts.wall_pixels import WallPixels
from tests.layouts.strategies import ENOUGH, commands_for, walls, with_holes

STEPS = 10


class Kept:
    """A wall with all its revisions as the database has them: as JSON."""

    def __init__(self, wall: Wall) -> None:
        self.snapshots = {wall.revision: json.dumps(wall_to_json(wall))}
        self.wall = wall

    def earlier(self, command: Command) -> dict[int, Wall]:
        needed = revisions_needed(self.wall, command) & self.snapshots.keys()
        return {revision: wall_from_json(json.loads(self.snapshots[revision])) for revision in needed}

    def does(self, command: Command) -> bool:
        """Do a command, if it can be done."""
        try:
            self.wall = apply(self.wall, command, self.earlier(command))
        except LayoutError:
            return False
        self.snapshots[self.wall.revision] = json.dumps(wall_to_json(self.wall))
        return True


def arrangement(wall: Wall) -> Wall:
    """All of a wall but where it stands in its history."""
    return replace(wall, revision=1, past=(), future=())


def check_whole(wall: Wall) -> None:
    spans: dict[str, list[tuple[str, object]]] = {}
    for display in wall.displays:
        layout = display.layout
        assert first_overlap([cell.rect for cell in layout.cells]) is None
        assert all(c.rect.right <= layout.columns and c.rect.bottom <= layout.rows for c in layout.cells)
        for cell in layout.cells:
            if cell.part:
                spans.setdefault(cell.part.span, []).append((display.id, cell.shown))
                place = WallPixels(wall).cell(display, cell)
                assert (cell.part.rect.w, cell.part.rect.h) == (place.w, place.h)
                assert cell.part.rect.right <= cell.part.width
                assert cell.part.rect.bottom <= cell.part.height
    for members in spans.values():
        assert len(members) == len({display for display, _ in members}) > 1
        assert len({repr(shown) for _, shown in members}) == 1


@ENOUGH
@given(walls() | walls(with_holes()), st.data())
def test_any_sequence_keeps_the_wall_whole_and_says_what_it_touches(wall: Wall, data: st.DataObject) -> None:
    kept = Kept(wall)
    for _ in range(STEPS):
        command = data.draw(commands_for(kept.wall))
        before, earlier = kept.wall, kept.earlier(command)
        if not kept.does(command):
            continue
        after = kept.wall
        assert after.revision == before.revision + 1
        check_whole(after)
        assert wall_from_json(json.loads(json.dumps(wall_to_json(after)))) == after
        found, says = diff(before, after), touched(before, command, earlier)
        assert {(change.display, change.cell) for change in found.cells} <= says.cells
        assert {change.display for change in found.displays} <= says.displays
        assert says.wall == bool(found.tours or found.scenes or found.wall)
        assert bool(found) == (in_order(arrangement(before)) != in_order(arrangement(after)))


@ENOUGH
@given(walls(with_holes()), st.data())
def test_undo_goes_back_all_the_way_and_redo_forth_again(wall: Wall, data: st.DataObject) -> None:
    kept = Kept(wall)
    states = [arrangement(wall)]
    for _ in range(STEPS):
        command = data.draw(commands_for(kept.wall))
        if isinstance(command, Undo | Redo):
            continue
        if kept.does(command):
            states.append(arrangement(kept.wall))
    for state in reversed(states[:-1]):
        assert kept.does(Undo())
        assert arrangement(kept.wall) == state
    assert not kept.does(Undo())
    for state in states[1:]:
        assert kept.does(Redo())
        assert arrangement(kept.wall) == state
    assert not kept.does(Redo())


@ENOUGH
@given(walls(with_holes()), st.data())
def test_what_is_locked_stays_until_it_is_unlocked(wall: Wall, data: st.DataObject) -> None:
    kept = Kept(wall)
    kept.does(ApplyPreset("d0", "2x2"))
    kept.does(Lock("d0", "c1"))
    locked = kept.wall.cell("d0", "c1")
    for _ in range(STEPS):
        command = data.draw(commands_for(kept.wall))
        if isinstance(command, Undo | Redo) or any(isinstance(step, Unlock) for step in steps_of(command)):
            continue
        kept.does(command)
        assert kept.wall.cell("d0", "c1") == locked


def in_order(wall: Wall) -> Wall:
    """The order of cells in a layout, of tours and of scenes means nothing."""
    return replace(
        wall,
        displays=tuple(
            sorted(
                (
                    replace(d, layout=replace(d.layout, cells=tuple(sorted(d.layout.cells, key=lambda c: c.id))))
                    for d in wall.displays
                ),
                key=lambda d: d.id,
            )
        ),
        tours=tuple(sorted(wall.tours, key=lambda tour: tour.id)),
        scenes=tuple(sorted(wall.scenes, key=lambda scene: scene.id)),
    )
