"""A city of RTSP cameras in a process of its own, and a house that shows some of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.benchmarks.pull import PASSWORD, city_process
from tests.support.site import Site, free_port, house
from wallserver.city.names import city_cameras
from wallserver.demo import CITY_USER

DISPLAYS = ("wall-1", "wall-2")
# Hangs a second display at the right of the one that the house begins with.
SECOND_DISPLAY = {
    "type": "several",
    "commands": [
        {"type": "set_geometry", "columns": 2, "rows": 1, "bezel_x": 0, "bezel_y": 0},
        {
            "type": "add_display",
            "display": DISPLAYS[1],
            "name": "2",
            "width": 1920,
            "height": 1080,
            "column": 1,
            "row": 0,
        },
    ],
}


@asynccontextmanager
async def city_house(folder: Path, count: int, main: str = "main", **settings: Any) -> AsyncIterator[Site]:
    """Once all cameras are live. `main`: which of the city's two streams is each camera's main one."""
    (folder / "city").mkdir()
    port = free_port()
    cameras = [
        {
            "id": camera.id,
            "name": camera.name,
            "main_url": f"rtsp://127.0.0.1:{port}/{camera.id}/{main}",
            "sub_url": f"rtsp://127.0.0.1:{port}/{camera.id}/sub",
            "username": CITY_USER,
            "password": PASSWORD,
        }
        for camera in city_cameras(count, hls=0)
    ]
    async with city_process(folder / "city", count, port), house(folder, cameras, **settings) as site:
        await site.live(count, within=420)
        yield site
