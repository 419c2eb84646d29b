"""Steering a camera over ONVIF: what it can do, moves of a second that are said again, and saved places."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from ingest.onvif.ptz import MAX_TOKEN
from ingest.steering import Axis
from wallserver.catalogue.camera import Camera
from wallserver.control.answers import ApiError
from wallserver.control.routes import ControlOf, camera_that_is_on, note, waited
from wallserver.control.steering import HeldError, Hold, NotSteeredError
from wallserver.people.guard import needs, principal_of
from wallserver.people.objects import Camera as CameraObject
from wallserver.people.rate_limits import Tried
from wallserver.people.rights import Action, Person, authorize

router = APIRouter()


class Wanted(BaseModel):
    """What is to be done; `take_over`: though somebody else steers, which is a supervisor's right."""

    model_config = ConfigDict(extra="forbid")

    take_over: bool = False


class Move(Wanted):
    """How fast, of what the camera can: right, up and nearer are positive."""

    pan: Axis = 0.0
    tilt: Axis = 0.0
    zoom: Axis = 0.0


class Goto(Wanted):
    """A saved place, by its token."""

    preset: Annotated[str, Field(min_length=1, max_length=MAX_TOKEN)]


@router.get("/api/cameras/{camera}/ptz", dependencies=[needs(Action.CAMERAS_STEER, of="camera")])
async def look(camera: str, request: Request, control: ControlOf) -> dict[str, Any]:
    """Whether the camera can be turned, its saved places, and who steers it now.

    409 where that cannot be said, with a `reason`: its live picture is not shown (unseen), it is masked, the public
    sees it (public), its puller is silent, or the camera itself does not answer (camera).
    """
    found, who = _counted(camera, request, control)
    try:
        can = await control.steering.look(found)
    except NotSteeredError as error:
        raise _refused(error, who) from error
    return can | {"held": _told(control.steering.hold(found), who)}


@router.post("/api/cameras/{camera}/ptz/move", dependencies=[needs(Action.CAMERAS_STEER, of="camera")])
async def move(camera: str, wanted: Move, request: Request, control: ControlOf) -> dict[str, Any]:
    """Move for a second: say it again sooner, for as long as it is to go on. 409, with `held`, where somebody else
    steers.
    """
    found, who = _counted(camera, request, control)
    over = _may_take_over(wanted, request, control, camera)
    velocity = {"pan": wanted.pan, "tilt": wanted.tilt, "zoom": wanted.zoom}
    try:
        hold, begins = await control.steering.move(found, who, velocity, over=over)
    except (HeldError, NotSteeredError) as error:
        raise _refused(error, who) from error
    if begins:
        note(request, after={"steers": True})
    else:
        request.state.done = None  # each second of a move is not written down
    return {"held": _told(hold, who)}


@router.post("/api/cameras/{camera}/ptz/stop", dependencies=[needs(Action.CAMERAS_STEER, of="camera")])
async def stop(camera: str, request: Request, control: ControlOf) -> dict[str, Any]:
    """Stand still: also one that is masked, that the public sees, or that is being switched off. 409, with `held`,
    where somebody else steers.

    Written down, and counted, where whoever asks does not steer: it may end what the camera does by itself.
    """
    found = control.plans.cameras.get(camera)
    if found is None:
        raise ApiError(404, f"There is no camera {camera}.")
    who = _person(request)
    if control.steering.hold(found) is None:
        _count(who, control)
        note(request, after={"stopped": True})
    else:
        request.state.done = None
    try:
        await control.steering.stop(found, who)
    except (HeldError, NotSteeredError) as error:
        raise _refused(error, who) from error
    return {}


@router.post("/api/cameras/{camera}/ptz/goto", dependencies=[needs(Action.CAMERAS_STEER, of="camera")])
async def go_to(camera: str, wanted: Goto, request: Request, control: ControlOf) -> dict[str, Any]:
    """Go to a saved place. 409, with `held`, where somebody else steers."""
    found, who = _counted(camera, request, control)
    over = _may_take_over(wanted, request, control, camera)
    try:
        hold, name = await control.steering.go_to(found, who, wanted.preset, over=over)
    except (HeldError, NotSteeredError) as error:
        raise _refused(error, who) from error
    note(request, after={"preset": name})
    return {"held": _told(hold, who)}


def _counted(camera: str, request: Request, control: ControlOf) -> tuple[Camera, Person]:
    """The camera, and who asks, if they do not ask too often."""
    found, who = camera_that_is_on(control, camera), _person(request)
    _count(who, control)
    return found, who


def _count(who: Person, control: ControlOf) -> None:
    if not control.people.limits.count(Tried.STEER, who.id):
        raise waited(control.people.limits.wait_s(Tried.STEER, who.id))


def _person(request: Request) -> Person:
    who = principal_of(request)
    if not isinstance(who, Person):  # tokens have no such right; were they given it, nobody could be held to it
        raise ApiError(403, "Only a person steers a camera.")
    return who


def _may_take_over(wanted: Wanted, request: Request, control: ControlOf, camera: str) -> bool:
    obj: CameraObject = control.objects.camera(camera)
    if wanted.take_over and not authorize(principal_of(request), Action.CAMERAS_TAKE, obj):
        raise ApiError(403, "Only a supervisor takes a camera over from whoever steers it.")
    return wanted.take_over


def _refused(error: HeldError | NotSteeredError, who: Person) -> ApiError:
    if isinstance(error, HeldError):
        return ApiError(409, str(error), held=_told(error.hold, who))
    return ApiError(409, str(error), reason=error.reason)


def _told(hold: Hold | None, who: Person) -> dict[str, Any] | None:
    if hold is None:
        return None
    return {"by": hold.name, "mine": hold.person == who.id, "until_ms": hold.until_ms}
