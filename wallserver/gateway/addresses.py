"""Which addresses of this host browsers may reach it at (`gateway.addresses`)."""

from __future__ import annotations

import inspect
import ipaddress
import socket
from collections.abc import Sequence

from aioice import ice

from wallserver.gateway.errors import AddressError

_STOCK = ice.get_host_addresses

# A viewer that answers no STUN consent check (RFC 7675) for this many checks is gone. Each failed check
# costs its interval (varied by ±20 %) and 0.5 s of waiting: 4 × (0.48…0.72 + 0.5) = 3.9…4.9 s. aioice's own
# take 33 s.
CONSENT_INTERVAL_S = 0.6
CONSENT_FAILURES = 4


def check_addresses(addresses: Sequence[str]) -> tuple[str, ...]:
    """Return the addresses if this host can send from each of them, else raise AddressError saying which
    is wrong.
    """
    for address in addresses:
        try:
            version = ipaddress.ip_address(address).version
        except ValueError as error:
            raise AddressError(f"gateway.addresses: {address!r} is not an IP address") from error
        family = socket.AF_INET if version == 4 else socket.AF_INET6
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            try:
                probe.bind((address, 0))
            except OSError as error:
                raise AddressError(
                    f"gateway.addresses: this host has no address {address} ({error.strerror})"
                ) from error
    return tuple(addresses)


def use_addresses(addresses: Sequence[str]) -> None:
    """Make these the only host candidates of every connection of this process.

    None: all but loopback, or loopback where a host has nothing else. aioice itself always leaves out 127.0.0.1
    and has no setting for it, so its function is replaced.
    """
    chosen = check_addresses(addresses)

    def host_addresses(use_ipv4: bool, use_ipv6: bool) -> list[str]:
        return list(chosen) or _STOCK(use_ipv4, use_ipv6) or ["127.0.0.1"]

    ice.get_host_addresses = host_addresses


def use_short_consent() -> None:
    """Notice within 5 s that a viewer is gone."""
    vars(ice).update(CONSENT_INTERVAL=CONSENT_INTERVAL_S, CONSENT_FAILURES=CONSENT_FAILURES)


def missing_names() -> list[str]:
    """What of aioice this module relies on and this version does not have."""
    names = ("CONSENT_INTERVAL", "CONSENT_FAILURES")
    missing = [f"aioice.ice.{name}" for name in names if not hasattr(ice, name)]
    if list(inspect.signature(_STOCK).parameters) != ["use_ipv4", "use_ipv6"]:
        missing.append("aioice.ice.get_host_addresses(use_ipv4, use_ipv6)")
    return missing
