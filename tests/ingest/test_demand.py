"""Demand: the union of what plans, gateways and tilers need."""

from __future__ import annotations

from typing import Any

from ingest.backoff import Importance
from ingest.bus import Bus
from ingest.demand import DemandLease, DemandView
from tests.support.nats import BusServer
from tests.support.waiting import eventually


async def test_is_the_union_of_plans_and_workers(bus_server: BusServer) -> None:
    control, gateway = await bus_server.connect("control"), await bus_server.connect("gateway")
    view = DemandView(await bus_server.connect("puller"))
    await eventually(lambda: view.synced)
    assert view.streams == frozenset()
    await control.bucket("plans").put("hall", {"streams": ["cam.a.sub", "cam.b.sub"]})
    lease = DemandLease(gateway)
    lease.set(["cam.b.sub", "cam.c.main"])
    await eventually(lambda: view.streams == {"cam.a.sub", "cam.b.sub", "cam.c.main"})
    lease.set([])
    await eventually(lambda: view.streams == {"cam.a.sub", "cam.b.sub"})
    await control.bucket("plans").delete("hall")
    await eventually(lambda: not view.streams)


async def test_what_displays_show_is_wanted_most(bus_server: BusServer) -> None:
    control, gateway = await bus_server.connect("control"), await bus_server.connect("gateway")
    view = DemandView(await bus_server.connect("puller"))
    await control.bucket("plans").put("hall", {"streams": ["cam.a.sub"]})
    DemandLease(gateway).set(["cam.a.sub", "cam.b.sub"])
    await eventually(lambda: len(view.streams) == 2)
    wanted = [view.importance(f"cam.{camera}.sub") for camera in "abc"]
    assert wanted == [Importance.SHOWN, Importance.DEMANDED, Importance.REST]
    await control.bucket("plans").delete("hall")
    await eventually(lambda: view.importance("cam.a.sub") is Importance.DEMANDED)


async def test_ends_with_who_said_it(bus_server: BusServer) -> None:
    gateway = await bus_server.connect("gateway")
    view = DemandView(await bus_server.connect("puller"))
    DemandLease(gateway).set(["cam.a.sub"])
    await eventually(lambda: view.streams == {"cam.a.sub"})
    await gateway.close()
    await eventually(lambda: not view.streams)


async def test_tells_that_it_changed(bus_server: BusServer) -> None:
    gateway = await bus_server.connect("gateway")
    view = DemandView(await bus_server.connect("puller"))
    DemandLease(gateway).set(["cam.a.sub"])
    while view.streams != {"cam.a.sub"}:
        await view.changed()


async def test_nonsense_in_the_bucket_is_no_demand(bus_server: BusServer) -> None:
    control: Bus = await bus_server.connect("control")
    values: list[dict[str, Any]] = [{}, {"streams": 5}, {"streams": [1, "cam.a.sub"]}]
    for number, value in enumerate(values):
        await control.bucket("plans").put(f"p{number}", value)
    view = DemandView(await bus_server.connect("puller"))
    await eventually(lambda: view.streams == {"cam.a.sub"})


async def test_whoever_breaks_into_the_public_gateway_starts_no_camera_with_it(bus_server: BusServer) -> None:
    public = await bus_server.connect("public", "p1")
    view = DemandView(await bus_server.connect("puller"))
    DemandLease(public).set(["public.square", "cam.a.main", "mosaic.hall"])
    await eventually(lambda: view.streams == {"public.square"})
