"""Where a camera's pictures come from, how FFmpeg is told to fetch them, and what its errors mean to a person.

Nothing here puts a password, an address or FFmpeg's own words into an error: PyAV's exceptions carry the whole URL.
"""

from __future__ import annotations

import errno
import socket
import time
from dataclasses import dataclass, field
from typing import Any, Literal, Self
from urllib.parse import SplitResult, quote, unquote, urlsplit

import av
import av.error
from av.container import InputContainer
from pydantic import BaseModel, ConfigDict, ValidationError

from ingest import causes
from ingest.camera_state import State
from ingest.causes import Cause
from ingest.errors import IngestError

Transport = Literal["tcp", "udp"]
Kind = Literal["rtsp", "hls"]

SCHEMES: dict[Kind, tuple[str, ...]] = {"rtsp": ("rtsp", "rtsps"), "hls": ("http", "https")}
DEFAULT_PORTS = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443}

OPEN_TIMEOUT_S = 5.0
READ_TIMEOUT_S = 4.0
# A segment comes every target duration, and a playlist may be late by one.
READ_TIMEOUT_HLS_S = 20.0
# For FFmpeg's own sockets, shorter than PyAV's bounds, so that its more telling error comes first.
SOCKET_TIMEOUT_US = 3_000_000
REACH_TIMEOUT_S = 1.5


class SourceError(IngestError):
    """A camera could not be pulled: the state it is in, and why in two languages."""

    def __init__(self, state: State, cause: Cause) -> None:
        super().__init__(cause.english)
        self.state = state
        self.cause = cause


class _Answer(BaseModel):
    """What control answers to `req.source.<stream>`."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    url: str
    username: str = ""
    password: str = ""
    transport: Transport = "tcp"
    kind: Kind = "rtsp"


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """One address of one camera. `url` has no credentials in it; ValueError if it has, or is not one of ours."""

    stream: str
    url: str = field(repr=False)
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    transport: Transport = "tcp"
    kind: Kind = "rtsp"

    def __post_init__(self) -> None:
        parts = _split(self.url)
        if parts.scheme not in SCHEMES[self.kind]:
            raise ValueError(f"not an address for {self.kind}: it begins with none of {', '.join(SCHEMES[self.kind])}")
        if not parts.hostname:
            raise ValueError("an address without a host")
        if parts.username is not None or parts.password is not None:
            raise ValueError("credentials belong beside the address, not in it")

    @classmethod
    def from_url(cls, stream: str, url: str, transport: Transport = "tcp") -> Self:
        """A source out of an address as people paste it, credentials inside and all. Raises ValueError."""
        parts = _split(url)
        bare = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
        kind: Kind = "hls" if parts.scheme in SCHEMES["hls"] else "rtsp"
        return cls(stream, bare, unquote(parts.username or ""), unquote(parts.password or ""), transport, kind)

    @classmethod
    def from_answer(cls, stream: str, answer: dict[str, Any]) -> Self:
        """A source out of control's answer. Raises SourceError."""
        if "error" in answer:
            raise SourceError(State.OFF, causes.UNKNOWN_CAMERA)
        try:
            given = _Answer.model_validate(answer)
            return cls(stream, given.url, given.username, given.password, given.transport, given.kind)
        except (ValidationError, ValueError):
            raise SourceError(State.UNSUPPORTED, causes.BAD_ADDRESS) from None

    @property
    def host(self) -> str:
        """The camera's host name or address."""
        return _split(self.url).hostname or ""

    @property
    def port(self) -> int:
        """The camera's port."""
        parts = _split(self.url)
        return parts.port or DEFAULT_PORTS[parts.scheme]


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises where it is none
    except ValueError:
        raise ValueError("not an address") from None
    return parts


def _with_credentials(spec: SourceSpec) -> str:
    """The address as FFmpeg wants it. Made just before opening; never to be logged or kept."""
    if not spec.username:
        return spec.url
    parts = _split(spec.url)
    credentials = f"{quote(spec.username, safe='')}:{quote(spec.password, safe='')}"
    return parts._replace(netloc=f"{credentials}@{parts.netloc}").geturl()


