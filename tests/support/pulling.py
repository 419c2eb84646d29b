"""One connection to a camera, with an FFmpeg of its own."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager

from ingest.camera_connection import Pulled, pull
from ingest.ffmpeg import Ffmpeg
from ingest.source import Opened, SourceSpec


@asynccontextmanager
async def pulling(
    spec: SourceSpec, on_open: Callable[[Opened], None] = lambda _: None
) -> AsyncIterator[AsyncGenerator[Pulled]]:
    """Its access units; left properly."""
    async with aclosing(Ffmpeg()) as ffmpeg, aclosing(pull(spec, ffmpeg, on_open)) as units:
        yield units
