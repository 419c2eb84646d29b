"""Control on a real bus: states, health, plans, sources, sessions, and its own restart."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import pytest

from ingest import causes
from ingest.bucket import Bucket
from ingest.bus import Bus
from ingest.camera_state import State, StreamStatus
from ingest.errors import BusError, BusTimeout
from ingest.source import SourceError, SourceSpec
from layouts.apply import apply
from layouts.commands import ApplyPreset, Assign, Command
from layouts.contents import CameraContent
from tests.support.nats import BusServer
from tests.support.waiting import eventually
from tests.wallserver.control.conftest import CAMERAS, CANARY, Site, running_site
from wallserver.catalogue import open_catalogue
from wallserver.config import Settings
from wallserver.control.health import health
from wallserver.control.sessions import SessionError
from wallserver.people.rights import Role


def status(stream: str, state: State = State.LIVE, *, worker: str = "p1", **more: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "stream": stream,
        "camera": stream.split(".")[1],
        "state": state,
        "since_ms": 1_000,
        "last_picture_ms": 2_000,
        "cause_id": "Sebab.",
        "cause_en": "Cause.",
        "codec": "h264",
        "width": 640,
        "height": 360,
        "fps": 15.0,
        "gop_s": 2.0,
        "b_frames": False,
        "bitrate_kbps": 400,
        "worker": worker,
        "epoch": 7,
        "updated_ms": 2_000,
    }
    return StreamStatus(**(values | more)).to_json()


async def here(bus: Bus, role: str, worker: str) -> None:
    """A worker's heartbeat, once: it is gone 3 s later."""
    await bus.bucket("workers").put(f"{role}.{worker}", {"role": role, "worker": worker})


async def alive(bus: Bus, role: str, worker: str) -> None:
    """A worker's heartbeat until its bus is closed; as of one that was killed, it is gone 3 s after that."""
    await here(bus, role, worker)
    bus.essential(_beat(bus, role, worker), "heartbeat")


async def _beat(bus: Bus, role: str, worker: str) -> None:
    while True:
        await asyncio.sleep(1)
        with contextlib.suppress(BusError):  # a bus that is away comes back
            await here(bus, role, worker)


async def held(bucket: Bucket, key: str) -> dict[str, Any]:
    """The entry's value; empty if there is none."""
    entry = await bucket.get(key)
    return entry.value or {} if entry else {}


async def first_camera(bucket: Bucket, cell: int = 0) -> str:
    """The camera of a cell of the display's mosaic, as the bus has it."""
    cells = (await held(bucket, "city-1")).get("cells", [])
    return str(cells[cell]["camera"]) if len(cells) > cell else ""


async def change(site: Site, command: Command) -> None:
    wall = apply(site.control.plans.walls["city"], command)
    await site.control.catalogue.walls.commit(wall, "test")
    site.control.plans.put_wall(wall)


async def test_pullers_get_addresses_and_secrets_and_nobody_else(on_bus: Site, bus_server: BusServer) -> None:
    puller = await bus_server.connect("puller")
    answer = await puller.request("req.source.cam.cam-1.main", {}, timeout=2)
    assert CANARY not in answer["credential"]
    assert len(answer.pop("credential")) == 32
    assert answer == {
        "url": f"rtsp://10.0.0.1/main?key={CANARY}",
        "username": CANARY,
        "password": CANARY,
        "transport": "tcp",
        "kind": "rtsp",
        "onvif_url": "",
        "profile": "",
    }
    assert (await puller.request("req.source.cam.cam-1.sub", {}, timeout=2))["url"] == "rtsp://10.0.0.1/sub"
    for nothing in ("cam.none.main", "cam.cam-1.other"):
        assert (await puller.request(f"req.source.{nothing}", {}, timeout=2))["error"]["code"] == 404


