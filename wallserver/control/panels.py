"""What cells show besides cameras' pictures, as displays are told of it; and which panels may be shown at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from layouts.apply import contents_given
from layouts.commands import Command
from layouts.contents import (
    WHOLE,
    WHOLE_SIDE,
    ClockPanel,
    ImagePanel,
    StatesPanel,
    TextPanel,
    WebPanel,
)
from layouts.contents_json import content_to_json
from layouts.errors import LayoutError
from layouts.geometry import Rect
from layouts.tours import Selector
from layouts.wall import Cell, Display, Part
from wallserver.catalogue.camera import Camera
from wallserver.control.camera_views import WORST_FIRST, CameraView
from wallserver.control.tours import selects

type Json = dict[str, Any]

MOST_LISTED = 40  # rows of a list of cameras: more than can be read across a room


def check_sites(command: Command, sites: Sequence[str]) -> None:
    """LayoutError for a page or picture of a site that is none of `sites` (origins)."""
    for content in contents_given(command):
        if isinstance(content, ImagePanel | WebPanel) and not is_allowed(content.url, sites):
            raise LayoutError(
                f"{_origin(content.url)} is not among display.panel_sites of config.yaml", reason="panel_site"
            )


def is_allowed(url: str, sites: Sequence[str]) -> bool:
    """Whether a page or picture comes from one of these sites."""
    return _origin(url) in sites


def with_views(plan: Json, display: Display, sites: Sequence[str]) -> Json:
    """The message `plan` with what each cell shows besides a camera's whole picture by its own name."""
    cells = {cell.id: cell for cell in display.layout.cells}
    return plan | {"cells": [cell | _view(cells[cell["id"]], display, sites) for cell in plan["cells"]]}


def state_lists(display: Display, cameras: Mapping[str, Camera], views: Mapping[str, CameraView]) -> dict[str, Json]:
    """By cell, what a list of cameras says: how many are in each state, and the worst ones by name."""
    return {
        cell.id: _listed(cell.content.selector, cameras, views)
        for cell in display.layout.cells
        if isinstance(cell.content, StatesPanel)
    }


def _listed(selector: Selector, cameras: Mapping[str, Camera], views: Mapping[str, CameraView]) -> Json:
    everyone = ((camera, views[camera.id]) for camera in cameras.values())
    found = [(camera, view) for camera, view in everyone if selects(selector, camera, view.state)]
    found.sort(key=lambda one: (WORST_FIRST.index(one[1].state), one[0].name))
    return {
        "counts": dict(Counter(view.state.value for _, view in found)),
        "cameras": [
            {"name": camera.name, "state": view.state.value, "since_ms": view.since_ms}
            for camera, view in found[:MOST_LISTED]
        ],
    }


def _view(cell: Cell, display: Display, sites: Sequence[str]) -> Json:
    view: Json = {}
    if cell.label is not None:
        view["name"] = cell.label
    if cell.zoom != WHOLE:
        zoom = cell.zoom
        sides = {"x": zoom.x, "y": zoom.y, "w": zoom.w, "h": zoom.h}
        view["zoom"] = {side: length / WHOLE_SIDE for side, length in sides.items()}
    if cell.part is not None:
        view["span"] = _span(cell.rect, cell.part, display)
    match cell.content:
        case ClockPanel() | TextPanel():
            view["panel"] = content_to_json(cell.content)
        case ImagePanel(url) | WebPanel(url):
            view["panel"] = content_to_json(cell.content) | {"allowed": is_allowed(url, sites)}
        case StatesPanel():
            view["panel"] = {"type": "panel", "panel": "states"}
    return view


def _span(rect: Rect, part: Part, display: Display) -> dict[str, float]:
    """Where the whole picture lies of which a cell shows its part, in fractions of the display, also beyond it."""
    layout = display.layout
    across = rect.w / layout.columns / part.rect.w  # of the display, for each pixel of the wall
    down = rect.h / layout.rows / part.rect.h
    return {
        "x": rect.x / layout.columns - part.rect.x * across,
        "y": rect.y / layout.rows - part.rect.y * down,
        "w": part.width * across,
        "h": part.height * down,
    }


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()
