"""Who is counted as one, where anything is limited by address."""

from __future__ import annotations

import ipaddress


def counted_together(address: str) -> str:
    """An IPv4 address, or all that one IPv6 subscriber has (/64); `-` for what is no address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "-"
    if parsed.version == 4:
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))
