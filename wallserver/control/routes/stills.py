"""A still as it is answered: how old it is, and until when a browser may show it again."""

from __future__ import annotations

from email.utils import formatdate
from typing import Annotated

from fastapi import Query, Request, Response

from ingest.judge_settings import MOST_STILL_WIDTH
from wallserver.catalogue.camera import Camera
from wallserver.control.answers import ApiError
from wallserver.control.site import Control

_WIDTH = Query(ge=64, le=MOST_STILL_WIDTH, multiple_of=2)
type StillWidth = Annotated[int, _WIDTH]
type StillWidthIfAny = Annotated[int | None, _WIDTH]
AGE_HEADER = "X-Picture-Age-Ms"


async def small_still(control: Control, camera: Camera, request: Request) -> Response:
    """A camera's newest small picture, of whenever it was; nothing new for whoever has it already."""
    said = control.masked.said(camera.id)  # before: the picture may come with others than hold when it is there
    found = await control.judges.newest_still(camera)
    if found is None:
        raise ApiError(404, f"There is no picture of {camera.id} yet.")
    return still_answer(request, *found, (0, said.made_ms if said else 0), control.now_ms())


def still_answer(request: Request, jpeg: bytes, taken_ms: int, version: tuple[int, ...], now_ms: int) -> Response:
    """The JPEG, or 304 where the browser has it. `version`: what else there is to tell two of the same time apart."""
    headers = {
        "Cache-Control": "private, no-cache",
        "ETag": '"{}"'.format("-".join(map(str, (taken_ms, *version)))),
        "Last-Modified": formatdate(taken_ms / 1000, usegmt=True),
        AGE_HEADER: str(max(0, now_ms - taken_ms)),
    }
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(jpeg, media_type="image/jpeg", headers=headers)
