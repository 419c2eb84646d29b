"""The server of `public`'s control arm, which answers anything at once: `python -m tests.benchmarks.public_dummy`.

Prints its port. A playlist and a segment are as large as those of 2 s at 800 kbit/s; offers are refused.
"""

from __future__ import annotations

import asyncio

from aiohttp.web import BaseRequest, Response, Server

from ingest.open_files import allow_many_files

_SEGMENT, _PLAYLIST = bytes(150_000), b"#EXTM3U\n" + b"#EXT-X-PART\n" * 150


async def _answer(request: BaseRequest) -> Response:
    await request.read()
    if request.method == "POST":
        return Response(status=429)
    return Response(body=_PLAYLIST if request.path.endswith(".m3u8") else _SEGMENT)


async def _main() -> None:
    server = await asyncio.get_running_loop().create_server(Server(_answer), "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    allow_many_files()
    asyncio.run(_main())
