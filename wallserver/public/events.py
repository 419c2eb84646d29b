"""Server-sent events (HTML Living Standard 9.2): a page is told at once what may be watched, and what no more."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import Counter
from collections.abc import Iterator

from aiohttp.web import BaseRequest, StreamResponse

from wallserver.gateway.hls.server import SEND_S
from wallserver.public.limits import Room
from wallserver.public.refusals import Refusal
from wallserver.public.shown import Shown

MOST, MOST_OF_ONE = 1500, 60
# Proxies hang up on who says nothing for a minute; and a page has to notice that its network went.
_SIGN_OF_LIFE_S = 15.0


class Events:
    """All pages that listen, `most` of them at a time, so that there are connections left for what they show; the
    others ask. `viewers`: how many of them show which camera.
    """

    def __init__(self, shown: Shown, most: int, delay_s: int) -> None:
        self.viewers: Counter[str] = Counter()
        self._shown = shown
        self._delay_s = delay_s
        self._room = Room(min(MOST, most), MOST_OF_ONE, _full, _full)
        self._changed = asyncio.Event()
        self._closed = False
        self._text = b""
        shown.on_change.append(self._tell)

    @property
    def pages(self) -> int:
        """How many listen."""
        return self._room.taken

    def cameras_json(self) -> bytes:
        """All that is published, as pages get it: here, and where they have to ask again and again.

        `dark`: whoever watches it sees no picture of it, or an old one. `delay_s`: how late all pictures are.
        """
        if not self._text:
            shown = self._shown
            cameras = [one.to_json() | {"dark": shown.is_dark(one.id)} for one in shown.cameras.values()]
            said = {"cameras": cameras, "delay_s": self._delay_s}
            self._text = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
        return self._text

    async def serve(self, request: BaseRequest, address: str, camera: str) -> StreamResponse:
        """Tell one page until it goes; `camera`: which one it shows, "" for none. Raises Refusal."""
        with self._room.within(address), self._watching(camera):
            response = StreamResponse(
                headers={
                    "Content-Type": "text/event-stream; charset=utf-8",
                    "Cache-Control": "no-store",
                    "X-Accel-Buffering": "no",  # nginx would wait for more
                }
            )
            await response.prepare(request)
            said = b""
            while not self._closed:
                changed, text = self._changed, self.cameras_json()
                message = b"event: alive\ndata: 1\n\n" if text == said else b"event: cameras\ndata: " + text + b"\n\n"
                try:
                    async with asyncio.timeout(SEND_S):
                        await response.write(message)
                except (TimeoutError, ConnectionError):
                    if request.transport is not None:
                        request.transport.abort()
                    break
                said = text
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_SIGN_OF_LIFE_S):
                        await changed.wait()
            return response

    async def close(self) -> None:
        """Nobody is told anything any more."""
        self._closed = True
        self._tell()

    @contextlib.contextmanager
    def _watching(self, camera: str) -> Iterator[None]:
        self.viewers[camera] += bool(camera)
        try:
            yield
        finally:
            self.viewers[camera] -= bool(camera)
            self.viewers = +self.viewers

    def _tell(self) -> None:
        self._text = b""
        self._changed.set()
        self._changed = asyncio.Event()


def _full() -> Refusal:
    return Refusal(
        503,
        "Terlalu banyak halaman terbuka: halaman ini bertanya sendiri secara berkala.",
        "Too many pages are open: this one asks by itself now and then.",
        retry_s=30,
    )
