"""What a tiler and its decoder processes say to one another: JSON messages, one of which may bring a descriptor.

From the tiler: `begin` (the bus's address and the worker's name), `show` (a mosaic, which of its cells, their memory),
`hide`. From the decoder: `drawn` (what there is of a mosaic stands in its cells), and `figures` four times a second.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ingest.bus_address import BusAddress, TlsFiles

# What is larger goes by a memory of its own, as mosaics do: 256 cells with all the masks that there may be are 3 MB,
# and a kernel may be set to let no more than 200 kB wait.
_MOST_BYTES = 4096
_LARGE = b"\n"
_WAITING_BYTES = 1 << 20


def channel_pair() -> tuple[socket.socket, socket.socket]:
    """Two ends: a message at a time, in order, and an end when the other process has ended (unix(7))."""
    ends = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for end in ends:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _WAITING_BYTES)
    return ends


class Channel:
    """One end, which who made it closes. Needs a running event loop."""

    def __init__(self, end: socket.socket) -> None:
        end.setblocking(False)
        self._end = end
        self._loop = asyncio.get_running_loop()

    def send(self, kind: str, value: dict[str, Any], fd: int | None = None) -> None:
        """Say something, with a descriptor that the other gets a copy of. Raises OSError: it is gone, or does not read.

        Never waits: room is for dozens of messages.
        """
        data = json.dumps([kind, value], separators=(",", ":")).encode()
        descriptors = [] if fd is None else [fd]
        if len(data) <= _MOST_BYTES:
            socket.send_fds(self._end, [data], descriptors)
            return
        with os.fdopen(os.memfd_create("wallserver-message", os.MFD_CLOEXEC), "wb") as large:
            large.write(data)
            large.flush()
            socket.send_fds(self._end, [_LARGE], [large.fileno(), *descriptors])

    async def receive(self) -> tuple[str, dict[str, Any], int | None] | None:
        """What the other says next, with a descriptor that is ours to close; None at its end."""
        data, descriptors = await self._packet()
        if not data:
            return None
        for fd in descriptors:
            os.set_inheritable(fd, False)
        if data == _LARGE:
            with os.fdopen(descriptors.pop(0), "rb") as large:
                data = os.pread(large.fileno(), os.fstat(large.fileno()).st_size, 0)
        kind, value = json.loads(data)
        return kind, value, next(iter(descriptors), None)

    async def _packet(self) -> tuple[bytes, list[int]]:
        while True:
            with contextlib.suppress(BlockingIOError):
                data, descriptors, _, _ = socket.recv_fds(self._end, _MOST_BYTES, 2)
                return data, descriptors
            await self._readable()

    async def _readable(self) -> None:
        readable = asyncio.Event()
        self._loop.add_reader(self._end, readable.set)
        try:
            await readable.wait()
        finally:
            self._loop.remove_reader(self._end)


def address_to_json(address: BusAddress) -> dict[str, Any]:
    """For `begin`."""
    value = asdict(address)
    if value["tls"] is not None:
        value["tls"] = {name: file and str(file) for name, file in value["tls"].items()}
    return value


def address_from_json(value: dict[str, Any]) -> BusAddress:
    """What `begin` brought."""
    tls = value["tls"]
    files = None if tls is None else TlsFiles(**{name: file and Path(file) for name, file in tls.items()})
    return BusAddress(**value | {"tls": files})
