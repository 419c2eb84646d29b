"""Every page says which clock is the site's: those of control, and the public one."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

import wallserver
from tests.wallserver.control.conftest import running_site, settings
from wallserver.config import Settings
from wallserver.control.routes import pages
from wallserver.public.pages import PAGE, load_page

__all__ = ["settings"]

# The build leaves the first line of each as it is.
SOURCES = Path(wallserver.__file__).parents[1] / "static"
ADDRESSES = ("/display", "/console", "/walls/city", "/walls/city/edit", "/status", "/admin", "/login")


@pytest.fixture
def static(tmp_path: Path) -> Path:
    """What a build makes, as far as it matters here."""
    folder = tmp_path / "static"
    (folder / "assets").mkdir(parents=True)
    for source in SOURCES.glob("*.html"):
        shutil.copy(source, folder)
    return folder


def zone_in(html: str) -> list[str]:
    return re.findall(r'<html [^>]*data-timezone="([^"]*)"', html)


async def test_the_pages_for_people_and_displays_say_it(
    settings: Settings, static: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "static_folder", lambda: static)
    in_pekanbaru = settings.model_copy(update={"timezone": "Asia/Jakarta"})
    async with running_site(in_pekanbaru) as site, site.client() as client:
        for address in ADDRESSES:
            answer = await client.get(address)
            assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8"), address
            assert zone_in(answer.text) == ["Asia/Jakarta"], address
            assert 'lang="id"' in answer.text


def test_so_does_the_public_page(static: Path) -> None:
    assert zone_in(load_page(static, "Asia/Jayapura").html.decode()) == ["Asia/Jayapura"]
    assert (static / PAGE).read_bytes().startswith(b"<!doctype html>\n<html lang=")
