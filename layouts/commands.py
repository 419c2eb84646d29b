"""What is done to a wall. `layouts.apply` does it.

`on(wall)` is the wall after a command alone: `apply` sees to locks, spans and the revision, and to what needs the past.
Rectangles are in units of the display's grid.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from layouts import arrange, history, installing, showing
from layouts.contents import EMPTY, Content, Zoom
from layouts.errors import LayoutError, on_display
from layouts.geometry import Rect
from layouts.locks import locked
from layouts.tours import Tour
from layouts.wall import Fit, Wall

MOST_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Place:
    """A new cell on a free place of a display's grid."""

    display: str
    x: int
    y: int
    w: int
    h: int
    content: Content = EMPTY

    def on(self, wall: Wall) -> Wall:
        with on_display(self.display):
            rect = Rect(self.x, self.y, self.w, self.h)
        return arrange.place(wall, self.display, rect, self.content)


@dataclass(frozen=True, slots=True)
class Move:
    """A cell's upper left corner goes to x, y, on its own display or on another one; its span goes along."""

    display: str
    cell: str
    x: int
    y: int
    to_display: str | None = None

    def on(self, wall: Wall) -> Wall:
        return arrange.move(wall, self.display, self.cell, self.x, self.y, self.to_display)


@dataclass(frozen=True, slots=True)
class Resize:
    """A cell gets another rectangle, by whichever edge it was drawn."""

    display: str
    cell: str
    x: int
    y: int
    w: int
    h: int

    def on(self, wall: Wall) -> Wall:
        with on_display(self.display):
            rect = Rect(self.x, self.y, self.w, self.h)
        return arrange.resize(wall, self.display, self.cell, rect)


@dataclass(frozen=True, slots=True)
class Split:
    """A cell becomes columns × rows of them; the first shows what it showed, as a whole."""

    display: str
    cell: str
    columns: int
    rows: int

    def on(self, wall: Wall) -> Wall:
        return arrange.split(wall, self.display, self.cell, self.columns, self.rows)


@dataclass(frozen=True, slots=True)
class CellAddress:
    """A cell of a wall."""

    display: str
    cell: str


@dataclass(frozen=True, slots=True)
class Merge:
    """Cells become one; those of several displays one on each, which show one content together."""

    cells: tuple[CellAddress, ...]

    def on(self, wall: Wall) -> Wall:
        return arrange.merge(wall, [(address.display, address.cell) for address in self.cells])


@dataclass(frozen=True, slots=True)
class Panorama:
    """One content across whole displays: what the first cell of theirs shows that shows anything."""

    displays: tuple[str, ...]

    def on(self, wall: Wall) -> Wall:
        return arrange.panorama(wall, self.displays)


@dataclass(frozen=True, slots=True)
class ApplyPreset:
    """A display gets a preset's cells; what the old ones showed moves in, as far as there is room."""

    display: str
    preset: str

    def on(self, wall: Wall) -> Wall:
        return arrange.apply_preset(wall, self.display, self.preset)


@dataclass(frozen=True, slots=True)
class Remove:
    """A cell goes, with its span."""

    display: str
    cell: str

    def on(self, wall: Wall) -> Wall:
        return arrange.remove(wall, self.display, self.cell)


@dataclass(frozen=True, slots=True)
class Assign:
    """A cell, and its span, shows `content`: as a whole and by its own name unless `zoom` and `label` say otherwise.

    Without `content` only what is given changes. `label`: "" is none.
    """

    display: str
    cell: str
    content: Content | None = None
    fit: Fit | None = None
    zoom: Zoom | None = None
    label: str | None = None

    def on(self, wall: Wall) -> Wall:
        return showing.assign(wall, self.display, self.cell, self.content, self.fit, self.zoom, self.label)


@dataclass(frozen=True, slots=True)
class Clear:
    """A cell, and its span, shows nothing."""

    display: str
    cell: str

    def on(self, wall: Wall) -> Wall:
        return showing.clear(wall, self.display, self.cell)


@dataclass(frozen=True, slots=True)
class Swap:
    """Two cells, on one display or on two, exchange what they show, and how."""

    display: str
    cell: str
    other_display: str
    other_cell: str

    def on(self, wall: Wall) -> Wall:
        return showing.swap(wall, self.display, self.cell, self.other_display, self.other_cell)


@dataclass(frozen=True, slots=True)
class SetTour:
    """The wall has this tour, in the place of one of the same id."""

    tour: Tour

    def on(self, wall: Wall) -> Wall:
        return showing.set_tour(wall, self.tour)


