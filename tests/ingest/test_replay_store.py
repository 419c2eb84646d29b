"""The files of many rings: their room, their end, a disk that does not answer."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest

from ingest import replay_store
from ingest.access_unit import AccessUnit
from ingest.replay_ring import ReplayRing
from ingest.replay_settings import Keeping
from ingest.replay_store import ReplayStore
from tests.support.units import gop
from tests.support.waiting import eventually

MOST = 1_000_000


@pytest.fixture
async def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ReplayStore]:
    monkeypatch.setattr(replay_store, "FLUSH_S", 0.01)
    async with aclosing(ReplayStore(Keeping(tmp_path / "replay", 30, MOST))) as store:
        yield store


def sizes(folder: Path) -> list[int]:
    """Of the rings' files of this process, which have no names."""
    mine = str(folder / "replay")
    found = []
    for one in Path("/proc/self/fd").iterdir():
        try:
            if str(one.readlink()).startswith(mine):
                found.append(one.stat().st_size)
        except FileNotFoundError:  # the descriptor of this very listing
            continue
    return found


def pictures(stream: str, first: int, count: int) -> list[AccessUnit]:
    """A GOP of two seconds, 40 kB."""
    return [replace(au, data=bytes(40_000 // count)) for au in gop(first, count, stream=stream)]


async def played(store: ReplayStore, ring: ReplayRing) -> list[AccessUnit]:
    found: list[AccessUnit] = []
    for piece in ring.pin(None):
        units = await store.read(ring, piece)
        piece.pins -= 1
        assert units is not None
        found += units
    return found


async def written(store: ReplayStore) -> None:
    await eventually(lambda: not store._waiting and store._waiting_bytes == 0)


async def test_all_rings_together_keep_to_their_room_and_each_has_its_own_pictures(
    store: ReplayStore, tmp_path: Path
) -> None:
    streams = [f"cam.c{number}.sub" for number in range(4)]
    rings = [store.open(stream) for stream in streams]
    fed: dict[str, list[AccessUnit]] = {stream: [] for stream in streams}
    for number in range(40):
        for ring in rings:
            units = pictures(ring.stream, number * 30, 30)
            fed[ring.stream] += units
            for au in units:
                ring.add(au)
        await written(store)
        assert sum(sizes(tmp_path)) <= MOST
    assert len(sizes(tmp_path)) == 4
    for ring in rings:
        kept = await played(store, ring)
        assert kept == fed[ring.stream][-len(kept) :]
        assert 4 * 30 <= len(kept) < 7 * 30  # 250 kB are six GOPs


async def test_what_is_closed_is_gone_and_its_room_is_free(store: ReplayStore, tmp_path: Path) -> None:
    ring = store.open("cam.a.sub")
    for au in pictures(ring.stream, 0, 30) + pictures(ring.stream, 30, 30):
        ring.add(au)
    await written(store)
    (piece, *_) = ring.pin(None)
    assert sum(sizes(tmp_path)) > 0
    store.close(ring)
    assert ring.span_ms is None
    assert await store.read(ring, piece) is None
    await eventually(lambda: sizes(tmp_path) == [])
    ring.add(pictures(ring.stream, 60, 30)[0])
    assert ring.span_ms is None


async def test_a_disk_that_hangs_costs_the_rings_and_not_the_memory(
    store: ReplayStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay_store, "BEHIND_BYTES", 500_000)
    monkeypatch.setattr(replay_store, "REST_S", 0.05)
    disk = threading.Event()
    store._thread.submit(disk.wait)
    ring = store.open("cam.a.sub")
    number = 0

    def go_on() -> None:
        nonlocal number
        for au in pictures(ring.stream, number * 30, 30):
            ring.add(au)
        number += 1

    try:
        rested = False
        for _ in range(100):
            go_on()
            rested = rested or ring.resting
            await asyncio.sleep(0)
        assert rested
        assert store._waiting_bytes <= 600_000
    finally:
        disk.set()

    async def kept_again() -> bool:
        go_on()
        return not ring.resting and len(await played(store, ring)) > 60

    await eventually(kept_again)
