"""What displays prove: reports put together, written in batches, kept over a database that is away."""

from __future__ import annotations

import asyncio
import json

import pytest
from sqlalchemy import text

from layouts.commands import Assign, Clear
from layouts.contents import CameraContent
from tests.support.clock import Ticking
from tests.support.waiting import eventually
from tests.wallserver.control.conftest import Site
from tests.wallserver.control.test_display_hub import Served, served
from tests.wallserver.control.test_site import change
from wallserver.catalogue import flight, now_ms
from wallserver.catalogue.flight import LONGEST_MS, Drawn
from wallserver.control import flight_recorder
from wallserver.control.answers import ApiError
from wallserver.control.flight_recorder import CellFrames, FlightRecorder, Proof
from wallserver.control.instants import instant_ms

__all__ = ["served"]

S = 1000
MINUTE = 60 * S


def frames(count: int, camera: str = "a", first_ms: int = 10 * S, last_ms: int = 0) -> CellFrames:
    return CellFrames("c1", camera, count, first_ms, last_ms)


def drawn(from_ms: int, until_ms: int, count: int, camera: str = "a", plan: int = 7) -> Drawn:
    return Drawn("d", "c1", camera, from_ms, until_ms, plan, count)


def drawn_by(display: str, from_ms: int, until_ms: int) -> Drawn:
    return Drawn(display, "c1", "cam-1", from_ms, until_ms, 7, 100)


def test_reports_that_follow_each_other_are_one_interval() -> None:
    proof = Proof("d", 0)
    assert proof.said(7, [frames(150)], 10 * S) == [drawn(0, 10 * S, 150)]
    (longer,) = proof.said(8, [frames(140, first_ms=9 * S, last_ms=500)], 20 * S)
    assert longer == drawn(0, 19_500, 290, plan=8)
    (anew,) = proof.said(8, [frames(5, first_ms=2 * S)], 40 * S)  # 18.5 s without a picture
    assert anew == drawn(38 * S, 40 * S, 5, plan=8)


def test_no_picture_is_a_proof_too_and_nothing_said_is_none() -> None:
    proof = Proof("d", 0)
    proof.said(7, [frames(150)], 10 * S)
    assert proof.said(7, [frames(0)], 20 * S) == [drawn(10 * S + 1, 20 * S, 0)]
    assert proof.said(7, [], 30 * S) == []
    assert proof.said(7, [frames(0)], 40 * S) == [drawn(10 * S + 1, 40 * S, 0)]


def test_a_cell_that_has_just_come_says_nothing_of_the_time_before_it_was_there() -> None:
    proof = Proof("d", 0)
    assert proof.said(7, [frames(0, first_ms=3 * S, last_ms=1 * S)], 10 * S) == [drawn(7 * S, 9 * S, 0)]
    assert proof.said(7, [frames(90, first_ms=9 * S)], 20 * S) == [drawn(11 * S, 20 * S, 90)]


def test_two_cameras_that_took_turns_are_two_intervals() -> None:
    proof = Proof("d", 0)
    told = [frames(60, last_ms=6 * S), frames(59, "b", first_ms=5900)]
    assert proof.said(7, told, 10 * S) == [drawn(0, 4 * S, 60), drawn(4100, 10 * S, 59, "b")]


def test_a_display_proves_nothing_of_the_time_before_its_last_report_or_to_come() -> None:
    proof = Proof("d", 5 * S)
    assert proof.said(7, [frames(1, first_ms=600 * S, last_ms=600 * S)], 10 * S) == [drawn(5 * S, 5 * S, 1)]
    assert proof.said(7, [frames(1, first_ms=0, last_ms=600 * S)], 20 * S)[0].until_ms <= 20 * S


def test_a_report_that_was_late_on_the_line_proves_the_time_of_which_it_is() -> None:
    proof = Proof("d", 0)
    proof.said(7, [frames(100)], 10 * S, 10 * S)
    assert proof.said(7, [frames(100)], 60 * S, 20 * S) == [drawn(0, 20 * S, 200)]
    assert proof.said(7, [frames(100)], 60 * S, 30 * S) == [drawn(0, 30 * S, 300)]
    (later,) = proof.said(7, [frames(100, first_ms=5 * S)], 70 * S, 70 * S)
    assert later == drawn(65 * S, 70 * S, 100)


