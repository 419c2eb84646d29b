"""SDPs as cameras write them, and as none should."""

# ruff: noqa: E501 - their lines are as long as they are

from __future__ import annotations

import base64
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.access_unit import Codec
from ingest.rtsp.description import MAX_SETS, Video, parse, resolve

HIKVISION = """v=0
o=- 1109162014219182 1109162014219192 IN IP4 0.0.0.0
s=Media Presentation
e=NONE
b=AS:5100
t=0 0
a=control:rtsp://10.0.0.64:554/Streaming/Channels/101/
m=video 0 RTP/AVP 96
c=IN IP4 0.0.0.0
b=AS:5000
a=recvonly
a=x-dimensions:1920,1080
a=control:rtsp://10.0.0.64:554/Streaming/Channels/101/trackID=1
a=rtpmap:96 H264/90000
a=fmtp:96 profile-level-id=420029; packetization-mode=1; sprop-parameter-sets=Z00AKZpkA8ARPyzUBAQFAAADA+gAAOpg5A==,aO48gA==
m=audio 0 RTP/AVP 8
c=IN IP4 0.0.0.0
b=AS:50
a=recvonly
a=control:rtsp://10.0.0.64:554/Streaming/Channels/101/trackID=2
a=rtpmap:8 PCMA/8000
m=application 0 RTP/AVP 107
c=IN IP4 0.0.0.0
a=recvonly
a=control:rtsp://10.0.0.64:554/Streaming/Channels/101/trackID=3
a=rtpmap:107 vnd.onvif.metadata/90000
a=Media_header:MEDIAINFO=494D4B48010200000400000111710110401F000000FA000000000000000000000000000000000000;
a=appversion:1.0
"""

DAHUA = """v=0
o=- 2252310609 2252310609 IN IP4 0.0.0.0
s=Media Server
c=IN IP4 0.0.0.0
t=0 0
a=control:*
a=packetization-supported:DH
a=rtppayload-supported:DH
a=range:npt=now-
m=video 0 RTP/AVP 98
a=control:trackID=0
a=framerate:15.000000
a=rtpmap:98 H265/90000
a=fmtp:98 profile-id=1;sprop-sps=QgEBAWAAAAMAsAAAAwAAAwBaoAWCAeFja5JFL83BQYFBAAADAAEAAAMADKE=;sprop-pps=RAHA8saNA7NA;sprop-vps=QAEMAf//AWAAAAMAsAAAAwAAAwBarAwAAAMABAAAAwAyqA==
a=recvonly
m=audio 0 RTP/AVP 97
a=control:trackID=1
a=rtpmap:97 MPEG4-GENERIC/48000
a=fmtp:97 streamtype=5;profile-level-id=1;mode=AAC-hbr;sizelength=13;indexlength=3;indexdeltalength=3;config=1188
a=recvonly
m=application 0 RTP/AVP 107
a=control:trackID=4
a=rtpmap:107 vnd.onvif.metadata/90000
a=recvonly
"""

AXIS = """v=0
o=- 18315797286303868614 1 IN IP4 127.0.0.1
s=Session streamed with GStreamer
i=rtsp-server
t=0 0
a=tool:GStreamer
a=type:broadcast
a=range:npt=now-
a=control:rtsp://10.0.0.90/axis-media/media.amp?videocodec=h264&resolution=640x360
m=application 0 RTP/AVP 98
c=IN IP4 0.0.0.0
a=rtpmap:98 vnd.onvif.metadata/90000
a=control:rtsp://10.0.0.90/axis-media/media.amp/stream=1?videocodec=h264&resolution=640x360
m=video 0 RTP/AVP 96
c=IN IP4 0.0.0.0
b=AS:50000
a=rtpmap:96 H264/90000
a=fmtp:96 packetization-mode=1;profile-level-id=4d0029;sprop-parameter-sets=Z00AKeKQCgC3YC3AQEBpB4kRUA==,aO48gA==
a=ts-refclk:local
a=mediaclk:sender
a=control:rtsp://10.0.0.90/axis-media/media.amp/stream=0?videocodec=h264&resolution=640x360
a=framerate:25.000000
"""


def video(text: str) -> Video:
    """The one video track of an SDP."""
    (found,) = parse(text.replace("\n", "\r\n").encode()).videos
    return found


def test_hikvision() -> None:
    found = video(HIKVISION)
    assert (found.payload_type, found.codec) == (96, Codec.H264)
    assert found.control == "rtsp://10.0.0.64:554/Streaming/Channels/101/trackID=1"
    assert [nal[0] & 31 for nal in found.parameter_sets] == [7, 8]


def test_dahua_with_h265() -> None:
    found = video(DAHUA)
    assert (found.payload_type, found.encoding, found.codec, found.control) == (98, "H265", Codec.H265, "trackID=0")
    assert sorted(nal[0] >> 1 for nal in found.parameter_sets) == [32, 33, 34]
    assert parse(DAHUA.encode()).control == "*"


def test_axis_with_the_metadata_first() -> None:
    found = video(AXIS)
    assert (found.payload_type, found.codec, len(found.parameter_sets)) == (96, Codec.H264, 2)
    assert found.control.endswith("stream=0?videocodec=h264&resolution=640x360")


