"""A camera as the rest of the house knows it, and the check of what somebody writes about one."""

from __future__ import annotations

import json
import re
from dataclasses import astuple, dataclass, field
from typing import Annotated, Literal, Self
from urllib.parse import unquote, urlsplit, urlunsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

from ingest.schedule import Risk
from wallserver.plain_words import UnfitError

type Kind = Literal["rtsp", "hls"]
type Transport = Literal["tcp", "udp"]
type Quality = Literal["main", "sub"]

_SCHEMES: dict[str, Kind] = {"rtsp": "rtsp", "rtsps": "rtsp", "http": "hls", "https": "hls"}
_CAMERA_STREAM = re.compile(r"cam\.(?P<camera>[a-z0-9][a-z0-9_-]{0,62})\.(?P<quality>main|sub)")


@dataclass(frozen=True, slots=True)
class CameraSource:
    """Where a camera is, and how to get in. Never in a log: the URLs may hold secrets too.

    `onvif_url`: its ONVIF device service; the profiles are the tokens of its streams there.
    """

    main_url: str = field(repr=False)
    sub_url: str | None = field(default=None, repr=False)
    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    onvif_url: str | None = field(default=None, repr=False)
    main_profile: str | None = None
    sub_profile: str | None = None

    def to_bytes(self) -> bytes:
        """As JSON, to be sealed."""
        return json.dumps(astuple(self)).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """The reverse of `to_bytes`."""
        return cls(*json.loads(data))

    def url(self, quality: Quality) -> str:
        """The address of one of its streams; a camera without a sub stream has its main one for both."""
        return self.sub_url if quality == "sub" and self.sub_url is not None else self.main_url

    def profile(self, quality: Quality) -> str | None:
        """The token of one of its streams in ONVIF, if it is known."""
        return self.sub_profile if quality == "sub" and self.sub_url is not None else self.main_profile


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera, without what is secret about it.

    `max_sessions`: how many streams it can send at a time. `risk`: how much it matters that it is dead. `village`: the
    kelurahan. `latitude`, `longitude`: degrees of WGS 84, both or neither. `provider`: whose line it hangs on.
    `contractor`: who has to keep it working. `streams`: every stream that can be had of it, the largest first.
    """

    id: str
    name: str
    district: str
    lorong: str
    kind: Kind
    transport: Transport
    has_sub: bool
    max_sessions: int
    risk: Risk
    provider: str = ""
    contractor: str = ""
    village: str = ""
    latitude: float | None = None
    longitude: float | None = None
    streams: tuple[str, ...] = field(init=False, repr=False, compare=False)  # thousands of cameras are asked for them

    def __post_init__(self) -> None:
        object.__setattr__(self, "streams", tuple(f"cam.{self.id}.{quality}" for quality in self.qualities))

    @property
    def qualities(self) -> tuple[Quality, ...]:
        """What can be had of it: the main one alone, where it has only that or can send only one at a time."""
        return ("main", "sub") if self.has_sub and self.max_sessions > 1 else ("main",)

    @property
    def main_stream(self) -> str:
        """The stream for large cells."""
        return self.streams[0]

    @property
    def sub_stream(self) -> str:
        """The stream for small cells: the main one where that is the only one."""
        return self.streams[-1]


def camera_of(stream: str) -> tuple[str, Quality] | None:
    """The camera and quality that a camera stream's name says; None for any other stream."""
    match = _CAMERA_STREAM.fullmatch(stream)
    if match is None:
        return None
    return match["camera"], "main" if match["quality"] == "main" else "sub"


def _printable(text: str) -> str:
    if not text.isprintable():
        raise UnfitError("has a character in it that cannot be seen", "berisi huruf yang tidak terlihat")
    return text


type _Words = Annotated[str, StringConstraints(max_length=120, strip_whitespace=True)]
type _Url = Annotated[str, StringConstraints(max_length=2000, strip_whitespace=True)]


