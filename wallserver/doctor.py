"""`wallserver doctor`: what of this machine and this site is as a wall needs it, and what pictures cost here.

Nothing is claimed that was not tried: engines are probed by giving them a picture, costs are measured, ports are
opened. It can be asked beside a wall that runs, and leaves nothing behind.
"""

from __future__ import annotations

import ctypes
import os
import resource
import shutil
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Literal

import av

from ingest.accelerators import decoders, probe
from ingest.errors import IngestError
from wallserver.catalogue import open_catalogue
from wallserver.catalogue.errors import CatalogueError
from wallserver.config import Settings
from wallserver.control.routes.pages import static_folder
from wallserver.gateway.errors import GatewayError
from wallserver.gateway.process import prepare
from wallserver.gateway.udp_port import BUFFER_BYTES, SMALL_BUFFER_BYTES
from wallserver.in_use import InUseError, check_port_free, check_udp_ports_free, state_lock
from wallserver.video_costs import measure_costs

type Verdict = Literal["good", "told", "warning", "fault"]

# A site with hundreds of cameras has a socket for each, a viewer of HLS has one too.
LEAST_FILES = 4096
_LEAST_FREE_BYTES = 1 << 30
_CELLS = (16, 36, 64)
# adjtimex(2): STA_UNSYNC.
_CLOCK_UNSYNCHRONISED = 0x0040


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `remedy`: what to do about it, where something is to be done."""

    verdict: Verdict
    what: str
    found: str
    remedy: str = ""


async def examine(settings: Settings) -> list[Finding]:
    """Look at everything. Takes about five seconds."""
    return [*_machine(), *await _site(settings), *await _gateway(settings), *_video(settings)]


def _machine() -> Iterator[Finding]:
    cores = len(os.sched_getaffinity(0))
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    yield Finding("told", "machine", f"{cores} cores, {memory_gb:.1f} GB of memory")
    libraries = ", ".join(f"{name} {version(name)}" for name in ("av", "opencv-python-headless", "aiortc"))
    yield Finding("told", "libraries", f"{libraries}, FFmpeg {av.ffmpeg_version_info}")
    files, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = most == resource.RLIM_INFINITY or most >= LEAST_FILES
    yield Finding(
        "good" if enough else "warning",
        "open files",
        f"{files} now, up to {'any number' if most == resource.RLIM_INFINITY else most}",
        "" if enough else f"Raise the limit to {LEAST_FILES} or more (systemd: LimitNOFILE=).",
    )
    yield from _buffers()
    yield _clock()


def _buffers() -> Iterator[Finding]:
    for name in ("wmem_max", "rmem_max"):
        try:
            most = int(Path("/proc/sys/net/core", name).read_text())
        except (OSError, ValueError):
            continue  # a container that is not told
        enough = most >= SMALL_BUFFER_BYTES
        remedy = f"sysctl net.core.{name}={BUFFER_BYTES}: a keyframe in 4K to many viewers is lost in less."
        yield Finding("good" if enough else "warning", f"net.core.{name}", f"{most} bytes", "" if enough else remedy)


def _clock() -> Finding:
    """Ages of pictures between hosts are differences of their clocks."""
    # struct timex of Linux: 208 bytes; `modes` 0 only asks, `status` stands at 40 (64 bits).
    timex = ctypes.create_string_buffer(256)
    if ctypes.CDLL(None, use_errno=True).adjtimex(timex) < 0:
        return Finding("warning", "clock", "cannot be asked", "Run chrony or systemd-timesyncd.")
    status = int.from_bytes(timex.raw[40:44], "little")
    if status & _CLOCK_UNSYNCHRONISED:
        remedy = "Run chrony or systemd-timesyncd, or pictures from other hosts get a wrong age."
        return Finding("warning", "clock", "is not synchronised", remedy)
    return Finding("good", "clock", "is synchronised")


async def _site(settings: Settings) -> list[Finding]:
    found = [_pages()]
    folder = settings.state_dir
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not os.access(there, os.W_OK):
        found.append(Finding("fault", "state folder", f"{folder} cannot be written", "Give it to who runs the wall."))
        return found
    free = shutil.disk_usage(there).free
    enough = free >= max(_LEAST_FREE_BYTES, settings.replay.max_bytes if settings.replay.seconds else 0)
    remedy = "" if enough else "Instant replay needs what replay.max_bytes says, and a wall 1 GB beside it."
    told = f"{folder}, {free / 1e9:.1f} GB free"
    found.append(Finding("good" if enough else "warning", "state folder", told, remedy))
    if not (folder / "secrets.key").exists() and settings.database.url is None:
        found.append(Finding("told", "catalogue", "is not there yet; `wallserver run` or `cameras import` makes it"))
        return found
    try:
        async with open_catalogue(settings) as catalogue:
            cameras = await catalogue.cameras.list()
            walls = await catalogue.walls.list()
    except (CatalogueError, IngestError, OSError) as error:
        found.append(Finding("fault", "catalogue", str(error), "See database and state_dir in config.yaml."))
    else:
        found.append(Finding("good", "catalogue", f"{len(cameras)} cameras, {len(walls)} walls"))
    return found


def _pages() -> Finding:
    built = (static_folder() / "display.html").exists()
    remedy = "" if built else "Install the package anew: its build makes them."
    return Finding("good" if built else "fault", "pages", "are built" if built else "are not built", remedy)


async def _gateway(settings: Settings) -> list[Finding]:
    found = []
    running = False
    try:
        with state_lock(settings.state_dir) if settings.state_dir.is_dir() else nullcontext():
            check_port_free(settings.http, "http.port")
            check_udp_ports_free(settings, "gateway.udp_ports")
    except InUseError as error:
        running = "a wall runs there" in str(error)
        verdict: Verdict = "told" if running else "fault"
        found.append(Finding(verdict, "ports", str(error), "" if running else "Take others in config.yaml."))
    except OSError as error:
        found.append(Finding("fault", "ports", error.strerror or str(error)))
    else:
        found.append(Finding("good", "ports", f"{settings.http.host}:{settings.http.port} and the gateway's are free"))
    # Beside a wall that runs, any port shows as well whether a gateway could be.
    gateway = settings.gateway.model_copy(update={"udp_ports": None} if running else {})
    try:
        network, sending = await prepare(gateway)
    except (GatewayError, OSError) as error:
        found.append(Finding("fault", "gateway", str(error)))
    else:
        network.port.close()
        ours = sending.kind == "batched"
        remedy = "" if ours else "It works, at four times the CPU for each viewer; see gateway.sender."
        told = "our own" if ours else "aiortc's own"
        found.append(Finding("good" if ours else "warning", "sender", told, remedy))
    return found


def _video(settings: Settings) -> Iterator[Finding]:
    in_use = decoders().values()
    for engine in probe():
        if engine.fault is None:
            used = "out" not in engine.name and engine.codec in in_use
            told = "works, and decodes as FFmpeg's own: tilers use it" if used else "works; not used by this version"
            yield Finding("told", engine.name, told)
        else:
            yield Finding("told", engine.name, f"none ({engine.fault.rstrip('.')})")
    costs, fps = measure_costs(settings.mosaic), settings.mosaic.fps
    size = f"{settings.mosaic.width}×{settings.mosaic.height}"
    yield Finding("told", "a sub stream's picture", f"{costs.sub_ms:.2f} ms of a core, decoded into a small cell")
    yield Finding("told", "a main stream's picture", f"{costs.main_ms:.2f} ms of a core, decoded (1080p)")
    yield Finding("told", "a mosaic's picture", f"{costs.mosaic_ms:.2f} ms of a core, encoded ({size})")
    for cells in _CELLS:
        yield Finding("told", f"a mosaic of {cells}", f"{costs.cores(cells, fps):.2f} cores at {fps} pictures a second")
