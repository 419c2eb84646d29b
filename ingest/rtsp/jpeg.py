"""Pictures out of RTP packets: Motion JPEG (RFC 2435).

Each picture is whole by itself: one that lacks a packet is no picture, and the next one is none the worse.
"""

from __future__ import annotations

from collections.abc import Callable

from ingest import jpeg
from ingest.annexb import RawPicture
from ingest.rtsp.depacketise import MAX_PICTURE_BYTES, unwrapped
from ingest.rtsp.errors import PictureTooLargeError
from ingest.rtsp.rtp import Packet

_HEADER_BYTES = 8
_RESTART_BYTES = 4
# Types with restart markers are those without them and 64; qualities from here on bring tables of their own.
_RESTARTS, _OWN_TABLES, _ALWAYS_NEW_TABLES = 64, 128, 255


class JpegDepacketiser:
    """Takes one track's packets in order; calls `on_picture` with each picture when it is whole: one JPEG.

    Its `pts` are the RTP timestamps, unwrapped, in ticks of 90 kHz.
    """

    def __init__(self, on_picture: Callable[[RawPicture], None]) -> None:
        self._on_picture = on_picture
        self._ticks: int | None = None
        self._parts: list[bytes] | None = None
        self._size = 0
        # The tables that a quality had last: they need not come with each picture.
        self._tables: dict[int, tuple[bytes, ...]] = {}

    def take(self, packet: Packet, lost: bool) -> None:
        """The next packet; `lost`: some are missing just before it. Raises PictureTooLargeError."""
        self._ticks, before = unwrapped(self._ticks, packet.timestamp), self._ticks
        payload = packet.payload
        offset = int.from_bytes(payload[1:4], "big")
        if lost or self._ticks != before or offset == 0:
            self._parts, self._size = ([], 0) if offset == 0 else (None, 0)
        at = _HEADER_BYTES + (_RESTART_BYTES if len(payload) > 4 and payload[4] & _RESTARTS else 0)
        if len(payload) <= at or self._parts is None or offset != self._size:
            self._parts = None
            return
        if offset > MAX_PICTURE_BYTES:
            self._parts = None
            raise PictureTooLargeError("a picture without end")
        if offset == 0 and payload[5] >= _OWN_TABLES:
            at = self._learn_tables(payload, at)
        self._parts.append(payload[at:])
        self._size += len(payload) - at
        if packet.marker:
            self._end(payload)

    def anew(self) -> None:
        """The next packets are of another source: nothing fits what was before."""
        self._ticks = self._parts = None
        self._tables.clear()

    def _learn_tables(self, payload: bytes, at: int) -> int:
        """The tables in front of a picture's first part (RFC 2435, 3.1.8); where that begins."""
        quality, length = payload[5], int.from_bytes(payload[at + 2 : at + 4], "big")
        found = payload[at + 4 : at + 4 + length]
        if payload[at + 1 : at + 2] == b"\x00" and len(found) == length and length in {64, 128}:
            self._tables[quality] = tuple(found[n : n + jpeg.TABLE_BYTES] for n in range(0, length, jpeg.TABLE_BYTES))
        elif length or quality == _ALWAYS_NEW_TABLES:
            self._tables.pop(quality, None)  # of more than eight bits, or cut off
        return at + 4 + length

    def _end(self, payload: bytes) -> None:
        """Hand over what was collected; its last packet says what the first said."""
        scan, self._parts = b"".join(self._parts or ()), None
        kind, quality, width, height = payload[4:8]
        quantisers = self._tables.get(quality) if quality >= _OWN_TABLES else _computed(quality)
        # 0: more than 2,040 pixels, which RFC 2435 has no word for; types above 1 are nobody's.
        if quantisers is None or not (width and height and scan) or kind & ~_RESTARTS > 1:
            return
        made = jpeg.picture(
            width * 8,
            height * 8,
            halved=bool(kind & 1),
            quantisers=quantisers,
            restart_interval=int.from_bytes(payload[8:10], "big") if kind & _RESTARTS else 0,
            scan=scan,
        )
        self._on_picture(RawPicture(self._ticks, [made], broken=False))


def _computed(quality: int) -> tuple[bytes, ...] | None:
    return jpeg.tables(quality) if 1 <= quality <= 99 else None
