"""A slice of the corpus of malformed streams, through a puller that is a process on a real bus.

All of it: `./run bench corpus`.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from ingest.camera_state import SIGNAL_FAULTS, State
from tests.support.malformed import KINDS, kind_of, malformed
from tests.support.malformed.feed import feeder, ffmpeg_deaths_in, unforeseen_in
from tests.support.pull_site import HEALTHY, pull_site
from tests.support.waiting import eventually

# Others than the first ones, on which a benchmark's --quick is spent.
SEEDS = range(600, 720)
AT_A_TIME = 60
# What a puller says of a camera that is asked for.
VOCABULARY = set(State) - SIGNAL_FAULTS - {State.OFF, State.CONNECTING}


@pytest.mark.parametrize("kind", ["sdp", "rtp", "h264", "h265"])
async def test_the_same_seed_is_the_same_bytes(kind: str) -> None:
    async def heard(seed: int) -> bytes:
        async with malformed(seed, "127.0.0.1") as url:
            reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(url).port)
            writer.write(
                b"".join(f"{method} x RTSP/1.0\r\nCSeq: 1\r\n\r\n".encode() for method in ("DESCRIBE", "PLAY"))
            )
            try:
                return await asyncio.wait_for(reader.readexactly(8000), 10)
            finally:
                writer.close()

    first, second = (seed for seed in range(12) if kind_of(seed) == kind)
    assert await heard(first) == await heard(first) != await heard(second)


async def test_no_malformed_stream_ends_the_puller_or_is_noticed_by_another_camera(tmp_path: Path) -> None:
    assert {kind_of(seed) for seed in SEEDS} == set(KINDS)
    async with pull_site(tmp_path) as (site, puller), feeder(site, puller) as feeding:
        await eventually(lambda: all(site.arrived[name] for name in HEALTHY))
        beginnings = len(site.broke_off)
        for first in range(SEEDS.start, SEEDS.stop, AT_A_TIME):
            fed = await feeding.feed(range(first, first + AT_A_TIME), dwell_s=1.0)
            assert fed.not_judged == []
            assert fed.unforeseen == []
            for seed, said in fed.said.items():
                assert {status.state for status in said} <= VOCABULARY, seed
                assert all(bool(status.cause_en) == (status.state is not State.LIVE) for status in said), seed
            # FFmpeg was killed among them, and who came then had its keyframe decoded all the same.
            assert fed.newcomer_s is not None
        assert puller.is_running()
        assert puller.status() != psutil.STATUS_ZOMBIE
        # Whoever behaves was live all the time, on its first connection, and not a picture of it is missing.
        for name in HEALTHY:
            states = [status.state for _, status in site.said[name]]
            assert set(states[states.index(State.LIVE) :]) == {State.LIVE}
            seen = len(site.arrived[name])
            await eventually(lambda name=name, seen=seen: len(site.arrived[name]) > seen)  # type: ignore[misc]
        assert len(site.broke_off) == beginnings
    assert unforeseen_in(tmp_path / "puller.log") == []
    assert ffmpeg_deaths_in(tmp_path / "puller.log")[1] >= 1
