"""What kind of address a camera, or who it sends us to, has."""

from __future__ import annotations

import ipaddress

_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052


def is_public(address: str) -> bool:
    """Whether it is an address on the internet: not of this machine, of a network inside, of a group, of none.

    IPv6 addresses that wrap an IPv4 one are not taken for public, whatever they wrap.
    """
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        wraps = ip.ipv4_mapped is not None or ip.sixtofour is not None or ip.teredo is not None
        return ip.is_global and not ip.is_multicast and not wraps and ip not in _NAT64
    return ip.is_global and not ip.is_multicast
