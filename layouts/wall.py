"""Walls, displays, layouts, cells and their contents; to JSON and back.

All of them are immutable and valid: what was constructed has its cells in bounds, no two of them on the same
place, and every id once. The JSON is what the database keeps and what browsers get.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, cast

from layouts.errors import LayoutError, NotOnWallError, NotUnderstoodError
from layouts.geometry import Rect, first_overlap

type Fit = Literal["contain", "cover"]
type Json = dict[str, Any]

FITS: tuple[Fit, ...] = ("contain", "cover")
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")  # it stands in URLs and in the bus's subjects
MAX_GRID = 64  # units to a side: a fine grid for free-form layouts, and a bound on what a browser may send
MAX_PIXELS = 16_384  # to a side of a display


@dataclass(frozen=True, slots=True)
class CameraContent:
    """A cell shows this camera."""

    camera: str

    def __post_init__(self) -> None:
        if not self.camera:
            raise LayoutError("a camera's id cannot be empty")


@dataclass(frozen=True, slots=True)
class Empty:
    """A cell shows nothing."""


type Content = CameraContent | Empty
EMPTY = Empty()


@dataclass(frozen=True, slots=True)
class Cell:
    """A rectangle of a layout (grid units), how a picture fits in it, and what it shows."""

    id: str
    rect: Rect
    fit: Fit = "contain"
    content: Content = EMPTY

    def __post_init__(self) -> None:
        if not self.id:
            raise LayoutError("a cell's id cannot be empty")
        if self.fit not in FITS:
            raise LayoutError(f"cell {self.id}: fit is 'contain' or 'cover', not {self.fit!r}", cell=self.id)

    @property
    def camera(self) -> str | None:
        """The camera that it shows, if it shows one."""
        return self.content.camera if isinstance(self.content, CameraContent) else None


@dataclass(frozen=True, slots=True)
class Layout:
    """Cells on a grid of columns × rows. LayoutError for cells out of bounds, or one over the other."""

    columns: int
    rows: int
    cells: tuple[Cell, ...] = ()

    def __post_init__(self) -> None:
        if not (1 <= self.columns <= MAX_GRID and 1 <= self.rows <= MAX_GRID):
            raise LayoutError(f"a layout has 1 to {MAX_GRID} columns and rows, not {self.columns}×{self.rows}")
        _each_once("cell", (cell.id for cell in self.cells))
        for cell in self.cells:
            if cell.rect.right > self.columns or cell.rect.bottom > self.rows:
                raise LayoutError(
                    f"cell {cell.id} ({cell.rect}) is out of the grid of {self.columns}×{self.rows}",
                    cell=cell.id,
                )
        if clash := first_overlap(cell.rect for cell in self.cells):
            one, other = (next(cell.id for cell in self.cells if cell.rect is rect) for rect in clash)
            raise LayoutError(f"cells {one} ({clash[0]}) and {other} ({clash[1]}) overlap", cell=other)

    def cell(self, cell_id: str) -> Cell:
        """The cell of this id; NotOnWallError if there is none."""
        for cell in self.cells:
            if cell.id == cell_id:
                return cell
        raise NotOnWallError(f"there is no cell {cell_id!r}", cell=cell_id)

    def with_cell(self, changed: Cell) -> Layout:
        """This layout with the cell of the same id replaced."""
        self.cell(changed.id)
        return replace(self, cells=tuple(changed if cell.id == changed.id else cell for cell in self.cells))


@dataclass(frozen=True, slots=True)
class Display:
    """One browser's part of a wall: its size in device pixels, and its layout."""

    id: str
    name: str
    width: int
    height: int
    layout: Layout

    def __post_init__(self) -> None:
        _check_id("display", self.id)
        if not (2 <= self.width <= MAX_PIXELS and 2 <= self.height <= MAX_PIXELS):
            raise LayoutError(
                f"display {self.id}: {self.width}×{self.height} pixels; each side is 2 to {MAX_PIXELS}",
                display=self.id,
            )


@dataclass(frozen=True, slots=True)
class Wall:
    """An installation: its displays, and its revision, which grows by one with each command."""

    id: str
    name: str
    displays: tuple[Display, ...] = field(default=())
    revision: int = 1

    def __post_init__(self) -> None:
        _check_id("wall", self.id)
        if self.revision < 1:
            raise LayoutError(f"wall {self.id}: a revision is 1 or more, not {self.revision}")
        _each_once("display", (display.id for display in self.displays))

    def display(self, display_id: str) -> Display:
        """The display of this id; NotOnWallError if there is none."""
        for display in self.displays:
            if display.id == display_id:
                return display
        raise NotOnWallError(f"wall {self.id} has no display {display_id!r}", display=display_id)

    def with_display(self, changed: Display) -> Wall:
        """This wall, same revision, with the display of the same id replaced."""
        self.display(changed.id)
        return replace(
            self,
            displays=tuple(changed if display.id == changed.id else display for display in self.displays),
        )

    @property
    def cameras(self) -> frozenset[str]:
        """Every camera that some cell shows."""
        return frozenset(
            cell.camera for display in self.displays for cell in display.layout.cells if cell.camera is not None
        )


