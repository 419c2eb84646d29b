"""What is answered over HTTP: playlists in a viewer's folder, segments beside it.

    /live/<stream>/<folder>/index.m3u8     the multivariant playlist
    /live/<stream>/<folder>/video.m3u8     the media playlist; _HLS_msn and _HLS_part wait (draft, 6.2.5.2)
    /live/<stream>/<folder>/gate           204 while the folder may be used, else 403: for a proxy that keeps playlists
    /live/<stream>/<file>                  init segments, segments, parts; the hinted part is waited for

Whoever has an address may ask: addresses are chance, and end (streams.py). Pages of any site may, too.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qs

from aiohttp.web import BaseRequest, Response

from wallserver.gateway.hls.playlist import MEDIA_PLAYLIST, MULTIVARIANT_PLAYLIST
from wallserver.gateway.hls.stream import HlsStream, Text
from wallserver.gateway.hls.streams import HlsStreams

GATE = "gate"
# A request waits for no longer than so many target durations (draft, 6.2.5.2).
WAIT_TARGETS = 3
_PATH = re.compile(r"/live/([0-9a-f]{32})/(?:([0-9a-f]{32})/)?([a-z0-9.-]{1,80})")
_NUMBER = re.compile(r"[0-9]{1,9}")

_ANYBODY = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Range",
    "Access-Control-Max-Age": "86400",
}
_KEPT_NOWHERE = {"Cache-Control": "no-store"}
# All viewers ask for the same at once: a second in a proxy is one request here instead of thousands.
_KEPT_SHORT = {"Cache-Control": "max-age=1"}
_KEPT = {"Cache-Control": "max-age=10"}
_PLAYLIST = "application/vnd.apple.mpegurl"
_VIDEO = "video/mp4"


async def answer(streams: HlsStreams, request: BaseRequest) -> Response:
    """The answer to any request. What is not here, or not any more, is 404; what cannot come in time 503."""
    if request.method == "OPTIONS":
        return _response(204, _PREFLIGHT)
    if request.method not in {"GET", "HEAD"}:
        return _refusal(405, {"Allow": "GET, HEAD, OPTIONS"})
    place = _PATH.fullmatch(request.path)
    if place is None:
        return _refusal(404)
    name, folder, file = place.groups()
    stream = streams.find(name) if folder is None else streams.find_folder(name, folder)
    if stream is None:
        return _refusal(403 if file == GATE else 404)
    if folder is None:
        return await resource(stream, file, request)
    match file:
        case _ if file == GATE:
            return _response(204, _KEPT_SHORT)
        case _ if file == MULTIVARIANT_PLAYLIST:
            ready = await stream.until(lambda: stream.made.ready, WAIT_TARGETS * stream.made.target_s)
            return playlist(stream.multivariant(), request) if ready else _refusal(503)
        case _ if file == MEDIA_PLAYLIST:
            return await media(stream, request)
    return _refusal(404)


async def media(stream: HlsStream, request: BaseRequest) -> Response:
    """The media playlist, at once or when it has what is asked for. Unknown parameters are passed over."""
    made = stream.made
    try:
        sequence, part = _directives(request.query_string)
    except ValueError:
        return _refusal(400)
    if sequence is not None and made.is_far(sequence, part):
        return _refusal(400)

    def there() -> bool:
        return made.ready and (sequence is None or made.has(sequence, part))

    if not await stream.until(there, WAIT_TARGETS * made.target_s):
        return _refusal(503)
    return playlist(stream.media(), request)


async def resource(stream: HlsStream, file: str, request: BaseRequest) -> Response:
    """An init segment, a segment or a part; of the hinted one, when it is there."""
    made = stream.made
    if file == made.hint:
        await stream.until(lambda: file != made.hint, WAIT_TARGETS * made.target_s)
    data = made.resource(file)
    if data is None:
        return _refusal(404)
    about = {"ETag": f'"{file}"'} | _KEPT
    if request.headers.get("If-None-Match") == about["ETag"]:
        return _response(304, about)
    return _response(200, about, data, _VIDEO)


def _directives(query: str) -> tuple[int | None, int | None]:
    """_HLS_msn and _HLS_part. Raises ValueError where they are no numbers, or a part is named without its segment."""
    values = parse_qs(query, keep_blank_values=True, max_num_fields=20)
    msn, part = (_number(values.get(name)) for name in ("_HLS_msn", "_HLS_part"))
    if part is not None and msn is None:
        raise ValueError("a part of no segment")
    return msn, part


def _number(values: list[str] | None) -> int | None:
    if values is None:
        return None
    if _NUMBER.fullmatch(values[0]) is None:
        raise ValueError("not a number")
    return int(values[0])


def playlist(text: Text, request: BaseRequest) -> Response:
    """A playlist, packed for who understands that."""
    packed = "gzip" in request.headers.get("Accept-Encoding", "")
    about = {"ETag": f'"{text.version}{"-gzip" if packed else ""}"', "Vary": "Accept-Encoding"} | _KEPT_SHORT
    if request.headers.get("If-None-Match") == about["ETag"]:
        return _response(304, about)
    if packed:
        about["Content-Encoding"] = "gzip"
    return _response(200, about, text.packed if packed else text.plain, _PLAYLIST)


def _refusal(status: int, headers: dict[str, str] | None = None) -> Response:
    again = {"Retry-After": "1"} if status == 503 else {}
    return _response(status, _KEPT_NOWHERE | again | (headers or {}))


def _response(status: int, headers: dict[str, str], body: bytes | None = None, kind: str | None = None) -> Response:
    return Response(status=status, headers=_ANYBODY | headers, body=body, content_type=kind)
