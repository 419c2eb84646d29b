"""Where cells are: place, move, resize, split, merge and remove them, presets, panoramas. Each gives the next wall.

Rectangles are in units of the display's grid. LayoutError where a cell would be out of bounds, too small, or over
another one. The parts of spans are settled afterwards (`layouts.spans`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from layouts.contents import Content, Empty
from layouts.errors import LayoutError, on_display
from layouts.geometry import Rect
from layouts.presets import grid, preset
from layouts.spans import Address, bounding, joined, together
from layouts.wall import MOST_CELLS, Cell, Display, Layout, Wall


def place(wall: Wall, display_id: str, rect: Rect, content: Content) -> Wall:
    """A new cell, with an id that was free."""
    name = next(wall.display(display_id).layout.new_ids())
    return _changed(wall, display_id, add=[Cell(name, rect, content=content)])


def remove(wall: Wall, display_id: str, cell_id: str) -> Wall:
    """Without a cell, and without the others of its span."""
    for display, cell in together(wall, display_id, cell_id):
        wall = _changed(wall, display, without=[cell])
    return wall


def move(wall: Wall, display_id: str, cell_id: str, x: int, y: int, to_display: str | None) -> Wall:
    """A cell with its upper left corner at x, y, on its own display or on another one.

    The other cells of its span go as far, and as many columns and rows of displays, as this one does. On another
    display a cell keeps its id if that is free there.
    """
    source, rect = wall.display(display_id), wall.cell(display_id, cell_id).rect
    target = wall.display(to_display) if to_display is not None else source
    across, down = target.column - source.column, target.row - source.row
    moving = [
        (wall.display(display), wall.cell(display, cell)) for display, cell in together(wall, display_id, cell_id)
    ]
    for display, cell in moving:
        wall = _changed(wall, display.id, without=[cell.id])
    for display, cell in moving:
        there = _display_at(wall, display, cell, across, down)
        with on_display(there.id):
            moved = replace(cell, rect=replace(cell.rect, x=cell.rect.x + x - rect.x, y=cell.rect.y + y - rect.y))
        if cell.id in {other.id for other in there.layout.cells}:
            moved = replace(moved, id=next(there.layout.new_ids()))
        wall = _changed(wall, there.id, add=[moved])
    return wall


def resize(wall: Wall, display_id: str, cell_id: str, rect: Rect) -> Wall:
    """A cell with another rectangle."""
    cell = wall.cell(display_id, cell_id)
    with on_display(display_id):
        return wall.with_cell(display_id, replace(cell, rect=rect))


def split(wall: Wall, display_id: str, cell_id: str, columns: int, rows: int) -> Wall:
    """A cell as columns × rows: the first keeps its id and what it shows, as a whole; the others are new and empty."""
    cell = wall.cell(display_id, cell_id)
    if columns < 1 or rows < 1 or columns * rows < 2:
        raise LayoutError(
            f"cell {cell_id} is split into 2 or more, not {columns}×{rows}", display=display_id, cell=cell_id
        )
    if columns > cell.rect.w or rows > cell.rect.h:
        raise LayoutError(
            f"cell {cell_id} ({cell.rect}) is too small for {columns}×{rows}",
            reason="too_small",
            display=display_id,
            cell=cell_id,
        )
    if columns * rows > MOST_CELLS:  # before they are made: 720 × 720 of them would take seconds to refuse
        raise LayoutError(
            f"a display shows at most {MOST_CELLS} cells, not {columns}×{rows}",
            reason="too_many_cells",
            display=display_id,
            cell=cell_id,
        )
    lefts = [cell.rect.x + cell.rect.w * edge // columns for edge in range(columns + 1)]
    tops = [cell.rect.y + cell.rect.h * edge // rows for edge in range(rows + 1)]
    first, *others = (
        Rect(lefts[column], tops[row], lefts[column + 1] - lefts[column], tops[row + 1] - tops[row])
        for row in range(rows)
        for column in range(columns)
    )
    names = wall.display(display_id).layout.new_ids()
    new = [Cell(next(names), rect) for rect in others]
    return _changed(wall, display_id, without=[cell_id], add=[replace(cell, rect=first, part=None), *new])


def merge(wall: Wall, addresses: Sequence[Address]) -> Wall:
    """One cell in the place of several, with the id of the first, and what the first shows that shows anything.

    Cells of several displays become one on each of them, and these a span.
    """
    if len(addresses) < 2 or len(set(addresses)) < len(addresses):
        raise LayoutError("two or more different cells are merged", reason="merge_two")
    cells = [wall.cell(display, cell) for display, cell in addresses]
    shown = _first_shown(cells)
    merged: dict[str, Cell] = {}
    for display in dict.fromkeys(display for display, _ in addresses):
        old = [cell for cell, (its, _) in zip(cells, addresses, strict=True) if its == display]
        new = replace(old[0], rect=bounding([cell.rect for cell in old]), part=None).showing(shown.shown)
        merged[display] = new
        wall = _changed(wall, display, without=[cell.id for cell in old], add=[new])
    return joined(wall, [(display, cell.id) for display, cell in merged.items()]) if len(merged) > 1 else wall


def panorama(wall: Wall, display_ids: Sequence[str]) -> Wall:
    """One content across whole displays: what the first cell shows that shows anything."""
    if len(display_ids) < 2 or len(set(display_ids)) < len(display_ids):
        raise LayoutError("a panorama is on two or more different displays")
    there = [cell for name in display_ids for cell in wall.display(name).layout.cells]
    if not there:
        said = f"displays {' and '.join(display_ids)} have no cell that could be shown across them"
        raise LayoutError(said, reason="no_cells", display=display_ids[0])
    shown = _first_shown(there)
    (whole,) = grid(1).cells
    for name in display_ids:
        wall = wall.with_display(replace(wall.display(name), layout=Layout(cells=(whole.showing(shown.shown),))))
    return joined(wall, [(name, whole.id) for name in display_ids])


def apply_preset(wall: Wall, display_id: str, name: str) -> Wall:
    """A preset's cells on a display; what the old ones showed moves in, as far as there is room."""
    display, layout = wall.display(display_id), preset(name)
    shown = [cell for cell in display.layout.cells if not isinstance(cell.content, Empty)]
    filled = [cell.showing(old.shown) for cell, old in zip(layout.cells, shown, strict=False)]
    cells = (*filled, *layout.cells[len(filled) :])
    return wall.with_display(replace(display, layout=replace(layout, cells=cells)))


