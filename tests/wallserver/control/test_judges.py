"""A camera's newest still is asked for once for all who look, and none is shown that may be seen no more."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from ingest.camera_state import State
from tests.support.nats import BusServer
from tests.support.waiting import eventually
from tests.wallserver.control.conftest import Site
from tests.wallserver.control.test_judged import SUB, T, health
from tests.wallserver.control.test_masks import MASK, masked
from wallserver.catalogue.switches import SwitchedOff
from wallserver.control.judges import Judges
from wallserver.people.rights import Role
from wallserver.people.scope import CameraScope, Scope

STILL = "/api/cameras/cam-1/still"


class Asked:
    """What the judge was asked; its answers have numbers, and wait until `go` is set."""

    def __init__(self) -> None:
        self.masks: list[Any] = []
        self.go = asyncio.Event()
        self.go.set()

    async def still(self, _: str, asked: dict[str, Any]) -> dict[str, Any]:
        self.masks.append(asked["masks"])
        picture = f"picture {len(self.masks)}"
        await self.go.wait()
        return {"jpeg": base64.b64encode(picture.encode()).decode(), "taken_ms": T}


@pytest.fixture
async def asked(on_bus: Site, bus_server: BusServer) -> AsyncIterator[Asked]:
    """A judge that has a still of cam-1, and a control for which no second passes."""
    control, judge, asked = on_bus.control, await bus_server.connect("judge"), Asked()
    control.judges = Judges(control.live, control.masked, control.off, lambda: 0.0)
    await eventually(lambda: control.bus)
    assert control.bus is not None
    control.judges.attach(control.bus)
    await judge.serve("req.still.j1.*", asked.still)
    await judge.bucket("health").put(SUB, health(State.LIVE, T))
    await eventually(lambda: control.live.judge_of([SUB]))
    yield asked
    asked.go.set()


async def stills(client: httpx.AsyncClient, count: int = 1) -> set[str]:
    answers = await asyncio.gather(*(client.get(STILL) for _ in range(count)))
    assert {answer.status_code for answer in answers} == {200}
    return {answer.text for answer in answers}


async def test_a_room_that_looks_at_one_camera_asks_its_judge_once(on_bus: Site, asked: Asked) -> None:
    async with on_bus.administrator() as client:
        assert await stills(client, 20) == {"picture 1"}
        assert await stills(client) == {"picture 1"}
        assert len(asked.masks) == 1


async def test_no_picture_is_shown_that_was_made_with_other_masks(on_bus: Site, asked: Asked) -> None:
    async with on_bus.administrator() as client:
        asked.go.clear()
        before = asyncio.create_task(client.get(STILL))
        await eventually(lambda: asked.masks)
        await masked(on_bus)
        after = asyncio.create_task(client.get(STILL))
        await eventually(lambda: len(asked.masks) == 2)
        asked.go.set()
        bare, with_masks = await before, await after
        assert (bare.text, with_masks.text) == ("picture 1", "picture 2")
        assert asked.masks == [[], [MASK.to_json()]]
        # What the browser keeps of the one is not taken for the other, though both were taken at the same time.
        again = await client.get(STILL, headers={"If-None-Match": bare.headers["etag"]})
        assert (again.status_code, again.text) == (200, "picture 2")


async def test_a_camera_that_is_switched_off_is_asked_about_anew(on_bus: Site, asked: Asked) -> None:
    async with on_bus.administrator() as client:
        assert await stills(client) == {"picture 1"}
        await on_bus.control.off.off(SwitchedOff("cam-1", "Warga meminta", "admin", T, None))
        assert await stills(client) == {"picture 2"}


async def test_who_may_see_it_no_more_is_refused_though_it_is_remembered(on_bus: Site, asked: Asked) -> None:
    cameras = CameraScope(frozenset({"cam-1"}))
    async with on_bus.signed_in(Role.VIEWER, Scope(cameras=cameras), "siti") as siti:
        assert await stills(siti) == {"picture 1"}
        accounts = on_bus.control.people.accounts
        await accounts.change((await accounts.named("siti")).id, scope=Scope(cameras=CameraScope()))
        assert (await siti.get(STILL)).status_code == 403
        assert len(asked.masks) == 1
