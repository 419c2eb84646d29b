"""HLS: any single stream, for players that have no WebRTC. Here is who may; the pictures come from a gateway.

CORS as for WHEP: other sites' players may come with a bearer token, never with our cookie.
"""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request, Response

from wallserver.control.answers import problem
from wallserver.control.routes import ControlOf, WhoAsks
from wallserver.people.guard import Needs, needs
from wallserver.people.rights import Action

_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization",
    "Access-Control-Max-Age": "86400",
}
_PLAYLIST = "/hls/{stream}/index.m3u8"
_may_watch = Needs(Action.STREAM_WATCH, of="stream", changes=False)
router = APIRouter()


@router.options(_PLAYLIST, dependencies=[needs(Action.OPEN)])
async def preflight() -> Response:
    """What may be asked here, and by whom."""
    return Response(status_code=204, headers=_PREFLIGHT)


@router.get(_PLAYLIST, dependencies=[Depends(_may_watch)])
@router.head(_PLAYLIST, dependencies=[Depends(_may_watch)])
async def watch(stream: str, control: ControlOf, who: WhoAsks, request: Request) -> Response:
    """307 to the viewer's own playlist, which lives while the viewer may watch and does."""
    behind = control.player_streams.behind(stream)
    if behind is None:
        return problem(request, 404, f"There is no stream {stream}.")
    place = await control.hls.open(who, stream, behind, still_may=lambda: _may_watch(request))
    return Response(status_code=307, headers={"Location": place})