def test_a_display_can_say_neither_that_it_reports_before_its_last_report_nor_in_time_to_come() -> None:
    proof = Proof("d", 10 * S)
    assert proof.said(7, [frames(9)], 20 * S, 0) == [drawn(10 * S, 10 * S, 9)]
    assert proof.said(7, [frames(9)], 30 * S, 99 * S) == [drawn(10 * S, 30 * S, 18)]
    assert proof.said(7, [frames(9)], 300 * S, 0) == [drawn(230 * S, 240 * S, 9)]  # its clock has slept


def test_a_cell_that_was_empty_between_two_reports_was_drawn_twice() -> None:
    proof, asked = Proof("d", 0), {("c1", "a"), ("c2", "b")}
    proof.asks(asked, 0)
    proof.said(7, [frames(100)], 10 * S)
    proof.asks({("c2", "b")}, 10 * S + 50)
    assert proof.said(7, [], 20 * S) == []
    proof.asks(asked, 20 * S)
    assert proof.said(7, [frames(99, first_ms=9900)], 30 * S) == [drawn(20_100, 30 * S, 99)]
    assert proof.said(7, [frames(100, first_ms=9900)], 40 * S) == [drawn(20_100, 40 * S, 199)]


def test_a_cell_that_was_empty_within_a_report_was_drawn_twice_and_for_a_moment_once() -> None:
    proof, asked = Proof("d", 0), {("c1", "a")}
    proof.asks(asked, 0)
    proof.asks(set(), 3 * S)  # its picture stays for as long as the display has not heard of it
    proof.asks(asked, 8 * S)
    told = [frames(33, last_ms=6700), frames(20, first_ms=1900)]
    first, second = proof.said(7, told, 10 * S)
    assert (first, second) == (drawn(0, 3300, 33), drawn(8100, 10 * S, 20))
    proof.asks(set(), 12 * S)
    proof.asks(asked, 13 * S)
    assert proof.said(7, [frames(90, first_ms=9900)], 20 * S) == [drawn(8100, 20 * S, 110)]


def test_a_clock_that_is_set_back_shortens_no_interval_and_those_after_it_are_its_own() -> None:
    proof, now, kept = Proof("d", 1000 * S), 1000 * S, dict[int, Drawn]()
    for step_ms in (10 * S, 10 * S, -600 * S, 10 * S, 10 * S):
        now += step_ms
        kept |= {one.from_ms: one for one in proof.said(7, [frames(100)], now)}
    assert list(kept.values()) == [drawn(1000 * S, 1020 * S, 200), drawn(420 * S, 440 * S, 300)]


def test_no_interval_is_longer_than_who_looks_for_it_expects() -> None:
    proof = Proof("d", 0)
    told = [one for n in range(1, 800) for one in proof.said(7, [frames(150)], n * 10 * S)]
    assert max(one.until_ms - one.from_ms for one in told) < LONGEST_MS
    assert len({one.from_ms for one in told}) == 3


async def test_what_is_said_while_the_database_is_away_is_written_afterwards(site: Site) -> None:
    catalogue, clock = site.control.catalogue, now_ms()
    recorder = FlightRecorder(catalogue.flight, 90, lambda: clock)
    proof = Proof("city-1", clock - 10 * S)
    async with catalogue.database.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE drawn RENAME TO elsewhere"))
    recorder.said(proof, 7, [frames(100)])
    await recorder.write()
    assert recorder.away
    clock += 10 * S
    recorder.said(proof, 7, [frames(50)])
    async with catalogue.database.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE elsewhere RENAME TO drawn"))
    await recorder.write()
    assert not recorder.away
    (kept,) = (await catalogue.flight.drawn_at(["city-1"], clock)).values()
    assert (kept.frames, kept.from_ms, kept.until_ms) == (150, clock - 20 * S, clock)


