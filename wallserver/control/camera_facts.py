"""What the planner is told of a camera: what its streams' owners say of them, and what is assumed until they do."""

from __future__ import annotations

from collections.abc import Callable

from ingest.camera_state import State, StreamStatus
from ingest.masks import Mask
from wallserver.catalogue.camera import Camera
from wallserver.control.costs import StreamFacts
from wallserver.control.ways import CameraFacts

# Most cameras can be passed through, and a wrong guess is put right with the first picture.
_ASSUMED_MAIN = StreamFacts("", 1920, 1080, 25, 3000)
_ASSUMED_SUB = StreamFacts("", 640, 360, 15, 400)


def facts_of(
    camera: Camera,
    status: Callable[[str], StreamStatus | None],
    *,
    off: bool,
    recorder: str | None,
    masks: tuple[Mask, ...],
) -> CameraFacts:
    """`status` answers what is known of a stream."""
    main = stream_facts(camera.main_stream, status(camera.main_stream), _ASSUMED_MAIN)
    sub = main
    if camera.sub_stream != camera.main_stream:
        sub = stream_facts(camera.sub_stream, status(camera.sub_stream), _ASSUMED_SUB)
    return CameraFacts(camera.id, camera.name, main, sub, off=off, recorder=recorder, masks=masks)


def stream_facts(stream: str, status: StreamStatus | None, assumed: StreamFacts) -> StreamFacts:
    """Of a stream, in steps: what changes a little from second to second is no reason to plan anew."""
    if status is None:
        return StreamFacts(stream, assumed.width, assumed.height, assumed.fps, assumed.kbps)
    codec = status.codec or assumed.codec
    known = status.width > 0 and status.height > 0
    return StreamFacts(
        stream,
        status.width if known else assumed.width,
        status.height if known else assumed.height,
        _in_steps(status.fps) or assumed.fps,
        _in_steps(status.bitrate_kbps) or assumed.kbps,
        codec="unsupported" if status.state is State.UNSUPPORTED and codec == "h264" else codec,
        b_frames=status.b_frames,
    )


def _in_steps(value: float) -> float:
    """To one of 1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8 times a power of ten that is no less."""
    if value <= 0:
        return 0.0
    power = 1.0
    while power * 10 <= value:
        power *= 10
    while power > value:
        power /= 10
    return next(power * step for step in (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10) if power * step >= value * 0.999)
