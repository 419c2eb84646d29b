from __future__ import annotations

import socket

import pytest

from ingest import address
from ingest.address import is_public, resolve


@pytest.mark.parametrize(
    ("ip", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("127.0.0.1", False),
        ("0.0.0.0", False),
        ("10.0.0.1", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("224.0.0.1", False),
        ("239.255.255.250", False),
        ("255.255.255.255", False),
        ("::", False),
        ("::1", False),
        ("fe80::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("ff0e::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:8.8.8.8", False),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
        ("2001:0:7f00:1::", False),
    ],
)
def test_which_addresses_are_public(ip: str, public: bool) -> None:
    assert is_public(ip) is public


async def test_a_host_is_found_or_is_not() -> None:
    assert await resolve("127.0.0.1", 80) == ("127.0.0.1", 80)
    assert await resolve("::1", 80) == ("::1", 80)
    assert await resolve("localhost", 80) == ("127.0.0.1", 80)
    for host in ("does-not-exist.invalid", "a..b", "x" * 70 + ".invalid"):
        with pytest.raises(socket.gaierror):
            await resolve(host, 80)


async def test_a_name_server_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(address, "RESOLVE_TIMEOUT_S", 0.0)
    with pytest.raises(socket.gaierror):
        await resolve("localhost", 80)
