"""Receiver reports: what some cameras want to hear, or they hang up (RFC 3550, 6.4.2)."""

from __future__ import annotations

import struct

from ingest.rtsp.rtp import Receiver

_REPORT = struct.Struct("!BBHIIIIIII")
_RECEIVER_REPORT = 201


def receiver_report(own_ssrc: int, receiver: Receiver) -> bytes | None:
    """A report on what was received so far, None where that is nothing."""
    if receiver.ssrc is None:
        return None
    expected = receiver.received + receiver.lost
    fraction = 256 * receiver.lost // expected if expected else 0
    lost = min(255, fraction) << 24 | min(receiver.lost, 0x7FFFFF)
    highest = receiver.highest & 0xFFFFFFFF
    # Version 2 with one block, 32-bit words less one; jitter and the sender's report are not measured.
    return _REPORT.pack(0x81, _RECEIVER_REPORT, 7, own_ssrc, receiver.ssrc, lost, highest, 0, 0, 0)
