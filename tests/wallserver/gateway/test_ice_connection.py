"""What a viewer is told of our addresses, and what of aioice this relies on."""

from __future__ import annotations

import time

import pytest
from aioice import ice
from aiortc import RTCPeerConnection

from tests.wallserver.gateway.ice_peers import open_port
from wallserver.gateway.errors import GatewayError
from wallserver.gateway.ice_connection import IceConnection, Inbox, missing_names
from wallserver.gateway.ice_session import check_private_ice_names


async def told(announced: tuple[str, ...], own: bool) -> list[tuple[str, str, int]]:
    async with open_port() as port:
        connection = IceConnection(port, Inbox(), announced=announced, own=own)
        began = time.perf_counter()
        await connection.gather_candidates()
        assert time.perf_counter() - began < 4  # aioice would wait 5 s for a server that does not answer
        candidates = connection.local_candidates
        await connection.close()
        assert {candidate.port for candidate in candidates} == {port.number}
        return [(candidate.host, candidate.type, candidate.priority) for candidate in candidates]


async def test_announced_addresses_are_told_beside_our_own_or_instead() -> None:
    both = await told(("203.0.113.7", "2001:db8::7"), own=True)
    assert [(host, kind) for host, kind, _ in both] == [
        ("127.0.0.1", "host"),
        ("203.0.113.7", "srflx"),
        ("2001:db8::7", "srflx"),
    ]
    assert both[0][2] > both[1][2], "who can reach our own address should"
    assert [host for host, _, _ in await told(("203.0.113.7",), own=False)] == ["203.0.113.7"]


async def test_the_names_of_aioice_and_aiortc_that_are_relied_on_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    assert missing_names() == []
    connection = RTCPeerConnection()
    dtls = connection.addTransceiver("video").sender.transport
    check_private_ice_names(dtls)
    monkeypatch.setattr(ice.Connection, "query_consent", lambda self, other: None)
    monkeypatch.setattr(type(dtls), "_handle_rtcp_data", lambda self, packet: None)
    with pytest.raises(GatewayError, match=r"_handle_rtcp_data\(data\), aioice.Connection.query_consent\(self\)"):
        check_private_ice_names(dtls)
    await connection.close()
