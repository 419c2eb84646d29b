"""Two cameras' clips, made by the city's own encoding processes unless they are in the user's cache already."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from wallserver.city.city import clip_folder
from wallserver.city.clips import make_clips
from wallserver.city.names import city_cameras


@pytest.fixture(scope="session")
def clips() -> Path:
    async def make() -> list[int]:
        return [number async for number in make_clips(city_cameras(1, 1), clip_folder())]

    assert sorted(asyncio.run(make())) == [1, 901]
    return clip_folder()
