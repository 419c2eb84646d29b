"""A puller turns what it pulls while it sends pictures, and can always stop it."""

from __future__ import annotations

from contextlib import AsyncExitStack

import pytest

from ingest.camera_state import State
from ingest.errors import SteeringError
from ingest.pull import Shared, SourcePuller
from ingest.source import SourceSpec
from tests.ingest.test_steering import STREAM, Clock, spec, turning
from tests.support.nats import BusServer
from tests.support.onvif_device import onvif_device
from tests.support.onvif_pulling import pulled
from tests.support.rtsp_camera import rtsp_camera
from tests.support.waiting import eventually


def pulling(source: SourceSpec, shared: Shared) -> SourcePuller:
    async def fetch() -> SourceSpec:
        return source

    return SourcePuller(source.stream, epoch=lambda: 1, fetch=fetch, publish=lambda _: None, shared=shared)


async def test_a_camera_that_is_pulled_no_more_is_stopped_and_forgotten(shared: Shared) -> None:
    device = turning(deaf=True)
    assert device.ptz is not None
    async with onvif_device(device), rtsp_camera(host=device.address) as camera:
        puller = pulling(spec(device, camera.url), shared)
        try:
            await eventually(lambda: puller.state is State.LIVE)
            await puller.steer({"do": "move", "pan": 0.5})
        finally:
            await puller.stop()
        assert shared.steering._cameras == {}
        await eventually(lambda: not shared.steering._ending)
        assert not device.ptz.moves


async def test_a_stop_goes_out_though_pictures_come_no_more(shared: Shared) -> None:
    device = turning(clock=Clock())
    assert device.ptz is not None
    async with onvif_device(device), AsyncExitStack() as sending:
        camera = await sending.enter_async_context(rtsp_camera(host=device.address))
        puller = pulling(spec(device, camera.url), shared)
        try:
            await eventually(lambda: puller.state is State.LIVE)
            await puller.steer({"do": "goto", "preset": "2"})
            await sending.aclose()
            await eventually(lambda: puller._playing is None)
            with pytest.raises(SteeringError, match="sends no pictures"):
                await puller.steer({"do": "move", "pan": 0.5})
            assert device.ptz.moves
            await puller.steer({"do": "stop"})
            assert not device.ptz.moves
        finally:
            await puller.stop()


async def test_a_stop_goes_out_by_a_puller_that_has_seen_no_picture_yet(shared: Shared) -> None:
    device = turning()
    assert device.ptz is not None
    async with onvif_device(device):
        puller = pulling(spec(device), shared)  # nothing answers RTSP there
        try:
            await puller.steer({"do": "stop"})
        finally:
            await puller.stop()
    assert device.ptz.stops == 1


async def test_a_puller_steers_what_it_pulls(bus_server: BusServer) -> None:
    device = turning(clock=Clock())
    assert device.ptz is not None
    async with (
        onvif_device(device),
        rtsp_camera(host=device.address) as camera,
        pulled(bus_server, spec(device, camera.url)) as control,
    ):
        subject = f"req.steer.{STREAM}"
        assert (await control.request(subject, {"do": "look"}, 5))["can"] is True
        assert await control.request(subject, {"do": "move", "pan": 1}, 5) == {}
        assert device.ptz.moves
        assert "not understood" in (await control.request(subject, {"do": "move", "pan": 2}, 5))["error"]
    assert not device.ptz.moves  # the puller's last word
