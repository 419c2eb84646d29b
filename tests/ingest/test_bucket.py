"""Key-value buckets against a real nats-server: conditions, expiry, watching over its absences."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest

from ingest.bucket import SAID_BYTES, Mirror
from ingest.bus import Bus
from ingest.errors import BusError
from tests.support.nats import BusServer, server_heard
from tests.support.waiting import PATIENCE_S, eventually


@pytest.fixture
async def control(bus_server: BusServer) -> Bus:
    return await bus_server.connect("control")


@pytest.fixture
async def puller(bus_server: BusServer) -> Bus:
    return await bus_server.connect("puller")


async def synced(mirror: Mirror) -> Mirror:
    await eventually(lambda: mirror.synced)
    return mirror


async def test_what_is_put_is_got_until_it_is_deleted(control: Bus) -> None:
    plans = control.bucket("plans")
    assert await plans.get("hall") is None
    revision = await plans.put("hall", {"streams": ["cam.a.sub"]})
    there = await plans.get("hall")
    assert there is not None
    assert (there.value, there.revision) == ({"streams": ["cam.a.sub"]}, revision)
    assert await plans.delete("hall")
    assert await plans.get("hall") is None


async def test_only_one_creates(control: Bus, puller: Bus) -> None:
    leases = puller.bucket("leases")
    first = await leases.create("cam.a.sub", {"worker": "a"})
    assert first is not None
    assert await leases.create("cam.a.sub", {"worker": "b"}) is None
    second = await leases.update("cam.a.sub", {"worker": "a"}, first)
    assert second is not None
    assert second > first
    assert await leases.update("cam.a.sub", {"worker": "b"}, first) is None
    assert not await leases.delete("cam.a.sub", first)
    assert await leases.delete("cam.a.sub", second)
    third = await leases.create("cam.a.sub", {"worker": "b"})
    assert third is not None
    assert third > second


async def test_an_expired_entry_is_told_and_can_be_created_at_once(puller: Bus) -> None:
    holders = puller.bucket("holders")
    first = await holders.create("puller.a", {"token": "a"})
    seen: list[tuple[str, dict[str, Any] | None]] = []
    async with asyncio.timeout(PATIENCE_S):
        async for change in holders.watch():
            seen.append((change.key, change.value))
            if change.value is None:
                break
    assert seen == [("puller.a", {"token": "a"}), ("puller.a", None)]
    second = await holders.create("puller.a", {"token": "b"})
    assert first is not None
    assert second is not None
    assert second > first


async def test_a_mirror_follows(control: Bus, puller: Bus) -> None:
    plans = control.bucket("plans")
    await plans.put("hall", {"streams": []})
    mirror = await synced(puller.bucket("plans").mirror())
    assert mirror.values == {"hall": {"streams": []}}
    await plans.put("door", {"streams": ["cam.b.sub"]})
    await plans.delete("hall")
    await eventually(lambda: mirror.values == {"door": {"streams": ["cam.b.sub"]}})
    await mirror.close()


async def test_an_empty_bucket_is_synced_too(puller: Bus) -> None:
    mirror = await synced(puller.bucket("demand").mirror())
    assert mirror.values == {}
    await mirror.close()


async def test_a_watch_of_some_keys_sees_only_those(puller: Bus) -> None:
    workers = puller.bucket("workers")
    mirror = await synced(workers.mirror("puller.*"))
    await workers.put("puller.a", {"pid": 1})
    await eventually(lambda: mirror.values == {"puller.a": {"pid": 1}})
    await mirror.close()


async def test_over_a_restart_of_the_server(bus_server: BusServer, control: Bus, puller: Bus) -> None:
    plans, leases = control.bucket("plans"), puller.bucket("leases")
    await plans.put("hall", {"streams": ["cam.a.sub"]})
    await plans.put("gone", {"streams": []})
    before = await leases.create("cam.a.sub", {"worker": "a"})
    plan_mirror = await synced(puller.bucket("plans").mirror())
    lease_mirror = await synced(puller.bucket("leases").mirror())
    await bus_server.stop()
    await eventually(lambda: not control.connected and not puller.connected)
    assert plan_mirror.values, "what was known stays known"
    with pytest.raises(BusError):
        await plans.put("new", {"streams": ["cam.b.sub"]})
    with pytest.raises(BusError):
        await plans.delete("gone")
    await bus_server.start()
    # Plans were put to stay: they are written again, the one that could not be written too.
    await eventually(lambda: plan_mirror.values.keys() == {"hall", "new"})
    await eventually(lambda: not lease_mirror.values)
    after = await leases.create("cam.a.sub", {"worker": "b"})
    assert before is not None
    assert after is not None
    assert after > before, "epochs rise over restarts"
    await eventually(lambda: lease_mirror.values.get("cam.a.sub") == {"worker": "b"})
    await plan_mirror.close()
    await lease_mirror.close()


async def test_revisions_rise_over_a_restart_although_the_clock_went_back(
    bus_server: BusServer, puller: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    leases = puller.bucket("leases")
    before = await leases.create("cam.a.sub", {"worker": "a"})
    await bus_server.stop()
    await eventually(lambda: not puller.connected)
    an_hour_ago = time.time_ns() - 3600 * 10**9
    monkeypatch.setattr("ingest.bucket.time.time_ns", lambda: an_hour_ago)
    await bus_server.start()
    await eventually(lambda: puller.connected)
    after = await leases.create("cam.a.sub", {"worker": "b"})
    assert before is not None
    assert after is not None
    assert after > before


async def test_a_value_of_another_is_not_overwritten_after_an_absence(bus_server: BusServer, control: Bus) -> None:
    other = await bus_server.connect("control", "other")
    plans = control.bucket("plans")
    await plans.put("hall", {"by": "first"})
    await other.bucket("plans").put("hall", {"by": "second"})
    await plans.restore()
    there = await plans.get("hall")
    assert there is not None
    assert there.value == {"by": "second"}


async def test_an_entry_that_is_no_object_is_as_good_as_gone(control: Bus, puller: Bus) -> None:
    mirror = await synced(puller.bucket("plans").mirror())
    await control._control.publish("$KV.plans.hall", b"[1]")
    await control.bucket("plans").put("door", {})
    await eventually(lambda: mirror.values == {"door": {}})
    await mirror.close()


async def test_an_unknown_bucket_is_an_error(control: Bus) -> None:
    with pytest.raises(BusError, match="no bucket"):
        control.bucket("bucket")


async def test_whoever_may_write_a_key_cannot_empty_the_bucket(bus_server: BusServer, puller: Bus) -> None:
    """`Nats-Rollup: all` with an entry has nats-server drop all others."""
    status = puller.bucket("status")
    await status.put("cam.a.sub", {"state": "live"})
    tiler = await bus_server.connect("tiler")
    answer = await tiler.control.request(
        "$KV.status.mosaic.hall", b"{}", timeout=PATIENCE_S, headers={"Nats-Rollup": "all"}
    )
    assert "error" in json.loads(answer.data)
    assert set(await status.entries()) == {"cam.a.sub"}


async def test_a_gateway_that_writes_without_end_fills_no_bucket_but_that_one(bus_server: BusServer) -> None:
    puller, public = await bus_server.connect("puller"), await bus_server.connect("public")
    demand = puller.bucket("demand").mirror()
    await synced(demand)
    await public.control.publish("$KV.demand.public.large", b"{}" + b" " * 7_000_000)
    for number in range(80):
        await public.control.publish(f"$KV.demand.public.n{number}", b"{}" + b" " * 1_000_000)
        await server_heard(public.control)
    await eventually(lambda: "public.n0" in demand.values)
    assert await puller.bucket("holders").create("puller.a", {"token": "a"})
    assert await puller.bucket("status").put("cam.a.sub", {"state": "live"})
    info = await puller.control.request("$JS.API.STREAM.INFO.KV_demand", timeout=PATIENCE_S)
    assert json.loads(info.data)["state"]["bytes"] <= SAID_BYTES["demand"]
    assert "public.large" not in demand.values


async def test_each_of_many_gateways_may_demand_a_whole_city(bus_server: BusServer, puller: Bus) -> None:
    """7,490 cameras by the longest names that there are."""
    streams = {f"cam.{number:063}.main" for number in range(7_490)}
    seen = puller.bucket("demand").mirror()
    await synced(seen)
    gateway = await bus_server.connect("gateway")
    names = [f"gateway-{number}" for number in range(24)]
    for name in names:
        await gateway.bucket("demand").put(name, {"streams": sorted(streams)})
    await eventually(lambda: set(names) <= seen.values.keys())


async def test_where_nobody_is_answered_nothing_is_written_on_a_condition(puller: Bus) -> None:
    with pytest.raises(BusError, match="nobody is answered in workers"):
        await puller.bucket("workers").create("puller.a", {})
