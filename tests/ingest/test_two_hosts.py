"""A site of two hosts, each in a network of its own: one is lost, and the bus goes away. Needs root."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.support.net_hosts import leave_for_own_network
from tests.support.two_hosts import TwoHosts, two_hosts
from tests.support.waiting import eventually

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="making network namespaces needs root")


def test_what_a_lost_host_had_is_live_on_the_other_which_notices_nothing(tmp_path: Path) -> None:
    async def scene(site: TwoHosts) -> None:
        others = site.owned_by(site.hosts[0])
        lost = await site.lose_second(site.kill_puller(site.hosts[1]))
        assert len(lost) + len(others) == len(site.streams)
        assert all(pictures is not None for pictures, _ in lost.values())
        assert site.pictures.missing(others) == 0
        assert site.sessions.began == len(lost), "one session for each camera that moved, and no other"
        assert site.pictures.overtaken == 0
        assert site.sessions.doubled_s == []

    on_two_hosts(tmp_path, scene)


def test_a_host_that_is_cut_off_leaves_what_another_has_by_then(tmp_path: Path) -> None:
    async def scene(site: TwoHosts) -> None:
        second = site.hosts[1]
        others = site.owned_by(site.hosts[0])
        lost = await site.lose_second(second.cable(plugged=False))
        assert len(lost) + len(others) == len(site.streams)
        assert all(pictures is not None for pictures, _ in lost.values())
        assert site.pictures.missing(others) == 0
        await second.cable(plugged=True)
        # A camera knows of the session that is over when its TCP tries again.
        await eventually(lambda: all(site.sessions.open[stream] == 1 for stream in site.streams), within=60)

    on_two_hosts(tmp_path, scene)


def test_over_an_absence_of_the_bus_no_camera_is_connected_to_anew(tmp_path: Path) -> None:
    async def scene(site: TwoHosts) -> None:
        site.forget()
        epochs = {stream: site.pictures.newest_epoch(stream) for stream in site.streams}
        await site.stop_bus()
        await asyncio.sleep(4)  # longer than a lease lives: that is what is tried
        await site.start_bus()
        await eventually(
            lambda: all(site.pictures.newest_epoch(stream) > epochs[stream] for stream in site.streams), within=30
        )
        await eventually(site.even)
        assert site.sessions.began == 0
        assert site.pictures.missing(site.streams) == 0

    on_two_hosts(tmp_path, scene)


def on_two_hosts(folder: Path, scene: Callable[[TwoHosts], Coroutine[Any, Any, None]]) -> None:
    """Play it in a thread: only that leaves this machine's network, and all that it starts."""

    async def play() -> None:
        await leave_for_own_network()
        async with two_hosts(folder, cameras=8) as site:
            await scene(site)

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, play()).result()
