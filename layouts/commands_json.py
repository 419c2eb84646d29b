"""Commands as the API takes them: `type`, and the command's own fields. What is as by default may be left out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, fields
from types import MappingProxyType, NoneType
from typing import Any, cast, get_args, get_type_hints

from layouts import commands as of
from layouts.commands import Assign, CellAddress, Command, Step
from layouts.contents import Content, Zoom
from layouts.contents_json import (
    content_from_json,
    content_to_json,
    tour_from_json,
    tour_to_json,
    zoom_from_json,
    zoom_to_json,
)
from layouts.errors import NotUnderstoodError
from layouts.json_reading import Json, Tree, integer, items, mapping, only, text, texts
from layouts.tours import Tour
from layouts.wall import FITS, Fit

type Reader = Callable[[Tree, str], object]

TYPES: MappingProxyType[str, type[Any]] = MappingProxyType(
    {
        "place": of.Place,
        "move": of.Move,
        "resize": of.Resize,
        "split": of.Split,
        "merge": of.Merge,
        "panorama": of.Panorama,
        "preset": of.ApplyPreset,
        "remove": of.Remove,
        "assign": of.Assign,
        "clear": of.Clear,
        "swap": of.Swap,
        "set_tour": of.SetTour,
        "remove_tour": of.RemoveTour,
        "save_scene": of.SaveScene,
        "recall_scene": of.RecallScene,
        "delete_scene": of.DeleteScene,
        "lock": of.Lock,
        "unlock": of.Unlock,
        "undo": of.Undo,
        "redo": of.Redo,
        "restore": of.Restore,
        "add_display": of.AddDisplay,
        "change_display": of.ChangeDisplay,
        "remove_display": of.RemoveDisplay,
        "set_geometry": of.SetGeometry,
        "several": of.Several,
    }
)
_ALONE = {"save_scene", "undo", "redo", "several"}
_NAMES = {command: name for name, command in TYPES.items()}


def command_to_json(command: Command) -> Json:
    """The command as the API takes it, without what is as by default."""
    document: Json = {"type": _NAMES[type(command)]}
    for field in fields(command):
        value = getattr(command, field.name)
        if value != field.default:
            document[field.name] = _to_json(value)
    return document


def command_from_json(document: object) -> Command:
    """The reverse of `command_to_json`; NotUnderstoodError for anything else, unknown keys included.

    A camera may be assigned by `camera` alone, in place of a whole `content`.
    """
    tree = mapping(document, "command")
    kind = tree.get("type")
    if not isinstance(kind, str) or kind not in TYPES:
        raise NotUnderstoodError(f"there is no command of type {str(kind)[:80]!r}")
    command = TYPES[kind]
    if command is Assign and "camera" in tree and "content" not in tree:
        content = {"type": "camera", "camera": text(tree, "camera")}
        tree = {key: value for key, value in tree.items() if key != "camera"} | {"content": content}
    readers = _FIELDS[kind]
    only(tree, {"type", *readers}, f"a command of type {kind!r}")
    given = {name for name, value in tree.items() if value is not None}
    required = {field.name for field in fields(command) if field.default is MISSING}
    return cast("Command", command(**{name: readers[name](tree, name) for name in readers if name in given | required}))


def _readers(command: type[Any]) -> dict[str, Reader]:
    """How each field of a command is read, by its type."""
    return {name: _READERS[_without_none(hint)] for name, hint in get_type_hints(command).items()}


def _without_none(hint: Any) -> object:
    kinds = get_args(hint)
    return next(kind for kind in kinds if kind is not NoneType) if NoneType in kinds else hint


def _content(tree: Tree, key: str) -> Content:
    return content_from_json(tree.get(key))


def _zoom(tree: Tree, key: str) -> Zoom:
    return zoom_from_json(tree.get(key))


def _tour(tree: Tree, key: str) -> Tour:
    return tour_from_json(tree.get(key))


def _fit(tree: Tree, key: str) -> Fit:
    if (fit := tree.get(key)) not in FITS:
        raise NotUnderstoodError(f"'{key}' must be 'contain' or 'cover'")
    return fit


def _addresses(tree: Tree, key: str) -> tuple[CellAddress, ...]:
    found = [mapping(item, "cell") for item in items(tree, key)]
    for address in found:
        only(address, {"display", "cell"}, "the address of a cell")
    return tuple(CellAddress(text(address, "display"), text(address, "cell")) for address in found)


def _steps(tree: Tree, key: str) -> tuple[Step, ...]:
    found = [mapping(item, "command") for item in items(tree, key)]
    for item in found:
        if item.get("type") in _ALONE:
            raise NotUnderstoodError(f"a command of type {item['type']!r} stands alone, not among several")
    return cast("tuple[Step, ...]", tuple(command_from_json(item) for item in found))


_READERS: dict[object, Reader] = {
    str: text,
    int: integer,
    tuple[str, ...]: texts,
    tuple[CellAddress, ...]: _addresses,
    tuple[Step, ...]: _steps,
    Content: _content,
    Fit: _fit,
    Tour: _tour,
    Zoom: _zoom,
}
_FIELDS = {kind: _readers(command) for kind, command in TYPES.items()}


def _to_json(value: Any) -> object:
    match value:
        case str() | int():
            return value
        case tuple():
            return [_to_json(item) for item in value]
        case CellAddress(display, cell):
            return {"display": display, "cell": cell}
        case Tour():
            return tour_to_json(value)
        case Zoom():
            return zoom_to_json(value)
        case _ if type(value) in _NAMES:
            return command_to_json(value)
        case _:
            return content_to_json(value)
