"""The city's HLS cameras, and the switch by which tests and benchmarks kill or pause a camera."""

from __future__ import annotations

import io
import secrets
import time
from collections.abc import Awaitable, Callable
from fractions import Fraction
from functools import lru_cache

import av
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from wallserver.city.clips import Clip, still_clip
from wallserver.city.clock import CLIP_PICTURES, FPS, GOP_PICTURES, TICKS_PER_PICTURE, picture_count

SEGMENT_SECONDS = GOP_PICTURES // FPS
LISTED = 4  # segments in the playlist
type Switch = Callable[[str, str], Awaitable[bool]]
_WRAP = 1 << 33  # MPEG-TS timestamps (ISO/IEC 13818-1, 2.4.3.6)


class HlsCamera:
    """A camera that offers HLS (RFC 8216): segments of 2 s in MPEG-TS, a playlist computed from the clock."""

    def __init__(self, number: int, clip: Clip) -> None:
        self._number = number
        self._clip = self._shown = clip
        self._stands_at: int | None = None
        self.segment = lru_cache(maxsize=2 * LISTED)(self._segment)

    def newest(self) -> int:
        """The last segment that is complete."""
        return self._stands_at or picture_count(self._number, time.time_ns()) // GOP_PICTURES - 1

    def switch(self, action: str) -> None:
        """`pause`: no new segment comes; `freeze`: new segments show the same picture; anything else: as ever."""
        self._stands_at = None
        if action == "pause":
            self._stands_at = self.newest()
        number = picture_count(self._number, time.time_ns()) % CLIP_PICTURES
        self._shown = still_clip(self._clip, "sub", number) if action == "freeze" else self._clip

    def playlist(self) -> str:
        """The rolling playlist."""
        first = self.newest() - LISTED + 1
        lines = ["#EXTM3U", "#EXT-X-VERSION:3", f"#EXT-X-TARGETDURATION:{SEGMENT_SECONDS}"]
        lines.append(f"#EXT-X-MEDIA-SEQUENCE:{first}")
        for number in range(first, first + LISTED):
            lines += [f"#EXTINF:{SEGMENT_SECONDS}.000,", f"segment{number}.ts"]
        return "\n".join(lines) + "\n"

    def _segment(self, number: int) -> bytes:
        out = io.BytesIO()
        with av.open(out, "w", format="mpegts") as container:
            stream = container.add_stream("h264", rate=FPS)
            stream.width, stream.height = self._clip.width, self._clip.height
            for count in range(number * GOP_PICTURES, (number + 1) * GOP_PICTURES):
                packet = av.Packet(bytes(self._shown.units[count % CLIP_PICTURES]))
                packet.stream = stream
                packet.time_base = Fraction(1, 90_000)
                packet.pts = packet.dts = count * TICKS_PER_PICTURE % _WRAP
                packet.is_keyframe = count % GOP_PICTURES == 0
                container.mux_one(packet)
        return out.getvalue()


def http_app(find: Callable[[str], HlsCamera | None], switch: Switch, token: str) -> Starlette:
    """`/<camera>/index.m3u8` and its segments; POST /control/<camera>/<kill|pause|freeze|resume> with the token."""

    def playlist(request: Request) -> Response:
        camera = find(request.path_params["camera"])
        if camera is None:
            return PlainTextResponse("no such camera", 404)
        headers = {"Cache-Control": "no-store"}
        return Response(camera.playlist(), media_type="application/vnd.apple.mpegurl", headers=headers)

    def segment(request: Request) -> Response:
        camera = find(request.path_params["camera"])
        number = int(request.path_params["number"])
        if camera is None or not camera.newest() - 2 * LISTED < number <= camera.newest():
            return PlainTextResponse("no such segment", 404)
        return Response(camera.segment(number), media_type="video/mp2t")

    async def control(request: Request) -> Response:
        given = request.headers.get("authorization", "").encode()  # bytes: text that is not ASCII is refused
        if not secrets.compare_digest(given, f"Bearer {token}".encode()):
            return PlainTextResponse("not without the token", 401)
        known = await switch(request.path_params["camera"], request.path_params["action"])
        return PlainTextResponse("done" if known else "no such camera or action", 200 if known else 404)

    return Starlette(
        routes=[
            Route("/control/{camera}/{action}", control, methods=["POST"]),
            Route("/{camera}/index.m3u8", playlist),
            Route("/{camera}/segment{number:int}.ts", segment),
        ]
    )
