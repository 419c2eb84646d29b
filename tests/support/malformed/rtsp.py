"""RTSP cameras whose answers, or descriptions of what they send, are malformed (RFC 2326, RFC 8866)."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager

from ingest.access_unit import Codec
from tests.support.malformed import spoil
from tests.support.malformed.recordings import description, recorded
from tests.support.packetiser import RtpStream, interleaved
from tests.support.rtsp_camera import SESSION, Client, Mode, Request, rtsp_camera

# At least, between two pictures; more where they are larger than a camera's network would carry.
_EVERY_S = 1 / 25
_BYTES_PER_S = 250_000
_STATUSES = (
    *("100 Continue", "199 x", "201 Created", "250 Low on Storage", "300 x", "304 Not Modified", "404 Not Found"),
    *("451 Parameter Not Understood", "454 Session Not Found", "455 x", "500 x", "551 x", "999 x", "20 OK", "-1 x"),
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
    """A malformed description, with the pictures that it should describe."""
    codec = chance.choice([Codec.H264, Codec.H265])
    body = spoil.text(chance, description(codec))
    async with rtsp_camera(camera_sending(body, packed(codec, recorded(codec))), host) as camera:
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
    match chance.randrange(6):
        case 0:
            return said.replace(b"200 OK", chance.choice(_STATUSES).encode(), 1)
        case 1:
            challenge = f"401 Unauthorized\r\nWWW-Authenticate: {chance.choice(_CHALLENGES)}"
            return said.replace(b"200 OK", challenge.encode(), 1)
        case 2:
            others = [interleaved(chance.randbytes(40)), b"\r\n" * 3, b"$", _answer(request, body), chance.randbytes(9)]
            chance.shuffle(others)
            return b"".join([*others[:2], said, *others[2:3]])
    return spoil.text(chance, head) + b"\r\n\r\n" + body
