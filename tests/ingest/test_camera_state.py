from __future__ import annotations

import json
import random

import pytest

from ingest import causes
from ingest.camera_state import (
    FIRST_PICTURE_S,
    LEAST_BOUND_S,
    CameraState,
    State,
    StreamStatus,
    camera_of,
    least_bound_hls_s,
)


class Clock:
    """Seconds that only the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def live(clock: Clock, interval: float = 0.04, count: int = 50) -> CameraState:
    state = CameraState(clock)
    state.picture_decoded()
    for _ in range(count):
        state.access_unit()
        clock.now += interval
    return state


def test_access_units_alone_are_not_live() -> None:
    state = CameraState(Clock())
    assert not state.access_unit()
    assert state.state is State.CONNECTING
    state.picture_decoded()
    assert state.access_unit()
    assert (state.state, state.cause) == (State.LIVE, causes.NONE)
    assert not state.access_unit()


def test_stale_two_seconds_after_the_last_unit_of_a_quick_camera() -> None:
    clock = Clock()
    state = live(clock)
    clock.now += 1.9
    assert not state.tick()
    clock.now += 0.2
    assert state.tick()
    assert (state.state, state.cause, state.since) == (State.STALE, causes.NO_PICTURES, clock.now)
    assert state.access_unit()
    assert state.state is State.LIVE


def test_a_slow_camera_has_three_of_its_longest_usual_intervals() -> None:
    clock = Clock()
    state = live(clock, interval=1.5)
    assert state.bound_s == pytest.approx(4.5)
    clock.now += 2.9
    assert not state.tick()
    clock.now += 0.2
    assert state.tick()


@pytest.mark.parametrize("interval", [0.5, 1.0, 2.0, 4.0])
def test_a_slow_camera_is_not_called_stale_before_its_pace_is_known(interval: float) -> None:
    clock = Clock()
    state = live(clock, 0.0, count=1)
    for _ in range(10):
        clock.now += interval - 0.01
        assert not state.tick()
        clock.now += 0.01
        state.access_unit()


TICK_S = 0.5


def arrivals(seed: int, seconds: float = 120.0) -> list[float]:
    """When a camera's pictures arrive, seconds from the first.

    1 to 30 pictures a second; each is underway for 30 ms and, by a log-normal law, up to 0.4 s longer; every 20 s or
    so nothing passes for up to 1.5 s, and what was held comes at once, in order.
    """
    chance = random.Random(seed)
    interval = 1 / chance.choice([1, 2, 4, 5, 8, 10, 12, 15, 20, 25, 30])
    found, open_again = [0.0], 0.0
    for number in range(1, int(seconds / interval)):
        sent = number * interval
        if sent > open_again and chance.random() < interval / 20:
            open_again = sent + chance.uniform(0.2, 1.5)
        delay = 0.03 + min(0.4, chance.lognormvariate(-4.5, 1.5))
        found.append(max(found[-1], sent + delay, open_again))
    return found


def test_300_cameras_on_poor_networks_are_never_called_stale_and_always_when_they_stop() -> None:
    for seed in range(300):
        clock = Clock()
        began, state = clock.now, CameraState(clock)
        state.picture_decoded()
        ticked = began
        for arrival in arrivals(seed):
            while ticked + TICK_S < began + arrival:
                ticked = clock.now = ticked + TICK_S
                assert not state.tick(), f"trace {seed} is called {state.state} after {arrival:.1f} s"
            clock.now = began + arrival
            state.access_unit()
            assert state.state is State.LIVE
        stopped, bound_s = clock.now, state.bound_s
        while not state.tick():
            clock.now += TICK_S
        assert state.state is State.STALE
        assert clock.now - stopped <= bound_s + TICK_S


def test_a_single_long_gap_does_not_stretch_the_bound() -> None:
    clock = Clock()
    state = live(clock, count=250)
    clock.now += 30
    state.access_unit()
    clock.now += 0.04
    state.access_unit()
    assert state.bound_s == 2.0


def test_hls_has_three_target_durations() -> None:
    clock = Clock()
    state = live(clock)
    state.opened(least_bound_hls_s(4))
    assert state.bound_s == 12.0
    assert least_bound_hls_s(1) == 6.0


def test_a_failure_stays_on_show_until_there_is_a_picture() -> None:
    clock = Clock()
    state = CameraState(clock)
    assert state.failed(State.REFUSED, causes.WRONG_PASSWORD)
    since = state.since
    clock.now += 100
    assert not state.tick()
    assert not state.failed(State.REFUSED, causes.WRONG_PASSWORD)
    assert not state.access_unit()
    assert (state.state, state.since) == (State.REFUSED, since)
    state.picture_decoded()
    assert state.access_unit()
    assert state.state is State.LIVE


def test_a_camera_that_answers_is_not_connecting_for_ever() -> None:
    clock = Clock()
    state = CameraState(clock)
    clock.now += 2 * FIRST_PICTURE_S
    assert not state.tick()  # nobody knows where it is, or its turn has not come: it has not answered
    state.opened(LEAST_BOUND_S)
    clock.now += FIRST_PICTURE_S + 0.1
    assert state.tick()
    assert (state.state, state.cause) == (State.STALE, causes.NO_FIRST_PICTURE)


def test_pictures_without_a_keyframe_are_called_that() -> None:
    clock = Clock()
    state = CameraState(clock)
    state.opened(LEAST_BOUND_S)
    state.keyframe_late()
    clock.now += FIRST_PICTURE_S + 0.1
    assert state.tick()
    assert (state.state, state.cause) == (State.STALE, causes.NO_KEYFRAME)
    state.opened(LEAST_BOUND_S)
    state.failed(State.OFF, causes.NOT_NEEDED)
    state.opened(LEAST_BOUND_S)
    clock.now += FIRST_PICTURE_S + 0.1
    assert state.tick()
    assert (state.state, state.cause) == (State.STALE, causes.NO_FIRST_PICTURE)


@pytest.mark.parametrize("before", [State.UNREACHABLE, State.OFF, State.REFUSED])
def test_once_it_answers_an_older_failure_is_not_said_any_longer(before: State) -> None:
    clock = Clock()
    state = CameraState(clock)
    state.failed(before, causes.UNREACHABLE)
    state.opened(LEAST_BOUND_S)
    clock.now += FIRST_PICTURE_S
    assert not state.tick()
    clock.now += 0.5
    assert state.tick()
    assert (state.state, state.cause) == (State.STALE, causes.NO_FIRST_PICTURE)


def test_status_survives_json_and_newer_writers() -> None:
    status = StreamStatus(
        stream="cam.a.sub",
        camera="a",
        state=State.LIVE,
        since_ms=1,
        last_picture_ms=None,
        cause_id="",
        cause_en="",
        codec="h264",
        width=640,
        height=360,
        fps=15.0,
        gop_s=2.0,
        b_frames=False,
        bitrate_kbps=400,
        worker="w",
        epoch=3,
        updated_ms=2,
    )
    value = json.loads(json.dumps(status.to_json()))
    assert StreamStatus.from_json({**value, "new": 1}) == status
    with pytest.raises(ValueError, match="state"):
        StreamStatus.from_json({key: value[key] for key in value if key != "state"})


def test_the_camera_is_in_the_streams_name() -> None:
    assert camera_of("cam.lorong-12.main") == "lorong-12"
    assert camera_of("mosaic.1") == ""
