"""RTSP cameras whose answers, or descriptions of what they send, are malformed (RFC 2326, RFC 8866)."""

from __future__ import annotations

import base64
import random
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager

from ingest.access_unit import Codec
from tests.support.malformed import golomb, spoil
from tests.support.malformed.recordings import description, parameter_sets, recorded, without_parameter_sets
from tests.support.packetiser import RtpStream, interleaved
from tests.support.rtsp_camera import SESSION, Client, Mode, Request, rtsp_camera

# At least, between two pictures; more where they are larger than a camera's network would carry.
_EVERY_S = 1 / 25
_BYTES_PER_S = 250_000
_STATUSES = (
    *("100 Continue", "199 x", "201 Created", "250 Low on Storage", "300 x", "304 Not Modified", "404 Not Found"),
    *("451 Parameter Not Understood", "454 Session Not Found", "455 x", "500 x", "551 x", "999 x", "20 OK", "-1 x"),
)
_HEADERS = (
    *("CSeq: -1", "CSeq: 99999999999999999999", "CSeq:", "CSeq: x", "Content-Length: -1", "Content-Length: +5"),
    *(
        "Content-Length: 1e3",
        "Content-Length: ٣",
        "Content-Length: 0",
        "Content-Length: 262145",
        "Content-Length: 9999",
    ),
    *("Session:", "Session: x;timeout=0", "Session: 1;timeout=99999", "Session: a b\0c", "Session: " + "s" * 15_000),
    *(
        "Session: \u0085\n",
        "Session: ;;;;timeout=;",
        "Session: 4711;timeout=٣٣",
        "Transport:",
        "Transport: interleaved=1-0",
    ),
    *(
        "Transport: RTP/AVP/TCP;interleaved=254-255",
        "Transport: RTP/AVP/TCP;interleaved=255-256",
        "Transport: interleaved=",
    ),
    *("Transport: RTP/AVP/TCP;interleaved=7-8", "Transport: RTP/AVP;multicast;destination=239.0.0.1;port=1-2;ttl=127"),
    *("Transport: RTP/AVP;client_port=1-2;server_port=0-0", "Transport: RTP/AVP/TCP;interleaved=-1", "Public: \0"),
    *("Content-Base: rtsp://[::1", "Content-Base: http://127.0.0.1/", "Content-Base: rtsp://x:y@10.0.0.1:99999/"),
    *("Content-Base: rtsp://" + "a" * 9000, "Content-Base: rtsp://a b/\u202e", "Content-Location: //", "Location: /x"),
    *("Content-Encoding: gzip", "Transfer-Encoding: chunked", "Connection: close", ": no name", " folded", "no colon"),
    *("X" * 9000 + ": y", "X: " + "y" * 16_384, "\udcff\udcfe: \udc80", "\r\n".join(f"X-{n}: y" for n in range(900))),
)
_SDP_LINES = (
    *(
        "m=",
        "m=video",
        "m=video -1 RTP/AVP 96",
        "m=video 65536/2 RTP/AVP 96",
        "m=video 0 RTP/SAVP 96",
        "m=audio 0 RTP/AVP 96",
    ),
    *("m=video 0 RTP/AVP", "m=video 0 RTP/AVP 128 999 -1 x 96", "m=video 0 RTP/AVP " + " ".join(map(str, range(128)))),
    *(
        "m=application 0 RTP/AVP 96",
        "m=video 0 RTP/AVP 33",
        "m=video 0 RTP/AVP ٣",
        "a=rtpmap:96",
        "a=rtpmap:96 /",
        "a=rtpmap",
    ),
    *(
        "a=rtpmap:96 H264/0",
        "a=rtpmap:96 H264/-1",
        "a=rtpmap:96 H264/1",
        "a=rtpmap:96 H265/90000",
        "a=rtpmap:96 H264/90000",
    ),
    *(
        "a=rtpmap:96 AV1/90000",
        "a=rtpmap:96 <b>/90000",
        "a=rtpmap:96 " + "H" * 9000,
        "a=rtpmap:-1 H264/90000",
        "a=fmtp:96",
    ),
    *(
        "a=fmtp:96 packetization-mode=2;sprop-interleaving-depth=65535",
        "a=fmtp:96 sprop-max-don-diff=32767;tx-mode=MRST",
    ),
    *(
        "a=fmtp:96 sprop-parameter-sets=,,,,",
        "a=fmtp:96 sprop-parameter-sets==",
        "a=fmtp:96 sprop-parameter-sets=Z0IAKQ",
    ),
    *(
        "a=fmtp:96 sprop-parameter-sets=" + "Z0IAKQ," * 20_000,
        "a=fmtp:96 sprop-sps=" + "A" * 200_000,
        "a=fmtp:96 " + ";" * 9000,
    ),
    *(
        "a=control:rtsp://[::1",
        "a=control:rtsp://10.0.0.1:99999/x",
        "a=control:" + "../" * 2000,
        "a=control:a b HTTP/1.1",
    ),
    *(
        "a=control:\x0bx",
        "a=control:http://127.0.0.1/",
        "a=control:\udcff",
        "a=control:",
        "c=IN IP4 239.255.0.1/127",
        "c=\0",
    ),
    *(
        "b=AS:-1",
        "a=framerate:1e309",
        "a=x-dimensions:0,99999999",
        "a=key-mgmt:mikey AAAA",
        "v=99",
        "a=charset:utf-16",
        "==",
    ),
    *("\r\n".join(["a=x:y"] * 300), "\r\n".join(["m=video 0 RTP/AVP 96"] * 200)),
)
_CHALLENGES = (
    *('Digest realm="camera", nonce="4f"', 'Digest realm="x", nonce="y", qop="auth-int", algorithm=MD5-sess'),
    *("Negotiate", 'Basic realm="camera"', 'Digest realm="é", nonce="\\"", opaque=,,,algorithm=SHA-512'),
)


