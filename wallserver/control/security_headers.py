"""Headers that keep a page ours: on every answer, errors and files too."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HEADERS = {
    # Video comes by WebRTC, which this does not touch; styles, scripts, pictures and sockets from here alone.
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_EXPOSED = "Location, ETag, Accept-Patch, Accept-Post, Link, WWW-Authenticate, Retry-After"


class SecurityHeaders:
    """ASGI middleware. Answers of the API are not to be kept by anybody either.

    `cors_origins`: the sites whose pages may use /whep and /hls, by bearer token; "*" is every site. Never with
    credentials, so that a browser never sends our cookie along.
    """

    def __init__(self, app: ASGIApp, cors_origins: Sequence[str] = ("*",)) -> None:
        self._app = app
        self._origins = frozenset(cors_origins)

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
                for name, value in (_HEADERS | players).items():
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
