"""Which hosts a camera may send us to, and where they are."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor

from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from ingest.address import is_public
from ingest.hls.errors import ElsewhereError
from ingest.resolver import Resolver

MAX_HOSTS = 16
# Names that playlists bring, under a name server that never answers, may hold up playlists: the threads that find the
# cameras themselves are others.
_LOOKUPS = ThreadPoolExecutor(2, "hls hosts")


class Hosts(AbstractResolver):
    """The hosts of one source: each is looked up once, and its address is kept as long as the source is open.

    `home` is the camera's own URL, `address` where its host was found: its origin (scheme, host, port) is fetched from
    there, wherever that is. A playlist can name any other origin, and can so make us ask what the camera itself cannot
    reach. That is fetched only from a public address, as CDNs have: never from this machine, the networks inside or a
    multicast group, whatever the name.
    """

    def __init__(self, home: URL, address: str) -> None:
        self._home = home.origin()
        self._found = {home.raw_host or "": address}
        self._resolver = Resolver(executor=_LOOKUPS)

    def is_home(self, url: URL) -> bool:
        """Whether this is the camera's own origin: the only one that is told its password."""
        return url.origin() == self._home

    async def admit(self, url: URL) -> None:
        """Find the host of `url`. Raises ElsewhereError where it may not be fetched from, SourceError."""
        host = url.raw_host
        if url.scheme not in {"http", "https"} or not host:
            raise ElsewhereError("no HTTP address")
        if host not in self._found:
            if len(self._found) >= MAX_HOSTS:
                raise ElsewhereError("too many hosts")
            self._found[host] = await self._resolver.address(host)
        if not (self.is_home(url) or is_public(self._found[host])):
            raise ElsewhereError("an address inside")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """What aiohttp asks before it connects to a name: only what was admitted is known."""
        address = self._found.get(host)
        if address is None:
            raise OSError("not admitted")
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        flags = socket.AI_NUMERICHOST
        return [ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=flags)]

    async def close(self) -> None:
        """Nothing is open."""
