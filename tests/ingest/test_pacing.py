from __future__ import annotations

import threading
from collections.abc import Generator
from dataclasses import dataclass

import pytest

from ingest.errors import IngestError
from ingest.pacing import Pacer, paced


@dataclass(frozen=True)
class Unit:
    media_s: float | None


def test_a_burst_is_spread_by_its_own_times() -> None:
    pacer = Pacer()
    assert [round(pacer.wait_s(n / 10, 100.0), 3) for n in range(4)] == [0.0, 0.1, 0.2, 0.3]


def test_lateness_moves_all_that_follows() -> None:
    pacer = Pacer()
    pacer.wait_s(0.0, 100.0)
    assert pacer.wait_s(0.1, 101.0) == 0.0
    assert round(pacer.wait_s(0.2, 101.0), 3) == 0.1


def test_a_jump_in_time_is_not_waited_for() -> None:
    pacer = Pacer()
    pacer.wait_s(50.0, 100.0)
    assert pacer.wait_s(0.0, 100.1) == pytest.approx(0.0, abs=1e-6)
    assert pacer.wait_s(9000.0, 100.2) == pytest.approx(0.0, abs=1e-6)
    assert round(pacer.wait_s(9000.1, 100.2), 3) == 0.1
    assert pacer.wait_s(None, 100.2) == 0.0


def test_order_end_and_errors_come_through_and_the_reading_thread_closes() -> None:
    closed_by: list[str] = []

    def source() -> Generator[Unit]:
        try:
            for number in range(5):
                yield Unit(number / 1000)
            raise IngestError("over")
        finally:
            closed_by.append(threading.current_thread().name)

    seen: list[Unit] = []
    with pytest.raises(IngestError, match="over"):
        seen.extend(paced(source(), threading.Event()))
    assert closed_by == ["MainThread ahead"]


def test_leaving_ends_the_reader() -> None:
    closed = threading.Event()

    def source() -> Generator[Unit]:
        try:
            while True:
                yield Unit(0.0)
        finally:
            closed.set()

    units = paced(source(), threading.Event())
    next(units)
    units.close()
    assert closed.wait(3)
