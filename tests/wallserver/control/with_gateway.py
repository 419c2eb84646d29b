"""A site whose gateway is a real one, and players at it: from HTTP to the first picture."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from ingest.bus import Bus
from tests.support.nats import BusServer
from tests.support.waiting import eventually
from tests.wallserver.control.conftest import Site, running_site
from tests.wallserver.gateway.conftest import running_gateway
from wallserver.config import Settings


@asynccontextmanager
async def site_with_gateway(settings: Settings, bus_server: BusServer) -> AsyncIterator[tuple[Site, Bus]]:
    """Control and a gateway, and the bus as a puller has it. Needs the fixture `viewers_on_loopback`."""
    async with running_gateway(bus_server), running_site(settings, bus_server.address("control")) as site:
        await eventually(lambda: site.control.live.workers("gateway"))
        yield site, await bus_server.connect("puller")


@asynccontextmanager
async def player_of(site: Site, stream: str | None) -> AsyncIterator[httpx.AsyncClient]:
    """A WHEP player's HTTP, with a token for this stream, or any."""
    token = await site.control.people.tokens.for_player("player", stream)
    async with site.client(authorization=f"Bearer {token}", content_type="application/sdp") as client:
        yield client