async def test_a_camera_that_sends_one_stream_at_a_time_is_asked_for_one(on_bus: Site, bus_server: BusServer) -> None:
    puller = await bus_server.connect("puller")
    plans = on_bus.control.plans
    single = next(camera for camera in CAMERAS if camera.id == "cam-1").model_copy(update={"max_sessions": 1})
    await on_bus.control.catalogue.cameras.put([single])
    await plans.refresh_cameras()
    assert {"cam.cam-1.main", "cam.cam-2.sub"} < plans.displays["city-1"].plan.streams
    assert "cam.cam-1.sub" not in plans.displays["city-1"].plan.streams
    assert (await puller.request("req.source.cam.cam-1.sub", {}, timeout=2))["error"]["code"] == 404


async def test_a_recorder_is_asked_for_no_more_than_it_can_send(settings: Settings, bus_server: BusServer) -> None:
    limited = settings.model_copy(update={"recorders": {"10.0.0.1": 1}})
    puller = await bus_server.connect("puller")
    async with running_site(limited, bus_server.address("control")) as site:
        await eventually(lambda: site.control.bus is not None)
        await change(site, ApplyPreset("city-1", "2x2"))
        assert "url" in await puller.request("req.source.cam.cam-1.main", {}, timeout=2)
        refused = await puller.request("req.source.cam.cam-1.sub", {}, timeout=2)
        with pytest.raises(SourceError) as error:
            SourceSpec.from_answer("cam.cam-1.sub", refused)
        assert error.value.cause == causes.RECORDER_FULL
        assert "url" in await puller.request("req.source.cam.cam-2.main", {}, timeout=2), "at another address"


async def test_a_plan_is_demand_without_any_browser(on_bus: Site, bus_server: BusServer) -> None:
    onlooker = await bus_server.connect("control", "onlooker")
    plans, mosaics = onlooker.bucket("plans"), onlooker.bucket("mosaics")
    first = await eventually(lambda: held(plans, "city-1"))
    # Six cameras stand on a 3×3 of small cells.
    subs = sorted(f"cam.cam-{n}.sub" for n in range(1, 7))
    assert first["streams"] == [*subs, "mosaic.city-1"]
    spec = await eventually(lambda: held(mosaics, "city-1"))
    assert (spec["width"], spec["height"], spec["fps"]) == (1920, 1080, 15)
    assert spec["cells"][0] == {
        "camera": "cam-1",
        "stream": "cam.cam-1.sub",
        "x": 0,
        "y": 0,
        "w": 640,
        "h": 360,
        "fit": "contain",
        "label": "Kamera 1",
        "masks": [],
        "zoom": None,
    }
    players = await eventually(lambda: held(mosaics, "city-1_whep"))
    assert players["burn_in"] is True

    await change(on_bus, ApplyPreset("city-1", "2x2"))
    wanted = sorted(f"cam.cam-{n}.main" for n in range(1, 5))

    async def demanded() -> bool:
        return (await held(plans, "city-1")).get("streams") == wanted

    await eventually(demanded)  # at once: nobody looks, so nothing has to stay
    await eventually(lambda: absent(mosaics, "city-1"))


async def absent(bucket: Bucket, key: str) -> bool:
    return await bucket.get(key) is None


async def test_a_layouts_epoch_rises_when_and_only_when_cells_move(settings: Settings, bus_server: BusServer) -> None:
    onlooker = await bus_server.connect("control", "onlooker")
    mosaics = onlooker.bucket("mosaics")
    async with running_site(settings, bus_server.address("control")) as site:
        first = await eventually(lambda: held(mosaics, "city-1"))
        await change(site, Assign("city-1", "c1", CameraContent("cam-6")))

        async def moved() -> bool:
            return await first_camera(mosaics) == "cam-6"

        await eventually(moved)
        second = await held(mosaics, "city-1")
        assert second["layout_epoch"] > first["layout_epoch"]
    async with running_site(settings, bus_server.address("control")) as site:
        await eventually(lambda: site.control.bus is not None)
        await change(site, Assign("city-1", "c2", CameraContent("cam-6")))

        async def moved_again() -> bool:
            return await first_camera(mosaics, cell=1) == "cam-6"

        await eventually(moved_again)
        third = await held(mosaics, "city-1")
        assert third["layout_epoch"] > second["layout_epoch"]


