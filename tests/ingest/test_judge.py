"""The role, on a real bus, with cameras that speak RTSP."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import cv2
import numpy as np
import pytest

from ingest import judge, visit
from ingest.bus import Bus
from ingest.camera_state import State, StreamHealth
from ingest.errors import BusError
from ingest.judge import run_judge
from ingest.judge_settings import JudgeSettings
from ingest.lease import Leases
from ingest.puller import run_puller
from ingest.signal_health import measure
from ingest.stills import Seen
from ingest.verdicts import Verdicts
from tests.ingest.test_signal_health import street
from tests.support.black import black_pictures
from tests.support.hostile_camera import MODES, hostile_camera
from tests.support.nats import BusServer
from tests.support.rtsp_camera import Client, Request, RtspCamera, rtsp_camera
from tests.support.waiting import PATIENCE_S, eventually

SETTINGS = JudgeSettings(still_s=0.5, look_s=5, looks=2, sweep_s=10, visits_per_second=50, visits_per_host=10)


@contextlib.asynccontextmanager
async def running(server: BusServer, *workers: str) -> AsyncIterator[None]:
    """Judges; they must leave in time."""
    stop = asyncio.Event()
    tasks = [asyncio.create_task(run_judge(server.address("judge"), worker, stop)) for worker in workers or ("j1",)]
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(asyncio.gather(*tasks), PATIENCE_S)


async def a_control(
    server: BusServer, cameras: dict[str, dict[str, Any] | RtspCamera], settings: JudgeSettings = SETTINGS
) -> Bus:
    """What control does here: says which cameras there are, and where."""
    bus = await server.connect("control")

    async def where(subject: str, _payload: dict[str, Any]) -> dict[str, Any]:
        camera = cameras[subject.split(".")[3]]
        return {"url": camera.url} if isinstance(camera, RtspCamera) else camera

    async def which(_subject: str, _payload: dict[str, Any]) -> dict[str, Any]:
        streams = {camera: f"cam.{camera}.sub" for camera in cameras}
        return {"version": str(len(streams)), "settings": settings.model_dump(), "cameras": streams, "masks": {}}

    await bus.serve("req.source.>", where)
    await bus.serve("req.sweep.cameras", which)
    return bus


async def health(bus: Bus, camera: str) -> StreamHealth | None:
    change = await bus.bucket("health").get(f"cam.{camera}.sub")
    return StreamHealth.from_json(change.value) if change is not None and change.value else None


async def found(bus: Bus, camera: str, state: State, within: float = PATIENCE_S) -> StreamHealth:
    async def there() -> StreamHealth | None:
        known = await health(bus, camera)
        return known if known is not None and known.state is state else None

    known = await eventually(there, within=within)
    assert known is not None
    return known


async def still(bus: Bus, camera: str, judge: str = "j1") -> dict[str, Any]:
    return await bus.request(f"req.still.{judge}.{camera}", {"masks": []}, 2)


async def sends_black(client: Client, request: Request) -> bool:
    if request.method == "PLAY":
        client.answer(request)
        client.play(black_pictures())
    return request.method == "PLAY"


async def test_a_camera_that_nobody_pulls_is_visited_and_left_properly(bus_server: BusServer) -> None:
    async with rtsp_camera() as camera:
        control = await a_control(bus_server, {"lorong-1": camera})
        async with running(bus_server):
            known = await found(control, "lorong-1", State.LIVE)
            assert (known.worker, known.cause_en) == ("j1", "")
            assert camera.methods() == ["OPTIONS", "DESCRIBE", "SETUP", "PLAY", "TEARDOWN"]
            assert camera.connections == 1
            answer = await still(control, "lorong-1")
            assert abs(answer["taken_ms"] - known.seen_ms) < 1000
            picture = cv2.imdecode(np.frombuffer(base64.b64decode(answer["jpeg"]), np.uint8), cv2.IMREAD_COLOR)
            assert picture is not None
            assert picture.shape == (180, 320, 3)
            assert await still(control, "nobody") == {}
            await eventually(lambda: camera.open_connections == 0)


@pytest.mark.parametrize(
    ("mode", "state"),
    [
        ("forbids", State.REFUSED),
        ("hangs up", State.UNREACHABLE),
        ("garbage", State.UNSUPPORTED),
        ("nothing that decodes", State.UNSUPPORTED),
        ("play without packets", State.STALE),
    ],
)
async def test_a_visit_says_what_is_wrong(bus_server: BusServer, mode: str, state: State) -> None:
    async with hostile_camera(mode) as camera:
        control = await a_control(bus_server, {"odd": camera})
        async with running(bus_server):
            known = await found(control, "odd", state)
            assert known.cause_id
            assert await still(control, "odd") == {}


async def test_the_catalogue_is_followed(bus_server: BusServer) -> None:
    async with rtsp_camera() as camera:
        cameras: dict[str, dict[str, Any] | RtspCamera] = {"a": camera, "b": camera}
        control = await a_control(bus_server, cameras)
        async with running(bus_server):
            await found(control, "a", State.LIVE)
            await found(control, "b", State.LIVE)
            del cameras["b"]

            async def gone() -> bool:
                return await health(control, "b") is None

            await eventually(gone)
            assert await still(control, "b") == {}
            assert await still(control, "a") != {}


async def test_a_camera_that_is_needed_is_not_visited(bus_server: BusServer) -> None:
    async with rtsp_camera() as needed, rtsp_camera() as other:
        control = await a_control(bus_server, {"needed": needed, "other": other})
        # The main stream is demanded: a camera may send no more than one.
        await control.bucket("plans").put("display", {"streams": ["cam.needed.main"]})
        async with running(bus_server):
            await eventually(lambda: other.connections >= 2)
            assert needed.connections == 0


async def demands(server: BusServer, control: Bus) -> None:
    await control.bucket("plans").put("display", {"streams": ["cam.slow.main"]})


async def leases(server: BusServer, control: Bus) -> None:
    bus = await server.connect("puller")
    held = Leases(bus, lambda _: None)

    async def taken() -> bool:
        try:
            return await held.acquire("cam.slow.main") is not None
        except BusError:  # its term has not begun
            return False

    await eventually(taken)


@pytest.mark.parametrize("need", [demands, leases])
async def test_a_visit_is_given_up_when_somebody_needs_the_camera(
    bus_server: BusServer, need: Callable[[BusServer, Bus], Awaitable[None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the demand of a plan, or by a puller's lease; by nothing else would it end."""
    monkeypatch.setattr(visit, "KEYFRAME_S", 3600)
    monkeypatch.setattr(visit, "MOST_S", 3600)
    async with hostile_camera("no keyframe") as camera:
        control = await a_control(bus_server, {"slow": camera})
        async with running(bus_server):
            await eventually(lambda: camera.pictures > 3)
            await need(bus_server, control)
            await eventually(lambda: "TEARDOWN" in camera.methods())
            assert camera.connections == 1
            assert await health(control, "slow") is None


