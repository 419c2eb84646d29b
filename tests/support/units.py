"""Access units for tests that care about their order, not about their pictures."""

from __future__ import annotations

from ingest.access_unit import AccessUnit, Codec

BOOT_ID = bytes(range(16))


def unit(
    sequence: int,
    *,
    stream: str = "cam.a.sub",
    epoch: int = 1,
    keyframe: bool = False,
    held: bool = False,
    data: bytes = b"\0\0\0\1picture",
) -> AccessUnit:
    """An access unit of a stream of 15 pictures a second; its time follows from its sequence."""
    return AccessUnit(
        stream=stream,
        epoch=epoch,
        sequence=sequence,
        codec=Codec.H264,
        width=640,
        height=360,
        timestamp=sequence * 6000,
        arrived_wall_ns=1_790_000_000_000_000_000 + sequence * 66_666_667,
        arrived_mono_ns=1_000_000_000 + sequence * 66_666_667,
        boot_id=BOOT_ID,
        keyframe=keyframe,
        discontinuity=False,
        damaged=False,
        held=held,
        data=data,
    )


def gop(first: int, count: int, *, stream: str = "cam.a.sub", epoch: int = 1) -> list[AccessUnit]:
    """A keyframe with sequence `first` and what follows it, `count` in all."""
    return [
        unit(number, stream=stream, epoch=epoch, keyframe=number == first) for number in range(first, first + count)
    ]
