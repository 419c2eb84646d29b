"""Debian's nginx with the configuration that docs/ ships for the public: it carries a crowd, and obeys a cut-off."""

from __future__ import annotations

import asyncio
from collections import Counter
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from tests.support.nats import BusServer
from tests.support.waiting import eventually
from tests.wallserver.gateway.hls.test_nginx import nginx
from tests.wallserver.public.conftest import CUT, Events, PublicSite, public_site
from wallserver.config import Settings

SHIPPED = Path(__file__).parents[3] / "docs" / "nginx-public.conf"
CROWD = 40
WITHIN_S = 2.0


async def test_a_crowd_costs_one_request_and_a_cut_off_holds_within_two_seconds(
    settings: Settings, bus_server: BusServer, viewers_on_loopback: None, tmp_path: Path
) -> None:
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
            listening = asyncio.create_task(page.listen(city.http, f"{city.base}/public/events"))
            await eventually(lambda: page.state(public_id) == ("available", None))

            clicked = asyncio.get_running_loop().time()
            await city.cut_off()
            for path, status in (
                (segment, {404, 410}),
                (f"/public/hls/{public_id}/video.m3u8", {410}),
                (f"/public/hls/{public_id}/index.m3u8", {410}),
                (f"/public/stills/{public_id}.jpg", {410}),
            ):
                await eventually(partial(_answers, city, path, status), within=WITHIN_S)
            assert page.state(public_id) == ("cut_off", CUT["public_text"])
            assert asyncio.get_running_loop().time() - clicked < WITHIN_S
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
            for path in ("/api/cameras", "/public/gate/" + public_id, "/wallserver-public-gate", "/console"):
                assert (await city.get(path)).status in {403, 404}, path


async def _answers(city: PublicSite, path: str, statuses: set[int]) -> bool:
    return (await city.get(path)).status in statuses
