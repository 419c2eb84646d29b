"""Which mosaics are composed: the standing ones always, the others while a viewer's gateway demands them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ingest import ownership
from ingest.access_unit import AccessUnit
from ingest.bus import Bus
from ingest.demand import DemandLease
from ingest.stream_reader import StreamReader
from ingest.tiler import run_tiler
from layouts.commands import ApplyPreset
from layouts.presets import wall_showing
from tests.support.nats import BusServer
from tests.support.waiting import PATIENCE_S, eventually
from tests.wallserver.control.conftest import CAMERAS, running_site
from tests.wallserver.control.test_site import change, held, here, status
from wallserver.catalogue import open_catalogue
from wallserver.config import Settings, settings_of
from wallserver.control.health import health
from wallserver.gateway.cell_channel import CellChannel
from wallserver.gateway.fan_out import FanOut
from wallserver.gateway.slot import Slot

LINGER_S = 1.0
SUBS = {f"cam.cam-{n}.sub" for n in (4, 5, 6)}
WATCHED = "mosaic.city-2"


@pytest.fixture
async def settings(tmp_path: Path) -> Settings:
    """A wall of two displays, three cameras on each; the budget is for one of their mosaics."""
    mosaic = {"standing_cells": 5, "passthrough_cells": 0, "width": 1280, "height": 720}
    settings = settings_of(state_dir=tmp_path / "site", mosaic=mosaic)
    async with open_catalogue(settings) as catalogue:
        await catalogue.cameras.put(CAMERAS)
        names = [camera.id for camera in CAMERAS]
        await catalogue.walls.add(wall_showing("city", "Kota", names, cells_per_display=3), "test")
    return settings


@pytest.fixture
def short_linger(monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody demands any more ends after one second instead of ten."""
    monkeypatch.setattr(ownership, "LINGER_SECONDS", LINGER_S)


