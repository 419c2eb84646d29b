"""Steering as people ask for it: one at a time, within their rights, counted, and written down."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from ingest.bus import Bus
from ingest.camera_state import State
from ingest.errors import SteeringError
from ingest.masks import Mask
from tests.support.clock import Ticking
from tests.support.nats import BusServer
from tests.support.waiting import PATIENCE_S, eventually
from tests.wallserver.control.conftest import Site
from tests.wallserver.control.test_site import alive, status
from wallserver.catalogue.publications import CutOff
from wallserver.catalogue.publications import Wanted as Shown
from wallserver.catalogue.switches import SwitchedOff
from wallserver.control import steering
from wallserver.control.steering import HOLD_MS
from wallserver.people.audit import Wanted
from wallserver.people.rate_limits import Tried
from wallserver.people.rights import Role
from wallserver.people.scope import CameraGroup, CameraScope, Scope

MAIN, SUB = "cam.cam-1.main", "cam.cam-1.sub"
PATH = "/api/cameras/cam-1/ptz"
LEFT = {"pan": -0.5}


class Puller:
    """Answers for its stream as a puller of a camera that turns does."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.failure = ""
        self.failures: list[str] = []  # of the next words, before that
        self.answers = asyncio.Event()
        self.answers.set()

    async def answer(self, subject: str, asked: dict[str, Any]) -> dict[str, Any]:
        self.asked.append((subject.removeprefix("req.steer."), asked))
        failure = self.failures.pop(0) if self.failures else self.failure
        await self.answers.wait()
        if failure:
            raise SteeringError(failure)
        match asked["do"]:
            case "look":
                presets = [{"token": "1", "name": "Gerbang"}]
                return {"can": True, "pan": True, "tilt": True, "zoom": True, "presets": presets}
            case "goto":
                return {"name": "Gerbang"}
        return {}


@pytest.fixture
async def puller(on_bus: Site, bus_server: BusServer) -> Puller:
    puller = Puller(await bus_server.connect("puller"))
    await alive(puller.bus, "puller", "p1")
    await puller.bus.serve("req.steer.cam.>", puller.answer)
    await puller.bus.bucket("status").put(SUB, status(SUB, worker="p1"))
    await eventually(lambda: on_bus.control.live.runs(SUB))
    return puller


async def test_what_it_can_and_what_is_done_goes_to_the_stream_that_runs(on_bus: Site, puller: Puller) -> None:
    async with on_bus.signed_in(Role.OPERATOR) as client:
        seen = (await client.get(PATH)).json()
        assert (seen["can"], seen["presets"], seen["held"]) == (True, [{"token": "1", "name": "Gerbang"}], None)
        moved = await client.post(f"{PATH}/move", json=LEFT)
        assert moved.status_code == 200
        held = moved.json()["held"]
        assert (held["by"], held["mine"]) == ("operator", True)
        assert (await client.post(f"{PATH}/stop")).status_code == 200
        assert (await client.post(f"{PATH}/goto", json={"preset": "1"})).status_code == 200
    assert puller.asked == [
        (SUB, {"do": "look"}),
        (SUB, {"do": "move", "pan": -0.5, "tilt": 0.0, "zoom": 0.0}),
        (SUB, {"do": "stop"}),
        (SUB, {"do": "goto", "preset": "1"}),
    ]


