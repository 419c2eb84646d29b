"""A thousand offers a second cost the pictures that run nothing."""

from __future__ import annotations

import pytest
from aiortc import RTCCertificate

from tests.support.flood import flood
from tests.support.rtp_viewer import RtpViewer
from tests.support.site import Site
from tests.support.waiting import eventually
from tests.support.whep_watcher import longest_gap_s, watching
from wallserver.control.offer_limits import FROM_ONE

pytestmark = [pytest.mark.asyncio(loop_scope="session")]

STREAM = "cam.cam-003.main"
SECONDS = 5


async def test_a_flood_of_good_offers_is_refused_and_a_running_session_notices_nothing(site: Site) -> None:
    async with site.client() as admin:
        answer = await admin.post("/api/tokens", json={"label": "flood", "stream": STREAM})
        token = answer.json()["token"]
    url = f"{site.base}/whep/{STREAM}"
    viewer = RtpViewer(RTCCertificate.generateCertificate())
    offer = await viewer.offer()
    await viewer.close()
    async with watching(url, token) as watcher:
        await eventually(lambda: len(watcher.arrivals) > 30)
        before = len(watcher.arrivals)
        said = await flood(
            host="127.0.0.1",
            port=site.port,
            path=f"/whep/{STREAM}",
            token=token,
            body=offer,
            rate=1000,
            seconds=SECONDS,
        )
        during = watcher.arrivals[before:]
    rate, burst = FROM_ONE["player"]
    answers = said["answers"]
    assert answers.keys() == {"201", "429"}
    assert answers["201"] <= burst + said["elapsed_s"] * rate + 1
    assert answers["429"] == said["retry_after"] > 200
    assert len(during) > 10 * SECONDS  # of 15 a second
    # Its pictures go on; what a flood costs on a machine that does nothing else is measured (`./run bench flood`).
    assert longest_gap_s(during) < 1.5