async def test_a_restart_of_the_bus_is_put_right(on_bus: Site, bus_server: BusServer) -> None:
    onlooker = await bus_server.connect("control", "onlooker")
    await eventually(lambda: onlooker.bucket("plans").get("city-1"))
    await bus_server.stop()
    await eventually(lambda: on_bus.control.bus is not None and not on_bus.control.bus.connected)
    await change(on_bus, Assign("city-1", "c1", CameraContent("cam-6")))
    await bus_server.start()

    async def back() -> bool:
        return onlooker.connected and await first_camera(onlooker.bucket("mosaics")) == "cam-6"

    await eventually(back)


async def test_what_a_stream_is_holds_over_a_restart_of_the_bus(on_bus: Site, bus_server: BusServer) -> None:
    live, gone = on_bus.control.live, await bus_server.connect("puller", "p1")
    await gone.bucket("status").put("cam.cam-1.sub", status("cam.cam-1.sub", codec="h265"))
    await eventually(lambda: live.status("cam.cam-1.sub"))
    await gone.close()
    await bus_server.stop()
    await bus_server.start()
    other = await bus_server.connect("puller", "p2")
    await other.bucket("status").put("cam.cam-2.sub", status("cam.cam-2.sub"))
    await eventually(lambda: live.status("cam.cam-2.sub"))
    assert (known := live.status("cam.cam-1.sub")) is not None
    assert known.codec == "h265"


async def test_health_from_starting_to_ok_to_degraded(on_bus: Site, bus_server: BusServer) -> None:
    puller = await bus_server.connect("puller")
    tiler, gateway = await bus_server.connect("tiler"), await bus_server.connect("gateway")
    judge = await bus_server.connect("judge")
    control = on_bus.control
    assert health(control)["status"] == "starting"
    for n in range(1, 7):
        await puller.bucket("status").put(f"cam.cam-{n}.sub", status(f"cam.cam-{n}.sub"))

    async def all_there() -> bool:
        await here(puller, "puller", "p1")
        await here(tiler, "tiler", "t1")
        await here(gateway, "gateway", "g1")
        await here(judge, "judge", "j1")
        return bool(health(control)["status"] == "ok")

    await eventually(all_there)
    assert health(control)["cameras"]["live"] == 6
    assert health(control)["workers"] == {"puller": 1, "tiler": 1, "gateway": 1, "judge": 1}

    refused = status("cam.cam-2.sub", State.REFUSED)
    await puller.bucket("status").put("cam.cam-2.sub", refused)

    async def one_refused() -> bool:
        await here(puller, "puller", "p1")
        return bool(health(control)["cameras"]["refused"] == 1)

    await eventually(one_refused)
    assert health(control)["status"] == "degraded"
    view = control.plans.display_views("city-1")["cam-2"]
    assert (view["state"], view["cause_id"], view["since_ms"]) == ("refused", "Sebab.", 1_000)

    # The puller dies: nobody holds its streams, which are being connected then.
    await eventually(lambda: health(control)["cameras"]["connecting"] == 6)
    assert health(control)["workers"]["puller"] == 0
    assert control.plans.display_views("city-1")["cam-2"]["last_picture_ms"] == 2_000


async def test_a_camera_that_turns_out_to_have_b_frames_goes_through_the_mosaic(
    on_bus: Site, bus_server: BusServer
) -> None:
    await change(on_bus, ApplyPreset("city-1", "1+5"))
    plans = on_bus.control.plans
    assert plans.displays["city-1"].plan.slots[2] == "cam.cam-1.main"
    puller = await bus_server.connect("puller")
    said = status("cam.cam-1.main", b_frames=True, width=1920, height=1080)
    await puller.bucket("status").put("cam.cam-1.main", said)

    def composed() -> bool:
        cell = plans.displays["city-1"].plan.cells[0]
        return cell.via is not None and cell.via.kind == "mosaic"

    await eventually(composed)
    assert "cam.cam-1.main" in plans.displays["city-1"].streams


