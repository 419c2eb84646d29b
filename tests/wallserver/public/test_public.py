"""The public page over real parts: what anybody gets, what nobody gets, and how soon a cut-off holds."""

from __future__ import annotations

import asyncio
import re
import resource
import socket
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from aiohttp import ClientSession, TCPConnector
from structlog.testing import capture_logs

from ingest.cell_table import CellState, CellTable
from ingest.decoder import Decoder
from tests.support.camera_units import CameraUnits, i420
from tests.support.nats import BusServer
from tests.support.waiting import PATIENCE_S, eventually
from tests.wallserver.gateway.viewer import Viewer
from tests.wallserver.public.conftest import (
    CUT,
    NAME,
    Events,
    Gray,
    PublicSite,
    an_offer,
    camera_in,
    luma_of,
    pictures_in,
    public_site,
)
from wallserver.config import Settings
from wallserver.public import shown as shown_module
from wallserver.public import stills
from wallserver.public.shown import Shown

RIGHT_HALF: dict[str, Any] = {
    "masks": [{"points": [[5000, 0], [10_000, 0], [10_000, 10_000], [5000, 10_000]]}],
    "made_ms": None,
}


@pytest.fixture
def as_told(city: PublicSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """What control tells is at once so, and nothing is found out a second later by asking it: two seconds are then
    a matter of the machine.
    """
    monkeypatch.setattr(shown_module, "ASK_S", 3600)


def hides(luma: Gray) -> bool:
    """Whether nothing of a camera is to be seen in the right half: it is a mask, which is dark and flat all over, or a
    card that says that there is no picture, with words on it.
    """
    part = luma[: luma.shape[0] * 3 // 4, luma.shape[1] // 2 + 8 :].astype(int)
    away = np.abs(part - int(np.median(part)))
    if camera_in(luma) is not None:
        return int(np.median(part)) < 60 and int(away.max()) <= 32
    return int(np.median(part)) < 60 and float(np.mean(away <= 8)) > 0.75


async def test_anybody_watches_a_published_camera_in_three_ways_and_learns_nothing_else(city: PublicSite) -> None:
    public_id = await city.publish()
    (listed,) = (await (await city.get("/public/api/cameras")).json())["cameras"]
    assert listed == {
        "id": public_id,
        "name": NAME,
        "group": "Losari",
        "position": [-5.148, 119.433],
        "state": "available",
        "text": None,
        "until_ms": None,
        "dark": False,
    }
    third = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    third.bind(("127.0.0.1", 0))
    third.setblocking(False)
    named = f"candidate:9 1 udp 2130706431 127.0.0.1 {third.getsockname()[1]} typ host"
    viewer, session = await city.watch(public_id, f"a={named}\r\n")
    answer = next(said for said in reversed(city.said) if said.startswith("POST /public/whep"))
    candidates = [line for line in answer.splitlines() if line.startswith("a=candidate")]
    assert candidates
    assert all(" 127.0.0.1 " in line and line.endswith("typ host") for line in candidates)

    async def listed_pictures() -> bool:
        pictures = pictures_in(await city.fetched(await city.playlist(public_id)))
        assert {camera_in(picture) for picture in pictures} <= {1, None}
        return camera_in(pictures[-1]) == 1

    await eventually(listed_pictures, every=0.5)

    async def shown() -> bool:
        still = await city.get(f"/public/stills/{public_id}.jpg")
        assert (still.status, still.headers["Cache-Control"]) == (200, "max-age=2")
        return camera_in(luma_of(await still.read())) == 1

    await eventually(shown, every=0.5)
    tag = re.search(r"(?i)'etag': '(\"[^\"]+\")'", answer)
    assert tag is not None
    trickled = {"Content-Type": "application/trickle-ice-sdpfrag", "If-Match": tag[1]}
    fragment = f"m=video 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\na={named}\r\n"
    assert (await city.ask("PATCH", session, data=fragment, headers=trickled)).status == 204
    await eventually(shown, every=0.5)
    with third, pytest.raises(BlockingIOError):  # whoever somebody names to us is sent nothing
        third.recv(1)
    assert (await city.ask("DELETE", session)).status == 200
    await viewer.close()
    city.said = [said.partition("{")[2] for said in city.said]  # what was answered, without what was asked
    assert city.leaked() == []


async def test_a_cut_off_holds_everywhere_within_two_seconds_and_is_lifted(city: PublicSite, as_told: None) -> None:
    public_id = await city.publish()
    viewer, _ = await city.watch(public_id)
    playlist = await city.playlist(public_id)
    segment = next(line for line in playlist.splitlines() if line.endswith(".m4s"))
    assert (await city.get(segment)).headers["Cache-Control"] == "max-age=10"
    assert (await city.get(f"/public/stills/{public_id}.jpg")).status == 200
    page = Events()
    listening = asyncio.create_task(page.listen(city.http, f"{city.base}/public/events?camera={public_id}"))
    await eventually(lambda: page.state(public_id) == ("available", None))
    waiting = asyncio.create_task(city.get(f"/public/hls/{public_id}/video.m3u8?_HLS_msn=9&_HLS_part=0"))

    await city.cut_off(kind="camera", target="cam-1")
    await eventually(lambda: page.state(public_id) == ("cut_off", CUT["public_text"]))
    for path in (f"hls/{public_id}/index.m3u8", f"hls/{public_id}/video.m3u8", f"stills/{public_id}.jpg"):
        answer = await city.get(f"/public/{path}")
        assert (answer.status, answer.headers["Cache-Control"]) == (410, "max-age=1"), path
        assert (await answer.json())["detail_id"] == CUT["public_text"]
    assert (await city.get(segment)).status == 404
    assert (await city.get(f"/public/gate/{public_id}")).status == 403
    assert (await city.offer(public_id, await an_offer())).status == 410
    assert (await waiting).status in {400, 410}
    await eventually(lambda: viewer.pc.connectionState == "closed")
    assert city.leaked(("Unjuk", "admin")) == []  # why, and who, stays inside
    await viewer.close()

    lifted = await city.admin.delete("/api/public/cut-off", params={"kind": "camera", "target": "cam-1"})
    assert lifted.status_code == 204
    await eventually(lambda: page.state(public_id) == ("available", None))
    after = await city.playlist(public_id)
    assert segment.rpartition("/")[0] not in after  # other addresses than before
    assert (await city.get(f"/public/gate/{public_id}")).status == 204
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)


async def test_groups_and_all_are_cut_off_too_and_it_ends_by_itself(
    city: PublicSite, as_told: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    losari = await city.publish()
    other = await city.publish("cam-2", name="Pantai", group="Tanjung")

    async def states() -> dict[str, str]:
        listed = (await (await city.get("/public/api/cameras")).json())["cameras"]
        return {one["id"]: one["state"] for one in listed}

    async def are(one: str, two: str) -> bool:
        return await states() == {losari: one, other: two}

    await city.cut_off(kind="group", target="Losari")
    await eventually(lambda: are("cut_off", "available"))
    await city.cut_off(for_s=60)
    await eventually(lambda: are("cut_off", "cut_off"))
    public = city.site.control.public
    now_ms = public._now_ms
    monkeypatch.setattr(public, "_now_ms", lambda: now_ms() + 60_000)
    await eventually(lambda: are("cut_off", "available"))
    told = (await city.admin.get("/api/public")).json()
    assert [(cut["kind"], cut["target"], cut["reason"]) for cut in told["cut_offs"]] == [
        ("group", "Losari", "Unjuk rasa")
    ]
    assert (await city.admin.delete("/api/cameras/cam-2/public")).status_code == 204
    await eventually(lambda: _only(city, losari))
    entries = (await city.admin.get("/api/audit", params={"action": "public.cut"})).json()
    assert [entry["object"] for entry in entries] == ["all", "Losari"]


async def _only(city: PublicSite, public_id: str) -> bool:
    return [one["id"] for one in (await (await city.get("/public/api/cameras")).json())["cameras"]] == [public_id]


async def test_no_unmasked_pixel_from_the_first_picture_on(city: PublicSite) -> None:
    """Every access unit that the public gateway could read, the first one too; and what it makes of them."""
    assert (await city.admin.put("/api/cameras/cam-1/masks", json=RIGHT_HALF)).status_code == 200
    public_id = await city.publish()
    bus = await city.server.connect("public", "listener")
    reader, decoder = bus.subscribe(f"public.{public_id}"), Decoder()
    getting = asyncio.create_task(city.get(f"/public/stills/{public_id}.jpg"))
    watched = list[Gray]()
    watching = asyncio.create_task(city.watch(public_id, sees=watched.append))
    pictured = 0
    async with asyncio.timeout(PATIENCE_S):
        while pictured < 20:
            frame = decoder.decode(await reader.next())
            assert frame is not None
            luma = i420(frame)[: frame.height]
            assert hides(luma)
            pictured += camera_in(luma) == 1  # its left half, with the code, is there
    await reader.close()
    still = await getting
    assert still.status == 200
    viewer, _ = await watching
    await eventually(lambda: sum(camera_in(gray) == 1 for gray in watched) > 10, every=0.5)
    listed = pictures_in(await city.fetched(await city.playlist(public_id)))
    await viewer.close()
    pictures = [luma_of(await still.read()), *watched, *listed]
    assert [number for number, gray in enumerate(pictures) if not hides(gray)] == []


async def test_what_was_made_without_masks_is_gone_as_soon_as_there_are_some(city: PublicSite, as_told: None) -> None:
    public_id = await city.publish()

    async def still() -> np.ndarray[Any, Any] | None:
        answer = await city.get(f"/public/stills/{public_id}.jpg")
        return luma_of(await answer.read()) if answer.status == 200 else None

    async def bare() -> bool:
        luma = await still()
        return luma is not None and camera_in(luma) == 1 and not hides(luma)

    await eventually(bare, every=0.5)
    segment = next(line for line in (await city.playlist(public_id)).splitlines() if line.endswith(".m4s"))
    assert (await city.admin.put("/api/cameras/cam-1/masks", json=RIGHT_HALF)).status_code == 200
    epoch = segment.split("/")[-2]
    # Sooner than by itself, because nobody asks for it any more.
    await eventually(lambda: _is_shut(city, epoch), within=10)
    assert (await city.get(segment)).status == 404

    async def masked() -> bool:
        luma = await still()
        assert luma is None or hides(luma), "an unmasked picture after the masks"
        return luma is not None and camera_in(luma) == 1

    await eventually(masked, every=0.2)


async def _is_shut(city: PublicSite, epoch: str) -> bool:
    return (await city.get(f"/public/gate/live/{epoch}")).status == 403


async def test_who_finds_no_room_is_told_which_way_is_left(
    settings: Settings, bus_server: BusServer, viewers_on_loopback: None
) -> None:
    some: dict[str, Any] = {
        "webrtc_viewers": 1,
        "hls_viewers": 1,
        "cameras_at_once": 1,
        "embeds": ["https://news.example"],
    }
    async with public_site(settings, bus_server, **some) as city:
        first, second = await city.publish(), await city.publish("cam-2", name="Pantai")
        viewer, _ = await city.watch(first)
        full = await city.offer(first, await an_offer())
        assert (full.status, (await full.json())["next"]) == (503, "hls")
        playlist = await city.playlist(first)
        newest = int(playlist.partition("MEDIA-SEQUENCE:")[2].split()[0]) + playlist.count("#EXTINF")
        waiting = asyncio.create_task(city.get(f"/public/hls/{first}/video.m3u8?_HLS_msn={newest + 1}"))
        await eventually(lambda: _asked(city, first, "still"), every=0.01)
        assert (await waiting).status == 200
        assert (await city.get(f"/public/stills/{first}.jpg")).status == 200
        other = await city.get(f"/public/stills/{second}.jpg")  # as many cameras as may be are shown
        assert (other.status, (await other.json())["next"]) == (503, None)
        told = {one["public_id"]: one["viewers"] for one in (await city.admin.get("/api/public")).json()["cameras"]}
        assert told[first]["webrtc"] == 1
        await viewer.close()
        framed = {}
        for path in ("/public", f"/public/c/{first}", f"/public/embed/{first}", "/public/api/cameras"):
            policy = (await city.get(path)).headers["Content-Security-Policy"]
            framed[path.split("/")[-2]] = policy.partition("frame-ancestors ")[2]
        assert framed.pop("embed") == "https://news.example"
        assert set(framed.values()) == {"'none'"}


async def _asked(city: PublicSite, public_id: str, next_way: str) -> bool:
    answer = await city.get(f"/public/hls/{public_id}/video.m3u8")
    return (
        answer.status == 503
        and answer.content_type == "application/problem+json"
        and ((await answer.json())["next"] == next_way)
    )


@pytest.mark.parametrize(
    ("sdp", "kind", "status"),
    [
        ("v=0", "text/plain", 415),
        ("v=0\r\n" + "a=x\r\n" * 8000, "application/sdp", 413),
        ("nonsense", "application/sdp", 400),
    ],
    ids=["no offer", "too large", "nonsense"],
)
async def test_offers_are_bounded(city: PublicSite, sdp: str, kind: str, status: int) -> None:
    public_id = await city.publish()
    answer = await city.ask("POST", f"/public/whep/{public_id}", data=sdp, headers={"Content-Type": kind})
    assert answer.status == status
    for viewer in (Viewer(2, channel=False), Viewer(1)):  # two videos; a data channel
        assert (await city.offer(public_id, await viewer.offer())).status == 422
        await viewer.close()
    many = [(await city.offer(public_id, "nonsense")).status for _ in range(12)]
    assert 429 in many


async def test_nothing_is_published_where_the_site_has_no_public_page(
    settings: Settings, bus_server: BusServer
) -> None:
    async with public_site(settings, bus_server, enabled=False, webrtc_viewers=0) as city:
        refused = await city.admin.put("/api/cameras/cam-1/public", json={"name": NAME})
        assert refused.status_code == 409
        assert (await (await city.get("/public/api/cameras")).json()) == {"cameras": [], "delay_s": 0}
        assert (await city.get("/public/map/basemap", headers={"Range": "bytes=0-6"})).status == 204


async def test_a_proxy_may_bring_more_pages_than_a_process_has_files_at_first(
    settings: Settings, bus_server: BusServer
) -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (512, before[1]))
    try:
        async with (
            public_site(settings, bus_server, proxies=["127.0.0.1"], webrtc_viewers=0) as city,
            ClientSession(connector=TCPConnector(limit=0)) as http,
        ):
            about = [{"X-Forwarded-For": f"192.0.2.{number % 250}"} for number in range(300)]
            pages = await asyncio.gather(*(http.get(f"{city.base}/public/events", headers=one) for one in about))
            assert {page.status for page in pages} == {200}
            assert [page for page in pages if not (await page.content.readline()).startswith(b"event: cameras")] == []
            for page in pages:
                page.close()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_what_is_not_understood_of_one_camera_costs_no_other_one_its_picture() -> None:
    one: dict[str, Any] = {"name": NAME, "group": "", "position": None, "available": True, "cut": None, "era": 1}
    shown, withdrawn = Shown(), list[frozenset[str]]()
    shown.on_withdrawn.append(withdrawn.append)
    names = [f"{number:016x}" for number in range(3)]
    shown.take({"cameras": dict.fromkeys(names, one)})
    with capture_logs() as logs:
        for _ in range(2):
            shown.take(
                {"cameras": {names[0]: one, names[1]: one | {"era": "soon"}, names[2]: one | {"cut": {}}, "x": one}}
            )
    assert set(shown.cameras) == {names[0]}
    assert withdrawn == [frozenset(names[1:])]
    assert len(logs) == 2  # once, not each second: three are not understood, and two are withdrawn
    shown.take({"cameras": "all"})
    assert set(shown.cameras) == {names[0]}


def test_a_camera_at_the_edge_is_dark_once_and_no_longer_than_its_stream_is_there() -> None:
    one = {"name": NAME, "group": "", "position": None, "available": True, "cut": None, "era": 1}
    name, told, now = "0" * 16, list[bool](), 0.0
    picture = CameraUnits(1, f"public.{name}").next()
    shown = Shown(lambda: now)
    shown.take({"cameras": {name: one}})
    shown.on_change.append(lambda: told.append(shown.is_dark(name)))

    def comes(*ages_ms: int | None) -> None:
        nonlocal now
        for age_ms in ages_ms:
            now += 1
            cell = CellState(name, (0, 0, 640, 360), 0, age_ms, live=True)
            assert shown.accepts(replace(picture, cells=CellTable(1, (640, 360), (cell,), era=1)))

    comes(None, 40)
    assert told == [True, False]
    for _ in range(5):
        comes(4_900, 5_100, 100, 1_100, 3_100)
    assert told == [True, False, True]
    comes(40, 40, 40, 40)
    assert told == [True, False, True, False]
    comes(6_000)
    now += 5
    shown.forget_ended()
    assert told[-1]
    now += 6
    shown.forget_ended()
    assert not told[-1]


async def test_a_delayed_picture_is_waited_for_and_a_page_is_told_when_there_is_none(
    settings: Settings, bus_server: BusServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stills, "_FIRST_S", 2.0)
    async with public_site(settings, bus_server, delay_s=3, webrtc_viewers=0) as city:
        public_id, dead = await city.publish(), await city.publish("cam-3", name="Pantai")
        first = asyncio.create_task(city.get(f"/public/stills/{public_id}.jpg"))
        other = asyncio.create_task(city.get(f"/public/stills/{dead}.jpg"))

        async def dark() -> bool:
            told = await (await city.get("/public/api/cameras")).json()
            assert told["delay_s"] == 3
            return {one["id"]: one["dark"] for one in told["cameras"]} == {public_id: False, dead: True}

        assert (await first).status == 200
        await eventually(dark)
        await other
