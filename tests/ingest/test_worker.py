"""A role's process: how it ends."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest

POLITE = "await stop.wait()"
DEAF = "await stop.wait(); import time; time.sleep(60)"
SCRIPT = """
import sys, logging
from ingest.worker import run_worker
async def main(stop):
    print("up", flush=True)
    {body}
run_worker(main)
"""


def run_until(number: signal.Signals, body: str, *, ignored: bool = False) -> tuple[int, float]:
    """Start a worker, send it a signal once it is up; its exit code and how long it took to end."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN) if ignored else None
    try:
        process = subprocess.Popen(
            [sys.executable, "-c", SCRIPT.format(body=body)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    finally:
        if ignored:
            signal.signal(signal.SIGINT, before)
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        started = time.monotonic()
        process.send_signal(number)
        code = process.wait(10)
    return code, time.monotonic() - started


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_each_signal_ends_a_worker(number: signal.Signals) -> None:
    assert run_until(number, POLITE)[0] == 0


def test_sigint_ends_a_worker_that_inherited_it_as_ignored() -> None:
    assert run_until(signal.SIGINT, POLITE, ignored=True)[0] == 0


def test_a_worker_that_hangs_ends_itself_in_time() -> None:
    code, seconds = run_until(signal.SIGTERM, DEAF)
    assert code == 1
    assert seconds < 4
