"""Displays: their list, their sessions, their WebSocket."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response, WebSocket
from pydantic import BaseModel, ConfigDict, Field

from wallserver.control.answers import ApiError
from wallserver.control.display_hub import IDENTIFY_MS
from wallserver.control.planner import MOST_SLOTS
from wallserver.control.routes import ControlOf, WhoAsks, address_of, waited
from wallserver.control.routes.stills import StillWidth, small_still, still_answer
from wallserver.control.viewers import words_for
from wallserver.control.ways import Way
from wallserver.people.guard import Needs, needs
from wallserver.people.rate_limits import Tried
from wallserver.people.rights import Action, authorize

_may_show = Needs(Action.DISPLAY_SHOW, of="display", changes=False)
router = APIRouter()


class Offer(BaseModel):
    """A display's offer: SDP with as many m=video lines as it has slots, and the data channel `cells`."""

    model_config = ConfigDict(extra="forbid")

    sdp: Annotated[str, Field(max_length=400_000)]
    slots_offered: Annotated[int, Field(ge=1, le=MOST_SLOTS)] = MOST_SLOTS


@router.get("/api/displays", dependencies=[needs(Action.DISPLAYS_SEE)])
async def displays(control: ControlOf, who: WhoAsks) -> list[dict[str, Any]]:
    """Every display that whoever asks may see: its wall, whether it is paired, by how many browsers it is shown."""
    paired = await control.people.pairing.displays()
    return [
        {
            "id": name,
            "name": shown.display.name,
            "wall": shown.wall.id,
            "width": shown.display.width,
            "height": shown.display.height,
            "paired": name in paired,
            "connected": control.hub.connected(name),
            "report": control.hub.report(name),
        }
        for name, shown in control.plans.displays.items()
        if authorize(who, Action.DISPLAYS_SEE, control.objects.display(name))
    ]


@router.post("/api/walls/{wall}/identify", dependencies=[needs(Action.CELLS_ARRANGE, of="wall", changes=False)])
async def identify(wall: str, control: ControlOf) -> dict[str, int]:
    """Every display of the wall shows its number, large, for so many `ms`; `told`: how many browsers. 429 where that
    would hide its pictures most of the time."""
    known = control.plans.walls.get(wall)
    if known is None:
        raise ApiError(404, f"There is no wall {wall}.")
    if not control.people.limits.count(Tried.IDENTIFY, wall):
        raise waited(control.people.limits.wait_s(Tried.IDENTIFY, wall))
    return {"told": control.hub.identify([display.id for display in known.displays]), "ms": IDENTIFY_MS}


@router.get("/api/displays/{display}/plan", dependencies=[needs(Action.DISPLAYS_SEE, of="display")])
async def display_plan(display: str, control: ControlOf) -> dict[str, Any]:
    """How a display gets each of its cells, why so, and what that costs."""
    shown = control.plans.displays.get(display)
    if shown is None:
        raise ApiError(404, f"There is no display {display}.")
    return shown.to_json()


@router.get("/api/displays/{display}/stills/{shown}", dependencies=[needs(Action.DISPLAY_SHOW, of="display")])
async def camera_still(display: str, shown: str, control: ControlOf, request: Request) -> Response:
    """The newest picture of a camera that the display's plan shows by stills (`shown`), and of no other one."""
    there = control.plans.displays.get(display)
    by_stills = {cell.camera for cell in there.plan.cells if cell.way is Way.STILL} if there else set()
    if shown not in by_stills or shown not in control.plans.cameras:
        raise ApiError(404, f"This display shows no stills of a camera {shown}.")
    return await small_still(control, control.plans.cameras[shown], request)


@router.get("/api/streams/{stream}/still", dependencies=[needs(Action.STREAM_WATCH, of="stream")])
async def still(stream: str, control: ControlOf, request: Request, width: StillWidth = 1280) -> Response:
    """A picture of a whole display (`mosaic.<display>`), a JPEG at most so wide, while its mosaic is being made."""
    shown = control.plans.displays.get(stream.removeprefix("mosaic."))
    if shown is None or not stream.startswith("mosaic."):
        raise ApiError(404, f"{stream} is not a display as a whole; GET /api/cameras/ID/still is a camera's.")
    whole = shown.plan.whep.stream
    if (
        whole not in control.live.demanded
        and shown.plan.mosaic is not None
        and shown.plan.mosaic.cells == shown.plan.whep.cells
    ):
        whole = shown.plan.mosaic.stream  # which has all of its cells
    found = await control.judges.still_of(whole, width)
    if found is None:
        raise ApiError(404, f"Nobody composes {stream} at present: a player who watches it has that done.")
    return still_answer(request, *found, (width,), control.now_ms())


@router.post("/api/displays/{display}/session", dependencies=[Depends(_may_show)], status_code=201)
async def open_session(
    display: str, offer: Offer, control: ControlOf, who: WhoAsks, request: Request
) -> dict[str, Any]:
    """A gateway answers the offer; the slots begin with what the display's plan says."""
    control.offers.admit("display", address_of(request))
    shown = control.plans.displays.get(display)
    if shown is None:
        raise ApiError(404, f"There is no display {display}.")
    slots = shown.attached[: offer.slots_offered]
    answer = await control.sessions.open(
        "display", offer.sdp, slots, display, still_may=lambda: _may_show(request), viewer=words_for(who)
    )
    if shown.plan.light or control.plans.displays.get(display) is not shown or shown.attached[: len(slots)] != slots:
        # An offer does not say that it is to be the lighter mosaic; or the plan changed while the gateway answered.
        control.hub.slots_changed(display)
    return {"session": answer.session.name, "sdp": answer.sdp, "plan": shown.number}


@router.delete(
    "/api/displays/{display}/session/{session}",
    dependencies=[needs(Action.DISPLAY_SHOW, of="display")],
    status_code=204,
)
async def close_session(display: str, session: str, control: ControlOf) -> None:
    """The display leaves."""
    await control.sessions.close(control.sessions.find(session, display))


# Opening the socket is open to anybody; its first message must be a hello with a display's token.
@router.websocket("/ws/display", dependencies=[needs(Action.OPEN)])
async def display_socket(socket: WebSocket, control: ControlOf) -> None:
    """Plans and states to a display."""
    await control.hub.serve(socket)
