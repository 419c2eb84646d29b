"""A real bus, a gateway on it, and somebody who publishes."""

from __future__ import annotations

import asyncio
import inspect
import re
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aioice import ice
from aiortc.rtcdtlstransport import SRTPProtectionProfile

from ingest.access_unit import AccessUnit
from ingest.bus import Bus
from ingest.gop import GopCache
from tests.support.nats import BusServer, bus_server_in
from tests.support.waiting import PATIENCE_S, eventually
from tests.wallserver.gateway.pictures import FPS, Camera
from tests.wallserver.gateway.viewer import Viewer
from wallserver.gateway import confirmation
from wallserver.gateway.congestion import Congestion
from wallserver.gateway.process import run_gateway
from wallserver.gateway.sending import Kind
from wallserver.gateway.settings import GatewaySettings

GATEWAY = "gateway-1"


class Studio:
    """The owner of one stream: publishes access units and answers for their cached GOP, as pullers and tilers do."""

    def __init__(self, bus: Bus, camera: Camera) -> None:
        self.camera = camera
        self.keyframes_asked = 0
        self._bus = bus
        self._gop = GopCache()
        self._running: asyncio.Task[None] | None = None
        self._must_be_keyframe = False

    async def open(self) -> None:
        """Answer readers."""
        await self._bus.serve_gop(self.camera.stream, self._gop.units)
        if not self.camera.stream.startswith(("cam.", "replay.")):
            await self._bus.serve_keyframe(self.camera.stream, self._asked)

    async def publish(self, units: Sequence[AccessUnit]) -> None:
        """Publish these."""
        for unit in units:
            self._gop.add(unit)
            self._bus.publish(unit)

    def run(self) -> None:
        """Publish in real time, a GOP of two seconds, until `pause`."""
        self._running = asyncio.create_task(self._run())

    async def pause(self) -> None:
        """Publish no more."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
            self._running = None

    def _asked(self) -> None:
        self.keyframes_asked += 1
        self._must_be_keyframe = True

    async def _run(self) -> None:
        number = 0
        began = asyncio.get_running_loop().time()
        while True:
            keyframe = self._must_be_keyframe or number % (2 * FPS) == 0
            self._must_be_keyframe = False
            await self.publish([self.camera.unit(keyframe)])
            number += 1
            await asyncio.sleep(max(0.0, began + number / FPS - asyncio.get_running_loop().time()))


class House:
    """A bus with one gateway, as control sees it."""

    def __init__(self, server: BusServer, control: Bus) -> None:
        self._server = server
        self.control = control
        self.states: list[tuple[str, str]] = []
        self.studios: list[Studio] = []

    async def ask(self, verb: str, **payload: Any) -> dict[str, Any]:
        """A request to the gateway."""
        return await self.control.request(f"req.gateway.{GATEWAY}.{verb}", payload, timeout=PATIENCE_S)

    async def figures(self) -> dict[str, Any]:
        """The gateway's latest heartbeat."""
        entry = await self.control.bucket("workers").get(f"gateway.{GATEWAY}")
        return (entry.value if entry else None) or {}

    async def figures_of(self, name: str, value: int) -> bool:
        """Whether the heartbeat says so."""
        return (await self.figures()).get(name) == value

    async def demanded(self, streams: set[str]) -> bool:
        """Whether the gateway demands these and no others."""
        entry = await self.control.bucket("demand").get(GATEWAY)
        return set(entry.value["streams"] if entry and entry.value else ()) == streams

    async def studio(self, camera: Camera) -> Studio:
        """An owner of that stream."""
        role = "puller" if camera.stream.startswith(("cam.", "replay.")) else "tiler"
        bus = await self._server.connect(role, f"{role}-{len(self.studios)}")
        studio = Studio(bus, camera)
        await studio.open()
        self.studios.append(studio)
        return studio


def tasks_of_sessions() -> list[asyncio.Task[Any]]:
    """What runs of the gateway, of aiortc and of aioice, viewers in the same process included."""
    ours = re.compile(r"(?<!tests)/(wallserver/gateway|aiortc|aioice)/|/ingest/stream_reader")
    return [
        task
        for task in asyncio.all_tasks()
        if inspect.iscoroutine(coroutine := task.get_coro()) and ours.search(coroutine.cr_code.co_filename)
    ]


@pytest.fixture
def viewers_on_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """aioice leaves out 127.0.0.1, where the viewers of these tests are."""
    monkeypatch.setattr(ice, "get_host_addresses", lambda use_ipv4, use_ipv6: ["127.0.0.1"])


@pytest.fixture
def when_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Control is asked when it says so, and never else. For a test to ask for before its house."""
    monkeypatch.setattr(confirmation, "CONFIRM_S", 3600)


@pytest.fixture
def keeps_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the machine is, no viewer gets less because it was late."""
    monkeypatch.setattr(Congestion, "look", lambda *_: False)


@asynccontextmanager
async def running_gateway(server: BusServer, **more: Any) -> AsyncIterator[None]:
    """A gateway that is reached at 127.0.0.1; it must end and leave no task. `more`: of its settings."""
    stop = asyncio.Event()
    settings = GatewaySettings.model_validate({"addresses": ["127.0.0.1"]} | more)
    gateway = asyncio.create_task(run_gateway(server.address("gateway"), GATEWAY, settings, stop))
    try:
        yield
    finally:
        stop.set()
        async with asyncio.timeout(PATIENCE_S):
            await gateway
    await eventually(lambda: not tasks_of_sessions())


@asynccontextmanager
async def running_house(tmp_path: Path, **settings: Any) -> AsyncIterator[House]:
    """A bus and a gateway with these settings."""
    async with bus_server_in(tmp_path) as server:
        control = await server.connect("control")
        house = House(server, control)

        async def heard(subject: str, payload: dict[str, Any]) -> dict[str, Any]:
            house.states.append((subject.rpartition(".")[2], payload["state"]))
            return {}

        await control.serve("evt.session.>", heard)
        async with running_gateway(server, **settings):
            await eventually(house.figures)
            try:
                yield house
            finally:
                for studio in house.studios:
                    await studio.pause()


@pytest.fixture
def sender_kind() -> Kind:
    """Which sender the house has."""
    return "batched"


@pytest.fixture
async def house(tmp_path: Path, viewers_on_loopback: None, sender_kind: Kind) -> AsyncIterator[House]:
    """A running house."""
    async with running_house(tmp_path, sender=sender_kind) as house:
        yield house


@asynccontextmanager
async def connected(
    house: House,
    slots: Sequence[str | None],
    videos: int | None = None,
    kind: str = "display",
    display: str | None = None,
    profiles: Sequence[SRTPProtectionProfile] = (),
    **more: Any,
) -> AsyncIterator[tuple[Viewer, str]]:
    """A viewer of these slots with its session, closed at the end. `more`: of its offer."""
    viewer = Viewer(videos or len(slots), channel=kind == "display")
    if profiles:
        viewer.encrypt_by(profiles)
    session = str(uuid.uuid4())
    try:
        answer = await house.ask(
            "offer", session=session, kind=kind, display=display, sdp=await viewer.offer(), slots=list(slots), **more
        )
        await viewer.accept(answer["sdp"])
        await eventually(lambda: viewer.pc.connectionState == "connected")
        yield viewer, session
    finally:
        await viewer.close()
