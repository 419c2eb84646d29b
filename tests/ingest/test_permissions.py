"""Each role's user is refused what it may not say or hear, by the real nats-server."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from ingest.access_unit import AccessUnit
from ingest.bucket import TTL_SECONDS
from ingest.demand import DemandLease, DemandView
from ingest.errors import BusError
from ingest.permissions import RIGHTS, ROLES, inbox_prefix, may_answer
from tests.support.nats import BusServer, server_heard
from tests.support.units import unit
from tests.support.waiting import PATIENCE_S, eventually

# One subject of each kind that there is, and who may publish or subscribe to it.
PUBLISH: dict[str, set[str]] = {
    "au.cam.a.sub": {"puller"},
    "au.mosaic.hall": {"tiler"},
    "au.public.square": {"tiler"},
    "au.replay.r1": {"puller"},
    "req.gop.replay.r1": {"gateway"},
    "req.replay.cam.a.sub": {"control"},
    "req.steer.cam.a.sub": {"control"},
    "evt.replay.r1": {"puller"},
    "req.gop.cam.a.sub": {"tiler", "gateway", "judge"},
    "req.gop.mosaic.hall": {"gateway", "judge"},
    "req.gop.public.square": {"gateway", "public"},
    "req.keyframe.mosaic.hall": {"gateway"},
    "req.keyframe.public.square": {"gateway", "public"},
    "req.source.cam.a.sub": {"puller", "judge"},
    "req.sweep.cameras": {"judge"},
    "req.still.j1.a": {"control"},
    "req.view.j1.a": {"control"},
    "req.gateway.g1.offer": {"control"},
    "evt.session.s1": {"gateway"},
    "evt.rights": {"control"},
    "evt.public": {"control"},
    "req.public.site": {"public"},
    "req.gop.cam.a.main": {"tiler", "gateway", "judge"},
    "$KV.plans.hall": {"control"},
    "$KV.mosaics.hall": {"control"},
    "$KV.mosaics.public.square": {"control"},
    "$KV.demand.w1": {"tiler", "gateway"},
    "$KV.demand.public.w1": {"public"},
    "$KV.leases.cam.a.sub": {"puller"},
    "$KV.leases.mosaic.hall": {"tiler"},
    "$KV.holders.puller.a": {"puller"},
    "$KV.holders.tiler.a": {"tiler"},
    "$KV.status.cam.a.sub": {"puller"},
    "$KV.status.mosaic.hall": {"tiler"},
    "$KV.refusals.a": {"puller", "judge"},
    "$KV.health.cam.a.sub": {"judge"},
    **{f"$KV.workers.{role}.w1": {role} for role in ROLES},
    "$JS.API.STREAM.DELETE.KV_plans": set(),
    "$JS.API.STREAM.PURGE.KV_plans": set(),
    "$JS.API.STREAM.UPDATE.KV_plans": set(),
    "$JS.API.STREAM.CREATE.other": set(),
    **{
        f"$JS.API.STREAM.CREATE.KV_{bucket}": {"control", "puller", "judge"}
        for bucket in ("demand", "workers", "status")
    },
    "$JS.API.STREAM.CREATE.KV_mosaics": {"control"},
    "$JS.API.CONSUMER.CREATE.KV_workers.x.$KV.workers.>": {"control", "puller", "tiler", "judge"},
    "$JS.API.DIRECT.GET.KV_plans.$KV.plans.hall": {"control", "puller", "tiler", "judge"},
    "$JS.API.DIRECT.GET.KV_leases.$KV.leases.cam.a.sub": {"control", "puller", "tiler", "judge"},
    "$JS.API.DIRECT.GET.KV_health.$KV.health.cam.a.sub": {"control", "judge"},
    "$JS.API.DIRECT.GET.KV_mosaics.$KV.mosaics.hall": {"control", "tiler"},
    **{f"{inbox_prefix(role)}.x": set() for role in ROLES},
    "$SYS.REQ.SERVER.PING": set(),
    "anything": set(),
}
SUBSCRIBE: dict[str, set[str]] = {
    "au.>": {"gateway"},
    "au.cam.>": {"tiler", "gateway"},
    "au.mosaic.hall": {"gateway"},
    "au.public.square": {"gateway", "public"},
    "au.replay.r1": {"gateway"},
    "req.gop.replay.r1": {"puller"},
    "req.replay.cam.a.sub": {"puller"},
    "req.steer.cam.a.sub": {"puller"},
    "evt.replay.*": {"control"},
    "req.source.>": {"control"},
    "req.sweep.cameras": {"control"},
    "req.public.site": {"control"},
    "evt.public": {"public"},
    "req.still.j1.*": {"judge"},
    "req.view.j1.*": {"judge"},
    "req.source.cam.a.sub": {"control"},
    "req.gop.cam.a.sub": {"puller"},
    "req.gop.mosaic.hall": {"tiler"},
    "req.keyframe.mosaic.hall": {"tiler"},
    "req.gateway.g1.offer": {"gateway"},
    "evt.session.>": {"control"},
    "$KV.>": set(),
    "$KV.plans.>": set(),
    "_INBOX.>": set(),
    **{f"{inbox_prefix(role)}.>": {role} for role in ROLES},
    ">": set(),
}


@contextlib.asynccontextmanager
async def raw_client(server: BusServer, role: str, refusals: list[str]) -> AsyncIterator[Client]:
    """nats-py as it comes, with `role`'s password: what somebody would use who has stolen it."""

    async def refused(error: Exception) -> None:
        refusals.append(str(error).lower())

    client = Client()
    address = server.address(role)
    await client.connect(
        address.url, user=address.username, password=address.password, error_cb=refused, allow_reconnect=False
    )
    try:
        yield client
    finally:
        await client.close()