async def test_a_player_makes_a_camera_needed(on_bus: Site, bus_server: BusServer) -> None:
    gateway = await bus_server.connect("gateway")
    await gateway.bucket("demand").put("g1", {"streams": ["cam.cam-3.main"]})
    plans = on_bus.control.plans
    both = {"cam.cam-3.main", "cam.cam-3.sub"}
    await eventually(lambda: plans.demanded_cameras()["cam-3"] == both)
    await eventually(lambda: plans.demanded_cameras()["cam-3"] == {"cam.cam-3.sub"})


async def test_an_import_by_the_command_line_is_noticed(on_bus: Site) -> None:
    renamed = CAMERAS[0].model_copy(update={"name": "Nama baru"})
    async with open_catalogue(on_bus.settings) as other_process:
        await other_process.cameras.put([renamed])
    plans = on_bus.control.plans
    await eventually(lambda: plans.displays["city-1"].plan.cells[0].name == "Nama baru")


class Gateway:
    """What a gateway says on the bus, without its media: the real bus, its role and its rights."""

    def __init__(self, bus: Bus, worker: str) -> None:
        self.bus = bus
        self.worker = worker
        self.sessions: dict[str, list[str | None]] = {}
        self.refusal: dict[str, Any] | None = None
        self.ended: list[str] = []

    async def serve(self) -> None:
        for verb in ("offer", "slots", "close", "close_display", "patch", "alive"):
            await self.bus.serve(f"req.gateway.{self.worker}.{verb}", getattr(self, verb))

    async def offer(self, _: str, payload: dict[str, Any]) -> dict[str, Any]:
        if self.refusal:
            return {"error": self.refusal}
        self.sessions[payload["session"]] = payload["slots"]
        return {"sdp": f"answer to {payload['sdp']}", "tag": "first"}

    async def slots(self, _: str, payload: dict[str, Any]) -> dict[str, Any]:
        if payload["session"] not in self.sessions:
            return {"error": {"code": 404, "message": "There is no such session."}}
        self.sessions[payload["session"]] = payload["slots"]
        return {"ok": True}

    async def close(self, _: str, payload: dict[str, Any]) -> dict[str, Any]:
        self.sessions.pop(payload["session"], None)
        return {"ok": True}

    async def close_display(self, _: str, payload: dict[str, Any]) -> dict[str, Any]:
        self.ended.append(payload["display"])
        return {"ok": True}

    async def patch(self, _: str, payload: dict[str, Any]) -> dict[str, Any]:
        if payload["if_match"] is None:
            return {"error": {"code": 428, "message": "Say which."}}
        if "a=ice-ufrag" in payload["fragment"]:
            return {"fragment": f"answer to {payload['fragment']}", "tag": "second"}
        return {"ok": True}

    async def alive(self, _: str, payload: dict[str, Any]) -> dict[str, Any]:
        return {"ok": True}


async def anybody() -> None:
    """May watch still."""


async def gateway_on(bus_server: BusServer, worker: str) -> Gateway:
    gateway = Gateway(await bus_server.connect("gateway", worker), worker)
    await gateway.serve()
    await alive(gateway.bus, "gateway", worker)
    return gateway


