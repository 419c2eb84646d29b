"""Debian's coturn, as a TURN server on loopback: a stack that nobody here wrote."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.support.site import free_port
from tests.support.waiting import eventually


def executable() -> str | None:
    """Where it is on this machine."""
    return shutil.which("turnserver")


@asynccontextmanager
async def turn_server(folder: Path, *options: str) -> AsyncIterator[int]:
    """A running server; its port, for UDP and TCP. `options`: who may use it."""
    port = free_port()
    log = folder / "turn.log"
    command = ["turnserver", "-n", "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", f"--listening-port={port}"]
    command += ["--realm=wall.test", "--allow-loopback-peers", "--no-cli", "--no-tls", "--no-dtls", "--fingerprint"]
    command += [f"--log-file={log}", "--simple-log", f"--pidfile={folder / 'turn.pid'}", "--verbose"]
    command += [f"--userdb={folder / 'turn.db'}", "--relay-threads=1", *options]
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        await eventually(lambda: _listens(port))
        yield port
    finally:
        process.terminate()
        await asyncio.wait_for(process.wait(), 10)


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
