"""When cameras are visited."""

from __future__ import annotations

from ingest.schedule import FIRST_RETRY_S, HANDICAP_S, Risk, Schedule

EVERY_S = 300.0


def test_all_are_due_at_once_and_each_only_once() -> None:
    schedule = Schedule()
    names = {f"c{n}" for n in range(50)}
    schedule.put(dict.fromkeys(names, "green"), 0.0)
    schedule.put(dict.fromkeys(names, "green"), 1.0)
    assert {schedule.next(1.0) for _ in range(50)} == names
    assert schedule.next(1e9) is None


def test_the_one_that_has_waited_longest_comes_first_and_none_waits_longer_than_asked() -> None:
    schedule = Schedule(draw=lambda: 0.5)
    schedule.put({"a": "green", "b": "green"}, 0.0)
    for name, at in (("a", 5.0), ("b", 1.0)):
        schedule.next(0.0)
        schedule.again(name, at, EVERY_S, failed=False, in_doubt=False)
    assert schedule.next(1.0 + 0.9 * EVERY_S - 0.1) is None
    assert [schedule.next(5.0 + EVERY_S) for _ in range(2)] == ["b", "a"]


def test_a_dead_one_is_tried_again_soon_then_later_but_never_later_than_the_others() -> None:
    schedule = Schedule(draw=lambda: 0.0)
    schedule.put({"dead": "green"}, 0.0)
    now, waits = 0.0, []
    for _ in range(8):
        assert schedule.next(now) == "dead"
        schedule.again("dead", now, EVERY_S, failed=True, in_doubt=False)
        before = now
        while schedule.next(now) is None:
            now += 1.0
        schedule.postpone("dead", now, 0.0)
        waits.append(now - before)
    assert waits[:3] == [FIRST_RETRY_S, 2 * FIRST_RETRY_S, 4 * FIRST_RETRY_S]
    assert max(waits) == EVERY_S
    # A success forgets that.
    schedule.next(now)
    schedule.again("dead", now, EVERY_S, failed=False, in_doubt=False)
    assert schedule.next(now + EVERY_S) == "dead"
    schedule.again("dead", 0.0, EVERY_S, failed=True, in_doubt=False)
    assert schedule.next(FIRST_RETRY_S) == "dead"


def test_one_in_doubt_is_seen_again_soon() -> None:
    schedule = Schedule()
    schedule.put({"odd": "green"}, 0.0)
    schedule.next(0.0)
    schedule.again("odd", 0.0, EVERY_S, failed=False, in_doubt=True)
    assert schedule.next(20.0) == "odd"


def test_one_that_has_left_the_catalogue_is_visited_no_more() -> None:
    schedule = Schedule()
    schedule.put({"a": "green", "b": "green"}, 0.0)
    taken = schedule.next(0.0)
    schedule.put({"a" if taken == "b" else "b": "green"}, 0.0)
    schedule.again(str(taken), 0.0, EVERY_S, failed=False, in_doubt=False)
    schedule.next(0.0)
    assert schedule.next(1e9) is None


def test_red_ones_keep_their_turn_and_green_ones_come_late_but_come() -> None:
    schedule = Schedule()
    cameras: dict[str, Risk] = {f"{risk}{n}": risk for risk in HANDICAP_S for n in range(100)}
    schedule.put(cameras, 0.0)
    waits: dict[Risk, list[float]] = {risk: [] for risk in HANDICAP_S}
    due = dict.fromkeys(cameras, 0.0)
    for now in range(1000):  # one visit a second, a third of what 300 cameras every 100 s need
        camera = schedule.next(float(now))
        assert camera is not None
        waits[cameras[camera]].append(now - due[camera])
        schedule.again(camera, now, 100.0, failed=False, in_doubt=False)
        due[camera] = now + 100.0
    assert max(waits["red"]) < max(waits["yellow"]) < max(waits["green"])
    assert len(waits["red"]) > len(waits["yellow"]) > len(waits["green"]) >= 100
