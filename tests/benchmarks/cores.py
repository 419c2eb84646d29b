"""CPU seconds of a site, and of the machine that it shares."""

from __future__ import annotations

import psutil

from tests.support.site import Site


def cpu_s_by_role(site: Site) -> dict[str, float]:
    """So far, user and system, of each of its roles, with the processes that those have for themselves."""
    return {role: sum(map(cpu_s, processes)) for role, processes in site.families().items()}


def cpu_s(process: psutil.Process) -> float:
    """So far, user and system, of one process."""
    times = process.cpu_times()
    return float(times.user + times.system)


def machine_s() -> dict[str, float]:
    """So far, of all cores: idle, and stolen by the machine's other tenants."""
    machine = psutil.cpu_times()
    return {"idle": machine.idle + machine.iowait, "stolen": machine.steal}
