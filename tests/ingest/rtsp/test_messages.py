from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.rtsp import messages
from ingest.rtsp.errors import RtspError
from ingest.rtsp.messages import MAX_BODY_BYTES, MAX_HEAD_BYTES, Message, Splitter, encode
from tests.support.packetiser import interleaved

type Event = Message | tuple[int, bytes]


def split(*chunks: bytes) -> list[Event]:
    """What comes out when these bytes come in."""
    events: list[Event] = []
    splitter = Splitter(lambda channel, packet: events.append((channel, packet)), events.append)
    for chunk in chunks:
        splitter.feed(chunk)
    return events


def message(*chunks: bytes) -> Message:
    """The one message in these bytes."""
    (event,) = split(*chunks)
    assert isinstance(event, Message)
    return event


_WORDS = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 =;-", max_size=20).map(str.strip)
_PACKETS = st.builds(interleaved, st.binary(max_size=300), st.integers(0, 255))


@st.composite
def _messages(draw: st.DrawFn) -> bytes:
    first = draw(st.sampled_from(["RTSP/1.0 200 OK", "RTSP/1.0 404 Not Found", "GET_PARAMETER rtsp://h/x RTSP/1.0"]))
    body = draw(st.binary(max_size=200))
    headers = {f"X-{number}": value for number, value in enumerate(draw(st.lists(_WORDS, max_size=4)))}
    return encode(first, headers | {"Content-Length": str(len(body))}) + body + b"\r\n" * draw(st.integers(0, 2))


@given(
    st.lists(st.one_of(_messages(), _PACKETS), max_size=8).map(b"".join),
    st.lists(st.integers(0, 4000), max_size=12),
)
def test_it_does_not_matter_how_the_bytes_are_cut(stream: bytes, cuts: list[int]) -> None:
    places = [0, *sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]
    assert split(*(stream[begin:end] for begin, end in pairwise(places))) == split(stream)


@given(st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=300)), max_size=8))
def test_packets_come_out_as_they_went_in(packets: list[tuple[int, bytes]]) -> None:
    stream = b"".join(interleaved(packet, channel) for channel, packet in packets)
    assert split(stream) == packets
    assert split(*(stream[at : at + 1] for at in range(len(stream)))) == packets


def test_messages_and_packets_keep_their_order() -> None:
    answer = b"RTSP/1.0 200 OK\r\nContent-Length: 3\r\n\r\n$\0\0"
    events = split(interleaved(b"a") + answer + interleaved(b"b", 1) + answer)
    assert [event if isinstance(event, tuple) else event.body for event in events] == [
        (0, b"a"),
        b"$\0\0",
        (1, b"b"),
        b"$\0\0",
    ]


def test_an_answer() -> None:
    answer = message(b"RTSP/1.0 401 Unauthorized\r\nCSeq: 2\r\nWWW-Authenticate: Basic\r\n\r\n")
    assert answer.is_response
    assert (answer.status, answer.header("cseq"), answer.header("nothing")) == (401, "2", "")


def test_a_request_of_the_server() -> None:
    request = message(b"OPTIONS rtsp://h/x RTSP/1.0\r\nCSeq: 9\r\n\r\n")
    assert not request.is_response
    assert request.method == "OPTIONS"


def test_repeated_headers_are_all_kept_and_the_first_is_the_one() -> None:
    answer = message(b"RTSP/1.0 401 x\r\nWWW-Authenticate: Digest a\r\nwww-authenticate:Basic b\r\n\r\n")
    assert answer.headers["www-authenticate"] == ["Digest a", "Basic b"]
    assert answer.header("www-authenticate") == "Digest a"


def test_a_folded_header_is_one() -> None:
    answer = message(b"RTSP/1.0 200 OK\r\nTransport: RTP/AVP;\r\n unicast;\r\n\tinterleaved=0-1\r\n\r\n")
    assert answer.header("transport") == "RTP/AVP; unicast; interleaved=0-1"


