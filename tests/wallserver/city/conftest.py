"""Two cameras' clips, made once for all tests by the city's own encoding processes."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from wallserver.city.clips import make_clips
from wallserver.city.names import city_cameras


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clips")

    async def make() -> list[int]:
        return [number async for number in make_clips(city_cameras(1, 1), folder)]

    assert sorted(asyncio.run(make())) == [1, 901]
    return folder
