"""The last hop of a packet: header, encryption and socket, many packets of one viewer at a time.

Packets are written into one buffer, encrypted where they stand (RFC 3711), and handed on as one message that the
kernel cuts into datagrams (`udp_port`): a fraction of what each costs by itself.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import cache, lru_cache, partial
from itertools import repeat
from typing import Any

from aiortc import RTCDtlsTransport
from pylibsrtp import Session
from pylibsrtp._binding import ffi, lib

from wallserver.gateway.packetise import MAX_PAYLOAD_BYTES, MAX_RUN_PACKETS, Packets

# The most that a header with its extensions and SRTP's longest tag take.
MAX_OVERHEAD_BYTES = 64

# One for the process: what is in it has left before the next one writes.
_SPACE = ffi.new("char[]", MAX_RUN_PACKETS * (MAX_PAYLOAD_BYTES + MAX_OVERHEAD_BYTES))
_VIEW = memoryview(ffi.buffer(_SPACE))
_LENGTHS = ffi.new("int[]", MAX_RUN_PACKETS)
_LENGTHS_VIEW = memoryview(ffi.buffer(_LENGTHS))
_EACH_LENGTH = [_LENGTHS + place for place in range(MAX_RUN_PACKETS)]
# All viewers of a picture have its layout in common.
_LAYOUTS = 256
# What SRTP puts behind each packet: 10 bytes with this profile (RFC 3711, 5.2), 16 with AES-GCM (RFC 7714, 14.2).
_SHORT_TAG = {b"SRTP_AES128_CM_SHA1_80": 10}
_TAG = 16


class Datagrams:
    """The way to one viewer, over the pair of addresses that ICE has chosen (RFC 8445).

    `tag`: what encryption puts behind each packet, in bytes.
    """

    def __init__(self, dtls: RTCDtlsTransport) -> None:
        self._dtls = dtls
        self._session = vars(dtls)["_tx_srtp"]._srtp[0]
        self.tag = _SHORT_TAG.get(vars(dtls)["_ssl"].get_selected_srtp_profile(), _TAG)
        self._pair: Any = None
        self._send: Callable[[memoryview, int, tuple[str, int]], None] = _nowhere
        self._address = ("", 0)

    def send_run(self, packets: Packets, run: tuple[int, int], head: tuple[bytes, int, bytes]) -> int:
        """Send one run of an access unit's packets; their bytes on the wire, 0 where there is no way or no key.

        `head`: what each begins with (version, payload type), the sequence number of the access unit's first packet,
        and what follows the sequence number up to the payload (timestamp, SSRC, extensions). The last packet of the
        access unit gets the marker bit.
        """
        first, end = run
        count = end - first
        if not self._find_way():
            return 0
        begin, sequence, rest = head
        fixed, full, last = 4 + len(rest), len(packets.payloads[first]), len(packets.payloads[end - 1])
        image = packets.spaced(run, fixed, self.tag)
        _VIEW[: len(image)] = image
        size, write = fixed + full + self.tag, _header(len(rest))
        for place in range(count):
            write(_VIEW, place * size, begin, sequence + first + place & 0xFFFF, rest)
        if end == len(packets.payloads):
            _VIEW[(count - 1) * size + 1] |= 0x80
        _LENGTHS_VIEW[: 4 * count] = _lengths(count, fixed + full, fixed + last)
        # In C from packet to packet: a loop of ours takes as long as the encryption.
        if any(map(lib.srtp_protect, repeat(self._session, count), _starts(count, size), _EACH_LENGTH)):
            # Of what libsrtp refuses, with a key that is used up above all, nothing goes out in the clear.
            return 0
        self._send(_VIEW[: len(image)], size, self._address)
        return len(image)

    def send_one(self, packet: bytes) -> bool:
        """Protect and send a packet that is whole but for its encryption; False where there is no way or no key."""
        if not self._find_way():
            return False
        _VIEW[: len(packet)] = packet
        _LENGTHS[0] = len(packet)
        if lib.srtp_protect(self._session, _SPACE, _LENGTHS):
            return False
        size = _LENGTHS[0]
        self._send(_VIEW[:size], size, self._address)
        return True

    def _find_way(self) -> bool:
        """Follow ICE, which may choose another pair at any time; whether there is one."""
        pair = vars(self._dtls.transport)["_connection"]._nominated.get(1)
        if pair is not self._pair:
            self._pair = pair
            if pair is not None:
                self._take(pair)
        return pair is not None

    def _take(self, pair: Any) -> None:
        transport = pair.protocol.transport
        self._address = pair.remote_addr
        # Through a TURN server each datagram has to be wrapped.
        self._send = getattr(transport, "send_segments", None) or partial(_one_by_one, transport.sendto)


def missing_names(dtls: RTCDtlsTransport) -> list[str]:
    """What of aiortc's transports and of pylibsrtp this module relies on and these versions do not have."""
    missing = [f"RTCDtlsTransport.{name}" for name in ("_tx_srtp", "_ssl") if name not in vars(dtls)]
    connection = getattr(dtls.transport, "_connection", None)
    if not isinstance(getattr(connection, "_nominated", None), dict):
        missing.append("RTCIceTransport._connection._nominated")
    if not hasattr(Session(), "_srtp") or not hasattr(lib, "srtp_protect"):
        missing.append("pylibsrtp.Session._srtp, srtp_protect")
    return missing


def _nowhere(_: memoryview, __: int, ___: tuple[str, int]) -> None:
    """Before ICE has found a way."""


def _one_by_one(
    sendto: Callable[[bytes, tuple[str, int]], None], message: memoryview, size: int, address: tuple[str, int]
) -> None:
    for at in range(0, len(message), size):
        sendto(bytes(message[at : at + size]), address)


@cache
def _header(rest: int) -> Callable[[memoryview, int, bytes, int, bytes], None]:
    """Writes a header with so many bytes after its sequence number, at an offset."""
    return struct.Struct(f"!2sH{rest}s").pack_into


@lru_cache(_LAYOUTS)
def _lengths(count: int, full: int, last: int) -> bytes:
    """What libsrtp is told of so many packets: their lengths (int), all but the last one's the same."""
    return struct.pack(f"{count}i", *[full] * (count - 1), last)


@lru_cache(_LAYOUTS)
def _starts(count: int, size: int) -> list[Any]:
    """Where so many packets of that size begin."""
    return [_SPACE + place * size for place in range(count)]
