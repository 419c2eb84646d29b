"""Contents, zooms and tours to JSON and back. What is as it is by default is left out, so that snapshots stay small."""

from __future__ import annotations

from typing import cast

from layouts.contents import (
    EMPTY,
    CameraContent,
    ClockPanel,
    Content,
    Empty,
    ImagePanel,
    StatesPanel,
    TextPanel,
    TourContent,
    WebPanel,
    Zoom,
)
from layouts.errors import NotUnderstoodError
from layouts.json_reading import Json, Tree, integer, integer_or_none, mapping, only, text, text_or_none, texts
from layouts.tours import Kind, Order, Risk, Selector, Tour


def content_to_json(content: Content) -> Json:
    """With a `type`; a panel's kind stands under `panel`."""
    match content:
        case Empty():
            return {"type": "empty"}
        case CameraContent(camera):
            return {"type": "camera", "camera": camera}
        case TourContent(tour):
            return {"type": "tour", "tour": tour}
        case ClockPanel(time_zone):
            return {"type": "panel", "panel": "clock", "time_zone": time_zone}
        case TextPanel(words):
            return {"type": "panel", "panel": "text", "text": words}
        case ImagePanel(url):
            return {"type": "panel", "panel": "image", "url": url}
        case WebPanel(url):
            return {"type": "panel", "panel": "web", "url": url}
        case StatesPanel(selector):
            return {"type": "panel", "panel": "states", "selector": selector_to_json(selector)}


def content_from_json(document: object) -> Content:
    """The reverse; NotUnderstoodError for anything else, unknown keys included."""
    tree = mapping(document, "content")
    content: Content
    match tree.get("type"):
        case "empty":
            content = EMPTY
        case "camera":
            content = CameraContent(text(tree, "camera"))
        case "tour":
            content = TourContent(text(tree, "tour"))
        case "panel":
            content = _panel_from_json(tree)
        case other:
            raise NotUnderstoodError(f"there is no content of type {str(other)[:80]!r}")
    only(tree, set(content_to_json(content)), "this content")
    return content


def selector_to_json(selector: Selector) -> Json:
    """Only what it selects by."""
    found = {
        "district": selector.district,
        "kind": selector.kind,
        "risk": selector.risk,
        "state": selector.state,
    }
    return {key: value for key, value in found.items() if value is not None}


def selector_from_json(document: object) -> Selector:
    """The reverse."""
    tree = mapping(document, "selector")
    only(tree, {"district", "kind", "risk", "state"}, "a selector")
    return Selector(
        text_or_none(tree, "district"),
        cast("Kind | None", text_or_none(tree, "kind")),  # Selector refuses what is none
        cast("Risk | None", text_or_none(tree, "risk")),
        text_or_none(tree, "state"),
    )


def tour_to_json(tour: Tour) -> Json:
    """With either `cameras` or `selector`."""
    document: Json = {"id": tour.id, "name": tour.name}
    if tour.selector is None:
        document["cameras"] = list(tour.cameras)
    else:
        document["selector"] = selector_to_json(tour.selector)
    document |= {"dwell_s": tour.dwell_s, "order": tour.order}
    return document if tour.red_every_minutes is None else document | {"red_every_minutes": tour.red_every_minutes}


def tour_from_json(document: object) -> Tour:
    """The reverse."""
    tree = mapping(document, "tour")
    only(tree, {"id", "name", "cameras", "selector", "dwell_s", "order", "red_every_minutes"}, "a tour")
    return Tour(
        id=text(tree, "id"),
        name=text(tree, "name"),
        cameras=texts(tree, "cameras"),
        selector=None if tree.get("selector") is None else selector_from_json(tree["selector"]),
        dwell_s=integer(tree, "dwell_s"),
        order=cast("Order", text(tree, "order")),  # Tour refuses what is no order
        red_every_minutes=integer_or_none(tree, "red_every_minutes"),
    )


def zoom_to_json(zoom: Zoom) -> Json:
    """In ten-thousandths of the picture."""
    return {"x": zoom.x, "y": zoom.y, "w": zoom.w, "h": zoom.h}


def zoom_from_json(document: object) -> Zoom:
    """The reverse."""
    tree = mapping(document, "zoom")
    only(tree, {"x", "y", "w", "h"}, "a zoom")
    return Zoom(*(integer(tree, key) for key in ("x", "y", "w", "h")))


def _panel_from_json(tree: Tree) -> Content:
    match tree.get("panel"):
        case "clock":
            return ClockPanel(text(tree, "time_zone"))
        case "text":
            return TextPanel(text(tree, "text"))
        case "image":
            return ImagePanel(text(tree, "url"))
        case "web":
            return WebPanel(text(tree, "url"))
        case "states":
            return StatesPanel(selector_from_json(tree.get("selector")))
        case other:
            raise NotUnderstoodError(f"there is no panel {str(other)[:80]!r}")
