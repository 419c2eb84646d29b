"""HLS of one stream of 4 Mbit/s at 15 pictures a second: what a gateway's process takes for it, and for its viewers.

A gateway as a process of its own on a bus of its own; the viewers (another process) fetch each playlist and part as
low-latency players do, straight from the gateway. `remux_us` is the pure work: an access unit made part of a segment,
by our own boxes and by PyAV's muxer, in this process.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import itertools
import json
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from fractions import Fraction
from pathlib import Path
from typing import Any

import aiohttp
import av
import psutil

from ingest.access_unit import AccessUnit
from ingest.gop import GopCache
from tests.benchmarks.cores import cpu_s
from tests.support.gateways import gateway_process
from tests.support.nats import BusServer, bus_server_in
from tests.support.units import unit
from tests.wallserver.gateway.pictures import Camera
from wallserver.gateway.hls.segmenter import Segmenter

FPS, BITS = 15, 4_000_000
GOP = 2 * FPS
STREAM = "cam.a.main"
VIEWERS = (0, 1, 100)


def options(parser: argparse.ArgumentParser) -> None:
    """How long each number of viewers is watched."""
    parser.add_argument("--seconds", type=float, default=20)


def recorded() -> list[bytes]:
    """The access units of one GOP of 1080p, filled up to the bit rate with slices that nobody decodes."""
    picture = BITS // 8 // FPS * GOP // (GOP + 3)
    wanted = [4 * picture] + [picture] * (GOP - 1)
    units = Camera(STREAM, (1920, 1080)).gop(GOP)
    filled = (one.data + b"\0\0\0\1\x41" for one in units)
    return [data + b"\x55" * max(0, size - len(data)) for data, size in zip(filled, wanted, strict=True)]


def units_of(pictures: list[bytes], count: int) -> list[AccessUnit]:
    """So many access units of the stream."""
    return [
        unit(number, stream=STREAM, keyframe=number % GOP == 0, data=pictures[number % GOP]) for number in range(count)
    ]


def remux_us(pictures: list[bytes]) -> dict[str, float]:
    """Microseconds for each access unit, ours and PyAV's muxer in fragments of five pictures."""
    given = units_of(pictures, 20 * GOP)
    began = time.process_time()
    made = Segmenter(2)
    for one in given:
        made.add(one)
    ours = time.process_time() - began
    out = io.BytesIO()
    began = time.process_time()
    flags = {"movflags": "empty_moov+default_base_moof", "frag_duration": "333333"}
    with av.open(out, "w", format="mp4", options=flags) as container:
        stream = container.add_stream("libx264", rate=FPS)
        stream.width, stream.height = 1920, 1080
        for number, one in enumerate(given):
            packet = av.Packet(one.data)
            packet.stream, packet.time_base = stream, Fraction(1, FPS)
            packet.pts = packet.dts = number
            packet.is_keyframe = one.keyframe
            container.mux_one(packet)
    theirs = time.process_time() - began
    return {"ours": 1e6 * ours / len(given), "pyav": 1e6 * theirs / len(given)}


async def publish(server: BusServer, pictures: list[bytes]) -> None:
    """The camera, in real time, until cancelled."""
    bus = await server.connect("puller")
    gop = GopCache()
    await bus.serve_gop(STREAM, gop.units)
    began = time.monotonic()
    for number in itertools.count():
        one = unit(number, stream=STREAM, keyframe=number % GOP == 0, data=pictures[number % GOP])
        one.arrived_wall_ns, one.arrived_mono_ns = time.time_ns(), time.monotonic_ns()
        gop.add(one)
        bus.publish(one)
        await asyncio.sleep(max(0.0, began + (number + 1) / FPS - time.monotonic()))


async def run(chosen: argparse.Namespace) -> dict[str, Any]:
    """The figures."""
    seconds = 5 if chosen.quick else chosen.seconds
    pictures = recorded()
    result: dict[str, Any] = {"remux_us": remux_us(pictures), "gateway_ms_per_s": {}, "viewers": {}}
    with tempfile.TemporaryDirectory() as folder:
        async with AsyncExitStack() as stack:
            server = await stack.enter_async_context(bus_server_in(Path(folder)))
            control = await server.connect("control")
            await control.serve("req.viewers.confirm", _everybody)
            gateway = gateway_process(Path(folder), server.files["gateway"], control, "g")
            process = await stack.enter_async_context(gateway)
            camera = asyncio.create_task(publish(server, pictures))
            before = await _used(process, seconds)
            result["gateway_ms_per_s"]["idle"] = before
            request = {"stream": STREAM, "asked": STREAM, "viewer": "token:1", "target_s": 2}
            url = (await control.request("req.gateway.g.hls", request, 5))["url"]
            for count in VIEWERS:
                used, seen = await _watched(process, url, count, seconds)
                result["gateway_ms_per_s"][str(count)] = used
                result["viewers"][str(count)] = seen
            result["gateway_pss_mb"] = process.memory_full_info().pss / 1e6
            camera.cancel()
            await asyncio.gather(camera, return_exceptions=True)
    return result


async def _everybody(_: str, payload: dict[str, Any]) -> dict[str, Any]:
    return {"allowed": [streams for _, _, streams in payload["watched"]]}


async def _used(process: psutil.Process, seconds: float) -> float:
    before, began = cpu_s(process), time.monotonic()
    await asyncio.sleep(seconds)
    return 1000 * (cpu_s(process) - before) / (time.monotonic() - began)


async def _watched(process: psutil.Process, url: str, count: int, seconds: float) -> tuple[float, dict[str, Any]]:
    """The gateway's CPU with so many viewers; 0: the stream is kept alive by one request in five seconds."""
    argv = [sys.executable, "-m", "tests.benchmarks.hls", url, str(count), str(seconds + 4)]
    viewers = await asyncio.create_subprocess_exec(*argv, stdout=asyncio.subprocess.PIPE)
    await asyncio.sleep(3)
    used = await _used(process, seconds)
    out, _ = await viewers.communicate()
    return used, json.loads(out)


async def watch(url: str, count: int, seconds: float) -> dict[str, Any]:
    """So many low-latency players: each waits for the next playlist and fetches the part that it names."""
    until = time.monotonic() + seconds
    figures = {"parts": 0, "bytes": 0, "failed": 0, "offered": 0.0}

    async def player(http: aiohttp.ClientSession) -> None:
        base = url.rsplit("/", 2)[0]
        media = url.replace("index.m3u8", "video.m3u8")
        await (await http.get(url)).read()
        text = await (await http.get(media)).text()
        while time.monotonic() < until:
            hint = text.rsplit('URI="../', 1)[1].split('"')[0]
            name, part, _ = hint.rsplit(".", 2)
            answer = await http.get(f"{media}?_HLS_msn={name.split('-')[0]}&_HLS_part={part}")
            text = await answer.text()
            fetched = await http.get(f"{base}/{hint}")
            figures["bytes"] += len(await fetched.read())
            figures["parts"] += 1
            figures["failed"] += (answer.status, fetched.status) != (200, 200)

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        if count:
            await asyncio.gather(*(player(http) for _ in range(count)))
        while not count and time.monotonic() < until:
            await (await http.get(url)).read()
            await asyncio.sleep(5)
    # A part is a third of a second: what players in time have fetched.
    figures["offered"] = figures["parts"] / (count * seconds * 3) if count else 1.0
    return figures


if __name__ == "__main__":
    print(json.dumps(asyncio.run(watch(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))))
