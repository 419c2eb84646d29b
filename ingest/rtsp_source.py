"""A camera over RTSP, and what its refusals mean to a person."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, contextmanager
from urllib.parse import urlsplit

from ingest import causes
from ingest.camera_state import LEAST_BOUND_S, State
from ingest.rtsp.errors import ClosedError, PictureTooLargeError, RedirectError, RtspError, StatusError
from ingest.rtsp.session import CodecError, NoVideoError, Session, SilenceError, Target
from ingest.source import Opened, SourceError, SourceSpec, refusal

CONNECT_TIMEOUT_S = 3.0
ANSWER_TIMEOUT_S = 4.5  # what is wrong with a camera is to be on the wall within 5 s
READ_TIMEOUT_S = 4.0

_NO_TRANSPORT = 461

# Codecs that people call otherwise than SDP does.
_NAMES = {"JPEG": "MJPEG", "MP4V-ES": "MPEG-4"}

# The first that fits.
_MEANINGS: tuple[tuple[type[Exception], State, causes.Cause], ...] = (
    (RedirectError, State.UNSUPPORTED, causes.REDIRECTED),
    (NoVideoError, State.UNSUPPORTED, causes.NO_VIDEO),
    (ClosedError, State.UNREACHABLE, causes.ENDED),
    (RtspError, State.UNSUPPORTED, causes.NOT_RTSP),
    (ConnectionRefusedError, State.UNREACHABLE, causes.PORT_CLOSED),
    (ssl.SSLError, State.UNREACHABLE, causes.FAILED),
    (OSError, State.UNREACHABLE, causes.UNREACHABLE),
)


@asynccontextmanager
async def open_rtsp(spec: SourceSpec, address: str) -> AsyncIterator[Opened]:
    """A session with the camera at `address`, bounded in time at every step and torn down at the end.

    Raises SourceError.
    """
    url = urlsplit(spec.url)
    tls = _tls() if url.scheme == "rtsps" else None
    session = Session(Target(spec.url, (address, spec.port), spec.username, spec.password, spec.transport, tls))
    async with AsyncExitStack() as stack:
        stack.callback(session.close)
        with _explained(silent=causes.UNREACHABLE):
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                await session.connect()
        with _explained(silent=causes.NO_REPLY):
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                await session.play()
        video = session.video
        assert video.codec is not None  # noqa: S101 - what the session plays can be taken
        pictures = await stack.enter_async_context(aclosing(session.pictures(READ_TIMEOUT_S)))
        with _explained_while_playing():
            yield Opened(video.codec, video.parameter_sets, pictures, LEAST_BOUND_S, reorders=True)


@contextmanager
def _explained_while_playing() -> Iterator[None]:
    """What ends the pictures, raised in whoever reads them."""
    try:
        yield
    except SilenceError:
        raise SourceError(State.STALE, causes.NO_PICTURES) from None
    except RedirectError:
        raise SourceError(State.UNSUPPORTED, causes.REDIRECTED) from None
    except PictureTooLargeError:
        raise SourceError(State.UNSUPPORTED, causes.PICTURE_TOO_LARGE) from None
    except RtspError:
        # It played: what it says now is no reason to call it no camera. A byte was lost, or it was restarted.
        raise SourceError(State.STALE, causes.ENDED) from None


def _tls() -> ssl.SSLContext:
    """Cameras sign their certificates themselves: the connection is secret, whose it is cannot be known."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@contextmanager
def _explained(silent: causes.Cause) -> Iterator[None]:
    """Turn what goes wrong into a SourceError; `silent` is what it means that nothing comes."""
    try:
        yield
    except (RtspError, OSError) as error:
        raise _meaning(error, silent) from None


def _meaning(error: RtspError | OSError, silent: causes.Cause) -> SourceError:
    match error:
        case StatusError():
            if error.status == _NO_TRANSPORT:
                return SourceError(State.UNSUPPORTED, causes.NO_TRANSPORT)
            return refusal(error.status)
        case CodecError():
            name = _NAMES.get(error.encoding, error.encoding)
            return SourceError(State.UNSUPPORTED, causes.unsupported_codec(name))
        case SilenceError():
            return SourceError(State.STALE, silent)
        case TimeoutError():  # an OSError too, where the network says it
            return SourceError(State.UNREACHABLE, silent)
    return next(SourceError(state, cause) for kind, state, cause in _MEANINGS if isinstance(error, kind))
