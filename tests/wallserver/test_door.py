"""How many connections a port takes from one address, and from all."""

from __future__ import annotations

import pytest

from wallserver.door import Door


@pytest.mark.parametrize(
    ("addresses", "let_in"),
    [
        (["192.0.2.1"] * 3, 2),
        (["192.0.2.1", "::ffff:192.0.2.1", "192.0.2.1"], 2),
        (["2001:db8::1", "2001:db8::2", "2001:db8::3"], 2),  # one subscriber
        (["2001:db8:0:1::1", "2001:db8:0:2::1", "2001:db8:0:3::1"], 3),
        (["2001:db8::9"] * 5, 4),  # a proxy
        (["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5"], 4),
    ],
)
def test_half_from_one_address_all_from_a_proxy_and_no_more(addresses: list[str], let_in: int) -> None:
    door = Door(4, {"2001:db8::9"})
    entered = [address for address in addresses if door.enter(address)]
    assert len(entered) == let_in
    for address in entered:
        door.leave(address)
    assert sum(door.enter(address) for address in addresses) == let_in
