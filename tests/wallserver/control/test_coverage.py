"""Coverage is counted of what displays say that they drew."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from ingest.schedule import Risk
from tests.wallserver.control.conftest import CAMERAS, Site
from wallserver.catalogue import now_ms
from wallserver.catalogue.camera import Camera
from wallserver.catalogue.coverage import Shown
from wallserver.catalogue.flight import Drawn
from wallserver.control.coverage import Coverage, as_csv, covered, lorongs_of

MINUTE = 60_000


def camera(name: str, lorong: str, risk: Risk = "red", village: str = "") -> Camera:
    return Camera(name, name.upper(), "Mariso", lorong, "rtsp", "tcp", True, 2, risk, village=village)


def test_what_was_missed_for_longest_comes_first_and_a_camera_in_no_lorong_stands_for_itself() -> None:
    lorongs = lorongs_of([camera("a", "Lorong 1"), camera("b", "Lorong 1"), camera("c", "Lorong 2"), camera("d", "")])
    shown = {0: Shown(2, 20, (20, 50)), 1: Shown(1, 60, (0, 0))}
    assert covered(lorongs, shown, 0, 60) == [
        Coverage("Mariso", "", "D", ("d",), 0, 0, (0, 60)),
        Coverage("Mariso", "", "Lorong 1", ("a", "b"), 2, 20, (20, 50)),
        Coverage("Mariso", "", "Lorong 2", ("c",), 1, 60, (0, 0)),
    ]


def test_villages_have_lorongs_of_one_name_and_each_counts_for_itself() -> None:
    lorongs = lorongs_of([camera("a", "Lorong 1", village="Lette"), camera("b", "Lorong 1", village="Panambungan")])
    rows = covered(lorongs, {0: Shown(6, 60, (0, 0))}, 0, 60)
    assert [(row.village, row.cameras, row.standing(60)) for row in rows] == [
        ("Panambungan", ("b",), "unseen"),
        ("Lette", ("a",), "met"),
    ]
    lines = as_csv(rows, 60, ZoneInfo("Asia/Makassar"), "id").splitlines()
    assert [line.rpartition(";")[-1] for line in lines] == ["Terpenuhi", "belum tampil", "ya"]


def test_the_csv_speaks_the_sites_language_and_no_name_is_a_formula() -> None:
    shown = Shown(1, MINUTE, (0, 30 * MINUTE))
    rows = covered(lorongs_of([camera("a", "=Lorong;1")]), {0: shown}, 0, 60 * MINUTE)
    zone = ZoneInfo("Asia/Makassar")
    head, line = as_csv(rows, 30 * MINUTE, zone, "id").splitlines()
    assert head.startswith("Kecamatan;Kelurahan;Lorong;Kamera;")
    assert line == 'Mariso;;"\'=Lorong;1";a;1;1,0;30,0;1970-01-01 08:00:00;1970-01-01 08:30:00;ya'
    english = as_csv(rows, 29 * MINUTE, zone, "en").splitlines()[1]
    assert english.startswith("Mariso,,'=Lorong;1,a,1,1.0,30.0,")
    assert english.endswith(",no")


async def test_a_shift_is_asked_for_as_a_table_and_as_csv(site: Site) -> None:
    red = [camera.model_copy(update={"risk": "red"}) for camera in CAMERAS[:2]]
    await site.control.catalogue.cameras.put(red)
    await site.control.plans.refresh_cameras()
    now = now_ms()
    seen = [
        Drawn("city-1", "c1", "cam-1", now - n * MINUTE, now - n * MINUTE + 20_000, 1, 300) for n in range(5, 60, 10)
    ]
    nothing = Drawn("city-1", "c2", "cam-2", now - 30 * MINUTE, now, 1, 0)
    await site.control.catalogue.flight.put_drawn([*seen, nothing])
    asked = {"from": str(now - 60 * MINUTE), "to": str(now), "minutes": "10"}
    async with site.administrator() as client:
        answer = (await client.get("/api/walls/city/coverage", params=asked)).json()
        assert (answer["met"], answer["to_ms"]) == (1, now)
        missed, met = answer["lorongs"]
        assert (missed["lorong"], missed["met"], missed["times"], missed["gap_ms"]) == (
            "Lorong 2",
            False,
            0,
            60 * MINUTE,
        )
        assert (met["cameras"], met["met"], met["times"]) == (["cam-1"], True, 6)
        table = await client.get("/api/walls/city/coverage", params=asked | {"format": "csv"})
        assert table.headers["content-type"] == "text/csv; charset=utf-8"
        assert "city-red.csv" in table.headers["content-disposition"]
        assert len(table.text.splitlines()) == 3
        green = (await client.get("/api/walls/city/coverage", params=asked | {"risk": "green"})).json()
        assert len(green["lorongs"]) == 4
        for district, count in ((CAMERAS[0].district, 2), ("nowhere", 0)):
            there = (await client.get("/api/walls/city/coverage", params=asked | {"district": district})).json()
            assert len(there["lorongs"]) == count


async def test_what_cannot_be_counted_is_refused(site: Site) -> None:
    asked = {"from": str(now_ms() - MINUTE), "minutes": "10"}
    async with site.administrator() as client:
        for wrong in (
            {"from": "2999-01-01"},
            {"from": "1970-01-01"},
            {"minutes": "0"},
            {"risk": "blue"},
            {"format": "pdf"},
            {"to": "noon"},
        ):
            answer = await client.get("/api/walls/city/coverage", params=asked | wrong)
            assert answer.status_code == 422, wrong
        assert (await client.get("/api/walls/none/coverage", params=asked)).status_code == 404
