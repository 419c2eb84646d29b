"""The list of cameras with their states."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable, Iterable
from itertools import batched, islice
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from ingest.masks import LEAST_POINTS, MOST_MASKS, MOST_POINTS, Mask, Style, masks_to_json
from ingest.zoom import WHOLE
from wallserver.catalogue.camera import Camera
from wallserver.catalogue.errors import StaleMasksError
from wallserver.catalogue.switches import SwitchedOff
from wallserver.control.answers import ApiError
from wallserver.control.camera_rows import UNKNOWN, ListedCamera, Picture
from wallserver.control.camera_views import CameraView
from wallserver.control.instants import MOST_MS
from wallserver.control.routes import ControlOf, WhoAsks, cameras_for, catalogue_for, note
from wallserver.control.routes.stills import StillWidthIfAny, small_still, still_answer
from wallserver.control.site import Control
from wallserver.people.guard import needs
from wallserver.people.rights import Action, Person, Principal

type _Place = Annotated[int, Field(ge=0, le=WHOLE)]

_AT_A_TIME = 500  # cameras of a list
router = APIRouter()


@router.get("/api/cameras", dependencies=[needs(Action.CAMERAS_SEE)], response_model=list[dict[str, Any]])
async def cameras(
    control: ControlOf,
    who: WhoAsks,
    q: Annotated[str | None, Query(max_length=200)] = None,
    offset: Annotated[int, Query(ge=0, lt=2**31)] = 0,
    limit: Annotated[int | None, Query(ge=1, le=1000)] = None,
) -> Response:
    """Every camera that whoever asks may see: what it is called, where it stands, and how it is. Never how to get in.

    `q`: those alone of which a word of name, district, village, lorong or id begins with each word of it. `limit`
    and `offset` page through what is found. `X-States-Version` and `X-Catalogue` are the version and the catalogue that
    GET /api/states tells, which goes on from there.
    """
    # Before the states themselves: what changes later is told with the next version.
    newest = control.states.newest()
    told = {"X-States-Version": str(newest), "X-Catalogue": catalogue_for(who, control)}
    if (q, offset, limit) == (None, 0, None):
        listed = await control.camera_lists.get(
            _version_for(who, control, newest), lambda: _encoded(control, cameras_for(who, control))
        )
    else:
        found = cameras_for(who, control, None if q is None else control.search.find(q))
        listed = await _encoded(control, islice(found, offset, None if limit is None else offset + limit))
    return Response(listed, media_type="application/json", headers=told)


def _version_for(who: Principal, control: Control, states: int) -> Hashable:
    """The same for all who may see the same cameras, for as long as these are the same ones, in the same states."""
    seen = who.scope.cameras if isinstance(who, Person) else who
    return control.plans.version, control.off.changes, control.masked.changes, states, seen


async def _encoded(control: Control, cameras: Iterable[Camera]) -> bytes:
    """Their list in JSON. Thousands take a twentieth of a second and more, in which others have their turns."""
    rows: list[bytes] = []
    for some in batched(cameras, _AT_A_TIME):
        views = control.plans.site_views(some)
        rows += [
            control.camera_rows.row(_told(control, camera, views[camera.id]), control.plans.version) for camera in some
        ]
        await asyncio.sleep(0)
    return b"[" + b",".join(rows) + b"]"


def _told(control: Control, camera: Camera, view: CameraView) -> ListedCamera:
    status = control.live.status(camera.main_stream) or control.live.status(camera.sub_stream)
    picture = Picture(status.codec, status.width, status.height, status.fps) if status else UNKNOWN
    return ListedCamera(camera, view, picture, camera.id in control.masked)


@router.get("/api/cameras/{camera}/still", dependencies=[needs(Action.CAMERAS_SEE, of="camera")])
async def still(camera: str, control: ControlOf, request: Request, width: StillWidthIfAny = None) -> Response:
    """The camera's newest picture, a JPEG 320 pixels wide; `Last-Modified` is when it was taken.

    With `width`: of what it sends now, at most so wide, and no wider than its stream.
    """
    known = control.plans.cameras.get(camera)
    if known is None:
        raise ApiError(404, f"There is no camera {camera}.")
    if width is None:
        return await small_still(control, known, request)
    found = await control.judges.still_of(control.judges.stream_for(known, width), width)
    if found is None:
        raise ApiError(
            404, f"Nobody pulls {camera} at present. Without a width there may be a small picture of its last visit."
        )
    said = control.masked.said(camera)
    return still_answer(request, *found, (width, said.made_ms if said else 0), control.now_ms())


@router.post("/api/cameras/{camera}/view", dependencies=[needs(Action.CAMERAS_SWITCH, of="camera")], status_code=204)
async def accept_view(camera: str, control: ControlOf) -> None:
    """What the camera shows now is what it should show: it is no longer called moved, or blurred."""
    known = control.plans.cameras.get(camera)
    if known is None:
        raise ApiError(404, f"There is no camera {camera}.")
    if not await control.judges.accept_view(known):
        raise ApiError(503, "No judge can be reached. Try again soon.")


class SwitchOff(BaseModel):
    """Why, and until when (Unix milliseconds); without: until somebody switches it on."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, StringConstraints(min_length=1, max_length=120, strip_whitespace=True)]
    until_ms: Annotated[int, Field(gt=0, lt=MOST_MS)] | None = None

    @field_validator("reason")
    @classmethod
    def _can_be_seen(cls, value: str) -> str:
        if not value.isprintable():
            raise ValueError("has a character in it that cannot be seen")
        return value


