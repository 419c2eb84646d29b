"""Debian's nginx with the configuration that docs/ ships for the public: it carries a crowd, and obeys a cut-off."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.nats import BusServer
from tests.support.waiting import eventually
from tests.wallserver.gateway.hls.test_nginx import nginx
from tests.wallserver.public.conftest import CUT, Events, PublicSite, public_site
from wallserver.config import Settings
from wallserver.gateway.hls import answers
from wallserver.public import shown
from wallserver.public.basemap import MOST_PIECE

SHIPPED = Path(__file__).parents[3] / "docs" / "nginx-public.conf"
CROWD = 40


async def test_a_crowd_costs_one_request_and_a_cut_off_holds_within_two_seconds(
    settings: Settings,
    bus_server: BusServer,
    viewers_on_loopback: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(answers, "_KEPT", {"Cache-Control": "max-age=3600"})  # as long as nginx may: the gate is why
    folder = tmp_path / "nginx"
    folder.mkdir()
    async with public_site(settings, bus_server, proxies=["127.0.0.1"]) as city:
        port = urlsplit(city.base).port or 0
        written = ("/var/cache/nginx/wallserver-public", "server 127.0.0.1:8100;")
        async with nginx(folder, port, SHIPPED, written) as city.base:
            public_id = await city.publish()
            playlist = await city.playlist(public_id)
            segment = next(line for line in playlist.splitlines() if line.endswith(".m4s"))
            found = await asyncio.gather(*(city.get(segment) for _ in range(CROWD)))
            assert {answer.status for answer in found} == {200}
            assert Counter(answer.headers["X-Cache"] for answer in found)["MISS"] == 1
            # Another way of writing an address, and one that nobody may know, put nothing under its key.
            for address in (f"/public//stills/{public_id}.jpg", f"/public/stills/{public_id}.jpg"):
                assert (await city.get(address)).status == 200, address
            waiting = f"/public//hls/{public_id}/video.m3u8?_HLS_msn=0&_HLS_part=0&_hls_msn=7"
            assert (await city.get(waiting)).status == 200
            offers = [city.ask("POST", f"/public/whep/{public_id}") for _ in range(20)]
            assert 503 in {answer.status for answer in await asyncio.gather(*offers)}
            page = Events()
            monkeypatch.setattr(shown, "ASK_S", 3600)  # nor is it found out later by asking control
            listening = asyncio.create_task(page.listen(city.http, f"{city.base}/public/events"))
            await eventually(lambda: page.state(public_id) == ("available", None))

            await city.cut_off()
            for path, status in (
                (segment, {404, 410}),
                (f"/public/hls/{public_id}/video.m3u8", {410}),
                (f"/public/hls/{public_id}/index.m3u8", {410}),
                (f"/public/stills/{public_id}.jpg", {410}),
            ):
                await eventually(partial(_answers, city, path, status))
            await eventually(lambda: page.state(public_id) == ("cut_off", CUT["public_text"]))
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
            for path in ("/api/cameras", "/public/gate/" + public_id, "/wallserver-public-gate", "/console"):
                assert (await city.get(path)).status in {403, 404}, path


async def test_the_map_goes_through_it_in_pieces_and_nobody_gets_all_of_it_by_one_request(
    settings: Settings, bus_server: BusServer, tmp_path: Path
) -> None:
    folder = tmp_path / "nginx"
    folder.mkdir()
    basemap, data = tmp_path / "city.pmtiles", random.Random(7).randbytes(1_500_000)
    basemap.write_bytes(data)
    async with public_site(settings, bus_server, basemap, webrtc_viewers=0) as city:

        async def piece(wanted: str, **more: str) -> tuple[int, bytes]:
            answer = await city.get("/public/map/basemap", headers=more | ({"Range": wanted} if wanted else {}))
            assert str(tmp_path) not in f"{answer.headers}"
            return answer.status, await answer.read()

        assert await piece("bytes=2-4") == (206, data[2:5])
        assert await piece("bytes=1499990-1500500") == (206, data[-10:])
        assert await piece(f"bytes=0-{MOST_PIECE - 1}") == (206, data[:MOST_PIECE])
        for wanted in (
            "",
            f"bytes=0-{MOST_PIECE}",
            "bytes=5-",
            "bytes=-5",
            "bytes=0-1,5-6",
            "bytes=2000000-2000001",
            "x",
        ):
            status, body = await piece(wanted)
            assert (status, len(body) < 1000) == (416, True), wanted
        past = "Sat, 01 Jan 2000 00:00:00 GMT"
        assert (await piece("bytes=2-4", **{"If-Range": past}))[0] == 416
        port = urlsplit(city.base).port or 0
        written = ("/var/cache/nginx/wallserver-public", "server 127.0.0.1:8100;")
        async with nginx(folder, port, SHIPPED, written) as city.base:
            for wanted, found in (("bytes=2-4", data[2:5]), ("bytes=262100-262200", data[262_100:262_201])) * 2:
                assert await piece(wanted) == (206, found)
            kept = await city.get("/public/map/basemap", headers={"Range": "bytes=9-19"})
            assert (kept.status, kept.headers["X-Cache"]) == (206, "HIT")


async def _answers(city: PublicSite, path: str, statuses: set[int]) -> bool:
    return (await city.get(path)).status in statuses
