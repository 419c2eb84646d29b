"""The database adds up what cameras did while they were watched, on SQLite and on PostgreSQL."""

from __future__ import annotations

from ingest.camera_state import State
from wallserver.catalogue import Catalogue
from wallserver.catalogue.camera import CameraEntry
from wallserver.catalogue.history import StateChange

HOUR = 3_600_000
DAY = (0, 24 * HOUR)


def said(camera: str, hour: float, state: State, cause: str = "", quality: str = "sub") -> StateChange:
    return StateChange(f"cam.{camera}.{quality}", camera, round(hour * HOUR), state, cause, cause)


async def city(catalogue: Catalogue) -> None:
    await catalogue.cameras.put(
        [
            CameraEntry(id="a", name="A", district="Mariso", provider="Satu", main_url="rtsp://10.0.0.1/m"),
            CameraEntry(id="b", name="B", district="Mariso", provider="Dua", main_url="rtsp://10.0.0.2/m"),
            CameraEntry(id="c", name="C", district="Wajo", provider="Dua", main_url="rtsp://10.0.0.3/m"),
        ]
    )


async def test_each_word_holds_until_the_next_one_on_any_stream_of_its_camera(catalogue: Catalogue) -> None:
    await city(catalogue)
    await catalogue.availability.watched(0, 24 * HOUR)
    await catalogue.history.add(
        [
            said("a", 0, State.LIVE),
            said("a", 10, State.UNREACHABLE, "Sebab.", "main"),
            said("a", 12, State.LIVE),
            said("b", 20, State.LIVE),
            said("c", 6, State.BLACK),
        ]
    )
    by_district = await catalogue.availability.spent("district", ["a", "b", "c"], *DAY)
    assert by_district == {
        "Mariso": {(State.LIVE, ""): 26 * HOUR, (State.UNREACHABLE, "Sebab."): 2 * HOUR},
        "Wajo": {(State.BLACK, ""): 18 * HOUR},
    }
    by_provider = await catalogue.availability.spent("provider", ["a", "b", "c"], *DAY)
    assert by_provider["Dua"] == {(State.LIVE, ""): 4 * HOUR, (State.BLACK, ""): 18 * HOUR}


async def test_no_word_holds_beyond_the_watching_in_which_it_was_said(catalogue: Catalogue) -> None:
    await city(catalogue)
    for watched in ((2 * HOUR, 6 * HOUR), (8 * HOUR, 9 * HOUR), (8 * HOUR, 10 * HOUR)):
        await catalogue.availability.watched(*watched)
    await catalogue.history.add(
        [said("a", 1, State.LIVE), said("b", 3, State.LIVE), said("c", 4, State.LIVE), said("c", 9, State.STALE)]
    )
    assert await catalogue.availability.watched_ms(*DAY) == 6 * HOUR
    assert await catalogue.availability.spent("district", ["a", "b", "c"], *DAY) == {
        "Mariso": {(State.LIVE, ""): 3 * HOUR},  # of b; what was said of a nobody was there to keep watching
        "Wajo": {(State.LIVE, ""): 2 * HOUR, (State.STALE, ""): HOUR},
    }


async def test_a_month_begins_with_what_held_before_and_ends_before_what_came_after(catalogue: Catalogue) -> None:
    await city(catalogue)
    await catalogue.availability.watched(0, 30 * HOUR)
    await catalogue.history.add([said("a", 1, State.LIVE), said("a", 8, State.FROZEN), said("a", 20, State.LIVE)])
    assert await catalogue.availability.spent("district", ["a"], 5 * HOUR, 10 * HOUR) == {
        "Mariso": {(State.LIVE, ""): 3 * HOUR, (State.FROZEN, ""): 2 * HOUR}
    }
    assert await catalogue.availability.spent("district", ["b"], *DAY) == {}
    assert await catalogue.availability.spent("district", ["a"], 40 * HOUR, 50 * HOUR) == {}


async def test_a_city_may_have_more_cameras_than_a_statement_has_parameters(catalogue: Catalogue) -> None:
    await city(catalogue)
    await catalogue.availability.watched(0, 24 * HOUR)
    await catalogue.history.add([said("a", 4, State.LIVE), said("b", 14, State.LIVE)])
    cameras = ["a", *(f"camera-{number}" for number in range(40_000)), "b"]
    assert await catalogue.availability.spent("district", cameras, *DAY) == {"Mariso": {(State.LIVE, ""): 30 * HOUR}}


async def test_what_was_watched_is_forgotten_with_what_was_seen(catalogue: Catalogue) -> None:
    await catalogue.availability.watched(0, 5 * HOUR)
    await catalogue.availability.watched(6 * HOUR, 20 * HOUR)
    await catalogue.availability.forget(10 * HOUR)
    assert await catalogue.availability.watched_ms(*DAY) == 14 * HOUR