async def test_a_whep_session_from_offer_to_end(on_bus: Site, bus_server: BusServer) -> None:
    gateway = await gateway_on(bus_server, "g1")
    await eventually(lambda: on_bus.control.live.workers("gateway"))
    token = await on_bus.control.people.tokens.for_player("VLC", "mosaic.city-1")
    async with on_bus.client(authorization=f"Bearer {token}") as client:
        sdp = {"content-type": "application/sdp; charset=utf-8"}
        answer = await client.post("/whep/mosaic.city-1", content="offer", headers=sdp)
        assert (answer.status_code, answer.text) == (201, "answer to offer")
        assert answer.headers["content-type"].startswith("application/sdp")
        assert answer.headers["accept-patch"] == "application/trickle-ice-sdpfrag"
        assert "link" not in answer.headers
        assert list(gateway.sessions.values()) == [["mosaic.city-1_whep"]]
        place, etag = answer.headers["location"], answer.headers["etag"]
        assert etag == '"first"'
        kind = {"content-type": "application/trickle-ice-sdpfrag"}
        fragment = kind | {"if-match": etag}
        trickled = await client.patch(place, content="a=candidate", headers=fragment)
        assert (trickled.status_code, "etag" in trickled.headers) == (204, False)
        missing = await client.patch(place, content="a=candidate", headers=kind)
        assert (missing.status_code, missing.json()["title"]) == (428, "Precondition Required")
        anew = await client.patch(place, content="a=ice-ufrag:x", headers=kind | {"if-match": "*"})
        assert (anew.status_code, anew.headers["etag"], anew.text) == (200, '"second"', "answer to a=ice-ufrag:x")
        assert anew.headers["content-type"] == "application/trickle-ice-sdpfrag"
        assert (await client.post("/whep/mosaic.city-2", content="offer", headers=sdp)).status_code == 403
        assert (await client.delete(place)).status_code == 200
        assert gateway.sessions == {}
        gateway.refusal = {"code": 400, "message": "The offer has no H.264."}
        refused = await client.post("/whep/mosaic.city-1", content="offer", headers=sdp)
        assert (refused.status_code, refused.json()["detail"]) == (400, "The offer has no H.264.")


async def test_offers_go_to_the_gateway_with_fewest_sessions_and_past_a_dead_one(
    on_bus: Site, bus_server: BusServer
) -> None:
    first, second = await gateway_on(bus_server, "g1"), await gateway_on(bus_server, "g2")
    sessions, live = on_bus.control.sessions, on_bus.control.live
    await eventually(lambda: len(live.workers("gateway")) == 2)
    for _ in range(4):
        await sessions.open("whep", "offer", ("cam.cam-1.main",), still_may=anybody)
    assert (len(first.sessions), len(second.sessions)) == (2, 2)
    await here(first.bus, "gateway", "a-dead-one")
    await eventually(lambda: len(live.workers("gateway")) == 3)
    opened = (await sessions.open("whep", "offer", ("cam.cam-1.main",), still_may=anybody)).session
    assert opened.gateway in {"g1", "g2"}


