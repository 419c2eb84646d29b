"""What a mosaic has shown and may show no more ends an era; a tour that goes on does not."""

from __future__ import annotations

from typing import Any

from wallserver.control.publisher import stamped
from wallserver.control.withdrawals import Withdrawals

MASK = {"points": [[0, 0], [1, 0], [1, 1]], "style": "solid"}


class Mosaic:
    """One, with a tour; what it is told to show is on the bus at once, where that takes it."""

    def __init__(self, *tour: str) -> None:
        self.tour = set(tour)
        self.masks: dict[str, list[Any]] = {}
        self._now_ms = 0
        self._there: dict[str, Any] | None = None
        self.restart()

    def restart(self) -> None:
        """Control has just started."""
        self._withdrawals = Withdrawals(lambda _: self.tour, lambda camera: self.masks.get(camera, []))

    def shows(self, *cameras: str, written: bool = True) -> bool:
        """Whether that withdraws something."""
        self._now_ms += 1000
        cells = [{"camera": camera, "masks": self.masks.get(camera, [])} for camera in cameras]
        before = self._there
        after = stamped({"id": "m", "cells": cells}, before, self._now_ms, self._withdrawals)
        if written:
            self._there = after
        return before is not None and bool(after["era"] != before["era"])


def test_a_camera_that_leaves_is_withdrawn_and_one_that_comes_withdraws_nothing() -> None:
    mosaic = Mosaic()
    assert [mosaic.shows("a"), mosaic.shows("a", "b"), mosaic.shows("b", "a")] == [False] * 3
    assert mosaic.shows("a")
    assert not mosaic.shows("a")


def test_masks_withdraw_what_was_shown_without_them_and_fewer_do_not() -> None:
    mosaic = Mosaic()
    mosaic.shows("a")
    mosaic.masks["a"] = [MASK]
    assert mosaic.shows("a")
    assert not mosaic.shows("a")
    mosaic.masks["a"] = []
    assert not mosaic.shows("a")
    mosaic.masks["a"] = [MASK]
    assert mosaic.shows("a")


def test_a_tour_goes_on_until_a_camera_that_had_its_turn_may_not_be_seen_any_more() -> None:
    mosaic = Mosaic("b", "c")
    assert [mosaic.shows("a", one) for one in ("b", "c", "b", "c")] == [False] * 4
    mosaic.masks["b"] = [MASK]  # not on the canvas now, but a moment ago
    assert mosaic.shows("a", "c")
    assert not mosaic.shows("a", "b")
    mosaic.tour.remove("c")
    assert mosaic.shows("a", "b")
    mosaic.tour.remove("b")
    assert not mosaic.shows("a", "b")
    assert mosaic.shows("a")


def test_what_the_bus_did_not_take_is_withdrawn_when_it_does() -> None:
    mosaic = Mosaic("b")
    assert [mosaic.shows("a"), mosaic.shows("a", "b"), mosaic.shows("a")] == [False] * 3
    mosaic.masks["b"] = [MASK]
    assert [mosaic.shows("a", written=False), mosaic.shows("a"), mosaic.shows("a")] == [True, True, False]


def test_a_control_that_starts_anew_takes_it_that_all_of_a_tour_had_its_turn() -> None:
    mosaic = Mosaic("b")
    assert [mosaic.shows("a"), mosaic.shows("a", "b"), mosaic.shows("a")] == [False] * 3
    mosaic.restart()
    assert not mosaic.shows("a")
    mosaic.masks["b"] = [MASK]
    assert mosaic.shows("a")
    assert not mosaic.shows("a")


def test_a_control_that_starts_anew_does_not_know_whether_a_tour_was_masked_already() -> None:
    mosaic = Mosaic("b")
    assert [mosaic.shows("a"), mosaic.shows("a", "b"), mosaic.shows("a")] == [False] * 3
    mosaic.masks["b"] = [MASK]  # and ends before the bus heard of it
    mosaic.restart()
    assert mosaic.shows("a")
    assert [mosaic.shows("a", "b"), mosaic.shows("a")] == [False] * 2
