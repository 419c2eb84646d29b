"""The reader of a stream that somebody watches."""

from __future__ import annotations

import asyncio
import gc
import weakref

from ingest.access_unit import AccessUnit
from ingest.demand import DemandLease
from tests.support.nats import BusServer
from tests.support.waiting import eventually
from tests.wallserver.gateway.conftest import Studio
from tests.wallserver.gateway.pictures import Camera
from wallserver.gateway.fan_out import FanOut
from wallserver.gateway.slot import Feed


class _Viewer:
    """Asks for the packets of what it is given, as a slot does."""

    def __init__(self) -> None:
        self.stream: str | None = None
        self.given = 0
        self._feed: Feed | None = None

    def show(self, feed: Feed | None) -> None:
        self._feed = feed
        self.stream = feed.stream if feed is not None else None

    def push(self, unit: AccessUnit) -> None:
        assert self._feed is not None
        self._feed.packets(unit)
        self.given += 1

    def withdraw(self) -> None:
        """Nothing is kept."""


async def test_what_was_kept_of_a_stream_goes_with_its_last_viewer(bus_server: BusServer) -> None:
    """A wall that is edited, or whose tours go on, watches thousands of streams a day, for seconds each."""
    bus = await bus_server.connect("gateway")
    fan_out, viewer = FanOut(bus, DemandLease(bus)), _Viewer()
    studio = Studio(await bus_server.connect("puller"), Camera("cam.a.sub"))
    await studio.open()
    fan_out.show(viewer, "cam.a.sub")
    studio.run()
    await eventually(lambda: viewer.given > 10)
    gc.disable()
    try:
        feed = weakref.ref(fan_out._feeds["cam.a.sub"])
        fan_out.show(viewer, None)
        await eventually(lambda: not fan_out._closing)
        await asyncio.sleep(0)
        assert feed() is None
    finally:
        gc.enable()
        await studio.pause()
        await fan_out.close()