def test_lines_that_are_no_headers_are_passed_over() -> None:
    assert message(b"RTSP/1.0 200 OK\r\n folded under nothing\r\nno colon\r\nCSeq: 1\r\n\r\n").headers == {
        "cseq": ["1"]
    }


def test_line_breaks_between_messages_are_forgiven() -> None:
    """Some cameras send one more after the SDP than its length says."""
    answer = b"RTSP/1.0 200 OK\r\n\r\n"
    events = split(b"\r\n\r\n" + answer + b"\r\n" + interleaved(b"packet") + b"\r\n\r\n" + answer)
    assert [isinstance(event, Message) for event in events] == [True, False, True]


@pytest.mark.parametrize(
    "begin",
    [
        b"\x00\x01\x02\x03",
        b"\xff" * 100,
        b"<!DOCTYPE html>",
        b"220 ftp.example",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\n\r\n",
        b"SSH-2.0-OpenSSH",
        b"A" * 40,
    ],
)
def test_what_is_not_rtsp_is_noticed_at_once(begin: bytes) -> None:
    with pytest.raises(RtspError):
        split(begin)


@pytest.mark.parametrize("word", [b"RTSP/1.0 200 OK\r\n", b"OPTIONS * RTSP/1.0\r\n"])
def test_a_head_that_does_not_end_is_refused_at_its_bound(word: bytes) -> None:
    head = word + b"X: " + b"y" * MAX_HEAD_BYTES
    assert split(head[: MAX_HEAD_BYTES - 1]) == []
    with pytest.raises(RtspError):
        split(head[:MAX_HEAD_BYTES])


@pytest.mark.parametrize(
    "length", ["-1", "1e3", "0x10", "3, 3", "²", str(MAX_BODY_BYTES + 1), "9" * 5000], ids=lambda length: length[:8]
)
def test_an_impossible_length_is_refused(length: str) -> None:
    with pytest.raises(RtspError):
        split(f"RTSP/1.0 200 OK\r\nContent-Length: {length}\r\n\r\n".encode())


def test_the_largest_body_is_taken() -> None:
    body = bytes(MAX_BODY_BYTES)
    assert message(f"RTSP/1.0 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body).body == body


def test_a_body_that_drips_has_its_head_read_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four thousand lines for each byte kept the puller busy for as long as a camera liked."""
    parse, heads = messages._parse, []

    def counting(head: bytes) -> Message:
        heads.append(head)
        return parse(head)

    monkeypatch.setattr(messages, "_parse", counting)
    head = b"RTSP/1.0 200 OK\r\nContent-Length: 300\r\n" + b"a:\r\n" * 3000 + b"\r\n"
    answer = b"RTSP/1.0 200 OK\r\n\r\n"
    body = bytes(300)
    events = split(head, *(body[at : at + 1] for at in range(300)), answer[:5], answer[5:])
    assert [event.body for event in events if isinstance(event, Message)] == [body, b""]
    assert len(heads) == 3


@pytest.mark.parametrize("status", ["", "OK", "20", "²00", "-200", "2" * 5000], ids=lambda status: status[:8])
def test_an_answer_without_a_status_is_none(status: str) -> None:
    answer = message(f"RTSP/1.0 {status}\r\n\r\n".encode())
    with pytest.raises(RtspError):
        _ = answer.status


@pytest.mark.parametrize("value", ["x\r\nInjected: y", "x\ny", "x\ry"])
def test_a_value_that_would_begin_a_line_of_its_own_is_refused(value: str) -> None:
    with pytest.raises(RtspError):
        encode("OPTIONS * RTSP/1.0", {"Session": value})
    with pytest.raises(RtspError):
        encode(f"OPTIONS {value} RTSP/1.0", {})


@given(st.lists(st.binary(max_size=400), max_size=5))
def test_random_bytes_end_in_nothing_worse_than_an_rtsp_error(chunks: list[bytes]) -> None:
    try:
        events = split(*chunks)
    except RtspError:
        return
    assert sum(len(event[1]) for event in events if isinstance(event, tuple)) <= sum(map(len, chunks))