async def test_what_a_clock_that_was_ahead_proved_goes_as_the_one_that_is_right_comes_there(site: Site) -> None:
    flight, clock = site.control.catalogue.flight, Ticking(now_ms())
    recorder, noon = FlightRecorder(flight, 90, clock), clock.now
    ahead = drawn_by("city-1", noon + 50 * MINUTE, noon + 55 * MINUTE)
    amid = drawn_by("city-1", noon + 5 * MINUTE, noon + 35 * MINUTE)  # when the clock is believed
    true = drawn_by("city-1", noon - 50 * MINUTE, noon)

    async def kept() -> list[Drawn]:
        asked = (noon - 30 * MINUTE, noon + 20 * MINUTE, noon + 52 * MINUTE)
        return [one for at_ms in asked for one in (await flight.drawn_at(["city-1"], at_ms)).values()]

    async def minutes(count: int) -> None:
        for _ in range(count):
            clock.now += MINUTE
            await recorder.look_ahead()

    await flight.put_drawn([true, amid, ahead])
    # An empty battery, until the network sets the clock: what was proved is right, and it is this clock that is not.
    clock.now = noon - 45 * MINUTE
    await minutes(9)
    clock.now = noon - 2 * S
    await minutes(10)
    assert await kept() == [true, amid, ahead]
    await minutes(36)
    assert await kept() == [true, ahead]
    await minutes(2)
    assert await kept() == [true]


async def test_a_displays_own_word_of_an_instant(served: Served) -> None:
    flight = served.site.control.flight
    async with served.display() as display, served.site.administrator() as administrator:
        plan = await display.message("plan")
        cells = [
            {"id": "c1", "camera": "cam-1", "frames": 20, "first_ms": 100_000, "last_ms": 0},
            {"id": "c2", "camera": "cam-2", "frames": 0},
            {"id": "c3", "camera": "cam-1", "frames": 20},  # not what it was asked to show there
            {"id": "x", "camera": "cam-1", "frames": 20},
        ]
        report = {"t": "report", "frames": 20, "plan": plan["plan"], "cells": cells}
        await display.socket.send(json.dumps(report))
        await eventually(lambda: served.site.control.hub.report("city-1"))
        at = now_ms()
        await display.socket.send(json.dumps(report))
        await eventually(lambda: len(flight._drawn) >= 2 and max(one.until_ms for one in flight._drawn.values()) >= at)
        await flight.write()
        await change(served.site, Assign("city-1", "c1", CameraContent("cam-6")))
        answer = await administrator.get("/api/walls/city/history", params={"at": str(at)})
        assert answer.status_code == 200, answer.text
        then = answer.json()
        assert (then["revision"], then["made_by"], then["at_ms"]) == (1, "test", at)
        shown = {cell["id"]: cell for cell in then["displays"][0]["layout"]["cells"]}
        first = shown["c1"]
        assert (first["camera"], first["made_by"], first["revision"], first["step"]) == ("cam-1", "test", 1, None)
        assert (first["drew"]["camera"], first["drew"]["frames"], first["drew"]["plan"]) == ("cam-1", 40, plan["plan"])
        assert first["drew"]["from_ms"] <= at <= first["drew"]["until_ms"]
        assert shown["c2"]["drew"]["frames"] == 0
        assert shown["c3"]["drew"] is None

        async def frames_after(number: int) -> int:
            await display.socket.send(json.dumps(report | {"frames": number}))
            await eventually(lambda: (served.site.control.hub.report("city-1") or {})["frames"] == number)
            await flight.write()
            then = (await administrator.get("/api/walls/city/history", params={"at": str(at)})).json()
            return int(then["displays"][0]["layout"]["cells"][0]["drew"]["frames"])

        # The old picture stays until the next one is there: of that it may tell once more, and then no longer.
        assert [await frames_after(number) for number in (21, 22, 23)] == [60, 80, 80]
        now = (await administrator.get("/api/walls/city/history", params={"at": str(now_ms())})).json()
        cell = now["displays"][0]["layout"]["cells"][0]
        assert (cell["camera"], cell["revision"], cell["made_by"]) == ("cam-6", 2, "test")


