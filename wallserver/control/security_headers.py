"""Headers that keep a page ours: on every answer, errors and files too."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Video comes by WebRTC, which this does not touch; styles, scripts, pictures and sockets from here alone.
_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:{images}; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'{frames}"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY.format(images="", frames=""),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_EXPOSED = "Location, ETag, Accept-Patch, Accept-Post, Link, WWW-Authenticate, Retry-After"


class SecurityHeaders:
    """ASGI middleware. Answers of the API are not to be kept by anybody either.

    `cors_origins`: the sites whose pages may use /whep and /hls, by bearer token; "*" is every site. Never with
    credentials, so that a browser never sends our cookie along. `panel_sites`: the sites whose pages and pictures a
    display may show.
    """

    def __init__(self, app: ASGIApp, cors_origins: Sequence[str] = ("*",), panel_sites: Sequence[str] = ()) -> None:
        self._app = app
        self._origins = frozenset(cors_origins)
        sites = " ".join(panel_sites)
        policy = _POLICY.format(images=f" {sites}", frames=f"; frame-src {sites}") if sites else ""
        self._of_display = {"Content-Security-Policy": policy} if policy else {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the headers to whatever is answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for_players = scope["path"].startswith(("/whep/", "/hls/"))
                players = self._for_players(Headers(scope=scope)) if for_players else {}
                display = self._of_display if scope["path"] == "/display" else {}
                for name, value in (_HEADERS | display | players).items():
                    headers.setdefault(name, value)
                if not scope["path"].startswith("/assets/"):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, with_headers)

    def _for_players(self, request: Headers) -> dict[str, str]:
        """What lets a page of another site read the answer (Fetch standard, CORS protocol)."""
        if "*" in self._origins:
            return {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": _EXPOSED}
        origin = request.get("origin", "")
        if origin not in self._origins:
            return {"Vary": "Origin"}
        return {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": _EXPOSED, "Vary": "Origin"}
