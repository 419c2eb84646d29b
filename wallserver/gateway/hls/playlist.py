"""Playlists as the draft wants them: a stream's one multivariant playlist, and the media playlist with its parts.

Addresses are relative to the playlists, which lie one folder below the segments: each viewer has a folder.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from ingest.access_unit import TICKS_PER_SECOND
from wallserver.gateway.hls.segment import Segment, bandwidth, seconds
from wallserver.gateway.hls.segmenter import HOLD_BACK_PARTS, Segmenter

MEDIA_PLAYLIST = "video.m3u8"
MULTIVARIANT_PLAYLIST = "index.m3u8"
# EXT-X-MAP in a playlist that is not of keyframes alone (draft, 8).
_VERSION = 6
# Parts are for those at the live edge: the segment that grows, and so many before it.
_WITH_PARTS = 2


def multivariant_playlist(made: Segmenter) -> str:
    """The one variant there is, as it is now. Only of a segmenter that is `ready`."""
    assert made.format is not None  # noqa: S101 - it is ready
    peak, average = bandwidth(made.segments)
    rate = TICKS_PER_SECOND / made.spacing
    return _lines(
        "#EXTM3U",
        f"#EXT-X-VERSION:{_VERSION}",
        f"#EXT-X-STREAM-INF:BANDWIDTH={peak},AVERAGE-BANDWIDTH={average},"
        f'CODECS="{made.format.codec}",RESOLUTION={made.format.width}x{made.format.height},FRAME-RATE={rate:.3f}',
        MEDIA_PLAYLIST,
    )


def media_playlist(made: Segmenter, folder: str = "..") -> str:
    """What there is of the stream now, with its segments in `folder`. Only of a segmenter that is `ready`."""
    assert made.part_target is not None  # noqa: S101 - it is ready
    assert made.current is not None  # noqa: S101
    part_target = seconds(made.part_target)
    listed = [*made.segments, made.current]
    lines = [
        "#EXTM3U",
        f"#EXT-X-VERSION:{_VERSION}",
        f"#EXT-X-TARGETDURATION:{made.target_s}",
        f"#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK={HOLD_BACK_PARTS * part_target:.5f}",
        f"#EXT-X-PART-INF:PART-TARGET={part_target:.5f}",
        f"#EXT-X-MEDIA-SEQUENCE:{listed[0].sequence}",
        f"#EXT-X-DISCONTINUITY-SEQUENCE:{made.discontinuity_sequence}",
    ]
    init = None
    for place, segment in enumerate(listed):
        if segment.discontinuity:
            lines.append("#EXT-X-DISCONTINUITY")
        if segment.init != init:
            init = segment.init
            lines.append(f'#EXT-X-MAP:URI="{folder}/init.{init}.mp4"')
        lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{_date(segment.began_ms)}")
        if place >= len(listed) - 1 - _WITH_PARTS:
            lines += _parts(segment, folder)
        if segment is not made.current:
            lines += [f"#EXTINF:{seconds(segment.duration):.5f},", f"{folder}/{segment.name}.m4s"]
    return _lines(*lines, f'#EXT-X-PRELOAD-HINT:TYPE=PART,URI="{folder}/{made.hint}"')


def _parts(segment: Segment, folder: str) -> Iterator[str]:
    for index, part in enumerate(segment.parts):
        independent = ",INDEPENDENT=YES" if part.independent else ""
        uri = f"{folder}/{segment.name}.{index}.m4s"
        yield f'#EXT-X-PART:DURATION={seconds(part.duration):.5f},URI="{uri}"{independent}'


def _date(unix_ms: int) -> str:
    """ISO 8601 with milliseconds (4.4.4.6)."""
    return datetime.fromtimestamp(unix_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _lines(*lines: str) -> str:
    return "\n".join(lines) + "\n"
