"""What the public may see: published by administrators, cut off by supervisors, watched by operators."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter, Query, Request, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from wallserver.catalogue.publications import CutKind, CutOff, Wanted
from wallserver.control.answers import ApiError
from wallserver.control.public_cameras import NotPublishedError
from wallserver.control.routes import ControlOf, WhoAsks, note
from wallserver.control.site import Control
from wallserver.people import objects
from wallserver.people.guard import needs
from wallserver.people.rights import Action, Person, Principal, authorize

_YEAR_S = 366 * 24 * 3600
# In no group: only who may do it everywhere may do it to this one.
_ANY_CAMERA = objects.Camera("")

router = APIRouter()


def _can_be_seen(value: str) -> str:
    if not value.isprintable():
        raise ValueError("has a character in it that cannot be seen")
    return value


type _Name = Annotated[
    str, StringConstraints(min_length=1, max_length=120, strip_whitespace=True), AfterValidator(_can_be_seen)
]
type _Group = Annotated[str, StringConstraints(max_length=120, strip_whitespace=True), AfterValidator(_can_be_seen)]
type _Text = Annotated[
    str, StringConstraints(min_length=1, max_length=400, strip_whitespace=True), AfterValidator(_can_be_seen)
]


class Publish(BaseModel):
    """What the public is told of a camera; `position`: latitude and longitude in degrees (WGS 84), or nothing.

    `group`: left out, it stays what it was.
    """

    model_config = ConfigDict(extra="forbid")

    name: _Name
    group: _Group | None = None
    position: tuple[Annotated[float, Field(ge=-90, le=90)], Annotated[float, Field(ge=-180, le=180)]] | None = None


class CutOffWanted(BaseModel):
    """What is cut off: a camera by its id, a group by its name, or all; why, and what the public is told of it.

    `for_s`: how long, by the site's clock; without, it lasts until somebody lifts it.
    """

    model_config = ConfigDict(extra="forbid")

    kind: Literal["camera", "group", "all"]
    target: Annotated[str, Field(max_length=120)] = ""
    reason: _Text
    public_text: _Text
    for_s: Annotated[float, Field(gt=0, le=_YEAR_S)] | None = None

    @model_validator(mode="after")
    def _names_what_there_is(self) -> Self:
        if (self.kind == "all") == bool(self.target):
            raise ValueError("names a camera or a group by 'target', or all without one")
        return self


@router.get("/api/public", dependencies=[needs(Action.PUBLIC_SEE)])
async def published(control: ControlOf, who: WhoAsks) -> dict[str, Any]:
    """What is published of the cameras that whoever asks may see, with how many watch it; and all cut-offs that hold.

    `viewers`: {"webrtc", "page"}: by WebRTC, and pages that have it open, however they are shown it.
    """
    watched = _watched(control)
    cameras = [
        {
            "camera": one.camera,
            "public_id": one.public_id,
            "name": one.shown.name,
            "group": one.shown.group,
            "position": one.shown.position,
            "published_by": one.made_by,
            "published_ms": one.made_ms,
            "viewers": watched.get(one.public_id, {"webrtc": 0, "page": 0}),
        }
        for one in control.public.publications.values()
        if authorize(who, Action.CAMERAS_SEE, control.objects.camera(one.camera))
    ]
    cuts = [
        {
            "kind": cut.kind,
            "target": cut.target,
            "reason": cut.reason,
            "public_text": cut.public_text,
            "made_by": cut.made_by,
            "made_ms": cut.made_ms,
            "until_ms": cut.until_ms,
        }
        for cut in control.public.cut_offs
        if cut.kind != "camera" or authorize(who, Action.CAMERAS_SEE, control.objects.camera(cut.target))
    ]
    return {"enabled": control.settings.public.enabled, "cameras": cameras, "cut_offs": cuts}


@router.put("/api/cameras/{camera}/public", dependencies=[needs(Action.CAMERAS_PUBLISH, of="camera")])
async def publish(camera: str, wanted: Publish, control: ControlOf, who: WhoAsks, request: Request) -> dict[str, str]:
    """Show a camera to anybody, under an id that is chance; or say something else of one that is shown: {"public_id"}.

    Refused (409) where the site has no public page, so that nothing waits there unseen for one, and where it would be
    one more than can be composed all the time.
    """
    if camera not in control.plans.cameras:
        raise ApiError(404, f"There is no camera {camera}.")
    if not control.settings.public.enabled:
        raise ApiError(409, "This site has no public page (public.enabled in its settings).", reason="no_public")
    said = Wanted(wanted.name, wanted.group or "", wanted.position)
    by = who.name if isinstance(who, Person) else ""
    try:
        before, after = await control.public.publish(camera, said, by, keep_group=wanted.group is None)
    except NotPublishedError as error:
        raise ApiError(409, str(error), reason=error.reason) from error
    was = None if before is None else {"name": before.shown.name, "group": before.shown.group}
    note(request, before={"public": was}, after={"public": {"name": after.shown.name, "group": after.shown.group}})
    return {"public_id": after.public_id}


@router.delete(
    "/api/cameras/{camera}/public", dependencies=[needs(Action.CAMERAS_PUBLISH, of="camera")], status_code=204
)
async def take_back(camera: str, control: ControlOf, request: Request) -> None:
    """Show it to the public no more, at once; nothing changes where it is not shown."""
    if camera not in control.plans.cameras:
        raise ApiError(404, f"There is no camera {camera}.")
    await control.public.take_back(camera)
    note(request, after={"public": None})


@router.put("/api/public/cut-off", dependencies=[needs(Action.PUBLIC_CUT)], status_code=204)
async def cut_off(wanted: CutOffWanted, control: ControlOf, who: WhoAsks, request: Request, response: Response) -> None:
    """Cut a camera, a group or all off from the public, within two seconds, wherever it is being watched.

    202 in place of 204: it holds, but the database does not have it after a second; it is written there once it can be.
    """
    _check_theirs(control, who, wanted.kind, wanted.target)
    if wanted.kind != "all" and not control.public.concerned(wanted.kind, wanted.target):
        raise ApiError(404, f"No {wanted.kind} that is published is called {wanted.target}.")
    now_ms = control.now_ms()
    until_ms = None if wanted.for_s is None else now_ms + round(wanted.for_s * 1000)
    by = who.name if isinstance(who, Person) else ""
    cut = CutOff(wanted.kind, wanted.target, wanted.reason, wanted.public_text, by, now_ms, until_ms)
    in_database = await control.public.cut_off(cut)
    said = wanted.model_dump(exclude={"for_s"}) | {"until_ms": until_ms}
    note(request, obj=wanted.target or wanted.kind, after={"cut_off": said}, behind=not in_database)
    if not in_database:
        response.status_code = 202


@router.delete("/api/public/cut-off", dependencies=[needs(Action.PUBLIC_CUT)], status_code=204)
async def lift(
    control: ControlOf,
    who: WhoAsks,
    request: Request,
    kind: CutKind,
    target: Annotated[str, Query(max_length=120)] = "",
) -> None:
    """Show it again; nothing changes where that is not cut off."""
    _check_theirs(control, who, kind, target)
    await control.public.lift(kind, target)
    note(request, obj=target or kind, after={"cut_off": None, "kind": kind})


def _check_theirs(control: Control, who: Principal, kind: CutKind, target: str) -> None:
    """Whoever cuts off must be allowed to see all that is meant; where that is everything, or nothing yet, any camera.

    ApiError (403).
    """
    meant = [_ANY_CAMERA]
    if kind == "camera":
        meant = [control.objects.camera(target)]
    elif kind == "group" and (concerned := control.public.concerned(kind, target)):
        meant = [control.objects.camera(one) for one in concerned]
    if not all(authorize(who, Action.PUBLIC_CUT, one) for one in meant):
        raise ApiError(403, "All cameras that are meant have to be within your scope.")


def _watched(control: Control) -> dict[str, dict[str, int]]:
    """By public id, of all public gateways together."""
    found: dict[str, dict[str, int]] = {}
    for said in control.live.workers("public").values():
        for name, counts in said.get("watched", {}).items():
            sums = found.setdefault(name, {"webrtc": 0, "page": 0})
            for way in sums:
                sums[way] += counts.get(way, 0)
    return found