@pytest.mark.parametrize("role", ROLES)
async def test_each_role_may_just_what_the_table_says(bus_server: BusServer, role: str) -> None:
    refusals: list[str] = []

    async def hear(_: Msg) -> None:
        return

    async with raw_client(bus_server, role, refusals) as client:
        for subject in PUBLISH:
            await client.publish(subject, b"x")
        for subject in SUBSCRIBE:
            await client.subscribe(subject, cb=hear)
        # A refusal comes before the answer to this.
        await server_heard(client)
    said = set(refusals)
    for kind, table in (("publish", PUBLISH), ("subscription", SUBSCRIBE)):
        for subject, may in table.items():
            words = f'permissions violation for {kind} to "{subject}"'.lower()
            refused = any(words in refusal for refusal in said)
            assert refused == (role not in may), f"{role}: {kind} to {subject}"


async def test_without_a_password_nobody_comes_in(bus_server: BusServer) -> None:
    client = Client()

    async def refused(_: Exception) -> None:
        return

    with pytest.raises(Exception, match="Authorization Violation"):
        await client.connect(bus_server.address("puller").url, error_cb=refused, allow_reconnect=False)
    await client.close()


async def test_a_role_hears_its_own_answers_and_no_others(bus_server: BusServer) -> None:
    """A gateway that asks for the cached GOP; a tiler beside it that listens wherever it may."""
    heard: list[str] = []
    refusals: list[str] = []

    async def hear(message: Msg) -> None:
        heard.append(message.subject)

    puller, gateway = await bus_server.connect("puller"), await bus_server.connect("gateway")
    asked = asyncio.Event()

    def units() -> tuple[()]:
        asked.set()
        return ()

    await puller.serve_gop("cam.a.sub", units)
    async with raw_client(bus_server, "tiler", refusals) as client:
        for subject in ("_INBOX_gateway.>", "_INBOX.>", "_INBOX_tiler.>"):
            await client.subscribe(subject, cb=hear)
        await server_heard(client)
        gateway.subscribe("cam.a.sub")
        await eventually(asked.is_set)
        await server_heard(gateway._media)
        await server_heard(client)
    assert heard == []
    assert len(refusals) == 2


# Where whoever answers may say something, and who asks may not: entries, pictures, the server itself, others' answers.
FOREIGN = (
    "$KV.plans.hall",
    "au.cam.a.main",
    "$JS.API.STREAM.DELETE.KV_plans",
    "_INBOX_control.x",
    "_INBOX_publicity.x",
)


