"""WHEP: any single stream to any player (draft-ietf-wish-whep-03).

CORS: pages of other sites may use these addresses as `http.cors_origins` says, with a bearer token and without
credentials, so that a browser never sends our cookie along. A page of ours with a cookie sends X-Wallserver, which
is not among the headers that other sites may send. (security_headers.py puts the first two on every answer.)
"""

from __future__ import annotations

import asyncio
import time
from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Header, Request, Response
from starlette.exceptions import HTTPException

from wallserver.control.answers import problem
from wallserver.control.routes import ControlOf, WhoAsks, address_of
from wallserver.control.viewers import words_for
from wallserver.gateway.settings import TurnSettings
from wallserver.gateway.turn_credential import credential_of
from wallserver.people.guard import Needs, needs, principal_of
from wallserver.people.rights import Action

_log = structlog.get_logger(__name__)

_SDP = "application/sdp"
_FRAGMENT = "application/trickle-ice-sdpfrag"
_MOST_SDP = 400_000
# How long a body may take; 400 kB take less at 1 Mbit/s.
_BODY_S = 5.0
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST, PATCH, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, If-Match",
    "Access-Control-Max-Age": "86400",
    "Accept-Post": _SDP,
}
_may_watch = Needs(Action.STREAM_WATCH, of="stream", changes=False)
router = APIRouter(prefix="/whep")

type IfMatch = Annotated[str | None, Header()]


@router.options("/{stream}", dependencies=[needs(Action.OPEN)])
@router.options("/{stream}/{session}", dependencies=[needs(Action.OPEN)])
async def preflight() -> Response:
    """What may be sent here, and by whom."""
    return Response(status_code=200, headers=_PREFLIGHT)


@router.get("/{stream}", dependencies=[needs(Action.STREAM_WATCH, of="stream")])
@router.get("/{stream}/{session}", dependencies=[needs(Action.STREAM_WATCH, of="stream")])
async def nothing() -> Response:
    """These addresses have nothing to read; the draft wants that said with success."""
    return Response(status_code=204)


@router.post("/{stream}", dependencies=[Depends(_may_watch)])
async def play(stream: str, control: ControlOf, request: Request) -> Response:
    """An offer in, an answer out: 201 and the address of the session."""
    control.offers.admit("player", address_of(request))
    if _content_type(request) != _SDP:
        return problem(request, 415, f"Send the offer as {_SDP}.")
    if not _accepts(request.headers.get("accept", "*/*"), _SDP):
        return problem(request, 406, f"The answer is {_SDP}; accept that.")
    offer = await _text(request)
    if offer is None:
        return problem(request, 400, "The offer is no text of a reasonable size.")
    await _may_watch(request)  # once more: whoever sends an offer slowly may have lost the right meanwhile
    behind = control.player_streams.behind(stream)
    if behind is None:
        return problem(request, 404, f"There is no stream {stream}.")
    viewer, sent = words_for(principal_of(request)), control.transcodes.for_webrtc(behind)
    answer = await control.sessions.open(
        "whep", offer, (sent,), still_may=lambda: _may_watch(request), viewer=viewer, asked=stream
    )
    headers = {
        "Location": f"/whep/{stream}/{answer.session.name}",
        "ETag": f'"{answer.tag}"',
        "Accept-Patch": _FRAGMENT,
    }
    if (link := ice_server_link(control.settings.gateway.turn, time.time())) is not None:
        headers["Link"] = link
    return Response(answer.sdp, 201, headers, media_type=_SDP)


@router.patch("/{stream}/{session}", dependencies=[needs(Action.STREAM_WATCH, of="stream")])
async def trickle(
    stream: str, session: str, control: ControlOf, who: WhoAsks, request: Request, if_match: IfMatch = None
) -> Response:
    """Candidates that the player found later: 204; or new credentials of it, an ICE restart: 200 and ours.

    Which ICE session is meant is for the gateway to check: it knows it also after a restart of control.
    """
    if _content_type(request) != _FRAGMENT:
        return problem(request, 415, f"Send candidates as {_FRAGMENT}.")
    found = control.sessions.find(session, viewer=words_for(who), asked=stream)
    fragment = await _text(request)
    if fragment is None:
        return problem(request, 400, "The candidates are no text of a reasonable size.")
    restarted = await control.sessions.patch(found, fragment, if_match)
    if restarted is None:
        return Response(status_code=204)
    return Response(restarted.fragment, 200, {"ETag": f'"{restarted.tag}"'}, media_type=_FRAGMENT)


@router.delete("/{stream}/{session}", dependencies=[needs(Action.STREAM_WATCH, of="stream")])
async def leave(stream: str, session: str, control: ControlOf, who: WhoAsks) -> Response:
    """End the session."""
    await control.sessions.close(control.sessions.find(session, viewer=words_for(who), asked=stream))
    return Response(status_code=200)


def ice_server_link(turn: TurnSettings, now: float) -> str | None:
    """A TURN server that a player may use (RFC 9725 section 4.6), with credentials that expire; None if there is none.

    Of a configured account nobody is told: only who shares a secret with the server can make others.
    """
    if turn.url is None or turn.username is not None:
        return None
    try:
        credential = credential_of(turn, now)
    except OSError as error:
        _log.error("the TURN server's credential cannot be read", reason=error.strerror)
        return None
    return (
        f'<{turn.url}>; rel="ice-server"; username="{credential.username}"; '
        f'credential="{credential.password}"; credential-type="password"'
    )


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
    try:
        async with asyncio.timeout(_BODY_S):
            body = await request.body()
    except TimeoutError:
        raise HTTPException(408, headers={"Connection": "close"}) from None
    if len(body) > _MOST_SDP:
        return None
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None
