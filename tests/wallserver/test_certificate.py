"""The self-signed certificate: a client that trusts it connects, its key is ours alone."""

from __future__ import annotations

import asyncio
import ssl
import stat
from pathlib import Path

from wallserver.certificate import self_signed


async def test_a_client_that_trusts_it_connects(tmp_path: Path) -> None:
    certificate, key = self_signed(tmp_path / "tls", ["127.0.0.1", "localhost"])
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    server_side = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server_side.load_cert_chain(certificate, key)

    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"wall")
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(greet, "127.0.0.1", 0, ssl=server_side)
    port = server.sockets[0].getsockname()[1]
    async with server:
        for host in ("127.0.0.1", "localhost"):
            trusting = ssl.create_default_context(cafile=str(certificate))
            reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trusting, server_hostname=host)
            assert await reader.read() == b"wall"
            writer.close()
            await writer.wait_closed()


def test_it_is_kept_while_it_covers_the_hosts(tmp_path: Path) -> None:
    first = self_signed(tmp_path, ["127.0.0.1"])[0].read_bytes()
    assert self_signed(tmp_path, ["127.0.0.1"])[0].read_bytes() == first
    assert self_signed(tmp_path, ["127.0.0.1", "wall.example"])[0].read_bytes() != first
    (tmp_path / "certificate.pem").write_bytes(b"broken")
    assert self_signed(tmp_path, ["127.0.0.1"])[0].read_bytes() != b"broken"
