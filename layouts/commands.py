"""What a supervisor does to a wall: `apply(wall, command)` gives the next wall, one revision on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

from layouts.errors import LayoutError, NotOnWallError, NotUnderstoodError
from layouts.presets import preset
from layouts.wall import EMPTY, FITS, CameraContent, Cell, Display, Empty, Fit, Json, Layout, Wall, text


@dataclass(frozen=True, slots=True)
class Assign:
    """Show `camera` in a cell; `fit` changes how it fits, None leaves that as it is."""

    display: str
    cell: str
    camera: str
    fit: Fit | None = None


@dataclass(frozen=True, slots=True)
class Clear:
    """Show nothing in a cell."""

    display: str
    cell: str


@dataclass(frozen=True, slots=True)
class ApplyPreset:
    """Give a display a preset's cells; what the old ones showed moves in, as far as there is room."""

    display: str
    preset: str


@dataclass(frozen=True, slots=True)
class Swap:
    """Exchange what two cells show (with their fit), on one display or on two."""

    display: str
    cell: str
    other_display: str
    other_cell: str


type Command = Assign | Clear | ApplyPreset | Swap


def apply(wall: Wall, command: Command) -> Wall:
    """The wall after `command`, its revision one higher. LayoutError says which cell and why not."""
    match command:
        case Assign(display, cell, camera, fit):
            old = _cell(wall, display, cell)
            new = replace(old, content=CameraContent(camera), fit=fit or old.fit)
            changed = _with_cell(wall, display, new)
        case Clear(display, cell):
            changed = _with_cell(wall, display, replace(_cell(wall, display, cell), content=EMPTY))
        case ApplyPreset(display, name):
            changed = wall.with_display(_refilled(wall.display(display), preset(name)))
        case Swap(display, cell, other_display, other_cell):
            one, other = _cell(wall, display, cell), _cell(wall, other_display, other_cell)
            changed = _with_cell(wall, display, replace(one, content=other.content, fit=other.fit))
            changed = _with_cell(changed, other_display, replace(other, content=one.content, fit=one.fit))
    return replace(changed, revision=wall.revision + 1)


def command_to_json(command: Command) -> Json:
    """The command as the API takes it."""
    match command:
        case Assign(display, cell, camera, fit):
            document: Json = {"type": "assign", "display": display, "cell": cell, "camera": camera}
            return document if fit is None else document | {"fit": fit}
        case Clear(display, cell):
            return {"type": "clear", "display": display, "cell": cell}
        case ApplyPreset(display, name):
            return {"type": "preset", "display": display, "preset": name}
        case Swap(display, cell, other_display, other_cell):
            return {
                "type": "swap",
                "display": display,
                "cell": cell,
                "other_display": other_display,
                "other_cell": other_cell,
            }


def command_from_json(document: object) -> Command:
    """The reverse of `command_to_json`; NotUnderstoodError for anything else, unknown keys included."""
    if not isinstance(document, Mapping):
        raise NotUnderstoodError("a command must be an object")
    tree = cast("Mapping[str, object]", document)
    command: Command
    match tree.get("type"):
        case "assign":
            fit = tree.get("fit")
            if fit is not None and fit not in FITS:
                raise NotUnderstoodError("'fit' must be 'contain' or 'cover'")
            command = Assign(text(tree, "display"), text(tree, "cell"), text(tree, "camera"), fit)
        case "clear":
            command = Clear(text(tree, "display"), text(tree, "cell"))
        case "preset":
            command = ApplyPreset(text(tree, "display"), text(tree, "preset"))
        case "swap":
            command = Swap(
                text(tree, "display"),
                text(tree, "cell"),
                text(tree, "other_display"),
                text(tree, "other_cell"),
            )
        case other:
            raise NotUnderstoodError(f"there is no command of type {other!r}")
    if unknown := set(tree) - set(command_to_json(command)):
        raise NotUnderstoodError(f"a command of type {tree['type']!r} has no {sorted(unknown)[0]!r}")
    return command


def _cell(wall: Wall, display: str, cell: str) -> Cell:
    try:
        return wall.display(display).layout.cell(cell)
    except NotOnWallError as error:
        if error.cell is None:
            raise
        raise NotOnWallError(f"display {display} has no cell {cell!r}", display=display, cell=cell) from None


def _with_cell(wall: Wall, display_id: str, cell: Cell) -> Wall:
    display = wall.display(display_id)
    return wall.with_display(replace(display, layout=display.layout.with_cell(cell)))


def _refilled(display: Display, layout: Layout) -> Display:
    shown = [cell for cell in display.layout.cells if not isinstance(cell.content, Empty)]
    cells = tuple(
        replace(cell, content=shown[index].content, fit=shown[index].fit) if index < len(shown) else cell
        for index, cell in enumerate(layout.cells)
    )
    return replace(display, layout=replace(layout, cells=cells))


__all__ = [
    "ApplyPreset",
    "Assign",
    "Clear",
    "Command",
    "LayoutError",
    "Swap",
    "apply",
    "command_from_json",
    "command_to_json",
]
