"""Segments and parts of real access units: conforming playlists, true times, whatever the source does."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import replace

import av
import m3u8
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.access_unit import AccessUnit
from tests.support import units
from tests.wallserver.gateway.hls.conformance import Playlist, Watch, attributes, punctual
from tests.wallserver.gateway.pictures import FPS, TICKS, Camera, read
from wallserver.gateway.hls.playlist import media_playlist, multivariant_playlist
from wallserver.gateway.hls.segmenter import MAX_BYTES, Segmenter


def stream(seconds: float, gop: int = 2 * FPS, **camera: object) -> list[AccessUnit]:
    source = Camera("cam.a.main", **camera)  # type: ignore[arg-type]
    return [source.unit(number % gop == 0) for number in range(int(seconds * FPS))]


def watched(made: Segmenter, given: Iterable[AccessUnit]) -> Watch:
    """Every playlist on the way is held against the draft."""
    watch = Watch()
    hint = ""
    for unit in given:
        made.add(unit)
        if made.ready and made.hint != hint:
            hint = made.hint
            watch.see(media_playlist(made))
    return watch


def last(watch: Watch) -> Playlist:
    assert watch.last is not None
    return watch.last


def file_of(made: Segmenter, watch: Watch) -> bytes:
    """All that a client can fetch now, in one file."""
    return file_of_playlist(made, last(watch))


def file_of_playlist(made: Segmenter, playlist: Playlist) -> bytes:
    """All that this one lists."""
    data = []
    for segment in playlist.all:
        data.append(made.resource(segment.map.removeprefix("../")))
        names = [segment.uri] if segment.uri else [part.uri for part in segment.parts]
        data += [made.resource(name.removeprefix("../")) for name in names]
    assert None not in data
    return b"".join(part for part in data if part)


def played(data: bytes) -> tuple[list[int], list[int]]:
    """Numbers in the pictures, and their times (90 kHz), as FFmpeg sees them when it forgives nothing."""
    with av.open(io.BytesIO(data), mode="r", format="mp4", options={"err_detect": "explode"}) as container:
        video = container.streams.video[0]
        video.codec_context.options = {"err_detect": "explode", "strict": "strict"}
        frames = list(container.decode(video))
        assert video.time_base is not None
        return [read(frame) for frame in frames], [int((frame.pts or 0) * video.time_base * 90_000) for frame in frames]


def test_a_live_stream_is_listed_as_the_draft_says() -> None:
    made = Segmenter(2)
    watch = watched(made, stream(30))
    playlist = last(watch)
    assert [segment.duration for segment in playlist.segments] == [2.0] * 3
    assert punctual(playlist)
    assert 0.3 <= playlist.part_target <= 0.4
    assert playlist.sequence == 12
    assert all(segment.parts[0].independent for segment in playlist.segments if segment.parts)
    assert not any(segment.discontinuity for segment in watch.seen.values())
    # The part that has been there longest is not listed any more, and can still be had.
    assert not playlist.segments[0].parts


def test_three_segments_are_as_long_as_three_targets_in_decimals_too() -> None:
    """By the clock these are 6 s, and what players add up would be 5.99999."""
    gop, longer, given = 2 * FPS, (1, 4, -5), []
    for number, unit in enumerate(stream(40)):
        whole, later = divmod(number // gop, 3)
        shift = whole * sum(longer) + sum(longer[:later])
        given.append(replace(unit, timestamp=unit.timestamp + shift))
    watched(Segmenter(2), given)


def test_another_parser_reads_it() -> None:
    made = Segmenter(2)
    watched(made, stream(10))
    parsed = m3u8.loads(media_playlist(made))
    assert parsed.target_duration == 2
    assert [segment.duration for segment in parsed.segments if segment.uri] == [2.0, 2.0, 2.0]
    assert parsed.server_control.can_block_reload == "YES"
    assert parsed.preload_hint.hint_type == "PART"
    assert parsed.part_inf.part_target == pytest.approx(0.3666, abs=0.001)
    variants = m3u8.loads(multivariant_playlist(made))
    (variant,) = variants.playlists
    assert variant.uri == "video.m3u8"
    assert variant.stream_info.resolution == (320, 180)
    assert variant.stream_info.frame_rate == 15.0


def test_what_the_multivariant_playlist_says_is_true() -> None:
    made = Segmenter(2)
    given = stream(10)
    watched(made, given)
    said = attributes(multivariant_playlist(made).splitlines()[2].removeprefix("#EXT-X-STREAM-INF:"))
    sizes = [8 * len(made.resource(f"{segment.name}.m4s") or b"") / 2 for segment in made.segments]
    assert int(said["BANDWIDTH"]) == pytest.approx(max(sizes), rel=0.01)
    assert int(said["AVERAGE-BANDWIDTH"]) == pytest.approx(sum(sizes) / len(sizes), rel=0.01)
    assert said["CODECS"].startswith("avc1.42")


def test_ffmpeg_decodes_every_picture_once_at_its_time() -> None:
    made = Segmenter(2)
    given = stream(5)
    watch = watched(made, given)
    numbers, times = played(file_of(made, watch))
    # Of the newest part's pictures the last is still waited for.
    assert numbers == list(range(len(numbers)))
    assert len(given) - 7 < len(numbers) < len(given)
    assert {b - a for a, b in itertools.pairwise(times)} == {TICKS}


def test_parameter_sets_and_notes_of_cameras_are_not_in_the_pictures() -> None:
    made = Segmenter(2)
    given = stream(3)
    secret = b"\0\0\0\1\x06\x05\x10Kamera-Lorong-7"
    for unit in given:
        made.add(replace(unit, data=secret + unit.data))
    parts = b"".join(part.data for segment in [*made.segments, made.current] if segment for part in segment.parts)
    assert b"Kamera-Lorong" not in parts
    assert made.format is not None
    assert made.format.sps[0] not in parts
    assert made.format.sps[0] in made.inits[1]


@pytest.mark.parametrize(
    ("gop", "target", "lengths"), [(7, 2, {2.333}), (15, 2, {2.0}), (60, 4, {4.0}), (21, 2, {1.4})]
)
def test_segments_are_whole_gops(gop: int, target: int, lengths: set[float]) -> None:
    watch = watched(Segmenter(target), stream(26, gop))
    assert {round(segment.duration, 3) for segment in last(watch).segments} == lengths
    assert all(segment.parts[0].independent for segment in last(watch).segments if segment.parts)


def test_a_gop_that_is_too_long_is_cut_and_its_second_half_begins_with_no_keyframe() -> None:
    given = stream(20, gop=8 * FPS)
    watch = watched(Segmenter(2), given)
    starts = [segment.parts[0].independent for segment in watch.seen.values() if segment.parts]
    assert True in starts[1:]
    assert False in starts
    numbers, _ = played(_whole(given))
    assert numbers == list(range(len(numbers)))


def _whole(given: Sequence[AccessUnit]) -> bytes:
    """Every part there ever was, in one file."""
    made = Segmenter(2)
    data: dict[str, bytes] = {}
    for unit in given:
        made.add(unit)
        for number, init in made.inits.items():
            data.setdefault(f"init{number}", init)
        for segment in [*made.segments, *([made.current] if made.current else [])]:
            for index, part in enumerate(segment.parts):
                data.setdefault(f"{segment.name}.{index}", part.data)
    return b"".join(data.values())


def test_after_a_hole_comes_a_discontinuity_and_times_go_on() -> None:
    given = stream(12)
    broken = [unit for unit in given if not 100 <= unit.sequence < 120]
    made = Segmenter(2)
    watch = watched(made, broken)
    marked = [segment for segment in watch.seen.values() if segment.discontinuity]
    assert len(marked) == 1
    numbers, times = played(_whole(broken))
    assert set(range(100, 120)).isdisjoint(numbers)
    assert times == sorted(set(times))
    # Without a keyframe behind the hole nothing can be decoded: it goes on with the next GOP.
    assert numbers == sorted(set(numbers) - set(range(100, 120)))
    assert 119 < next(number for number in numbers if number > 99) <= 120


def test_a_discontinuity_that_leaves_is_counted() -> None:
    given = [unit for unit in stream(40) if unit.sequence % 100 != 50]
    watch = watched(Segmenter(2), given)
    assert last(watch).discontinuity_sequence >= 3
    numbers = {segment.discontinuity_sequence for segment in watch.seen.values()}
    assert numbers == set(range(max(numbers) + 1))


@pytest.mark.parametrize("again", [False, True])
def test_what_was_withdrawn_is_gone_and_the_playlist_counts_on_as_a_discontinuity(again: bool) -> None:
    given = stream(30)
    made = Segmenter(2)
    before = last(watched(made, given[:200]))
    names = [one.uri for one in before.segments]
    names += [part.uri for one in before.all for part in one.parts] + [before.all[-1].map, before.hint]
    names = [name.removeprefix("../") for name in names if name]
    newest = before.all[-1].sequence
    assert len(names) > 12
    made.withdraw()
    if again:
        made.withdraw()
    assert not made.ready
    assert [made.resource(name) for name in names if not name.startswith("init")] == [None] * (len(names) - 1)
    assert not made.has(newest, None)
    assert not made.is_far(newest + 1, None), "who asked for the next one waits for it"
    for unit in given[200:330]:  # the rest of a GOP: nothing of it can be shown
        made.add(unit)
    after = Watch().see(media_playlist(made))
    assert after.sequence == after.segments[0].sequence == newest + 1
    assert after.segments[0].discontinuity
    assert after.discontinuity_sequence == before.discontinuity_sequence
    assert after.segments[0].discontinuity_sequence == before.all[-1].discontinuity_sequence + 1
    numbers, _ = played(file_of_playlist(made, after))
    assert numbers[0] == 210
    assert not any(made.resource(name) for name in names if not name.startswith("init"))


def test_a_withdrawal_before_there_is_anything_leaves_nothing_either() -> None:
    given = stream(10)
    made = Segmenter(2)
    for unit in given[:3]:
        made.add(unit)
    made.withdraw()
    playlist = last(watched(made, given[3:]))
    numbers, _ = played(file_of_playlist(made, playlist))
    assert numbers[0] == 30
    assert (playlist.sequence, playlist.segments[0].discontinuity) == (0, False)


def test_another_owner_with_another_clock_is_a_discontinuity() -> None:
    first, second = stream(6), stream(6, epoch=2, clock=77, first=500)
    made = Segmenter(2)
    watch = watched(made, [*first, *second])
    assert sum(segment.discontinuity for segment in watch.seen.values()) == 1
    _, times = played(_whole([*first, *second]))
    assert all(0 < b - a <= 33_000 for a, b in itertools.pairwise(times))


def test_another_picture_size_brings_another_init_segment() -> None:
    first = stream(4)
    second = [replace(unit, sequence=unit.sequence + len(first)) for unit in stream(8, size=(640, 360))]
    watch = watched(Segmenter(2), [*first, *second])
    assert {segment.map for segment in watch.seen.values()} == {"../init.1.mp4", "../init.2.mp4"}
    changed = next(segment for segment in watch.seen.values() if segment.map == "../init.2.mp4")
    assert changed.discontinuity


def test_a_source_that_stood_still_is_cut_short_and_marked() -> None:
    given = stream(12)
    late = [replace(unit, timestamp=unit.timestamp + (5 * 90_000 if unit.sequence > 70 else 0)) for unit in given]
    watch = watched(Segmenter(2), late)
    assert sum(segment.discontinuity for segment in watch.seen.values()) == 1
    numbers, times = played(_whole(late))
    assert numbers == list(range(len(numbers)))
    assert max(b - a for a, b in itertools.pairwise(times)) <= last(watch).part_target * 90_000 + 1


def test_a_clock_that_jumps_back_changes_no_order() -> None:
    given = stream(8)
    back = [replace(unit, timestamp=unit.timestamp - (3600 * 90_000 if unit.sequence > 50 else 0)) for unit in given]
    watched(Segmenter(2), back)
    numbers, times = played(_whole(back))
    assert numbers == list(range(len(numbers)))
    assert times == sorted(set(times))


def test_a_machine_clock_that_is_set_back_gives_no_time_twice() -> None:
    hour = 3600 * 10**9
    given = [
        replace(unit, arrived_wall_ns=unit.arrived_wall_ns - (hour if unit.sequence > 100 else 0))
        for unit in stream(14)
    ]
    watched(Segmenter(2), given)  # the stern reader holds dates against each other


def test_a_slow_camera_has_long_parts() -> None:
    slow = [replace(unit, timestamp=unit.sequence * 90_000) for unit in stream(3, gop=2)]
    watch = watched(Segmenter(2), slow)
    assert last(watch).part_target == pytest.approx(1.1)
    assert {segment.duration for segment in last(watch).segments} == {2.0}


def test_it_begins_at_a_keyframe_and_never_on_a_held_one() -> None:
    given = stream(8)
    made = Segmenter(2)
    watched(made, [replace(given[0], held=True), *given[5:]])
    numbers, _ = played(_whole([replace(given[0], held=True), *given[5:]]))
    assert numbers[0] == 30


def test_a_keyframe_without_parameter_sets_is_waited_out() -> None:
    given = stream(8)
    bare = [replace(unit, data=unit.data[-40:]) if unit.sequence == 30 else unit for unit in given]
    numbers, _ = played(_whole(bare))
    assert not set(range(30, 60)) & set(numbers)
    assert 60 in numbers


def test_too_much_of_a_stream_is_let_go() -> None:
    made = Segmenter(4)
    big = b"\0\0\0\1\x41" + b"\x55" * 600_000
    for unit in stream(20):
        data = unit.data + big
        made.add(replace(unit, data=data))
        kept = sum(segment.size for segment in made._all())
        assert kept <= MAX_BYTES + MAX_BYTES // 4 + 2_000_000
    assert made.ready


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([3000, 3600, 6000, 9000, 40_000, 1, 0, -5000, 900_000]),
            st.booleans(),
            st.integers(0, 9),
        ),
        min_size=30,
        max_size=300,
    )
)
def test_whatever_a_source_does_the_playlists_conform(steps: list[tuple[int, bool, int]]) -> None:
    keyframe = stream(0.1)[0].data
    timestamp, sequence, wall = 0, 0, 10**18
    given = []
    for step, key, lost in steps:
        timestamp += step
        wall += abs(step) * 11_111
        sequence += 2 if lost == 9 else 1
        unit = units.unit(sequence, keyframe=key, data=keyframe if key else b"\0\0\0\1\x41\x9a\x00")
        given.append(replace(unit, timestamp=timestamp, arrived_wall_ns=wall))
    watched(Segmenter(2), given)


def test_waiting_and_refusing_follow_the_draft() -> None:
    made = Segmenter(2)
    watched(made, stream(9.0))
    assert made.current is not None
    newest, parts = made.current.sequence, len(made.current.parts)
    assert newest == 5
    assert 0 < parts < 6
    assert made.has(newest - 1, None)
    assert not made.has(newest, None)
    assert made.has(newest, parts - 1)
    assert not made.has(newest, parts)
    # Beyond a segment's last part: the first one of the next.
    assert made.has(newest - 1, 99)
    assert made.has(0, 0)
    assert not made.is_far(newest + 1, None)
    assert made.is_far(newest + 2, None)
    assert not made.is_far(newest, parts + 7)
    assert made.is_far(newest, parts + 9)
    assert not made.is_far(0, 500)
    for name in ("init.2.mp4", "init.x.mp4", "4-0000000000000000.m4s", f"{made.current.name}.m4s", "a.m4s", made.hint):
        assert made.resource(name) is None
