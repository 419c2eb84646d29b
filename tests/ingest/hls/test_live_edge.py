from __future__ import annotations

from collections.abc import Sequence

from ingest.hls.live_edge import LiveEdge
from ingest.hls.playlist import Media, Resource, Segment


def media(numbers: Sequence[int], prefix: str = "", *, discontinuity: int = -1) -> Media:
    """Segments of two seconds."""
    segments = (
        Segment(
            n, Resource(f"http://camera/{prefix}{n}.ts?token={len(numbers)}", None, None), None, 2.0, n == discontinuity
        )
        for n in numbers
    )
    return Media(2.0, tuple(segments), ended=False)


def chosen(edge: LiveEdge, playlist: Media) -> tuple[int, bool] | None:
    found = edge.choose(playlist)
    return found and (found.segment.sequence, found.follows)


def test_from_the_newest_one_after_the_other() -> None:
    edge = LiveEdge()
    assert chosen(edge, media(())) is None
    assert chosen(edge, media(range(4))) == (3, False)
    assert chosen(edge, media(range(4))) is None
    later = media(range(1, 7))
    assert [chosen(edge, later) for _ in range(4)] == [(4, True), (5, True), (6, True), None]


def test_behind_by_more_than_three_target_durations_it_jumps() -> None:
    edge = LiveEdge()
    chosen(edge, media(range(4)))
    assert chosen(edge, media(range(8))) == (7, False)
    assert chosen(edge, media(range(11))) == (8, True)


def test_a_discontinuity_and_a_gap_do_not_follow() -> None:
    edge = LiveEdge()
    chosen(edge, media(range(4)))
    assert chosen(edge, media(range(5), discontinuity=4)) == (4, False)
    assert chosen(edge, media((4, 6))) == (6, False)


def test_a_server_that_begins_anew_is_followed_and_one_that_lags_is_not() -> None:
    edge = LiveEdge()
    for newest in (100, 101, 102):
        chosen(edge, media(range(newest - 3, newest + 1)))
    assert chosen(edge, media(range(97, 102))) is None  # 101 was shown
    assert chosen(edge, media(range(2), "new-")) == (1, False)
    assert chosen(edge, media(range(3), "new-")) == (2, True)
