"""The bus against a real nats-server: pictures, joins, requests, absences, refusals."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ingest.access_unit import AccessUnit
from ingest.bus import Bus
from ingest.errors import BusError, BusTimeout
from ingest.gop import GopCache
from ingest.stream_reader import StreamReader
from tests.support.nats import BusServer, server_heard
from tests.support.units import gop, unit
from tests.support.waiting import PATIENCE_S, eventually

STREAM = "cam.a.sub"


async def read(reader: StreamReader, count: int) -> list[AccessUnit]:
    """The next `count` access units."""
    async with asyncio.timeout(PATIENCE_S):
        return [await reader.next() for _ in range(count)]


def numbers(units: Sequence[AccessUnit]) -> list[tuple[int, int, bool]]:
    return [(au.epoch, au.sequence, au.discontinuity) for au in units]


async def reading(bus: Bus, stream: str = STREAM, **options: Any) -> StreamReader:
    """A reader that the server knows of, its first join over."""
    reader = bus.subscribe(stream, **options)
    await asyncio.sleep(0)
    await eventually(lambda: not reader._cursor.wants_gop and not reader._cursor._joining)
    await server_heard(bus._media)
    return reader


async def test_an_access_unit_arrives_as_it_was(bus_server: BusServer) -> None:
    puller, gateway = await bus_server.connect("puller"), await bus_server.connect("gateway")
    reader = await reading(gateway)
    au = unit(1, keyframe=True, data=bytes(range(256)) * 100)
    puller.publish(au)
    assert await read(reader, 1) == [replace(au, discontinuity=True)]


async def test_a_large_access_unit_arrives_in_parts(bus_server: BusServer) -> None:
    puller, gateway = await bus_server.connect("puller"), await bus_server.connect("gateway")
    reader = await reading(gateway)
    au = unit(1, keyframe=True, data=b"\0\0\1e" * 700_000)
    puller.publish(au)
    assert (await read(reader, 1))[0].data == au.data


async def test_a_reader_joins_the_cached_gop(bus_server: BusServer) -> None:
    puller, gateway = await bus_server.connect("puller"), await bus_server.connect("gateway")
    cache = GopCache()
    await puller.serve_gop(STREAM, cache.units)
    await server_heard(puller._media)
    for au in gop(1, 5):
        cache.add(au)
    reader = gateway.subscribe(STREAM)
    assert numbers(await read(reader, 5)) == [(1, 1, True), *((1, n, False) for n in range(2, 6))]
    cache.add(unit(6))
    puller.publish(unit(6))
    assert numbers(await read(reader, 1)) == [(1, 6, False)]


async def test_a_join_amid_publishing_has_no_hole_and_no_double(bus_server: BusServer) -> None:
    puller, gateway = await bus_server.connect("puller"), await bus_server.connect("gateway")
    cache = GopCache()
    await puller.serve_gop(STREAM, cache.units)
    stop = threading.Event()

    def pull() -> None:
        for number in range(100_000):
            au = unit(number, keyframe=number % 15 == 0)
            cache.add(au)
            puller.publish_threadsafe(au)
            if stop.wait(0.002):
                return

    thread = threading.Thread(target=pull)
    thread.start()
    try:
        for _ in range(5):
            reader = gateway.subscribe(STREAM)
            units = await read(reader, 40)
            assert units[0].keyframe
            assert [au.sequence - units[0].sequence for au in units] == list(range(40))
            assert [au.discontinuity for au in units] == [True] + [False] * 39
            await reader.close()
    finally:
        stop.set()
        thread.join()
    assert puller.dropped == 0


async def test_a_reader_may_come_before_the_owner(bus_server: BusServer) -> None:
    gateway = await bus_server.connect("gateway")
    reader = await reading(gateway)
    puller = await bus_server.connect("puller")
    for au in (*gop(1, 2), unit(3)):
        puller.publish(au)
    assert numbers(await read(reader, 3)) == [(1, 1, True), (1, 2, False), (1, 3, False)]


async def test_without_an_answer_the_reader_goes_live(bus_server: BusServer) -> None:
    puller, gateway = await bus_server.connect("puller"), await bus_server.connect("gateway")
    # Somebody is there, and says nothing: an owner that hangs.
    await puller._media.subscribe(f"req.gop.{STREAM}", cb=_silence)
    reader = await reading(gateway)
    for au in gop(7, 2):
        puller.publish(au)
    assert [au.sequence for au in await read(reader, 2)] == [7, 8]


async def _silence(_: object) -> None:
    return


async def test_a_stalled_old_owner_is_not_heard(bus_server: BusServer) -> None:
    old, new = await bus_server.connect("puller", "old"), await bus_server.connect("puller", "new")
    reader = await reading(await bus_server.connect("gateway"))
    for au in gop(1, 2, epoch=5):
        old.publish(au)
    assert [au.epoch for au in await read(reader, 2)] == [5, 5]
    for au in gop(1, 2, epoch=6):
        new.publish(au)
    assert numbers(await read(reader, 2)) == [(6, 1, True), (6, 2, False)]
    for au in (unit(3, epoch=5), *gop(4, 3, epoch=5)):  # it wakes up
        old.publish(au)
    await eventually(lambda: reader.stale == 4)
    new.publish(unit(3, epoch=6))
    assert numbers(await read(reader, 1)) == [(6, 3, False)]


async def test_a_slow_reader_jumps_and_others_do_not_notice(bus_server: BusServer) -> None:
    puller, gateway = await bus_server.connect("puller"), await bus_server.connect("gateway")
    slow, quick = await reading(gateway, max_units=10), await reading(gateway)
    for au in (*gop(1, 12), *gop(13, 5)):
        puller.publish(au)
    assert [au.sequence for au in await read(quick, 17)] == list(range(1, 18))
    assert numbers(await read(slow, 1)) == [(1, 13, True)]
    assert slow.dropped == 12


async def test_closing_a_reader_wakes_who_waits(bus_server: BusServer) -> None:
    reader = await reading(await bus_server.connect("gateway"))
    waiting = asyncio.create_task(reader.next())
    await asyncio.sleep(0)
    await reader.close()
    with pytest.raises(BusError, match="closed"):
        await waiting
    assert [au async for au in reader] == []


async def test_other_bytes_on_a_subject_are_passed_over(bus_server: BusServer) -> None:
    puller, gateway = await bus_server.connect("puller"), await bus_server.connect("gateway")
    reader = await reading(gateway)
    await puller._media.publish(f"au.{STREAM}", b"not an access unit")
    await puller._media.publish(f"au.{STREAM}", b"WA\x63")
    puller.publish(unit(1, keyframe=True))
    assert [au.sequence for au in await read(reader, 1)] == [1]


async def test_requests_are_answered_and_failures_said(bus_server: BusServer) -> None:
    control, puller = await bus_server.connect("control"), await bus_server.connect("puller")

    async def source(subject: str, payload: dict[str, Any]) -> dict[str, Any]:
        if subject.endswith("main"):
            raise BusError("no such camera")
        if subject.endswith("slow"):
            await asyncio.sleep(5)
        return {"subject": subject, "said": payload}

    await control.serve("req.source.>", source)
    await server_heard(control._control)
    assert await puller.request("req.source.cam.a.sub", {"n": 1}, timeout=PATIENCE_S) == {
        "subject": "req.source.cam.a.sub",
        "said": {"n": 1},
    }
    assert await puller.request("req.source.cam.a.main", {}, timeout=PATIENCE_S) == {"error": "no such camera"}
    with pytest.raises(BusTimeout):
        await puller.request("req.source.cam.a.slow", {}, timeout=0.05)
    with pytest.raises(BusError, match="nobody answers"):
        await control.request("req.gateway.away.offer", {}, timeout=PATIENCE_S)


async def test_what_is_told_is_heard_and_keyframes_are_asked_for(bus_server: BusServer) -> None:
    control, gateway = await bus_server.connect("control"), await bus_server.connect("gateway")
    tiler = await bus_server.connect("tiler")
    heard, asked = list[tuple[str, dict[str, Any]]](), list[int]()

    async def hear(subject: str, payload: dict[str, Any]) -> dict[str, Any]:
        heard.append((subject, payload))
        return {}

    await control.serve("evt.session.>", hear)
    await tiler.serve_keyframe("mosaic.hall", lambda: asked.append(1))
    await server_heard(control._control, tiler._media)
    await gateway.tell("evt.session.s1", {"state": "connected"})
    await gateway.request_keyframe("mosaic.hall")
    await eventually(lambda: heard and asked)
    assert heard == [("evt.session.s1", {"state": "connected"})]


async def test_over_a_restart_of_the_server_readers_and_answers_stay(bus_server: BusServer) -> None:
    puller, gateway = await bus_server.connect("puller"), await bus_server.connect("gateway")
    states: list[bool] = []
    gateway.on_state.append(states.append)
    cache = GopCache()
    await puller.serve_gop(STREAM, cache.units)
    reader = await reading(gateway)
    for au in gop(1, 2):
        cache.add(au)
        puller.publish(au)
    assert [au.sequence for au in await read(reader, 2)] == [1, 2]
    await bus_server.stop()
    await eventually(lambda: not puller.connected and not gateway.connected)
    for number in (3, 4):
        cache.add(unit(number))
        puller.publish(unit(number))
    await eventually(lambda: puller.dropped == 2)
    with pytest.raises(BusError):
        await gateway.request("req.gop.x", {}, timeout=PATIENCE_S)
    await bus_server.start()
    await eventually(lambda: puller.connected and gateway.connected)
    await server_heard(gateway._media)
    cache.add(unit(5))
    puller.publish(unit(5))
    # The hole of 3 and 4 is filled out of the cache.
    assert numbers(await read(reader, 3)) == [(1, 3, False), (1, 4, False), (1, 5, False)]
    assert states == [False, True]


async def test_a_wrong_password_is_refused_at_once(bus_server: BusServer) -> None:
    with pytest.raises(BusError, match="refused puller") as caught:
        await Bus.connect(replace(bus_server.address("puller"), password="wrong-one"), "puller", "p")
    assert "wrong-one" not in str(caught.value)


async def test_waits_for_a_server_that_is_not_there_yet(bus_server: BusServer) -> None:
    await bus_server.stop()
    connecting = asyncio.create_task(bus_server.connect("puller"))
    await asyncio.sleep(0.1)
    assert not connecting.done()
    await bus_server.start()
    async with asyncio.timeout(PATIENCE_S):
        assert (await connecting).connected


async def test_giving_up_the_wait_leaves_nothing_open(bus_server: BusServer) -> None:
    await bus_server.stop()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await bus_server.connect("puller")


async def test_a_server_of_small_messages_is_refused(bus_server: BusServer) -> None:
    await bus_server.stop()
    configuration = bus_server.state_dir / "bus" / "nats.conf"
    configuration.write_text(configuration.read_text().replace('"max_payload": 8388608', '"max_payload": 1048576'))
    await bus_server.start()
    with pytest.raises(BusError, match="max_payload must be 8388608"):
        await bus_server.connect("puller")


async def test_a_name_that_would_be_several_subjects_is_refused(bus_server: BusServer) -> None:
    with pytest.raises(BusError, match="worker's name"):
        await bus_server.connect("puller", "host.name")


async def test_closes_while_the_server_is_away(bus_server: BusServer, tmp_path: Path) -> None:
    gateway = await bus_server.connect("gateway")
    await reading(gateway)
    await bus_server.stop()
    await eventually(lambda: not gateway.connected)
    async with asyncio.timeout(PATIENCE_S):
        await gateway.close()


async def test_a_task_that_is_essential_and_fails_ends_the_worker(bus_server: BusServer) -> None:
    puller = await bus_server.connect("puller")
    stop = asyncio.Event()
    waiting = asyncio.create_task(puller.until(stop))
    assert not puller.failed

    async def fail() -> None:
        raise ValueError("a fault of ours")

    puller.essential(fail(), "fail")
    with pytest.raises(BusError, match="failed"):
        await waiting
    assert puller.failed


async def test_until_returns_at_the_stop(bus_server: BusServer) -> None:
    puller = await bus_server.connect("puller")
    stop = asyncio.Event()
    stop.set()
    await puller.until(stop)
