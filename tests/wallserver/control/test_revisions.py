"""Every revision by whom, when and what in words; what differs between any two; the way back."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from layouts.apply import apply
from layouts.commands import (
    AddDisplay,
    ApplyPreset,
    Assign,
    ChangeDisplay,
    Clear,
    Command,
    Lock,
    RemoveDisplay,
    RemoveTour,
    SaveScene,
    SetGeometry,
    SetTour,
    Several,
    Split,
    Swap,
    Undo,
)
from layouts.contents import CameraContent, ClockPanel, TourContent
from layouts.presets import wall_showing
from layouts.tours import Tour
from tests.wallserver.control.conftest import Site
from wallserver.control.revision_words import LONGEST, SCHEDULE, Words, cause_of, words_of

WALL = wall_showing("city", "Kota", ["a", "b", "c", "d"])
NAMES = {"a": "Gerbang", "b": "Pasar"}


def said(command: Command, wall: Any = WALL, why: Words | None = None) -> Words:
    return words_of(wall, apply(wall, command), command, lambda camera: NAMES.get(camera, camera), why)


@pytest.mark.parametrize(
    ("command", "indonesian", "english"),
    [
        (
            Assign("city-1", "c3", CameraContent("a")),
            "Layar 1, sel 3 = Gerbang.",
            "Layar 1, cell 3 = Gerbang.",
        ),
        (Clear("city-1", "c1"), "Layar 1, sel 1 = kosong.", "Layar 1, cell 1 = empty."),
        (Assign("city-1", "c1", ClockPanel("Asia/Makassar")), "Layar 1, sel 1 = jam.", "Layar 1, cell 1 = clock."),
        (Assign("city-1", "c1", CameraContent("a")), "Tidak ada yang berubah.", "Nothing changed."),
        (Lock("city-1", "c1"), "1 sel dikunci.", "1 cell locked."),
        (
            SetTour(Tour("malam", "Malam", ("a", "b"))),
            "Tur Malam disimpan.",
            "Tour Malam saved.",
        ),
        (
            Several((SetTour(Tour("malam", "Malam", ("a", "b"))), Assign("city-1", "c1", TourContent("malam")))),
            "Layar 1, sel 1 = tur Malam; tur Malam disimpan.",
            "Layar 1, cell 1 = tour Malam; tour Malam saved.",
        ),
        (
            Swap("city-1", "c1", "city-1", "c2"),
            "Layar 1, sel 1 = Pasar; Layar 1, sel 2 = Gerbang.",
            "Layar 1, cell 1 = Pasar; Layar 1, cell 2 = Gerbang.",
        ),
        (SaveScene("banjir", "Banjir di Tallo"), "Adegan Banjir di Tallo disimpan.", "Scene Banjir di Tallo saved."),
        (
            ChangeDisplay("city-1", name="Layar utama"),
            "Layar 1 dinamai Layar utama.",
            "Layar 1 renamed Layar utama.",
        ),
        (ChangeDisplay("city-1", width=3840), "1 layar diubah.", "1 display changed."),
        (
            Several((SetGeometry(2, 2, 0, 0), AddDisplay("city-9", "Layar 9", 1920, 1080, 0, 1))),
            "Layar 9 ditambah ke dinding; susunan dinding diubah.",
            "Layar 9 added to the wall; the wall's geometry or name changed.",
        ),
        (RemoveDisplay("city-1"), "Layar 1 dilepas dari dinding.", "Layar 1 taken off the wall."),
    ],
)
def test_a_change_is_said_in_two_languages(command: Command, indonesian: str, english: str) -> None:
    assert said(command) == (indonesian, english)


def test_many_changes_are_counted_and_never_too_long_to_keep() -> None:
    many = Several(tuple(Clear("city-1", f"c{n}") for n in range(1, 5)))
    assert said(many).english == "Layar 1, cell 1 = empty; Layar 1, cell 2 = empty; Layar 1, cell 3 = empty; 1 more."
    long = Several(tuple(Assign("city-1", f"c{n}", CameraContent("x" * 120)) for n in range(1, 5)))
    assert [len(text) <= LONGEST for text in said(long)] == [True, True]
    grown = said(ApplyPreset("city-1", "8x8")).english
    assert "60 cells" not in grown.split(";")[0]
    assert "60 new cells" in grown


def test_a_cell_is_called_by_its_number_in_reading_order_as_on_pages() -> None:
    # What was split off the first cell is the second, whatever its id.
    split = apply(WALL, Split("city-1", "c1", 2, 1))
    second = next(cell.id for cell in split.display("city-1").layout.cells if cell.rect.y == 0 and cell.rect.x > 0)
    words = words_of(split, apply(split, Assign("city-1", second, ClockPanel("Asia/Makassar"))), None, str)
    assert words == ("Layar 1, sel 2 = jam.", "Layar 1, cell 2 = clock.")


def test_what_is_gone_is_called_by_the_name_that_it_had() -> None:
    kept = apply(WALL, SetTour(Tour("malam", "Malam hari", ("a", "b"))))
    gone = words_of(kept, apply(kept, RemoveTour("malam")), None, str)
    assert gone == ("Tur Malam hari dihapus.", "Tour Malam hari removed.")


@pytest.mark.parametrize("name", ["Sementara (lobi)", "jadwal: pagi"])
def test_a_display_whose_name_is_like_a_cause_makes_none(name: str) -> None:
    named = apply(WALL, ChangeDisplay("city-1", name=name))
    words = words_of(named, apply(named, Clear("city-1", "c1")), None, str)
    assert words.indonesian == f"Diubah: {name}, sel 1 = kosong."
    assert cause_of(words.indonesian) is None


def test_what_led_to_it_comes_first() -> None:
    second = apply(WALL, Clear("city-1", "c1"))
    undone = apply(second, Undo(), {1: WALL})
    assert words_of(second, undone, Undo(), str, None).indonesian == "Dibatalkan: Layar 1, sel 1 = a."
    assert said(Clear("city-1", "c1"), why=SCHEDULE).english == "Schedule: Layar 1, cell 1 = empty."


async def done(client: httpx.AsyncClient, base: int, command: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post("/api/walls/city/commands", json={"base_revision": base, "command": command})
    assert answer.status_code == 200, answer.text
    wall: dict[str, Any] = answer.json()
    return wall


async def test_revisions_are_listed_compared_and_returned_to(site: Site) -> None:
    path = "/api/walls/city"
    async with site.administrator() as client:
        await done(client, 1, {"type": "assign", "display": "city-1", "cell": "c1", "camera": "cam-3"})
        await done(client, 2, {"type": "clear", "display": "city-1", "cell": "c2"})
        listed = (await client.get(f"{path}/revisions")).json()
        assert [(one["revision"], one["made_by"]) for one in listed] == [(3, "admin"), (2, "admin"), (1, "test")]
        assert [one["said_id"] for one in listed] == ["Layar 1, sel 2 = kosong.", "Layar 1, sel 1 = Kamera 3.", ""]
        page = (await client.get(f"{path}/revisions", params={"before": 3, "limit": 1})).json()
        assert [one["revision"] for one in page] == [2]
        assert (await client.get(f"{path}/revisions/2")).json()["revision"] == 2
        found = (await client.get(f"{path}/diff", params={"from": 1, "to": 3})).json()
        assert [(cell["cell"], cell["kinds"]) for cell in found["cells"]] == [("c1", ["content"]), ("c2", ["content"])]
        back = (await client.get(f"{path}/diff", params={"from": 3, "to": 1})).json()
        assert back["cells"][0]["after"] == found["cells"][0]["before"]
        wall = await done(client, 3, {"type": "restore", "revision": 1})
        assert wall["revision"] == 4
        first = (await client.get(f"{path}/revisions/1")).json()
        assert wall["displays"] == first["displays"]
        newest = (await client.get(f"{path}/revisions", params={"limit": 1})).json()[0]
        assert newest["said_en"].startswith("Back to revision 1: ")
        assert newest["cause"] is None
        for absent in ("/revisions/99", "/diff?from=1&to=99"):
            assert (await client.get(path + absent)).status_code == 404
        for absent in ("/revisions", "/revisions/1", "/diff?from=1&to=1"):
            assert (await client.get("/api/walls/none" + absent)).status_code == 404
