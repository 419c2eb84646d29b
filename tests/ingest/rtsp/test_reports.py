from __future__ import annotations

import struct

from ingest.rtsp.reports import receiver_report
from ingest.rtsp.rtp import Receiver
from tests.support.packetiser import PAYLOAD_TYPE, rtp


def receiver() -> Receiver:
    return Receiver(PAYLOAD_TYPE, lambda _packet, _lost: None, lambda: None, reorders=False)


def test_no_report_on_nothing() -> None:
    assert receiver_report(1, receiver()) is None


def test_the_layout_of_rfc_3550() -> None:
    """Section 6.4.2: a header of two words with the own SSRC, one block of six words."""
    source = receiver()
    for sequence in (65533, 65534, 65535, 65538):
        source.take(rtp(b"x", sequence=sequence, ssrc=0xDEADBEEF), 0.0)
    report = receiver_report(0x01020304, source)
    assert report is not None
    first, kind, length, own, about, fraction, *lost, highest, jitter, last, delay = struct.unpack(
        "!BBHIIB3BIIII", report
    )
    assert (first >> 6, first >> 5 & 1, first & 0x1F) == (2, 0, 1)  # version, padding, count of blocks
    assert (kind, (length + 1) * 4) == (201, len(report))
    assert (own, about) == (0x01020304, 0xDEADBEEF)
    assert (fraction, lost) == (256 * 2 // 6, [0, 0, 2])
    assert highest == 1 << 16 | 2  # one wrap, and the last sequence number
    assert (jitter, last, delay) == (0, 0, 0)


def test_numbers_that_do_not_fit_are_cut() -> None:
    source = receiver()
    source.take(rtp(b"x"), 0.0)
    source.lost = 1 << 40
    source.highest = (1 << 40) + 5
    report = receiver_report(1, source)
    assert report is not None
    assert report[12:20] == b"\xff\x7f\xff\xff" + (5).to_bytes(4, "big")
