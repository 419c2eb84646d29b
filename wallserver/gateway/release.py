"""What aiortc holds of a connection that is not needed, or for longer than it is needed, and is made to let go.

Its objects hold each other, so that they go only when Python looks for cycles, which stops every picture meanwhile; the
memory of OpenSSL and libsrtp behind them Python does not even count. 5,000 viewers that came and went: 274 MB before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from aiortc import RTCRtpTransceiver, RTCSctpTransport
from aiortc.rtcsctptransport import DataChunk, ForwardTsnChunk, ReconfigChunk

from wallserver.gateway.errors import GatewayError

# Reckons how much a sender of pictures may send to us; 1,000 objects for each receiver, of which there is one for each
# slot, and nobody sends. aiortc has None here where it receives audio.
_ESTIMATOR = "_RTCRtpReceiver__remote_bitrate_estimator"
# Repeats of the opening, at worst, and its end (RFC 8832, 5; RFC 6525, 4).
MOST_CHUNKS = 50
_RECEIVE_CHUNK = "_receive_chunk"
_TALK = (DataChunk, ForwardTsnChunk, ReconfigChunk)
_TRANSPORT = ("_ssl", "_rx_srtp", "_tx_srtp")


def expect_nothing(transceiver: RTCRtpTransceiver) -> None:
    """Nothing will ever be received here."""
    setattr(transceiver.receiver, _ESTIMATOR, None)


def expect_few_messages(sctp: RTCSctpTransport, on_excess: Callable[[], None]) -> None:
    """A page says nothing on its data channel but that it opens it. Who says more than MOST_CHUNKS is cut off.

    aiortc keeps what it is told without end: fragments of a message whose last one never comes, streams, gaps.
    """
    receive, left = getattr(sctp, _RECEIVE_CHUNK), MOST_CHUNKS

    async def counted(chunk: Any) -> None:
        nonlocal left
        if isinstance(chunk, _TALK):
            left -= 1
            if left == 0:
                on_excess()
        if left > 0:
            await receive(chunk)

    setattr(sctp, _RECEIVE_CHUNK, counted)


def release(transceivers: Iterable[RTCRtpTransceiver]) -> None:
    """The connection of these has been closed."""
    for transceiver in transceivers:
        vars(transceiver.sender.transport).update(dict.fromkeys(_TRANSPORT))


def check_private_names(transceiver: RTCRtpTransceiver) -> None:
    """Raise GatewayError if this aiortc lacks a name that this module relies on; `transceiver` is any one."""
    transport = transceiver.sender.transport
    missing = [f"RTCDtlsTransport.{name}" for name in _TRANSPORT if not hasattr(transport, name)]
    missing += [] if hasattr(RTCSctpTransport, _RECEIVE_CHUNK) else [f"RTCSctpTransport.{_RECEIVE_CHUNK}"]
    missing += [] if hasattr(transceiver.receiver, _ESTIMATOR) else [f"RTCRtpReceiver.{_ESTIMATOR}"]
    if missing:
        raise GatewayError("this version of aiortc lacks: " + ", ".join(missing))
