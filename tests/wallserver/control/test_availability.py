"""Availability: whose cause a time was, what is unknown, who may see which cameras of it."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from ingest import causes
from ingest.camera_state import State
from tests.wallserver.control.conftest import CAMERAS, Site
from wallserver.catalogue import now_ms
from wallserver.catalogue.history import StateChange
from wallserver.control.availability import Cause, Row, as_csv, cause_of, month_of, rows_of
from wallserver.people.rights import Role
from wallserver.people.scope import CameraScope, Scope

HOUR = 3_600_000
ZONE = ZoneInfo("Asia/Makassar")


@pytest.mark.parametrize(
    ("state", "cause", "whose"),
    [
        (State.LIVE, causes.NONE, Cause.UP),
        (State.STALE, causes.NO_PICTURES, Cause.CAMERA),
        (State.BLACK, causes.BLACK, Cause.CAMERA),
        (State.UNREACHABLE, causes.UNREACHABLE, Cause.NETWORK),
        (State.UNREACHABLE, causes.PORT_CLOSED, Cause.CAMERA),
        (State.UNREACHABLE, causes.RECORDER_FULL, Cause.OURS),
        (State.REFUSED, causes.WRONG_PASSWORD, Cause.OURS),
        (State.CONNECTING, causes.CONNECTING, Cause.UNKNOWN),
        (State.OFF, causes.NOT_NEEDED, Cause.UNKNOWN),
        (State.OFF, causes.Cause("Dimatikan oleh Sari: servis", ""), Cause.SWITCHED_OFF),
    ],
)
def test_every_time_is_somebodys_or_unknown(state: State, cause: causes.Cause, whose: Cause) -> None:
    assert cause_of(state, cause.indonesian) is whose


def test_what_nobody_saw_is_unknown_and_counts_for_nobody() -> None:
    spent = {
        "Mariso": {(State.LIVE, ""): 6 * HOUR, (State.UNREACHABLE, "Sebab."): 2 * HOUR, (State.OFF, "Oleh x"): HOUR},
        "Wajo": {(State.LIVE, ""): 9 * HOUR},
    }
    worst, best, nothing = rows_of(["Mariso", "Mariso", "Wajo", "Tallo"], spent, 10 * HOUR, 10 * HOUR)
    assert (worst.name, worst.cameras, worst.up) == ("Mariso", 2, 0.75)
    assert worst.spent[Cause.UNKNOWN] == 11 * HOUR
    assert sum(worst.spent.values()) == 20 * HOUR
    assert (best.name, best.up, best.spent[Cause.UNKNOWN]) == ("Wajo", 1.0, HOUR)
    assert (nothing.name, nothing.up, nothing.spent[Cause.UNKNOWN]) == ("Tallo", None, 10 * HOUR)


def test_a_figure_says_how_much_of_the_time_it_is_drawn_from() -> None:
    spent = {
        "Mariso": {(State.LIVE, ""): HOUR},
        "Tallo": {(State.LIVE, ""): 8 * HOUR, (State.STALE, ""): HOUR, (State.REFUSED, ""): HOUR},
        "Wajo": {(State.LIVE, ""): 8 * HOUR, (State.OFF, "Oleh x"): 2 * HOUR},
        "Ujung": {},
    }
    rows = {row.name: row for row in rows_of(list(spent), spent, 10 * HOUR, 10 * HOUR)}
    assert (rows["Mariso"].up, rows["Mariso"].drawn_from, rows["Mariso"].firm) == (1.0, 0.1, False)
    assert (rows["Tallo"].drawn_from, rows["Tallo"].firm) == (0.9, True)
    assert (rows["Wajo"].drawn_from, rows["Wajo"].firm) == (0.8, False)
    assert (rows["Ujung"].up, rows["Ujung"].drawn_from, rows["Ujung"].firm) == (None, 0.0, False)


def test_a_month_that_has_just_begun_is_no_evidence_however_well_it_was_watched() -> None:
    spent = {"Wajo": {(State.LIVE, ""): HOUR}}
    (begun,) = rows_of(["Wajo"], spent, HOUR, 720 * HOUR)
    assert (begun.up, begun.drawn_from, begun.firm) == (1.0, 1 / 720, False)
    assert begun.spent[Cause.UNKNOWN] == 0  # what is to come is nobody's yet


def test_a_month_is_one_of_the_citys_clock() -> None:
    assert month_of("1970-01", ZONE) == (-8 * HOUR, (31 * 24 - 8) * HOUR)
    assert month_of("2026-12", ZONE)[1] == month_of("2027-01", ZONE)[0]


def test_the_csv_rounds_nothing_up_and_no_name_is_a_formula() -> None:
    spent = dict.fromkeys(Cause, 0) | {Cause.UP: 99_999 * HOUR, Cause.NETWORK: HOUR}
    rows = [Row("=1+1", 5, spent, 100_000 * HOUR), Row("", 1, dict.fromkeys(Cause, 0), 0)]
    head, line, empty = as_csv(rows, "provider", 0, HOUR, ZONE, "id").splitlines()
    assert head.startswith("Penyedia jaringan;Jumlah kamera;Ketersediaan (%);Dihitung dari (% bulan);Catatan;")
    assert line == "'=1+1;5;99,99;100,00;;99999,00;0,00;1,00;0,00;0,00;0,00;1970-01-01 08:00:00;1970-01-01 09:00:00"
    assert empty.startswith(";1;;0,00;Kurang dari 90% bulan itu: bukan bukti;0,00")
    assert as_csv(rows, "district", 0, HOUR, ZONE, "en").splitlines()[1].startswith("'=1+1,5,99.99,100.00,,99999.00,")


async def test_a_month_is_asked_for_of_the_cameras_that_one_may_see(site: Site) -> None:
    now = now_ms()
    other = CAMERAS[1].model_copy(update={"district": "Wajo", "contractor": "PT Satu"})
    await site.control.catalogue.cameras.put([other])
    await site.control.plans.refresh_cameras()
    month_ms = month_of("2026-01", ZONE)
    month = "2026-01"
    assert month_ms[1] < now
    await site.control.catalogue.availability.watched(*month_ms)
    begin = month_ms[0] + 24 * HOUR
    await site.control.catalogue.history.add(
        [
            StateChange(f"cam.{name}.sub", name, begin + at * HOUR, state, cause.indonesian, cause.english)
            for name in ("cam-1", "cam-2")
            for at, state, cause in (
                (0, State.LIVE, causes.NONE),
                (18, State.UNREACHABLE, causes.UNREACHABLE),
                (24, State.OFF, causes.NOT_NEEDED),
            )
        ]
    )
    async with site.administrator() as client:
        answer = (await client.get("/api/availability", params={"month": month})).json()
        assert answer["watched_ms"] == 31 * 24 * HOUR
        rows = {row["name"]: row for row in answer["rows"]}
        assert rows["Wajo"]["up"] == 0.75
        assert rows["Wajo"]["spent_ms"]["unknown"] == 30 * 24 * HOUR
        assert rows["Wajo"]["drawn_from"] == pytest.approx(1 / 31)
        assert rows["Wajo"]["firm"] is False
        assert rows["Mariso"]["cameras"] == 5
        by = (await client.get("/api/availability", params={"month": month, "by": "contractor"})).json()
        assert {row["name"] for row in by["rows"]} == {"", "PT Satu"}
        table = await client.get("/api/availability.csv", params={"month": month})
        assert "availability-2026-01-district.csv" in table.headers["content-disposition"]
        note = "Kurang dari 90% bulan itu: bukan bukti"
        assert f"Wajo;1;75,00;3,22;{note};18,00;0,00;6,00;0,00;0,00;720,00;" in table.text
        site.control.now_ms = lambda: begin + 24 * HOUR  # the month has just begun
        early = (await client.get("/api/availability", params={"month": month})).json()
        (wajo,) = (row for row in early["rows"] if row["name"] == "Wajo")
        assert early["until_ms"] == begin + 24 * HOUR
        assert (wajo["drawn_from"], wajo["firm"]) == (pytest.approx(1 / 31), False)
        site.control.now_ms = now_ms
        for wrong in ({"month": "2099-01"}, {"month": "2026-13"}, {"month": "x"}, {"month": month, "by": "id"}, {}):
            assert (await client.get("/api/availability", params=wrong)).status_code == 422, wrong
    async with site.signed_in(Role.VIEWER, Scope(cameras=CameraScope(ids=frozenset({"cam-1"})))) as client:
        seen = (await client.get("/api/availability", params={"month": month})).json()
        assert [(row["name"], row["cameras"]) for row in seen["rows"]] == [("Mariso", 1)]
