"""Malformed streams to a puller that is a process: as many at a time as are given."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from contextlib import AsyncExitStack

from ingest.camera_state import State, StreamStatus
from tests.support.malformed import malformed
from tests.support.pull_site import Site
from tests.support.waiting import eventually

# What the puller's log says where something was not foreseen, and where FFmpeg's process died.
UNFORESEEN = "in an unforeseen way"
FFMPEG_DIED = "FFmpeg died at what a camera sent"


async def feed(site: Site, seeds: Sequence[int], dwell_s: float) -> dict[int, list[StreamStatus]]:
    """Have them pulled until each is judged, and `dwell_s` longer; what was said of each but that it is connecting."""
    names = {seed: f"cam.malformed-{seed}.main" for seed in seeds}
    async with AsyncExitStack() as stack:
        for seed, name in names.items():
            host = f"127.1.{seed // 200 % 200}.{seed % 200 + 1}"
            site.urls[name] = await stack.enter_async_context(malformed(seed, host))
        await site.demand(list(names.values()))

        def judged() -> bool:
            return all(_judgements(site, name) for name in names.values())

        with contextlib.suppress(AssertionError):  # what is not judged by then is the finding
            await eventually(judged, within=15, every=0.1)
        await asyncio.sleep(dwell_s)
        return {seed: _judgements(site, name) for seed, name in names.items()}


def _judgements(site: Site, name: str) -> list[StreamStatus]:
    return [status for _, status in site.said[name] if status.state is not State.CONNECTING]
