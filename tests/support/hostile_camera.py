"""Cameras that misbehave, each in one way that has a name: `MODES`. For tests, and for a benchmark that has hundreds.

A mode answers requests instead of the camera where it wants to (rtsp_camera.Mode).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from ingest import annexb, causes
from ingest.camera_state import State
from ingest.causes import Cause
from tests.support.packetiser import interleaved, rtp
from tests.support.rtsp_camera import (
    FPS,
    GOP,
    SESSION,
    Client,
    Mode,
    Request,
    RtspCamera,
    recorded_pictures,
    rtsp_camera,
    sdp,
)

DRIP_S = 0.01


async def no_answer(client: Client, request: Request) -> bool:
    """Takes the connection, and says nothing for ever."""
    return True


async def half_an_answer(client: Client, request: Request) -> bool:
    """Begins to answer."""
    client.say(b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nPub")
    return True


async def byte_drip(client: Client, request: Request) -> bool:
    """A header that never ends, a byte at a time: no read ever times out."""
    client.say(b"RTSP/1.0 200 OK\r\nX: ")
    while not client.writer.is_closing():
        client.say(b"x")
        await asyncio.sleep(DRIP_S)
    return True


async def endless_head(client: Client, request: Request) -> bool:
    """A header that never ends, as fast as it goes."""
    while not client.writer.is_closing():
        client.say(b"RTSP/1.0 200 OK\r\n" + b"X: y\r\n" * 10_000)
        await client.writer.drain()
    return True


async def garbage(client: Client, request: Request) -> bool:
    """Bytes of no protocol."""
    client.say(b"\x00\x01" + random.Random(1).randbytes(4000))
    return True


async def web_server(client: Client, request: Request) -> bool:
    """Speaks HTTP."""
    client.say(b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\nhalo")
    return True


async def web_page(client: Client, request: Request) -> bool:
    """Speaks HTTP, and that without a header."""
    client.say(b"<!DOCTYPE html>")
    return True


async def numbers_without_end(client: Client, request: Request) -> bool:
    """A status of more digits than Python reads."""
    client.say(b"RTSP/1.0 " + b"2" * 5000 + b" OK\r\nCSeq: 1\r\n\r\n")
    return True


async def length_without_end(client: Client, request: Request) -> bool:
    """A body's length of more digits than Python reads."""
    client.say(b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: " + b"2" * 5000 + b"\r\n\r\n")
    return True


async def challenge_without_end(client: Client, request: Request) -> bool:
    """A challenge that a careless expression reads for ten seconds."""
    client.answer(request, "401 Unauthorized", {"WWW-Authenticate": "Digest " + "a" * 15_000})
    return True


async def hangs_up(client: Client, request: Request) -> bool:
    """Goes away in the middle of the conversation."""
    if request.method == "DESCRIBE":
        client.hang_up()
    return request.method == "DESCRIBE"


async def redirect(client: Client, request: Request) -> bool:
    """Sends us to another address."""
    client.answer(request, "302 Moved Temporarily", {"Location": client.camera.url + "/elsewhere"})
    return True


async def redirect_request(client: Client, request: Request) -> bool:
    """Plays, and then sends us away (RFC 2326, 10.10)."""
    if request.method == "PLAY":
        client.answer(request, headers={"Session": SESSION})
        client.say(f"REDIRECT {request.url} RTSP/1.0\r\nCSeq: 1\r\nLocation: {client.camera.url}\r\n\r\n".encode())
    return request.method == "PLAY"


async def refuses_every_password(client: Client, request: Request) -> bool:
    """401 to whatever comes, with a nonce that is always new."""
    challenge = f'Digest realm="camera", nonce="{len(client.camera.requests)}", stale=false'
    client.answer(request, "401 Unauthorized", {"WWW-Authenticate": challenge})
    return True


async def nonce_always_stale(client: Client, request: Request) -> bool:
    """401 to whatever comes, and always only because of the nonce."""
    challenge = f'Digest realm="camera", nonce="{len(client.camera.requests)}", stale=true'
    client.answer(request, "401 Unauthorized", {"WWW-Authenticate": challenge})
    return True


async def forbids(client: Client, request: Request) -> bool:
    """403."""
    client.answer(request, "403 Forbidden")
    return True


async def overloaded(client: Client, request: Request) -> bool:
    """503."""
    client.answer(request, "503 Service Unavailable")
    return True


async def no_transport(client: Client, request: Request) -> bool:
    """461 to every SETUP."""
    if request.method == "SETUP":
        client.answer(request, "461 Unsupported Transport")
    return request.method == "SETUP"


def _describes(body: Callable[[], bytes]) -> Mode:
    async def mode(client: Client, request: Request) -> bool:
        if request.method == "DESCRIBE":
            client.answer(request, body=body())
        return request.method == "DESCRIBE"

    return mode


def _sets_up(transport: str, session: str = SESSION) -> Mode:
    async def mode(client: Client, request: Request) -> bool:
        if request.method == "SETUP":
            client.answer(request, headers={"Transport": transport, "Session": session})
        return request.method == "SETUP"

    return mode


def _plays(pictures: Callable[[], tuple[bytes, ...]], *, forever: bool = True) -> Mode:
    async def mode(client: Client, request: Request) -> bool:
        if request.method == "PLAY":
            client.answer(request, headers={"Session": SESSION})
            client.play(pictures(), forever=forever)
        return request.method == "PLAY"

    return mode


async def half_a_description(client: Client, request: Request) -> bool:
    """Says a length, and sends half of it."""
    if request.method == "DESCRIBE":
        client.say(b"RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Length: 200000\r\n\r\n" + b"a=x:y\r\n" * 14_000)
    return request.method == "DESCRIBE"


async def reset_in_mid_picture(client: Client, request: Request) -> bool:
    """Pictures, half a packet, a reset."""
    if request.method == "PLAY":
        client.answer(request, headers={"Session": SESSION})
        packets = [packet for picture in recorded_pictures()[:GOP] for packet in client.stream.picture(picture)]
        client.say(b"".join(interleaved(packet) for packet in packets) + interleaved(packets[0])[:40])
        await asyncio.sleep(2 / FPS)  # for the client to read what a reset would take away
        client.hang_up()
    return request.method == "PLAY"


async def request_flood(client: Client, request: Request) -> bool:
    """Asks and asks, and never reads the answers."""
    while not client.writer.is_closing():
        client.say(b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n" * 1000)
        await client.writer.drain()
    return True


async def answer_flood(client: Client, request: Request) -> bool:
    """Answers what nobody asked, for ever."""
    while not client.writer.is_closing():
        client.say(b"RTSP/1.0 100 Continue\r\nCSeq: 1\r\n\r\n" * 1000)
        await client.writer.drain()
    return True


async def endless_picture(client: Client, request: Request) -> bool:
    """One picture that never ends, as fast as it goes."""
    if request.method != "PLAY":
        return False
    client.answer(request, headers={"Session": SESSION})
    sequence = 0
    while not client.writer.is_closing():
        payload = b"\x7c" + (b"\x05" if sequence else b"\x85") + bytes(60_000)
        client.say(interleaved(rtp(payload, sequence=sequence)))
        sequence += 1
        await client.writer.drain()
    return True


def _no_keyframes() -> tuple[bytes, ...]:
    return tuple(picture for number, picture in enumerate(recorded_pictures()) if number % GOP)


def _in_its_own_words() -> bytes:
    return sdp().replace(b"H264/90000", b"<script>" * 1000 + b"/90000")


_AUDIO = b"v=0\r\ns=x\r\nm=audio 0 RTP/AVP 0\r\na=control:track2\r\n"
_MANY_TYPES = b"v=0\r\nm=video 0 RTP/AVP" + b" 1" * 100_000 + b"\r\n" + b"a=rtpmap:2 x/90000\r\n" * 1900
_LONG_TYPE = b"v=0\r\nm=video 0 RTP/AVP " + b"9" * 5000 + b"\r\n"
_NONSENSE = annexb.join([b"\x65" + b"\xff" * 50])
_TCP = "RTP/AVP/TCP;unicast;interleaved="

MODES: dict[str, Mode] = {
    "no answer": no_answer,
    "half an answer": half_an_answer,
    "byte drip": byte_drip,
    "endless head": endless_head,
    "garbage": garbage,
    "web server": web_server,
    "web page": web_page,
    "numbers without end": numbers_without_end,
    "length without end": length_without_end,
    "challenge without end": challenge_without_end,
    "hangs up": hangs_up,
    "redirect": redirect,
    "redirect request": redirect_request,
    "refuses every password": refuses_every_password,
    "nonce always stale": nonce_always_stale,
    "forbids": forbids,
    "overloaded": overloaded,
    "no transport": no_transport,
    "no video": _describes(lambda: _AUDIO),
    "empty description": _describes(lambda: b""),
    "huge description": _describes(lambda: sdp() + b"a=x:y\r\n" * 100_000),
    "half a description": half_a_description,
    "many payload types": _describes(lambda: _MANY_TYPES),
    "payload type without end": _describes(lambda: _LONG_TYPE),
    "codec in its own words": _describes(_in_its_own_words),
    "line break in the session": _sets_up(_TCP + "0-1", "x\ny"),
    "impossible channel": _sets_up(_TCP + "255-256"),
    "play without packets": _plays(tuple, forever=False),
    "packets that stop": _plays(lambda: recorded_pictures()[: 2 * GOP], forever=False),
    "no keyframe": _plays(_no_keyframes),
    "nothing that decodes": _plays(lambda: (_NONSENSE,)),
    "reset in mid-picture": reset_in_mid_picture,
    "request flood": request_flood,
    "answer flood": answer_flood,
    "endless picture": endless_picture,
}


NO_REPLY = State.UNREACHABLE, causes.NO_REPLY
NOT_RTSP = State.UNSUPPORTED, causes.NOT_RTSP
REDIRECTED = State.UNSUPPORTED, causes.REDIRECTED
REFUSED = State.REFUSED, causes.WRONG_PASSWORD
ENDED = State.UNREACHABLE, causes.ENDED
NO_VIDEO = State.UNSUPPORTED, causes.NO_VIDEO
UNKNOWN_CODEC = State.UNSUPPORTED, causes.unsupported_codec("?")
NO_FIRST_PICTURE = State.STALE, causes.NO_FIRST_PICTURE

# What a puller has to say of each.
EXPECTED: dict[str, tuple[State, Cause]] = {
    "no answer": NO_REPLY,
    "half an answer": NO_REPLY,
    "byte drip": NO_REPLY,
    "endless head": NOT_RTSP,
    "garbage": NOT_RTSP,
    "web server": NOT_RTSP,
    "web page": NOT_RTSP,
    "numbers without end": NOT_RTSP,
    "length without end": NOT_RTSP,
    "challenge without end": REFUSED,
    "hangs up": ENDED,
    "redirect": REDIRECTED,
    "redirect request": REDIRECTED,
    "refuses every password": REFUSED,
    "nonce always stale": REFUSED,
    "forbids": (State.REFUSED, causes.FORBIDDEN),
    "overloaded": (State.UNREACHABLE, causes.SERVER_ERROR),
    "no transport": (State.UNSUPPORTED, causes.NO_TRANSPORT),
    "no video": NO_VIDEO,
    "empty description": NO_VIDEO,
    "huge description": NOT_RTSP,
    "half a description": NO_REPLY,
    "many payload types": UNKNOWN_CODEC,
    "payload type without end": NO_VIDEO,
    "codec in its own words": UNKNOWN_CODEC,
    "line break in the session": NOT_RTSP,
    "impossible channel": NOT_RTSP,
    "play without packets": NO_FIRST_PICTURE,
    "packets that stop": (State.STALE, causes.NO_PICTURES),
    "no keyframe": (State.STALE, causes.NO_KEYFRAME),
    "nothing that decodes": (State.UNSUPPORTED, causes.UNDECODABLE),
    "reset in mid-picture": (State.STALE, causes.ENDED),
    "request flood": NOT_RTSP,
    "answer flood": NOT_RTSP,
    "endless picture": (State.UNSUPPORTED, causes.PICTURE_TOO_LARGE),
}


@asynccontextmanager
async def hostile_camera(mode: str) -> AsyncIterator[RtspCamera]:
    """A camera that misbehaves in one of the `MODES`."""
    async with rtsp_camera(MODES[mode]) as camera:
        yield camera
