"""A network between a viewer and a gateway that delays each datagram by another while, as a seed has it.

This kernel has no `tc netem`. Datagrams keep their order, as they do on a path whose queues grow and shrink.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast

type Address = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Path:
    """What a datagram is delayed by, one way, in seconds: `delay_s`, and up to `jitter_s` more."""

    delay_s: float
    jitter_s: float


class _OneWay:
    """Datagrams of one direction, in their order."""

    def __init__(self, path: Path, seed: int) -> None:
        self._path = path
        self._chance = random.Random(seed)
        self._loop = asyncio.get_running_loop()
        # A queue of our own: timers that are due at the same moment come in any order.
        self._under_way: deque[tuple[float, Callable[[bytes], None], bytes]] = deque()

    def pass_on(self, send: Callable[[bytes], None], data: bytes) -> None:
        """Send `data` later, and not before what came before it."""
        due = self._loop.time() + self._path.delay_s + self._chance.uniform(0, self._path.jitter_s)
        self._under_way.append((due, send, data))
        if len(self._under_way) == 1:
            self._loop.call_at(due, self._arrive)

    def _arrive(self) -> None:
        while self._under_way:
            due, send, data = self._under_way[0]
            if due > self._loop.time():
                self._loop.call_at(due, self._arrive)
                return
            self._under_way.popleft()
            send(data)


class _Server(asyncio.DatagramProtocol):
    """Our side towards one gateway, for one viewer: what comes back goes to that viewer."""

    def __init__(self, to_viewer: Callable[[bytes], None], way: _OneWay) -> None:
        self._to_viewer = to_viewer
        self._way = way

    def datagram_received(self, data: bytes, _: Address) -> None:
        self._way.pass_on(self._to_viewer, data)


class _Relay(asyncio.DatagramProtocol):
    """Our side towards viewers: a socket of its own towards the gateway for each of them."""

    def __init__(self, gateway: Address, path: Path, seed: int) -> None:
        self._gateway = gateway
        self._path = path
        self._seed = seed
        self._outward: dict[Address, asyncio.Task[asyncio.DatagramTransport]] = {}
        self._there = _OneWay(path, seed)
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, viewer: Address) -> None:
        if viewer not in self._outward:
            self._outward[viewer] = asyncio.create_task(self._open(viewer))
        opened = self._outward[viewer]
        if opened.done():  # what comes before is sent again: it is STUN
            self._there.pass_on(opened.result().sendto, data)

    def close(self) -> None:
        for opened in self._outward.values():
            if opened.done():
                opened.result().close()
            opened.cancel()

    async def _open(self, viewer: Address) -> asyncio.DatagramTransport:
        assert self._transport is not None
        inward = self._transport

        def to_viewer(data: bytes) -> None:
            inward.sendto(data, viewer)

        back = _OneWay(self._path, self._seed + 1)
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: _Server(to_viewer, back), remote_addr=self._gateway
        )
        return transport


@asynccontextmanager
async def relaying(address: str, gateway: Address, path: Path, seed: int = 1) -> AsyncIterator[int]:
    """Such a network for this block: the UDP port at `address` that leads to `gateway` by it, both ways."""
    loop = asyncio.get_running_loop()
    transport, relay = await loop.create_datagram_endpoint(lambda: _Relay(gateway, path, seed), local_addr=(address, 0))
    try:
        port: int = transport.get_extra_info("sockname")[1]
        yield port
    finally:
        relay.close()
        transport.close()