async def test_the_lease_of_a_puller_that_is_no_more_keeps_nobody_from_a_visit(bus_server: BusServer) -> None:
    async with rtsp_camera() as camera:
        control = await a_control(bus_server, {"left": camera})
        puller = await bus_server.connect("puller")
        await puller.bucket("leases").put("cam.left.main", {"worker": "gone", "token": "t"})
        async with running(bus_server):
            await found(control, "left", State.LIVE)


async def test_a_wrong_password_is_tried_once_and_not_at_all_where_a_puller_has_tried_it(
    bus_server: BusServer,
) -> None:
    async with rtsp_camera(MODES["refuses every password"]) as camera, rtsp_camera() as known:
        wrong = {"username": "admin", "password": "x", "credential": "c1"}
        cameras: dict[str, dict[str, Any] | RtspCamera] = {
            "wrong": {"url": camera.url} | wrong,
            "known": {"url": known.url} | wrong,
        }
        control = await a_control(bus_server, cameras)
        puller = await bus_server.connect("puller")
        await puller.bucket("refusals").put("known", {"credential": "c1"})
        async with running(bus_server):
            await found(control, "wrong", State.REFUSED)
            await found(control, "known", State.REFUSED)
            # A second visit is due after 10 s: it must find it refused without asking.
            before = await health(control, "wrong")
            tried = sum("authorization" in request.headers for request in camera.requests)
            assert tried == 1
            assert before is not None
            heartbeats = control.bucket("workers").mirror()
            await eventually(lambda: heartbeats.values.get("judge.j1", {}).get("visits", 0) >= 4)
            assert sum("authorization" in request.headers for request in camera.requests) == tried
            assert known.connections == 0


async def test_at_most_so_many_visits_at_a_time_to_one_host(bus_server: BusServer) -> None:
    most = 0

    async def slowly(client: Client, request: Request) -> bool:
        nonlocal most
        most = max(most, client.camera.open_connections)
        if request.method == "PLAY":
            await asyncio.sleep(0.3)
        return False

    async with rtsp_camera(slowly) as camera:
        one_at_a_time = SETTINGS.model_copy(update={"visits_per_host": 1})
        control = await a_control(bus_server, {f"nvr-{n}": camera for n in range(4)}, one_at_a_time)
        async with running(bus_server):
            for n in range(4):
                await found(control, f"nvr-{n}", State.LIVE)
            assert most == 1


