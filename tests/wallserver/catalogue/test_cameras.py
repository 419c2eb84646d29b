"""Cameras in the database: imported as a whole, secrets sealed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sqlalchemy import text

from wallserver.catalogue import Catalogue
from wallserver.catalogue.camera import CameraEntry, CameraSource
from wallserver.catalogue.cameras import ImportReport

GATE = CameraEntry(
    id="gate",
    name="Gerbang",
    district="Mariso",
    village="Lette",
    lorong="Lorong 5",
    latitude=-5.15712,
    longitude=119.404,
    main_url="rtsp://admin:can%40ry-in-url@10.0.0.5/main",
    sub_url="rtsp://10.0.0.5/sub",
)
TIDE = CameraEntry(id="tide", name="Pasang", main_url="https://cdn.example/tide.m3u8?token=canary-token")


async def test_cameras_come_back_as_they_were_written(catalogue: Catalogue) -> None:
    assert await catalogue.cameras.put([GATE, TIDE]) == ImportReport(2, 0, 0)
    assert await catalogue.cameras.list() == [TIDE.camera(), GATE.camera()]
    assert await catalogue.cameras.get("gate") == GATE.camera()
    assert await catalogue.cameras.get("absent") is None
    assert await catalogue.cameras.source("absent") is None
    found = await catalogue.cameras.source("gate")
    assert found is not None
    expected = CameraSource("rtsp://10.0.0.5/main", "rtsp://10.0.0.5/sub", "admin", "can@ry-in-url")
    assert found[1] == expected


async def test_a_second_import_changes_only_what_differs(catalogue: Catalogue) -> None:
    await catalogue.cameras.put([GATE, TIDE])
    before = await catalogue.cameras.version()
    assert await catalogue.cameras.put([GATE]) == ImportReport(0, 0, 1)
    assert await catalogue.cameras.version() == before
    renamed = GATE.model_copy(update={"name": "Gerbang Utara", "sub_url": None})
    assert await catalogue.cameras.put([renamed, TIDE]) == ImportReport(0, 1, 1)
    assert await catalogue.cameras.get("gate") == replace(GATE.camera(), name="Gerbang Utara", has_sub=False)
    assert await catalogue.cameras.version() != before
    new_password = renamed.model_copy(update={"username": "admin", "password": "another"})
    assert await catalogue.cameras.put([new_password]) == ImportReport(0, 1, 0)


async def test_a_camera_that_sends_one_stream_at_a_time_has_its_main_one_for_both(catalogue: Catalogue) -> None:
    await catalogue.cameras.put([GATE])
    camera = await catalogue.cameras.get("gate")
    assert camera is not None
    assert camera.streams == (camera.main_stream, camera.sub_stream) == ("cam.gate.main", "cam.gate.sub")
    assert await catalogue.cameras.put([GATE.model_copy(update={"max_sessions": 1})]) == ImportReport(0, 1, 0)
    camera = await catalogue.cameras.get("gate")
    assert camera is not None
    assert (camera.streams, camera.sub_stream) == (("cam.gate.main",), "cam.gate.main")


async def test_a_credential_is_known_by_what_does_not_tell_it(catalogue: Catalogue) -> None:
    source = GATE.source()
    credential = catalogue.cameras.credential(source)
    assert credential == catalogue.cameras.credential(replace(source, main_url="rtsp://elsewhere/x"))
    assert credential != catalogue.cameras.credential(replace(source, password="another"))
    assert catalogue.cameras.credential(replace(source, username=None, password=None)) == ""


async def test_no_secret_stands_in_the_database(catalogue: Catalogue, tmp_path: Path) -> None:
    await catalogue.cameras.put([GATE, TIDE])
    async with catalogue.database.session() as session:
        rows = (await session.execute(text("SELECT * FROM cameras"))).all()
    assert "canary" not in repr(rows)
    assert "can%40ry" not in repr(rows)
    assert "10.0.0.5" not in repr(rows)
    for path in (tmp_path / "state").iterdir():
        assert b"canary" not in path.read_bytes()


def test_no_secret_shows_when_printed() -> None:
    assert "can" not in repr(GATE.source()).replace("CameraSource", "")
    with_password = GATE.model_copy(update={"username": "admin", "password": "canary"})
    assert "canary" not in repr(with_password).replace(repr(GATE.main_url), "")
