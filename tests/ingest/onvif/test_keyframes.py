"""Cameras are asked for a keyframe over ONVIF, by real pullers: where it is late, and where a reader wants one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from ingest.access_unit import AccessUnit
from ingest.camera_state import State
from ingest.onvif.keyframes import AT_ONCE, Keyframes
from ingest.pull import Shared, SourcePuller
from ingest.refusals import Refusals
from ingest.source import SourceError, SourceSpec
from tests.support.nats import BusServer
from tests.support.onvif_device import OnvifDevice, onvif_device, own_address
from tests.support.onvif_pulling import onvif_source, pulled
from tests.support.rtsp_camera import GOP, Client, Request, RtspCamera, recorded_pictures, rtsp_camera
from tests.support.waiting import eventually

STREAM = "cam.lorong-1.main"
spec = partial(onvif_source, STREAM)


@asynccontextmanager
async def a_camera(device: OnvifDevice) -> AsyncIterator[RtspCamera]:
    """One at the device's address that sends a keyframe only when it was asked for one."""
    playing: list[Client] = []

    async def mode(client: Client, request: Request) -> bool:
        if request.method != "PLAY":
            return False
        client.answer(request, headers={"Session": "1"})
        client.play(tuple(one for number, one in enumerate(recorded_pictures()) if number % GOP))
        playing.append(client)
        return True

    def keyframe(token: str) -> None:
        if token == "main":
            playing[-1].play(recorded_pictures())

    device.keyframe = keyframe
    async with onvif_device(device), rtsp_camera(mode, host=device.address) as camera:
        yield camera


@pytest.fixture
async def keyframes() -> AsyncIterator[Keyframes]:
    async with aclosing(Keyframes(Refusals())) as keyframes:
        yield keyframes


async def done(keyframes: Keyframes) -> None:
    """Nothing is under way any more."""
    await eventually(lambda: not keyframes._tasks)


@pytest.mark.parametrize("authentication", ["digest", "token"])
async def test_a_camera_whose_keyframe_is_late_is_asked_for_one(shared: Shared, authentication: Any) -> None:
    device = OnvifDevice(own_address(), authentication)
    async with a_camera(device) as camera:

        async def fetch() -> SourceSpec:
            return spec(device, camera.url)

        units: list[AccessUnit] = []
        puller = SourcePuller(STREAM, epoch=lambda: 1, fetch=fetch, publish=units.append, shared=shared)
        try:
            await eventually(lambda: puller.state is State.LIVE)
            await eventually(lambda: len(units) > 3 * GOP)
        finally:
            await puller.stop()
    assert units[0].keyframe
    assert device.synchronised == ["main"]
    assert camera.connections == 1


async def test_a_camera_that_begins_with_a_keyframe_is_left_alone(shared: Shared) -> None:
    device = OnvifDevice(own_address())
    async with onvif_device(device), rtsp_camera(host=device.address) as camera:

        async def fetch() -> SourceSpec:
            return spec(device, camera.url)

        units: list[AccessUnit] = []
        puller = SourcePuller(STREAM, epoch=lambda: 1, fetch=fetch, publish=units.append, shared=shared)
        try:
            await eventually(lambda: len(units) > 60)  # 1.2 s, and a keyframe counts as late after 0.5
        finally:
            await puller.stop()
    assert device.asked == []


async def test_a_reader_on_the_bus_can_ask(bus_server: BusServer) -> None:
    device = OnvifDevice(own_address())
    gateway = await bus_server.connect("gateway")
    async with (
        onvif_device(device),
        rtsp_camera(host=device.address) as camera,
        pulled(bus_server, spec(device, camera.url)),
    ):
        assert device.asked == []
        for _ in range(20):
            await gateway.request_keyframe(STREAM)
        await eventually(lambda: device.synchronised)
    assert device.synchronised == ["main"]


