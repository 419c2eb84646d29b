"""The address behind a camera's host name: asked for once, in time; nobody connects to a name."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket

RESOLVE_TIMEOUT_S = 2.0


async def resolve(host: str, port: int) -> tuple[str, int]:
    """An IP address of `host`, IPv4 before IPv6. Raises socket.gaierror where there is none, or no answer in time.

    The system's resolver has no bound of its own (2 s asked for, 10 s taken).
    """
    with contextlib.suppress(ValueError):
        # Not a name: the resolver's threads, which wait long where the name server is down, are not needed.
        return str(ipaddress.ip_address(host)), port
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(RESOLVE_TIMEOUT_S):
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (TimeoutError, OSError, ValueError):
        raise socket.gaierror(socket.EAI_NONAME, "no such host") from None
    address = min(found, key=lambda entry: entry[0] != socket.AF_INET)[4]  # cameras seldom have IPv6
    return str(address[0]), port


def is_public(address: str) -> bool:
    """Whether it is an address on the internet: not of this machine, of a network inside, of a group, of none.

    IPv6 addresses that wrap an IPv4 one are not taken for public, whatever they wrap.
    """
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        wraps = ip.ipv4_mapped is not None or ip.sixtofour is not None or ip.teredo is not None
        return ip.is_global and not ip.is_multicast and not wraps and ip not in _NAT64
    return ip.is_global and not ip.is_multicast


_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052
