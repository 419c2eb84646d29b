"""The web application: its routes, what is around them, and the check that each of them declares its action."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from fastapi import FastAPI

from ingest.bus_address import BusAddress
from wallserver.config import Settings
from wallserver.control.answers import add_error_answers
from wallserver.control.audited import Audited
from wallserver.control.offer_limits import OfferGate
from wallserver.control.routes import (
    audit,
    availability,
    cameras,
    catalogue,
    coverage,
    discovery,
    displays,
    drafts,
    handovers,
    health,
    hls,
    leases,
    login,
    metrics,
    oidc,
    pages,
    pairing,
    public,
    replays,
    revisions,
    sessions,
    site_settings,
    status,
    steering,
    timed,
    tokens,
    users,
    wall_history,
    walls,
    whep,
)
from wallserver.control.security_headers import SecurityHeaders
from wallserver.control.site import open_control
from wallserver.people.guard import check_routes

_MOST_BODY = 512 * 1024  # bytes; an offer with 18 slots and every codec is 190 kB


def create_app(settings: Settings, address: BusAddress | None = None) -> FastAPI:
    """The application of a site; its lifespan opens the catalogue and goes on the bus at `address`.

    `app.state.background` is the task behind the routes: when it ends, something is wrong. Raises
    RouteWithoutActionError for a route that declares no action.
    """

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_control(settings) as control:
            app.state.control = control
            app.state.people = control.people
            app.state.objects = control.objects
            app.state.background = asyncio.create_task(control.run(address), name="control")
            try:
                yield
            finally:
                control.hub.close()
                app.state.background.cancel()
                await asyncio.wait({app.state.background})  # what it raised is for whoever watches it

    app = FastAPI(
        title="Wallserver", lifespan=lifespan, openapi_url=None, max_body_size=_MOST_BODY, redirect_slashes=False
    )
    app.add_middleware(Audited)
    app.add_middleware(OfferGate)
    app.add_middleware(
        SecurityHeaders, cors_origins=settings.http.cors_origins, panel_sites=settings.display.panel_sites
    )
    add_error_answers(app)
    people = (login, oidc, users, audit, pairing, tokens)
    arranging, playing = (cameras, catalogue, discovery, public, walls, displays), (replays, steering, whep, hls)
    working = (availability, status, drafts, timed, revisions, wall_history, coverage, leases, handovers)
    for module in (health, metrics, sessions, site_settings, *people, *arranging, *working, *playing, pages):
        app.include_router(module.router)
    check_routes(app.routes)
    return app
