"""36 cameras in one mosaic for 30 minutes; a third of them change their size, their codec, or die, every minute.

A real tiler on a real bus; the cameras are access units that were encoded before and come in real time, so that one of
them can become another camera from one picture to the next: H.264 of 640×360, 320×240 and 1280×720, H.265, Motion JPEG,
garbage, or nothing for half a minute. Late: a picture of one of the other 24 cameras that is new in the mosaic more
than 200 ms after the one before (at 15 a second three are missing), as a reader on the bus sees it in the mosaic's cell
table. Memory: of the tiler and its decoders, every ten seconds; its slope over the last two thirds.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import psutil

from ingest.access_unit import TICKS_PER_SECOND, AccessUnit, Codec
from ingest.boot import boot_id
from ingest.bus import Bus
from ingest.gop import GopCache
from ingest.mosaic import MosaicCell, MosaicSpec
from tests.benchmarks.cores import family_cpu_s
from tests.benchmarks.pull import process
from tests.benchmarks.spread import spread
from tests.benchmarks.trend import trend
from tests.support.camera_units import frame_of, stamped
from tests.support.nats import bus_server_in
from tests.support.waiting import eventually

CAMERAS, SIDE, FPS, GOP = 36, 6, 15, 30
LATE_S = 0.2
CHANGE_S = 60.0
DEAD_S = 30.0
SETTLE_S = 10.0
STREAM = "mosaic.soak"
HOW = ("small", "large", "h265", "mjpeg", "garbage", "silent", "usual")


@dataclass(frozen=True, slots=True)
class Kind:
    """What a camera sends: a GOP, again and again."""

    codec: Codec
    size: tuple[int, int]
    units: Sequence[bytes]


def options(parser: argparse.ArgumentParser) -> None:
    """This benchmark's own options."""
    parser.add_argument("--minutes", type=float, default=30, help="how long")


async def run(options: argparse.Namespace) -> dict[str, Any]:
    """A bus and a tiler of its own; leaves nothing behind."""
    seconds = 30.0 if options.quick else 60 * options.minutes
    change_s = 10.0 if options.quick else CHANGE_S
    kinds = await asyncio.to_thread(_kinds)
    with tempfile.TemporaryDirectory(prefix="wallserver-bench-") as name:
        async with (
            bus_server_in(Path(name)) as server,
            process("wallserver", "tile", "--bus", str(server.files["tiler"])) as tiler,
        ):
            control = await server.connect("control")
            cameras = Cameras(await server.connect("puller"), kinds)
            playing = asyncio.create_task(cameras.play())
            await control.bucket("mosaics").put("soak", _spec().to_json())
            await control.bucket("plans").put("bench", {"streams": [STREAM]})
            watch = Watch()
            watching = asyncio.create_task(watch.follow(await server.connect("gateway")))
            await eventually(lambda: len(watch.seen) == CAMERAS, within=60)
            await asyncio.sleep(SETTLE_S)
            result = await _soak(cameras, watch, tiler, seconds, change_s)
            for task in (playing, watching):
                task.cancel()
            await asyncio.gather(playing, watching, return_exceptions=True)
            return result


async def _soak(
    cameras: Cameras, watch: Watch, tiler: psutil.Process, seconds: float, change_s: float
) -> dict[str, Any]:
    chance, memory_mb = random.Random(5), []
    began, machine = time.monotonic(), psutil.cpu_times()
    tiler_and_decoders = [tiler, *tiler.children(recursive=True)]
    cpu, change_at, look_at = family_cpu_s(tiler), 0.0, 0.0
    watch.begin()
    while (passed := time.monotonic() - began) < seconds:
        if passed >= change_at:
            cameras.change(chance, watch)
            change_at += change_s
        if passed >= look_at:
            memory_mb.append((passed, sum(one.memory_info().rss for one in tiler_and_decoders) / 1e6))
            look_at += min(10.0, seconds / 10)
        await asyncio.sleep(0.2)
    machine_after = psutil.cpu_times()
    return {
        "late": watch.late,
        "longest_gap_ms": 1000 * watch.longest_s,
        "pictures_of_others": watch.pictures,
        "age_ms": spread(watch.ages_ms),
        "memory_mb": trend(memory_mb),
        "changes": dict(cameras.changes),
        "cpu_cores": (family_cpu_s(tiler) - cpu) / seconds,
        "stolen": (machine_after.steal - machine.steal) / seconds,
        "minutes": seconds / 60,
    }


