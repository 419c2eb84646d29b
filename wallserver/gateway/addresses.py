"""Which addresses of this host browsers may reach it at (`gateway.addresses`)."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence

from aioice import ice

from wallserver.gateway.errors import AddressError


def family_of(address: str) -> socket.AddressFamily:
    """AF_INET or AF_INET6. Raises ValueError where it is no IP address."""
    return socket.AF_INET if ipaddress.ip_address(address).version == 4 else socket.AF_INET6


def check_addresses(addresses: Sequence[str]) -> tuple[str, ...]:
    """Return the addresses if this host can send from each of them, else raise AddressError saying which
    is wrong.
    """
    for address in addresses:
        try:
            family = family_of(address)
        except ValueError as error:
            raise AddressError(f"gateway.addresses: {address!r} is not an IP address") from error
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            try:
                probe.bind((address, 0))
            except OSError as error:
                raise AddressError(
                    f"gateway.addresses: this host has no address {address} ({error.strerror})"
                ) from error
    return tuple(addresses)


def own_addresses() -> tuple[str, ...]:
    """Every address of this host but loopback, or loopback where it has nothing else."""
    found = ice.get_host_addresses(use_ipv4=True, use_ipv6=True)
    return tuple(dict.fromkeys(found)) or ("127.0.0.1",)
