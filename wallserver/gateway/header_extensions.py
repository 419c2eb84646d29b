"""The RTP header extensions of what we send (RFC 8285, one-byte headers), with the ids that the viewer gave them."""

from __future__ import annotations

from aiortc.codecs import HEADER_EXTENSIONS
from aiortc.rtcrtpparameters import RTCRtpHeaderExtensionParameters, RTCRtpParameters
from aiortc.rtp import HeaderExtensions, HeaderExtensionsMap

# https://webrtc.googlesource.com/src/+/refs/heads/main/docs/native-code/rtp-hdrext/
PLAYOUT_DELAY_URI = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay"
ABS_SEND_TIME_URI = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
MID_URI = "urn:ietf:params:rtp-hdrext:sdes:mid"
# What the playout delay is told in.
PLAYOUT_STEP_MS = 10

_PLAYOUT_DELAY_ID = 5
_ONE_BYTE_HEADERS = 0xBEDE


def negotiate_playout_delay() -> None:
    """Have aiortc take the extension where a viewer offers it; once for the process."""
    if all(extension.uri != PLAYOUT_DELAY_URI for extension in HEADER_EXTENSIONS["video"]):
        extension = RTCRtpHeaderExtensionParameters(id=_PLAYOUT_DELAY_ID, uri=PLAYOUT_DELAY_URI)
        HEADER_EXTENSIONS["video"].append(extension)


class PacketExtensions(HeaderExtensionsMap):
    """The extensions of one sender's packets: aiortc's own, and playout-delay.

    `playout_ms`: the least and the most time that a viewer keeps a picture before it shows it; 0, 0 is at once: glass
    to glass 36 → 7 ms on one machine (prototype). Written only if the viewer offered it.
    """

    def __init__(self, playout_ms: tuple[int, int]) -> None:
        super().__init__()
        self._playout_ms = playout_ms
        self._playout_delay = self._send_time_head = self._mid = b""

    def configure(self, parameters: RTCRtpParameters) -> None:
        """Take the ids that the viewer gave the extensions."""
        super().configure(parameters)
        for extension in parameters.headerExtensions:
            if not 1 <= extension.id <= 14:
                continue
            if extension.uri == PLAYOUT_DELAY_URI:
                # RFC 8285, 4.2: id and length − 1 in one byte; then 12 bits each for the least and the most.
                least, most = (ms // PLAYOUT_STEP_MS for ms in self._playout_ms)
                self._playout_delay = bytes((extension.id << 4 | 2,)) + (least << 12 | most).to_bytes(3, "big")
            elif extension.uri == ABS_SEND_TIME_URI:
                self._send_time_head = bytes((extension.id << 4 | 2,))
            elif extension.uri == MID_URI and 1 <= len(parameters.muxId) <= 16:
                self._mid = bytes((extension.id << 4 | len(parameters.muxId) - 1,)) + parameters.muxId.encode()

    def set(self, values: HeaderExtensions) -> tuple[int, bytes]:
        """The profile and the bytes of one packet's extensions, a multiple of four (as aiortc asks for them)."""
        profile, packed = super().set(values)
        if self._playout_delay and profile in (0, _ONE_BYTE_HEADERS):
            return _ONE_BYTE_HEADERS, packed + self._playout_delay
        return profile, packed

    def packed(self, now: float, *, with_mid: bool) -> bytes:
        """All of them for packets that leave at `now` (seconds of any clock), with profile and length; maybe nothing.

        The m-line's name is told with keyframes only (RFC 8843, 15.1 asks for it until it is known).
        """
        parts = self._playout_delay
        if self._send_time_head:  # seconds in 6.18 bits
            parts += self._send_time_head + (int(now * 262_144) & 0xFFFFFF).to_bytes(3, "big")
        if with_mid:
            parts += self._mid
        if not parts:
            return b""
        words = (len(parts) + 3) // 4
        return _ONE_BYTE_HEADERS.to_bytes(2, "big") + words.to_bytes(2, "big") + parts.ljust(4 * words, b"\0")
