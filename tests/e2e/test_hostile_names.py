"""Names that would be something else than text, on every page: in a control of its own, which needs no cameras."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import cycle
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from layouts.presets import wall_showing
from layouts.wall import Wall
from tests.e2e.desk import control_alone
from tests.support.site import free_port
from tests.support.waiting import eventually
from wallserver.catalogue import open_catalogue
from wallserver.catalogue.camera import CameraEntry
from wallserver.config import settings_of

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

SCRIPT = "window.ran = true"
HOSTILE = (
    f'<img src="x" onerror="{SCRIPT}">',
    f"<script>{SCRIPT}</script>",
    f'"><svg onload="{SCRIPT}"></svg>',
    '</title></style></textarea><iframe srcdoc="<script>top.ran = true</script>">',
    f"javascript:{SCRIPT}",
    "{{constructor.constructor('window.ran = true')()}}",
    "Lorong \u202e7 gnoroL",
    "\x07\x1b[31mmerah\x7f\u200b",
    "🚦👩\u200d🚒🇮🇩" * 24,
    "لورونغ " * 17,
    "Z" + "\u0335\u0311\u0489" * 39,
)
LONG = "W" * 500
CAMERAS = 200
# Parts of the page that reach out of the window, and are in nothing that scrolls or cuts them off.
OUTSIDE = """() => {
    const cuts = (part) => getComputedStyle(part).overflowX !== 'visible';
    const isCut = (part) => part !== null && (cuts(part) || isCut(part.parentElement));
    return [...document.body.querySelectorAll('*')]
        .filter((part) => part.getBoundingClientRect().right > innerWidth + 1 && !isCut(part.parentElement))
        .map((part) => `${part.tagName}.${part.className}`);
}"""


def cameras() -> list[CameraEntry]:
    """As an import of some other program might leave them: unchecked."""
    names = cycle((*HOSTILE, LONG))
    districts = cycle(HOSTILE[::2])
    return [
        CameraEntry.model_construct(
            id=f"cam-{number}",
            name=f"{next(names)} {number}",
            district=next(districts),
            village=LONG,
            lorong=HOSTILE[number % len(HOSTILE)],
            latitude=-5.05 - number / 2000,
            longitude=119.40 + number / 2000,
            main_url="rtsp://192.0.2.1/main",
            provider=LONG,
            contractor=HOSTILE[0],
        )
        for number in range(CAMERAS)
    ]


def wall() -> Wall:
    """What a wall allows: 120 characters, any of them."""
    made = wall_showing("kota", HOSTILE[6], [f"cam-{number}" for number in range(12)], cells_per_display=6)
    names = cycle((LONG[:120], HOSTILE[0]))
    return replace(made, displays=tuple(replace(display, name=next(names)) for display in made.displays))


async def holds(page: Page, *names: str) -> None:
    """These stand there as text, none of them ran, and no part of the page is pushed out of the window."""
    for name in names:
        await page.wait_for_function("name => document.body.textContent.includes(name)", arg=name)
    assert await page.evaluate("window.ran") is None
    assert await page.locator("iframe, body script, img[src=x], svg[onload]").count() == 0
    assert await page.evaluate(OUTSIDE) == []
    assert await page.get_by_role("button", name="Keluar").is_visible()


async def shows_a_change(page: Page, there: str) -> bool:
    """Goes on to the next change, where there is one."""
    await page.keyboard.press(".")
    return await page.locator(there).count() > 0


async def test_names_are_text_on_every_page_and_none_breaks_it(
    tmp_path: Path, browser: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = settings_of(state_dir=tmp_path / "state", http={"port": free_port()})
    async with open_catalogue(settings) as catalogue:
        await catalogue.cameras.put(cameras())
        await catalogue.walls.add(wall(), "test")
    async with control_alone(settings, tmp_path, browser, capsys) as page:
        dialogs: list[str] = []
        page.on("dialog", lambda dialog: dialogs.append(dialog.message))

        await page.goto("/console")
        await expect(page.locator(".mini-cell")).to_have_count(18)
        await expect(page.locator(".map-place[data-ready]")).to_be_attached()
        await holds(page, *HOSTILE[::2], LONG[:120])
        for camera in (cameras()[0], cameras()[len(HOSTILE)]):
            name = camera.name
            await page.locator("#search").fill(camera.id)
            row = page.locator(".cam-row", has_text=name).first
            await row.click()
            await expect(page.locator(".preview h2")).to_contain_text(name)
            await row.click(button="right")
            await expect(page.get_by_role("menu")).to_contain_text(name)
            await page.keyboard.press("Escape")
            await holds(page)

        await page.goto("/status")
        await expect(page.locator(".table-body [role=row]").first).to_be_visible()
        await holds(page, *HOSTILE[:4], LONG)
        for tab, there in (("#sheet", ".tile"), ("#availability", ".shares tbody tr"), ("#system", ".figures")):
            await page.goto(f"/status{tab}")
            await expect(page.locator(there).first).to_be_visible()
            await holds(page)

        for tab, there in (("", ".on-now"), ("#history", ".past-cell"), ("#coverage", ".table-body [role=row]")):
            await page.goto(f"/walls/kota{tab}")
            if tab == "#coverage":
                await page.get_by_role("button", name="hijau").click()
            if (
                tab == "#history"
            ):  # which begins where displays have told what they drew: perhaps before there was a wall
                await eventually(partial(shows_a_change, page, there), every=0.2)
            await expect(page.locator(there).first).to_be_visible()
            await holds(page)

        await page.goto("/walls/kota/edit")
        await expect(page.locator(".ed-wall [data-cell]")).to_have_count(18)
        await holds(page, *HOSTILE[:3], LONG[:120])
        assert dialogs == []
