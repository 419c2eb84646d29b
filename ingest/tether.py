"""Run a program that dies with its parent, even after the parent's kill -9 (Linux).

Run as a script: `python tether.py PARENT_PID PROGRAM ARGUMENT…` asks the kernel for SIGKILL at the parent's death
and becomes PROGRAM. The wish survives execve(2), so PROGRAM needs to know nothing of it (prctl(2)).
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def tethered(argv: list[str]) -> list[str]:
    """The command that runs `argv` tethered to this process; start it from the main thread."""
    # -I -S: nothing but the standard library's core is imported, it takes some 10 ms.
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), *argv]


def die_with_parent(number: signal.Signals) -> None:
    """Let the kernel send us `number` when the thread that started us ends. Other systems than Linux: nothing."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)


def _main() -> None:
    die_with_parent(signal.SIGKILL)
    if os.getppid() != int(sys.argv[1]):  # it died before we asked
        sys.exit(1)
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606 - the caller's own command, no shell


if __name__ == "__main__":
    _main()
