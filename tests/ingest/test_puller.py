"""The role, on a real bus, with real RTSP."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from ingest import annexb
from ingest.access_unit import Codec
from ingest.bus import Bus
from ingest.camera_state import State, StreamStatus
from ingest.errors import BusError
from ingest.puller import run_puller
from tests.support.gst_cameras import GstCameras
from tests.support.nats import BusServer
from tests.support.rtsp_camera import rtsp_camera
from tests.support.waiting import PATIENCE_S, eventually

STREAM = "cam.lorong-1.sub"

pytestmark = pytest.mark.gst


@contextlib.asynccontextmanager
async def running(server: BusServer, worker: str = "puller-1") -> AsyncIterator[asyncio.Event]:
    """A puller; it must leave in time."""
    stop = asyncio.Event()
    task = asyncio.create_task(run_puller(server.address("puller"), worker, stop))
    try:
        yield stop
    finally:
        stop.set()
        await asyncio.wait_for(task, PATIENCE_S)


async def a_control(server: BusServer, answer: Callable[[str], dict[str, Any]]) -> Bus:
    """What control does here: says where cameras are, and demands."""
    bus = await server.connect("control")

    async def where(subject: str, _payload: dict[str, Any]) -> dict[str, Any]:
        return answer(subject.removeprefix("req.source."))

    await bus.serve("req.source.>", where)
    return bus


async def demand(bus: Bus, *streams: str) -> None:
    await bus.bucket("plans").put("display-1", {"streams": list(streams)})


async def demanded_again(bus: Bus) -> bool:
    """Whether the bus, just back, took it already."""
    try:
        await demand(bus, STREAM)
    except BusError:
        return False
    return True


async def status(bus: Bus, stream: str = STREAM) -> StreamStatus | None:
    change = await bus.bucket("status").get(stream)
    return StreamStatus.from_json(change.value) if change is not None and change.value else None


async def state(bus: Bus, expected: State, within: float = PATIENCE_S) -> StreamStatus:
    async def there() -> StreamStatus | None:
        known = await status(bus)
        return known if known is not None and known.state is expected else None

    found = await eventually(there, within=within)
    assert found is not None
    return found


async def test_from_demand_to_pictures_and_back(bus_server: BusServer, cameras: GstCameras) -> None:
    control = await a_control(bus_server, lambda _: {"url": cameras.url("/h264")})
    gateway = await bus_server.connect("gateway")
    async with running(bus_server):
        await demand(control, STREAM)
        found = await state(control, State.LIVE)
        assert (found.worker, found.codec, found.width) == ("puller-1", "h264", 640)
        # A reader that comes late begins with the cached GOP, and goes on without a hole.
        reader = gateway.subscribe(STREAM)
        units = [await asyncio.wait_for(reader.next(), PATIENCE_S) for _ in range(40)]
        await reader.close()
        assert units[0].keyframe
        assert annexb.nal_type(Codec.H264, annexb.split(units[0].data)[0]) == annexb.H264_SPS
        assert [au.sequence for au in units] == list(range(units[0].sequence, units[0].sequence + 40))
        assert {au.epoch for au in units} == {found.epoch}
        workers = await control.bucket("workers").get("puller.puller-1")
        assert workers is not None
        assert workers.value is not None
        assert workers.value["streams"] == 1
    ended = await status(control)
    assert ended is not None
    assert ended.state is State.OFF
    lease = await control.bucket("leases").get(STREAM)
    assert lease is None or lease.value is None


async def test_pictures_of_a_former_address_are_handed_to_nobody(bus_server: BusServer) -> None:
    async with rtsp_camera() as camera:
        where = {"url": camera.url}
        control = await a_control(bus_server, lambda _: where)
        judge = await bus_server.connect("judge")
        async with running(bus_server):
            await demand(control, STREAM)
            await state(control, State.LIVE)
            assert await judge.cached_keyframe(STREAM, 2) is not None
            where["url"] = "rtsp://127.0.0.1:9/another"
            await camera.send_all_away()
            found = await state(control, State.UNREACHABLE)
            assert found.last_picture_ms is None
            assert await judge.cached_keyframe(STREAM, 2) is None


async def test_a_camera_that_control_does_not_know(bus_server: BusServer) -> None:
    def unknown(_stream: str) -> dict[str, Any]:
        return {"error": {"code": 404, "message": "no such camera"}}

    control = await a_control(bus_server, unknown)
    async with running(bus_server):
        await demand(control, STREAM)
        found = await state(control, State.OFF)
        assert "catalogue" in found.cause_en


async def test_the_bus_goes_and_comes_back_and_the_camera_is_not_connected_anew(
    bus_server: BusServer, cameras: GstCameras
) -> None:
    control = await a_control(bus_server, lambda _: {"url": cameras.url("/slices")})
    gateway = await bus_server.connect("gateway")
    async with running(bus_server):
        await demand(control, STREAM)
        before = await state(control, State.LIVE)
        reader = gateway.subscribe(STREAM)
        seen = [await asyncio.wait_for(reader.next(), PATIENCE_S) for _ in range(20)]
        await bus_server.stop()
        await bus_server.start()
        await eventually(lambda: demanded_again(control))
        after = await state(control, State.LIVE)
        assert abs(after.since_ms - before.since_ms) < 1500

        async def goes_on() -> bool:
            return (await asyncio.wait_for(reader.next(), PATIENCE_S)).sequence > seen[-1].sequence + 15

        await eventually(goes_on)
        await reader.close()


async def test_a_camera_refuses_in_its_own_words_and_another_is_untouched(
    bus_server: BusServer, cameras: GstCameras
) -> None:
    paths = {STREAM: "/digest", "cam.lorong-2.sub": "/h264"}
    control = await a_control(bus_server, lambda stream: {"url": cameras.url(paths[stream])})
    async with running(bus_server):
        await demand(control, *paths)
        await state(control, State.REFUSED)

        async def other_is_live() -> bool:
            other = await status(control, "cam.lorong-2.sub")
            return other is not None and other.state is State.LIVE

        await eventually(other_is_live)


async def test_it_leaves_in_time_where_the_bus_never_was(bus_server: BusServer) -> None:
    await bus_server.stop()
    async with running(bus_server):
        await asyncio.sleep(0)


PROCESS = """
import sys
from functools import partial
from pathlib import Path
from ingest.bus import BusAddress
from ingest.puller import run_puller
from ingest.worker import run_worker
run_worker(partial(run_puller, BusAddress.from_file(Path(sys.argv[1])), "puller-1"))
"""


async def test_its_process_ends_in_time_and_cleanly_while_a_camera_is_silent(
    bus_server: BusServer, cameras: GstCameras
) -> None:
    control = await a_control(bus_server, lambda _: {"url": cameras.url("/silent")})
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROCESS, str(bus_server.files["puller"]), stderr=asyncio.subprocess.PIPE
    )
    try:
        await demand(control, STREAM)
        await state(control, State.STALE)  # so that it is, soon again, waiting for a packet
        process.terminate()
        _, said = await asyncio.wait_for(process.communicate(), PATIENCE_S)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    assert (process.returncode, b"Traceback" in said) == (0, False), said.decode()
