"""What is seen of the site from outside: /metrics and /api/sessions, over a real bus and a real gateway."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

from tests.support.nats import BusServer
from tests.support.waiting import eventually
from tests.wallserver.control.conftest import Site, running_site
from tests.wallserver.control.with_gateway import player_of, site_with_gateway
from tests.wallserver.gateway.conftest import GATEWAY, viewers_on_loopback
from tests.wallserver.gateway.pictures import Camera
from tests.wallserver.gateway.viewer import Viewer
from wallserver.config import Settings
from wallserver.control.heartbeats import heartbeat_of
from wallserver.control.metrics import MOST_HOSTS, Totals
from wallserver.gateway.histogram import LOSS_BOUNDS, RTT_BOUNDS, Histogram

__all__ = ["viewers_on_loopback"]

STREAM = "cam.cam-1.main"


@dataclass(frozen=True, slots=True)
class Playing:
    """A site with a gateway, a camera's pictures on the bus, and one WHEP player."""

    site: Site
    session: str
    viewer: Viewer


@pytest.fixture
async def playing(settings: Settings, bus_server: BusServer, viewers_on_loopback: None) -> AsyncIterator[Playing]:
    viewer = Viewer(1, channel=False)
    async with site_with_gateway(settings, bus_server) as (site, puller), player_of(site, STREAM) as player:
        units = Camera(STREAM).gop(20)
        await puller.serve_gop(STREAM, lambda: units)
        answer = await player.post(f"/whep/{STREAM}", content=await viewer.offer())
        assert answer.status_code == 201, answer.text
        await viewer.accept(answer.text)
        await eventually(lambda: viewer.videos[0].pictures)
        yield Playing(site, answer.headers["location"].rpartition("/")[2], viewer)
        await viewer.close()


