"""When which camera is visited: an order by due times, without I/O or clock. Times are seconds of one clock."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Mapping
from typing import Literal

# How much it matters that a camera is dead: the classes that a city gives its streets.
type Risk = Literal["red", "yellow", "green"]

# A camera that has just failed, or seems to have a fault, is looked at again sooner; then at longer and longer
# intervals, up to that of all others: none may be back for longer than that without our noticing.
FIRST_RETRY_S = 15.0
CONFIRM_S = 20.0
# Where more are due than can be visited: who has waited for longest, and each of these for so much longer. So red
# ones keep their turn, and green ones come late, but come.
HANDICAP_S: dict[Risk, float] = {"red": 0.0, "yellow": 60.0, "green": 180.0}


class Schedule:
    """Cameras and when each is due. Whoever takes one out by `next` says with `again` when it is due again.

    `draw` answers numbers in [0, 1): intervals are up to a fifth shorter than asked for, so that visits spread.
    """

    def __init__(self, draw: Callable[[], float] = random.random) -> None:
        self._draw = draw
        self._cameras: dict[str, Risk] = {}
        self._waiting: dict[str, float] = {}
        self._heap: list[tuple[float, float, str]] = []
        self._due: list[tuple[float, float, float, str]] = []  # handicapped, due, by chance, camera
        self._failures: dict[str, int] = {}

    def put(self, cameras: Mapping[str, Risk], now: float) -> None:
        """Visit these from now on, and no others; new ones as soon as may be, in an order by risk, then by chance."""
        for gone in self._cameras.keys() - cameras.keys():
            self._waiting.pop(gone, None)
            self._failures.pop(gone, None)
        new = cameras.keys() - self._cameras.keys()
        self._cameras = dict(cameras)
        for camera in new:
            self._wait(camera, now)

    def next(self, now: float) -> str | None:
        """The camera that has been due for longest, its risk considered; None if none is due."""
        while self._heap and self._heap[0][0] <= now:
            due, chance, camera = heapq.heappop(self._heap)
            if self._waiting.get(camera) == due:
                heapq.heappush(self._due, (due + HANDICAP_S[self._cameras[camera]], due, chance, camera))
        while self._due:
            _, due, _, camera = heapq.heappop(self._due)
            if self._waiting.get(camera) == due:
                del self._waiting[camera]
                return camera
        return None

    def postpone(self, camera: str, now: float, seconds: float) -> None:
        """It could not be visited just now."""
        self._wait(camera, now + seconds)

    def again(self, camera: str, now: float, every_s: float, *, failed: bool, in_doubt: bool) -> None:
        """It was visited: due again in `every_s`, or sooner."""
        interval = min(every_s, CONFIRM_S) if in_doubt else every_s
        if failed:
            failures = self._failures.get(camera, 0)
            interval = min(every_s, FIRST_RETRY_S * 2.0 ** min(failures, 16))
            self._failures[camera] = failures + 1
        else:
            self._failures.pop(camera, None)
        self._wait(camera, now + interval * (1 - self._draw() / 5))

    def _wait(self, camera: str, due: float) -> None:
        if camera in self._cameras:
            self._waiting[camera] = due
            heapq.heappush(self._heap, (due, self._draw(), camera))