@contextlib.asynccontextmanager
async def tiling(server: BusServer) -> AsyncIterator[None]:
    """A tiler, as its process runs it."""
    stop = asyncio.Event()
    task = asyncio.create_task(run_tiler(server.address("tiler"), "t1", stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(task, PATIENCE_S)


@contextlib.asynccontextmanager
async def watching(bus: Bus, stream: str) -> AsyncIterator[FanOut]:
    """A viewer's slot at a gateway, without its WebRTC; the viewer leaves in good order."""
    fan_out = FanOut(bus, DemandLease(bus))
    slot = Slot(0, CellChannel())
    fan_out.show(slot, stream)
    try:
        yield fan_out
    finally:
        fan_out.show(slot, None)
        await fan_out.close()


async def until(reader: StreamReader, good: Callable[[AccessUnit], bool]) -> AccessUnit:
    """The first picture that is so; those before it must be of the same owner, none missing."""
    async with asyncio.timeout(PATIENCE_S):
        unit = await reader.next()
        while not good(unit):
            before, unit = unit, await reader.next()
            assert (unit.epoch, unit.sequence) == (before.epoch, before.sequence + 1)
        return unit


def layout_epoch(unit: AccessUnit) -> int:
    """The layout that the picture shows."""
    assert unit.cells is not None
    return unit.cells.layout_epoch


async def owned(bus: Bus, stream: str) -> bool:
    """Whether a tiler makes the stream."""
    return bool(await held(bus.bucket("leases"), stream))


async def free(bus: Bus, stream: str) -> bool:
    """Whether none does."""
    return not await owned(bus, stream)


async def demand_of(bus: Bus, display: str) -> set[str]:
    """What control demands for a display, as the bus has it."""
    return set((await held(bus.bucket("plans"), display)).get("streams", ()))


async def demands(bus: Bus, worker: str, streams: set[str]) -> bool:
    """Whether a worker says that it needs these."""
    return streams <= set((await held(bus.bucket("demand"), worker)).get("streams", ()))


async def specified(bus: Bus) -> set[str]:
    """The mosaics that the bus has a specification of."""
    names = ("city-1", "city-1_whep", "city-2", "city-2_whep")
    return {name for name in names if await held(bus.bucket("mosaics"), name)}


async def test_the_second_display_is_composed_while_it_is_watched(
    settings: Settings, bus_server: BusServer, short_linger: None
) -> None:
    gateway, onlooker = await bus_server.connect("gateway"), await bus_server.connect("control", "onlooker")
    async with running_site(settings, bus_server.address("control")), tiling(bus_server):
        await eventually(lambda: owned(onlooker, "mosaic.city-1"))
        assert await specified(onlooker) == {"city-1", "city-1_whep", "city-2", "city-2_whep"}
        assert await demand_of(onlooker, "city-2") == SUBS
        assert await free(onlooker, WATCHED)

        async with (
            asyncio.timeout(PATIENCE_S),
            watching(gateway, WATCHED) as fan_out,
            fan_out.awaiting(WATCHED) as first,
        ):
            assert first.cells is not None
            assert {cell.camera for cell in first.cells.cells} == {"cam-4", "cam-5", "cam-6"}
            # The tiler demands what it is made of, whatever control says.
            await eventually(lambda: demands(onlooker, "t1", SUBS))
        assert await owned(onlooker, WATCHED), "who comes back at once finds it running"
        await eventually(lambda: free(onlooker, WATCHED))
        assert await owned(onlooker, "mosaic.city-1")
        assert await demand_of(onlooker, "city-2") == SUBS


async def test_a_watched_mosaic_outlives_control_and_a_change_of_layout(
    settings: Settings, bus_server: BusServer, short_linger: None
) -> None:
    gateway, onlooker = await bus_server.connect("gateway"), await bus_server.connect("control", "onlooker")
    async with tiling(bus_server), watching(gateway, WATCHED):
        reader = gateway.subscribe(WATCHED)
        async with running_site(settings, bus_server.address("control")):
            first = await until(reader, lambda unit: True)
        away = int(3 * LINGER_S * 90_000)
        await until(reader, lambda unit: unit.timestamp - first.timestamp > away)

        async with running_site(settings, bus_server.address("control")) as site:
            await eventually(lambda: site.control.bus is not None)
            await change(site, ApplyPreset("city-2", "6x6"))
            moved = await until(reader, lambda unit: layout_epoch(unit) > layout_epoch(first))
            assert moved.epoch == first.epoch
            assert WATCHED not in await demand_of(onlooker, "city-2")
        await reader.close()


async def test_a_display_that_is_taken_down_leaves_nothing_and_its_budget_to_the_next(
    settings: Settings, bus_server: BusServer
) -> None:
    onlooker = await bus_server.connect("control", "onlooker")
    async with running_site(settings, bus_server.address("control")) as site:
        await eventually(lambda: demand_of(onlooker, "city-2"))
        wall = site.control.plans.walls["city"]
        site.control.plans.put_wall(replace(wall, revision=wall.revision + 1, displays=wall.displays[1:]))

        async def put_right() -> bool:
            demands = await demand_of(onlooker, "city-1"), await demand_of(onlooker, "city-2")
            return demands == (set(), SUBS | {WATCHED}) and await specified(onlooker) == {"city-2", "city-2_whep"}

        await eventually(put_right)


async def test_health_is_ok_while_nobody_watches_a_mosaic(settings: Settings, bus_server: BusServer) -> None:
    workers = {role: await bus_server.connect(role) for role in ("puller", "tiler", "gateway", "judge")}
    async with running_site(settings, bus_server.address("control")) as site:
        for camera in CAMERAS:
            stream = f"cam.{camera.id}.sub"
            await workers["puller"].bucket("status").put(stream, status(stream, worker="puller-1"))

        async def is_ok() -> bool:
            for role, bus in workers.items():
                await here(bus, role, f"{role}-1")
            return bool(health(site.control)["status"] == "ok")

        await eventually(is_ok)
        assert await free(workers["tiler"], "mosaic.city-1")
        assert await free(workers["tiler"], WATCHED)
