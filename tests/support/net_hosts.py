"""Hosts of a network of their own, as Linux network namespaces: nothing of it is on a network of this machine.

A thread of ours becomes the middle (`MIDDLE`), each `Host` a machine beside it on one switch. They end with the
processes in them, however those end. Needs root.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from ingest.tether import tethered
from tests.support.waiting import eventually

MIDDLE = "10.77.0.1"
_SWITCH = "switch"


async def leave_for_own_network() -> None:
    """From now on this thread, and all that it starts, is the middle. PermissionError without root."""
    os.unshare(os.CLONE_NEWNET)
    await _ip("link", "set", "lo", "up")
    await _ip("link", "add", _SWITCH, "type", "bridge")
    await _ip("address", "add", f"{MIDDLE}/24", "dev", _SWITCH)
    await _ip("link", "set", _SWITCH, "up")


@dataclass(frozen=True, slots=True)
class Host:
    """Another machine. `number` is 1 to 200."""

    number: int
    pid: int

    @property
    def name(self) -> str:
        """`host-1` is the first one."""
        return f"host-{self.number}"

    def command(self, *arguments: str) -> list[str]:
        """What runs `python ARGUMENTS…` there, in place of the process that is started."""
        return [*self.inside, sys.executable, *arguments]

    async def cable(self, *, plugged: bool) -> None:
        """Pull its cable, or plug it in."""
        await _ip("link", "set", f"port{self.number}", "up" if plugged else "down")

    @property
    def inside(self) -> list[str]:
        """What a command is to begin with to run there."""
        return ["nsenter", f"--net=/proc/{self.pid}/ns/net", "--"]

    @contextlib.asynccontextmanager
    async def loses(self, percent: int) -> AsyncIterator[None]:
        """So much of the datagrams between the middle and it is lost, by chance, either way. Needs nftables."""
        address, rules = f"10.77.0.{self.number + 1}", ["add table inet lossy"]
        for way, end in (("output", "daddr"), ("input", "saddr")):
            rules.append(f"add chain inet lossy {way} {{ type filter hook {way} priority 0; }}")
            lost = f"meta l4proto udp numgen random mod 100 <= {percent - 1} drop"
            rules.append(f"add rule inet lossy {way} ip {end} {address} {lost}")
        await _run("nft", "; ".join(rules))
        try:
            yield
        finally:
            await _run("nft", "delete table inet lossy")

    async def _connect(self) -> None:
        port = f"port{self.number}"
        await _ip("link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", str(self.pid))
        await _ip("link", "set", port, "master", _SWITCH, "up")
        for words in (
            ("link", "set", "lo", "up"),
            ("address", "add", f"10.77.0.{self.number + 1}/24", "dev", "eth0"),
            ("link", "set", "eth0", "up"),
        ):
            await _run(*self.inside, "ip", *words)


@contextlib.asynccontextmanager
async def host(number: int) -> AsyncIterator[Host]:
    """A machine for a while. What runs there is its user's to end."""
    process = await asyncio.create_subprocess_exec(*tethered(["unshare", "--net", "sleep", "infinity"]))
    try:
        await eventually(lambda: _network_of(str(process.pid)) != _network_of("thread-self"))
        machine = Host(number, process.pid)
        await machine._connect()
        yield machine
    finally:
        process.kill()
        await process.wait()


def _network_of(process: str) -> int:
    return Path(f"/proc/{process}/ns/net").stat().st_ino


async def _ip(*words: str) -> None:
    await _run("ip", *words)


async def _run(*command: str) -> None:
    process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
    _, error = await process.communicate()
    if process.returncode:
        raise OSError(f"{' '.join(command)}: {error.decode().strip()}")
