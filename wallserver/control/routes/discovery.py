"""ONVIF cameras of the network, for administrators: search, look at what was found, take it into the catalogue.

The password that is tried is never told, nor are the addresses of streams, which may hold secrets.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from wallserver.catalogue.camera_change import shown_url
from wallserver.catalogue.errors import FieldError
from wallserver.control.answers import ApiError
from wallserver.control.discovery import MOST_CAMERAS, Chosen, NotAddedError, SearchingError
from wallserver.control.routes import ControlOf, note
from wallserver.discover import Search
from wallserver.discovered import Discovered
from wallserver.discovered_words import indonesian
from wallserver.people.guard import needs
from wallserver.people.rights import Action

_MOST_HOSTS = 64
_MOST_NOTED = 50

type Json = dict[str, Any]
type _Host = Annotated[str, StringConstraints(min_length=1, max_length=300, strip_whitespace=True)]
type _Token = Annotated[str, Field(min_length=1, max_length=200)]

router = APIRouter()


class SearchWanted(BaseModel):
    """Where to look: at these hosts (names, addresses, URLs of device services); by multicast where none is named."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    hosts: Annotated[list[_Host], Field(max_length=_MOST_HOSTS)] = []
    username: Annotated[str, Field(max_length=200, repr=False)] = ""
    password: Annotated[str, Field(max_length=200, repr=False)] = ""

    @field_validator("hosts")
    @classmethod
    def _can_be_asked(cls, value: list[str]) -> list[str]:
        for host in value:
            try:
                parts = urlsplit(host if "://" in host else f"http://{host}")
                good = parts.scheme in {"http", "https"} and parts.hostname and "@" not in parts.netloc
                good = good and ("://" in host or host.lower() == parts.hostname)
                _ = parts.port  # raises where it is no number
            except ValueError:
                good = False
            if not good or not host.isprintable() or " " in host:
                raise ValueError(
                    "must be names, addresses, or http:// addresses of ONVIF services (with a port), no passwords"
                )
        return value


class CameraWanted(BaseModel):
    """A camera that was found, and how it is to stand in the catalogue; `main`, `sub`: its profiles' tokens."""

    model_config = ConfigDict(extra="forbid")

    key: Annotated[str, Field(max_length=400)]
    id: Annotated[str, Field(max_length=200)]
    name: Annotated[str, Field(max_length=200)]
    main: _Token
    sub: _Token | None = None


class CamerasWanted(BaseModel):
    """Those that are to be taken in: all, or none."""

    model_config = ConfigDict(extra="forbid")

    cameras: Annotated[list[CameraWanted], Field(min_length=1, max_length=MOST_CAMERAS)]


@router.post("/api/discovery", dependencies=[needs(Action.CAMERAS_EDIT)], status_code=202)
async def search(wanted: SearchWanted, control: ControlOf, request: Request) -> None:
    """Begin a search, of a minute and a half at most. Name and password are tried once at each device, as a digest.

    409 while another goes on: there is one for the whole site.
    """
    try:
        control.discovery.begin(
            Search(hosts=tuple(wanted.hosts), username=wanted.username, password=wanted.password, choices=True)
        )
    except SearchingError as error:
        raise ApiError(409, str(error)) from error
    note(request, after={"searched": [shown_url(host) for host in wanted.hosts] or ["*"]})


@router.get("/api/discovery", dependencies=[needs(Action.CAMERAS_EDIT)])
async def found(control: ControlOf) -> Json:
    """How far the search is, and what was found so far. Whatever devices say is theirs: show it as text only."""
    discovery = control.discovery
    problem = discovery.problem
    return {
        "searching": discovery.searching,
        "searched": discovery.searched,
        "devices": len(discovery.devices),
        "answered": sum(here is not None for here in discovery.devices.values()),
        "left_out": discovery.left_out,
        "problem": None if problem is None else {"id": problem.indonesian, "en": problem.english},
        "cameras": [_told(key, camera) for key, camera in discovery.found(control.plans.cameras.keys()).items()],
    }


@router.delete("/api/discovery", dependencies=[needs(Action.CAMERAS_EDIT, changes=False)], status_code=204)
async def forget(control: ControlOf) -> None:
    """Forget what was found, and the password that was tried. 409 while a search goes on."""
    try:
        control.discovery.forget()
    except SearchingError as error:
        raise ApiError(409, str(error)) from error


@router.post("/api/discovery/cameras", dependencies=[needs(Action.CAMERAS_EDIT)])
async def add(wanted: CamerasWanted, control: ControlOf, request: Request) -> Json:
    """Take these into the catalogue, all or none. 422 has what is wrong in `cameras`, by key and column.

    409 while a search goes on.
    """
    chosen = [Chosen(one.key, one.id, one.name, one.main, one.sub) for one in wanted.cameras]
    try:
        added = await control.discovery.add(chosen)
    except NotAddedError as error:
        wrong = {key: _fields(errors) for key, errors in error.errors.items()}
        raise ApiError(422, "None of these cameras was taken in: there are errors.", cameras=wrong) from error
    except SearchingError as error:
        raise ApiError(409, str(error)) from error
    ids = [one.camera.id for one in added]
    note(request, after={"added_count": len(ids), "added": ids[:_MOST_NOTED]})
    await control.plans.refresh_cameras()
    return {"added": ids}


def _told(key: str, camera: Discovered) -> Json:
    entry, offer = camera.entry, camera.offer
    return {
        "key": key,
        "name": camera.name,
        "make": camera.make,
        "address": camera.address,
        "service": shown_url(camera.service),
        "known": camera.known,
        "id": entry.id if entry is not None else None,
        "main": offer.main.token if entry is not None and offer is not None else None,
        "sub": entry.sub_profile if entry is not None else None,
        "profiles": [
            {
                "token": profile.token,
                "codec": profile.codec,
                "width": profile.width,
                "height": profile.height,
                "fps": profile.fps,
            }
            for profile in (stream.profile for stream in camera.streams)
        ],
        "remarks": [{"id": indonesian(remark), "en": remark} for remark in camera.remarks],
    }


def _fields(errors: Sequence[FieldError]) -> list[Json]:
    return [{"column": one.column, "id": one.indonesian, "en": one.message} for one in errors]