def _changed(wall: Wall, display_id: str, *, without: Iterable[str] = (), add: Sequence[Cell] = ()) -> Wall:
    """A display without some cells, and with others in the place of the first of them, or last."""
    display, gone = wall.display(display_id), set(without)
    old = display.layout.cells
    at = next((index for index, cell in enumerate(old) if cell.id in gone), len(old))
    cells = (*old[:at], *add, *(cell for cell in old[at:] if cell.id not in gone))
    with on_display(display_id):
        return wall.with_display(replace(display, layout=replace(display.layout, cells=cells)))


def _first_shown(cells: Sequence[Cell]) -> Cell:
    return next((cell for cell in cells if not isinstance(cell.content, Empty)), cells[0])


def _display_at(wall: Wall, display: Display, cell: Cell, across: int, down: int) -> Display:
    """The display so many columns and rows from this one, with the same grid."""
    column, row = display.column + across, display.row + down
    found = next((there for there in wall.displays if (there.column, there.row) == (column, row)), None)
    if found is None:
        raise LayoutError(
            f"cell {cell.id} of display {display.id} has no display to go to: none is in column {column}, row {row}",
            reason="no_display_there",
            display=display.id,
            cell=cell.id,
        )
    ours, theirs = display.layout, found.layout
    if (ours.columns, ours.rows) != (theirs.columns, theirs.rows):
        raise LayoutError(
            f"cell {cell.id} of display {display.id} cannot go to display {found.id}: that has another grid",
            reason="other_grid",
            display=display.id,
            cell=cell.id,
        )
    return found
