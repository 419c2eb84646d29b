"""Where a camera's pictures come from, and what is said when they do not.

Nothing here puts a password or an address into an error.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any, Literal, Self
from urllib.parse import SplitResult, unquote, urlsplit

from pydantic import BaseModel, ConfigDict, ValidationError

from ingest import causes
from ingest.access_unit import Codec
from ingest.annexb import RawPicture
from ingest.camera_state import State
from ingest.causes import Cause
from ingest.errors import IngestError

Transport = Literal["tcp", "udp"]
Kind = Literal["rtsp", "hls"]

SCHEMES: dict[Kind, tuple[str, ...]] = {"rtsp": ("rtsp", "rtsps"), "hls": ("http", "https")}
DEFAULT_PORTS = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443}
# The code of control's answer that says so; every other error only says that control does not know just now.
NO_SUCH_CAMERA = 404
SWITCHED_OFF = 410
# As RTSP has it (RFC 2326, 7.1.1: not enough bandwidth).
RECORDER_FULL = 453


class SourceError(IngestError):
    """A camera could not be pulled: the state it is in, and why in two languages."""

    def __init__(self, state: State, cause: Cause) -> None:
        super().__init__(cause.english)
        self.state = state
        self.cause = cause


def refusal(status: int) -> SourceError:
    """What a camera's status code says, other than 200 (RFC 2326, 7.1.1; RFC 9110, 15)."""
    if status == 401:
        return SourceError(State.REFUSED, causes.WRONG_PASSWORD)
    if status == 403:
        return SourceError(State.REFUSED, causes.FORBIDDEN)
    if 300 <= status < 400:
        return SourceError(State.UNSUPPORTED, causes.REDIRECTED)
    if 400 <= status < 500:
        return SourceError(State.NOT_FOUND, causes.NOT_FOUND)
    return SourceError(State.UNREACHABLE, causes.SERVER_ERROR)


class _Answer(BaseModel):
    """What control answers to `req.source.<stream>`."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    url: str
    username: str = ""
    password: str = ""
    transport: Transport = "tcp"
    kind: Kind = "rtsp"
    credential: str = ""
    onvif_url: str = ""
    profile: str = ""


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """One address of one camera. `url` has no credentials in it; ValueError if it has, or is not one of ours.

    `credential` is another one for each user name and password, and tells neither; empty where there is none.
    `onvif_url` is the camera's ONVIF device service and `profile` the stream's token there; empty where not known.
    """

    stream: str
    url: str = field(repr=False)
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    transport: Transport = "tcp"
    kind: Kind = "rtsp"
    credential: str = ""
    onvif_url: str = field(default="", repr=False)
    profile: str = ""

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
        """A source out of control's answer. Raises SourceError: CONNECTING where control does not know just now."""
        if (error := answer.get("error")) is not None:
            code = error.get("code") if isinstance(error, dict) else None
            if code == NO_SUCH_CAMERA:
                raise SourceError(State.OFF, causes.UNKNOWN_CAMERA)
            if code == SWITCHED_OFF:
                raise SourceError(State.OFF, causes.SWITCHED_OFF)
            if code == RECORDER_FULL:
                raise SourceError(State.UNREACHABLE, causes.RECORDER_FULL)
            raise SourceError(State.CONNECTING, causes.NO_ANSWER_FROM_CONTROL)
        try:
            given = _Answer.model_validate(answer)
            return cls(stream, **given.model_dump())
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


@dataclass(frozen=True, slots=True)
class Opened:
    """A source that is open: its pictures as they come, and the parameter sets that were said beforehand.

    `least_bound_s`: how long such a source may at least be without a picture. `reorders`: the pictures' times are those
    of showing, so that B-frames make them jump.
    """

    codec: Codec
    parameter_sets: tuple[bytes, ...]
    pictures: AsyncGenerator[RawPicture]
    least_bound_s: float
    reorders: bool


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises where it is none
    except ValueError:
        raise ValueError("not an address") from None
    return parts
