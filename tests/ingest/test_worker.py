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


def test_a_worker_whose_loop_stands_still_ends_and_says_where() -> None:
    body = "import ctypes; ctypes.PyDLL(None).sleep(60)"  # with Python's lock: no thread of Python's can do anything
    script = SCRIPT.format(body=body).replace("run_worker(main)", "worker.HUNG_SECONDS = 0.5\nrun_worker(main)")
    started = time.monotonic()
    ended = subprocess.run(
        [sys.executable, "-c", script.replace("import sys, logging", "import sys, logging; from ingest import worker")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert time.monotonic() - started < 30
    assert "Timeout" in ended.stderr
    assert "in main" in ended.stderr


def test_large_blocks_go_back_to_the_system_however_large_those_before_were() -> None:
    """glibc keeps what is freed in heaps once a larger block has been freed: so far that one, 32 MiB at most."""
    script = """
from ctypes import CDLL, c_size_t, c_void_p, Structure
from ingest.worker import give_large_blocks_back
class Info(Structure):
    _fields_ = [(name, c_size_t) for name in "arena ordblks smblks hblks hblkhd usm fsm uord ford keep".split()]
libc = CDLL(None)
libc.malloc.restype, libc.malloc.argtypes, libc.free.argtypes = c_void_p, [c_size_t], [c_void_p]
libc.mallinfo2.restype = Info
def is_mapped():
    libc.free(libc.malloc(16 << 20))
    before = libc.mallinfo2().hblks
    block = libc.malloc(2 << 20)
    mapped = libc.mallinfo2().hblks - before
    libc.free(block)
    return mapped
give_large_blocks_back()
print(is_mapped())
"""
    assert subprocess.check_output([sys.executable, "-c", script]) == b"1\n"
    without = script.replace("give_large_blocks_back()\n", "", 1)
    assert subprocess.check_output([sys.executable, "-c", without]) == b"0\n"