@pytest.mark.parametrize(
    ("lines", "encoding", "codec"),
    [
        ("m=video 0 RTP/AVP 26", "JPEG", Codec.MJPEG),
        ("m=video 0 RTP/AVP 96", "?", None),
        ("m=video 0 RTP/AVP 96\na=rtpmap:97 H264/90000", "?", None),
        ("m=video 0 RTP/AVP 96\na=rtpmap:96 h264/90000", "H264", Codec.H264),
        ("m=video 0 RTP/AVP 96\na=rtpmap:96   HEVC/90000", "HEVC", Codec.H265),
        ("m=video 0 RTP/AVP 96\na=rtpmap:96", "?", None),
        ("m=video 0 RTP/AVP 96\na=rtpmap:96 <b>/90000", "?", None),
        ("m=video 0 RTP/AVP 96\na=rtpmap:96 " + "X" * 5000, "?", None),
    ],
)
def test_the_name_of_the_codec(lines: str, encoding: str, codec: Codec | None) -> None:
    found = video(lines)
    assert (found.encoding, found.codec) == (encoding, codec)


def test_of_several_payload_types_the_one_that_we_can_take() -> None:
    found = video("m=video 0 RTP/AVP 26 97 96\na=rtpmap:97 VP8/90000\na=rtpmap:96 H264/90000")
    assert (found.payload_type, found.codec) == (96, Codec.H264)


def test_every_video_track_is_offered_in_its_order() -> None:
    text = "m=video 0 RTP/AVP 26\na=control:1\nm=audio 0 RTP/AVP 0\nm=video 0 RTP/AVP 34\na=control:2"
    assert [found.control for found in parse(text.encode()).videos] == ["1", "2"]


@pytest.mark.parametrize(
    "text", ["", "nonsense", "m=", "m=video", "m=video 0 RTP/AVP", "m=video 0 RTP/AVP x -1 1234 ²"]
)
def test_no_video(text: str) -> None:
    assert parse(text.encode()).videos == ()


def test_parameter_sets_that_are_nonsense_are_passed_over() -> None:
    good = base64.b64encode(b"\x68\xee\x3c\x80").decode()
    found = video(
        f"m=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\na=fmtp:96 sprop-parameter-sets=,A,=,{good};SPROP-parameter-sets"
    )
    assert found.parameter_sets == (b"\x68\xee\x3c\x80",)


def test_parameter_sets_without_padding_are_understood() -> None:
    found = video("m=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\na=fmtp:96 sprop-parameter-sets=Z00AKQ,aO48gA")
    assert found.parameter_sets == (b"\x67\x4d\x00\x29", b"\x68\xee\x3c\x80")


def test_of_countless_parameter_sets_some_are_taken() -> None:
    text = "m=video 0 RTP/AVP 96\na=rtpmap:96 H265/90000\na=fmtp:96 "
    one = "sprop-sps=" + ",".join(["QgEB"] * 2000)
    (video,) = parse((text + ";".join([one] * 10)).encode()).videos
    assert 0 < len(video.parameter_sets) <= MAX_SETS


def test_many_payload_types_take_no_time() -> None:
    """Each is looked for in every line: without a bound, one camera would stop all others for minutes."""
    body = b"m=video 0 RTP/AVP" + b" 1" * 100_000 + b"\r\n" + b"a=rtpmap:2 x\r\n" * 1900
    began = time.process_time()
    assert [found.encoding for found in parse(body).videos] == ["?"]
    assert time.process_time() - began < 10


@given(st.one_of(st.binary(max_size=500), st.text("mav=video:0RTPAVP96 fmtp;\r\n", max_size=300).map(str.encode)))
def test_nothing_that_a_camera_says_is_an_error(body: bytes) -> None:
    for found in parse(body).videos:
        assert 0 <= found.payload_type <= 999


@pytest.mark.parametrize(
    ("base", "control", "expected"),
    [
        ("rtsp://h/live", "", "rtsp://h/live"),
        ("rtsp://h/live", "*", "rtsp://h/live"),
        ("rtsp://h/live", "track1", "rtsp://h/live/track1"),
        ("rtsp://h/live/", "track1", "rtsp://h/live/track1"),
        ("rtsp://h/live/", "/track1", "rtsp://h/live/track1"),
        ("rtsp://h/live", "rtsp://h/other/track1", "rtsp://h/other/track1"),
        ("rtsp://h/live", "RTSP://h/other", "RTSP://h/other"),
        ("rtsp://h/cam?channel=1&subtype=0", "trackID=0", "rtsp://h/cam?channel=1&subtype=0/trackID=0"),
        ("rtsp://h/cam?channel=1&subtype=0/", "trackID=0", "rtsp://h/cam?channel=1&subtype=0/trackID=0"),
        ("rtsp://[fe80::1]:8554/live", "track1", "rtsp://[fe80::1]:8554/live/track1"),
    ],
)
def test_the_address_of_a_track(base: str, control: str, expected: str) -> None:
    assert resolve(base, control) == expected
