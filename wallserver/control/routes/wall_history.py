"""The flight recorder: what a wall showed at an instant, who put it there, and what its displays prove of it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from layouts.wall_json import wall_to_json
from wallserver.catalogue.flight import Drawn, Order
from wallserver.control.answers import ApiError
from wallserver.control.instants import Instant, instant_ms
from wallserver.control.routes import ControlOf
from wallserver.control.routes.on_walls import wall_of
from wallserver.people.guard import needs
from wallserver.people.rights import Action

router = APIRouter()

type Json = dict[str, Any]


@router.get("/api/walls/{wall}/history", dependencies=[needs(Action.WALLS_SEE, of="wall")])
async def history(wall: str, at: Instant, control: ControlOf) -> Json:
    """The wall at an instant. Each cell: what was on it (`camera`; `step` where a tour chose it), since when, by whom
    and which revision, and what its display said: `drew` (null: nothing) with the pictures that it drew."""
    wall_of(control, wall)
    at_ms = instant_ms(at, control.settings.timezone)
    if at_ms > control.now_ms():
        raise ApiError(422, "That time is yet to come.", reason="to_come")
    revision = await control.catalogue.walls.as_of(wall, at_ms)
    if revision is None:
        raise ApiError(404, "This wall was not there yet at that time.")
    displays = revision.wall.displays
    cells = [(display.id, cell.id) for display in displays for cell in display.layout.cells]
    orders = await control.catalogue.flight.orders_at(wall, cells, at_ms)
    drawn = await control.catalogue.flight.drawn_at([display.id for display in displays], at_ms)
    answer = wall_to_json(revision.wall)
    for display in answer["displays"]:
        for cell in display["layout"]["cells"]:
            place = display["id"], cell["id"]
            cell |= _order_to_json(orders.get(place)) | {"drew": _drawn_to_json(drawn.get(place))}
    return answer | {"at_ms": at_ms, "made_by": revision.made_by, "made_ms": revision.made_ms}


def _order_to_json(order: Order | None) -> Json:
    if order is None:
        return dict.fromkeys(("camera", "step", "since_ms", "revision", "made_by", "made_ms"))
    return {
        "camera": order.camera,
        "step": order.step,
        "since_ms": order.since_ms,
        "revision": order.revision,
        "made_by": order.made_by,
        "made_ms": order.made_ms,
    }


def _drawn_to_json(drawn: Drawn | None) -> Json | None:
    if drawn is None:
        return None
    return {
        "camera": drawn.camera,
        "from_ms": drawn.from_ms,
        "until_ms": drawn.until_ms,
        "frames": drawn.frames,
        "plan": drawn.plan,
    }
