"""Pictures out of RTP packets: H.264 (RFC 6184) and H.265 (RFC 7798).

A picture ends with the packet that has the marker bit: at once, not when the next one begins, which would be a whole
picture interval later. Where a camera sets the bit inside a picture too, that is seen, and from then on its pictures
end when the timestamp changes. A picture with anything missing is said to be broken.
"""

from __future__ import annotations

from collections.abc import Callable

from ingest import annexb
from ingest.access_unit import Codec
from ingest.annexb import RawPicture
from ingest.rtsp.errors import PictureTooLargeError
from ingest.rtsp.rtp import Packet

# More than a keyframe of 4K needs: fifty sources that never end one must not fill the memory.
MAX_PICTURE_BYTES = 4_000_000
MAX_PICTURE_NALS = 4096
# What each packet costs beside its payload: many small ones must not fill the memory either.
_OVERHEAD_BYTES = 64
_WRAP = 1 << 32
# Types that stand for another form of packet: aggregation and fragments.
_STAP_A, _FU_A = 24, 28
_AP, _FU = 48, 49


def unwrapped(before: int | None, timestamp: int) -> int:
    """The time that 32 bits of it say, in ticks: the nearest to the one before, at first the timestamp itself."""
    if before is None:
        return timestamp
    return before + (timestamp - before + _WRAP // 2) % _WRAP - _WRAP // 2


class Depacketiser:
    """Takes one track's packets in order; calls `on_picture` with each picture when it is whole.

    Its `pts` are the RTP timestamps, unwrapped, in ticks of 90 kHz.
    """

    def __init__(self, codec: Codec, on_picture: Callable[[RawPicture], None]) -> None:
        self._codec = codec
        self._on_picture = on_picture
        self._unpack = self._unpack_h264 if codec is Codec.H264 else self._unpack_h265
        self._nals: list[bytes] = []
        self._fragments: list[bytes] = []
        self._size = 0
        self._broken = False
        self._ticks: int | None = None
        self._timestamp: int | None = None  # what `_ticks` is, as the packet says it
        self._ended: int | None = None  # timestamp of the picture that a marker ended last
        self._trusts_marker = True

    def take(self, packet: Packet, lost: bool) -> None:
        """The next packet; `lost`: some are missing just before it. Raises PictureTooLargeError."""
        _, _, _, timestamp, _, payload = packet
        ticks = self._ticks if timestamp == self._timestamp else unwrapped(self._ticks, timestamp)
        if lost:  # of the picture before, of this one, or of both
            self._broken = True
            self._fragments.clear()
        if ticks != self._ticks:
            self._end()
            self._ticks, self._timestamp = ticks, timestamp
            self._broken = self._broken or lost
        self._size += len(payload) + _OVERHEAD_BYTES
        if self._size > MAX_PICTURE_BYTES or len(self._nals) > MAX_PICTURE_NALS:
            self._forget()  # at once: whoever holds the error holds this too
            raise PictureTooLargeError("a picture without end")
        if payload and not self._unpack(payload):
            self._broken = True
        if self._ended == ticks:
            self._goes_on_after_its_end()
        if packet.marker and self._trusts_marker and self._has_picture():
            self._ended = ticks
            self._end()

    def anew(self) -> None:
        """The next packets are of another source: nothing fits what was before."""
        self._forget()
        self._ticks = self._timestamp = self._ended = None

    def _has_picture(self) -> bool:
        codec = self._codec
        for nal in self._nals:  # noqa: SIM110 - any() makes a generator, for each picture of each camera
            if annexb.is_picture(codec, annexb.nal_type(codec, nal)):
                return True
        return False

    def _goes_on_after_its_end(self) -> None:
        """The same timestamp after a marker: the rest of that picture, or another one with a clock that stands."""
        slices = [nal for nal in self._nals if annexb.is_picture(self._codec, annexb.nal_type(self._codec, nal))]
        if slices and not annexb.begins_picture(self._codec, slices[0]):
            self._trusts_marker = False
            self._broken = True  # its beginning was handed over before
            self._ended = None

    def _end(self) -> None:
        """Hand over what was collected."""
        if self._fragments:
            self._broken = True
        if self._nals:
            self._on_picture(RawPicture(self._ticks, self._nals, self._broken))
            self._broken = False
        self._nals, self._size = [], 0
        self._fragments.clear()

    def _forget(self) -> None:
        self._nals, self._size, self._broken = [], 0, True
        self._fragments.clear()

    def _unpack_h264(self, payload: bytes) -> bool:
        """Collect the NAL units of one packet; whether nothing was missing or unknown (RFC 6184, 5.6 to 5.8)."""
        kind = payload[0] & 0x1F
        if 0 < kind < _STAP_A:
            return self._whole(payload)
        if kind == _STAP_A:
            return self._aggregate(payload, 1)
        if kind == _FU_A and len(payload) > 2:
            indicator, header = payload[0], payload[1]
            return self._fragment(bytes((indicator & 0xE0 | header & 0x1F,)), header, payload[2:])
        return False

    def _unpack_h265(self, payload: bytes) -> bool:
        """The same for RFC 7798, 4.4.1 to 4.4.3."""
        if len(payload) < 3:
            return False
        kind = payload[0] >> 1 & 0x3F
        if kind < _AP:
            return self._whole(payload)
        if kind == _AP:
            return self._aggregate(payload, 2)
        if kind == _FU and len(payload) > 3:
            header = payload[2]
            return self._fragment(bytes((payload[0] & 0x81 | (header & 0x3F) << 1, payload[1])), header, payload[3:])
        return False

    def _whole(self, nal: bytes) -> bool:
        complete = not self._fragments
        self._fragments.clear()
        self._nals.append(nal)
        return complete

    def _aggregate(self, payload: bytes, at: int) -> bool:
        complete = not self._fragments
        self._fragments.clear()
        while at + 2 < len(payload):
            begin = at + 2
            at = begin + (payload[at] << 8 | payload[at + 1])
            if at == begin or at > len(payload) or len(self._nals) > MAX_PICTURE_NALS:
                return False
            self._nals.append(payload[begin:at])
        return complete

    def _fragment(self, nal_header: bytes, header: int, data: bytes) -> bool:
        """One fragment of a NAL unit: bit 7 of `header` says the first, bit 6 the last."""
        complete = True
        if header & 0x80:
            complete = not self._fragments
            self._fragments = [nal_header, data]
        elif self._fragments:
            self._fragments.append(data)
        else:
            return False  # its first fragment is missing
        if header & 0x40:
            self._nals.append(b"".join(self._fragments))
            self._fragments = []
        return complete
