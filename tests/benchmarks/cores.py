"""CPU seconds of a site, and of the machine that it shares."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from tests.support.site import Site


@contextmanager
def running_on(cores: set[int] | None) -> Iterator[None]:
    """Processes that are started in this block run on these cores; None: where they would anyway."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores or before)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def cpu_s_by_role(site: Site) -> dict[str, float]:
    """So far, user and system, of each of its roles."""
    return {role: sum(map(cpu_s, processes)) for role, processes in site.roles().items()}


def cpu_s(process: psutil.Process) -> float:
    """So far, user and system, of one process."""
    times = process.cpu_times()
    return float(times.user + times.system)


def machine_s() -> dict[str, float]:
    """So far, of all cores: idle, and stolen by the machine's other tenants."""
    machine = psutil.cpu_times()
    return {"idle": machine.idle + machine.iowait, "stolen": machine.steal}