@dataclass(frozen=True, slots=True)
class RemoveTour:
    """The wall no longer has a tour, which no cell shows."""

    tour: str

    def on(self, wall: Wall) -> Wall:
        return showing.remove_tour(wall, self.tour)


@dataclass(frozen=True, slots=True)
class SaveScene:
    """The layouts of `displays` (none named: of all) are kept as a scene, in the place of one of the same id."""

    scene: str
    name: str
    key: int | None = None
    displays: tuple[str, ...] = ()

    def on(self, wall: Wall) -> Wall:
        return history.save_scene(wall, self.scene, self.name, self.key, self.displays)


@dataclass(frozen=True, slots=True)
class RecallScene:
    """The displays of a scene get the layouts that it keeps."""

    scene: str


@dataclass(frozen=True, slots=True)
class DeleteScene:
    """A scene is forgotten."""

    scene: str

    def on(self, wall: Wall) -> Wall:
        return history.delete_scene(wall, self.scene)


@dataclass(frozen=True, slots=True)
class Lock:
    """A cell with its span, or without `cell` a whole display, refuses to be changed."""

    display: str
    cell: str | None = None

    def on(self, wall: Wall) -> Wall:
        return locked(wall, self.display, self.cell, to=True)


@dataclass(frozen=True, slots=True)
class Unlock:
    """The reverse."""

    display: str
    cell: str | None = None

    def on(self, wall: Wall) -> Wall:
        return locked(wall, self.display, self.cell, to=False)


@dataclass(frozen=True, slots=True)
class Undo:
    """Everything is as before the last command that is not undone yet."""


@dataclass(frozen=True, slots=True)
class Redo:
    """Everything is as before the last undo; no other command may have come since."""


@dataclass(frozen=True, slots=True)
class Restore:
    """Every display has the layout that it had at a revision."""

    revision: int


@dataclass(frozen=True, slots=True)
class AddDisplay:
    """The wall has one more display, in a free place of it."""

    display: str
    name: str
    width: int
    height: int
    column: int
    row: int

    def on(self, wall: Wall) -> Wall:
        size, place = (self.width, self.height), (self.column, self.row)
        return installing.add_display(wall, self.display, self.name, size, place)


@dataclass(frozen=True, slots=True)
class ChangeDisplay:
    """A display has another name, size (pixels) or place, where it changes with who hangs there; the rest stays."""

    display: str
    name: str | None = None
    width: int | None = None
    height: int | None = None
    column: int | None = None
    row: int | None = None

    def on(self, wall: Wall) -> Wall:
        size, place = (self.width, self.height), (self.column, self.row)
        return installing.change_display(wall, self.display, self.name, size, place)


@dataclass(frozen=True, slots=True)
class RemoveDisplay:
    """A display goes, with its cells."""

    display: str

    def on(self, wall: Wall) -> Wall:
        return installing.remove_display(wall, self.display)


@dataclass(frozen=True, slots=True)
class SetGeometry:
    """So many columns and rows of displays, and what lies between their pictures, in pixels of the wall."""

    columns: int
    rows: int
    bezel_x: int
    bezel_y: int

    def on(self, wall: Wall) -> Wall:
        return replace(wall, columns=self.columns, rows=self.rows, bezel_x=self.bezel_x, bezel_y=self.bezel_y)


type Now = (
    Place
    | Move
    | Resize
    | Split
    | Merge
    | Panorama
    | ApplyPreset
    | Remove
    | Assign
    | Clear
    | Swap
    | SetTour
    | RemoveTour
    | DeleteScene
    | Lock
    | Unlock
    | AddDisplay
    | ChangeDisplay
    | RemoveDisplay
    | SetGeometry
)  # what needs no more than the wall as it is
type Step = Now | RecallScene | Restore


@dataclass(frozen=True, slots=True)
class Several:
    """All of these, one after the other, as one revision that one undo takes back; or none of them.

    A scene cannot be saved in between: it is one of a wall that displays have shown.
    """

    commands: tuple[Step, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.commands) <= MOST_AT_ONCE:
            raise LayoutError(f"1 to {MOST_AT_ONCE} commands go together, not {len(self.commands)}")


type Command = Step | SaveScene | Undo | Redo | Several


def steps_of(command: Command) -> tuple[Step | SaveScene | Undo | Redo, ...]:
    """The commands that it consists of: itself, unless it is several."""
    return command.commands if isinstance(command, Several) else (command,)
