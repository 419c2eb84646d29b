"""Our own nats-server: its files, its limits, its end."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from ingest.bus_address import BusAddress
from ingest.errors import BusError
from ingest.nats_server import find_server, server_argv, write_configuration
from ingest.permissions import ROLES
from tests.support.nats import BusServer
from tests.support.waiting import eventually


def test_all_files_are_private_and_passwords_are_new_each_time(tmp_path: Path) -> None:
    passwords = set()
    for _ in range(2):
        files = write_configuration(tmp_path)
        assert set(files) == set(ROLES)
        passwords |= {BusAddress.from_file(path).password for path in files.values()}
    assert len(passwords) == 2 * len(ROLES)
    assert (tmp_path / "bus").stat().st_mode & 0o777 == 0o700
    modes = {path.stat().st_mode & 0o777 for path in (tmp_path / "bus").iterdir()}
    assert modes == {0o600}
    for argument in server_argv(tmp_path):
        assert not any(password in argument for password in passwords)


def test_listens_on_loopback_only_at_the_port_given(tmp_path: Path) -> None:
    files = write_configuration(tmp_path, 4567)
    configuration = json.loads((tmp_path / "bus" / "nats.conf").read_text())
    assert configuration["listen"] == "127.0.0.1:4567"
    assert BusAddress.from_file(files["puller"]).url == "nats://127.0.0.1:4567"


def test_a_server_path_that_is_none_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BusError, match="not a program"):
        find_server(tmp_path / "nats-server")
    assert find_server(find_server()) == find_server()


async def test_keeps_nothing_on_disk(bus_server: BusServer) -> None:
    control = await bus_server.connect("control")
    await control.bucket("plans").put("hall", {"streams": ["cam.secret.main"]})
    files = [path for path in bus_server.state_dir.rglob("*") if path.is_file()]
    assert files
    assert not any(b"cam.secret.main" in path.read_bytes() for path in files)


PARENT = """
import asyncio, sys
from pathlib import Path
from ingest.nats_server import running_server

async def main():
    async with running_server(Path(sys.argv[1])):
        print("up", flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
async def test_ends_with_its_parent_whatever_ends_that(tmp_path: Path, number: signal.Signals) -> None:
    write_configuration(tmp_path)
    with subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"up\n"
        (server,) = psutil.Process(parent.pid).children()
        parent.send_signal(number)
        parent.wait(5)
    await eventually(lambda: not server.is_running() or server.status() == psutil.STATUS_ZOMBIE)
    port = int(json.loads((tmp_path / "bus" / "nats.conf").read_text())["listen"].split(":")[1])
    await eventually(lambda: not listens(port))


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