class CameraEntry(BaseModel):
    """What a person writes about a camera: a row of a CSV file, an entry of a YAML file."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    id: Annotated[str, StringConstraints(strip_whitespace=True)]
    name: Annotated[str, StringConstraints(min_length=1, max_length=120, strip_whitespace=True)]
    district: _Words = ""
    village: _Words = ""
    lorong: _Words = ""
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    main_url: _Url
    sub_url: _Url | None = None
    transport: Transport = "tcp"
    max_sessions: int = Field(default=2, ge=1, le=100)
    risk: Risk = "green"
    provider: _Words = ""
    contractor: _Words = ""
    username: str | None = Field(default=None, max_length=200, repr=False)
    password: str | None = Field(default=None, max_length=200, repr=False)
    onvif_url: _Url | None = None
    main_profile: _Words | None = None
    sub_profile: _Words | None = None

    @field_validator("id")
    @classmethod
    def _id_can_be_a_subject(cls, value: str) -> str:
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,62}", value):
            raise UnfitError(
                "must be 1 to 63 of a–z, 0–9, - and _, beginning with a letter or digit",
                "harus 1 sampai 63 dari a–z, 0–9, - dan _, diawali huruf atau angka",
            )
        return value

    @field_validator(
        "name",
        "district",
        "village",
        "lorong",
        "provider",
        "contractor",
        "username",
        "password",
        "main_profile",
        "sub_profile",
    )
    @classmethod
    def _can_be_seen(cls, value: str | None) -> str | None:
        return value if value is None else _printable(value)

    @field_validator("main_url", "sub_url")
    @classmethod
    def _url_can_be_pulled(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None:
            return None
        scheme, host = _parts(_printable(value))
        if scheme not in _SCHEMES:
            raise UnfitError(
                "must begin with rtsp://, rtsps://, http:// or https://",
                "harus diawali rtsp://, rtsps://, http:// atau https://",
            )
        if not host:
            raise UnfitError("names no host", "tidak menyebut mesin (host)")
        if info.field_name == "sub_url" and _SCHEMES[scheme] == "hls":
            raise UnfitError(
                "must begin with rtsp:// or rtsps://; an HLS camera has one stream, its main_url",
                "harus diawali rtsp:// atau rtsps://; kamera HLS punya satu aliran, yaitu main_url",
            )
        return value

    @field_validator("onvif_url")
    @classmethod
    def _url_of_a_device_service(cls, value: str | None) -> str | None:
        if value is None:
            return None
        scheme, host = _parts(_printable(value))
        if scheme not in {"http", "https"} or not host:
            raise UnfitError(
                "must be http:// or https:// and the address of the camera's ONVIF device service",
                "harus http:// atau https:// dan alamat layanan ONVIF kamera itu",
            )
        if without_credentials(value)[1] is not None:
            raise UnfitError(
                "must not hold a name or password; they have columns of their own",
                "tidak boleh berisi nama atau kata sandi; ada kolom tersendiri untuk itu",
            )
        return value

    @model_validator(mode="after")
    def _place_is_whole(self) -> Self:
        if (self.latitude is None) != (self.longitude is None):
            raise UnfitError(
                "has only one of latitude and longitude; a place on the map needs both (latitude)",
                "hanya ada salah satu dari lintang dan bujur; tempat di peta perlu keduanya",
            )
        return self

    @model_validator(mode="after")
    def _onvif_is_the_same_device(self) -> Self:
        if self.onvif_url is not None and _parts(self.onvif_url)[1] != _parts(self.main_url)[1]:
            raise UnfitError(
                "must name the same host as main_url (onvif_url)",
                "harus menyebut mesin (host) yang sama dengan main_url",
            )
        return self

    @model_validator(mode="after")
    def _streams_belong_together(self) -> Self:
        if self.sub_url is not None and self.kind == "hls":
            raise UnfitError(
                "must be empty: an HLS camera has one stream, its main_url",
                "harus kosong: kamera HLS punya satu aliran, yaitu main_url",
            )
        if self.sub_url is not None and self.username is None:
            of_main, of_sub = (without_credentials(url)[1:] for url in (self.main_url, self.sub_url))
            if of_sub[0] is not None and of_main[0] is not None and of_sub != of_main:
                raise UnfitError(
                    "has another name or password than main_url; a camera has one of each (sub_url)",
                    "punya nama atau kata sandi lain dari main_url; satu kamera punya satu pasang",
                )
        if self.password is not None and self.username is None:
            raise UnfitError("is there without a username", "diisi tanpa nama pengguna")
        return self

    @property
    def kind(self) -> Kind:
        """What its main URL says."""
        return _SCHEMES[urlsplit(self.main_url).scheme]

    def camera(self) -> Camera:
        """Without its secrets."""
        return Camera(
            id=self.id,
            name=self.name,
            district=self.district,
            lorong=self.lorong,
            kind=self.kind,
            transport=self.transport,
            has_sub=self.sub_url is not None,
            max_sessions=self.max_sessions,
            risk=self.risk,
            provider=self.provider,
            contractor=self.contractor,
            village=self.village,
            latitude=self.latitude,
            longitude=self.longitude,
        )

    def source(self) -> CameraSource:
        """Its secrets; names and passwords in the URLs are taken out of them."""
        url, *credentials = without_credentials(self.main_url)
        sub_url = None
        if self.sub_url is not None:
            sub_url, *of_sub = without_credentials(self.sub_url)
            credentials = credentials if credentials[0] is not None else of_sub
        if self.username is not None:
            credentials = [self.username, self.password]
        username, password = credentials
        return CameraSource(
            url,
            sub_url,
            username,
            password,
            onvif_url=self.onvif_url,
            main_profile=self.main_profile,
            sub_profile=self.sub_profile,
        )


def _parts(url: str) -> tuple[str, str | None]:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises where it is no number
    except ValueError:
        raise UnfitError("is no URL: look at its host and port", "bukan URL: periksa host dan port-nya") from None
    return parts.scheme, parts.hostname


def without_credentials(url: str) -> tuple[str, str | None, str | None]:
    parts = urlsplit(url)
    credentials, at, place = parts.netloc.rpartition("@")
    if not at:
        return url, None, None
    username, _, password = credentials.partition(":")
    return urlunsplit(parts._replace(netloc=place)), unquote(username), unquote(password)
