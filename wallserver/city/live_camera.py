"""A camera that encodes while one looks: each picture carries the moment just before its encoding.

Whoever sees the picture at the end of a way knows how long that took.
Its block code shows the camera number `LIVE_NUMBER` and, as picture number, the wall clock in milliseconds modulo 4096.
"""

from __future__ import annotations

import asyncio
import threading
import time

import cv2
import numpy as np
from numpy.typing import NDArray

from wallserver.city.block_code import MAX_PICTURE
from wallserver.city.clips import QUALITIES, ClipEncoder, Quality, nal_units
from wallserver.city.clock import FPS
from wallserver.city.names import CityCamera
from wallserver.city.packetise import packetise
from wallserver.city.rtsp_server import RtspServer, Track
from wallserver.city.scene import Scene, half, stamp

LIVE_NUMBER = 1000
LIVE_CAMERA = CityCamera("live", "Balai Kota · Uji", "Ujung Pandang", None, "rtsp", LIVE_NUMBER)
_IDR = 5
_ROUND_MS = MAX_PICTURE + 1


def live_age_ms(picture_number: int, now_wall: float) -> float:
    """The age in milliseconds, at `now_wall` (`time.time()`), of a picture with this number; up to 4.096 s."""
    return (now_wall * 1000 - picture_number) % _ROUND_MS


async def run_live_camera(host: str, port: int, user: str, password: str, stop: asyncio.Event, fps: int = FPS) -> None:
    """Serve `rtsp://host:port/live/main` (1280×720) and `/live/sub` (640×360) until `stop` is set."""
    camera = await asyncio.to_thread(LiveCamera, asyncio.get_running_loop(), fps)
    server = await RtspServer(camera.track, user, password).listen(host, port)
    thread = threading.Thread(target=camera.run, name="live camera", daemon=True)
    thread.start()
    try:
        await stop.wait()
    finally:
        server.close()
        camera.stop()
        await asyncio.to_thread(thread.join)


class LiveCamera:
    """Draws, stamps and encodes in the thread that calls `run`; the pictures are sent in the loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, fps: int = FPS) -> None:
        self._loop = loop
        self._fps = fps
        self._stopped = threading.Event()
        cv2.setNumThreads(1)
        self._scene = Scene(LIVE_CAMERA)
        self._encoders = {quality: ClipEncoder(quality, fps) for quality in QUALITIES}
        self._tracks = {}
        large = self._scene.draw(0)
        pictures: dict[Quality, NDArray[np.uint8]] = {"main": large, "sub": half(large)}
        for quality, picture in pictures.items():
            # The first picture says what every description of the stream has to say.
            sets = {nal[0] & 31: nal for nal in nal_units(self._encoders[quality].encode(picture))}
            self._tracks[f"{LIVE_CAMERA.id}/{quality}"] = Track((sets[7], sets[8]), fps)

    def track(self, path: str) -> Track | None:
        """What the RTSP server asks: `live/main` or `live/sub`."""
        return self._tracks.get(path)

    def stop(self) -> None:
        """End `run` at the next picture."""
        self._stopped.set()

    def run(self) -> None:
        """A picture in each interval, until `stop`. A stream that nobody watches is not encoded."""
        start, count = time.monotonic(), 0
        while not self._stopped.is_set():
            picture = self._scene.draw(count * FPS / self._fps)
            # The smaller one first: the other waits less for it than it would for the other.
            small = half(picture) if self._watched("sub") else None
            count += 1
            self._stopped.wait(max(0.0, start + count / self._fps - time.monotonic()))
            if small is not None:
                self._send("sub", small)
            if self._watched("main"):
                self._send("main", picture)

    def _watched(self, quality: Quality) -> bool:
        return bool(self._tracks[f"{LIVE_CAMERA.id}/{quality}"].clients)

    def _send(self, quality: Quality, picture: NDArray[np.uint8]) -> None:
        """Stamp it, encode it, hand it to the loop."""
        now_ns = time.time_ns()
        stamp(picture, LIVE_NUMBER, now_ns // 1_000_000 % _ROUND_MS)
        unit = self._encoders[quality].encode(picture)
        keyframe = any(nal[0] & 31 == _IDR for nal in nal_units(unit))
        track = self._tracks[f"{LIVE_CAMERA.id}/{quality}"]
        self._loop.call_soon_threadsafe(track.send, packetise(unit), keyframe, now_ns * 9 // 100_000)