def options(spec: SourceSpec) -> dict[str, str]:
    """FFmpeg's options: only the protocols that this kind of source needs, bounded in time, nothing buffered."""
    if spec.kind == "hls":
        return {
            "protocol_whitelist": "http,https,tcp,tls,crypto",
            "rw_timeout": str(SOCKET_TIMEOUT_US),
            "live_start_index": "-1",  # the live edge: the newest whole segment
            "analyzeduration": "500000",
            "probesize": "500000",
        }
    return {
        "protocol_whitelist": "rtsp,rtsps,rtp,udp,tcp,tls",
        "timeout": str(SOCKET_TIMEOUT_US),  # microseconds; `stimeout` of old is silently ignored
        "rtsp_transport": spec.transport,
        "allowed_media_types": "video",
        # No parser: it would hold each picture until the next one begins (see ingest.assembly), so nothing is probed.
        "fflags": "nobuffer+noparse+nofillin",
        "analyzeduration": "0",
        "probesize": "32",
        # Over UDP packets may overtake one another; the wait is only for a gap.
        "max_delay": "0" if spec.transport == "tcp" else "100000",
        # A keyframe comes in one burst: more than a socket holds by default.
        **({"buffer_size": "1000000"} if spec.transport == "udp" else {}),
    }


def open_source(spec: SourceSpec) -> InputContainer:
    """Open it, bounded in time. Blocks; to be closed by the same thread. Raises SourceError."""
    read_timeout = READ_TIMEOUT_S if spec.kind == "rtsp" else READ_TIMEOUT_HLS_S
    began = time.monotonic()
    try:
        return av.open(
            _with_credentials(spec),
            format=spec.kind,
            options=options(spec),
            timeout=(OPEN_TIMEOUT_S, read_timeout),
        )
    except (av.FFmpegError, OSError, ValueError) as error:
        # The cause is not chained: its text has the password.
        raise _explain(spec, error, time.monotonic() - began) from None


def _explain(spec: SourceSpec, error: Exception, took_s: float) -> SourceError:
    """What an error on opening means. May try to reach the camera to tell a dead one from a dumb one (1.5 s)."""
    match error:
        case av.error.HTTPUnauthorizedError():
            return SourceError(State.REFUSED, causes.WRONG_PASSWORD)
        case av.error.HTTPForbiddenError():
            return SourceError(State.REFUSED, causes.FORBIDDEN)
        case av.error.HTTPClientError():
            return SourceError(State.NOT_FOUND, causes.NOT_FOUND)
        case av.error.HTTPServerError():
            return SourceError(State.UNREACHABLE, causes.SERVER_ERROR)
        case OSError(errno=errno.EPROTONOSUPPORT):  # the server answered 461
            return SourceError(State.UNSUPPORTED, causes.NO_TRANSPORT)
    unreachable = _reach(spec)
    if unreachable is not None:
        return unreachable
    # FFmpeg reports its timeouts as this or that (InvalidDataError, ExitError, TimeoutError, …): the time tells.
    if took_s >= SOCKET_TIMEOUT_US / 1e6 * 0.9:
        return SourceError(State.UNREACHABLE, causes.NO_REPLY)
    if isinstance(error, av.error.InvalidDataError):
        return SourceError(State.UNSUPPORTED, causes.NOT_RTSP if spec.kind == "rtsp" else causes.NO_PLAYLIST)
    return SourceError(State.UNREACHABLE, causes.FAILED)


def _reach(spec: SourceSpec) -> SourceError | None:
    """Why the camera's port cannot be connected to, or None if it can."""
    try:
        socket.create_connection((spec.host, spec.port), timeout=REACH_TIMEOUT_S).close()
    except socket.gaierror:
        return SourceError(State.UNREACHABLE, causes.UNKNOWN_HOST)
    except ConnectionRefusedError:
        return SourceError(State.UNREACHABLE, causes.PORT_CLOSED)
    except OSError:
        return SourceError(State.UNREACHABLE, causes.UNREACHABLE)
    return None
