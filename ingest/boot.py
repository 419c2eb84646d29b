"""Which run of which machine a monotonic clock belongs to."""

from __future__ import annotations

import functools
import uuid
from pathlib import Path

_LINUX = Path("/proc/sys/kernel/random/boot_id")


@functools.cache
def boot_id() -> bytes:
    """16 bytes that all processes on this machine share until it restarts; elsewhere than Linux, this process alone."""
    return uuid.UUID(_LINUX.read_text().strip()).bytes if _LINUX.exists() else uuid.uuid4().bytes
