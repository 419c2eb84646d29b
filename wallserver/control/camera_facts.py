"""What the planner is told of a camera: what its streams' owners say of them, and what is assumed until they do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from ingest.camera_state import State, StreamStatus
from ingest.masks import Mask
from wallserver.catalogue.camera import Camera
from wallserver.control.costs import StreamFacts
from wallserver.control.ways import CameraFacts

# Most cameras can be passed through, and a wrong guess is put right with the first picture.
_MORE = 1.1
_ASSUMED_MAIN = StreamFacts("", 1920, 1080, 25, 3000)
_ASSUMED_SUB = StreamFacts("", 640, 360, 15, 400)


def facts_of(
    camera: Camera,
    status: Callable[[str], StreamStatus | None],
    *,
    off: bool,
    recorder: str | None,
    masks: tuple[Mask, ...],
    before: Mapping[str, StreamFacts] = MappingProxyType({}),
) -> CameraFacts:
    """`status` answers what is known of a stream, `before` has what was taken for it the last time."""
    main, sub = (
        stream_facts(stream, status(stream), assumed, before.get(stream))
        for stream, assumed in ((camera.main_stream, _ASSUMED_MAIN), (camera.sub_stream, _ASSUMED_SUB))
    )
    if camera.sub_stream == camera.main_stream:
        sub = main
    return CameraFacts(camera.id, camera.name, main, sub, off=off, recorder=recorder, masks=masks)


def stream_facts(
    stream: str, status: StreamStatus | None, assumed: StreamFacts, before: StreamFacts | None = None
) -> StreamFacts:
    """Of a stream, in steps: what changes a little from second to second is no reason to plan anew; nor is that it is
    away, or that its owner counts anew: it is `before` until it is known again."""
    assumed = before or assumed
    if status is None:
        return replace(assumed, stream=stream)
    codec = status.codec or assumed.codec
    known = status.width > 0 and status.height > 0
    return StreamFacts(
        stream,
        status.width if known else assumed.width,
        status.height if known else assumed.height,
        _in_steps(status.fps, assumed.fps if before else 0.0) or assumed.fps,
        _in_steps(status.bitrate_kbps, assumed.kbps if before else 0.0) or assumed.kbps,
        codec="unsupported" if status.state is State.UNSUPPORTED and codec == "h264" else codec,
        b_frames=status.b_frames if status.codec else assumed.b_frames,
    )


def _in_steps(value: float, before: float) -> float:
    """To one of 1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8 times a power of ten that is no less.

    The step `before` stays until there is a tenth more: what swings round a step would be another at each look.
    """
    if value <= 0:
        return 0.0
    if before < value <= _MORE * before:
        return before
    power = 1.0
    while power * 10 <= value:
        power *= 10
    while power > value:
        power /= 10
    return next(power * step for step in (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10) if power * step >= value * 0.999)
