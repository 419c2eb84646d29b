"""Debian's GStreamer as a WHEP player, in a child process. Its script is gst_whep.py."""

from __future__ import annotations

import asyncio
import functools
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support import debian
from tests.support.gst_cameras import SYSTEM_PYTHON

PACKAGES = (
    "gir1.2-gst-plugins-bad-1.0 python3-gi gstreamer1.0-nice gstreamer1.0-plugins-base gstreamer1.0-plugins-good"
    " gstreamer1.0-plugins-bad"
)
_CHECK = """
import gi
gi.require_version("GstWebRTC", "1.0")
from gi.repository import Gst, GstWebRTC
Gst.init(None)
names = "webrtcbin nicesrc dtlsdec srtpdec rtph264depay h264parse openh264dec appsink".split()
raise SystemExit(not all(Gst.ElementFactory.find(name) for name in names))
"""


@dataclass(frozen=True, slots=True)
class Played:
    """What it showed: (wall clock, corner of the picture), and how its leaving was answered."""

    pictures: list[tuple[float, dict[str, Any]]]
    status: int
    packets_lost: int


@functools.cache
def installed() -> bool:
    """Whether the system's Python finds webrtcbin and all that it needs."""
    if not Path(SYSTEM_PYTHON).exists():
        return False
    return subprocess.run([SYSTEM_PYTHON, "-c", _CHECK], capture_output=True, check=False).returncode == 0


def require_gst_player() -> None:
    """Skip the test (fail in CI) where webrtcbin is not installed."""
    debian.require(installed, PACKAGES)


async def play(url: str, token: str, caps: str, seconds: float, parts: int = 1) -> Played:
    """Play a WHEP address for so long; fails where nothing is played. Looked at is the first of parts × parts cells."""
    wanted = json.dumps({"url": url, "token": token, "caps": caps, "seconds": seconds, "parts": parts})
    process = await asyncio.create_subprocess_exec(
        *(SYSTEM_PYTHON, str(Path(__file__).with_name("gst_whep.py"))),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(seconds + 30):
            output, errors = await process.communicate(wanted.encode())
    except BaseException:
        process.kill()
        await process.wait()
        raise
    lines = [json.loads(line) for line in output.splitlines()]
    assert lines, f"nothing was played: {errors.decode()[-2000:]}"
    assert "status" in lines[-1], errors.decode()[-2000:]
    pictures = [(line["at"], line["picture"]) for line in lines[:-1]]
    return Played(pictures, lines[-1]["status"], lines[-1]["packets_lost"])
