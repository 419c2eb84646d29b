"""A worker's sign of life."""

from __future__ import annotations

import os

from ingest.boot import boot_id
from ingest.heartbeat import Heartbeat
from tests.support.nats import BusServer
from tests.support.waiting import eventually


async def test_says_who_lives_and_how(bus_server: BusServer) -> None:
    puller = await bus_server.connect("puller", "p1")
    workers = (await bus_server.connect("control")).bucket("workers").mirror()
    figures = {"streams": 3}
    heartbeat = Heartbeat(puller, "puller", "p1", lambda: figures)
    await eventually(lambda: "puller.p1" in workers.values)
    value = workers.values["puller.p1"]
    assert value.items() >= {"role": "puller", "worker": "p1", "pid": os.getpid(), "streams": 3}.items()
    assert value["boot_id"] == boot_id().hex()
    assert 0 < value["cpu_s"] < 3600
    assert 1e6 < value["rss_bytes"] < 1e10
    figures["streams"] = 4
    await eventually(lambda: workers.values["puller.p1"]["streams"] == 4)
    await heartbeat.close()
    await eventually(lambda: not workers.values)