async def test_two_judges_share_the_cameras(bus_server: BusServer) -> None:
    async with rtsp_camera() as camera:
        names = [f"c{n}" for n in range(12)]
        control = await a_control(bus_server, dict.fromkeys(names, camera))
        workers = control.bucket("workers").mirror()
        async with running(bus_server, "j1", "j2"):
            await eventually(lambda: len([key for key in workers.values if key.startswith("judge.")]) == 2)

            async def shared() -> bool:
                known = [await health(control, name) for name in names]
                return {one.worker for one in known if one is not None} == {"j1", "j2"} and None not in known

            await eventually(shared)


async def test_what_pullers_have_is_looked_at_on_the_bus(bus_server: BusServer) -> None:
    """No connection of the judge's own; a still that is renewed; and black is said of what is black."""
    stop = asyncio.Event()
    async with rtsp_camera() as well, rtsp_camera(sends_black) as black:
        control = await a_control(bus_server, {"well": well, "black": black})
        await control.bucket("plans").put("display", {"streams": ["cam.well.sub", "cam.black.sub"]})
        pulling = asyncio.create_task(run_puller(bus_server.address("puller"), "p1", stop))
        async with running(bus_server):
            await found(control, "well", State.LIVE)
            first = await still(control, "well")
            known = await found(control, "black", State.BLACK)
            assert known.cause_en
            second = await still(control, "well")
            assert second["taken_ms"] > first["taken_ms"]
            assert (well.connections, black.connections) == (1, 1)
        stop.set()
        await asyncio.wait_for(pulling, PATIENCE_S)


async def test_a_picture_that_breaks_a_look_ends_no_other_ones(
    bus_server: BusServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    see = judge._Judge._see
    broken = 0

    async def breaks(self: judge._Judge, stream: str, *args: Any, **kwargs: Any) -> Seen | None:
        nonlocal broken
        if stream == "cam.odd.sub":
            broken += 1
            raise ValueError("what nobody has foreseen")
        return await see(self, stream, *args, **kwargs)

    monkeypatch.setattr(judge._Judge, "_see", breaks)
    stop = asyncio.Event()
    async with rtsp_camera() as well, rtsp_camera() as odd:
        control = await a_control(bus_server, {"well": well, "odd": odd})
        await control.bucket("plans").put("display", {"streams": ["cam.well.sub", "cam.odd.sub"]})
        pulling = asyncio.create_task(run_puller(bus_server.address("puller"), "p1", stop))
        async with running(bus_server):
            await eventually(lambda: broken > 1)
            await found(control, "well", State.LIVE)
        stop.set()
        await asyncio.wait_for(pulling, PATIENCE_S)


async def test_what_was_found_before_still_counts_after_a_restart(bus_server: BusServer) -> None:
    async with hostile_camera("forbids") as camera:
        control = await a_control(bus_server, {"odd": camera})
        async with running(bus_server, "j1"):
            before = await found(control, "odd", State.REFUSED)
        async with running(bus_server, "j2"):

            async def again() -> StreamHealth | None:
                known = await health(control, "odd")
                return known if known is not None and known.worker == "j2" else None

            after = await eventually(again)
            assert after is not None
            assert (after.since_ms, after.seen_ms > before.seen_ms) == (before.since_ms, True)


async def test_it_leaves_in_time_where_the_bus_never_was(bus_server: BusServer) -> None:
    await bus_server.stop()
    async with running(bus_server):
        await asyncio.sleep(0)


async def test_a_view_that_a_person_accepts_is_the_right_one_from_then_on(bus_server: BusServer) -> None:
    bus = await bus_server.connect("judge")
    at_once = SETTINGS.model_copy(update={"moved_s": 0.0})
    verdicts = Verdicts(bus.bucket("health"), "j1", lambda: at_once)
    here, elsewhere = (Seen(measure(street(seed)), None) for seed in (1, 7))
    stream = "cam.turned.sub"
    for seen in (here, here, elsewhere, elsewhere):
        verdicts.seen(stream, seen, 1)
    await verdicts.say()
    assert (await found(bus, "turned", State.MOVED)).cause_en
    verdicts.accept_view("turned")
    await verdicts.say()
    await found(bus, "turned", State.LIVE)
    for _ in range(3):
        verdicts.seen(stream, elsewhere, 2)
    await verdicts.say()
    await found(bus, "turned", State.LIVE)
