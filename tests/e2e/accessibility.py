"""What axe-core says of a page: which of it a weak eye, or a screen reader, cannot use."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Page

_AXE = Path(__file__).parents[2] / "static" / "node_modules" / "axe-core" / "axe.min.js"
_ASK = """async () => (await axe.run({resultTypes: ['violations']})).violations
    .filter(({impact}) => impact === 'serious' || impact === 'critical')
    .flatMap(({id, nodes}) => nodes.map(({target, failureSummary}) => `${id}: ${target} ${failureSummary}`))"""


async def barriers(page: Page) -> list[str]:
    """What is seriously wrong with the page as it stands: the rule, the element, why. Empty for a good one."""
    await page.evaluate(_AXE.read_text())
    found: list[str] = await page.evaluate(_ASK)
    return found
