"""Only the named addresses become candidates."""

from __future__ import annotations

from typing import Any

import pytest
from aioice import ice

from wallserver.gateway.addresses import check_addresses, use_addresses
from wallserver.gateway.errors import AddressError


def test_only_the_named_ones(stock_aioice: Any) -> None:
    use_addresses(["127.0.0.1"])
    assert ice.get_host_addresses(use_ipv4=True, use_ipv6=True) == ["127.0.0.1"]


def test_a_host_with_nothing_but_loopback_uses_that(stock_aioice: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wallserver.gateway.addresses._STOCK", lambda use_ipv4, use_ipv6: [])
    use_addresses([])
    assert ice.get_host_addresses(use_ipv4=True, use_ipv6=True) == ["127.0.0.1"]


@pytest.mark.parametrize("address", ["wall.example", "192.0.2.1", "2001:db8::1"])
def test_what_this_host_does_not_have_is_refused(address: str) -> None:
    with pytest.raises(AddressError, match=address):
        check_addresses(["127.0.0.1", address])
