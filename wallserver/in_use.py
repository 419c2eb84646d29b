"""One house for each state folder and port: a second one is told so before it touches anything."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
from collections.abc import Iterator
from pathlib import Path

from ingest.errors import IngestError
from wallserver.config import HttpSettings, Settings
from wallserver.gateway.settings import port_range
from wallserver.gateway.udp_port import are_free
from wallserver.public.settings import PublicSettings


class InUseError(IngestError):
    """Another process has what this one needs."""


@contextlib.contextmanager
def state_lock(folder: Path) -> Iterator[None]:
    """Hold a state folder while the block runs; the system lets go of it however we end. Raises InUseError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 20).decode(errors="replace").strip() or "another one"
            raise InUseError(f"The state folder {folder} is in use by process {holder}: a wall runs there.") from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def check_port_free(http: HttpSettings | PublicSettings, named: str) -> None:
    """Raises InUseError, with what sets the port as `named`, where nobody could listen there."""
    family = socket.AF_INET6 if ":" in http.host else socket.AF_INET
    try:
        socket.create_server((http.host, http.port), family=family).close()
    except OSError as error:
        reason = error.strerror or "the address cannot be used"
        raise InUseError(f"{named} {http.port} cannot be listened on at {http.host}: {reason}.") from None


def check_udp_ports_free(settings: Settings, named: str) -> None:
    """Raises InUseError, with what sets the ports as `named`, where not each gateway of this machine would get one."""
    gateway, processes = settings.gateway, settings.workers.gateways
    ports = port_range(gateway.udp_ports)
    if ports and not are_free(ports, [str(address) for address in gateway.addresses], processes):
        raise InUseError(f"{named} {gateway.udp_ports}: too few are free for {processes} gateway(s), each needs one.")
