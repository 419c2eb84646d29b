"""The wall's displays in the editor: one is added, called otherwise, moved, taken off, and an undo brings it back."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from tests.e2e.accessibility import barriers
from tests.e2e.desk import WALL, middle, signed_in
from tests.support.site import Site
from tests.support.waiting import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

type Hung = dict[str, tuple[int, int, int, int]]


async def editor(page: Page, site: Site) -> Page:
    await page.goto(f"{site.base}/walls/makassar/edit")
    await page.locator(".ed-wall [data-cell]").first.wait_for()
    return page


async def hung(admin: httpx.AsyncClient) -> Hung:
    """By name, the place and the size of each display, as the server has them."""
    displays: list[dict[str, Any]] = (await admin.get(WALL)).json()["displays"]
    return {one["name"]: (one["column"], one["row"], one["width"], one["height"]) for one in displays}


async def until_hung(admin: httpx.AsyncClient, wanted: Hung) -> None:
    async def so() -> bool:
        return await hung(admin) == wanted

    await eventually(so, every=0.1)


def form(page: Page) -> Locator:
    return page.locator(".installation")


async def test_a_supervisor_adds_names_moves_and_takes_off_a_display(
    site: Site, desk: BrowserContext, admin: httpx.AsyncClient
) -> None:
    page = await editor(await desk.new_page(), site)
    before = await hung(admin)
    columns = (await admin.get(WALL)).json()["columns"]
    new = (columns, 0, 3840, 2160)

    # On a full wall the next place is beside it, and the wall has it afterwards.
    await page.get_by_role("button", name="Tambah layar").click()
    await expect(form(page)).to_contain_text("Dinding mendapat tempat baru")
    await form(page).locator(".segments label", has_text="4K").click()
    await expect(page.locator(".still-age")).to_have_count(0)  # an age is in no cell's name
    assert await barriers(page) == []
    await form(page).get_by_role("button", name="Tambah", exact=True).click()
    await until_hung(admin, {**before, "Layar 3": new})
    await expect(form(page)).to_contain_text("belum dipasangkan")

    # By keyboard: its name; what was typed by nobody stays as it is.
    await form(page).get_by_label("Nama").fill("Pos depan")
    await page.keyboard.press("Enter")
    await until_hung(admin, {**before, "Pos depan": new})

    # In the place of another one the two change places, which is said before; an undo brings both back.
    there = {**before, "Pos depan": new}
    first = next(name for name, (column, row, *_) in before.items() if (column, row) == (0, 0))
    await form(page).get_by_label("Kolom").fill("1")
    await expect(form(page)).to_contain_text(f"Bertukar tempat dengan {first}")
    await form(page).get_by_role("button", name="Simpan").click()
    await until_hung(admin, {**there, "Pos depan": (0, 0, 3840, 2160), first: (columns, 0, *before[first][2:])})
    await page.get_by_role("button", name="Urungkan").click()
    await until_hung(admin, there)

    # The wall gets a row; a free place of it is where the display goes, and its form follows an undo.
    await page.keyboard.press("Escape")
    await page.keyboard.press("w")
    await form(page).get_by_label("Baris").fill("2")
    await page.keyboard.press("Enter")
    await expect(page.locator(".ed-free")).to_have_count(columns + 1)
    await page.mouse.click(*await middle(page.locator(".ed-display-words", has_text="Pos depan")))
    await form(page).get_by_label("Baris").fill("2")
    await page.keyboard.press("Enter")
    await until_hung(admin, {**before, "Pos depan": (columns, 1, 3840, 2160)})
    await page.get_by_role("button", name="Urungkan").click()
    await until_hung(admin, {**before, "Pos depan": new})
    await expect(form(page).get_by_label("Baris")).to_have_value("1")

    # Off the wall, once it was said what that means; an undo brings it back.
    await form(page).get_by_role("button", name="Lepas dari dinding").click()
    asked = page.get_by_role("dialog")
    await expect(asked).to_contain_text("10 menit")
    await asked.get_by_role("button", name="Batal").click()
    assert "Pos depan" in await hung(admin)
    await form(page).get_by_role("button", name="Lepas dari dinding").click()
    await asked.get_by_role("button", name="Lepas dari dinding").click()
    await until_hung(admin, before)
    await expect(page.locator(".display-list li")).to_have_count(len(before))
    await page.keyboard.press("Control+z")
    await until_hung(admin, {**before, "Pos depan": new})

    for _ in range(3):  # the row, the name, and the display with its column
        await page.keyboard.press("Control+z")
    await until_hung(admin, before)
    assert (await admin.get(WALL)).json()["columns"] == columns


async def test_a_draft_holds_a_display_and_who_arranges_cells_only_is_offered_none(
    site: Site, browser: Browser, desk: BrowserContext, admin: httpx.AsyncClient
) -> None:
    page = await editor(await desk.new_page(), site)
    before = await hung(admin)
    await page.locator(".modes label", has_text="Draf").click()
    await page.get_by_role("button", name="Tambah layar").click()
    await page.keyboard.press("Enter")
    await expect(form(page)).to_contain_text("Ada di draf saja")
    await expect(page.locator(".display-list li")).to_have_count(len(before) + 1)
    assert await hung(admin) == before
    await page.locator(".draft-bar").get_by_role("button", name="Buang").click()
    await page.locator("dialog[open]").get_by_role("button", name="Buang").click()
    await expect(page.locator(".display-list li")).to_have_count(len(before))

    async with signed_in(site, browser, admin, "budi-layar", "operator") as operators:
        await editor(operators, site)
        await expect(operators.locator(".display-list li")).to_have_count(len(before))
        await expect(operators.get_by_role("button", name=re.compile("Tambah layar|Dinding"))).to_have_count(0)
        await operators.keyboard.press("w")
        await expect(form(operators)).to_have_count(0)
