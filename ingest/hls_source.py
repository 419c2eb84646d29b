"""A camera over HLS, and what its refusals mean to a person. Pictures come at their own pace."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, contextmanager
from functools import partial

import aiohttp

from ingest import causes
from ingest.annexb import RawPicture
from ingest.camera_state import State, least_bound_hls_s
from ingest.ffmpeg import Ffmpeg
from ingest.hls.errors import (
    ChangedError,
    CodecError,
    ElsewhereError,
    EncryptionError,
    EndedError,
    HlsError,
    MediaError,
    NoSegmentError,
    PlaylistError,
    RedirectError,
    StatusError,
    TooLargeError,
)
from ingest.hls.session import Session
from ingest.pacing import paced
from ingest.source import Opened, SourceError, SourceSpec, refusal

# The first that fits.
_MEANINGS: tuple[tuple[type[Exception], State, causes.Cause], ...] = (
    (RedirectError, State.UNSUPPORTED, causes.REDIRECTED),
    (ElsewhereError, State.UNSUPPORTED, causes.ELSEWHERE),
    (TooLargeError, State.UNSUPPORTED, causes.TOO_LARGE),
    (PlaylistError, State.UNSUPPORTED, causes.NO_PLAYLIST),
    (EncryptionError, State.UNSUPPORTED, causes.ENCRYPTED),
    (NoSegmentError, State.STALE, causes.NO_FIRST_PICTURE),
    (MediaError, State.UNSUPPORTED, causes.NO_VIDEO),
    (ChangedError, State.STALE, causes.ENDED),
    (EndedError, State.STALE, causes.FINISHED),
    (socket.gaierror, State.UNREACHABLE, causes.UNKNOWN_HOST),
    (aiohttp.ClientSSLError, State.UNSUPPORTED, causes.BAD_CERTIFICATE),
    (ssl.SSLError, State.UNSUPPORTED, causes.BAD_CERTIFICATE),
    (aiohttp.ConnectionTimeoutError, State.UNREACHABLE, causes.UNREACHABLE),
    (TimeoutError, State.UNREACHABLE, causes.NO_REPLY),
    (aiohttp.ClientConnectorError, State.UNREACHABLE, causes.UNREACHABLE),
    (aiohttp.ServerDisconnectedError, State.UNREACHABLE, causes.ENDED),
    (aiohttp.ClientOSError, State.UNREACHABLE, causes.ENDED),
)


@asynccontextmanager
async def open_hls(spec: SourceSpec, address: str, ffmpeg: Ffmpeg) -> AsyncIterator[Opened]:
    """The live edge of a playlist; the camera's host is at `address`. Raises SourceError."""
    async with AsyncExitStack() as stack:
        with _explained():
            demux = partial(ffmpeg.demux, spec.stream)
            session = Session(spec.url, address, spec.username, spec.password, demux)
            stack.push_async_callback(session.close)
            await session.open()
        pictures = await stack.enter_async_context(aclosing(_pictures(session)))
        due = await stack.enter_async_context(aclosing(paced(pictures)))
        bound_s = least_bound_hls_s(session.target_duration_s)
        yield Opened(session.codec, session.parameter_sets, due, bound_s, reorders=False)


async def _pictures(session: Session) -> AsyncGenerator[RawPicture]:
    with _explained():
        async with aclosing(session.pictures()) as pictures:
            async for picture in pictures:
                yield picture


@contextmanager
def _explained() -> Iterator[None]:
    """Turn what goes wrong into a SourceError. The cause is not chained: its text may have an address with a token."""
    try:
        yield
    except (HlsError, OSError, aiohttp.ClientError) as error:
        raise _meaning(error) from None


def _meaning(error: HlsError | OSError | aiohttp.ClientError) -> SourceError:
    match error:
        case StatusError():
            return refusal(error.status)
        case CodecError():
            return SourceError(State.UNSUPPORTED, causes.unsupported_codec(error.encoding))
        case PlaylistError(page=True):
            return SourceError(State.UNSUPPORTED, causes.WEB_PAGE)
        case aiohttp.ClientConnectorError(errno=errno.ECONNREFUSED):
            return SourceError(State.UNREACHABLE, causes.PORT_CLOSED)
    for kind, state, cause in _MEANINGS:
        if isinstance(error, kind):
            return SourceError(state, cause)
    return SourceError(State.UNREACHABLE, causes.FAILED)
