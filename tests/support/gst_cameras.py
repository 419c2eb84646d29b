"""A child process with GstRtspServer: cameras that nobody here wrote. Its script is gst_server.py."""

from __future__ import annotations

import functools
import json
import os
import queue
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.support import debian
from tests.support.pictures import pictures

PACKAGES = (
    "gir1.2-gst-rtsp-server-1.0 python3-gi gstreamer1.0-plugins-base gstreamer1.0-plugins-good"
    " gstreamer1.0-plugins-ugly gstreamer1.0-plugins-bad"
)
SYSTEM_PYTHON = "/usr/bin/python3"
_CHECK = """
import gi
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gst, GstRtspServer
Gst.init(None)
names = "x264enc x265enc jpegenc vp8enc rtph264pay rtph265pay rtpjpegpay rtpvp8pay".split()
raise SystemExit(not all(Gst.ElementFactory.find(name) for name in names))
"""


@dataclass(frozen=True)
class Mount:
    """One simulated camera. `slices`: per picture; `in_band`: parameter sets before keyframes, else only in the SDP."""

    path: str
    codec: str = "h264"
    width: int = 640
    height: int = 360
    fps: int = 15
    gop: int = 15
    kbps: int = 600
    b_frames: int = 0
    slices: int = 1
    in_band: bool = True
    username: str = ""
    password: str = ""
    auth: str = "digest"
    transport: str = "both"
    muted: bool = False
    stamps: bool = False
    loss: float = 0.0


@functools.cache
def installed() -> bool:
    """Whether the system's Python finds GstRtspServer and all encoders that the mounts use."""
    if not Path(SYSTEM_PYTHON).exists():
        return False
    return subprocess.run([SYSTEM_PYTHON, "-c", _CHECK], capture_output=True, check=False).returncode == 0


def require_gst() -> None:
    """Skip the test (fail in CI) where GstRtspServer is not installed."""
    debian.require(installed, PACKAGES)


class GstCameras:
    """A running server: addresses of its mounts, and what can be done to them."""

    def __init__(self, process: subprocess.Popen[str], mounts: dict[str, Mount], ports: dict[str, int]) -> None:
        self._process = process
        self._mounts = mounts
        self.open_port = ports["open"]
        self.closed_port = ports["closed"]
        self.stamps: queue.SimpleQueue[tuple[int, str]] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, name="gst-stamps")
        self._reader.start()

    def url(self, path: str) -> str:
        """The address of a mount (or of none), without credentials."""
        mount = self._mounts.get(path)
        port = self.closed_port if mount is not None and mount.username else self.open_port
        return f"rtsp://127.0.0.1:{port}{path}"

    def mute(self, path: str) -> None:
        """No more RTP from this mount; its sessions go on."""
        self._command(f"mute {path}")

    def unmute(self, path: str) -> None:
        """RTP again."""
        self._command(f"unmute {path}")

    def kick(self) -> None:
        """Close every client's connection."""
        self._command("kick")

    def remove(self, path: str) -> None:
        """The mount is not there any more, and every connection is closed."""
        self._command(f"remove {path}")

    def close(self) -> None:
        """End the child."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()
        self._process.stdout.close()

    def _command(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            at, digest = line.split()
            self.stamps.put((int(at), digest))


@contextmanager
def gst_cameras(*mounts: Mount) -> Iterator[GstCameras]:
    """Serve these mounts on free loopback ports for a while. Skips where Debian's packages are missing."""
    require_gst()
    with tempfile.TemporaryDirectory(prefix="wallserver-gst-") as folder:
        specs = []
        files: dict[tuple[int, int], str] = {}
        for mount in mounts:
            size = (mount.width, mount.height)
            if size not in files:
                files[size] = str(Path(folder) / f"{mount.width}x{mount.height}.i420")
                Path(files[size]).write_bytes(pictures(*size, count=60))
            specs.append({**asdict(mount), "raw": files[size]})
        process = subprocess.Popen(
            [SYSTEM_PYTHON, str(Path(__file__).with_name("gst_server.py")), json.dumps(specs)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        assert process.stdout is not None
        first = process.stdout.readline()
        if not first:
            process.wait()
            raise RuntimeError("GstRtspServer did not start")
        cameras = GstCameras(process, {mount.path: mount for mount in mounts}, json.loads(first))
        try:
            yield cameras
        finally:
            cameras.close()