async def test_an_answer_goes_to_who_may_ask_and_nowhere_else(bus_server: BusServer) -> None:
    """A public gateway that was broken into would have the tiler and control speak for it."""
    control, tiler, reader = [await bus_server.connect(role) for role in ("control", "tiler", "gateway")]
    plans = control.bucket("plans")
    await plans.put("hall", {"streams": ["cam.a.sub"]})
    asked: list[str] = []
    pictures: list[bytes] = []

    async def see(message: Msg) -> None:
        pictures.append(message.data)

    await reader._media.subscribe("au.cam.a.main", cb=see)

    def units() -> tuple[AccessUnit]:
        asked.append("gop")
        return (unit(1, stream="public.square", keyframe=True),)

    async def site(subject: str, _: dict[str, Any]) -> dict[str, Any]:
        asked.append(subject)
        return {"streams": []}

    await tiler.serve_gop("public.square", units)
    await control.serve("req.public.site", site)
    await server_heard(tiler._media, control._control, reader._media)
    refusals: list[str] = []
    async with raw_client(bus_server, "public", refusals) as client:
        heard: asyncio.Queue[str] = asyncio.Queue()

        async def hear(message: Msg) -> None:
            if not message.data or message.data == b'{"streams": []}':
                await heard.put(message.subject)

        await client.subscribe("_INBOX_public.*", cb=hear)
        for reply in (*FOREIGN, "_INBOX_public.a"):
            await client.publish("req.gop.public.square", reply=reply)
        for reply in (*FOREIGN, "_INBOX_public.b"):
            await client.publish("req.public.site", b"{}", reply=reply)
        async with asyncio.timeout(PATIENCE_S):
            assert {await heard.get(), await heard.get()} == {"_INBOX_public.a", "_INBOX_public.b"}
    await server_heard(tiler._media, control._control, reader._media)
    assert sorted(asked) == ["gop", "req.public.site"]
    there = await plans.get("hall")
    assert there is not None
    assert there.value == {"streams": ["cam.a.sub"]}
    assert pictures == []
    assert refusals == []


@pytest.mark.parametrize(
    ("subject", "role", "may"),
    [
        ("req.gop.public.square", "public", True),
        ("req.gop.cam.a.sub", "gateway", True),
        ("req.gop.cam.a.sub", "public", False),
        ("req.gop", "gateway", False),
        ("evt.replay.r1", "puller", True),
        ("evt.replay.r1.more", "puller", False),
        ("req.source.cam.a.sub", "gateway", False),
    ],
)
def test_only_who_may_ask_is_answered(subject: str, role: str, may: bool) -> None:
    assert may_answer(subject, f"{inbox_prefix(role)}.abc.def") == may


@pytest.mark.parametrize(
    ("role", "keys"),
    [
        ("public", ("$KV.demand.public.x", "$KV.workers.public.x")),
        ("gateway", ("$KV.demand.x", "$KV.workers.gateway.x")),
    ],
)
async def test_nats_server_does_not_answer_for_a_gateway_either(
    bus_server: BusServer, role: str, keys: tuple[str, ...]
) -> None:
    """Its own answer to a write goes wherever the writer wants it."""
    control, puller = await bus_server.connect("control"), await bus_server.connect("puller")
    plans = control.bucket("plans")
    revision = await plans.put("hall", {"streams": ["cam.a.sub"]})
    seen = [puller.bucket(name).mirror() for name in ("demand", "workers")]
    for mirror in seen:
        await eventually(partial(getattr, mirror, "synced"))
    refusals: list[str] = []
    async with raw_client(bus_server, role, refusals) as client:
        for key in keys:
            await client.publish(key, b"[]", reply="$KV.plans.hall")
            await client.publish(key, b"{}", reply="$KV.plans.hall")
        await eventually(lambda: all(mirror.values for mirror in seen))
    there = await plans.get("hall")
    assert there is not None
    assert (there.value, there.revision) == ({"streams": ["cam.a.sub"]}, revision)
    assert refusals == []


async def test_the_public_gateway_is_heard_as_soon_as_others_have_made_the_buckets(bus_server: BusServer) -> None:
    DemandLease(await bus_server.connect("public")).set({"public.square"})
    seen = DemandView(await bus_server.connect("puller"))
    await eventually(lambda: seen.streams == {"public.square"})


async def test_who_is_told_passwords_makes_the_buckets_and_the_others_wait(bus_server: BusServer) -> None:
    """Right after a start, each maker alone; a tiler is there before them all, and follows what they have made."""
    for role, reads in (
        ("puller", ("leases", "holders", "workers", "plans", "demand", "status", "refusals")),
        ("judge", ("leases", "holders", "workers", "plans", "demand", "status", "refusals", "health")),
        ("control", tuple(set(TTL_SECONDS) - {"refusals"})),
    ):
        await bus_server.stop()
        await bus_server.start()
        tiler = await bus_server.connect("tiler")
        waiting = [tiler.bucket(name).mirror() for name in RIGHTS["tiler"].reads if name in reads]
        with pytest.raises(BusError):
            await tiler.bucket("holders").create("tiler.a", {})
        assert not any(mirror.synced for mirror in waiting)
        bus = await bus_server.connect(role)
        for mirror in waiting:  # made as soon as it is there, whether it uses them or not
            await eventually(partial(getattr, mirror, "synced"))
        for mirror in [bus.bucket(name).mirror() for name in reads]:
            await eventually(partial(getattr, mirror, "synced"))
        await bus.close()
        await tiler.close()