@router.put("/api/cameras/{camera}/off", dependencies=[needs(Action.CAMERAS_SWITCH, of="camera")], status_code=204)
async def switch_off(camera: str, wanted: SwitchOff, control: ControlOf, who: WhoAsks, request: Request) -> None:
    """Switch a camera off: no display shows it, no player gets it, nobody connects to it, and every page says why."""
    if camera not in control.plans.cameras:
        raise ApiError(404, f"There is no camera {camera}.")
    now_ms = control.now_ms()
    if wanted.until_ms is not None and wanted.until_ms <= now_ms:
        raise ApiError(422, "The time until which it is to be off is over.")
    by = who.name if isinstance(who, Person) else ""
    await control.off.off(SwitchedOff(camera, wanted.reason, by, now_ms, wanted.until_ms))
    note(request, after={"off": wanted.model_dump()})


@router.delete("/api/cameras/{camera}/off", dependencies=[needs(Action.CAMERAS_SWITCH, of="camera")], status_code=204)
async def switch_on(camera: str, control: ControlOf, request: Request) -> None:
    """Switch it on again; nothing changes where it is on."""
    if camera not in control.plans.cameras:
        raise ApiError(404, f"There is no camera {camera}.")
    await control.off.on(camera)
    note(request, after={"off": None})


class MaskWanted(BaseModel):
    """A polygon in 1/10000 of the picture's width and height, as it is shown."""

    model_config = ConfigDict(extra="forbid")

    points: Annotated[list[tuple[_Place, _Place]], Field(min_length=LEAST_POINTS, max_length=MOST_POINTS)]
    style: Style = "solid"


class MasksWanted(BaseModel):
    """All masks of a camera; none: everything is shown. `made_ms`: of those that whoever sends it was looking at."""

    model_config = ConfigDict(extra="forbid")

    masks: Annotated[list[MaskWanted], Field(max_length=MOST_MASKS)]
    made_ms: Annotated[int, Field(ge=0, lt=2**63)] | None


@router.get("/api/cameras/{camera}/masks", dependencies=[needs(Action.CAMERAS_SEE, of="camera")])
async def masks(camera: str, control: ControlOf) -> dict[str, Any]:
    """What of a camera nobody may see, and who said so when (Unix milliseconds; null where nobody ever did)."""
    if camera not in control.plans.cameras:
        raise ApiError(404, f"There is no camera {camera}.")
    return _masks(control, camera)


@router.put("/api/cameras/{camera}/masks", dependencies=[needs(Action.CAMERAS_MASK, of="camera")])
async def mask(camera: str, wanted: MasksWanted, control: ControlOf, who: WhoAsks, request: Request) -> dict[str, Any]:
    """Mask parts of a camera's picture, in place of those that were masked; the answer has those that hold then. 409,
    with those that hold, where somebody has drawn others meanwhile.

    From then on nobody gets its own streams, nor a replay: displays and players get it through a tiler.
    """
    if camera not in control.plans.cameras:
        raise ApiError(404, f"There is no camera {camera}.")
    made = tuple(Mask(tuple(one.points), one.style) for one in wanted.masks)
    note(request, before={"masks": masks_to_json(control.masked.of(camera))}, after={"masks": masks_to_json(made)})
    try:
        await control.masked.put(camera, made, who.name if isinstance(who, Person) else "", wanted.made_ms)
    except StaleMasksError as error:
        said = f"The masks of {camera} were changed meanwhile; yours are not saved. Look at what holds now."
        raise ApiError(409, said, reason="stale", **_masks(control, camera)) from error
    return _masks(control, camera)


def _masks(control: Control, camera: str) -> dict[str, Any]:
    said = control.masked.said(camera)
    return {
        "masks": masks_to_json(control.masked.of(camera)),
        "made_by": said.made_by if said else None,
        "made_ms": said.made_ms if said else None,
    }


@router.get("/api/cameras/{camera}/history", dependencies=[needs(Action.CAMERAS_SEE, of="camera")])
async def history(
    camera: str,
    control: ControlOf,
    before_ms: Annotated[int | None, Query(ge=0, lt=2**63)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> list[dict[str, Any]]:
    """What became of a camera's streams, the newest change first; `before_ms` (Unix milliseconds) pages back."""
    if camera not in control.plans.cameras:
        raise ApiError(404, f"There is no camera {camera}.")
    before = before_ms if before_ms is not None else 2**63 - 1
    return [
        {
            "stream": change.stream,
            "at_ms": change.at_ms,
            "state": change.state.value,
            "cause_id": change.cause_id,
            "cause_en": change.cause_en,
        }
        for change in await control.catalogue.history.of(camera, before, limit)
    ]
