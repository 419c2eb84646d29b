"""A camera that encodes as it is asked: each picture is stamped with the wall clock immediately before its encode.

`python -m tests.support.live_camera PORT` serves rtsp://127.0.0.1:PORT/live/main and …/sub until it is ended. The block
code holds milliseconds since 1970, modulo 2^22 (70 minutes): 10 bits as the camera's number, 12 as the picture's.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time

from ingest.worker import run_worker
from wallserver.city.city import USER
from wallserver.city.clips import ClipEncoder, nal_units
from wallserver.city.clock import FPS, TICKS_PER_PICTURE
from wallserver.city.names import city_cameras
from wallserver.city.packetise import payloads
from wallserver.city.rtsp_server import RtspServer, Track
from wallserver.city.scene import Scene, half, stamp

PASSWORD = "live"
MODULO_MS = 1 << 22
_DRAWN = 45


def age_ms(code: tuple[int, int], at_ms: float) -> float:
    """The age of a picture with this block code at `at_ms` (Unix milliseconds)."""
    return (at_ms - (code[0] << 12 | code[1])) % MODULO_MS


class LiveCamera:
    """Draws beforehand, stamps and encodes in a thread of its own."""

    def __init__(self) -> None:
        scene = Scene(city_cameras(5)[4])
        self._pictures = [scene.draw(number) for number in range(_DRAWN)]
        self._encoders = {"main": ClipEncoder("main"), "sub": ClipEncoder("sub")}
        self._count = 0
        self.tracks = {name: self._track(name) for name in self._encoders}

    def _track(self, name: str) -> Track:
        unit = self._encode(name)[0]
        found = {nal[0] & 31: nal for nal in nal_units(unit)}
        return Track((found[7], found[8]), FPS)

    def _encode(self, name: str) -> tuple[bytes, float]:
        picture = self._pictures[self._count % _DRAWN]
        picture = picture.copy() if name == "main" else half(picture)
        now = time.time()
        code = int(now * 1000) % MODULO_MS
        stamp(picture, code >> 12, code & 0xFFF)
        return self._encoders[name].encode(picture), now

    def run(self, loop: asyncio.AbstractEventLoop, ended: threading.Event) -> None:
        """In a thread: a picture of each stream every 1/15 s."""
        due = time.monotonic()
        while not ended.is_set():
            self._count += 1
            for name, track in self.tracks.items():
                if track.clients:
                    unit, _ = self._encode(name)
                    keyframe = any(nal[0] & 31 == 5 for nal in nal_units(unit))
                    timestamp = self._count * TICKS_PER_PICTURE
                    loop.call_soon_threadsafe(track.send, payloads(unit), keyframe, timestamp)
            due += 1 / FPS
            ended.wait(max(0.0, due - time.monotonic()))


async def serve(port: int, stop: asyncio.Event) -> None:
    """Serve until `stop`."""
    camera, ended = LiveCamera(), threading.Event()
    server = await RtspServer(lambda path: camera.tracks.get(path.removeprefix("live/")), USER, PASSWORD).listen(
        "127.0.0.1", port
    )
    thread = threading.Thread(target=camera.run, args=(asyncio.get_running_loop(), ended))
    thread.start()
    print("serving", flush=True)
    await stop.wait()
    ended.set()
    server.close()
    await asyncio.to_thread(thread.join)


if __name__ == "__main__":
    run_worker(lambda stop: serve(int(sys.argv[1]), stop))
