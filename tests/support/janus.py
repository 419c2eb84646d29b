"""Debian's Janus (a WebRTC server in C) with its streaming plugin, as a yardstick; see tests/benchmarks/janus.

Of its API (https://janus.conf.meetecho.com/docs/rest.html) the little that a viewer needs: Janus offers, we answer.
"""

from __future__ import annotations

import asyncio
import itertools
import shutil
import sysconfig
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import psutil

from tests.support.site import free_port
from tests.support.waiting import eventually

MOUNTPOINT = 1
_CONFIGURATION = Path(__file__).parents[1] / "benchmarks" / "janus"
_PLUGIN = "janus.plugin.streaming"


def executable() -> str | None:
    """Where it is on this machine."""
    return shutil.which("janus")


class Janus:
    """A running one: its process, and where it takes the stream as RTP at 127.0.0.1."""

    def __init__(self, process: psutil.Process, rtp_port: int, http: aiohttp.ClientSession) -> None:
        self.process = process
        self.rtp_port = rtp_port
        self._http = http
        self._numbers = itertools.count()
        self._session = ""

    async def open(self) -> None:
        """Begin a session, which all viewers are handles of."""
        self._session = f"/janus/{(await self._say('/janus', janus='create'))['data']['id']}"

    async def watch(self) -> tuple[int, str]:
        """One more viewer: its handle, and Janus' SDP offer to it."""
        handle = (await self._say(self._session, janus="attach", plugin=_PLUGIN))["data"]["id"]
        body = {"request": "watch", "id": MOUNTPOINT}
        await self._say(f"{self._session}/{handle}", janus="message", body=body)
        while True:
            event = await self._event()
            if event.get("sender") == handle and "jsep" in event:
                return handle, event["jsep"]["sdp"]

    async def start(self, handle: int, answer: str) -> None:
        """Take the viewer's SDP answer."""
        jsep = {"type": "answer", "sdp": answer}
        await self._say(f"{self._session}/{handle}", janus="message", body={"request": "start"}, jsep=jsep)

    async def leave(self, handles: Sequence[int]) -> None:
        """End these viewers."""
        for handle in handles:
            await self._say(f"{self._session}/{handle}", janus="detach")

    async def answers(self) -> bool:
        """Whether it is there."""
        try:
            async with self._http.get("/janus/info") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    async def _say(self, path: str, **words: Any) -> dict[str, Any]:
        async with self._http.post(path, json={**words, "transaction": str(next(self._numbers))}) as answer:
            said: dict[str, Any] = await answer.json(content_type=None)
        assert said["janus"] in ("success", "ack"), said
        return said

    async def _event(self) -> dict[str, Any]:
        async with self._http.get(f"{self._session}") as answer:
            said: dict[str, Any] = await answer.json(content_type=None)
        return said


@asynccontextmanager
async def running_janus(folder: Path, event_loops: int) -> AsyncIterator[Janus]:
    """A Janus for this block; its configuration, filled in, and its log are put into `folder`."""
    rtp_port, http_port = free_port(), free_port()
    libraries = Path("/usr/lib", sysconfig.get_config_var("MULTIARCH") or "", "janus")
    places = {"FOLDER": folder, "LIBRARIES": libraries, "LOOPS": event_loops}
    places |= {"RTP_PORT": rtp_port, "HTTP_PORT": http_port}
    for template in _CONFIGURATION.glob("*.jcfg"):
        text = template.read_text()
        for name, value in places.items():
            text = text.replace(f"@{name}@", str(value))
        (folder / template.name).write_text(text)
    command = ["janus", "--configs-folder", str(folder), "--config", str(folder / "janus.jcfg"), "--disable-colors"]
    with (folder / "janus.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{http_port}") as http:
            janus = Janus(psutil.Process(process.pid), rtp_port, http)
            await eventually(janus.answers)
            await janus.open()
            yield janus
    finally:
        process.terminate()
        await asyncio.wait_for(process.wait(), 10)
