"""The supervisor with real processes."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from structlog.testing import capture_logs

from ingest.supervisor import STOP_SECONDS, Child, Supervisor, exit_cause
from tests.support.waiting import eventually

SLEEPER = "import time; time.sleep(600)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(600)"


@asynccontextmanager
async def supervised(*children: Child) -> AsyncIterator[Supervisor]:
    stop = asyncio.Event()
    supervisor = Supervisor(children)
    running = asyncio.create_task(supervisor.run(stop))
    try:
        yield supervisor
    finally:
        stop.set()
        await running


def alive(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    return False


async def test_a_child_that_dies_comes_back_and_its_cause_is_logged() -> None:
    with capture_logs() as logs:
        async with supervised(Child("sleeper", (sys.executable, "-c", SLEEPER))) as supervisor:
            first = await eventually(lambda: supervisor.pids.get("sleeper", 0))
            os.kill(first, signal.SIGSEGV)
            await eventually(lambda: supervisor.pids.get("sleeper", first) != first)
    assert [line["cause"] for line in logs if line["event"] == "a child died"] == ["killed by SIGSEGV"]


async def test_stopping_leaves_nothing_behind_within_four_seconds_even_a_stubborn_child() -> None:
    async with supervised(
        Child("sleeper", (sys.executable, "-c", SLEEPER)), Child("stubborn", (sys.executable, "-c", STUBBORN))
    ) as supervisor:
        await eventually(lambda: len(supervisor.pids) == 2)
        pids = list(supervisor.pids.values())
        started = time.monotonic()
    assert STOP_SECONDS < 4
    assert time.monotonic() - started < STOP_SECONDS + 10  # what the machine takes for other things is its own
    assert not any(alive(pid) for pid in pids)


async def test_children_die_with_a_parent_that_was_killed() -> None:
    script = (
        "import asyncio, sys\n"
        "from ingest.supervisor import Child, Supervisor\n"
        "from ingest.worker import set_up_logs\n"
        "set_up_logs()\n"
        "async def main():\n"
        "    s = Supervisor([Child('c', (sys.executable, '-c', 'import time; time.sleep(600)'))])\n"
        "    asyncio.ensure_future(s.run(asyncio.Event()))\n"
        "    while not s.pids: await asyncio.sleep(0.01)\n"
        "    print(s.pids['c'], flush=True); await asyncio.sleep(600)\n"
        "asyncio.run(main())"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as parent:
        assert parent.stdout is not None
        child = int(await asyncio.to_thread(parent.stdout.readline))
        assert os.getpgid(child) == os.getpgid(parent.pid)
        parent.kill()
    await eventually(lambda: not alive(child))


async def test_a_program_that_is_not_there_is_said_and_tried_again() -> None:
    with capture_logs() as logs:
        async with supervised(Child("ghost", ("/nonexistent/program",))):
            await eventually(lambda: len([line for line in logs if line["log_level"] == "error"]) >= 2)
    assert logs[0]["program"] == "/nonexistent/program"


def test_exit_causes_in_words() -> None:
    assert exit_cause(3) == "exit code 3"
    assert exit_cause(-9) == "killed by SIGKILL"
