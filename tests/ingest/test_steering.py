"""Cameras are turned over ONVIF by their puller, and stand still when nobody says so any more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

import ingest.steering
from ingest.errors import SteeringError
from ingest.onvif.client import Client
from ingest.onvif.errors import PasswordError
from ingest.onvif.ptz import MAX_PRESETS, Ptz
from ingest.onvif.soap import PTZ, Operation
from ingest.refusals import Refusals
from ingest.steering import Steering, _Camera
from tests.support.onvif_device import PASSWORD, PLACES, USER, OnvifDevice, Turning, onvif_device, own_address
from tests.support.onvif_pulling import onvif_source
from tests.support.waiting import eventually

STREAM, SUB = "cam.simpang-1.main", "cam.simpang-1.sub"
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


def known(steering: Steering) -> _Camera:
    """The one that is steered."""
    (camera,) = steering._cameras.values()
    return camera


def a_second_passes(steering: Steering) -> None:
    """Since the last word of a move: sooner than by the clock."""
    camera = known(steering)
    if camera.stops is not None:
        camera.stops.cancel()
        steering._stop_soon(camera)


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
    assert device.asked.count("GetServices") == 1
    assert device.asked.count("GetCapabilities") == (0 if get_services else 2)


async def test_a_camera_that_only_zooms_is_told_nothing_else(steering: Steering) -> None:
    clock = Clock()
    device = turning(clock=clock, spaces=("Zoom",))
    async with onvif_device(device):
        said = await ask(steering, device, "look")
        await ask(steering, device, "move", pan=1.0, zoom=0.5)
        clock.now += 0.5
        await ask(steering, device, "stop")
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


async def test_the_way_to_a_place_is_not_stopped_by_the_end_of_a_move_before_it(steering: Steering) -> None:
    clock = Clock()
    device = turning(clock=clock)
    assert device.ptz is not None
    async with onvif_device(device):
        await ask(steering, device, "look")
        await ask(steering, device, "move", pan=0.5)
        ends = known(steering).stops
        clock.now += 0.5
        await ask(steering, device, "goto", preset="2")
        assert ends is not None
        assert ends.cancelled()
        clock.now += 60
    assert device.ptz.position == PLACES["2"]
    assert device.ptz.stops == 0


async def test_a_stop_that_waits_while_a_camera_is_sent_to_a_place_is_void(steering: Steering) -> None:
    clock = Clock()
    device = turning(clock=clock)
    assert device.ptz is not None
    async with onvif_device(device):
        await ask(steering, device, "look")
        await ask(steering, device, "move", pan=0.5)
        sent = device.held["GotoPreset"] = asyncio.Event()
        going = asyncio.create_task(ask(steering, device, "goto", preset="2"))
        await eventually(lambda: "GotoPreset" in device.asked)
        a_second_passes(steering)
        sent.set()
        await going
        await eventually(lambda: not steering._ending)
        clock.now += 60
    assert device.ptz.position == PLACES["2"]
    assert "Stop" not in device.asked


async def test_what_moves_and_cannot_be_sent_to_a_place_is_stopped_in_its_time(steering: Steering) -> None:
    device = turning(deaf=True)
    assert device.ptz is not None
    async with onvif_device(device):
        await ask(steering, device, "move", pan=0.5)
        device.forbidden = {"GotoPreset"}
        with pytest.raises(SteeringError, match="does not allow our user"):
            await ask(steering, device, "goto", preset="2")
        a_second_passes(steering)
        await eventually(lambda: device.ptz is not None and not device.ptz.moves)


async def test_nobody_is_told_that_a_camera_goes_to_a_place_when_it_was_stopped_first(steering: Steering) -> None:
    device = turning(clock=Clock())
    assert device.ptz is not None
    async with onvif_device(device):
        await ask(steering, device, "look")
        told = device.held["ContinuousMove"] = asyncio.Event()
        moving = asyncio.create_task(ask(steering, device, "move", pan=0.5))
        await eventually(lambda: "ContinuousMove" in device.asked)
        going = asyncio.create_task(ask(steering, device, "goto", preset="2"))
        await asyncio.sleep(0)
        stopping = asyncio.create_task(ask(steering, device, "stop"))
        await asyncio.sleep(0)
        told.set()
        await asyncio.gather(moving, stopping)
        with pytest.raises(SteeringError, match="something else meanwhile"):
            await going
    assert device.ptz.went_to == []
    assert not device.ptz.moves


@pytest.mark.parametrize("authentication", ["digest", "none"])
@pytest.mark.parametrize("question", ["GetPresets", "GetProfiles"])
async def test_no_question_keeps_a_word_waiting(steering: Steering, question: str, authentication: Any) -> None:
    device = OnvifDevice(own_address(), authentication, ptz=Turning(deaf=True))
    assert device.ptz is not None
    async with onvif_device(device):
        await ask(steering, device, "goto", preset="2")
        camera = known(steering)
        camera.presets_until = camera.known_until = 0.0
        answered = device.held[question] = asyncio.Event()
        before = device.asked.count(question)
        looking = asyncio.create_task(ask(steering, device, "look"))
        await eventually(lambda: device.asked.count(question) > before)
        await ask(steering, device, "move", pan=0.5)
        assert device.ptz.moves
        await ask(steering, device, "stop")
        assert device.ptz.stops == 1
        assert not looking.done()
        answered.set()
        assert (await looking)["can"] is True


async def test_places_that_could_not_be_asked_for_are_not_said_to_be_none(steering: Steering) -> None:
    device = turning()
    assert device.ptz is not None
    async with onvif_device(device):
        device.failing = {"GetPresets"}
        for do in ("look", "look", "goto"):
            with pytest.raises(SteeringError, match="cannot answer GetPresets"):
                await ask(steering, device, do, preset="2")
        assert device.asked.count("GetPresets") == 1  # it is left alone for a while
        device.failing = set()
        known(steering).presets_until = 0.0
        places = (await ask(steering, device, "look"))["presets"]
        assert len(places) == 2
        device.failing = {"GetPresets"}
        known(steering).presets_until = 0.0
        assert (await ask(steering, device, "look"))["presets"] == places


async def test_a_camera_that_cannot_be_looked_at_anew_is_steered_by_what_was_known(steering: Steering) -> None:
    device = turning(deaf=True)
    assert device.ptz is not None
    async with onvif_device(device):
        await ask(steering, device, "look")
        known(steering).known_until = 0.0
        device.failing = {"GetServices"}
        asked = device.asked.count("GetServices")
        for _ in range(2):
            assert (await ask(steering, device, "look"))["can"] is True
        assert device.asked.count("GetServices") == asked + 1
        await ask(steering, device, "move", pan=0.5)
        assert device.ptz.moves


async def test_a_camera_that_cannot_be_looked_at_anew_is_stopped_by_what_was_known(steering: Steering) -> None:
    device = turning()
    assert device.ptz is not None
    async with onvif_device(device):
        await ask(steering, device, "goto", preset="2")
        known(steering).known_until = 0.0
        device.forbidden, device.forbidden_status = {"GetProfiles"}, 401
        for do in ("look", "move"):
            with pytest.raises(SteeringError, match="refuses our name or password"):
                await ask(steering, device, do)
        await ask(steering, device, "stop")
        assert not device.ptz.moves
    assert device.ptz.stops == 1


async def test_a_camera_is_not_looked_at_anew_while_it_moves(steering: Steering) -> None:
    device = turning(deaf=True)
    async with onvif_device(device):
        await ask(steering, device, "move", pan=0.5)
        known(steering).known_until = 0.0
        device.forbidden = {"GetProfiles"}
        await ask(steering, device, "move", pan=0.5)
        assert device.asked.count("GetProfiles") == 2  # without the password and with it
        await ask(steering, device, "stop")
        with pytest.raises(SteeringError):
            await ask(steering, device, "look")


@pytest.mark.parametrize("failure", [SteeringError("no"), TimeoutError(), RuntimeError("Session is closed")])
async def test_a_camera_is_told_to_stop_until_it_has_heard(
    steering: Steering, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    device = turning(deaf=True)
    assert device.ptz is not None
    said, tries = ingest.steering._stop, 0

    async def fails_at_first(ptz: Ptz) -> None:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise failure
        await said(ptz)

    monkeypatch.setattr(ingest.steering, "_stop", fails_at_first)
    monkeypatch.setattr(ingest.steering, "_STOP_PAUSES_S", (0.01, 0.02, 0.04))
    async with onvif_device(device):
        await ask(steering, device, "move", pan=0.5)
        a_second_passes(steering)
        await eventually(lambda: not steering._ending)
        assert not device.ptz.moves
    assert tries == 3


@pytest.mark.parametrize("authentication", ["digest", "token"])
@pytest.mark.parametrize("status", [400, 401])
async def test_a_user_who_may_look_but_not_turn_has_no_wrong_password(
    steering: Steering, authentication: Any, status: int
) -> None:
    device = OnvifDevice(own_address(), authentication, ptz=Turning(), forbidden_status=status)
    device.forbidden = {"ContinuousMove"}
    async with onvif_device(device):
        for _ in range(2):
            with pytest.raises(SteeringError, match=r"does not allow our user to do this \(ContinuousMove\)"):
                await ask(steering, device, "move", pan=1.0)
        asked = device.asked.count("ContinuousMove")
        with pytest.raises(SteeringError, match="does not allow our user"):
            await ask(steering, device, "move", pan=1.0)
        assert device.asked.count("ContinuousMove") == asked  # it is not asked again and again
        assert (await ask(steering, device, "look"))["can"] is True
        await ask(steering, device, "stop")
        async with steering._refusals.login(spec(device), "onvif") as accepted:  # it may be asked for keyframes still
            accepted()
    assert device.refused == []


@pytest.mark.parametrize("authentication", ["digest", "token"])
async def test_a_password_that_is_another_by_now_is_wrong(steering: Steering, authentication: Any) -> None:
    device = OnvifDevice(own_address(), authentication, ptz=Turning())
    async with onvif_device(device):
        await ask(steering, device, "look")
        device.password = "another"
        for _ in range(2):
            with pytest.raises(SteeringError, match="refuses our name or password"):
                await ask(steering, device, "move", pan=1.0)
    assert len(device.refused) <= 2


async def test_a_password_that_is_another_by_now_is_tried_by_one_of_all_that_ask() -> None:
    device = turning()
    presets = Operation(PTZ, "GetPresets")
    async with onvif_device(device), Client(device.url, device.address, USER, PASSWORD) as client:
        url = device.url.replace("device_service", "ptz")
        await client.ask(url, presets)
        device.password = "another"
        failed = await asyncio.gather(*(client.ask(url, presets) for _ in range(5)), return_exceptions=True)
        assert all(isinstance(one, PasswordError) for one in failed)
    assert len(device.refused) <= 5 + 1  # those that were under way, and what tells


async def test_a_stop_that_was_refused_once_is_said_again(steering: Steering) -> None:
    device = turning(deaf=True)
    assert device.ptz is not None
    async with onvif_device(device):
        await ask(steering, device, "move", pan=0.5)
        device.forbidden = {"Stop"}
        with pytest.raises(SteeringError, match="does not allow our user"):
            await ask(steering, device, "stop")
        device.forbidden = set()
        await ask(steering, device, "stop")
        assert not device.ptz.moves


async def test_the_streams_of_a_camera_turn_one_camera(steering: Steering) -> None:
    device = turning(deaf=True)
    assert device.ptz is not None
    move = {"do": "move", "pan": 0.5}
    async with onvif_device(device):
        main = spec(device)
        sub = replace(main, stream=SUB, url=f"rtsp://{device.address}/sub", profile="sub")
        await steering.answer(sub, device.address, move)
        ends = known(steering).stops
        assert ends is not None
        await steering.answer(main, device.address, move)
        assert ends.cancelled()  # the one moves it on that the other has begun
        steering.forget(SUB)
        assert device.ptz.moves
        ptz = known(steering).ptz
        steering.forget(STREAM)
        await eventually(lambda: not steering._ending)
        assert not device.ptz.moves
    assert ptz is not None
    assert ptz.client._session.closed
    assert steering._cameras == {}


@pytest.mark.parametrize("moves", [False, True])
async def test_a_camera_at_another_address_is_another_and_the_old_one_is_stopped_if_it_moves(
    steering: Steering, moves: bool
) -> None:
    old, new = turning(deaf=True), turning()
    assert old.ptz is not None
    async with onvif_device(old), onvif_device(new):
        await ask(steering, old, "move" if moves else "look", pan=0.5 if moves else 0.0)
        ptz = known(steering).ptz
        await ask(steering, new, "look")
        await eventually(lambda: not steering._ending)
        assert not old.ptz.moves
    assert old.asked.count("Stop") == moves
    assert ptz is not None
    assert ptz.client._session.closed
