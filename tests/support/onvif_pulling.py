"""A camera that speaks ONVIF, as its puller knows it, and that puller."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from ingest.bus import Bus
from ingest.puller import run_puller
from ingest.source import SourceSpec
from tests.support.nats import BusServer
from tests.support.onvif_device import PASSWORD, USER, OnvifDevice
from tests.support.waiting import PATIENCE_S, eventually


def onvif_source(stream: str, device: OnvifDevice, url: str = "", password: str = PASSWORD) -> SourceSpec:
    """The device's camera, whose profile is `main`."""
    return SourceSpec(
        stream,
        url or f"rtsp://{device.address}/x",
        USER,
        password,
        credential=password,
        onvif_url=device.url,
        profile="main",
    )


@asynccontextmanager
async def pulled(bus_server: BusServer, source: SourceSpec) -> AsyncIterator[Bus]:
    """A puller pulls it, and it is live. Yields control's bus; at the end the puller ends."""
    control = await bus_server.connect("control")

    async def where(_subject: str, _payload: dict[str, Any]) -> dict[str, Any]:
        return {
            "url": source.url,
            "username": source.username,
            "password": source.password,
            "credential": "1",
            "onvif_url": source.onvif_url,
            "profile": source.profile,
        }

    async def live() -> bool:
        change = await control.bucket("status").get(source.stream)
        return change is not None and change.value is not None and change.value["state"] == "live"

    await control.serve("req.source.>", where)
    await control.bucket("plans").put("display-1", {"streams": [source.stream]})
    stop = asyncio.Event()
    pulling = asyncio.create_task(run_puller(bus_server.address("puller"), "puller-1", stop))
    try:
        await eventually(live)
        yield control
    finally:
        stop.set()
        await asyncio.wait_for(pulling, PATIENCE_S)
