"""Two pullers on two hosts, a real nats-server with TLS and cameras beside them: what several machines are to a site.

Each host is a network namespace (net_hosts.py); bus and cameras are in the middle, with us.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from ingest.bucket_feed import Mirror
from ingest.bus import Bus
from ingest.bus_address import BusAddress, TlsFiles
from ingest.camera_state import State
from ingest.nats_server import server_argv, wait_listening, write_configuration
from ingest.placement import preferred
from ingest.tether import tethered
from tests.support.net_hosts import MIDDLE, Host, host
from tests.support.pulled import Pictures, Sessions
from tests.support.waiting import eventually
from wallserver.certificate import self_signed

PORT = 4222


@asynccontextmanager
async def two_hosts(folder: Path, cameras: int) -> AsyncIterator[TwoHosts]:
    """All of it, once every camera is live with the puller that is to have it. Call `leave_for_own_network` before."""
    async with AsyncExitStack() as stack:
        site = TwoHosts(folder, [f"cam.{number:03}.sub" for number in range(cameras)])
        stack.push_async_callback(site.end)
        site.hosts = [await stack.enter_async_context(host(number)) for number in (1, 2)]
        await site.start_bus()
        url = await site.start_cameras()
        reader = await site.pictures.read(site.address("gateway"))
        stack.push_async_callback(reader.close)
        control = await Bus.connect(site.address("control"), "control", "test")
        stack.push_async_callback(control.close)
        await site.demand(control, url)
        for machine in site.hosts:
            await site.start_puller(machine)
        await eventually(site.even, within=60, every=0.2)
        yield site


class TwoHosts:
    """The site. Everything that runs on the second host may be lost; `pictures` and `sessions` say what is seen."""

    hosts: list[Host]
    _status: Mirror

    def __init__(self, folder: Path, streams: list[str]) -> None:
        self.streams = streams
        self.pictures = Pictures()
        self.sessions = Sessions()
        self._folder = folder
        self._files = _bus_with_tls(folder)
        self._running: dict[str, Process] = {}
        self._hearing: asyncio.Task[None] | None = None

    def address(self, role: str) -> BusAddress:
        """What `role` connects with."""
        return BusAddress.from_file(self._files[role])

    async def start_bus(self) -> None:
        """Returns when it listens."""
        await self._start("bus", server_argv(self._folder))
        await wait_listening(self.address("control"))

    async def stop_bus(self) -> None:
        """Returns when it is gone."""
        await self._end("bus", signal.SIGTERM)

    async def start_cameras(self) -> str:
        """Their URL."""
        command = [sys.executable, "-m", "tests.support.many_cameras", MIDDLE]
        process = await self._start("cameras", command, stdout=PIPE)
        assert process.stdout is not None
        url = (await asyncio.wait_for(process.stdout.readline(), 30)).decode().strip()
        self._hearing = asyncio.create_task(self.sessions.hear(process.stdout))
        return url

    async def demand(self, control: Bus, url: str) -> None:
        """Answer pullers as control does, and demand every stream."""

        async def source(subject: str, _: dict[str, Any]) -> dict[str, Any]:
            return {"url": f"{url}/{subject.removeprefix('req.source.')}"}

        await control.serve("req.source.>", source)
        self._status = control.bucket("status").mirror()
        await control.bucket("plans").put("test", {"streams": self.streams})

    async def start_puller(self, machine: Host) -> None:
        """On its host, under its name."""
        arguments = ("-m", "wallserver", "pull", "--bus", str(self._files["puller"]), "--worker", machine.name)
        await self._start(machine.name, machine.command(*arguments))

    async def kill_puller(self, machine: Host) -> None:
        """`kill -9`."""
        await self._end(machine.name, signal.SIGKILL)

    def owner(self, stream: str) -> str | None:
        """The host with which it is live."""
        said = self._status.values.get(stream)
        return said["worker"] if said is not None and said["state"] == State.LIVE else None

    def owned_by(self, machine: Host) -> list[str]:
        """The streams that are live with this host."""
        return [stream for stream in self.streams if self.owner(stream) == machine.name]

    def even(self) -> bool:
        """Whether each stream is live with the host that placement prefers."""
        there = {machine.name: 1.0 for machine in self.hosts}
        return all(self.owner(stream) == preferred(stream, there) for stream in self.streams)

    def forget(self) -> None:
        """What is seen from here on counts."""
        self.pictures.forget()
        self.sessions.forget()

    async def lose_second(self, losing: Awaitable[None], within: float = 30.0) -> dict[str, Lost]:
        """Lose the second host in this way; returns when all that it had is live on the first."""
        its = self.owned_by(self.hosts[1])
        epochs = {stream: self.pictures.newest_epoch(stream) for stream in its}
        self.forget()
        lost_at = time.monotonic()
        await losing
        live: dict[str, float] = {}

        def all_live() -> bool:
            for stream in its:
                if stream not in live and self.owner(stream) == self.hosts[0].name:
                    live[stream] = time.monotonic() - lost_at
            return len(live) == len(its)

        await eventually(all_live, within=within)
        return {stream: (self.pictures.first_after(stream, lost_at, epochs[stream]), live[stream]) for stream in its}

    async def end(self) -> None:
        """Everything that runs."""
        for name in list(self._running):
            await self._end(name, signal.SIGTERM)
        if self._hearing is not None:
            await self._hearing

    async def _start(self, name: str, argv: list[str], stdout: int = DEVNULL) -> Process:
        with (self._folder / f"{name}.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(*tethered(argv), stdin=DEVNULL, stdout=stdout, stderr=log)
        self._running[name] = process
        return process

    async def _end(self, name: str, number: signal.Signals) -> None:
        process = self._running.pop(name)
        with suppress(ProcessLookupError):
            process.send_signal(number)
        await process.wait()


# Seconds until its next picture, from another owner, and until it is said to be live.
type Lost = tuple[float | None, float]


def _bus_with_tls(folder: Path) -> dict[str, Path]:
    """The configuration of our own nats-server as a site would have it for several hosts; each role's credentials."""
    files = write_configuration(folder, PORT)
    certificate, key = self_signed(folder, [MIDDLE])
    path = folder / "bus" / "nats.conf"
    configuration = json.loads(path.read_text())
    configuration["listen"] = f"{MIDDLE}:{PORT}"
    configuration["tls"] = {"cert_file": str(certificate), "key_file": str(key)}
    path.write_text(json.dumps(configuration))
    for role, file in files.items():
        password = BusAddress.from_file(file).password
        BusAddress(f"tls://{MIDDLE}:{PORT}", role, password, TlsFiles(ca=certificate)).to_file(file)
    return files
