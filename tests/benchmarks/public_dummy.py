"""The server of `public`'s control arm, which costs next to nothing: `python -m tests.benchmarks.public_dummy`.

Told {"playlist", "segment_bytes", "fps", "packets"} it answers playlists with that text, all else that is asked for
with a segment of so many bytes, and offers with 429; whoever says something to its UDP port gets so many RTP packets in
so many pictures a second, in one piece each as a gateway sends them (UDP GSO). Says {"port", "udp"}, and goes on until
nothing more can be told.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import struct
from typing import Any

from ingest.open_files import allow_many_files
from tests.support.child import say, told

PACKET_BYTES = 1200
_UDP_SEGMENT = 103
_MEDIA, _MARKED = 96, 96 | 0x80


def _answer(status: str, body: bytes) -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


class _Client(asyncio.Protocol):
    """One connection; what is asked comes in one piece, or its head does and the body behind it."""

    def __init__(self, playlist: bytes, segment: bytes) -> None:
        self._playlist, self._segment = playlist, segment
        self._transport: asyncio.Transport | None = None
        self._come = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        self._come += data
        head, ended, body = self._come.partition(b"\r\n\r\n")
        if not ended:
            return
        _, _, length = head.partition(b"Content-Length: ")
        if len(body) < (int(length.partition(b"\r\n")[0]) if length else 0):
            return
        self._come = b""
        path = head.split(b" ", 2)[1]
        if head.startswith(b"POST"):
            self._transport.write(_answer("429 Too Many Requests", b""))
        else:
            self._transport.write(self._playlist if path.endswith(b".m3u8") else self._segment)


async def _send(ours: socket.socket, fps: float, packets: int) -> None:
    """The like of a camera, to all who have said something."""
    loop, picture, sequence = asyncio.get_running_loop(), bytearray(packets * PACKET_BYTES), 0
    there = set[Any]()
    loop.add_reader(ours, lambda: there.add(ours.recvfrom(2048)[1]))  # reports too: of those who are there already
    cut = [(socket.SOL_UDP, _UDP_SEGMENT, struct.pack("H", PACKET_BYTES))]
    due = loop.time()
    while True:
        for at in range(packets):
            kind = _MARKED if at == packets - 1 else _MEDIA
            struct.pack_into("!BBHLL", picture, at * PACKET_BYTES, 0x80, kind, sequence & 0xFFFF, 0, 1)
            sequence += 1
        for somebody in there:
            with contextlib.suppress(OSError):  # has left, or reads too slowly
                ours.sendmsg([picture], cut, 0, somebody)
        due = max(due + 1 / fps, loop.time())
        await asyncio.sleep(due - loop.time())


async def _main() -> None:
    lines = await told()
    wanted = json.loads(await lines.readline())
    playlist, segment = (
        _answer("200 OK", wanted["playlist"].encode()),
        _answer("200 OK", bytes(wanted["segment_bytes"])),
    )
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Client(playlist, segment), "127.0.0.1", 0, backlog=1024)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ours:
        ours.bind(("127.0.0.1", 0))
        ours.setblocking(False)
        say({"port": server.sockets[0].getsockname()[1], "udp": ours.getsockname()[1]})
        sending = asyncio.create_task(_send(ours, wanted["fps"], wanted["packets"]))
        await lines.readline()
        sending.cancel()


if __name__ == "__main__":
    allow_many_files()
    asyncio.run(_main())