def _spec() -> MosaicSpec:
    w, h = 1920 // SIDE, 1080 // SIDE
    cells = tuple(MosaicCell(f"c{n}", f"cam.c{n}.sub", n % SIDE * w, n // SIDE * h, w, h) for n in range(CAMERAS))
    return MosaicSpec("soak", 1920, 1080, FPS, 4000, 1, cells)


class Cameras:
    """All of them; the first third changes. `changes`: how often into what."""

    def __init__(self, bus: Bus, kinds: dict[str, Kind]) -> None:
        self.changes: Counter[str] = Counter()
        self._bus = bus
        self._kinds = kinds
        self._cameras = [Camera(bus, f"cam.c{number}.sub", kinds["usual"]) for number in range(CAMERAS)]

    def change(self, chance: random.Random, watch: Watch) -> None:
        """A third of the cameras become something else; it is the same twelve, the others are who is looked at."""
        watch.others = {f"c{number}" for number in range(CAMERAS // 3, CAMERAS)}
        for camera in self._cameras[: CAMERAS // 3]:
            how = chance.choice(HOW)
            self.changes[how] += 1
            camera.become(how, self._kinds)

    async def play(self) -> None:
        """In real time, spread over the picture's interval, until cancelled."""
        for camera in self._cameras:
            await camera.serve()
        began = time.monotonic()
        for count in range(1 << 40):
            number = count % CAMERAS
            if (wait := began + count / (FPS * CAMERAS) - time.monotonic()) > 0.001:
                await asyncio.sleep(wait)
            self._cameras[number].send()


class Camera:
    """One stream on the bus."""

    def __init__(self, bus: Bus, stream: str, kind: Kind) -> None:
        self._bus = bus
        self._stream = stream
        self._kind = kind
        self._gop = GopCache()
        self._place = 0
        self._sequence = 0
        self._broken = True
        self._garbage = False
        self._silent_until = 0.0

    async def serve(self) -> None:
        """Answer who joins."""
        await self._bus.serve_gop(self._stream, self._gop.units)

    def become(self, how: str, kinds: dict[str, Kind]) -> None:
        """Be another camera from the next picture on."""
        self._garbage = how == "garbage"
        if how == "silent":
            self._silent_until = time.monotonic() + DEAD_S
        elif how in kinds:
            self._kind = kinds[how]
        self._place, self._broken = 0, True

    def send(self) -> None:
        """Its next picture."""
        if time.monotonic() < self._silent_until:
            return
        data = self._kind.units[self._place % len(self._kind.units)]
        if self._garbage and self._place % 3:
            data = data[: len(data) // 2] + random.randbytes(len(data) // 2)
        unit = AccessUnit(
            stream=self._stream,
            epoch=1,
            sequence=self._sequence,
            codec=self._kind.codec,
            width=self._kind.size[0],
            height=self._kind.size[1],
            timestamp=self._sequence * TICKS_PER_SECOND // FPS,
            arrived_wall_ns=time.time_ns(),
            arrived_mono_ns=time.monotonic_ns(),
            boot_id=boot_id(),
            keyframe=self._kind.codec is Codec.MJPEG or self._place % GOP == 0,
            discontinuity=self._broken,
            damaged=False,
            held=False,
            data=data,
        )
        self._broken = False
        self._place += 1
        self._sequence += 1
        self._gop.add(unit)
        self._bus.publish(unit)


class Watch:
    """What the mosaic's tables say of the cameras that do not change: `others`."""

    def __init__(self) -> None:
        self.others: set[str] = set()
        self.seen: set[str] = set()
        self._last: dict[str, float] = {}
        self.begin()

    def begin(self) -> None:
        """From here on it counts."""
        self.late = self.pictures = 0
        self.longest_s = 0.0
        self.ages_ms: list[float] = []
        self._last.clear()

    async def follow(self, bus: Bus) -> None:
        """Read the mosaic until cancelled."""
        reader = bus.subscribe(STREAM)
        async for unit in reader:
            at = unit.arrived_mono_ns / 1e9
            for cell in unit.cells.cells if unit.cells else ():
                if cell.live:
                    self._new(cell.camera, cell.age_ms or 0, at)

    def _new(self, camera: str, age_ms: int, at: float) -> None:
        self.seen.add(camera)
        if camera in self.others:
            gap = at - self._last.get(camera, at)
            self.late += gap > LATE_S
            self.longest_s = max(self.longest_s, gap)
            self.pictures += 1
            self.ages_ms.append(age_ms)
        self._last[camera] = at


def _kinds() -> dict[str, Kind]:
    return {
        "usual": Kind(Codec.H264, (640, 360), _encoded("libx264", (640, 360))),
        "small": Kind(Codec.H264, (320, 240), _encoded("libx264", (320, 240))),
        "large": Kind(Codec.H264, (1280, 720), _encoded("libx264", (1280, 720))),
        "h265": Kind(Codec.H265, (640, 360), _encoded("libx265", (640, 360))),
        "mjpeg": Kind(Codec.MJPEG, (640, 360), _encoded("mjpeg", (640, 360))),
    }


def _encoded(codec: str, size: tuple[int, int]) -> list[bytes]:
    context = av.CodecContext.create(codec, "w")
    assert isinstance(context, av.VideoCodecContext)
    context.width, context.height = size
    context.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    context.time_base, context.framerate, context.bit_rate = Fraction(1, FPS), Fraction(FPS), 600_000
    context.gop_size = GOP
    if codec != "mjpeg":
        parameters = f"keyint={GOP}:scenecut=0:repeat-headers=1:annexb=1"
        quiet = ":log-level=none" if codec == "libx265" else ""
        context.options = {
            "preset": "superfast",
            "tune": "zerolatency",
            f"{codec.removeprefix('lib')}-params": parameters + quiet,
        }
    packets = []
    for number in range(GOP):
        frame = frame_of(stamped(*size, 1, number)).reformat(format=context.pix_fmt)
        frame.pts = number
        packets += context.encode(frame)
    packets += context.encode(None)
    return [bytes(packet) for packet in packets]
