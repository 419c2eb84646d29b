"""What cells show: contents, tours and their definitions. Each function gives the next wall.

Cells of a span show the same: what is done to one of them is done to all.
"""

from __future__ import annotations

from dataclasses import replace

from layouts.contents import EMPTY, WHOLE, Content, TourContent, Zoom
from layouts.errors import LayoutError
from layouts.spans import together
from layouts.tours import Tour
from layouts.wall import Cell, Fit, Wall


def assign(
    wall: Wall, display: str, cell: str, content: Content | None, fit: Fit | None, zoom: Zoom | None, label: str | None
) -> Wall:
    """Show `content` in a cell, as a whole and under its own name unless zoom and label say otherwise.

    None leaves what was: without content only fit, zoom or label of what is shown changes.
    """
    old = wall.cell(display, cell)
    new = replace(old, fit=fit or old.fit)
    if content is not None:
        new = replace(new, content=content, zoom=zoom or WHOLE, label=label)
    else:
        new = replace(new, zoom=zoom or old.zoom, label=old.label if label is None else label)
    return _showing(wall, display, cell, new)


def clear(wall: Wall, display: str, cell: str) -> Wall:
    """Show nothing in a cell."""
    old = wall.cell(display, cell)
    return _showing(wall, display, cell, replace(old, content=EMPTY, zoom=WHOLE, label=None))


def swap(wall: Wall, display: str, cell: str, other_display: str, other_cell: str) -> Wall:
    """Exchange what two cells show, and how, on one display or on two."""
    one, other = wall.cell(display, cell), wall.cell(other_display, other_cell)
    if (other_display, other_cell) in together(wall, display, cell):
        return wall
    return _showing(_showing(wall, display, cell, other), other_display, other_cell, one)


def set_tour(wall: Wall, tour: Tour) -> Wall:
    """A new tour, or another definition of one that there is."""
    if all(known.id != tour.id for known in wall.tours):
        return replace(wall, tours=(*wall.tours, tour))
    return replace(wall, tours=tuple(tour if known.id == tour.id else known for known in wall.tours))


def remove_tour(wall: Wall, tour_id: str) -> Wall:
    """Without a tour that no cell shows."""
    gone = wall.tour(tour_id)
    for display, cell in wall.cells:
        if cell.content == TourContent(tour_id):
            raise LayoutError(
                f"tour {tour_id} is shown by cell {cell.id} of display {display.id}",
                reason="tour_shown",
                display=display.id,
                cell=cell.id,
            )
    return replace(wall, tours=tuple(tour for tour in wall.tours if tour != gone))


def _showing(wall: Wall, display: str, cell: str, shown_by: Cell) -> Wall:
    for its_display, name in together(wall, display, cell):
        wall = wall.with_cell(its_display, wall.cell(its_display, name).showing(shown_by.shown))
    return wall