@asynccontextmanager
async def serve_answers(chance: random.Random, host: str) -> AsyncIterator[str]:
    """One or some of the answers are malformed, in the same way at each connection, and the rest is as it should be."""
    spoilt = {name: chance.randrange(1 << 30) for name in chance.sample(_METHODS, chance.choice([1, 1, 2, 4]))}
    body, writes = description(Codec.H264), packed(Codec.H264, recorded(Codec.H264))

    async def mode(client: Client, request: Request) -> bool:
        said = _answer(request, body)
        if request.method in spoilt:
            said = _malformed(random.Random(spoilt[request.method]), request, said)
        client.say(said)
        if request.method == "PLAY":
            client.play_bytes(writes, _pace(writes))
        return True

    async with rtsp_camera(mode, host) as camera:
        yield camera.url


@asynccontextmanager
async def serve_description(chance: random.Random, host: str) -> AsyncIterator[str]:
    """A malformed description with the pictures that it should describe; of half, parameter sets are only there."""
    codec = chance.choice([Codec.H264, Codec.H265])
    pictures = recorded(codec) if chance.random() < 0.5 else without_parameter_sets(codec)
    body = description(codec)
    body = spoil.lines(chance, body, _sdp_lines(chance, codec)) if chance.random() < 0.6 else spoil.text(chance, body)
    async with rtsp_camera(camera_sending(body, packed(codec, pictures)), host) as camera:
        yield camera.url


def camera_sending(body: bytes, writes: Sequence[bytes]) -> Mode:
    """A camera that offers `body`, and then writes what it writes, again and again."""

    async def mode(client: Client, request: Request) -> bool:
        client.say(_answer(request, body))
        if request.method == "PLAY":
            client.play_bytes(writes, _pace(writes))
        return True

    return mode


def _pace(writes: Sequence[bytes]) -> float:
    return max(_EVERY_S, sum(map(len, writes)) / len(writes) / _BYTES_PER_S)


def packed(codec: Codec, pictures: Iterable[bytes]) -> list[bytes]:
    """Access units as they go over the connection, one write for each."""
    stream = RtpStream(codec)
    return [b"".join(map(interleaved, stream.picture(picture))) for picture in pictures]


_METHODS = ("OPTIONS", "DESCRIBE", "SETUP", "PLAY")


def _answer(request: Request, body: bytes) -> bytes:
    """As a common camera has it."""
    lines = ["RTSP/1.0 200 OK", f"CSeq: {request.headers.get('cseq', '')}", "Date: Mon, Nov 23 2026 04:05:06 GMT"]
    match request.method:
        case "OPTIONS":
            lines.append("Public: OPTIONS, DESCRIBE, PLAY, PAUSE, SETUP, TEARDOWN, SET_PARAMETER, GET_PARAMETER")
        case "DESCRIBE":
            lines += ["Content-Type: application/sdp", f"Content-Base: {request.url}/", f"Content-Length: {len(body)}"]
        case "SETUP":
            transport = 'RTP/AVP/TCP;unicast;interleaved=0-1;ssrc=00000007;mode="play"'
            lines += [f"Session: {SESSION};timeout=60", f"Transport: {transport}"]
        case "PLAY":
            lines += [
                f"Session: {SESSION}",
                f"RTP-Info: url={request.url}/trackID=1;seq=0;rtptime=0",
                "Range: npt=0.0-",
            ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + (body if request.method == "DESCRIBE" else b"")


def _malformed(chance: random.Random, request: Request, said: bytes) -> bytes:
    """The answer with something wrong in its head, with another status, or with others around it."""
    head, _, body = said.partition(b"\r\n\r\n")
    match chance.randrange(7):
        case 0:
            return said.replace(b"200 OK", chance.choice(_STATUSES).encode(), 1)
        case 1:
            challenge = f"401 Unauthorized\r\nWWW-Authenticate: {chance.choice(_CHALLENGES)}"
            return said.replace(b"200 OK", challenge.encode(), 1)
        case 2:
            others = [interleaved(chance.randbytes(40)), b"\r\n" * 3, b"$", _answer(request, body), chance.randbytes(9)]
            chance.shuffle(others)
            return b"".join([*others[:2], said, *others[2:3]])
        case 3 | 4:
            head = spoil.lines(chance, head, _HEADERS)
        case _:
            head = spoil.text(chance, head)
    return head + b"\r\n\r\n" + body


def _sdp_lines(chance: random.Random, codec: Codec) -> list[str]:
    """Lines that no camera says, and parameter sets that no encoder makes."""
    sets = [golomb.other_values(chance, codec, nal) for nal in parameter_sets(codec)]
    text = [base64.b64encode(nal).decode() for nal in sets]
    named = ";".join(f"sprop-{name}={one}" for name, one in zip(("vps", "sps", "pps"), text, strict=False))
    return [*_SDP_LINES, *[f"a=fmtp:96 sprop-parameter-sets={','.join(text)}", f"a=fmtp:96 {named}"] * 6]
