"""Offers are measured before aiortc sees them."""

from __future__ import annotations

import re

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection
from aiortc.sdp import H264Level

from tests.wallserver.gateway.pictures import Camera
from wallserver.gateway.errors import OfferError
from wallserver.gateway.sdp import MAX_BYTES, fit_level, level_of, read_fragment, read_offer

PASSWORD = "P2uYro0UCOQ4zxjKXaWCBui1"


async def offer_of(*kinds: str, channel: bool = False) -> str:
    viewer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    for kind in kinds:
        viewer.addTransceiver(kind, direction="recvonly")
    if channel:
        viewer.createDataChannel("cells")
    sdp = (await viewer.createOffer()).sdp
    await viewer.close()
    return sdp


async def test_counts_the_video_lines() -> None:
    assert read_offer(await offer_of("video", "audio", "video", channel=True)).video_lines == 2


async def test_leaves_out_names_tcp_and_the_end_of_candidates() -> None:
    sdp = await offer_of("video")
    kept = "a=candidate:1 1 udp 2122260223 192.0.2.7 40000 typ host"
    more = (
        kept,
        "a=candidate:2 1 udp 2122260222 0d5d2a5a-3f1c-4a52-8f13-2f3a7ed1c0aa.local 40001 typ host",
        "a=candidate:4 2 udp 2122260221 192.0.2.7 40002 typ host",
        "a=candidate:3 1 tcp 1518280447 192.0.2.7 9 typ host tcptype active",
        "a=end-of-candidates",
    )
    text = read_offer(sdp + "\r\n".join(more) + "\r\n").text
    assert [line for line in text.splitlines() if "candidate" in line] == [kept]


async def test_h264_without_parameters_is_taken_to_mean_fragments() -> None:
    sdp = await offer_of("video", "video")
    first, second = re.split(r"(?=^m=)", sdp, flags=re.MULTILINE)[1:]
    bare = re.sub(r"a=fmtp:\d+ .*packetization-mode.*\r\n", "", second)
    text = read_offer(sdp.replace(second, bare)).text
    assert text.count("packetization-mode=1\r\n") == bare.count(" H264/90000")
    assert first in text
    assert read_offer(sdp).text == sdp


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        (lambda sdp: sdp + "a=x\r\n" * (MAX_BYTES // 5), 413, "larger than"),
        (lambda sdp: "x" * 1_000_000, 413, "larger than"),
        (lambda sdp: "", 400, "not an SDP offer"),
        (lambda sdp: "<html>", 400, "not an SDP offer"),
        (lambda sdp: sdp + "a=x\r\n" * 500, 413, "more than"),
        (lambda sdp: sdp + "a=rtpmap:nonsense\r\n", 400, "cannot be read"),
        (lambda sdp: sdp + "m=\r\n", 400, "cannot be read"),
        (lambda sdp: sdp.replace("recvonly", "sendonly"), 422, "recvonly"),
        (lambda sdp: sdp.replace("H264", "H265"), 422, "no H.264"),
        (lambda sdp: sdp.replace("a=mid:0\r\n", ""), 422, "a=mid"),
        (lambda sdp: sdp.replace("a=group:BUNDLE 0 1", "a=group:BUNDLE 1 0"), 422, "BUNDLE"),
        (lambda sdp: sdp.replace("a=group", "a=x-group"), 422, "BUNDLE"),
        (lambda sdp: sdp.replace("a=fingerprint", "a=x-fingerprint"), 422, "fingerprint"),
        (lambda sdp: sdp.replace("m=video", "m=image"), 422, "neither video"),
    ],
)
async def test_refuses_in_a_plain_sentence(change, code, words) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(OfferError, match=words) as refused:
        read_offer(change(await offer_of("video", "video")))
    assert refused.value.code == code


async def test_refuses_an_offer_without_video() -> None:
    with pytest.raises(OfferError, match="asks for no video"):
        read_offer(await offer_of("audio", channel=True))


async def test_refuses_65_videos() -> None:
    with pytest.raises(OfferError, match="at most 64"):
        read_offer(await offer_of(*["video"] * 65))


def test_the_level_is_that_of_the_stream() -> None:
    small = Camera("cam.a.sub", (320, 180)).unit().data
    large = Camera("mosaic.a", (1920, 1080)).unit().data
    assert level_of(small) == H264Level.LEVEL3_1
    assert H264Level.LEVEL3_1 < level_of(large) <= H264Level.LEVEL4_2
    assert level_of(b"\0\0\0\1\x65no parameter set") == H264Level.LEVEL5_1
    answer = "a=fmtp:97 packetization-mode=1;profile-level-id=42e01f\r\na=fmtp:99 profile-level-id=42001f\r\n"
    assert fit_level(answer, H264Level.LEVEL5_1) == answer.replace("1f", "33")


def test_a_fragment_is_read() -> None:
    fragment = read_fragment(
        f"a=ice-ufrag:EsAw\r\na=ice-pwd:{PASSWORD}\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\n"
        "a=candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host generation 0\r\na=end-of-candidates\r\n"
    )
    assert (fragment.ufrag, fragment.password) == ("EsAw", PASSWORD)
    assert [(found.ip, found.port) for found in fragment.candidates] == [("192.0.2.1", 61764)]
    with pytest.raises(OfferError, match="cannot be read"):
        read_fragment("a=candidate:1 1 udp many 192.0.2.1 61764 typ host\r\n")


async def test_an_offer_of_many_sections_or_lines_is_refused_before_it_is_parsed() -> None:
    sdp = await offer_of("video")
    head, section = sdp.split("m=", 1)
    with pytest.raises(OfferError, match="more than 66 sections"):
        read_offer(head + f"m={section}" * 67)
    with pytest.raises(OfferError, match="more than 7000 lines"):
        read_offer(sdp + "a=x\r\n" * 7000)
