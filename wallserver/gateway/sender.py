"""What the gateway needs of aiortc's sender beyond its public names: all of it is here, and is checked.

aiortc is pinned exactly. `check_private_names()` runs at the start of the gateway, so that an update that
moves one of these names is a plain error and not a wall that shows the wrong age.
"""

from __future__ import annotations

from collections.abc import Callable

from aiortc import RTCRtpSender, rtcrtpsender, rtp
from aiortc.codecs import HEADER_EXTENSIONS
from aiortc.rtcrtpparameters import RTCRtpHeaderExtensionParameters, RTCRtpParameters
from aiortc.rtp import HeaderExtensions, HeaderExtensionsMap

from wallserver.gateway.addresses import missing_names
from wallserver.gateway.errors import GatewayError

# Called by aiortc on a PLI or FIR; its own only sets a flag that matters where it encodes.
_SEND_KEYFRAME = "_send_keyframe"
# The timestamp of the last packet sent, as in the next sender report.
_RTP_TIMESTAMP = "_RTCRtpSender__rtp_timestamp"
# What writes the header extensions into each packet.
_EXTENSIONS = "_RTCRtpSender__rtp_header_extensions_map"

# Packets kept for a repeat (NACK). At 4 Mbit/s there are 400 a second; aiortc's 128 are a third of a second.
HISTORY_PACKETS = 512

# https://webrtc.googlesource.com/src/+/refs/heads/main/docs/native-code/rtp-hdrext/playout-delay
PLAYOUT_DELAY_URI = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay"
_PLAYOUT_DELAY_ID = 5
_ONE_BYTE_HEADERS = 0xBEDE


class LowDelayExtensions(HeaderExtensionsMap):
    """aiortc's header extensions, and playout-delay 0/0: show each picture as soon as it is decoded.

    Glass to glass 36 → 7 ms on one machine (prototype). Written only if the viewer offered it.
    """

    def __init__(self) -> None:
        super().__init__()
        self._playout_delay = b""

    def configure(self, parameters: RTCRtpParameters) -> None:
        """Take the ids that the viewer gave the extensions."""
        super().configure(parameters)
        for extension in parameters.headerExtensions:
            if extension.uri == PLAYOUT_DELAY_URI and 1 <= extension.id <= 14:
                # RFC 8285 section 4.2: id and length − 1 in one byte, then 12 bits each for the least and
                # most delay.
                self._playout_delay = bytes([extension.id << 4 | 2, 0, 0, 0])

    def set(self, values: HeaderExtensions) -> tuple[int, bytes]:
        """The profile and the bytes of one packet's extensions, a multiple of four."""
        profile, packed = super().set(values)
        if self._playout_delay and profile in (0, _ONE_BYTE_HEADERS):
            return _ONE_BYTE_HEADERS, packed + self._playout_delay
        return profile, packed


class WireTimestamps:
    """Knows the RTP timestamps that really leave a sender: it adds a random origin to those of its track."""

    __slots__ = ("_origin", "_sender")

    def __init__(self, sender: RTCRtpSender) -> None:
        self._sender = sender
        self._origin: int | None = None

    def learn(self, last_stamp: int | None) -> None:
        """Look at the sender once it has sent all packets of `last_stamp`, i.e. when it asks for the next."""
        if self._origin is None and last_stamp is not None:
            sent: int = getattr(self._sender, _RTP_TIMESTAMP)
            # 0 until the first packet; an origin that makes it 0 (1 in 2³²) is learnt one picture later.
            if sent:
                self._origin = (sent - last_stamp) & 0xFFFFFFFF

    def on_wire(self, stamp: int) -> int | None:
        """The 32-bit RTP timestamp under which `stamp` is sent; None until the first picture has left."""
        return None if self._origin is None else (self._origin + stamp) & 0xFFFFFFFF


def prepare_sender(sender: RTCRtpSender, on_keyframe_wanted: Callable[[], None]) -> None:
    """Before negotiation: call `on_keyframe_wanted` at each PLI and FIR, and ask for no delay in each packet."""
    setattr(sender, _SEND_KEYFRAME, on_keyframe_wanted)
    setattr(sender, _EXTENSIONS, LowDelayExtensions())


def prepare_aiortc() -> None:
    """Set what is set once for the process: the extension to negotiate, the length of the packet history."""
    if all(extension.uri != PLAYOUT_DELAY_URI for extension in HEADER_EXTENSIONS["video"]):
        extension = RTCRtpHeaderExtensionParameters(id=_PLAYOUT_DELAY_ID, uri=PLAYOUT_DELAY_URI)
        HEADER_EXTENSIONS["video"].append(extension)
    vars(rtcrtpsender)["RTP_HISTORY_SIZE"] = HISTORY_PACKETS


def check_private_names(sender: RTCRtpSender) -> None:
    """Raise GatewayError if this aiortc or aioice lacks a name that is relied on; `sender` is any sender."""
    missing = missing_names()
    names = (_SEND_KEYFRAME, _RTP_TIMESTAMP, _EXTENSIONS)
    missing += [f"RTCRtpSender.{name}" for name in names if not hasattr(sender, name)]
    if not isinstance(getattr(sender, _EXTENSIONS, None), HeaderExtensionsMap):
        missing.append(f"RTCRtpSender.{_EXTENSIONS}: HeaderExtensionsMap")
    if not hasattr(rtcrtpsender, "RTP_HISTORY_SIZE") or not hasattr(rtp, "RTP_HISTORY_SIZE"):
        missing.append("aiortc.rtcrtpsender.RTP_HISTORY_SIZE")
    if missing:
        raise GatewayError("this version of aiortc or aioice lacks: " + ", ".join(missing))
