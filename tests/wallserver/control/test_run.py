"""Control as a process: it listens, ends when told, and says what keeps it from running."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import ssl
from pathlib import Path

import httpx
import pytest

from ingest.bus_address import BusAddress
from ingest.errors import BusError
from tests.support.nats import BusServer
from tests.support.site import free_port
from tests.support.waiting import PATIENCE_S, eventually
from wallserver.catalogue.errors import CameraFileError
from wallserver.certificate import self_signed
from wallserver.config import settings_of
from wallserver.control import run_control
from wallserver.control.run import _listen


async def test_https_health_first_password_and_an_end_in_time(
    tmp_path: Path, bus_server: BusServer, capsys: pytest.CaptureFixture[str]
) -> None:
    certificate, key = self_signed(tmp_path / "tls", ["127.0.0.1"])
    http = {"port": free_port(), "certificate": certificate, "key": key}
    settings = settings_of(state_dir=tmp_path / "state", http=http)
    stop = asyncio.Event()
    running = asyncio.create_task(run_control(settings, bus_server.address("control"), stop))
    trusting = ssl.create_default_context(cafile=str(certificate))
    base = f"https://127.0.0.1:{settings.http.port}"
    async with httpx.AsyncClient(verify=trusting, base_url=base) as client:

        async def up() -> bool:
            try:
                return (await client.get("/healthz")).status_code == 200
            except httpx.TransportError:
                return False

        await eventually(up)
        (password,) = re.findall(r"with the password (\S+) ", capsys.readouterr().out)
        signed_in = await client.post("/api/login", json={"username": "admin", "password": password})
        assert signed_in.status_code == 200
        assert (await client.get("/api/walls")).json()["must_change_password"] is True
        chosen = {"current": password, "new": "raba siang di losari"}
        answer = await client.post("/api/me/password", json=chosen, headers={"X-Wallserver": "1"})
        assert answer.status_code == 204
        (wall,) = (await client.get("/api/walls")).json()
        assert [display["id"] for display in wall["displays"]] == ["wall-1"]
        stop.set()
        await asyncio.wait_for(running, PATIENCE_S)


async def test_a_taken_port_is_said(tmp_path: Path, bus_server: BusServer) -> None:
    taken = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    port = taken.sockets[0].getsockname()[1]
    async with taken:
        settings = settings_of(state_dir=tmp_path / "state", http={"port": port})
        with pytest.raises(OSError, match=f"cannot listen on 127.0.0.1 port {port}"):
            await run_control(settings, bus_server.address("control"), asyncio.Event())


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_no_part_of_an_answer_waits_for_the_acknowledgement_of_the_one_before(host: str) -> None:
    with (
        contextlib.closing(_listen(host, 0)) as listener,
        socket.create_connection(listener.getsockname()[:2]),
        listener.accept()[0] as accepted,
    ):
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


async def test_a_bus_that_refuses_us_ends_control(tmp_path: Path, bus_server: BusServer) -> None:
    settings = settings_of(state_dir=tmp_path / "state", http={"port": free_port()})
    stranger = BusAddress(bus_server.address("control").url, "control", "wrong")
    with pytest.raises(BusError):
        await asyncio.wait_for(run_control(settings, stranger, asyncio.Event()), PATIENCE_S)


async def test_the_settings_cameras_are_taken_in_or_refused(tmp_path: Path, bus_server: BusServer) -> None:
    cameras = tmp_path / "cameras.csv"
    cameras.write_text("id,name,main_url\na,A,ftp://x/\n")
    settings = settings_of(state_dir=tmp_path / "state", cameras=cameras, http={"port": free_port()})
    with pytest.raises(CameraFileError, match="row 2, column main_url"):
        await run_control(settings, bus_server.address("control"), asyncio.Event())
