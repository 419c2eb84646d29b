"""Displays over a real WebSocket: hello, plan, states, the two phases of a change, being let go."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from ingest.camera_state import State
from layouts.commands import AddDisplay, ApplyPreset, Assign, RemoveDisplay, SetGeometry
from layouts.contents import CameraContent, StatesPanel
from layouts.tours import Selector
from tests.support.nats import BusServer
from tests.support.site import free_port
from tests.support.waiting import PATIENCE_S, eventually
from tests.wallserver.control.conftest import Site
from tests.wallserver.control.test_site import alive, change, gateway_on, status
from wallserver.catalogue import open_catalogue
from wallserver.config import MosaicSettings, Settings, settings_of
from wallserver.control import create_app, display_hub, shown_display
from wallserver.control.planner import no_slots
from wallserver.control.run import serve
from wallserver.people import open_people

# As a page that knows of nothing more says it; and as it is listed.
REPORT = {"frames": 150, "dropped": 2, "heap_mb": 9.5, "decoded": None, "decode_ms": None}


@dataclass(slots=True)
class Served:
    """Control as a process runs it, on a loopback port, in this event loop."""

    site: Site
    port: int
    token: str

    @contextlib.asynccontextmanager
    async def display(self, **more: str) -> AsyncIterator[Display]:
        async with connect(f"ws://127.0.0.1:{self.port}/ws/display") as socket:
            await socket.send(json.dumps({"t": "hello", "token": self.token} | more))
            yield Display(socket)


class Display:
    """The other end: keeps the last plan and all states."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.states: dict[str, Any] = {}

    async def message(self, kind: str) -> dict[str, Any]:
        """The next message of this kind."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                message: dict[str, Any] = json.loads(await self.socket.recv())
                if message["t"] == "states":
                    self.states |= message["cameras"]
                if message["t"] == kind:
                    return message

    async def drawn(self, plan: dict[str, Any]) -> None:
        cells = [cell["id"] for cell in plan["cells"] if cell["via"]]
        await self.socket.send(json.dumps({"t": "drawn", "plan": plan["plan"], "cells": cells}))

    async def close_code(self) -> int | None:
        async with asyncio.timeout(PATIENCE_S):
            with contextlib.suppress(ConnectionClosed):
                while True:
                    await self.socket.recv()
        return self.socket.close_code


@pytest.fixture
async def served(settings: Settings, bus_server: BusServer) -> AsyncIterator[Served]:
    port = free_port()
    settings = settings_of(state_dir=settings.state_dir, http={"port": port})
    async with open_catalogue(settings) as catalogue:
        token = await open_people(catalogue.database).tokens.for_display("city-1")
    site = Site(create_app(settings, bus_server.address("control")), settings)
    stop = asyncio.Event()
    running = asyncio.create_task(serve(site.app, settings, stop))
    try:
        await eventually(lambda: _answers(port))
        await eventually(lambda: site.control.plans.resumed)
        yield Served(site, port, token)
    finally:
        stop.set()
        await asyncio.wait_for(running, PATIENCE_S)


async def _answers(port: int) -> bool:
    async with httpx.AsyncClient() as client:
        try:
            return (await client.get(f"http://127.0.0.1:{port}/healthz")).status_code == 200
        except httpx.TransportError:
            return False


async def test_a_display_gets_its_plan_then_states_then_what_changes(served: Served, bus_server: BusServer) -> None:
    async with served.display() as display:
        plan = await display.message("plan")
        assert (plan["wall"], plan["revision"], plan["display"]["width"]) == ("city", 1, 1920)
        assert plan["slots"] == ["mosaic.city-1", *no_slots(MosaicSettings())[1:]]
        assert plan["canvases"] == [{"slot": 0, "width": 1920, "height": 1080}]
        first = plan["cells"][0]
        assert (first["camera"], first["name"], first["fit"]) == ("cam-1", "Kamera 1", "contain")
        assert first["via"] == {"slot": 0, "kind": "mosaic", "rect": [0, 0, 640, 360]}
        assert plan["cells"][8]["via"] is None
        states = await display.message("states")
        assert len(states["cameras"]) == 6
        assert states["cameras"]["cam-1"]["state"] == "connecting"

        puller = await bus_server.connect("puller")
        await alive(puller, "puller", "p1")
        await puller.bucket("status").put("cam.cam-2.sub", status("cam.cam-2.sub", State.UNREACHABLE))
        while display.states["cam-2"]["state"] != "unreachable":
            changed = await display.message("states")
        assert list(changed["cameras"]) == ["cam-2"]
        assert changed["cameras"]["cam-2"]["cause_en"] == "Cause."
        assert (await display.message("server"))["time_ms"] > 1_700_000_000_000


async def test_old_slots_stay_until_the_new_plan_is_drawn(
    served: Served, bus_server: BusServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = await gateway_on(bus_server, "g1")
    await eventually(lambda: served.site.control.live.workers("gateway"))
    async with served.display() as display:
        await display.message("plan")
        async with httpx.AsyncClient(headers={"Authorization": f"Bearer {served.token}"}) as client:
            address = f"http://127.0.0.1:{served.port}/api/displays/city-1/session"
            opened = await client.post(address, json={"sdp": "offer", "slots_offered": 18})
        assert opened.status_code == 201
        await change(served.site, ApplyPreset("city-1", "1"))
        plan = await display.message("plan")
        assert plan["slots"][:3] == [None, None, "cam.cam-1.main"]

        def slots() -> list[str | None]:
            return next(iter(gateway.sessions.values()))[:4]

        both = ["mosaic.city-1", None, "cam.cam-1.main", None]
        await eventually(lambda: slots() == both)
        shown = served.site.control.plans.displays["city-1"]
        assert {"mosaic.city-1", "cam.cam-4.sub", "cam.cam-1.main"} <= shown.streams

        await display.drawn({**plan, "plan": plan["plan"] - 1})  # of a plan that is past
        await display.drawn(plan)
        await eventually(lambda: slots() == [None, None, "cam.cam-1.main", None])
        assert shown.streams == {"cam.cam-1.main"}

        monkeypatch.setattr(shown_display, "CHANGE_S", 4.0)
        await change(served.site, Assign("city-1", "c1", CameraContent("cam-2")))
        second = await display.message("plan")
        assert second["plan"] > plan["plan"]
        assert second["cells"][0]["via"] == {"slot": 3, "kind": "camera", "rect": None}
        await eventually(lambda: slots() == [None, None, "cam.cam-1.main", "cam.cam-2.main"])
    # It may have lost its socket alone, and show its old pictures still: they stay until the deadline.
    control = served.site.control
    await eventually(lambda: control.hub.connected("city-1") == 0)
    assert control.plans.displays["city-1"].in_change
    await eventually(lambda: slots() == [None, None, None, "cam.cam-2.main"])


async def test_the_mosaic_that_is_seen_is_the_last_one_that_every_browser_has_drawn(served: Served) -> None:
    plans = served.site.control.plans
    async with served.display() as display, served.display() as other:
        plan = await display.message("plan")
        assert plans.displays["city-1"].seen is None
        await display.drawn(plan)
        await other.message("plan")
        await other.drawn(plan)
        await eventually(lambda: plans.displays["city-1"].seen == 0)
        # A plan without a mosaic covers it only once it is drawn: until then it is looked at.
        await change(served.site, ApplyPreset("city-1", "1"))
        assert (await display.message("plan"))["slots"][:2] == [None, None]
        assert plans.displays["city-1"].seen == 0


async def test_identify_numbers_the_displays_of_a_wall_and_a_night_reloads_them(served: Served) -> None:
    async with served.site.administrator() as admin:
        assert (await admin.post("/api/walls/city/identify")).json() == {"told": 0, "ms": 8000}
        async with served.display() as display:
            await display.message("plan")
            assert (await admin.post("/api/walls/city/identify")).json() == {"told": 1, "ms": 8000}
            assert await display.message("identify") == {"t": "identify", "number": 1, "ms": 8000}
            assert served.site.control.hub.reload("city-1")
            assert await display.message("reload") == {"t": "reload"}
        assert (await admin.post("/api/walls/nowhere/identify")).status_code == 404
        again = [await admin.post("/api/walls/city/identify") for _ in range(3)]
        assert [answer.status_code for answer in again] == [200, 200, 429]  # its pictures are to be seen too
        assert 0 < again[-1].json()["retry_after_s"] <= 60


async def test_a_list_of_cameras_is_told_when_it_changes(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(display_hub, "_HEARTBEAT_S", 0.05)
    await change(served.site, Assign("city-1", "c1", StatesPanel(Selector(district="Mariso"))))
    async with served.display() as display:
        plan = await display.message("plan")
        assert plan["cells"][0]["panel"] == {"type": "panel", "panel": "states"}
        lists = await display.message("lists")
        # The first one is on the display no more, so that nobody pulls it: it comes last.
        names = [one["name"] for one in lists["cells"]["c1"]["cameras"]]
        assert names == [f"Kamera {n}" for n in (2, 3, 4, 5, 6, 1)]
        async with served.site.administrator() as admin:
            await admin.put("/api/cameras/cam-3/off", json={"reason": "diganti"})
        changed = await display.message("lists")
        assert changed["cells"]["c1"]["counts"]["off"] == 2


@pytest.mark.parametrize(
    ("hello", "code"),
    [
        ('{"t": "hello", "token": "guessed"}', 4401),
        # A page that another version of the server does not understand keeps its token.
        ('{"t": "hello"}', 1003),
        ('{"t": "drawn", "plan": 1, "cells": []}', 1003),
        ("nonsense", 1003),
        ("[]", 1003),
    ],
)
async def test_without_a_good_token_there_is_nothing(served: Served, hello: str, code: int) -> None:
    async with connect(f"ws://127.0.0.1:{served.port}/ws/display") as socket:
        await socket.send(hello)
        assert await Display(socket).close_code() == code


async def test_a_page_of_another_site_is_refused(served: Served) -> None:
    from websockets.exceptions import InvalidStatus
    from websockets.typing import Origin

    address = f"ws://127.0.0.1:{served.port}/ws/display"
    with pytest.raises(InvalidStatus):
        await connect(address, origin=Origin("http://elsewhere.example")).__aenter__()
    async with connect(address, origin=Origin(f"http://127.0.0.1:{served.port}")) as socket:
        await socket.send(json.dumps({"t": "hello", "token": served.token}))
        await Display(socket).message("plan")


async def test_an_unpaired_display_is_told_and_let_go(served: Served) -> None:
    control = served.site.control
    async with served.display() as display, served.site.administrator() as administrator:
        await display.message("plan")
        assert control.hub.connected("city-1") == 1
        assert (await administrator.delete("/api/displays/city-1/pair")).status_code == 204
        await display.message("gone")
        assert await display.close_code() == 4401
    async with served.display() as again:
        assert await again.close_code() == 4401


async def test_a_display_that_is_taken_off_its_wall_keeps_its_token_and_comes_back_with_it(
    served: Served,
) -> None:
    async with served.display() as display:
        await display.message("plan")
        await change(served.site, SetGeometry(columns=2, rows=1, bezel_x=0, bezel_y=0))
        await change(served.site, AddDisplay("city-2", "Dua", 1920, 1080, 1, 0))
        await change(served.site, RemoveDisplay("city-1"))
        await display.message("removed")
        assert await display.close_code() == 1001
    async with served.display() as again:
        await again.message("removed")
        assert await again.close_code() == 1013
    await change(served.site, AddDisplay("city-1", "Satu", 1920, 1080, 0, 0))
    async with served.display() as back:
        assert (await back.message("plan"))["display"]["id"] == "city-1"


async def test_what_is_not_understood_ends_the_connection(served: Served) -> None:
    async with served.display() as display:
        await display.message("plan")
        await display.socket.send('{"t": "explode"}')
        assert await display.close_code() == 1003


async def test_a_displays_report_is_listed(served: Served) -> None:
    async with served.display() as display, served.site.administrator() as administrator:
        await display.message("plan")
        await display.socket.send('{"t": "report", "frames": 150, "dropped": 2, "heap_mb": 9.5, "new": 1}')

        async def listed() -> bool:
            (only,) = (await administrator.get("/api/displays")).json()
            return bool(only["report"] == REPORT and only["connected"] == 1)

        await eventually(listed)


async def test_a_display_is_told_that_the_gateway_of_its_session_is_gone(served: Served) -> None:
    session = served.site.control.sessions.find("g1.00000000-0000-4000-8000-000000000000", "city-1")
    async with served.display() as display:
        await display.message("plan")
        served.site.control.hub.session_lost(session)
        assert await display.message("lost") == {"t": "lost", "session": session.name}
