"""What the public is answered over HTTP. Nobody signs in, nothing is remembered of who asks.

GET /public, /public/c/<id>               the page; of one camera
GET /public/embed/<id>                    the same for a frame on the sites that may have one
GET /assets/<file>                        what the page is made of
GET /public/api/cameras, …/<id>           what is published
GET /public/events?camera=<id>            the same, told at once when it changes (server-sent events)
POST /public/whep/<id>                    WHEP (draft-ietf-wish-whep-03); PATCH and DELETE at its Location
GET /public/hls/<id>/index.m3u8           HLS: a playlist of playlists, and video.m3u8 beside it
GET /public/live/<epoch>/<file>           its segments
GET /public/stills/<id>.jpg               the newest still
GET /public/map/basemap                   a piece of the site's own map, by Range
GET /public/gate/<id>, …/live/<epoch>     204 while that may be seen, else 403: for a proxy that keeps it
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from http import HTTPMethod

from aiohttp.web import BaseRequest, Response, StreamResponse

from wallserver.counted_together import counted_together
from wallserver.gateway.errors import GatewayError
from wallserver.public.basemap import Basemap
from wallserver.public.events import Events
from wallserver.public.hls import PLAYLISTS, PublicHls
from wallserver.public.limits import Offers
from wallserver.public.pages import Page
from wallserver.public.refusals import (
    Refusal,
    away,
    cut_off,
    not_here,
    not_published,
    not_yet,
    too_many_from_here,
    webrtc_full,
)
from wallserver.public.settings import PublicSettings
from wallserver.public.shown import PublicCamera, Shown
from wallserver.public.stills import KEPT_S, Stills
from wallserver.public.webrtc import MOST_SDP, WebRtc

_SDP, _FRAGMENT = "application/sdp", "application/trickle-ice-sdpfrag"
# Who takes longer to say so little has nothing to say.
_BODY_S = 5.0
_ID, _NAME, _EPOCH, _FILE = r"([0-9a-f]{16})", r"([0-9a-f]{32})", r"([0-9a-f]{32})", r"([a-z0-9.-]{1,80})"

_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors {ancestors}"
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
# The HLS of gateways may be used by any site; this is for the page, and for players that are no browser.
_NOT_FOR_THE_PUBLIC = ("Access-Control-Allow-Origin", "Cross-Origin-Resource-Policy")
_SHORT = {"Cache-Control": "max-age=1"}

type Handler = Callable[[BaseRequest, tuple[str, ...]], Awaitable[StreamResponse]]


class Answers:
    """Every address that there is."""

    def __init__(
        self,
        shown: Shown,
        webrtc: WebRtc | None,
        hls: PublicHls,
        stills: Stills,
        events: Events,
        page: Page | None,
        basemap: Basemap,
        settings: PublicSettings,
    ) -> None:
        self._shown = shown
        self._webrtc = webrtc
        self._hls = hls
        self._stills = stills
        self._events = events
        self._page = page
        self._basemap = basemap
        self._offers = Offers()
        self._proxies = frozenset(map(str, settings.proxies))
        self._embeds = " ".join(settings.embeds) or "'none'"
        routes: tuple[tuple[HTTPMethod, str, Handler], ...] = (
            (HTTPMethod.GET, r"/public/?", self._html),
            (HTTPMethod.GET, rf"/public/c/{_ID}", self._html),
            (HTTPMethod.GET, rf"/public/embed/{_ID}", self._embed),
            (HTTPMethod.GET, r"/assets/([A-Za-z0-9_.-]{1,120})", self._asset),
            (HTTPMethod.GET, r"/public/map/basemap", self._map),
            (HTTPMethod.GET, r"/public/api/cameras", self._cameras),
            (HTTPMethod.GET, rf"/public/api/cameras/{_ID}", self._camera),
            (HTTPMethod.GET, r"/public/events", self._listen),
            (HTTPMethod.POST, rf"/public/whep/{_ID}", self._play),
            (HTTPMethod.PATCH, rf"/public/whep/{_ID}/{_NAME}", self._trickle),
            (HTTPMethod.DELETE, rf"/public/whep/{_ID}/{_NAME}", self._leave),
            (HTTPMethod.GET, rf"/public/hls/{_ID}/({'|'.join(map(re.escape, PLAYLISTS))})", self._playlist),
            (HTTPMethod.GET, rf"/public/live/{_EPOCH}/{_FILE}", self._segment),
            (HTTPMethod.GET, rf"/public/stills/{_ID}\.jpg", self._still),
            (HTTPMethod.GET, rf"/public/gate/{_ID}", self._gate),
            (HTTPMethod.GET, rf"/public/gate/live/{_EPOCH}", self._gate_of_epoch),
        )
        self._routes = [(method, re.compile(path), handler) for method, path, handler in routes]

    async def answer(self, request: BaseRequest) -> StreamResponse:
        """The answer to any request."""
        try:
            response = await self._routed(request)
        except Refusal as refusal:
            response = refusal.response()
        except GatewayError as error:
            response = Refusal(error.code, "Permintaan ini tidak dapat dijawab.", str(error)).response()
        if not response.prepared:
            for name in _NOT_FOR_THE_PUBLIC:
                response.headers.pop(name, None)
            for name, value in (_HEADERS | {"Content-Security-Policy": _POLICY.format(ancestors="'none'")}).items():
                if name not in response.headers:
                    response.headers[name] = value
        return response

    async def _routed(self, request: BaseRequest) -> StreamResponse:
        wanted = HTTPMethod.GET if request.method == "HEAD" else request.method
        allowed = []
        for method, path, handler in self._routes:
            if (found := path.fullmatch(request.path)) is None:
                continue
            if method == wanted:
                return await handler(request, found.groups())
            allowed.append(str(method))
        if allowed:
            return Response(status=405, headers={"Allow": ", ".join(allowed), "Cache-Control": "no-store"})
        raise not_here()

    async def _html(self, _request: BaseRequest, _: tuple[str, ...]) -> Response:
        return self._page_with("'none'")

    async def _embed(self, _request: BaseRequest, _: tuple[str, ...]) -> Response:
        return self._page_with(self._embeds)

    async def _asset(self, _request: BaseRequest, names: tuple[str, ...]) -> Response:
        if self._page is None or (asset := self._page.assets.get(names[0])) is None:
            raise not_here()
        kept = {"Cache-Control": "public, max-age=31536000, immutable"}  # its name holds a hash of it
        return Response(body=asset[0], content_type=asset[1], headers=kept)

    async def _map(self, request: BaseRequest, _: tuple[str, ...]) -> StreamResponse:
        return await self._basemap.piece(request)

    async def _cameras(self, _request: BaseRequest, _: tuple[str, ...]) -> Response:
        if not self._shown.known:
            raise not_yet()
        return Response(body=self._events.cameras_json(), content_type="application/json", headers=_SHORT)

    async def _camera(self, _request: BaseRequest, names: tuple[str, ...]) -> Response:
        body = json.dumps(self._find(names[0]).to_json(), ensure_ascii=False).encode()
        return Response(body=body, content_type="application/json", headers=_SHORT)

    async def _listen(self, request: BaseRequest, _: tuple[str, ...]) -> StreamResponse:
        if not self._shown.known:
            raise not_yet()
        asked = request.query.get("camera", "")
        camera = asked if asked in self._shown.cameras else ""
        return await self._events.serve(request, self._address(request), camera)

    async def _play(self, request: BaseRequest, names: tuple[str, ...]) -> Response:
        address = self._address(request)
        if self._webrtc is None:
            raise webrtc_full()
        if not self._offers.take(address):
            raise too_many_from_here("webrtc")
        camera = self._watchable(names[0])
        offer = await _text(request, _SDP)
        answer = await self._webrtc.open(camera, address, offer)
        headers = {
            "Location": f"/public/whep/{camera.id}/{answer.name}",
            "ETag": f'"{answer.tag}"',
            "Accept-Patch": _FRAGMENT,
            "Cache-Control": "no-store",
        }
        return Response(status=201, headers=headers, body=answer.sdp.encode(), content_type=_SDP)

    async def _trickle(self, request: BaseRequest, names: tuple[str, ...]) -> Response:
        if self._webrtc is None:
            raise not_here()
        if not self._offers.take(self._address(request)):
            raise too_many_from_here("webrtc")
        self._watchable(names[0])
        if_match = request.headers.get("If-Match")
        camera, name = names
        restarted, tag = await self._webrtc.patch(camera, name, await _text(request, _FRAGMENT), if_match)
        if restarted is None:
            return Response(status=204)
        headers = {"ETag": f'"{tag}"', "Cache-Control": "no-store"}
        return Response(headers=headers, body=restarted.encode(), content_type=_FRAGMENT)

    async def _leave(self, _request: BaseRequest, names: tuple[str, ...]) -> Response:
        if self._webrtc is None:
            raise not_here()
        camera, name = names
        await self._webrtc.close(camera, name)
        return Response(status=200)

    async def _playlist(self, request: BaseRequest, names: tuple[str, ...]) -> Response:
        camera = self._watchable(names[0])
        response = await self._hls.playlist(camera, names[1], self._address(request), request)
        self._check_still(camera)
        return response

    async def _segment(self, request: BaseRequest, names: tuple[str, ...]) -> Response:
        epoch, file = names
        response = await self._hls.resource(epoch, file, request)
        if self._hls.of_epoch(epoch) is None:
            raise not_here()
        return response

    async def _still(self, request: BaseRequest, names: tuple[str, ...]) -> Response:
        camera = self._watchable(names[0])
        still = await self._stills.of(camera, self._address(request))
        self._check_still(camera)
        about = {
            "Cache-Control": f"max-age={KEPT_S}",
            "ETag": f'"{still.taken_ms}"',
            "Last-Modified": formatdate(still.taken_ms / 1000, usegmt=True),
        }
        if request.headers.get("If-None-Match") == about["ETag"]:
            return Response(status=304, headers=about)
        return Response(headers=about, body=still.jpeg, content_type="image/jpeg")

    async def _gate(self, _request: BaseRequest, names: tuple[str, ...]) -> Response:
        camera = self._shown.cameras.get(names[0])
        return Response(status=204 if camera is not None and camera.watchable else 403, headers=_SHORT)

    async def _gate_of_epoch(self, _request: BaseRequest, names: tuple[str, ...]) -> Response:
        return Response(status=403 if self._hls.of_epoch(names[0]) is None else 204, headers=_SHORT)

    def _page_with(self, ancestors: str) -> Response:
        if self._page is None:
            raise not_here()
        headers = {"Content-Security-Policy": _POLICY.format(ancestors=ancestors), "Cache-Control": "max-age=60"}
        return Response(body=self._page.html, content_type="text/html", charset="utf-8", headers=headers)

    def _find(self, name: str) -> PublicCamera:
        if not self._shown.known:
            raise not_yet()
        if (camera := self._shown.cameras.get(name)) is None:
            raise not_published()
        return camera

    def _watchable(self, name: str) -> PublicCamera:
        camera = self._find(name)
        if camera.cut is not None:
            raise cut_off(camera.cut[0])
        if not camera.available:
            raise away()
        return camera

    def _check_still(self, camera: PublicCamera) -> None:
        """What was made before it was withdrawn leaves no more, though it was waited for since then. Raises Refusal."""
        if self._watchable(camera.id).era != camera.era:
            raise not_yet()

    def _address(self, request: BaseRequest) -> str:
        """Who is counted. Of what a proxy says only the last address is its own word."""
        peer = request.remote or "-"
        if peer in self._proxies:
            peer = request.headers.getall("X-Forwarded-For", [peer])[-1].rpartition(",")[2].strip()
        return counted_together(peer)


async def _text(request: BaseRequest, content_type: str) -> str:
    """A body of that type. Raises Refusal where it is another, too large, too slow or no text."""
    if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != content_type:
        raise Refusal(415, f"Kirim sebagai {content_type}.", f"Send it as {content_type}.")
    body = bytearray()
    try:
        async with asyncio.timeout(_BODY_S):
            while len(body) <= MOST_SDP and (some := await request.content.readany()):
                body += some
    except TimeoutError:
        raise Refusal(408, "Terlalu lambat.", "Too slow.") from None
    if len(body) > MOST_SDP:
        raise Refusal(413, "Terlalu besar.", f"More than {MOST_SDP} bytes.")
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise Refusal(400, "Bukan teks.", "This is no text.") from None