async def test_one_steers_at_a_time_and_a_supervisor_takes_over(on_bus: Site, puller: Puller) -> None:
    clock = Ticking(1_000_000)
    on_bus.control.steering._now_ms = clock
    async with (
        on_bus.signed_in(Role.OPERATOR, name="ani") as ani,
        on_bus.signed_in(Role.OPERATOR, name="budi") as budi,
        on_bus.signed_in(Role.SUPERVISOR, name="citra") as citra,
    ):
        await ani.post(f"{PATH}/move", json=LEFT)
        for path, body in (("move", LEFT), ("stop", None), ("goto", {"preset": "1"})):
            refused = await budi.post(f"{PATH}/{path}", json=body)
            assert refused.status_code == 409
            assert refused.json()["held"] == {"by": "ani", "mine": False, "until_ms": clock.now + HOLD_MS}
        assert len(puller.asked) == 1
        assert (await budi.get(PATH)).json()["held"]["by"] == "ani"
        assert (await budi.post(f"{PATH}/move", json=LEFT | {"take_over": True})).status_code == 403
        assert (await citra.post(f"{PATH}/move", json=LEFT)).status_code == 409
        assert (await citra.post(f"{PATH}/move", json=LEFT | {"take_over": True})).status_code == 200
        assert (await ani.post(f"{PATH}/move", json=LEFT)).json()["held"]["by"] == "citra"
        clock.now += HOLD_MS
        assert (await budi.post(f"{PATH}/move", json=LEFT)).status_code == 200


async def test_who_takes_a_camera_over_and_cannot_move_it_leaves_it_to_whom_it_was(
    on_bus: Site, puller: Puller
) -> None:
    async with (
        on_bus.signed_in(Role.OPERATOR, name="ani") as ani,
        on_bus.signed_in(Role.SUPERVISOR, name="citra") as citra,
    ):
        held = (await ani.post(f"{PATH}/move", json=LEFT)).json()["held"]
        puller.failure = "the camera does not answer in time"
        for path, body in (("move", LEFT), ("goto", {"preset": "1"})):
            failed = await citra.post(f"{PATH}/{path}", json=body | {"take_over": True})
            assert (failed.status_code, failed.json()["reason"]) == (409, "camera")
            hold = on_bus.control.steering.hold(on_bus.control.plans.cameras["cam-1"])
            assert hold is not None
            assert (hold.name, hold.until_ms) == ("ani", held["until_ms"])


async def quick_moves(puller: Puller, client: httpx.AsyncClient, failures: list[str]) -> list[int]:
    """Of as many moves at once what is answered; `failures`: of each, in their order."""
    puller.failures = list(failures)
    puller.answers.clear()

    async def one_more() -> asyncio.Task[httpx.Response]:
        before = len(puller.asked)
        move = asyncio.create_task(client.post(f"{PATH}/move", json=LEFT | {"take_over": True}))
        await eventually(lambda: len(puller.asked) > before)
        return move

    moves = [await one_more() for _ in failures]
    puller.answers.set()
    return [one.status_code for one in await asyncio.gather(*moves)]


@asynccontextmanager
async def a_supervisor_beside_who_steers(
    on_bus: Site, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[httpx.AsyncClient, httpx.AsyncClient]]:
    """Ani, an operator who has begun to turn the camera, and Citra, a supervisor; no answer is too late."""
    monkeypatch.setattr(steering, "_REQUEST_S", PATIENCE_S)
    on_bus.control.steering._now_ms = Ticking(1_000_000)
    async with (
        on_bus.signed_in(Role.OPERATOR, name="ani") as ani,
        on_bus.signed_in(Role.SUPERVISOR, name="citra") as citra,
    ):
        await ani.post(f"{PATH}/move", json=LEFT)
        yield ani, citra


