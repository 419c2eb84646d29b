"""CPU seconds of a site, and of the machine that it shares."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator

import psutil

from tests.support.site import Site


def pin(site: Site, cores: set[int]) -> None:
    """From now on a site runs on these cores alone, with all its threads, its decoders, and those that come."""
    for processes in site.families().values():
        _pin(processes, cores)


@contextlib.contextmanager
def others_on(site: Site, cores: set[int]) -> Iterator[None]:
    """In this block the same for whatever else this process has started, or starts: as the house and the browser of
    other tests, which have all cores again afterwards."""
    before = os.sched_getaffinity(0)
    with running_on(cores):
        _pin(_others(site), cores)
        try:
            yield
        finally:
            _pin(_others(site), before)


@contextlib.contextmanager
def running_on(cores: set[int]) -> Iterator[None]:
    """Processes that are started in this block run on these cores."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _others(site: Site) -> list[psutil.Process]:
    house = {process.pid for processes in site.families().values() for process in processes}
    return [child for child in psutil.Process().children(recursive=True) if child.pid not in house]


def _pin(processes: Iterable[psutil.Process], cores: set[int]) -> None:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            for thread in process.threads():
                with contextlib.suppress(ProcessLookupError):
                    os.sched_setaffinity(thread.id, cores)


def cpu_s_by_role(site: Site) -> dict[str, float]:
    """So far, user and system, of each of its roles, with the processes that those have for themselves."""
    return {role: sum(map(cpu_s, processes)) for role, processes in site.families().items()}


def cpu_s(process: psutil.Process) -> float:
    """So far, user and system, of one process."""
    times = process.cpu_times()
    return float(times.user + times.system)


def family_cpu_s(process: psutil.Process) -> float:
    """The same of a process and all that it has started, while they run."""
    return sum(map(cpu_s, [process, *process.children(recursive=True)]))


def machine_s() -> dict[str, float]:
    """So far, of all cores: idle, and stolen by the machine's other tenants."""
    machine = psutil.cpu_times()
    return {"idle": machine.idle + machine.iowait, "stolen": machine.steal}
