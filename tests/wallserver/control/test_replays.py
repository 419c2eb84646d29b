"""Replays as people ask for them: what there is, beginning one, its end in words, and WHEP."""

from __future__ import annotations

from typing import Any

import pytest

from ingest import causes
from ingest.bus import Bus
from ingest.errors import ReplayError
from tests.support.nats import BusServer
from tests.support.waiting import eventually
from tests.wallserver.control.conftest import Site
from tests.wallserver.control.test_site import alive, status

MAIN, SUB = "cam.cam-1.main", "cam.cam-1.sub"
ID = "00112233aabbccdd"
PATH = "/api/cameras/cam-1/replay"


class Puller:
    """Answers for its streams as a puller's rings do; `kept` says from when each exists."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.kept: dict[str, int] = {}
        self.asked: list[tuple[str, dict[str, Any]]] = []

    async def answer(self, subject: str, asked: dict[str, Any]) -> dict[str, Any]:
        stream = subject.removeprefix("req.replay.")
        if stream not in self.kept:
            raise ReplayError("nothing is kept of this stream yet")
        span = {"from_ms": self.kept[stream], "until_ms": 60_000}
        if asked.get("look"):
            return span
        self.asked.append((stream, asked))
        return {"id": ID, "stream": f"replay.{ID}", **span}


@pytest.fixture
async def puller(bus_server: BusServer) -> Puller:
    puller = Puller(await bus_server.connect("puller"))
    await alive(puller.bus, "puller", "p1")
    await puller.bus.serve("req.replay.cam.>", puller.answer)
    return puller


async def test_what_there_is_and_the_stream_that_reaches_back_furthest(on_bus: Site, puller: Puller) -> None:
    async with on_bus.administrator() as client:
        assert (await client.get(PATH)).json() == []
        nothing = await client.post(PATH)
        assert (nothing.status_code, "Nothing is kept" in nothing.json()["error"]) == (409, True)
        puller.kept = {MAIN: 50_000, SUB: 30_000}
        assert (await client.get(PATH)).json() == [
            {"stream": MAIN, "from_ms": 50_000, "until_ms": 60_000},
            {"stream": SUB, "from_ms": 30_000, "until_ms": 60_000},
        ]
        begun = await client.post(PATH)
        assert begun.status_code == 201
        assert begun.json() == {
            "id": ID,
            "stream": f"replay.{ID}",
            "of": SUB,
            "from_ms": 30_000,
            "until_ms": 60_000,
        }
        puller.kept[MAIN] = 31_000  # about as far: the better picture
        assert (await client.post(PATH)).json()["of"] == MAIN
        assert (await client.post(PATH, json={"stream": SUB, "from_ms": 40_000})).json()["of"] == SUB
        assert puller.asked[-1] == (SUB, {"from_ms": 40_000})


async def test_what_browsers_cannot_play_is_not_chosen(on_bus: Site, puller: Puller) -> None:
    puller.kept = {MAIN: 30_000, SUB: 50_000}
    for stream, codec in ((MAIN, "h265"), (SUB, "h264")):
        await puller.bus.bucket("status").put(stream, status(stream, codec=codec))
    await eventually(lambda: on_bus.control.live.status(SUB) and on_bus.control.live.status(MAIN))
    async with on_bus.administrator() as client:
        assert (await client.post(PATH)).json()["of"] == SUB
        del puller.kept[SUB]
        refused = await client.post(PATH)
        assert (refused.status_code, "cannot play" in refused.json()["error"]) == (409, True)


async def test_its_end_is_said_in_words_and_then_there_is_no_such_stream(on_bus: Site, puller: Puller) -> None:
    puller.kept = {SUB: 30_000}
    offer: dict[str, Any] = {"content": "v=0", "headers": {"Content-Type": "application/sdp"}}
    async with on_bus.administrator() as client:
        assert (await client.post(f"/whep/replay.{ID}", **offer)).status_code == 404
        await client.post(PATH)
        playing = (await client.get(f"/api/replays/{ID}")).json()
        assert playing == {"id": ID, "camera": "cam-1", "ended": False, "cause_id": "", "cause_en": ""}
        # As far as the gateways, of which there is none here.
        assert (await client.post(f"/whep/replay.{ID}", **offer)).status_code == 503
        cause = causes.REPLAY_LOST
        await puller.bus.tell(f"evt.replay.{ID}", {"cause_id": cause.indonesian, "cause_en": cause.english})
        await eventually(lambda: (known := on_bus.control.replays.find(ID)) is not None and known.ended)
        ended = (await client.get(f"/api/replays/{ID}")).json()
        assert (ended["ended"], ended["cause_en"]) == (True, cause.english)
        assert (await client.post(f"/whep/replay.{ID}", **offer)).status_code == 404


async def test_what_cannot_be_is_refused_in_words(on_bus: Site, puller: Puller) -> None:
    puller.kept = {SUB: 30_000}
    async with on_bus.administrator() as client:
        assert (await client.get("/api/cameras/none/replay")).status_code == 404
        assert (await client.post("/api/cameras/none/replay")).status_code == 404
        assert (await client.get("/api/replays/none")).status_code == 404
        other = await client.post(PATH, json={"stream": "cam.cam-2.sub"})
        assert (other.status_code, other.json()["error"]) == (409, "cam-1 has no stream cam.cam-2.sub.")
        assert (await client.post(PATH, json={"from_ms": "now"})).status_code == 422
    async with on_bus.client() as nobody:
        assert (await nobody.get(PATH)).status_code == 401