async def test_of_two_quick_moves_that_both_fail_neither_takes_a_camera_away(
    on_bus: Site, puller: Puller, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_supervisor_beside_who_steers(on_bus, monkeypatch) as (_, citra):
        assert await quick_moves(puller, citra, ["the camera does not answer in time"] * 2) == [409, 409]
        assert (await citra.get(PATH)).json()["held"]["by"] == "ani"


async def test_the_failure_of_a_first_move_ends_nothing_of_the_second_and_that_is_written_down(
    on_bus: Site, puller: Puller, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_supervisor_beside_who_steers(on_bus, monkeypatch) as (ani, citra):
        assert await quick_moves(puller, citra, ["the camera does not answer in time", ""]) == [409, 200]
        assert (await ani.get(PATH)).json()["held"]["by"] == "citra"
    entries = await on_bus.control.people.audit.page(Wanted(action="cameras.steer"), None, 10)
    assert [(one.who, one.after) for one in entries] == [("citra", {"steers": True}), ("ani", {"steers": True})]


async def test_the_audit_has_who_began_and_which_places_and_no_second_of_a_move(on_bus: Site, puller: Puller) -> None:
    async with on_bus.signed_in(Role.OPERATOR, name="ani") as ani:
        puller.failure = "the camera does not answer in time"
        failed = await ani.post(f"{PATH}/move", json=LEFT)
        assert (failed.status_code, failed.json()["reason"]) == (409, "camera")
        assert "does not answer in time" in failed.json()["error"]
        puller.failure = ""
        for _ in range(3):
            assert (await ani.post(f"{PATH}/move", json=LEFT)).status_code == 200
        await ani.post(f"{PATH}/stop")
        await ani.post(f"{PATH}/goto", json={"preset": "1"})
    entries = await on_bus.control.people.audit.page(Wanted(action="cameras.steer"), None, 10)
    assert [(one.who, one.obj, one.after) for one in entries] == [
        ("ani", "cam-1", {"preset": "Gerbang"}),
        ("ani", "cam-1", {"steers": True}),
    ]


async def test_who_may_not_or_sees_another_part_of_the_city_is_refused(on_bus: Site, puller: Puller) -> None:
    elsewhere = Scope(cameras=CameraScope(groups=frozenset({CameraGroup("Wajo")})))
    async with on_bus.signed_in(Role.VIEWER) as viewer, on_bus.signed_in(Role.OPERATOR, elsewhere, "o") as outside:
        for client in (viewer, outside):
            assert (await client.get(PATH)).status_code == 403
            assert (await client.post(f"{PATH}/move", json=LEFT)).status_code == 403
            assert (await client.post(f"{PATH}/stop")).status_code == 403
            assert (await client.post(f"{PATH}/goto", json={"preset": "1"})).status_code == 403
    assert puller.asked == []


@pytest.mark.parametrize(
    "body", [{"pan": 1.1}, {"tilt": -2}, {"zoom": "fast"}, {"pan": 0, "home": True}, {"pan": None}]
)
async def test_what_is_out_of_bounds_is_refused(on_bus: Site, puller: Puller, body: dict[str, Any]) -> None:
    async with on_bus.administrator() as client:
        assert (await client.post(f"{PATH}/move", json=body)).status_code == 422
    assert puller.asked == []


async def test_nobody_steers_what_is_not_seen_off_or_masked(on_bus: Site, puller: Puller) -> None:
    async with on_bus.administrator() as client:
        assert (await client.get("/api/cameras/none/ptz")).status_code == 404
        assert (await client.post("/api/cameras/none/ptz/stop")).status_code == 404
        unseen = await client.get("/api/cameras/cam-2/ptz")
        assert (unseen.status_code, unseen.json()["reason"]) == (409, "unseen")
        mask = Mask(((0, 0), (5000, 0), (5000, 5000)))
        await on_bus.control.masked.put("cam-1", (mask,), "admin", None)
        masked = await client.post(f"{PATH}/move", json=LEFT)
        assert (masked.status_code, masked.json()["reason"]) == (409, "masked")
        await on_bus.control.off.off(SwitchedOff("cam-1", "servis", "admin", on_bus.control.now_ms(), None))
        for path, body in (("move", LEFT), ("goto", {"preset": "1"})):
            off = await client.post(f"{PATH}/{path}", json=body)
            assert (off.status_code, off.json()) == (409, {"error": "cam-1 is switched off.", "reason": "off"})
        assert puller.asked == []
        assert (await client.post(f"{PATH}/stop")).status_code == 200  # whatever it is: it may be under way
    assert puller.asked == [(SUB, {"do": "stop"})]


async def test_nobody_chooses_by_steering_what_the_public_sees(on_bus: Site, puller: Puller) -> None:
    public = on_bus.control.public
    public._settings = public._settings.model_copy(update={"enabled": True})  # as after another start
    await public.publish("cam-1", Shown("Simpang Lima"), "admin")
    async with on_bus.signed_in(Role.OPERATOR) as client:
        for asked in (client.get(PATH), client.post(f"{PATH}/move", json=LEFT)):
            refused = await asked
            assert (refused.status_code, refused.json()["reason"]) == (409, "public")
            assert "Cut it off first" in refused.json()["error"]
        assert puller.asked == []
        assert (await client.post(f"{PATH}/stop")).status_code == 200
        await public.cut_off(CutOff("camera", "cam-1", "diarahkan", "Sedang ditutup", "admin", 0))
        assert (await client.post(f"{PATH}/move", json=LEFT)).status_code == 200
        await public.lift("camera", "cam-1")
        assert (await client.post(f"{PATH}/move", json=LEFT)).status_code == 409
        public._settings = public._settings.model_copy(update={"enabled": False})  # there is no public then
        assert (await client.post(f"{PATH}/move", json=LEFT)).status_code == 200


async def test_a_camera_stays_with_the_stream_by_which_it_is_held(on_bus: Site, puller: Puller) -> None:
    statuses = puller.bus.bucket("status")
    async with on_bus.signed_in(Role.OPERATOR) as client:
        await client.post(f"{PATH}/move", json=LEFT)
        await statuses.put(MAIN, status(MAIN, worker="p1"))
        await eventually(lambda: on_bus.control.live.runs(MAIN))
        for path, body in (("move", LEFT), ("goto", {"preset": "1"}), ("stop", None)):
            await client.post(f"{PATH}/{path}", json=body)
        assert {stream for stream, _ in puller.asked} == {SUB}
        await statuses.put(SUB, status(SUB, State.OFF, worker="p1"))
        await eventually(lambda: not on_bus.control.live.runs(SUB))
        await client.post(f"{PATH}/move", json=LEFT)
    assert puller.asked[-1][0] == MAIN


async def test_a_stop_goes_out_though_the_camera_sends_no_pictures(on_bus: Site, puller: Puller) -> None:
    async with on_bus.signed_in(Role.OPERATOR) as client:
        await client.post(f"{PATH}/move", json=LEFT)
        await puller.bus.bucket("status").put(SUB, status(SUB, State.UNREACHABLE, worker="p1"))
        await eventually(lambda: not on_bus.control.live.runs(SUB))
        assert (await client.post(f"{PATH}/move", json=LEFT)).json()["reason"] == "unseen"
        assert (await client.post(f"{PATH}/stop")).status_code == 200
    assert puller.asked[-1] == (SUB, {"do": "stop"})


async def test_a_stop_finds_whichever_stream_of_a_camera_has_a_puller(on_bus: Site, bus_server: BusServer) -> None:
    puller = Puller(await bus_server.connect("puller"))
    await puller.bus.serve(f"req.steer.{SUB}", puller.answer)
    async with on_bus.signed_in(Role.OPERATOR) as client:
        assert (await client.post(f"{PATH}/stop")).status_code == 200
        unheard = await client.post("/api/cameras/cam-2/ptz/stop")
        assert (unheard.status_code, unheard.json()["reason"]) == (409, "silent")
    assert puller.asked == [(SUB, {"do": "stop"})]


async def test_who_stops_a_camera_that_nobody_steers_is_written_down(on_bus: Site, puller: Puller) -> None:
    async with on_bus.signed_in(Role.OPERATOR, name="ani") as ani:
        assert (await ani.post(f"{PATH}/stop")).status_code == 200
    (entry,) = await on_bus.control.people.audit.page(Wanted(action="cameras.steer"), None, 10)
    assert (entry.who, entry.obj, entry.after) == ("ani", "cam-1", {"stopped": True})


async def test_too_many_words_are_refused(on_bus: Site, puller: Puller) -> None:
    async with on_bus.administrator() as client:
        who = (await on_bus.control.people.accounts.named("admin")).id
        for _ in range(359):
            on_bus.control.people.limits.count(Tried.STEER, who)
        answers = [(await client.post(f"{PATH}/move", json=LEFT)).status_code for _ in range(2)]
        assert answers == [200, 429]
        assert (await client.post(f"{PATH}/stop")).status_code == 200  # to stand still is always allowed
