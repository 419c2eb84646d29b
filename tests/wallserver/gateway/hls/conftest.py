"""A gateway on a real bus that serves HLS, and a control that says who may watch."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import ClientResponse, ClientSession, DummyCookieJar

from tests.wallserver.gateway.conftest import House, Studio
from tests.wallserver.gateway.pictures import Camera

STREAM = "cam.lorong-7.main"


@dataclass
class Broadcast:
    """One camera on the bus, and HLS of it for the viewer `token:1`. `allowed`: whom control confirms."""

    house: House
    studio: Studio
    http: ClientSession
    index: str
    allowed: set[str] = field(default_factory=lambda: {"token:1"})
    asked: list[Any] = field(default_factory=list)

    @property
    def media(self) -> str:
        """The address of the media playlist."""
        return self.index.replace("index.m3u8", "video.m3u8")

    def beside(self, uri: str) -> str:
        """The address of what a playlist names `../…`."""
        return self.index.rsplit("/", 2)[0] + "/" + uri.removeprefix("../")

    async def confirm(self, _: str, payload: dict[str, Any]) -> dict[str, Any]:
        """What control answers."""
        self.asked.append(payload)
        return {"allowed": [streams if viewer in self.allowed else None for viewer, _, streams in payload["watched"]]}

    async def get(self, url: str, **more: Any) -> ClientResponse:
        """An answer with its body."""
        answer = await self.http.get(url, **more)
        await answer.read()
        return answer

    async def playlist(self, query: str = "") -> str:
        """The media playlist."""
        answer = await self.get(self.media + query)
        assert answer.status == 200
        return await answer.text()


class Later:
    """What `time` is to a module: the monotonic clock, and what a test adds to it. `asked`: how often it was read."""

    def __init__(self) -> None:
        self.ahead = 0.0
        self.asked = 0

    def monotonic(self) -> float:
        self.asked += 1
        return time.monotonic() + self.ahead


async def opened(house: House, stream: str = STREAM, viewer: str = "token:1", target_s: int = 2) -> str:
    """What control asks of a gateway for a viewer: the address of its multivariant playlist."""
    answer = await house.ask("hls", stream=stream, asked=stream, viewer=viewer, target_s=target_s)
    assert "url" in answer, answer
    return str(answer["url"])


@pytest.fixture
async def broadcast(house: House) -> AsyncIterator[Broadcast]:
    """A camera that runs, and a viewer of it."""
    studio = await house.studio(Camera(STREAM))
    studio.run()
    index = await opened(house)
    async with ClientSession(cookie_jar=DummyCookieJar(), auto_decompress=True) as http:
        made = Broadcast(house, studio, http, index)
        await house.control.serve("req.viewers.confirm", made.confirm)
        yield made
