"""Which addresses a gateway receives at."""

from __future__ import annotations

import pytest
from aioice import ice

from wallserver.gateway.addresses import check_addresses, own_addresses
from wallserver.gateway.errors import AddressError


def test_all_but_loopback_each_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ice, "get_host_addresses", lambda use_ipv4, use_ipv6: ["10.0.0.5", "2001:db8::5", "10.0.0.5"])
    assert own_addresses() == ("10.0.0.5", "2001:db8::5")


def test_a_host_with_nothing_but_loopback_uses_that(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ice, "get_host_addresses", lambda use_ipv4, use_ipv6: [])
    assert own_addresses() == ("127.0.0.1",)


@pytest.mark.parametrize("address", ["wall.example", "192.0.2.1", "2001:db8::1"])
def test_what_this_host_does_not_have_is_refused(address: str) -> None:
    with pytest.raises(AddressError, match=address):
        check_addresses(["127.0.0.1", address])
