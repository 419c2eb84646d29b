"""Cameras are turned over ONVIF by their puller, and stand still when nobody says so any more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from ingest.errors import SteeringError
from ingest.onvif.ptz import MAX_PRESETS
from ingest.refusals import Refusals
from ingest.steering import Steering
from tests.support.nats import BusServer
from tests.support.onvif_device import OnvifDevice, Turning, onvif_device, own_address
from tests.support.onvif_pulling import onvif_source, pulled
from tests.support.rtsp_camera import rtsp_camera
from tests.support.waiting import eventually

STREAM = "cam.simpang-1.main"
NOTHING = (0.0, 0.0, 0.0)
spec = partial(onvif_source, STREAM)


class Clock:
    """The camera's own, in seconds: it stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def turning(**more: Any) -> OnvifDevice:
    return OnvifDevice(own_address(), ptz=Turning(**more))


@pytest.fixture
async def steering() -> AsyncIterator[Steering]:
    async with aclosing(Steering(Refusals())) as steering:
        yield steering


async def ask(steering: Steering, device: OnvifDevice, do: str, **more: Any) -> dict[str, Any]:
    return await steering.answer(spec(device), device.address, {"do": do, **more})


@pytest.mark.parametrize(("media2", "get_services"), [(True, True), (False, True), (False, False)])
async def test_what_a_camera_can_is_found_out(steering: Steering, media2: bool, get_services: bool) -> None:
    device = OnvifDevice(own_address(), ptz=Turning(), media2=media2, get_services=get_services)
    async with onvif_device(device):
        said = await ask(steering, device, "look")
        asked = len(device.asked)
        assert await ask(steering, device, "look") == said
    assert said == {
        "can": True,
        "pan": True,
        "tilt": True,
        "zoom": True,
        "presets": [{"token": "1", "name": "Gerbang"}, {"token": "2", "name": "[b]Pasar"}],
    }
    assert len(device.asked) == asked  # it was remembered


async def test_a_camera_that_only_zooms_is_told_nothing_else(steering: Steering) -> None:
    clock = Clock()
    device = turning(clock=clock, spaces=("Zoom",))
    async with onvif_device(device):
        said = await ask(steering, device, "look")
        await ask(steering, device, "move", pan=1.0, zoom=0.5)
        clock.now += 0.5
    assert (said["pan"], said["tilt"], said["zoom"]) == (False, False, True)
    assert device.ptz is not None
    assert device.ptz.position == (0.0, 0.0, 0.25)


async def test_a_camera_that_stands_still_says_so_and_cannot_be_moved(steering: Steering) -> None:
    device = OnvifDevice(own_address())
    async with onvif_device(device):
        assert await ask(steering, device, "look") == {"can": False}
        with pytest.raises(SteeringError, match="cannot be turned"):
            await ask(steering, device, "move", pan=1.0)
        unknown = replace(spec(device), onvif_url="")
        assert await steering.answer(unknown, device.address, {"do": "look"}) == {"can": False}


@pytest.mark.parametrize("authentication", ["digest", "token"])
async def test_it_moves_while_that_is_said_again_and_ends_by_itself(steering: Steering, authentication: Any) -> None:
    clock = Clock()
    device = OnvifDevice(own_address(), authentication, ptz=Turning(clock))
    assert device.ptz is not None
    async with onvif_device(device):
        for _ in range(3):
            await ask(steering, device, "move", pan=0.5, tilt=-0.25)
            clock.now += 0.5
        clock.now += 60  # nobody says anything any more: one second after the last word it stands
        assert device.ptz.position == (1.0, -0.5, 0.0)
        await ask(steering, device, "move", zoom=1.0)
        clock.now += 0.25
        await ask(steering, device, "stop")
        clock.now += 60
        assert device.ptz.position == (1.0, -0.5, 0.25)
    assert device.refused == []


async def test_one_that_takes_no_notice_of_the_time_is_stopped(steering: Steering) -> None:
    device = turning(deaf=True)
    assert device.ptz is not None
    async with onvif_device(device):
        await ask(steering, device, "move", pan=0.5)
        assert device.ptz.moves
        await eventually(lambda: device.ptz is not None and not device.ptz.moves)
    assert device.ptz.stops == 1
    assert 0.45 < device.ptz.position[0] < 1.5  # a second and what a busy machine needs


async def test_what_moves_is_stopped_with_the_process() -> None:
    device = turning(deaf=True)
    assert device.ptz is not None
    async with onvif_device(device):
        async with aclosing(Steering(Refusals())) as steering:
            await ask(steering, device, "move", pan=0.5)
            assert device.ptz.moves
        assert not device.ptz.moves


async def test_only_the_newest_word_of_those_that_wait_is_said(steering: Steering) -> None:
    device = turning(clock=Clock())
    assert device.ptz is not None
    async with onvif_device(device):
        await ask(steering, device, "look")
        moves = (ask(steering, device, "move", pan=number / 10) for number in range(10))
        await asyncio.gather(*moves, ask(steering, device, "stop"))
    assert not device.ptz.moves
    assert device.asked[-1] == "Stop"
    assert device.asked.count("ContinuousMove") <= 1


async def test_it_goes_to_places_that_it_has_named(steering: Steering) -> None:
    device = turning()
    assert device.ptz is not None
    async with onvif_device(device):
        assert await ask(steering, device, "goto", preset="2") == {"name": "[b]Pasar"}
        with pytest.raises(SteeringError, match="no such place"):
            await ask(steering, device, "goto", preset="3")
    assert device.ptz.went_to == ["2"]


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"do": "reboot"},
        {"do": "move", "pan": 1.01},
        {"do": "move", "pan": float("nan")},
        {"do": "move", "speed": 1},
        {"do": "goto", "preset": "x" * 65},
    ],
)
async def test_what_is_out_of_bounds_never_reaches_the_camera(steering: Steering, asked: dict[str, Any]) -> None:
    device = turning()
    async with onvif_device(device):
        with pytest.raises(SteeringError, match="not understood"):
            await steering.answer(spec(device), device.address, asked)
    assert device.asked == []


async def test_a_wrong_password_is_tried_once(steering: Steering) -> None:
    device = turning()
    async with onvif_device(device):
        wrong = spec(device, password="wrong")
        for _ in range(3):
            with pytest.raises(SteeringError, match="refuses our name or password"):
                await steering.answer(wrong, device.address, {"do": "look"})
    assert len(device.refused) == 1


@pytest.mark.parametrize("mode", ["endless", "bomb", "drip", "page", "redirect", "service elsewhere"])
async def test_a_hostile_camera_costs_one_bounded_attempt(steering: Steering, mode: str) -> None:
    victim = turning()
    device = OnvifDevice(own_address(), "none", ptz=Turning(), mode=mode)
    async with onvif_device(victim), onvif_device(device):
        device.elsewhere = f"{victim.address}:{victim.port}"
        with pytest.raises(SteeringError):
            await ask(steering, device, "look")
        asked = len(device.asked)
        with pytest.raises(SteeringError):
            await ask(steering, device, "move", pan=1.0)
        assert len(device.asked) == asked  # it is left alone for a while
    assert victim.asked == []


async def test_names_of_places_are_bounded_and_hold_nothing_that_cannot_be_seen(steering: Steering) -> None:
    places = {f"p{number}": "n\u202e" * 70 for number in range(MAX_PRESETS + 50)}
    device = turning(presets={"t" * 65: "long", **places})
    async with onvif_device(device):
        said = (await ask(steering, device, "look"))["presets"]
    assert 200 < len(said) <= MAX_PRESETS
    assert all(one["name"] == "n" * 60 for one in said)


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
