"""The live-encoded camera in a process of its own: `python -m tests.support.live_camera PORT`, until it is ended.

It serves rtsp://127.0.0.1:PORT/live/main and …/sub, each picture stamped immediately before its encode.
"""

from __future__ import annotations

import asyncio
import sys

from ingest.worker import run_worker
from wallserver.city.live_camera import run_live_camera

USER, PASSWORD = "bench", "live"


async def _serve(port: int, stop: asyncio.Event) -> None:
    serving = asyncio.create_task(run_live_camera("127.0.0.1", port, USER, PASSWORD, stop))
    while not serving.done():
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            print("serving", flush=True)
            break
    await serving


if __name__ == "__main__":
    run_worker(lambda stop: _serve(int(sys.argv[1]), stop))
