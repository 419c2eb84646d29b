"""Who is working where on a wall: told to all, renewed by the page, taken over only by saying so."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from layouts.errors import LayoutError
from wallserver.control.answers import ApiError
from wallserver.control.leases import Lease, Region, TakenError
from wallserver.control.routes import ControlOf, WhoAsks
from wallserver.control.routes.on_walls import cannot_be, wall_of, whose
from wallserver.people.guard import needs
from wallserver.people.rights import Action, Person, may_arrange

router = APIRouter()

# Proxies hang up on who says nothing for a minute; and for so long may be told once more who may no more.
MOST_WAIT_S = 20
# Ours, as they come back: a proxy that compresses makes them weak (nginx), or adds to them ("…-gzip", Apache).
# What is compared is what they are of (RFC 9110, 13.1.2).
_TAG = re.compile(r'"([0-9a-f]{16})[^"]*"')


class Wanted(BaseModel):
    """Cells of a display, or without `cells` all of it."""

    model_config = ConfigDict(extra="forbid")

    display: Annotated[str, Field(max_length=63)]
    cells: Annotated[list[Annotated[str, Field(max_length=120)]], Field(min_length=1, max_length=64)] | None = None
    take_over: bool = False


@router.get("/api/walls/{wall}/leases", dependencies=[needs(Action.WALLS_SEE, of="wall")])
async def leases(
    wall: str,
    control: ControlOf,
    who: WhoAsks,
    if_none_match: Annotated[str, Header()] = "",
    wait_s: Annotated[int, Query(ge=0, le=MOST_WAIT_S)] = 0,
) -> Response:
    """All that hold. Whoever has them already (`If-None-Match`) is told within `wait_s` when they change, else 304."""
    wall_of(control, wall)
    known = _TAG.findall(if_none_match)
    if wait_s and (tag := control.leases.tag(wall)) in known:
        session = who.session if isinstance(who, Person) else ""
        await control.leases.news(wall, tag, session, wait_s)
    tag = control.leases.tag(wall)
    headers = {"ETag": f'"{tag}"', "Cache-Control": "private, no-cache"}
    if tag in known:
        return Response(status_code=304, headers=headers)
    return JSONResponse([_to_json(lease) for lease in control.leases.of(wall)], headers=headers)


@router.put("/api/walls/{wall}/leases", dependencies=[needs(Action.CELLS_ARRANGE, of="wall", changes=False)])
async def take(wall: str, wanted: Wanted, control: ControlOf, who: WhoAsks) -> dict[str, Any]:
    """Take a region, or renew it (every 10 s; it ends after 30). 409 with the holders where somebody else works."""
    there = wall_of(control, wall)
    try:
        there.display(wanted.display)
        for cell in wanted.cells or ():
            there.cell(wanted.display, cell)
    except LayoutError as error:
        raise cannot_be(error) from error
    cells = [cell.id for cell in there.display(wanted.display).layout.cells]
    if not may_arrange(who, wall, frozenset((wanted.display, cell) for cell in wanted.cells or cells)):
        raise ApiError(403, "Some of these cells are not yours to rearrange.")
    region = Region(wanted.display, None if wanted.cells is None else frozenset(wanted.cells))
    person, name = whose(who)
    try:
        return _to_json(control.leases.take(wall, person, name, region, cells, over=wanted.take_over))
    except TakenError as error:
        raise ApiError(409, str(error), leases=[_to_json(lease) for lease in error.holders]) from error


@router.delete(
    "/api/walls/{wall}/leases", dependencies=[needs(Action.CELLS_ARRANGE, of="wall", changes=False)], status_code=204
)
async def leave(wall: str, control: ControlOf, who: WhoAsks) -> None:
    """Give back all of one's own on this wall."""
    wall_of(control, wall)
    control.leases.leave(wall, whose(who).id)


def _to_json(lease: Lease) -> dict[str, Any]:
    return {
        "by": lease.name,
        "display": lease.region.display,
        "cells": None if lease.region.cells is None else sorted(lease.region.cells),
        "since_ms": lease.since_ms,
        "until_ms": lease.until_ms,
    }
