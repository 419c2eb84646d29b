"""Stills that somebody asks for: of a stream's newest keyframe, on a real bus."""

from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from ingest.access_unit import AccessUnit
from ingest.jpeg import size
from ingest.stills_on_demand import AT_ONCE, StillRefused, StillsOnDemand
from tests.support.camera_units import CameraUnits
from tests.support.nats import BusServer
from tests.support.waiting import eventually

STREAM = "cam.a.main"


async def test_they_are_of_what_the_owner_has_now_and_too_many_are_told_so(bus_server: BusServer) -> None:
    newest: list[AccessUnit] = [replace(CameraUnits(1, STREAM).next(), sequence=n) for n in range(40)]
    shown = [newest[0]]
    owner, judge = await bus_server.connect("puller"), await bus_server.connect("judge")
    with ThreadPoolExecutor(1) as eyes:
        stills = StillsOnDemand(judge, eyes)
        assert await stills.make(STREAM, 320, ()) == {}  # nobody has the stream
        await owner.serve_gop(STREAM, lambda: shown)
        answer = await eventually(lambda: stills.make(STREAM, 320, ()))
        assert size(base64.b64decode(answer["jpeg"])) == (320, 180)
        assert answer["taken_ms"] == newest[0].arrived_wall_ns // 1_000_000
        # The same one again costs nothing, so all may have it.
        assert {str(await stills.make(STREAM, 320, ())) for _ in range(30)} == {str(answer)}
        answers = []
        for unit in newest[1:]:
            shown[:] = [unit]
            answers.append(await stills.make(STREAM, 320, ()))
        assert sum("jpeg" in one for one in answers) >= AT_ONCE - 1
        assert {"busy": True} in answers
        for width in (0, 321, 4098):
            with pytest.raises(StillRefused):
                await stills.make(STREAM, width, ())


async def test_mosaics_have_them_too(bus_server: BusServer) -> None:
    unit = replace(CameraUnits(1, STREAM).next(), stream="mosaic.city-1")
    tiler, judge = await bus_server.connect("tiler"), await bus_server.connect("judge")
    await tiler.serve_gop("mosaic.city-1", lambda: [unit])
    with ThreadPoolExecutor(1) as eyes:
        stills = StillsOnDemand(judge, eyes)
        assert "jpeg" in await eventually(lambda: stills.make("mosaic.city-1", 640, ()))
