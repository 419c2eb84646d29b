"""What is changed in aiortc's sender, and that it is still there to be changed."""

from __future__ import annotations

import pytest
from aiortc import RTCPeerConnection
from aiortc.rtcrtpparameters import RTCRtpHeaderExtensionParameters, RTCRtpParameters
from aiortc.rtp import HeaderExtensions, unpack_header_extensions

from wallserver.gateway.errors import GatewayError
from wallserver.gateway.sender import (
    PLAYOUT_DELAY_URI,
    LowDelayExtensions,
    WireTimestamps,
    check_private_names,
)

MID = RTCRtpHeaderExtensionParameters(id=4, uri="urn:ietf:params:rtp-hdrext:sdes:mid")


def extensions(*offered: RTCRtpHeaderExtensionParameters) -> dict[int, bytes]:
    low_delay = LowDelayExtensions()
    low_delay.configure(RTCRtpParameters(headerExtensions=list(offered)))
    profile, packed = low_delay.set(HeaderExtensions(mid="17"))
    assert len(packed) % 4 == 0
    return dict(unpack_header_extensions(profile, packed))


def test_each_packet_asks_for_no_delay() -> None:
    playout = RTCRtpHeaderExtensionParameters(id=12, uri=PLAYOUT_DELAY_URI)
    assert extensions(MID, playout) == {4: b"17", 12: b"\0\0\0"}
    assert extensions(playout) == {12: b"\0\0\0"}


def test_a_viewer_that_does_not_know_it_is_spared_it() -> None:
    assert extensions(MID) == {4: b"17"}
    two_bytes = RTCRtpHeaderExtensionParameters(id=40, uri=PLAYOUT_DELAY_URI)
    assert extensions(MID, two_bytes) == {4: b"17"}


async def test_the_names_of_aiortc_that_are_relied_on_are_there() -> None:
    connection = RTCPeerConnection()
    sender = connection.addTransceiver("video").sender
    check_private_names(sender)
    del vars(sender)["_RTCRtpSender__rtp_timestamp"]
    with pytest.raises(GatewayError, match="__rtp_timestamp"):
        check_private_names(sender)
    await connection.close()


async def test_the_timestamp_on_the_wire_is_learnt_from_the_first_packet() -> None:
    connection = RTCPeerConnection()
    sender = connection.addTransceiver("video").sender
    wire = WireTimestamps(sender)
    wire.learn(None)
    wire.learn(90_000)
    assert wire.on_wire(90_000) is None
    vars(sender)["_RTCRtpSender__rtp_timestamp"] = 2**32 - 10
    wire.learn(90_000)
    assert wire.on_wire(90_000) == 2**32 - 10
    assert wire.on_wire(90_010) == 0
    await connection.close()
