"""`./run bench public` at a small size: a crowd and a flood on the public page, and a display beside them."""

from __future__ import annotations

from argparse import Namespace

import psutil
import pytest
from playwright.async_api import Browser

from tests.benchmarks.public import run

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def test_a_crowd_is_served_and_a_flood_refused_and_no_cell_of_a_display_shows_another_camera(
    browser: Browser,
) -> None:
    """What of that is quick enough is measured, on a machine that does nothing else."""
    before = _cores()
    asked = {"cameras": 4, "players": 20, "viewers": 4, "rate": 50, "seconds": 3}
    found = await run(Namespace(quick=True, **asked))
    assert found["operator_wrong_cell"] == 0
    assert found["operator_pictures_per_s"]["during"] > 0
    assert found["operator_latency_p95_ms"].keys() == {"before", "control", "during", "growth"}
    assert found["public_join_ms"]["p50"] > 0
    assert found["public_pictures_per_s"] is not None
    assert found["hls_latency_s"]["p50"] > 0
    assert found["still_rps"] > 0
    assert found["answers"]["200"] > 0
    # Of one address: ten at first and one a second, and no more than four sessions at a time.
    offers = found["offers"]["answers"]
    assert offers["429"] > offers.get("201", 0)
    assert found["offers"]["asked"] == 150
    assert {pid: cores for pid, cores in _cores().items() if pid in before} == before, "other tests go on with these"


def _cores() -> dict[int, list[int]]:
    """Those that whatever this process has started may run on, by process."""
    return {child.pid: child.cpu_affinity() for child in psutil.Process().children(recursive=True)}
