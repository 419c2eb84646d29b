"""A gateway that dies: its displays are told at once, others are not, and a busy one is left in peace."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.support.nats import BusServer
from tests.support.waiting import eventually
from tests.wallserver.control.conftest import Site, running_site
from tests.wallserver.control.test_site import Gateway, alive, anybody, gateway_on, here
from wallserver.config import Settings
from wallserver.control import gateway_watch


@pytest.fixture
async def watching(
    settings: Settings, bus_server: BusServer, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Site, list[str]]]:
    """Control on the bus, trusting silence from the start, and the sessions that it gave up."""
    monkeypatch.setattr(gateway_watch, "_GRACE_S", 0.0)
    async with running_site(settings, bus_server.address("control")) as site:
        lost: list[str] = []
        site.control.hub.session_lost = lambda session: lost.append(session.name)  # type: ignore[method-assign]
        await eventually(lambda: site.control.bus is not None)
        yield site, lost


async def beating(gateway: Gateway) -> bool:
    """Its heartbeat, once more."""
    await here(gateway.bus, "gateway", gateway.worker)
    return True


async def test_a_gateway_that_dies_is_noticed_within_a_second(
    watching: tuple[Site, list[str]], bus_server: BusServer
) -> None:
    site, lost = watching
    first, second = await gateway_on(bus_server, "g1"), await gateway_on(bus_server, "g2")
    sessions = site.control.sessions
    await eventually(lambda: len(site.control.live.workers("gateway")) == 2)
    one = (await sessions.open("display", "offer", (None,), "city-1", still_may=anybody)).session
    two = (await sessions.open("display", "offer", (None,), "city-1", still_may=anybody)).session
    assert {one.gateway, two.gateway} == {"g1", "g2"}
    dying, other = (one, two) if one.gateway == first.worker else (two, one)
    await alive(second.bus, "gateway", first.worker)  # to the bus it is there still: only asking it tells
    await first.bus.close()
    await eventually(lambda: lost == [dying.name])
    assert gateway_watch._SILENCES * gateway_watch._ASK_EVERY_S < 1
    assert sessions.of("city-1") == [other]
    assert (await sessions.open("display", "offer", (None,), "city-1", still_may=anybody)).session.gateway == "g2"


class BusyGateway(Gateway):
    """One that is there, and comes to nothing but offers."""

    asked = 0

    async def alive(self, _: str, payload: dict[str, Any]) -> dict[str, Any]:
        self.asked += 1
        await asyncio.Event().wait()
        return {}


async def test_a_gateway_that_is_busy_keeps_its_sessions_and_gets_no_new_ones(
    watching: tuple[Site, list[str]], bus_server: BusServer
) -> None:
    site, lost = watching
    sessions = site.control.sessions
    busy = BusyGateway(await bus_server.connect("gateway", "g1"), "g1")
    await busy.serve()
    await beating(busy)
    await eventually(lambda: site.control.live.workers("gateway"))
    kept = (await sessions.open("display", "offer", (None,), "city-1", still_may=anybody)).session
    other = await gateway_on(bus_server, "g2")

    async def asked_often() -> bool:
        return await beating(busy) and await beating(other) and busy.asked >= 5

    await eventually(asked_often)
    assert lost == []
    assert sessions.of("city-1") == [kept]
    for _ in range(3):
        assert (await sessions.open("whep", "offer", (None,), still_may=anybody)).session.gateway == "g2"


async def test_a_bus_that_was_away_says_nothing_about_gateways(
    settings: Settings, bus_server: BusServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway_watch, "_GRACE_S", 2.0)
    async with running_site(settings, bus_server.address("control")) as site:
        await eventually(lambda: site.control.bus is not None)
        gateway = await gateway_on(bus_server, "g1")
        await eventually(lambda: site.control.live.workers("gateway"))
        session = (await site.control.sessions.open("display", "offer", (None,), "city-1", still_may=anybody)).session
        await bus_server.stop()
        await bus_server.start()
        bus = site.control.bus
        assert bus is not None
        await eventually(lambda: bus.connected and gateway.bus.connected)
        strikes = 0

        async def asked_again() -> bool:
            nonlocal strikes
            answer = await bus.request("req.gateway.g1.alive", {}, timeout=1)
            strikes += answer == {"ok": True}
            return strikes > 20

        await eventually(asked_again, every=0.05)
        assert site.control.sessions.of("city-1") == [session]