async def test_what_a_display_is_asked_for_no_more_ends_what_it_proved(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flight_recorder, "_STAYS_MS", 0)
    hub, known = served.site.control.hub, served.site.control.flight._drawn
    async with served.display() as display:
        plan = await display.message("plan")

        async def reported(number: int) -> list[int]:
            cells = [{"id": cell, "camera": f"cam-{cell[1:]}", "frames": 20} for cell in ("c1", "c2")]
            said = {"t": "report", "frames": number, "plan": plan["plan"], "cells": cells}
            await display.socket.send(json.dumps(said))
            await eventually(lambda: (hub.report("city-1") or {}).get("frames") == number)
            return [sum(one.cell == cell for one in known.values()) for cell in ("c1", "c2")]

        assert await reported(1) == [1, 1]
        for command in (Clear("city-1", "c1"), Assign("city-1", "c1", CameraContent("cam-1"))):
            await change(served.site, command)
            await display.message("plan")
        assert await reported(2) == [2, 1]


async def test_a_display_says_when_it_sent_its_report(served: Served) -> None:
    known = served.site.control.flight._drawn
    async with served.display() as display:
        plan = await display.message("plan")
        sent_ms = now_ms()
        cells = [{"id": "c1", "camera": "cam-1", "frames": 20}]
        await eventually(lambda: now_ms() > sent_ms + 5)
        report = {"t": "report", "plan": plan["plan"], "cells": cells, "sent_ms": sent_ms}
        await display.socket.send(json.dumps(report))
        await eventually(lambda: known)
        assert [one.until_ms for one in known.values()] == [sent_ms]


async def test_times_that_say_nothing_are_refused_in_words(site: Site) -> None:
    async with site.administrator() as client:
        for at, code, said in (
            ("", 422, "A time is written like"),
            ("yesterday", 422, "A time is written like"),
            ("1", 404, "not there yet"),
            ("1970-01-01T08:00:00+08:00", 404, "not there yet"),
            ("2999-01-01", 422, "yet to come"),
            ("9" * 14, 422, "yet to come"),
        ):
            answer = await client.get("/api/walls/city/history", params={"at": at})
            assert (answer.status_code, said in answer.json()["error"]) == (code, True), answer.text
            assert (await client.get("/api/walls/none/history", params={"at": at})).status_code == 404


def test_a_time_without_an_offset_is_the_sites() -> None:
    assert instant_ms("1970-01-01T08:00", "Asia/Makassar") == 0
    assert instant_ms("1970-01-01T08:00:00 08:00", "Asia/Makassar") == 0  # a plus that a URL took for a space
    assert instant_ms("1970-01-01T00:00:00Z", "Asia/Makassar") == 0
    assert instant_ms("1234", "Asia/Makassar") == 1234


@pytest.mark.parametrize("text", ["9999-12-31T23:59:59Z", "1969-12-31T23:59:59Z", "0001-01-01", "yesterday"])
def test_a_time_that_cannot_be_told_in_every_time_zone_is_none(text: str) -> None:
    with pytest.raises(ApiError, match="A time is written like"):
        instant_ms(text, "Asia/Makassar")


async def test_what_is_left_to_forget_is_forgotten_soon(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = site.control.catalogue.flight
    monkeypatch.setattr(flight, "MOST_AT_ONCE", 1)
    monkeypatch.setattr(flight_recorder, "_WRITE_S", 0.01)
    monkeypatch.setattr(flight_recorder, "FORGET_AT_FIRST_S", 0.0)
    await kept.put_drawn(drawn_by(display, 1, 2) for display in ("a", "b", "c"))
    running = asyncio.create_task(FlightRecorder(kept, 1, now_ms).run())

    async def is_forgotten() -> bool:
        return not await kept.drawn_at(["a", "b", "c"], 1)

    await eventually(is_forgotten)
    running.cancel()
    await asyncio.wait({running})