def wall_to_json(wall: Wall) -> Json:
    """The wall as plain dicts, lists, strings and integers: the snapshot that is stored and sent."""
    return {
        "id": wall.id,
        "name": wall.name,
        "revision": wall.revision,
        "displays": [
            {
                "id": display.id,
                "name": display.name,
                "width": display.width,
                "height": display.height,
                "layout": {
                    "columns": display.layout.columns,
                    "rows": display.layout.rows,
                    "cells": [_cell_to_json(cell) for cell in display.layout.cells],
                },
            }
            for display in wall.displays
        ],
    }


def wall_from_json(document: object) -> Wall:
    """The reverse of `wall_to_json`. NotUnderstoodError says which key is missing or of a wrong type."""
    tree = _mapping(document, "wall")
    return Wall(
        id=text(tree, "id"),
        name=text(tree, "name"),
        revision=integer(tree, "revision"),
        displays=tuple(_display_from_json(item) for item in _items(tree, "displays")),
    )


def text(tree: Mapping[str, object], key: str) -> str:
    """The string under `key`; NotUnderstoodError if there is none."""
    value = tree.get(key)
    if not isinstance(value, str):
        raise NotUnderstoodError(f"'{key}' must be a text")
    return value


def integer(tree: Mapping[str, object], key: str) -> int:
    """The whole number under `key`; NotUnderstoodError if there is none."""
    value = tree.get(key)
    if not isinstance(value, int) or isinstance(value, bool):
        raise NotUnderstoodError(f"'{key}' must be a whole number")
    return value


def _cell_to_json(cell: Cell) -> Json:
    content: Json = {"type": "empty"}
    if isinstance(cell.content, CameraContent):
        content = {"type": "camera", "camera": cell.content.camera}
    rect = cell.rect
    return {
        "id": cell.id,
        "x": rect.x,
        "y": rect.y,
        "w": rect.w,
        "h": rect.h,
        "fit": cell.fit,
        "content": content,
    }


def _display_from_json(document: object) -> Display:
    tree = _mapping(document, "display")
    layout = _mapping(tree.get("layout"), "layout")
    return Display(
        id=text(tree, "id"),
        name=text(tree, "name"),
        width=integer(tree, "width"),
        height=integer(tree, "height"),
        layout=Layout(
            columns=integer(layout, "columns"),
            rows=integer(layout, "rows"),
            cells=tuple(_cell_from_json(item) for item in _items(layout, "cells")),
        ),
    )


def _cell_from_json(document: object) -> Cell:
    tree = _mapping(document, "cell")
    x, y, w, h = (integer(tree, key) for key in ("x", "y", "w", "h"))
    return Cell(
        id=text(tree, "id"),
        rect=Rect(x, y, w, h),
        fit=cast("Fit", text(tree, "fit")),  # Cell refuses what is no fit
        content=_content_from_json(tree.get("content")),
    )


def _content_from_json(document: object) -> Content:
    tree = _mapping(document, "content")
    match tree.get("type"):
        case "empty":
            return EMPTY
        case "camera":
            return CameraContent(text(tree, "camera"))
        case other:
            raise NotUnderstoodError(f"there is no content of type {other!r}")


def _mapping(document: object, what: str) -> Mapping[str, object]:
    if not isinstance(document, Mapping):
        raise NotUnderstoodError(f"a {what} must be an object")
    return cast("Mapping[str, object]", document)


def _items(tree: Mapping[str, object], key: str) -> list[object]:
    value = tree.get(key)
    if not isinstance(value, list):
        raise NotUnderstoodError(f"'{key}' must be a list")
    return value


def _check_id(what: str, name: str) -> None:
    if not _ID.fullmatch(name):
        raise LayoutError(f"a {what}'s id is 1 to 63 of a–z, 0–9 and -, beginning with no hyphen; not {name!r}")


def _each_once(what: str, ids: Iterable[str]) -> None:
    twice = [name for name, count in Counter(ids).items() if count > 1]
    if twice:
        raise LayoutError(f"{what} {twice[0]!r} stands there more than once")
