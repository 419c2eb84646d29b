"""The simulated city as a process: its cameras come up as their clips are ready, and run by the wall clock."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog
import uvicorn
from rich.console import Console
from rich.progress import Progress

from ingest.bus_address import write_private
from wallserver.city.clips import QUALITIES, Clip, Quality, load_clip, make_clips, still_clip
from wallserver.city.clock import (
    CLIP_PICTURES,
    FPS,
    GOP_PICTURES,
    SLOTS,
    TICKS_PER_PICTURE,
    phase_slots,
    picture_count,
    slot_at,
    slot_start_ns,
)
from wallserver.city.http_server import HlsCamera, http_app
from wallserver.city.names import CityCamera, city_cameras, clip_number
from wallserver.city.packetise import Packets, packetise
from wallserver.city.rtsp_server import NotReadyError, RtspServer, Track

USER = "wallserver"
HOST = "127.0.0.1"

# kill: not there any more, connections closed; pause: connections stay, no picture comes; freeze: the same picture goes
# on coming; resume: as before.
ACTIONS = frozenset({"kill", "pause", "freeze", "resume"})

log = structlog.get_logger(__name__)


async def run_city(
    cameras: int, hls: int, rtsp_port: int, http_port: int, state: Path, password: str, stop: asyncio.Event
) -> None:
    """Serve the city until `stop` is set. In `state` stand the control's address and token."""
    everybody = city_cameras(cameras, hls)
    city = City(everybody)
    clips = clip_folder()
    server = await RtspServer(city.track, USER, password).listen(HOST, rtsp_port)
    token = secrets.token_urlsafe(24)
    write_private(state / "city-control.token", token)
    write_private(state / "city-control.url", f"http://{HOST}:{http_port}")
    app = http_app(city.hls_camera, city.switch, token)
    configuration = uvicorn.Config(
        app, host=HOST, port=http_port, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=1
    )
    web = _Web(configuration)
    serving = asyncio.create_task(web.serve(), name="http")
    tasks = [
        asyncio.create_task(_open(city, everybody, clips), name="clips"),
        asyncio.create_task(city.play(), name="play"),
        asyncio.create_task(stop.wait(), name="stop"),
    ]
    running = [serving, *tasks]
    try:
        while not stop.is_set():
            done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()  # what went wrong ends the city
                running.remove(task)
    finally:
        server.close()
        web.should_exit = True
        for task in tasks:
            task.cancel()
        await asyncio.gather(serving, *tasks, return_exceptions=True)


