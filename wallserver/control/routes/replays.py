"""Instant replay: what there is of a camera, and playing it by WHEP."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from wallserver.control.answers import ApiError
from wallserver.control.replays import NoReplayError
from wallserver.control.routes import ControlOf, camera_that_is_on
from wallserver.people.guard import needs
from wallserver.people.rights import Action

router = APIRouter()


class Wanted(BaseModel):
    """`stream`: one of the camera's, or the one that reaches back furthest. `from_ms`: Unix milliseconds."""

    model_config = ConfigDict(extra="forbid")

    stream: Annotated[str, Field(max_length=80)] | None = None
    from_ms: Annotated[int, Field(ge=0, lt=2**53)] | None = None


@router.get("/api/cameras/{camera}/replay", dependencies=[needs(Action.CAMERAS_REPLAY, of="camera")])
async def kept(camera: str, control: ControlOf) -> list[dict[str, Any]]:
    """From when and until when there are pictures of a camera's streams, Unix milliseconds; none: an empty list."""
    found = await control.replays.kept(camera_that_is_on(control, camera))
    return [{"stream": one.stream, "from_ms": one.from_ms, "until_ms": one.until_ms} for one in found]


@router.post("/api/cameras/{camera}/replay", dependencies=[needs(Action.CAMERAS_REPLAY, of="camera")], status_code=201)
async def begin(camera: str, control: ControlOf, wanted: Wanted | None = None) -> dict[str, Any]:
    """Begin a replay. It plays from its first viewer on (`POST /whep/<stream>`, within 10 s) until its last one."""
    wanted = wanted or Wanted()
    try:
        replay = await control.replays.begin(camera_that_is_on(control, camera), wanted.stream, wanted.from_ms)
    except NoReplayError as error:
        raise ApiError(409, str(error)) from error
    return {
        "id": replay.id,
        "stream": replay.stream,
        "of": replay.kept.stream,
        "from_ms": replay.kept.from_ms,
        "until_ms": replay.kept.until_ms,
    }


@router.get("/api/replays/{replay}", dependencies=[needs(Action.CAMERAS_REPLAY, of="replay")])
async def how(replay: str, control: ControlOf) -> dict[str, Any]:
    """Whether a replay has ended, and why, in both languages."""
    known = control.replays.find(replay)
    if known is None:
        raise ApiError(404, "There is no such replay.")
    cause_id, cause_en = known.ended or ("", "")
    return {
        "id": replay,
        "camera": known.camera,
        "ended": bool(known.ended),
        "cause_id": cause_id,
        "cause_en": cause_en,
    }
