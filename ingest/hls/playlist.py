"""Playlists (RFC 8216, 4): what is needed to follow a live one, and no more.

A parser of our own: the library m3u8 takes a minute for a megabyte of keys (measured), and these come from outside.
This one looks at each line once.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import urljoin

from ingest.hls.errors import ElsewhereError, EncryptionError, PlaylistError

MAX_LINE = 8192
# The newest segments of a playlist, which may list a day of them; and the variants of a master playlist.
MAX_SEGMENTS = 64
MAX_VARIANTS = 64
# What a server may make us wait for; without its word, what Apple recommends.
MAX_TARGET_S = 60.0
DEFAULT_TARGET_S = 6.0

# Matched at a position, never searched for: else a long line of letters would be looked at from each of them.
_ATTRIBUTE = re.compile(r'\s*([A-Z0-9-]++)=(?:"([^"]*+)"|([^",]*+))\s*(?:,|$)')
_PAGE = re.compile(r"<(!doctype|html|head|body|\?xml)", re.IGNORECASE)


class ByteRange(NamedTuple):
    """A part of a resource, in bytes."""

    offset: int
    length: int

    @property
    def end(self) -> int:
        """The byte after its last."""
        return self.offset + self.length


@dataclass(frozen=True, slots=True)
class Key:
    """AES-128 (4.3.2.4). Without `iv` (16 bytes) the segment's sequence number is it."""

    url: str = field(repr=False)
    iv: bytes | None


