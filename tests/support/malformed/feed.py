"""Malformed streams to a puller that is a process: as many at a time as are given."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from ingest import causes
from ingest.camera_state import State, StreamStatus
from tests.support.pull_site import Site, process
from tests.support.waiting import eventually

# What the log of a puller says where something was not foreseen, and where FFmpeg's process died. Ours dies of a
# signal that no hostile picture ends it with.
_UNFORESEEN = ("in an unforeseen way", "Traceback", "never retrieved", "xception in callback")
_FFMPEG_DIED, _OURS = "FFmpeg died", signal.SIGUSR1
# Some are hung up on only where pictures fail to come for 20 s; all have a state before.
_PATIENCE_S = 20.0


@dataclass(frozen=True, slots=True)
class Fed:
    """What became of some streams. `said`: of each, but that it is connecting.

    `restart_s`: from FFmpeg's death to its next process, `newcomer_s`: until the camera was live that connected then;
    None where that did not come.
    """

    said: dict[int, list[StreamStatus]]
    restart_s: float | None
    newcomer_s: float | None

    @property
    def unforeseen(self) -> list[int]:
        """Whose failure nobody had thought of."""
        return [seed for seed, said in self.said.items() if any(one.cause_en == causes.FAILED.english for one in said)]

    @property
    def not_judged(self) -> list[int]:
        """Of whom nothing was said."""
        return [seed for seed, said in self.said.items() if not said]


class Feeder:
    """Has malformed streams pulled by the puller of a site."""

    def __init__(self, site: Site, puller: psutil.Process, serving: asyncio.subprocess.Process) -> None:
        self._site = site
        self._puller = puller
        self._serving = serving

    async def feed(self, seeds: range, dwell_s: float) -> Fed:
        """Have them pulled until each is judged, and `dwell_s` longer.

        Meanwhile the puller's FFmpeg is killed once, and a camera that behaves connects then.
        """
        site = self._site
        names = {seed: f"cam.malformed-{seed}.main" for seed in seeds}
        for seed, url in (await self._served(seeds)).items():
            site.urls[names[seed]] = url
        newcomer = f"cam.newcomer-{seeds.start}.main"
        site.urls[newcomer] = f"{site.healthy_url}/{newcomer}"
        await site.demand([*names.values()])
        await self._until(lambda: any(self._said(name) for name in names.values()))
        killed, killed_at = self._kill_ffmpeg(), time.monotonic()
        await site.demand([newcomer, *names.values()])
        restarted = await self._until(lambda: any(child.pid not in killed for child in self._puller.children()))
        restart_s = time.monotonic() - killed_at if restarted else None
        await self._until(lambda: all(self._said(name) for name in names.values()))
        await self._until(lambda: site.said_at(newcomer, State.LIVE) is not None)
        await asyncio.sleep(dwell_s)
        live_at = site.said_at(newcomer, State.LIVE)
        said = {seed: self._said(name) for seed, name in names.items()}
        return Fed(said, restart_s, live_at - killed_at if live_at is not None else None)

    async def _served(self, seeds: range) -> dict[int, str]:
        assert self._serving.stdin is not None
        assert self._serving.stdout is not None
        self._serving.stdin.write(f"{seeds.start} {seeds.stop}\n".encode())
        line = await asyncio.wait_for(self._serving.stdout.readline(), 60)
        return {int(seed): url for seed, url in json.loads(line).items()}

    def _said(self, name: str) -> list[StreamStatus]:
        return [status for _, status in self._site.said[name] if status.state is not State.CONNECTING]

    async def _until(self, check: Callable[[], bool]) -> bool:
        """Whether it is so in time: what is not is the finding."""
        with contextlib.suppress(AssertionError):
            return await eventually(check, within=_PATIENCE_S, every=0.1)
        return False

    def _kill_ffmpeg(self) -> set[int]:
        children = self._puller.children()
        for child in children:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.send_signal(_OURS)
        return {child.pid for child in children}


@contextlib.asynccontextmanager
async def feeder(site: Site, puller: psutil.Process) -> AsyncIterator[Feeder]:
    """With a process that serves the streams."""
    pipes = {"stdin": asyncio.subprocess.PIPE, "stdout": asyncio.subprocess.PIPE}
    async with process(["-m", "tests.support.malformed"], **pipes, limit=1 << 20) as serving:
        yield Feeder(site, puller, serving)


def unforeseen_in(log: Path) -> list[str]:
    """Lines of a puller's log that say so."""
    return [line for line in log.read_text(errors="replace").splitlines() if any(word in line for word in _UNFORESEEN)]


def ffmpeg_deaths_in(log: Path) -> tuple[int, int]:
    """How often FFmpeg's process died by itself, and by us, as a puller's log says."""
    deaths = [line for line in log.read_text(errors="replace").splitlines() if _FFMPEG_DIED in line]
    ours = sum(_OURS.name in line for line in deaths)
    return len(deaths) - ours, ours
