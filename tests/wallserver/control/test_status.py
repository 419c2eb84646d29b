"""What the page /status asks for: news of states, workers, streams, figures of the last hours."""

from __future__ import annotations

from ingest.camera_state import State
from tests.support.nats import BusServer
from tests.support.waiting import eventually
from tests.wallserver.control.conftest import Site, running_site
from tests.wallserver.control.test_site import alive, status
from wallserver.catalogue.switches import SwitchedOff
from wallserver.config import Settings
from wallserver.control.state_news import StateNews
from wallserver.control.trends import Trends
from wallserver.people.rights import Role
from wallserver.people.scope import CameraScope, Scope


async def test_a_page_gets_all_states_and_then_what_is_new_of_what_it_may_see(site: Site) -> None:
    clock = [1_000_000]
    site.control.states = StateNews(site.control.plans, lambda: clock[0])
    only_one = Scope(cameras=CameraScope(ids=frozenset({"cam-1"})))
    async with site.administrator() as admin, site.signed_in(Role.VIEWER, only_one) as viewer:
        first = (await admin.get("/api/states")).json()
        assert len(first["states"]) == 6
        assert (await admin.get("/api/states", params={"after": first["version"]})).json()["states"] == {}
        assert list((await viewer.get("/api/states")).json()["states"]) == ["cam-1"]
        now = site.control.now_ms()
        await site.control.off.off(SwitchedOff("cam-2", "servis", "admin", now, None))
        clock[0] += 2000
        news = (await admin.get("/api/states", params={"after": first["version"]})).json()
        assert [(name, view["state"]) for name, view in news["states"].items()] == [("cam-2", "off")]
        assert news["version"] > first["version"]
        nothing = (await viewer.get("/api/states", params={"after": first["version"]})).json()
        assert (nothing["states"], nothing["catalogue"] == news["catalogue"]) == ({}, False)
        users = site.control.people.accounts
        await users.change((await users.named("viewer")).id, scope=Scope())
        more = (await viewer.get("/api/states", params={"after": first["version"]})).json()
        assert more["catalogue"] == news["catalogue"]


async def test_a_page_reads_all_cameras_at_once_and_misses_nothing_of_what_becomes_of_them_then(site: Site) -> None:
    clock = [1_000_000]
    site.control.states = StateNews(site.control.plans, lambda: clock[0])
    only_one = Scope(cameras=CameraScope(ids=frozenset({"cam-1"})))
    async with site.administrator() as admin, site.signed_in(Role.VIEWER, only_one) as viewer:
        read = await admin.get("/api/cameras")
        version = read.headers["X-States-Version"]
        nothing = (await admin.get("/api/states", params={"after": version})).json()
        assert nothing == {"version": int(version), "catalogue": read.headers["X-Catalogue"], "states": {}}
        # Between two looks at all states: this list has it, and what is asked after it has it too.
        await site.control.off.off(SwitchedOff("cam-2", "servis", "admin", site.control.now_ms(), None))
        read = await admin.get("/api/cameras")
        assert "cam-2" in {one["id"] for one in read.json() if one["state"] == "off"}
        clock[0] += 2000
        news = (await admin.get("/api/states", params={"after": read.headers["X-States-Version"]})).json()
        assert news["states"].keys() == {"cam-2"}
        theirs = await viewer.get("/api/cameras")
        nothing = (await viewer.get("/api/states", params={"after": theirs.headers["X-States-Version"]})).json()
        assert (nothing["states"], nothing["catalogue"]) == ({}, theirs.headers["X-Catalogue"])
        assert theirs.headers["X-Catalogue"] != read.headers["X-Catalogue"]


def heartbeat(role: str, cpu_s: float, **more: object) -> dict[str, object]:
    return {"role": role, "host": "h", "since": 1000, "cpu_s": cpu_s, "rss_bytes": 50_000_000} | more


def test_figures_are_of_the_time_between_two_looks_and_none_while_the_bus_is_away() -> None:
    clock = [1_000_000]
    trends = Trends(lambda: clock[0])
    cameras = {State.LIVE: 7, State.STALE: 1, State.UNREACHABLE: 2, State.OFF: 90}
    counts = [0] * 10
    one = {"gateway.g": heartbeat("gateway", 10.0, connected=2, octets=0, loss=[*counts, 0.0])}
    two = {
        "gateway.g": heartbeat("gateway", 13.0, connected=3, octets=15_000_000, loss=[10, 0, 0, 30, *counts[4:], 0.4])
    }
    trends.look(cameras, one)
    clock[0] += 15_000
    trends.look(cameras, two)
    clock[0] += 15_000
    trends.look(cameras, None)
    clock[0] += 15_000
    trends.look(cameras, two)
    first, second, away, back = trends.since(0)
    assert (first["live"], first["faulty"], first["dead"], first["sent_mbps"]) == (7, 1, 2, None)
    assert (second["sent_mbps"], second["loss"], second["rtt_ms"], second["sessions"]) == (8.0, 0.01, None, 3)
    assert (second["cpu"]["gateway"], second["cpu"]["tiler"], second["memory_mb"]) == (0.2, None, 50.0)
    assert (away["live"], away["sessions"], away["cpu"]) == (7, None, None)
    assert (back["sent_mbps"], back["cpu"]["gateway"]) == (None, None)
    assert [point["at_ms"] for point in trends.since(1_030_000)] == [1_045_000]


async def test_workers_and_streams_say_how_they_are(settings: Settings, bus_server: BusServer) -> None:
    puller = await bus_server.connect("puller")
    async with running_site(settings, bus_server.address("control")) as site, site.administrator() as client:
        await alive(puller, "puller", "p1")
        await puller.bucket("status").put("cam.cam-1.sub", status("cam.cam-1.sub", State.LIVE, worker="p1"))

        async def there() -> bool:
            workers, streams = (await client.get("/api/workers")).json(), (await client.get("/api/streams")).json()
            pulled = [(one["stream"], one["state"]) for one in streams["pulled"]]
            return [one["role"] for one in workers] == ["puller"] and pulled == [("cam.cam-1.sub", "live")]

        await eventually(there)
        trends = (await client.get("/api/trends")).json()
        assert trends["since_ms"] == site.control.began_ms
