"""Walls to JSON and back: what the database keeps of every revision, and what browsers get.

What is as it is by default is left out. Format 1 had no number: displays had no places, and layouts the small grids of
their presets (6 × 6 for 36 cells). Its snapshots are in the database for good, and are read as if they were of today.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from layouts.contents import WHOLE
from layouts.contents_json import (
    content_from_json,
    content_to_json,
    tour_from_json,
    tour_to_json,
    zoom_from_json,
    zoom_to_json,
)
from layouts.errors import NotUnderstoodError, on_display
from layouts.geometry import Rect
from layouts.json_reading import (
    Json,
    Tree,
    flag,
    integer,
    integer_or_none,
    items,
    mapping,
    text,
    text_or_none,
    texts,
)
from layouts.presets import places_for
from layouts.wall import FINE, Cell, Display, Fit, Layout, Part, Scene, Wall

FORMAT = 2


def wall_to_json(wall: Wall) -> Json:
    """The wall as plain dicts, lists, strings, booleans and integers: its snapshot."""
    document: Json = {
        "format": FORMAT,
        "id": wall.id,
        "name": wall.name,
        "revision": wall.revision,
        "columns": wall.columns,
        "rows": wall.rows,
        "bezel_x": wall.bezel_x,
        "bezel_y": wall.bezel_y,
        "displays": [display_to_json(display) for display in wall.displays],
        "tours": [tour_to_json(tour) for tour in wall.tours],
        "scenes": [_scene_to_json(scene) for scene in wall.scenes],
        "past": list(wall.past),
        "future": list(wall.future),
    }
    return document


def wall_from_json(document: object) -> Wall:
    """The reverse of `wall_to_json`. NotUnderstoodError says which key is missing or of a wrong type."""
    tree = mapping(document, "wall")
    number = integer(tree, "format", 1)
    if not 1 <= number <= FORMAT:
        raise NotUnderstoodError(f"this wall is of format {number}; up to {FORMAT} is understood here")
    displays = [_display_from_json(item) for item in items(tree, "displays")]
    columns, rows = integer(tree, "columns", 1), integer(tree, "rows", 1)
    if number == 1:
        columns, rows = places_for(len(displays))
        displays = _as_of_today(displays, columns)
    return Wall(
        id=text(tree, "id"),
        name=text(tree, "name"),
        displays=tuple(displays),
        revision=integer(tree, "revision"),
        columns=columns,
        rows=rows,
        bezel_x=integer(tree, "bezel_x", 0),
        bezel_y=integer(tree, "bezel_y", 0),
        tours=tuple(tour_from_json(item) for item in items(tree, "tours", [])),
        scenes=tuple(_scene_from_json(item) for item in items(tree, "scenes", [])),
        past=_revisions(tree, "past"),
        future=_revisions(tree, "future"),
    )


def display_to_json(display: Display) -> Json:
    """A display with its layout."""
    document: Json = {
        "id": display.id,
        "name": display.name,
        "width": display.width,
        "height": display.height,
        "column": display.column,
        "row": display.row,
        "layout": {
            "columns": display.layout.columns,
            "rows": display.layout.rows,
            "cells": [cell_to_json(cell) for cell in display.layout.cells],
        },
    }
    return document | {"locked": True} if display.locked else document


def cell_to_json(cell: Cell) -> Json:
    """A cell with what it shows."""
    rect = cell.rect
    document: Json = {
        "id": cell.id,
        "x": rect.x,
        "y": rect.y,
        "w": rect.w,
        "h": rect.h,
        "fit": cell.fit,
        "content": content_to_json(cell.content),
    }
    if cell.zoom != WHOLE:
        document["zoom"] = zoom_to_json(cell.zoom)
    if cell.label is not None:
        document["label"] = cell.label
    if cell.locked:
        document["locked"] = True
    if (part := cell.part) is not None:
        share = {"x": part.rect.x, "y": part.rect.y, "w": part.rect.w, "h": part.rect.h}
        document["part"] = {"span": part.span, **share, "width": part.width, "height": part.height}
    return document


def _scene_to_json(scene: Scene) -> Json:
    document: Json = {
        "id": scene.id,
        "name": scene.name,
        "revision": scene.revision,
        "displays": list(scene.displays),
    }
    return document if scene.key is None else document | {"key": scene.key}


def _scene_from_json(document: object) -> Scene:
    tree = mapping(document, "scene")
    return Scene(
        id=text(tree, "id"),
        name=text(tree, "name"),
        revision=integer(tree, "revision"),
        displays=texts(tree, "displays"),
        key=integer_or_none(tree, "key"),
    )


def _display_from_json(document: object) -> Display:
    tree = mapping(document, "display")
    name = text(tree, "id")
    layout = mapping(tree.get("layout"), "layout")
    with on_display(name):
        return Display(
            id=name,
            name=text(tree, "name"),
            width=integer(tree, "width"),
            height=integer(tree, "height"),
            layout=Layout(
                columns=integer(layout, "columns"),
                rows=integer(layout, "rows"),
                cells=tuple(_cell_from_json(item) for item in items(layout, "cells")),
            ),
            column=integer(tree, "column", 0),
            row=integer(tree, "row", 0),
            locked=flag(tree, "locked"),
        )


def _cell_from_json(document: object) -> Cell:
    tree = mapping(document, "cell")
    return Cell(
        id=text(tree, "id"),
        rect=_rect(tree),
        fit=cast("Fit", text(tree, "fit")),  # Cell refuses what is no fit
        content=content_from_json(tree.get("content")),
        zoom=zoom_from_json(tree["zoom"]) if "zoom" in tree else WHOLE,
        label=text_or_none(tree, "label"),
        locked=flag(tree, "locked"),
        part=_part_from_json(tree["part"]) if "part" in tree else None,
    )


def _part_from_json(document: object) -> Part:
    tree = mapping(document, "part")
    return Part(text(tree, "span"), _rect(tree), integer(tree, "width"), integer(tree, "height"))


def _rect(tree: Tree) -> Rect:
    return Rect(*(integer(tree, key) for key in ("x", "y", "w", "h")))


def _revisions(tree: Tree, key: str) -> tuple[int, ...]:
    found = items(tree, key, [])
    return tuple(integer({key: item}, key) for item in found)


def _as_of_today(displays: Sequence[Display], columns: int) -> list[Display]:
    """Displays of format 1 in places side by side, and on the fine grid."""
    return [
        replace(display, column=index % columns, row=index // columns, layout=_on_fine_grid(display.layout))
        for index, display in enumerate(displays)
    ]


def _on_fine_grid(layout: Layout) -> Layout:
    lefts = [FINE * edge // layout.columns for edge in range(layout.columns + 1)]
    tops = [FINE * edge // layout.rows for edge in range(layout.rows + 1)]
    return Layout(
        cells=tuple(
            replace(
                cell,
                rect=Rect(
                    lefts[cell.rect.x],
                    tops[cell.rect.y],
                    lefts[cell.rect.right] - lefts[cell.rect.x],
                    tops[cell.rect.bottom] - tops[cell.rect.y],
                ),
            )
            for cell in layout.cells
        )
    )