@pytest.mark.parametrize("kind", ["whep", "hls", "display"])
async def test_who_loses_the_right_while_a_gateway_does_not_answer_gets_nothing_of_the_next_one(
    on_bus: Site, bus_server: BusServer, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateways = [await gateway_on(bus_server, worker) for worker in ("g1", "g2")]
    await eventually(lambda: len(on_bus.control.live.workers("gateway")) == 2)
    people, bus = on_bus.control.people, on_bus.control.bus
    assert bus is not None
    request, asked = bus.request, list[str]()

    async def withdraw() -> None:
        await people.sessions.end_all((await people.accounts.named("siti")).id)
        async with on_bus.control.catalogue.database.session() as session, session.begin():
            await people.tokens.revoke_display(session, "city-1")

    async def slowly(subject: str, payload: dict[str, Any], timeout: float) -> dict[str, Any]:
        if subject.endswith((".offer", ".hls")):
            asked.append(subject)
            if len(asked) == 1:
                await withdraw()
                raise BusTimeout("no answer within 5 s")
        return await request(subject, payload, timeout)

    monkeypatch.setattr(bus, "request", slowly)
    token = await people.tokens.for_display("city-1")
    async with (
        on_bus.signed_in(Role.VIEWER, name="siti") as siti,
        on_bus.client(authorization=f"Bearer {token}") as display,
    ):
        match kind:
            case "whep":
                sdp = {"content-type": "application/sdp"}
                answer = await siti.post("/whep/cam.cam-1.main", content="offer", headers=sdp)
            case "hls":
                answer = await siti.get("/hls/cam.cam-1.main/index.m3u8")
            case _:
                offer = {"sdp": "offer", "slots_offered": 18}
                answer = await display.post("/api/displays/city-1/session", json=offer)
    assert answer.status_code == 401
    assert len(asked) == 1
    assert [gateway.sessions for gateway in gateways] == [{}, {}]


async def test_slots_are_told_again_until_the_gateway_hears_them(on_bus: Site, bus_server: BusServer) -> None:
    sessions, live = on_bus.control.sessions, on_bus.control.live
    gateway = await gateway_on(bus_server, "g1")
    await eventually(lambda: live.workers("gateway"))
    opened = (await sessions.open("display", "offer", ("mosaic.city-1",), "city-1", still_may=anybody)).session
    await gateway.bus.close()
    await change(on_bus, Assign("city-1", "c1", CameraContent("cam-5")))
    assert await sessions.set_slots("city-1", 1, ("mosaic.city-1", "cam.cam-5.main"))
    again = await gateway_on(bus_server, "g1")
    again.sessions[opened.id] = []
    await eventually(lambda: again.sessions[opened.id][:1] == ["mosaic.city-1"])
    del again.sessions[opened.id]
    assert (
        await sessions.set_slots("city-1", 2, ()) is None
    )  # the gateway's own word: there is no such session any more
    assert sessions.find(opened.name, "another")  # so it is forgotten


async def test_a_display_that_loses_its_token_loses_its_pictures_everywhere(
    on_bus: Site, bus_server: BusServer
) -> None:
    sessions, live = on_bus.control.sessions, on_bus.control.live
    first, second = await gateway_on(bus_server, "g1"), await gateway_on(bus_server, "g2")
    await eventually(lambda: len(live.workers("gateway")) == 2)
    await second.bus.close()
    await sessions.close_display("city-1")
    assert first.ended == ["city-1"]
    back = await gateway_on(bus_server, "g2")
    await eventually(lambda: back.ended == ["city-1"])


async def test_slots_follow_the_plan_also_of_a_session_from_before_a_restart(
    settings: Settings, bus_server: BusServer
) -> None:
    gateway = await gateway_on(bus_server, "g1")
    async with running_site(settings, bus_server.address("control")) as site:
        await eventually(lambda: site.control.live.workers("gateway"))
        token = await site.control.people.tokens.for_display("city-1")
        async with site.client(authorization=f"Bearer {token}") as client:
            offer = {"sdp": "offer", "slots_offered": 18}
            opened = (await client.post("/api/displays/city-1/session", json=offer)).json()
        assert opened["plan"] == site.control.plans.displays["city-1"].number
        (slots,) = gateway.sessions.values()
        assert slots == ["mosaic.city-1", *[None] * 17]
        await change(site, ApplyPreset("city-1", "1"))
        await eventually(lambda: next(iter(gateway.sessions.values()))[2] == "cam.cam-1.main")
    async with running_site(settings, bus_server.address("control")) as site:
        await eventually(lambda: site.control.live.workers("gateway"))
        site.control.sessions.adopt(opened["session"], "city-1")
        await change(site, Assign("city-1", "c1", CameraContent("cam-5")))
        await eventually(lambda: "cam.cam-5.main" in next(iter(gateway.sessions.values())))
        session = opened["session"]
        with pytest.raises(SessionError, match="no such session"):
            site.control.sessions.find(session, "city-2")
        async with site.client(authorization=f"Bearer {token}") as client:
            assert (await client.delete(f"/api/displays/city-1/session/{session}")).status_code == 204
    assert gateway.sessions == {}
