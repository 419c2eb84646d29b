"""Walls, displays, layouts and cells.

All of them are immutable and valid: what was constructed has its cells in bounds, no two of them on the same place,
every id once, every display on a place of its own, and no cell with a tour that the wall does not have.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from layouts.contents import EMPTY, WHOLE, CameraContent, Content, TourContent, Zoom
from layouts.errors import LayoutError, NotOnWallError
from layouts.geometry import Rect, first_overlap
from layouts.names import check_each_once, check_id, check_text
from layouts.tours import Tour

type Fit = Literal["contain", "cover"]

FITS: tuple[Fit, ...] = ("contain", "cover")
FINE = 720  # units to a side of every new layout: 1, 2, 3, 4, 5, 6 and 8 cells to a side, and their halves and thirds
MOST_CELLS = 64  # on one display; each is at least a 64th of its sides
MAX_PIXELS = 16_384  # to a side of a display
MAX_PLACES = 64  # columns, and rows, of displays
MAX_BEZEL = 2_000


@dataclass(frozen=True, slots=True)
class Part:
    """What a cell shows of a picture that spans several: `rect` of `width` × `height`, in pixels of the wall.

    Cells of one `span` are on a display each, show the same, and change together. The picture fits in the whole of
    `width` × `height` as in one cell; what lies between the displays is behind their bezels.
    """

    span: str
    rect: Rect
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Cell:
    """A rectangle of a layout (grid units), how a picture fits in it, and what it shows.

    `zoom`: the part of the picture. `label`: None is the content's own name, "" none at all. `locked`: nothing of
    it changes until it is unlocked. `part`: it shows only a share of what it shows together with other cells.
    """

    id: str
    rect: Rect
    fit: Fit = "contain"
    content: Content = EMPTY
    zoom: Zoom = WHOLE
    label: str | None = None
    locked: bool = False
    part: Part | None = None

    def __post_init__(self) -> None:
        if not self.id:
            raise LayoutError("a cell's id cannot be empty")
        check_text("a cell's id", self.id)
        check_text("a label", self.label or "")
        if self.fit not in FITS:
            raise LayoutError(f"cell {self.id}: fit is 'contain' or 'cover', not {self.fit!r}", cell=self.id)

    @property
    def camera(self) -> str | None:
        """The camera that it shows, if it shows one."""
        return self.content.camera if isinstance(self.content, CameraContent) else None

    @property
    def shown(self) -> tuple[Content, Fit, Zoom, str | None]:
        """What it shows, and how: all that another cell can take over."""
        return self.content, self.fit, self.zoom, self.label

    def showing(self, shown: tuple[Content, Fit, Zoom, str | None]) -> Cell:
        """This cell with what another one shows."""
        content, fit, zoom, label = shown
        return replace(self, content=content, fit=fit, zoom=zoom, label=label)


@dataclass(frozen=True, slots=True)
class Layout:
    """Cells on a grid of columns × rows. LayoutError for cells out of bounds, too small, or one over the other."""

    columns: int = FINE
    rows: int = FINE
    cells: tuple[Cell, ...] = ()

    def __post_init__(self) -> None:
        if not (1 <= self.columns <= FINE and 1 <= self.rows <= FINE):
            raise LayoutError(f"a layout has 1 to {FINE} columns and rows, not {self.columns}×{self.rows}")
        if len(self.cells) > MOST_CELLS:
            raise LayoutError(
                f"a display shows at most {MOST_CELLS} cells, not {len(self.cells)}", reason="too_many_cells"
            )
        check_each_once("cell", (cell.id for cell in self.cells))
        for cell in self.cells:
            rect = cell.rect
            if rect.right > self.columns or rect.bottom > self.rows:
                raise LayoutError(
                    f"cell {cell.id} ({rect}) is out of the grid of {self.columns}×{self.rows}",
                    reason="out_of_grid",
                    cell=cell.id,
                )
            if rect.w * MOST_CELLS < self.columns or rect.h * MOST_CELLS < self.rows:
                raise LayoutError(
                    f"cell {cell.id} ({rect}) is too small: less than 1/{MOST_CELLS} of a side",
                    reason="too_small",
                    cell=cell.id,
                )
        if clash := first_overlap([cell.rect for cell in self.cells]):
            one, other = (self.cells[index] for index in clash)
            raise LayoutError(
                f"cells {one.id} ({one.rect}) and {other.id} ({other.rect}) overlap", reason="overlap", cell=other.id
            )

    def cell(self, cell_id: str) -> Cell:
        """The cell of this id; NotOnWallError if there is none."""
        for cell in self.cells:
            if cell.id == cell_id:
                return cell
        raise NotOnWallError(f"there is no cell {cell_id[:80]!r}", cell=cell_id)

    def with_cell(self, changed: Cell) -> Layout:
        """This layout with the cell of the same id replaced."""
        self.cell(changed.id)
        return replace(self, cells=tuple(changed if cell.id == changed.id else cell for cell in self.cells))

    def new_ids(self) -> Iterator[str]:
        """Ids that no cell of it has: c1, c2 …, the lowest ones first."""
        taken = {cell.id for cell in self.cells}
        number = 1
        while True:
            if (name := f"c{number}") not in taken:
                yield name
            number += 1


@dataclass(frozen=True, slots=True)
class Display:
    """One browser's part of a wall: its size in device pixels, its layout, and its place among the displays.

    `locked`: nothing on it, nor it itself, changes until it is unlocked.
    """

    id: str
    name: str
    width: int
    height: int
    layout: Layout
    column: int = 0
    row: int = 0
    locked: bool = False

    def __post_init__(self) -> None:
        check_id("display", self.id)
        check_text("a display's name", self.name)
        if not (2 <= self.width <= MAX_PIXELS and 2 <= self.height <= MAX_PIXELS):
            raise LayoutError(
                f"display {self.id}: {self.width}×{self.height} pixels; each side is 2 to {MAX_PIXELS}",
                display=self.id,
            )


@dataclass(frozen=True, slots=True)
class Scene:
    """The layouts that `displays` had at `revision`, to be had again under a name, or by a digit (`key`).

    It holds the number of a revision, not the layouts: every revision of a wall is kept as a whole anyway, and ten
    scenes of nine displays would make each of them ten times as large.
    """

    id: str
    name: str
    revision: int
    displays: tuple[str, ...]
    key: int | None = None

    def __post_init__(self) -> None:
        check_id("scene", self.id)
        check_text("a scene's name", self.name)
        if self.key is not None and not 0 <= self.key <= 9:
            raise LayoutError(f"scene {self.id}: its key is a digit, 0 to 9, not {self.key}")


@dataclass(frozen=True, slots=True)
class Wall:
    """An installation: displays in columns and rows, and a revision, which grows by one with each command.

    `bezel_x`, `bezel_y`: what lies between the pictures of two displays side by side, and one above the other, in
    pixels of the wall. `past`, `future`: the revisions to which undo and redo go back, the next one last.
    """

    id: str
    name: str
    displays: tuple[Display, ...] = ()
    revision: int = 1
    columns: int = 1
    rows: int = 1
    bezel_x: int = 0
    bezel_y: int = 0
    tours: tuple[Tour, ...] = ()
    scenes: tuple[Scene, ...] = ()
    past: tuple[int, ...] = ()
    future: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        check_id("wall", self.id)
        check_text("a wall's name", self.name)
        if self.revision < 1:
            raise LayoutError(f"wall {self.id}: a revision is 1 or more, not {self.revision}")
        check_each_once("display", (display.id for display in self.displays))
        check_each_once("tour", (tour.id for tour in self.tours))
        check_each_once("scene", (scene.id for scene in self.scenes))
        check_each_once("the key", (scene.key for scene in self.scenes if scene.key is not None))
        self._check_places()
        self._check_tours()

    def display(self, display_id: str) -> Display:
        """The display of this id; NotOnWallError if there is none."""
        for display in self.displays:
            if display.id == display_id:
                return display
        raise NotOnWallError(f"wall {self.id} has no display {display_id[:80]!r}", display=display_id)

    def cell(self, display_id: str, cell_id: str) -> Cell:
        """A cell of a display; NotOnWallError if there is none."""
        layout = self.display(display_id).layout
        try:
            return layout.cell(cell_id)
        except NotOnWallError:
            raise NotOnWallError(
                f"display {display_id} has no cell {cell_id[:80]!r}", display=display_id, cell=cell_id
            ) from None

    def tour(self, tour_id: str) -> Tour:
        """The tour of this id; NotOnWallError if there is none."""
        for tour in self.tours:
            if tour.id == tour_id:
                return tour
        raise NotOnWallError(f"wall {self.id} has no tour {tour_id[:80]!r}")

    def scene(self, scene_id: str) -> Scene:
        """The scene of this id; NotOnWallError if there is none."""
        for scene in self.scenes:
            if scene.id == scene_id:
                return scene
        raise NotOnWallError(f"wall {self.id} has no scene {scene_id[:80]!r}")

    def with_display(self, changed: Display) -> Wall:
        """This wall, same revision, with the display of the same id replaced."""
        self.display(changed.id)
        return replace(
            self,
            displays=tuple(changed if display.id == changed.id else display for display in self.displays),
        )

    def with_cell(self, display_id: str, changed: Cell) -> Wall:
        """This wall, same revision, with the cell of the same id on this display replaced."""
        display = self.display(display_id)
        return self.with_display(replace(display, layout=display.layout.with_cell(changed)))

    @property
    def cells(self) -> Iterator[tuple[Display, Cell]]:
        """Every cell, with its display."""
        for display in self.displays:
            for cell in display.layout.cells:
                yield display, cell

    @property
    def cameras(self) -> frozenset[str]:
        """Every camera that some cell shows by itself, not by a tour."""
        return frozenset(cell.camera for _, cell in self.cells if cell.camera is not None)

    def _check_places(self) -> None:
        if not (1 <= self.columns <= MAX_PLACES and 1 <= self.rows <= MAX_PLACES):
            raise LayoutError(
                f"a wall has 1 to {MAX_PLACES} columns and rows of displays, not {self.columns}×{self.rows}"
            )
        if not (0 <= self.bezel_x <= MAX_BEZEL and 0 <= self.bezel_y <= MAX_BEZEL):
            raise LayoutError(f"a bezel is 0 to {MAX_BEZEL} pixels, not {self.bezel_x} and {self.bezel_y}")
        places: dict[tuple[int, int], str] = {}
        for display in self.displays:
            place = display.column, display.row
            if not (0 <= display.column < self.columns and 0 <= display.row < self.rows):
                raise LayoutError(
                    f"display {display.id}: column {place[0]}, row {place[1]} is not on a wall of "
                    f"{self.columns}×{self.rows} displays, counted from 0",
                    reason="off_wall",
                    display=display.id,
                )
            if (other := places.setdefault(place, display.id)) != display.id:
                raise LayoutError(
                    f"displays {other} and {display.id} are both in column {place[0]}, row {place[1]}",
                    reason="place_taken",
                    display=display.id,
                )

    def _check_tours(self) -> None:
        there = {tour.id for tour in self.tours}
        for display, cell in self.cells:
            if isinstance(cell.content, TourContent) and cell.content.tour not in there:
                raise LayoutError(
                    f"display {display.id}, cell {cell.id}: there is no tour {cell.content.tour!r}",
                    display=display.id,
                    cell=cell.id,
                )
