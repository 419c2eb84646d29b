"""The pages: files that the build of `static/` made. Open to anybody, as nothing secret is in them."""

from __future__ import annotations

import re
from pathlib import Path

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse

import wallserver
from wallserver.control.answers import ApiError
from wallserver.control.routes import ControlOf
from wallserver.control.site import Control
from wallserver.page_zone import with_zone
from wallserver.people.guard import needs
from wallserver.people.rights import Action

# What a build calls its files: others are not looked for, as one with NUL or with 5000 letters, which no system has.
_ASSET = re.compile(r"[A-Za-z0-9_.-]{1,120}")
# A file's name holds a hash of what is in it: it never changes.
_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
router = APIRouter()


@router.get("/", dependencies=[needs(Action.OPEN)])
async def home() -> RedirectResponse:
    """The console is everybody's home."""
    return RedirectResponse("/console", status_code=307)


@router.get("/display", dependencies=[needs(Action.OPEN)])
async def display(control: ControlOf) -> HTMLResponse:
    """The page of a display."""
    return _page("display.html", control)


@router.get("/console", dependencies=[needs(Action.OPEN)])
async def console(control: ControlOf) -> HTMLResponse:
    """The operators' page."""
    return _page("console.html", control)


@router.get("/walls/{wall}/edit", dependencies=[needs(Action.OPEN)])
async def editor(control: ControlOf) -> HTMLResponse:
    """The page on which a wall is arranged; which one it is the page reads off its address."""
    return _page("editor.html", control)


@router.get("/walls/{wall}", dependencies=[needs(Action.OPEN)])
async def wall(control: ControlOf) -> HTMLResponse:
    """A wall over time: its schedule, what it showed, what it covered."""
    return _page("wall.html", control)


@router.get("/status", dependencies=[needs(Action.OPEN)])
async def status(control: ControlOf) -> HTMLResponse:
    """How the site's cameras are and were, and the site itself."""
    return _page("status.html", control)


@router.get("/admin", dependencies=[needs(Action.OPEN)])
async def admin(control: ControlOf) -> HTMLResponse:
    """The administrators' page: cameras, people, the audit, settings."""
    return _page("admin.html", control)


@router.get("/login", dependencies=[needs(Action.OPEN)])
async def login(control: ControlOf) -> HTMLResponse:
    """The page to sign in on."""
    return _page("login.html", control)


@router.get("/assets/{name}", dependencies=[needs(Action.OPEN)])
async def asset(name: str) -> FileResponse:
    """A script, a style, a font, a picture of a page."""
    if not _ASSET.fullmatch(name):
        raise ApiError(404, "There is nothing at this address.")
    return FileResponse(_path(f"assets/{name}"), headers=_FOR_EVER)


@router.get("/api/map/basemap", dependencies=[needs(Action.CAMERAS_SEE)])
async def basemap(control: ControlOf) -> Response:
    """The site's PMTiles file (`map.basemap`), 204 without; pages read it in pieces, by Range (RFC 9110 section 14)."""
    path = control.settings.map.basemap
    if path is None or not path.is_file():
        return Response(status_code=204)
    return FileResponse(path, media_type="application/vnd.pmtiles")


def static_folder() -> Path:
    """What the build made: in the installed package, or in the repository beside it."""
    packaged = Path(wallserver.__file__).parent / "static"
    return packaged if packaged.is_dir() else packaged.parents[1] / "static" / "dist"


def _page(name: str, control: Control) -> HTMLResponse:
    return HTMLResponse(with_zone(_path(name).read_bytes(), control.settings.timezone))


def _path(name: str) -> Path:
    folder = static_folder().resolve()
    path = (folder / name).resolve()
    if not path.is_relative_to(folder) or not path.is_file():
        raise ApiError(404, "There is nothing at this address.")
    return path
