"""Imports with a preview: what it said is what is done, or nothing is."""

from __future__ import annotations

import asyncio

import pytest

from wallserver.catalogue import Catalogue
from wallserver.catalogue.camera import CameraEntry
from wallserver.catalogue.camera_file import MOST_ROWS, read_cameras
from wallserver.catalogue.errors import CameraFileError, StaleImportError

GATE = CameraEntry(id="gate", name="Gerbang", district="Mariso", risk="red", main_url="rtsp://a:canary@10.0.0.5/main")
TIDE = CameraEntry(id="tide", name="Pasang", main_url="https://cdn.example/tide.m3u8?token=canary-token")
FILE = """\
id;name;main_url
gate;Gerbang Utara;rtsp://10.0.0.5/main
tide;Pasang;https://cdn.example/tide.m3u8?token=***
new;Baru;rtsp://10.0.0.7/main
"""


@pytest.fixture
async def filled(catalogue: Catalogue) -> Catalogue:
    await catalogue.cameras.put([GATE, TIDE])
    return catalogue


async def test_a_preview_says_what_would_change_and_changes_nothing(filled: Catalogue) -> None:
    before = await filled.cameras.version()
    preview = await filled.imports.preview(FILE, "csv")
    assert [(one.row, one.entry.id) for one in preview.added] == [(4, "new")]
    ((changed),) = preview.changed
    assert [(one.column, one.before, one.after) for one in changed.differences] == [
        ("name", "Gerbang", "Gerbang Utara")
    ]
    assert (preview.unchanged, preview.errors) == (1, ())
    assert "canary" not in repr(preview)
    assert await filled.cameras.version() == before


async def test_what_was_previewed_is_done_and_secrets_stay(filled: Catalogue) -> None:
    preview = await filled.imports.preview(FILE, "csv")
    await filled.imports.apply(FILE, "csv", preview.digest)
    assert [camera.id for camera in await filled.cameras.list()] == ["new", "tide", "gate"]
    gate, tide = await filled.cameras.source("gate"), await filled.cameras.source("tide")
    assert gate is not None
    assert tide is not None
    assert (gate[0].name, gate[0].risk, gate[1].password) == ("Gerbang Utara", "red", "canary")
    assert tide[1].main_url == TIDE.main_url
    again = await filled.imports.preview(FILE, "csv")
    assert (len(again.added), len(again.changed), again.unchanged) == (0, 0, 3)


async def test_what_others_changed_meanwhile_makes_a_preview_stale(filled: Catalogue) -> None:
    preview = await filled.imports.preview(FILE, "csv")
    await filled.cameras.change("gate", {"district": "Wajo"})
    with pytest.raises(StaleImportError) as stale:
        await filled.imports.apply(FILE, "csv", preview.digest)
    assert stale.value.meanwhile == ("gate",)
    assert await filled.cameras.get("new") is None
    await filled.imports.apply(FILE, "csv", stale.value.preview.digest)
    gate = await filled.cameras.get("gate")
    assert gate is not None
    assert (gate.name, gate.district) == ("Gerbang Utara", "Wajo")


async def test_a_camera_that_was_removed_meanwhile_makes_a_preview_stale(filled: Catalogue) -> None:
    preview = await filled.imports.preview(FILE, "csv")
    await filled.cameras.remove("tide")
    with pytest.raises(StaleImportError):
        await filled.imports.apply(FILE, "csv", preview.digest)


async def test_what_is_changed_while_a_file_is_taken_in_is_not_overwritten(filled: Catalogue) -> None:
    preview = await filled.imports.preview(FILE, "csv")
    imported, changed = await asyncio.gather(
        filled.imports.apply(FILE, "csv", preview.digest),
        filled.cameras.change("gate", {"district": "Tallo"}),
        return_exceptions=True,
    )
    assert not isinstance(changed, BaseException)
    gate = await filled.cameras.source("gate")
    assert gate is not None
    assert gate[0].district == "Tallo"
    assert (gate[0].name == "Gerbang Utara") is not isinstance(imported, StaleImportError)


async def test_what_does_not_touch_the_file_leaves_its_preview_true(filled: Catalogue) -> None:
    preview = await filled.imports.preview(FILE, "csv")
    await filled.cameras.add({"id": "other", "name": "Lain", "main_url": "rtsp://h/"})
    await filled.imports.apply(FILE, "csv", preview.digest)


async def test_another_file_than_the_one_that_was_previewed_is_refused(filled: Catalogue) -> None:
    preview = await filled.imports.preview(FILE, "csv")
    for digest in (preview.digest, "", "x.y", f"{10**20}."):
        with pytest.raises(StaleImportError):
            await filled.imports.apply(FILE.replace("Utara", "Selatan"), "csv", digest)


async def test_one_bad_row_keeps_all_of_a_file_out(filled: Catalogue) -> None:
    bad = FILE + "Bad;Buruk;ftp://10.0.0.8/\ngate;Dua kali;rtsp://10.0.0.5/main\nmoved;Pindah;rtsp://h/\n"
    preview = await filled.imports.preview(bad, "csv")
    assert [(one.row, one.column) for one in preview.errors] == [(5, "id"), (5, "main_url"), (6, "id")]
    assert preview.errors[1].indonesian.startswith("harus diawali rtsp://")
    assert [one.entry.id for one in preview.added] == ["new", "moved"]
    with pytest.raises(CameraFileError):
        await filled.imports.apply(bad, "csv", preview.digest)
    assert await filled.cameras.get("moved") is None


async def test_a_kept_password_is_asked_for_where_a_file_moves_its_camera(filled: Catalogue) -> None:
    moved = FILE.replace("10.0.0.5", "10.0.0.99")
    preview = await filled.imports.preview(moved, "csv")
    assert [(one.row, one.column) for one in preview.errors] == [(2, "password")]


def test_what_an_export_guards_is_read_as_it_was() -> None:
    text = "id,name,main_url,username,password\na,'=1+1,rtsp://h/,'=u,'=p\nb,'Ulang,rtsp://h/,,\n"
    (_, first), (_, second) = read_cameras(text, "csv").entries
    assert (first.name, first.username, first.password, second.name) == ("=1+1", "'=u", "'=p", "'Ulang")


def test_a_file_has_an_end() -> None:
    text = "id,name,main_url\n" + "".join(f"c{n},C,rtsp://h/{n}\n" for n in range(MOST_ROWS + 1))
    assert [str(error) for error in read_cameras(text, "csv").errors] == [
        f"row {MOST_ROWS + 2}, column -: a file has at most 20,000 cameras"
    ]
