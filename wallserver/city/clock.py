"""When which picture of which camera is due: a pure function of the wall clock.

Nothing is counted, so a camera that was restarted, paused or never asked for is always where it would have been, and
another process (a test, a benchmark) knows a picture's age from its number alone.
"""

from __future__ import annotations

FPS = 15
GOP_PICTURES = 2 * FPS
CLIP_PICTURES = 20 * FPS
# Cameras are spread over the picture interval in this many steps, so that the server sends evenly but wakes up rarely.
SLOTS = 8
TICKS_PER_PICTURE = 90_000 // FPS

_SECOND_NS = 1_000_000_000
_SLOTS_PER_SECOND = FPS * SLOTS


def phase_slots(camera_number: int) -> int:
    """How far this camera runs ahead of camera 0, in slots (1/8 picture): so keyframes do not all come at once."""
    return (camera_number * 37 % CLIP_PICTURES) * SLOTS + camera_number * 5 % SLOTS


def slot_at(now_ns: int) -> int:
    """The number of the slot that contains this moment (`time.time_ns()`), counted since 1970."""
    return now_ns * _SLOTS_PER_SECOND // _SECOND_NS


def slot_start_ns(slot: int) -> int:
    """When this slot begins, as `time.time_ns()`; `slot_at` of it is the slot again."""
    return -(-slot * _SECOND_NS // _SLOTS_PER_SECOND)


def picture_count(camera_number: int, now_ns: int) -> int:
    """Which picture this camera shows at this moment, counted since 1970 and never wrapped."""
    return (slot_at(now_ns) + phase_slots(camera_number)) // SLOTS


def due_ns(camera_number: int, count: int) -> int:
    """The moment at which the picture with this count is sent, as `time.time_ns()`."""
    return slot_start_ns(count * SLOTS - phase_slots(camera_number))


def age_s(camera_number: int, picture_number: int, now_wall: float, clip_pictures: int = CLIP_PICTURES) -> float:
    """The age in seconds, at `now_wall` (`time.time()`), of the picture with this number from this camera.

    Unambiguous up to a clip's length (20 s). A camera whose clip another one lent it (see `names.clip_number`) shows
    that one's number in its pictures, but has a clock of its own: ask with the number of the camera that was asked for.
    """
    shown = now_wall * FPS + phase_slots(camera_number) / SLOTS
    return (shown - picture_number) % clip_pictures / FPS
