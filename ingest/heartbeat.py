"""A worker's sign of life, with its figures."""

from __future__ import annotations

import os
import resource
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ingest.boot import boot_id
from ingest.bus import Bus
from ingest.refreshed import Refreshed


class Heartbeat:
    """Says each second on the bus that `worker` lives: bucket `workers`, key `<role>.<worker>`.

    The value: role, worker, host, pid, capacity (1 unless `figures` says otherwise; the share of streams that
    placement gives), boot_id (hexadecimal), since (Unix seconds), cpu_s (user and system, since its start), rss_bytes,
    and all that `figures()` returns.
    Needs a running event loop; ends with the bus.
    """

    def __init__(self, bus: Bus, role: str, worker: str, figures: Callable[[], dict[str, Any]]) -> None:
        self._figures = figures
        self._fixed = {
            "role": role,
            "worker": worker,
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "capacity": 1,
            "boot_id": boot_id().hex(),
            "since": int(time.time()),
        }
        self._entry = Refreshed(bus, "workers", f"{role}.{worker}", self._value)

    async def close(self) -> None:
        """Say that this worker is gone."""
        await self._entry.close()

    def _value(self) -> dict[str, Any]:
        used = {"cpu_s": round(time.process_time(), 3), "rss_bytes": resident_bytes()}
        return self._fixed | used | self._figures()


def resident_bytes() -> int:
    """The memory of this process that is in RAM (proc(5), statm); 0 where the system does not say."""
    try:
        resident = Path("/proc/self/statm").read_text().split()[1]
    except OSError:
        return 0
    return int(resident) * resource.getpagesize()
