"""What a camera says it offers: SDP (RFC 8866), as far as video needs it."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ingest.access_unit import Codec

CODECS = {"H264": Codec.H264, "H265": Codec.H265, "HEVC": Codec.H265, "JPEG": Codec.MJPEG}
# Payload types without an rtpmap (RFC 3551, section 6).
_STATIC = {26: "JPEG", 31: "H261", 32: "MPV", 33: "MP2T", 34: "H263"}
MAX_LINES = 256
# Payload types of one track that are looked at: each is looked for in all of its lines.
MAX_FORMATS = 32
# Parameter sets that are taken: each is read bit by bit.
MAX_SETS = 32


@dataclass(frozen=True, slots=True)
class Video:
    """One video track. `encoding` is its name in capitals, `codec` what we call it, None where we cannot take it."""

    payload_type: int
    encoding: str
    codec: Codec | None
    control: str
    parameter_sets: tuple[bytes, ...]


@dataclass(slots=True)
class _Media:
    kind: str
    formats: list[str]
    attributes: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Description:
    """A whole presentation: `control` of the session, and the video tracks in their order."""

    control: str
    videos: tuple[Video, ...]


def parse(body: bytes) -> Description:
    """Read an SDP; lines that make no sense are passed over."""
    session = _Media("", [])
    media: list[_Media] = []
    for line in body.decode("utf-8", "replace").splitlines()[:MAX_LINES]:
        kind, _, value = line.strip().partition("=")
        if kind == "m":
            words = value.split()
            media.append(_Media(words[0] if words else "", words[3 : 3 + MAX_FORMATS]))
        elif kind == "a":
            name, _, rest = value.partition(":")
            (media[-1] if media else session).attributes.append((name.strip(), rest.strip()))
    videos = tuple(video for each in media if each.kind == "video" for video in _videos(each))
    return Description(_first(session, "control"), videos)


def _videos(media: _Media) -> Iterator[Video]:
    """One for the payload type that we can take, or else the first: a track is set up once."""
    found = [_video(media, int(name)) for name in media.formats if re.fullmatch(r"[0-9]{1,3}", name)]
    if found:
        yield best(found)


def best(videos: Sequence[Video]) -> Video:
    """The first that we can take, Motion JPEG last since it needs ten times as many bits; else the first."""
    return min(videos, key=lambda video: (video.codec is None, video.codec is Codec.MJPEG))


def _video(media: _Media, payload_type: int) -> Video:
    encoding = _STATIC.get(payload_type, "?")
    formats = ""
    for name, value in media.attributes:
        number, _, rest = value.partition(" ")
        if number != str(payload_type):
            continue
        if name == "rtpmap":
            word = rest.strip().split("/")[0].upper()
            encoding = word if re.fullmatch(r"[A-Z0-9._-]{1,20}", word) else "?"  # people are told it
        elif name == "fmtp":
            formats = rest
    codec = CODECS.get(encoding)
    return Video(payload_type, encoding, codec, _first(media, "control"), _parameter_sets(codec, formats))


def _parameter_sets(codec: Codec | None, formats: str) -> tuple[bytes, ...]:
    """sprop-parameter-sets (RFC 6184, 8.1); sprop-vps, -sps, -pps (RFC 7798, 7.1). Nonsense is passed over."""
    names = {"sprop-parameter-sets"} if codec is Codec.H264 else {"sprop-vps", "sprop-sps", "sprop-pps"}
    sets: list[bytes] = []
    for part in formats.split(";"):
        name, _, value = part.strip().partition("=")
        if name.lower() in names:
            for text in value.split(",", MAX_SETS)[:MAX_SETS]:
                try:
                    sets.append(base64.b64decode(text.strip() + "==", validate=False))
                except (binascii.Error, ValueError):
                    continue
    return tuple(nal for nal in sets if nal)[:MAX_SETS]


def _first(media: _Media, name: str) -> str:
    return next((value for known, value in media.attributes if known == name), "")


def resolve(base: str, control: str) -> str:
    """The address of a track or of the whole (RFC 2326, C.1.1), as cameras mean it: appended, not joined."""
    if control in {"", "*"}:
        return base
    if re.match(r"rtsps?://", control, re.IGNORECASE):
        return control
    return base + ("" if base.endswith("/") else "/") + control.lstrip("/")
