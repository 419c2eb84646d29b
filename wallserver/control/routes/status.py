"""What the page /status keeps itself up to date by: states of cameras, workers, streams, figures of the last hours."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from wallserver.control.routes import ControlOf, WhoAsks, cameras_for, catalogue_for
from wallserver.people.guard import needs
from wallserver.people.rights import Action, authorize

router = APIRouter()

# Of a heartbeat: what says nothing to people.
_OF_NO_USE = frozenset({"pid", "boot_id", "rtt", "loss", "mosaics", "capacity"})


@router.get("/api/states", dependencies=[needs(Action.CAMERAS_SEE)])
async def states(control: ControlOf, who: WhoAsks, after: Annotated[int, Query(ge=0, lt=2**63)] = 0) -> dict[str, Any]:
    """The state of every camera that whoever asks may see and that is another one than at version `after`, and the
    version to ask with the next time. `catalogue` is another one whenever cameras were added or changed, or others may
    be seen: then what is known is to be forgotten, and GET /api/cameras says all anew."""
    news = control.states.since(after)
    all_cameras = control.plans.cameras
    seen = cameras_for(who, control, (all_cameras[name] for name in news if name in all_cameras))
    return {
        "version": control.states.version,
        "catalogue": catalogue_for(who, control),
        "states": {camera.id: news[camera.id] for camera in seen},
    }


@router.get("/api/workers", dependencies=[needs(Action.SESSIONS_SEE)])
async def workers(control: ControlOf) -> list[dict[str, Any]]:
    """Every live worker as its heartbeat says: role, host, since (Unix seconds), memory and its counts since then;
    `cpu`: cores in use over the last 15 s, null where that is not known yet."""
    said = control.live.heartbeats
    shown = {key: {name: value for name, value in one.items() if name not in _OF_NO_USE} for key, one in said.items()}
    return [one | {"cpu": control.trends.cpu.get(key)} for key, one in sorted(shown.items())]


@router.get("/api/streams", dependencies=[needs(Action.SESSIONS_SEE)])
async def streams(control: ControlOf, who: WhoAsks) -> dict[str, Any]:
    """Camera streams that are pulled, and composed ones, of those that whoever asks may see."""
    pulled = [
        {
            "stream": status.stream,
            "camera": status.camera,
            "state": status.state.value,
            "codec": status.codec,
            "width": status.width,
            "height": status.height,
            "fps": status.fps,
            "gop_s": status.gop_s,
            "kbps": status.bitrate_kbps,
            "worker": status.worker,
        }
        for status in control.live.pulled()
        if authorize(who, Action.STREAM_WATCH, control.objects.stream(status.stream))
    ]
    composed = [
        {"stream": stream, "worker": tiler, **figures}
        for tiler, said in control.live.workers("tiler").items()
        for stream, figures in said.get("mosaics", {}).items()
        if authorize(who, Action.STREAM_WATCH, control.objects.stream(stream))
    ]
    return {"pulled": pulled, "composed": composed}


@router.get("/api/trends", dependencies=[needs(Action.SESSIONS_SEE)])
async def trends(control: ControlOf, after_ms: Annotated[int, Query(ge=0, lt=2**63)] = 0) -> dict[str, Any]:
    """The site's figures of the last hours since control began (`since_ms`), a point every 15 s."""
    return {"since_ms": control.began_ms, "points": control.trends.since(after_ms)}
