"""HLS to the many: who keeps a camera going."""

from __future__ import annotations

import asyncio
import time

from aiohttp.test_utils import make_mocked_request

from ingest.demand import DemandLease
from tests.support.nats import BusServer
from tests.support.waiting import eventually
from wallserver.gateway.fan_out import FanOut
from wallserver.public.hls import IDLE_S, PublicHls
from wallserver.public.limits import CamerasAtOnce
from wallserver.public.settings import PublicSettings
from wallserver.public.shown import PublicCamera

CAMERA = PublicCamera("0123456789abcdef", "Simpang", "", None, available=True, cut=None, era=1)


async def test_a_camera_of_which_only_segments_are_asked_for_is_given_up(bus_server: BusServer) -> None:
    bus = await bus_server.connect("public")
    fan_out = FanOut(bus, DemandLease(bus))
    hls = PublicHls(bus, fan_out, CamerasAtOnce(2, lambda: fan_out.streams), PublicSettings(), 10)
    asked = make_mocked_request("GET", f"/public/hls/{CAMERA.id}/video.m3u8")
    waiting = asyncio.create_task(hls.playlist(CAMERA, "video.m3u8", "192.0.2.1", asked))
    await eventually(lambda: hls._streams)
    (stream,) = hls._streams.values()
    stream.asked_at = long_ago = time.monotonic() - IDLE_S - PublicSettings().delay_s - 1
    answer = await hls.resource(stream.id, "anything.m4s", make_mocked_request("GET", "/"))
    assert answer.status == 404
    assert stream.asked_at == long_ago
    await eventually(lambda: hls.of_epoch(stream.id) is None)
    assert not fan_out.streams
    await asyncio.gather(waiting, return_exceptions=True)
    await hls.close()
    await fan_out.close()