def clip_folder() -> Path:
    """Where clips are kept, made once for this user (XDG Base Directory); they hold nothing of any site."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "wallserver" / "city"


class _Web(uvicorn.Server):
    """uvicorn without signal handlers of its own: ours set `stop`."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _open(city: City, cameras: Sequence[CityCamera], folder: Path) -> None:
    """Bring up each camera when its clip is there, with a progress bar on a terminal."""
    shown_by: dict[int, list[CityCamera]] = defaultdict(list)
    for camera in cameras:
        shown_by[clip_number(camera.number)].append(camera)
    started = time.monotonic()
    with Progress(console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("Encoding the city's pictures", total=len(shown_by))
        async for number in make_clips(cameras, folder):
            for camera in shown_by[number]:
                city.add(camera, folder)
            progress.advance(bar)
    log.info("the city is up", cameras=len(cameras), seconds=round(time.monotonic() - started, 1))


class _Reel:
    """A clip and its packets, laid out when they are first sent; cameras that share a clip share them."""

    def __init__(self, clip: Clip) -> None:
        self.clip = clip
        self._packets: list[Packets | None] = [None] * len(clip.units)

    def packets(self, number: int) -> Packets:
        """Picture `number` of the clip."""
        packets = self._packets[number]
        if packets is None:
            packets = self._packets[number] = packetise(bytes(self.clip.units[number]))
        return packets


@dataclass(slots=True, eq=False)
class _ClipTrack:
    """A stream of a camera that plays its clip, or while it is frozen a still one."""

    camera: CityCamera
    quality: Quality
    reel: _Reel
    track: Track
    still: _Reel | None = None

    def send(self, count: int) -> None:
        """Picture `count`, counted since 1970: its RTP timestamp runs on over the clip's seam."""
        number = count % CLIP_PICTURES
        packets = (self.still or self.reel).packets(number)
        self.track.send(packets, number % GOP_PICTURES == 0, count * TICKS_PER_PICTURE)


def _stopped(entry: _ClipTrack) -> _Reel:
    """What a camera goes on showing that freezes now."""
    number = picture_count(entry.camera.number, time.time_ns()) % CLIP_PICTURES
    return _Reel(still_clip(entry.reel.clip, entry.quality, number))


class City:
    """All cameras that are up."""

    def __init__(self, expected: Sequence[CityCamera]) -> None:
        self._expected = {camera.id for camera in expected if camera.kind == "rtsp"}
        self._tracks: dict[str, _ClipTrack] = {}
        self._hls: dict[str, HlsCamera] = {}
        self._reels: dict[tuple[int, Quality], _Reel] = {}
        self._killed: set[str] = set()
        self._by_phase: dict[int, list[_ClipTrack]] = defaultdict(list)

    def add(self, camera: CityCamera, folder: Path) -> None:
        """This camera is there from now on."""
        if camera.kind == "hls":
            self._hls[camera.id] = HlsCamera(camera.number, load_clip(folder, clip_number(camera.number), "sub"))
            return
        for quality in QUALITIES:
            key = clip_number(camera.number), quality
            reel = self._reels.get(key) or self._reels.setdefault(key, _Reel(load_clip(folder, *key)))
            entry = _ClipTrack(camera, quality, reel, Track(reel.clip.parameter_sets, FPS))
            self._tracks[f"{camera.id}/{quality}"] = entry
            self._by_phase[phase_slots(camera.number) % SLOTS].append(entry)

    def track(self, path: str) -> Track | None:
        """The stream `<camera>/<main|sub>`.

        Raises NotReadyError while its clip is being made, ConnectionAbortedError once it was killed.
        """
        camera, _, quality = path.partition("/")
        entry = self._tracks.get(path)
        if entry is None and camera in self._expected and quality in QUALITIES:
            raise NotReadyError
        if entry is not None and camera in self._killed:
            raise ConnectionAbortedError  # the server hangs up, as a camera without power does
        return entry.track if entry is not None else None

    def hls_camera(self, camera: str) -> HlsCamera | None:
        """An HLS camera by its id."""
        return self._hls.get(camera) if camera not in self._killed else None

    async def switch(self, camera: str, action: str) -> bool:
        """Do one of `ACTIONS` to a camera; False if there is no such camera or action."""
        entries = [entry for path, entry in self._tracks.items() if path.split("/")[0] == camera]
        hls = self._hls.get(camera)
        if action not in ACTIONS or not (entries or hls):
            return False
        (self._killed.add if action == "kill" else self._killed.discard)(camera)
        for entry in entries:
            entry.track.paused = action == "pause"
            entry.still = await asyncio.to_thread(_stopped, entry) if action == "freeze" else None
            if action == "kill":
                for client in list(entry.track.clients):
                    client.close()
        if hls is not None:
            await asyncio.to_thread(hls.switch, action)
        return True

    async def play(self) -> None:
        """Send every picture when it is due, for ever."""
        slot = slot_at(time.time_ns())
        while True:
            slot += 1
            wait = (slot_start_ns(slot) - time.time_ns()) / 1e9
            if wait < -1:  # the machine slept, or the clock was set
                slot = slot_at(time.time_ns())
            await asyncio.sleep(max(0.0, wait))
            for entry in self._by_phase[-slot % SLOTS]:
                if entry.track.clients:
                    entry.send((slot + phase_slots(entry.camera.number)) // SLOTS)