@dataclass(frozen=True, slots=True)
class Resource:
    """Bytes to fetch, and how they are encrypted."""

    url: str = field(repr=False)
    byte_range: ByteRange | None
    key: Key | None


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment of a media playlist. `init`: what stands before it (EXT-X-MAP)."""

    sequence: int
    media: Resource
    init: Resource | None
    duration_s: float
    discontinuity: bool


@dataclass(frozen=True, slots=True)
class Media:
    """A media playlist: its newest segments in their order. `ended`: none will follow."""

    target_s: float
    segments: tuple[Segment, ...]
    ended: bool


@dataclass(frozen=True, slots=True)
class Variant:
    """An alternative of a master playlist. `codecs` (RFC 6381) is empty where it does not say."""

    url: str = field(repr=False)
    bandwidth: int
    codecs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Master:
    """A master playlist."""

    variants: tuple[Variant, ...]


def parse(body: bytes, url: str) -> Master | Media:
    """The playlist that came from `url`. Raises PlaylistError, EncryptionError."""
    text = body.decode("utf-8", "replace").lstrip("\ufeff \r\n\t")
    if not text.startswith("#EXTM3U"):
        raise PlaylistError("not a playlist", page=_PAGE.match(text) is not None)
    reader = _Reader(url)
    for line in text.splitlines():
        if len(line) > MAX_LINE:
            raise PlaylistError("a line without end")
        reader.take(line.strip())
    return reader.result()


class _Reader:
    """Takes line after line. Addresses are made whole in the end, for those that are kept."""

    def __init__(self, url: str) -> None:
        self._base = url
        self._sequence = 0
        self._target_s = DEFAULT_TARGET_S
        self._ended = False
        self._segments: deque[Segment] = deque(maxlen=MAX_SEGMENTS)
        self._variants: list[Variant] = []
        self._is_media = False
        self._next_variant: dict[str, str] | None = None
        # What holds for the segments that follow,
        self._key: Key | None = None
        self._init: Resource | None = None
        # and what holds for the next one only.
        self._range: ByteRange | None = None
        self._duration_s: float | None = None
        self._discontinuity = self._gap = False
        self._range_end = 0  # a range without an offset follows on the one before, which is of the same file

    def take(self, line: str) -> None:
        if not line:
            return
        if line[0] != "#":
            self._resource(line)
            return
        name, _, value = line.partition(":")
        handler = _TAGS.get(name)
        if handler is not None:
            handler(self, value)

    def result(self) -> Master | Media:
        if self._variants and not self._is_media:
            variants = (Variant(self._whole(each.url), each.bandwidth, each.codecs) for each in self._variants)
            return Master(tuple(variants))
        return Media(self._target_s, tuple(self._with_addresses()), self._ended)

    def _with_addresses(self) -> Iterator[Segment]:
        for each in self._segments:
            media, init = self._resolved(each.media), each.init and self._resolved(each.init)
            yield Segment(each.sequence, media, init, each.duration_s, each.discontinuity)

    def _resolved(self, resource: Resource) -> Resource:
        key = resource.key and Key(self._whole(resource.key.url), resource.key.iv)
        return Resource(self._whole(resource.url), resource.byte_range, key)

    def _whole(self, address: str) -> str:
        try:
            return urljoin(self._base, address)
        except ValueError:
            raise ElsewhereError("no address") from None

    def _resource(self, address: str) -> None:
        if self._next_variant is not None:
            if len(self._variants) < MAX_VARIANTS:
                codecs = tuple(codec.strip() for codec in self._next_variant.get("CODECS", "").split(",") if codec)
                bandwidth = _integer(self._next_variant.get("BANDWIDTH", "0"))
                self._variants.append(Variant(address, bandwidth, codecs))
            self._next_variant = None
            return
        if self._duration_s is not None:
            if not self._gap:
                media = Resource(address, self._range, self._key)
                self._segments.append(Segment(self._sequence, media, self._init, self._duration_s, self._discontinuity))
                self._discontinuity = False
            self._range_end = self._range.end if self._range else 0
            self._sequence += 1
        self._range, self._duration_s, self._gap = None, None, False

    def _stream_inf(self, value: str) -> None:
        self._next_variant = _attributes(value)

    def _target_duration(self, value: str) -> None:
        self._is_media = True
        self._target_s = min(MAX_TARGET_S, max(1.0, _decimal(value) or DEFAULT_TARGET_S))

    def _media_sequence(self, value: str) -> None:
        self._sequence = _integer(value)

    def _inf(self, value: str) -> None:
        self._is_media = True
        duration_s = _decimal(value.partition(",")[0])
        self._duration_s = self._target_s if duration_s is None else min(duration_s, MAX_TARGET_S)

    def _byte_range(self, value: str) -> None:
        length, at, offset = value.partition("@")
        self._range = ByteRange(_integer(offset) if at else self._range_end, _integer(length))

    def _map(self, value: str) -> None:
        attributes = _attributes(value)
        if "URI" not in attributes:
            raise PlaylistError("a map without an address")
        byte_range = None
        if "BYTERANGE" in attributes:
            length, _, offset = attributes["BYTERANGE"].partition("@")
            byte_range = ByteRange(_integer(offset or "0"), _integer(length))
        self._init = Resource(attributes["URI"], byte_range, self._key)

    def _key_(self, value: str) -> None:
        attributes = _attributes(value)
        method = attributes.get("METHOD")
        if method == "NONE":
            self._key = None
            return
        if method != "AES-128" or attributes.get("KEYFORMAT", "identity") != "identity" or "URI" not in attributes:
            raise EncryptionError("an encryption that is not known")
        iv = None
        if "IV" in attributes:
            if not re.fullmatch(r"0[xX][0-9a-fA-F]{1,32}", attributes["IV"]):
                raise EncryptionError("no initialization vector")
            iv = int(attributes["IV"], 16).to_bytes(16, "big")
        self._key = Key(attributes["URI"], iv)

    def _discontinuity_(self, _: str) -> None:
        self._discontinuity = True

    def _gap_(self, _: str) -> None:
        self._gap = True

    def _end(self, _: str) -> None:
        self._ended = True


_TAGS = {
    "#EXT-X-STREAM-INF": _Reader._stream_inf,
    "#EXT-X-TARGETDURATION": _Reader._target_duration,
    "#EXT-X-MEDIA-SEQUENCE": _Reader._media_sequence,
    "#EXTINF": _Reader._inf,
    "#EXT-X-BYTERANGE": _Reader._byte_range,
    "#EXT-X-MAP": _Reader._map,
    "#EXT-X-KEY": _Reader._key_,
    "#EXT-X-DISCONTINUITY": _Reader._discontinuity_,
    "#EXT-X-GAP": _Reader._gap_,
    "#EXT-X-ENDLIST": _Reader._end,
}


def _attributes(text: str) -> dict[str, str]:
    """An attribute list (4.2), up to what is none."""
    found: dict[str, str] = {}
    position = 0
    while position < len(text) and (match := _ATTRIBUTE.match(text, position)):
        name, quoted, plain = match.groups()
        found.setdefault(name, plain.strip() if quoted is None else quoted)
        position = match.end()
    return found


def _integer(text: str) -> int:
    """A decimal-integer (4.2). Raises PlaylistError."""
    if not re.fullmatch(r"[0-9]{1,20}", text.strip()):
        raise PlaylistError("no number")
    return int(text)


def _decimal(text: str) -> float | None:
    """A duration in seconds, if it is one."""
    text = text.strip()
    return float(text) if re.fullmatch(r"[0-9]{1,10}(?:\.[0-9]{1,20})?", text) else None