async def test_a_wrong_password_is_tried_once_and_the_stream_keeps_its_own(keyframes: Keyframes) -> None:
    device = OnvifDevice(own_address())
    refusals = keyframes._refusals
    async with onvif_device(device), aclosing(Keyframes(refusals)) as restarted:
        source = spec(device, password="wrong")
        for one in (keyframes, restarted):
            one.ask(source, device.address)
            await done(one)
            assert one.failed == 1
        assert len(device.refused) == 1
        async with refusals.login(source) as accepted:  # RTSP may have another password
            accepted()
        with pytest.raises(SourceError):
            async with refusals.login(source, "onvif"):
                raise AssertionError("it was let in")


async def test_another_puller_knows_of_a_refusal(bus_server: BusServer) -> None:
    device = OnvifDevice(own_address())
    refusals = [Refusals(await bus_server.connect("puller")) for _ in range(2)]
    async with onvif_device(device), aclosing(Keyframes(refusals[0])) as one, aclosing(Keyframes(refusals[1])) as other:
        wrong = spec(device, password="wrong")
        one.ask(wrong, device.address)
        await done(one)
        await eventually(lambda: refusals[1]._stands("lorong-1=onvif", "wrong"))
        other.ask(wrong, device.address)
        await done(other)
    assert len(device.refused) == 1
    assert other.failed == 1


async def test_no_more_than_one_request_in_five_seconds(keyframes: Keyframes) -> None:
    device = OnvifDevice(own_address(), "none")
    async with onvif_device(device):
        for _ in range(50):
            keyframes.ask(spec(device), device.address)
        await done(keyframes)
        keyframes.ask(spec(device), device.address)
        await done(keyframes)
    assert (keyframes.asked, keyframes.failed, device.synchronised) == (1, 0, ["main"])


async def test_many_cameras_wait_for_each_other(keyframes: Keyframes) -> None:
    device = OnvifDevice(own_address(), "none")
    async with onvif_device(device):
        for number in range(3 * AT_ONCE):
            keyframes.ask(replace(spec(device), stream=f"cam.lorong-{number}.main"), device.address)
        await done(keyframes)
    assert len(device.synchronised) == 3 * AT_ONCE


@pytest.mark.parametrize("mode", ["service elsewhere", "redirect"])
async def test_no_other_host_is_asked(keyframes: Keyframes, mode: str) -> None:
    victim, device = OnvifDevice(own_address(), "none"), OnvifDevice(own_address(), "none", mode=mode)
    async with onvif_device(victim), onvif_device(device):
        device.elsewhere = f"{victim.address}:{victim.port}"
        keyframes.ask(spec(device), device.address)
        await done(keyframes)
        assert keyframes.failed == 1
    assert device.synchronised == []
    assert victim.asked == []


@pytest.mark.parametrize("mode", ["endless", "bomb", "drip", "page"])
async def test_a_hostile_camera_costs_one_bounded_attempt(keyframes: Keyframes, mode: str) -> None:
    device = OnvifDevice(own_address(), "none", mode=mode)
    async with onvif_device(device):
        keyframes.ask(spec(device), device.address)
        await done(keyframes)
        keyframes.ask(spec(device), device.address)
        assert (keyframes.asked, keyframes.failed) == (1, 1)


async def test_what_is_under_way_ends_with_the_process() -> None:
    device = OnvifDevice(own_address(), "none", mode="drip")
    async with onvif_device(device):
        async with aclosing(Keyframes(Refusals())) as keyframes:
            keyframes.ask(spec(device), device.address)
            await eventually(lambda: "GetServices" in device.asked)
            assert keyframes._tasks
        assert not keyframes._tasks


async def test_a_user_who_may_not_ask_for_keyframes_has_no_wrong_password(keyframes: Keyframes) -> None:
    device = OnvifDevice(own_address(), forbidden={"SetSynchronizationPoint"})
    async with onvif_device(device):
        keyframes.ask(spec(device), device.address)
        await done(keyframes)
        async with keyframes._refusals.login(spec(device), "onvif") as accepted:  # as who steers the camera
            accepted()
    assert (keyframes.failed, device.synchronised, device.refused) == (1, [], [])
