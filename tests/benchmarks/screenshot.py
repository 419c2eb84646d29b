"""Makes the picture in README.md: the demo's first display, in Chromium. `./run screenshot`."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from tests.support.chromium import chromium, look, open_display
from tests.support.site import demo
from tests.support.waiting import eventually

DOCS = Path(__file__).parents[2] / "docs"
CAMERAS = 16


async def main() -> None:
    """Start a small city, wait until every cell is live, take the picture."""
    with tempfile.TemporaryDirectory(prefix="wallserver-shot-") as folder:
        async with demo(Path(folder), CAMERAS) as site, chromium() as browser:
            await site.live(CAMERAS, within=240)
            page = await open_display(browser, site.displays[0], 1600, 900)

            async def all_live() -> bool:
                cells = await look(page)
                return len(cells) == CAMERAS and all(cell.live for cell in cells)

            await eventually(all_live, within=60, every=0.5)
            await page.screenshot(path=DOCS / "wall.png")


if __name__ == "__main__":
    asyncio.run(main())
