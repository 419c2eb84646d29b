"""`wallserver run`: the whole house on one machine, each role a process of its own, restarted when it dies."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from ingest.bus_address import site_addresses
from ingest.nats_server import server_argv, write_configuration
from ingest.supervisor import Child, Supervisor
from wallserver.config import Settings
from wallserver.in_use import check_port_free, check_udp_ports_free, state_lock


async def run_house(settings: Settings, config: Path, stop: asyncio.Event) -> None:
    """Run the bus, control and the workers until `stop` is set.

    Raises BusError where the bus cannot be, InUseError where another house has the state folder or a port.
    """
    with state_lock(settings.state_dir):
        check_port_free(settings.http, f"{config}: http.port")
        if settings.public.enabled:
            check_port_free(settings.public, f"{config}: public.port")
        check_udp_ports_free(settings, f"{config}: gateway.udp_ports")
        await Supervisor(children(settings, config)).run(stop)


def children(settings: Settings, config: Path) -> list[Child]:
    """What `wallserver run` keeps running: a table of names and commands. Writes the credentials of the bus."""
    settings.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    files = _bus_files(settings)
    table = [] if settings.bus.url else [_bus(settings)]
    by_file = ["--config", str(config.absolute())]
    table.append(_role("control", "control", files["control"], *by_file))
    workers: tuple[tuple[str, str, int, list[str]], ...] = (
        ("puller", "pull", settings.workers.pullers, _replay(settings)),
        ("tiler", "tile", settings.workers.tilers, []),
        ("gateway", "gateway", settings.workers.gateways, by_file),
        ("judge", "judge", settings.workers.judges, []),
    )
    for role, command, count, options in workers:
        table += [_role(f"{role} {number}", command, files[role], *options) for number in range(1, count + 1)]
    if settings.public.enabled:
        table.append(_role("public", "public", files["public"], *by_file))
    return table


def _replay(settings: Settings) -> list[str]:
    """What each puller is told of instant replay: of the machine's room for it, an equal share."""
    if not settings.replay.seconds or not settings.workers.pullers:
        return []
    share = settings.replay.max_bytes // settings.workers.pullers
    folder = (settings.state_dir / "replay").absolute()
    return ["--replay", str(folder), "--replay-seconds", str(settings.replay.seconds), "--replay-bytes", str(share)]


def _bus(settings: Settings) -> Child:
    return Child("bus", server_argv(settings.state_dir, settings.bus.server_path), last=True)


def _role(name: str, command: str, bus_file: Path, *options: str) -> Child:
    return Child(name, [sys.executable, "-m", "wallserver", command, "--bus", str(bus_file.absolute()), *options])


def _bus_files(settings: Settings) -> dict[str, Path]:
    """The credentials file of each role: of our own server, or cut out of the site's, so that none holds another's."""
    if settings.bus.url is None:
        return write_configuration(settings.state_dir, settings.bus.port)
    if settings.bus.credentials is None:  # the settings' own check refuses this
        raise ValueError("bus.url without bus.credentials")
    folder = settings.state_dir / "bus"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    files = {}
    for role, address in site_addresses(settings.bus.url, settings.bus.credentials).items():
        files[role] = folder / f"{role}.yaml"
        address.to_file(files[role])
    return files
