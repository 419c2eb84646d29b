"""What is changed in aiortc's sender, and that it is still there to be changed."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiortc import RTCPeerConnection, RTCRtpSender
from aiortc.codecs import HEADER_EXTENSIONS
from aiortc.rtcrtpparameters import RTCRtpHeaderExtensionParameters, RTCRtpParameters
from aiortc.rtp import HeaderExtensions, HeaderExtensionsMap, unpack_header_extensions

from wallserver.gateway.errors import GatewayError
from wallserver.gateway.header_extensions import ABS_SEND_TIME_URI, MID_URI, PLAYOUT_DELAY_URI, PacketExtensions
from wallserver.gateway.sender import prepare
from wallserver.gateway.sending import Sending
from wallserver.gateway.stock_sender import WireTimestamps

MID = RTCRtpHeaderExtensionParameters(id=4, uri=MID_URI)
PLAYOUT = RTCRtpHeaderExtensionParameters(id=12, uri=PLAYOUT_DELAY_URI)
SENT_AT = RTCRtpHeaderExtensionParameters(id=3, uri=ABS_SEND_TIME_URI)


@pytest.fixture
async def sender() -> AsyncIterator[RTCRtpSender]:
    connection = RTCPeerConnection()
    yield connection.addTransceiver("video").sender
    await connection.close()


def configured(*offered: RTCRtpHeaderExtensionParameters, playout_ms: tuple[int, int] = (0, 0)) -> PacketExtensions:
    made = PacketExtensions(playout_ms)
    made.configure(RTCRtpParameters(headerExtensions=list(offered), muxId="17"))
    return made


def stock(*offered: RTCRtpHeaderExtensionParameters) -> dict[int, bytes]:
    profile, packed = configured(*offered).set(HeaderExtensions(mid="17"))
    assert len(packed) % 4 == 0
    return dict(unpack_header_extensions(profile, packed))


def ours(extensions: PacketExtensions, now: float = 0.0, *, with_mid: bool = True) -> dict[int, bytes]:
    packed = extensions.packed(now, with_mid=with_mid)
    if not packed:
        return {}
    assert int.from_bytes(packed[2:4], "big") * 4 == len(packed) - 4
    return dict(unpack_header_extensions(int.from_bytes(packed[:2], "big"), packed[4:]))


def test_each_packet_asks_for_no_delay() -> None:
    assert stock(MID, PLAYOUT) == ours(configured(MID, PLAYOUT)) == {4: b"17", 12: b"\0\0\0"}
    assert stock(PLAYOUT) == ours(configured(PLAYOUT)) == {12: b"\0\0\0"}


def test_or_for_as_much_as_the_site_wants() -> None:
    # 12 bits each, in steps of ten milliseconds.
    assert ours(configured(PLAYOUT, playout_ms=(20, 2560))) == {12: b"\x00\x21\x00"}


def test_a_viewer_that_does_not_know_it_is_spared_it() -> None:
    assert stock(MID) == ours(configured(MID)) == {4: b"17"}
    two_bytes = RTCRtpHeaderExtensionParameters(id=40, uri=PLAYOUT_DELAY_URI)
    assert stock(MID, two_bytes) == ours(configured(MID, two_bytes)) == {4: b"17"}
    assert ours(configured()) == {}


def test_the_line_is_named_where_it_is_wanted_and_the_time_of_sending_always() -> None:
    assert ours(configured(MID, SENT_AT), 1.5, with_mid=False) == {3: bytes((0b110, 0, 0))}
    assert ours(configured(MID, SENT_AT), 64.0) == {3: b"\0\0\0", 4: b"17"}


async def test_it_is_ours_where_aiortc_is_as_expected(sender: RTCRtpSender) -> None:
    assert prepare(sender, Sending()).kind == "batched"
    assert prepare(sender, Sending("stock")).kind == "stock"
    prepare(sender, Sending())
    assert [extension.uri for extension in HEADER_EXTENSIONS["video"]].count(PLAYOUT_DELAY_URI) == 1


@pytest.mark.parametrize("name", ["_rtx_ssrc", "_RTCRtpSender__rtx_payload_type", "_RTCRtpSender__rtp_exited"])
async def test_it_is_aiortcs_own_where_it_is_not(sender: RTCRtpSender, name: str) -> None:
    value = vars(sender).pop(name)
    assert prepare(sender, Sending()).kind == "stock"
    vars(sender)[name] = value


async def test_a_transport_that_is_another_one_is_noticed(sender: RTCRtpSender) -> None:
    del vars(sender.transport)["_tx_srtp"]
    assert prepare(sender, Sending()).kind == "stock"


async def test_what_every_sender_needs_is_an_error(sender: RTCRtpSender) -> None:
    value = vars(sender).pop("_RTCRtpSender__rtp_timestamp")
    with pytest.raises(GatewayError, match="__rtp_timestamp"):
        prepare(sender, Sending())
    vars(sender)["_RTCRtpSender__rtp_timestamp"] = value
    vars(sender)["_RTCRtpSender__rtp_header_extensions_map"] = object()
    with pytest.raises(GatewayError, match="HeaderExtensionsMap"):
        prepare(sender, Sending())
    vars(sender)["_RTCRtpSender__rtp_header_extensions_map"] = HeaderExtensionsMap()


async def test_the_timestamp_on_the_wire_is_learnt_from_the_first_packet(sender: RTCRtpSender) -> None:
    wire = WireTimestamps(sender)
    wire.learn(90_000)
    assert wire.on_wire(90_000) is None
    vars(sender)["_RTCRtpSender__rtp_timestamp"] = 2**32 - 10
    wire.learn(90_000)
    assert wire.on_wire(90_000) == 2**32 - 10
    assert wire.on_wire(90_010) == 0
