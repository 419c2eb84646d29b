"""Shared cells: whole pictures or none, whatever becomes of who draws them."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple, cast

import numpy as np
import pytest

from ingest.canvas import Canvas, Plane
from ingest.shared_cells import SharedCells
from tests.support.units import unit

SIZES = ((320, 180), (64, 36))
WHERE = (40, 20, 320, 180)


def cells() -> SharedCells:
    """Two of them, for this process alone."""
    shared = SharedCells.create(SIZES)
    shared.close()
    return shared


def draw(shared: SharedCells, number: int, cell: int = 0) -> None:
    """A picture that has its number everywhere."""
    with shared.writing(cell, unit(number), number / 10) as canvas:
        canvas.buffer[:] = number % 256


def shown(canvas: Canvas) -> set[int]:
    """The values that stand where the first cell is: least and greatest."""
    return {int(value) for plane in canvas.cell(WHERE) for value in (plane.min(), plane.max())}


def test_a_cell_shows_its_newest_picture_and_what_that_is() -> None:
    shared, canvas = cells(), Canvas(640, 360)
    assert shared.newest(0) is None
    assert shared.copy(0, canvas.cell(WHERE)) is None
    for number in (1, 2, 3):
        draw(shared, number)
        picture = shared.copy(0, canvas.cell(WHERE))
        assert picture == shared.newest(0)
        assert picture is not None
        assert (picture.sequence, picture.decoded_ns) == (number, number * 100_000_000)
        assert shown(canvas) == {number}
    assert shared.newest(1) is None
    assert np.all(canvas.planes.y[:20] == 16)  # beside it nothing was touched


def test_a_writer_in_the_middle_of_a_picture_leaves_the_one_before_to_be_seen() -> None:
    shared, canvas = cells(), Canvas(640, 360)
    draw(shared, 7)
    with shared.writing(0, unit(8), 0.8) as half:
        half.buffer[:90] = 8
        picture = shared.copy(0, canvas.cell(WHERE))
        assert picture is not None
        assert picture.sequence == 7
        assert shown(canvas) == {7}
        half.buffer[:] = 8
    picture = shared.copy(0, canvas.cell(WHERE))
    assert picture is not None
    assert picture.sequence == 8
    assert shown(canvas) == {8}


def test_a_writer_that_fails_in_the_middle_has_drawn_nothing() -> None:
    shared, canvas = cells(), Canvas(640, 360)
    for number in (1, 2):
        with contextlib.suppress(ZeroDivisionError), shared.writing(0, unit(number), 0.1) as half:
            half.buffer[:90] = 1 // 0
        assert shared.newest(0) is None
    for number in (3, 4):
        draw(shared, number)
        with contextlib.suppress(ZeroDivisionError), shared.writing(0, unit(9), 0.9) as half:
            half.buffer[:90] = 9
            half.buffer[:90] = 1 // 0
        assert shared.copy(0, canvas.cell(WHERE)) == shared.newest(0)
        assert shown(canvas) == {number}


@pytest.mark.parametrize(("overtakings", "got"), [(2, 4), (100, None)])
def test_a_reader_that_is_overtaken_takes_a_newer_picture_and_never_half_of_one(
    overtakings: int, got: int | None
) -> None:
    shared, canvas = cells(), Canvas(640, 360)
    left = iter(range(overtakings))

    class Overtaken(NamedTuple):
        """The last of three planes, the first of which have been written: now the writer draws twice over."""

        plane: Plane

        def __setitem__(self, key: slice, value: Plane) -> None:
            if (turn := next(left, None)) is not None:
                for _ in range(2):
                    draw(shared, 2 * turn + 2)
            self.plane[key] = value

    draw(shared, 1)
    planes = canvas.cell(WHERE)
    picture = shared.copy(0, planes._replace(v=cast(Plane, Overtaken(planes.v))))
    assert (picture and picture.sequence) == got  # overtaken at every try: rather nothing
    assert got is None or shown(canvas) == {got}


def test_no_cell_is_ever_torn_while_another_process_draws_as_fast_as_it_can() -> None:
    shared, canvas = SharedCells.create(SIZES), Canvas(640, 360)
    script = (
        "from ingest.shared_cells import SharedCells\n"
        "from tests.support.units import unit\n"
        f"shared = SharedCells.attach({shared.fd}, {SIZES})\n"
        "for number in range(1 << 40):\n"
        "    with shared.writing(0, unit(number), 0.0) as canvas:\n"
        "        canvas.buffer[:] = number % 256\n"
    )
    writer = subprocess.Popen([sys.executable, "-c", script], pass_fds=[shared.fd], cwd=Path(__file__).parents[2])
    try:
        whole, newest = 0, 0
        while whole < 200:
            assert writer.poll() is None
            picture = shared.copy(0, canvas.cell(WHERE))
            if picture is not None:
                assert shown(canvas) == {picture.sequence % 256}
                assert picture.sequence >= newest
                newest, whole = picture.sequence, whole + (picture.sequence > newest)
        os.kill(writer.pid, signal.SIGKILL)  # wherever it is
        writer.wait()
        picture = shared.copy(0, canvas.cell(WHERE))
        assert picture is not None
        assert shown(canvas) == {picture.sequence % 256}
        draw(shared, picture.sequence + 1)  # who comes after it
        picture = shared.copy(0, canvas.cell(WHERE))
        assert picture is not None
        assert shown(canvas) == {picture.sequence % 256}
    finally:
        writer.kill()
        writer.wait()
        shared.close()


def test_the_memory_has_no_name_cannot_be_cut_and_is_gone_with_its_last_user() -> None:
    shared = SharedCells.create(SIZES)
    with pytest.raises(PermissionError):
        os.ftruncate(shared.fd, 4096)
    before = _mappings()
    other = SharedCells.attach(os.dup(shared.fd), SIZES)
    draw(shared, 5)
    assert other.newest(0) == shared.newest(0)
    assert _mappings() == before + 1
    del other
    assert _mappings() == before
    shared.close()
    del shared
    assert _mappings() == before - 1


def _mappings() -> int:
    return Path("/proc/self/maps").read_text().count("memfd:wallserver-cells")


def test_ages_are_told_by_the_clock_that_counts() -> None:
    shared = cells()
    au = unit(1)  # of another host: its monotonic clock says nothing here
    with shared.writing(0, au, 1.0):
        pass
    picture = shared.newest(0)
    assert picture is not None
    assert picture.age_ms(mono_ns=10**15, wall_ns=au.arrived_wall_ns + 40_000_000) == 40
    assert picture._replace(here=1).age_ms(mono_ns=au.arrived_mono_ns + 30_000_000, wall_ns=0) == 30


def test_a_stream_that_was_left_out_lives_for_longer() -> None:
    shared = cells()
    with shared.writing(0, unit(1), 1.0):
        pass
    picture = shared.newest(0)
    assert picture is not None
    for now_s, alive in ((2.9, True), (3.1, False)):
        assert shared.lives(0, picture, int(now_s * 1e9), 2.0) is alive
    shared.say(0, left_out_s=4.0, bound_s=3.0)
    for now_s, alive in ((6.9, True), (7.1, False)):
        assert shared.lives(0, picture, int(now_s * 1e9), 2.0) is alive
    shared.say(0, left_out_s=float("-inf"), bound_s=0.0)
    assert not shared.lives(0, picture, int(3.1e9), 2.0)


def test_a_picture_is_old_when_half_the_time_that_it_has_is_over() -> None:
    shared = cells()
    with shared.writing(0, unit(1), 1.0):
        pass
    picture = shared.newest(0)
    assert picture is not None
    for bound_s, old_after_s in ((0.0, 1.0), (6.0, 3.0)):
        shared.say(0, left_out_s=float("-inf"), bound_s=bound_s)
        assert not shared.ages(0, picture, int((1.0 + old_after_s - 0.1) * 1e9), 2.0)
        assert shared.ages(0, picture, int((1.0 + old_after_s + 0.1) * 1e9), 2.0)