def samples(text: str) -> dict[str, list[tuple[dict[str, str], float]]]:
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for family in read_text(text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


async def scraped(site: Site, **headers: str) -> httpx.Response:
    token = await site.control.people.tokens.for_metrics("prometheus")
    async with site.client(authorization=f"Bearer {token}", **headers) as client:
        answer = await client.get("/metrics")
    assert answer.status_code == 200
    return answer


async def test_prometheus_reads_what_is_sent(playing: Playing) -> None:
    async def sent() -> dict[str, Any] | None:
        found = samples((await scraped(playing.site)).text)
        packets = found.get("wallserver_rtp_packets_sent_total", [])
        return found if packets and packets[0][1] > 0 else None

    found = await eventually(sent)
    assert found is not None
    (sessions,) = found["wallserver_sessions"]
    (connected,) = found["wallserver_sessions_connected"]
    assert (sessions[1], connected[1]) == (1, 1)
    assert sessions[0].keys() == {"role", "host"}
    assert ({"state": "connecting"}, 6) in found["wallserver_cameras"]
    assert ({"role": "gateway"}, 1) in found["wallserver_workers"]
    assert ({"role": "puller"}, 0) in found["wallserver_workers"]
    assert found["wallserver_bus_connected"] == [({}, 1)]
    (cpu,) = found["wallserver_worker_cpu_seconds_total"]
    assert cpu[0]["role"] == "gateway"
    assert found["process_resident_memory_bytes"][0][1] > 1e6
    assert playing.session[:8] not in str(found)


async def test_histograms_are_whole(playing: Playing) -> None:
    async def counted() -> dict[str, Any] | None:
        found = samples((await scraped(playing.site)).text)
        count = found.get("wallserver_session_rtt_seconds_count", [])
        return found if count and count[0][1] >= 1 else None

    found = await eventually(counted)
    assert found is not None
    buckets = [value for _, value in found["wallserver_session_rtt_seconds_bucket"]]
    assert buckets == sorted(buckets)
    assert found["wallserver_session_rtt_seconds_bucket"][-1][0]["le"] == "+Inf"
    assert buckets[-1] == found["wallserver_session_rtt_seconds_count"][0][1]


async def test_openmetrics_where_it_is_accepted(playing: Playing) -> None:
    accept = "application/openmetrics-text;version=1.0.0;q=0.75,text/plain;version=0.0.4;q=0.5"
    answer = await scraped(playing.site, accept=accept)
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    names = {family.name for family in read_openmetrics(answer.text)}  # type: ignore[no-untyped-call]
    assert {"wallserver_rtp_packets_sent", "wallserver_sessions", "wallserver_session_loss_ratio"} <= names
    plain = await scraped(playing.site)
    assert plain.headers["content-type"].startswith("text/plain")


@pytest.mark.skipif(shutil.which("promtool") is None, reason="needs promtool (Debian package prometheus)")
async def test_promtool_finds_nothing_wrong(playing: Playing) -> None:
    checking = await asyncio.create_subprocess_exec(
        *("promtool", "check", "metrics"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    said, _ = await checking.communicate((await scraped(playing.site)).content)
    assert (checking.returncode, said.decode()) == (0, "")


async def test_only_who_may_reads_figures(site: Site) -> None:
    tokens = site.control.people.tokens
    strangers = [await tokens.for_display("city-1"), await tokens.for_player("any", None)]
    for token in strangers:
        async with site.client(authorization=f"Bearer {token}") as client:
            for path in ("/metrics", "/api/sessions"):
                assert (await client.get(path)).status_code == 403
    async with site.client(authorization=f"Bearer {await tokens.for_metrics('prometheus')}") as prometheus:
        assert (await prometheus.get("/metrics")).status_code == 200
        for path in ("/api/sessions", "/api/cameras", "/api/me", "/api/displays"):
            assert (await prometheus.get(path)).status_code == 403
        playing = await prometheus.post(f"/whep/{STREAM}", content="v=0", headers={"content-type": "application/sdp"})
        assert playing.status_code == 403
    async with site.administrator() as administrator:
        assert (await administrator.get("/metrics")).status_code == 200


async def test_sessions_are_listed_without_what_could_end_them(playing: Playing) -> None:
    async with playing.site.administrator() as administrator:
        answer = (await administrator.get("/api/sessions")).json()
    (session,) = answer["sessions"]
    assert answer["silent"] == []
    assert (session["gateway"], session["kind"], session["stream"]) == (GATEWAY, "whep", STREAM)
    assert session["packets"] > 0
    assert session["session"] == playing.session.removeprefix(f"{GATEWAY}.")[:8]
    assert playing.session not in str(answer)


async def test_a_gateway_that_does_not_answer_is_named(settings: Settings, bus_server: BusServer) -> None:
    async with running_site(settings, bus_server.address("control")) as site, site.administrator() as administrator:
        gateway = await bus_server.connect("gateway")
        await gateway.bucket("workers").put("gateway.deaf", {"role": "gateway", "worker": "deaf"})
        await eventually(lambda: "deaf" in site.control.live.workers("gateway"))
        answer = (await administrator.get("/api/sessions")).json()
    assert answer == {"sessions": [], "silent": ["deaf"]}


def beat(worker: str, since: int, packets: float, host: str = "a") -> dict[str, dict[str, Any]]:
    rtt = [packets, 0, packets / 2]
    return {worker: {"role": "gateway", "host": host, "since": since, "packets": packets, "rtt": rtt}}


def test_a_sum_never_falls_when_workers_come_and_go() -> None:
    totals, place = Totals(began_s=100), ("gateway", "a")
    totals.update(beat("gateway.1", 101, 10))
    totals.update(beat("gateway.1", 101, 15) | beat("gateway.2", 102, 1))
    assert totals.of("packets")[place] == [16]
    totals.update({})  # the bus is away, and both are back
    totals.update(beat("gateway.1", 101, 16) | beat("gateway.2", 102, 1))
    assert totals.of("packets")[place] == [17]
    totals.update(beat("gateway.1", 110, 4))  # another process under the same name
    assert totals.of("packets")[place] == [21]
    assert totals.of("rtt")[place] == [21, 0, 10.5]


def test_what_was_before_control_is_not_counted_again() -> None:
    totals = Totals(began_s=100)
    totals.update(beat("gateway.1", 50, 1000))
    totals.update(beat("gateway.1", 50, 1007))
    assert totals.of("packets")["gateway", "a"] == [7]


def test_nonsense_in_a_heartbeat_is_passed_over() -> None:
    totals = Totals(began_s=0)
    totals.update({"gateway.1": {"role": "gateway", "host": "a", "since": 1, "packets": "many", "rtt": [1, None]}})
    assert totals.of("packets") == {}
    totals.update(beat("gateway.2", 1, 3))
    totals.update({"gateway.2": {"role": "gateway", "host": "a", "since": 1, "rtt": [1, 2]}})
    assert totals.of("rtt")["gateway", "a"] == [3, 0, 1.5]


NONSENSE: dict[str, Any] = {
    "since": "x",
    "sessions": "x",
    "connected": None,
    "packets": [1, 2],
    "rtt": [1, 2],
    "loss": "x",
}
NONSENSE |= {"mosaics": {"a": 5}, "rss_bytes": 10**400, "cpu_s": float("nan"), "host": "x" * 65, "\ud800": 1}


async def test_no_worker_spoils_the_figures_of_others(settings: Settings, bus_server: BusServer) -> None:
    public, gateway = [await bus_server.connect(role) for role in ("public", "gateway")]
    async with running_site(settings, bus_server.address("control")) as site, site.administrator() as administrator:
        workers = site.control.live.workers
        await gateway.bucket("workers").put("gateway.mad", NONSENSE | {"worker": "other", "streams": 3, "host": "b"})
        watched = {"watched": {"tugu": {"webrtc": 2, "page": "x"}}, "public_pages": 4}
        await public.bucket("workers").put("public.mad", NONSENSE | watched | {"role": "gateway"})
        await eventually(lambda: workers("gateway") and workers("public"))
        found = samples((await scraped(site)).text)
        assert found["wallserver_streams"] == [({"role": "gateway", "host": "b"}, 3)]
        assert found["wallserver_public_pages"] == [({"role": "public", "host": "-"}, 4)]
        site.control.trends.look({}, site.control.live.heartbeats)
        answers = [await administrator.get(path) for path in ("/api/workers", "/api/streams", "/api/public")]
        assert [answer.status_code for answer in answers] == [200, 200, 200]
        said = [{key: one[key] for key in ("role", "worker")} for one in answers[0].json()]
        assert said == [{"role": "gateway", "worker": "mad"}, {"role": "public", "worker": "mad"}]
        offered = await administrator.post(
            f"/whep/{STREAM}", content="v=0", headers={"content-type": "application/sdp"}
        )
        assert (offered.status_code, "No gateway" in offered.text) == (503, True)  # it was asked, and did not answer


def test_a_heartbeat_is_believed_as_it_is_written() -> None:
    gateway: dict[str, Any] = {"role": "gateway", "worker": "g", "host": "a", "pid": 1, "capacity": 1, "boot_id": "0f"}
    gateway |= {
        "since": 5,
        "cpu_s": 0.5,
        "rtt": Histogram(RTT_BOUNDS).to_json(),
        "loss": Histogram(LOSS_BOUNDS).to_json(),
    }
    tiler = {"role": "tiler", "worker": "t", "mosaics": {"mosaic.a": {"pictures": 1, "late": 0, "lateness_ms": 0.25}}}
    public = {"role": "public", "worker": "p", "watched": {"tugu": {"webrtc": 1, "page": 2}}}
    for said in (gateway, tiler, public):
        assert heartbeat_of(f"{said['role']}.{said['worker']}", said) == said


def test_a_worker_that_calls_its_host_always_otherwise_adds_no_series_without_end() -> None:
    totals = Totals(began_s=0)
    for n in range(2 * MOST_HOSTS):
        totals.update(
            beat("public.1", 1, n, host=f"host-{n}") | {"gateway.1": {"role": "gateway", "host": "a", "packets": n}}
        )
    sums = totals.of("packets")
    assert len(sums) <= MOST_HOSTS + 2
    assert sums["gateway", "a"] == [2 * MOST_HOSTS - 1]
    assert sum(total for (total,) in sums.values()) == 2 * (2 * MOST_HOSTS - 1)
