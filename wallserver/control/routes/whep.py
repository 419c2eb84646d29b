"""WHEP: any single stream to any player (draft-ietf-wish-whep).

CORS: other sites' players may use these addresses, with a bearer token; `Access-Control-Allow-Origin: *` without
credentials, so that a browser never sends our cookie along. A page of ours with a cookie sends X-Wallserver, which
is not among the headers that other sites may send. (security_headers.py puts the first two on every answer.)
"""

from __future__ import annotations

import hashlib
from typing import Annotated

from fastapi import APIRouter, Header, Request, Response

from wallserver.catalogue.camera import camera_of
from wallserver.control.answers import problem
from wallserver.control.planner import whep_mosaic
from wallserver.control.routes import ControlOf
from wallserver.people.guard import needs
from wallserver.people.rights import Action

_SDP = "application/sdp"
_FRAGMENT = "application/trickle-ice-sdpfrag"
_MOST_SDP = 400_000
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "POST, PATCH, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, If-Match",
    "Access-Control-Max-Age": "86400",
    "Accept-Post": _SDP,
}
router = APIRouter(prefix="/whep")

type IfMatch = Annotated[str | None, Header()]


def stream_behind(control: ControlOf, stream: str) -> str | None:
    """The stream on the bus for one that players ask for; None if there is none of this name.

    A display's mosaic is another one for players: whole, and with the cards of dead cameras burned in.
    """
    if (named := camera_of(stream)) is not None:
        camera = control.plans.cameras.get(named[0])
        there = camera is not None and camera.id not in control.off and stream in camera.streams
        return stream if there else None
    kind, _, name = stream.partition(".")
    if kind == "replay":
        replay = control.replays.find(name)
        there = replay is not None and replay.ended is None and replay.camera not in control.off
        return stream if there else None
    if kind == "mosaic" and name in control.plans.displays:
        return f"mosaic.{whep_mosaic(name)}"
    return None


@router.options("/{stream}", dependencies=[needs(Action.OPEN)])
@router.options("/{stream}/{session}", dependencies=[needs(Action.OPEN)])
async def preflight() -> Response:
    """What may be sent here, and by whom."""
    return Response(status_code=204, headers=_PREFLIGHT)


@router.post("/{stream}", dependencies=[needs(Action.STREAM_WATCH, of="stream")])
async def play(stream: str, control: ControlOf, request: Request) -> Response:
    """An offer in, an answer out: 201 and the address of the session."""
    if _content_type(request) != _SDP:
        return problem(request, 415, f"Send the offer as {_SDP}.")
    if not _accepts(request.headers.get("accept", "*/*"), _SDP):
        return problem(request, 406, f"The answer is {_SDP}; accept that.")
    behind = stream_behind(control, stream)
    if behind is None:
        return problem(request, 404, f"There is no stream {stream}.")
    offer = await _text(request)
    if offer is None:
        return problem(request, 400, "The offer is no text of a reasonable size.")
    session, answer = await control.sessions.open("whep", offer, (behind,))
    headers = {
        "Location": f"/whep/{stream}/{session.name}",
        "ETag": _etag(session.name),
        "Accept-Patch": _FRAGMENT,
    }
    return Response(answer, 201, headers, media_type=_SDP)


@router.patch("/{stream}/{session}", dependencies=[needs(Action.STREAM_WATCH, of="stream")])
async def trickle(session: str, control: ControlOf, request: Request, if_match: IfMatch = None) -> Response:
    """Candidates that the player found later. An ICE restart is refused: a player that lost us offers anew."""
    if _content_type(request) != _FRAGMENT:
        return problem(request, 415, f"Send candidates as {_FRAGMENT}.")
    found = control.sessions.find(session)
    if if_match == "*":
        return problem(request, 422, "ICE restarts are not supported. Make a new session.")
    if if_match is not None and if_match != _etag(found.name):
        return problem(request, 412, "This ETag is not the session's.")
    fragment = await _text(request)
    if fragment is None:
        return problem(request, 400, "The candidates are no text of a reasonable size.")
    await control.sessions.candidate(found, fragment)
    return Response(status_code=204)


@router.delete("/{stream}/{session}", dependencies=[needs(Action.STREAM_WATCH, of="stream")])
async def leave(session: str, control: ControlOf) -> Response:
    """End the session."""
    await control.sessions.close(control.sessions.find(session))
    return Response(status_code=200)


def _etag(session: str) -> str:
    """The ICE session's entity tag; from its name, so that it is the same after a restart of control."""
    return f'"{hashlib.sha256(session.encode()).hexdigest()[:16]}"'


def _content_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _accepts(accept: str, media_type: str) -> bool:
    kind = media_type.split("/")[0]
    for part in accept.split(","):
        name, _, parameters = part.strip().partition(";")
        refused = "q=0" in parameters.replace(" ", "").split(";")
        if name.strip().lower() in {media_type, f"{kind}/*", "*/*"} and not refused:
            return True
    return False


async def _text(request: Request) -> str | None:
    body = await request.body()
    if len(body) > _MOST_SDP:
        return None
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None
