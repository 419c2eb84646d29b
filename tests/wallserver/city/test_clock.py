"""The city's clock: which picture is due when."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wallserver.city.clock import CLIP_PICTURES, FPS, GOP_PICTURES, age_s, due_ns, picture_count, slot_at, slot_start_ns

CAMERAS = st.integers(1, 1000)
MOMENTS = st.integers(1_500_000_000_000_000_000, 4_000_000_000_000_000_000)


@given(MOMENTS)
def test_a_slot_contains_its_beginning(now: int) -> None:
    slot = slot_at(now)
    assert slot_start_ns(slot) <= now < slot_start_ns(slot + 1)
    assert slot_at(slot_start_ns(slot)) == slot


@given(CAMERAS, MOMENTS)
def test_a_picture_is_due_when_its_count_begins(camera: int, now: int) -> None:
    count = picture_count(camera, now)
    due = due_ns(camera, count)
    assert due <= now < due_ns(camera, count + 1)
    assert picture_count(camera, due) == count
    assert picture_count(camera, due - 1) == count - 1


@given(CAMERAS, MOMENTS, st.integers(0, 250))
def test_the_age_of_a_picture_is_the_time_since_it_was_due(camera: int, now: int, late: int) -> None:
    count = picture_count(camera, now) - late
    age = age_s(camera, count % CLIP_PICTURES, now / 1e9)
    assert abs(age - (now - due_ns(camera, count)) / 1e9) < 1e-4


def test_cameras_and_their_keyframes_are_spread() -> None:
    now = 1_800_000_000_000_000_000
    assert len({picture_count(camera, now) % GOP_PICTURES for camera in range(1, 61)}) > GOP_PICTURES // 2
    due = {(due_ns(camera, 0) * FPS) % 1_000_000_000 * 8 // 1_000_000_000 for camera in range(1, 61)}
    assert len(due) == 8
