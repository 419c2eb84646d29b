"""The access unit: one encoded picture on its way from a camera, or from a tiler, to whoever shows it."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from ingest.cell_table import CellTable

TICKS_PER_SECOND = 90_000


class Codec(enum.IntEnum):
    """How the picture is encoded. The numbers are those of the envelope."""

    H264 = 1
    H265 = 2
    MJPEG = 3


# Not frozen, though nobody changes one: that would make it three times as dear, and each picture of each camera is one.
@dataclass(slots=True)
class AccessUnit:
    """All NAL units of one encoded picture, and what a reader must know of it.

    `epoch` is the revision of the owner's lease; `sequence` rises by one with each access unit of a stream,
    so that a hole is seen. `timestamp` is the source's, in 90 kHz ticks, unwrapped: it says nothing of when.
    `arrived_wall_ns` and `arrived_mono_ns` say when the last byte arrived (or the picture was composed), by
    `time.time_ns()` and by `time.monotonic_ns()` of the host that `boot_id` (16 bytes) names.

    `discontinuity`: the one before it is missing, or was another owner's; a decoder starts anew here.
    `damaged`: the source lost parts of it. `held`: a keyframe out of a cache, not followed by its successors.
    `data` is Annex B (ITU-T H.264, annex B) with the parameter sets before every keyframe; of MJPEG one JPEG. `head` is
    what the envelope has before it, kept by `ingest.envelope.head`: made once for the bus and for the ring of instant
    replay.
    """

    stream: str
    epoch: int
    sequence: int
    codec: Codec
    width: int
    height: int
    timestamp: int
    arrived_wall_ns: int
    arrived_mono_ns: int
    boot_id: bytes
    keyframe: bool
    discontinuity: bool
    damaged: bool
    held: bool
    data: bytes = field(repr=False)
    cells: CellTable | None = None
    head: bytes = field(default=b"", init=False, repr=False, compare=False)
