"""HLS channels whose playlists or segments are malformed (RFC 8216)."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

from aiohttp import web

from tests.support.hls_server import Channel, hls_server
from tests.support.malformed import boxes, spoil, transport_stream

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


_LINES = (
    *(
        "#EXT-X-TARGETDURATION:0",
        "#EXT-X-TARGETDURATION:-1",
        "#EXT-X-TARGETDURATION:1e9",
        "#EXT-X-TARGETDURATION:999999",
    ),
    *("#EXTINF:-1,", "#EXTINF:nan,", "#EXTINF:0,", "#EXTINF:99999999,", "#EXTINF", "#EXTINF:0.00000000000000000001,"),
    *("#EXT-X-MEDIA-SEQUENCE:0", "#EXT-X-MEDIA-SEQUENCE:99999999999999999999", "#EXT-X-MEDIA-SEQUENCE:-1"),
    *(
        "#EXT-X-BYTERANGE:0@0",
        "#EXT-X-BYTERANGE:99999999999@0",
        "#EXT-X-BYTERANGE:188@99999999999",
        "#EXT-X-BYTERANGE:@",
    ),
    *('#EXT-X-MAP:URI=""', '#EXT-X-MAP:URI="live.m3u8"', '#EXT-X-MAP:URI="0.seg",BYTERANGE="9@-1"', "#EXT-X-MAP:"),
    *(
        '#EXT-X-KEY:METHOD=AES-128,URI="key",IV=0x',
        '#EXT-X-KEY:METHOD=AES-128,URI="live.m3u8"',
        "#EXT-X-KEY:METHOD=NONE",
    ),
    *('#EXT-X-KEY:METHOD=SAMPLE-AES,URI="key"', '#EXT-X-KEY:METHOD=AES-128,URI="file:///etc/passwd"', "#EXT-X-KEY:"),
    *("#EXT-X-ENDLIST", "#EXT-X-GAP", "#EXT-X-DISCONTINUITY", "#EXT-X-I-FRAMES-ONLY", "#EXT-X-PLAYLIST-TYPE:VOD"),
    *(
        '#EXT-X-STREAM-INF:BANDWIDTH=-1,CODECS="av01"',
        "#EXT-X-STREAM-INF:BANDWIDTH=9,CODECS=,,,,",
        "#EXT-X-STREAM-INF:",
    ),
    *(
        "file:///etc/passwd",
        "http://127.0.0.1:1/",
        "http://169.254.169.254/latest",
        "//[::1/",
        "http://[",
        "data:,x",
        "",
    ),
    *(
        "http://x:y@10.0.0.1/a.ts",
        "http://camera.invalid/",
        "a" * 9000,
        "../" * 2000,
        "?",
        "#",
        "\udcff\udcfe",
        "\u202e",
    ),
    *(
        "http://" + "a" * 64 + ".example/",
        "http://\u0130\u0307.example/",
        "http://%zz/",
        "http://h:99999/",
        "live.m3u8",
    ),
    *("\r\n".join(["#EXTINF:1,", "a"] * 40_000), "\n" * 500_000, "#EXT-X-KEY:" + "A=1," * 2000),
)


class _Channel(Channel):
    """A channel that spoils what is behind the names of its playlist: a tenth, a third or all of it."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__(chance.choice(_KINDS))
        self._seed = chance.randrange(1 << 30)
        self._share = chance.choice([0.1, 0.3, 1.0])

    def resource(self, name: str) -> bytes | None:
        found = super().resource(name)
        chance = random.Random(f"{self._seed} {name}")
        if found is None or chance.random() > self._share:
            return found
        if self.kind in {"aes", "aes iv"} or name == "key" or chance.random() < 0.2:
            return spoil.binary(chance, found)
        return boxes.malformed(chance, found) if self.kind == "mp4" else transport_stream.malformed(chance, found)


@asynccontextmanager
async def serve(chance: random.Random, host: str) -> AsyncIterator[str]:
    """A live channel with malformed segments, a malformed playlist, or a malformed master playlist before it."""
    what, seed = chance.choice(["segments", "segments", "playlist", "master"]), chance.randrange(1 << 30)
    channel = _Channel(chance) if what == "segments" else Channel(chance.choice(_KINDS))

    async def playlist(_: web.Request) -> web.Response:
        return web.Response(body=_malformed(random.Random(seed), channel.playlist()))

    async with hls_server(channel, host) as server:
        if what == "playlist":
            server.answers["/live.m3u8"] = playlist
        if what == "master":
            server.answers["/master.m3u8"] = _malformed(chance, _MASTER)
        yield f"{server.base}/master.m3u8" if what == "master" else server.url


def _malformed(chance: random.Random, playlist: str) -> bytes:
    data = playlist.replace("\n", "\r\n").encode()
    return spoil.lines(chance, data, _LINES) if chance.random() < 0.6 else spoil.text(chance, data)
