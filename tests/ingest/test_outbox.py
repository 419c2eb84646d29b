"""From pullers' threads to the event loop: bounded, in order, never half a GOP."""

from __future__ import annotations

from ingest.access_unit import AccessUnit
from ingest.outbox import MAX_BYTES, MAX_UNITS, Outbox
from tests.support.units import gop, unit


def taken(outbox: Outbox) -> list[AccessUnit]:
    out = []
    while (au := outbox.take()) is not None:
        out.append(au)
    return out


def test_in_order_and_one_wake_up_for_a_burst() -> None:
    outbox = Outbox()
    assert outbox.sleep()
    assert [outbox.put(au) for au in gop(1, 5)] == [True, False, False, False, False]
    assert not outbox.sleep(), "there is something to take"
    assert taken(outbox) == gop(1, 5)
    assert outbox.take() is None
    assert not outbox.put(unit(6)), "nobody sleeps"


def test_streams_take_turns() -> None:
    outbox = Outbox()
    for au in (*gop(1, 3), *gop(1, 2, stream="cam.b.sub")):
        outbox.put(au)
    assert [(au.stream, au.sequence) for au in taken(outbox)] == [
        ("cam.a.sub", 1),
        ("cam.b.sub", 1),
        ("cam.a.sub", 2),
        ("cam.b.sub", 2),
        ("cam.a.sub", 3),
    ]


def test_too_much_of_one_stream_goes_on_at_its_next_keyframe() -> None:
    outbox = Outbox()
    outbox.put(unit(1, stream="cam.b.sub", keyframe=True))
    for au in (*gop(1, MAX_UNITS + 5), *gop(MAX_UNITS + 6, 3)):
        outbox.put(au)
    out = taken(outbox)
    assert [au.sequence for au in out if au.stream == "cam.a.sub"] == [66, 67, 68]
    assert len(out) == 4, "the other stream is untouched"
    assert outbox.dropped == MAX_UNITS + 5


def test_too_many_bytes_too() -> None:
    outbox = Outbox()
    half = bytes(MAX_BYTES // 2)
    outbox.put(unit(1, keyframe=True, data=half))
    outbox.put(unit(2, data=half))
    assert not outbox.put(unit(3, data=b"!"))
    outbox.put(unit(4, keyframe=True, data=bytes(2 * MAX_BYTES)))
    assert [au.sequence for au in taken(outbox)] == [4]


def test_a_stream_that_brings_nothing_any_more_is_forgotten() -> None:
    outbox = Outbox()
    for number in range(100):
        outbox.put(unit(1, stream=f"replay.{number}", keyframe=True))
        assert outbox.take() is not None
        assert outbox.take() is None
    assert outbox._streams == {}


def test_sleeps_after_all_was_dropped() -> None:
    outbox = Outbox()
    for au in gop(1, MAX_UNITS + 1):
        outbox.put(au)
    assert outbox.sleep()
    assert outbox.take() is None
    assert outbox.put(unit(200, keyframe=True))
