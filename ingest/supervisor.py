"""Starts child processes, restarts what dies, ends them all in time. Knows nothing of what they do."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from ingest.tether import tethered

FIRST_WAIT, LONGEST_WAIT, HEALTHY_AFTER = 0.5, 5.0, 30.0
"""Seconds: the wait before a first restart, its ceiling by doubling, and the life after which it starts anew."""
STOP_SECONDS = 2.8
"""How long children may take after SIGTERM before they are killed; the whole house ends within 4 s."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Child:
    """A process to keep running: its name in logs, its command, and what is added to the environment.

    `last`: ended when the others have ended, because they need it to leave in order.
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    last: bool = False


class Supervisor:
    """Keeps children running until `stop` is set."""

    def __init__(self, children: Sequence[Child]) -> None:
        self._children = list(children)
        self.pids: dict[str, int] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Start all children; return when `stop` is set and none of them is left."""
        others_ended = asyncio.Event()
        async with asyncio.TaskGroup() as last:
            for child in self._children:
                if child.last:
                    last.create_task(self._keep(child, others_ended), name=f"keep {child.name}")
            async with asyncio.TaskGroup() as others:
                for child in self._children:
                    if not child.last:
                        others.create_task(self._keep(child, stop), name=f"keep {child.name}")
            await stop.wait()
            others_ended.set()

    async def _keep(self, child: Child, stop: asyncio.Event) -> None:
        wait = FIRST_WAIT
        while not stop.is_set():
            started = asyncio.get_running_loop().time()
            if await self._run_once(child, stop):
                return
            if asyncio.get_running_loop().time() - started > HEALTHY_AFTER:
                wait = FIRST_WAIT
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), wait)
            wait = min(2 * wait, LONGEST_WAIT)

    async def _run_once(self, child: Child, stop: asyncio.Event) -> bool:
        """Run a child to its end; True if it was we who ended it."""
        if shutil.which(child.argv[0]) is None:
            log.error("a child's program is not there", child=child.name, program=child.argv[0])
            return False
        process = await asyncio.create_subprocess_exec(
            *tethered([*child.argv]), stdin=asyncio.subprocess.DEVNULL, env={**os.environ, **child.env}
        )
        self.pids[child.name] = process.pid
        log.info("started", child=child.name, pid=process.pid)
        exited, stopping = asyncio.ensure_future(process.wait()), asyncio.ensure_future(stop.wait())
        try:
            await asyncio.wait((exited, stopping), return_when=asyncio.FIRST_COMPLETED)
            if not stop.is_set():
                log.error("a child died", child=child.name, pid=process.pid, cause=exit_cause(exited.result()))
                return False
            await _end(child, process, exited)
            return True
        finally:
            self.pids.pop(child.name, None)
            stopping.cancel()


async def _end(child: Child, process: asyncio.subprocess.Process, exited: asyncio.Future[int]) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(asyncio.shield(exited), STOP_SECONDS)
    except TimeoutError:
        log.warning("a child did not stop in time and is killed", child=child.name, pid=process.pid)
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await exited


def exit_cause(code: int) -> str:
    """A return code in words: `exit code 3`, or `killed by SIGSEGV`."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"
