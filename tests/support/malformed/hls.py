"""HLS channels whose playlists or segments are malformed (RFC 8216)."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

from aiohttp import web

from tests.support.hls_server import Channel, hls_server
from tests.support.malformed import spoil

_KINDS: tuple[Literal["ts", "mp4", "aes", "aes iv", "ranges", "wrap", "discontinuity"], ...] = (
    *("ts", "ts", "mp4", "aes", "aes iv", "ranges", "wrap", "discontinuity"),
)
_MASTER = """#EXTM3U
#EXT-X-VERSION:4
#EXT-X-STREAM-INF:BANDWIDTH=400000,AVERAGE-BANDWIDTH=380000,CODECS="avc1.42c01e,mp4a.40.2",RESOLUTION=320x180
live.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=4000000,CODECS="hvc1.1.6.L93.B0",RESOLUTION=1920x1080
other.m3u8
"""


class _Channel(Channel):
    """A channel that spoils what is behind the names of its playlist: a tenth, a third or all of it."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__(chance.choice(_KINDS))
        self._seed = chance.randrange(1 << 30)
        self._share = chance.choice([0.1, 0.3, 1.0])

    def resource(self, name: str) -> bytes | None:
        found = super().resource(name)
        chance = random.Random(f"{self._seed} {name}")
        return found if found is None or chance.random() > self._share else spoil.binary(chance, found)


@asynccontextmanager
async def serve(chance: random.Random, host: str) -> AsyncIterator[str]:
    """A live channel with malformed segments, a malformed playlist, or a malformed master playlist before it."""
    what, seed = chance.choice(["segments", "segments", "playlist", "master"]), chance.randrange(1 << 30)
    channel = _Channel(chance) if what == "segments" else Channel(chance.choice(_KINDS))

    async def playlist(_: web.Request) -> web.Response:
        return web.Response(body=spoil.text(random.Random(seed), _crlf(channel.playlist())))

    async with hls_server(channel, host) as server:
        if what == "playlist":
            server.answers["/live.m3u8"] = playlist
        if what == "master":
            server.answers["/master.m3u8"] = spoil.text(chance, _crlf(_MASTER))
        yield f"{server.base}/master.m3u8" if what == "master" else server.url


def _crlf(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()
