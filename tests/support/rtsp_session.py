"""A session of our RTSP client with a camera, for as long as a test wants."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

from ingest.annexb import RawPicture
from ingest.rtsp.session import Session, Target
from ingest.source import SourceSpec
from tests.support.rtsp_camera import Client, Mode, Request

# Far longer than any test waits.
SILENCE_S = 5.0


@asynccontextmanager
async def playing(
    url: str, username: str = "", password: str = "", *, transport: str = "tcp"
) -> AsyncIterator[Session]:
    """A session that plays, and is closed."""
    spec = SourceSpec("s", url)
    session = Session(Target(url, (spec.host, spec.port), username, password, "udp" if transport == "udp" else "tcp"))
    try:
        await session.connect()
        await session.play()
        yield session
    finally:
        session.close()


async def take(session: Session, count: int) -> list[RawPicture]:
    """So many pictures."""
    async with aclosing(session.pictures(SILENCE_S)) as pictures:
        return [await anext(pictures) for _ in range(count)]


def answering(method: str, headers: dict[str, str], body: bytes = b"", status: str = "200 OK") -> Mode:
    """A camera that answers one method so."""

    async def mode(client: Client, request: Request) -> bool:
        if request.method == method:
            client.answer(request, status, headers, body)
        return request.method == method

    return mode
