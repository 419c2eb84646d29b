from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.hls import playlist
from ingest.hls.errors import CodecError, HlsError, PlaylistError
from ingest.hls.playlist import ByteRange, Key, Master, Media, Variant, parse
from ingest.hls.variants import best

BASE = "http://camera/a/live.m3u8?token=1"

MEDIA = b"""\xef\xbb\xbf#EXTM3U
#EXT-X-VERSION:7\r
#EXT-X-TARGETDURATION:4
#EXT-X-MEDIA-SEQUENCE:41
#EXT-X-MAP:URI="init.mp4",BYTERANGE="100@20"
#EXTINF:4.0,a title, with a comma
one.m4s
#EXT-X-KEY:METHOD=AES-128,URI="/key?a=1,2",IV=0xFF
#EXT-X-DISCONTINUITY
#EXT-X-BYTERANGE:1000@500
#EXTINF:3.5,
all.m4s
#EXT-X-BYTERANGE:200
#EXTINF:4,
all.m4s
#EXT-X-KEY:METHOD=NONE
#EXT-X-GAP
#EXTINF:4,
missing.m4s
#EXT-X-UNKNOWN:1
#EXTINF:,
https://cdn/x/two.m4s?token=a%2Fb
"""


def parsed(body: bytes) -> Media:
    found = parse(body, BASE)
    assert isinstance(found, Media)
    return found


def test_a_media_playlist() -> None:
    media = parsed(MEDIA)
    assert (media.target_s, media.ended) == (4.0, False)
    first, second, third, last = media.segments
    assert [segment.sequence for segment in media.segments] == [41, 42, 43, 45]
    assert [segment.duration_s for segment in media.segments] == [4.0, 3.5, 4.0, 4.0]
    assert [segment.discontinuity for segment in media.segments] == [False, True, False, False]
    assert first.media.url == "http://camera/a/one.m4s"
    assert first.init is not None
    assert (first.init.url, first.init.byte_range) == ("http://camera/a/init.mp4", ByteRange(20, 100))
    assert second.media.key == Key("http://camera/key?a=1,2", bytes(15) + b"\xff")
    assert (second.media.byte_range, third.media.byte_range) == (ByteRange(500, 1000), ByteRange(1500, 200))
    assert (last.media.url, last.media.key) == ("https://cdn/x/two.m4s?token=a%2Fb", None)
    assert parsed(MEDIA + b"#EXT-X-ENDLIST").ended


def test_no_address_in_what_is_printed() -> None:
    assert "camera" not in repr(parse(MEDIA, BASE))


def test_a_master_playlist() -> None:
    found = parse(b'#EXTM3U\n#EXT-X-STREAM-INF:CODECS="avc1.4d, mp4a",BANDWIDTH=9\n\n# a remark\nlow/x.m3u8\n', BASE)
    assert found == Master((Variant("http://camera/a/low/x.m3u8", 9, ("avc1.4d", "mp4a")),))


@pytest.mark.parametrize(
    ("codecs", "chosen"),
    [(("avc1.4d,mp4a", "hvc1.1"), 1), (("", "mp4a"), 0), (("hev1", "vp09"), 0), (("AVC1.4D", "avc1,ec-3"), 1)],
)
def test_the_best_variant(codecs: tuple[str, ...], chosen: int) -> None:
    variants = tuple(Variant(str(n), n, tuple(filter(None, each.split(",")))) for n, each in enumerate(codecs))
    assert best(Master(variants)) is variants[chosen]


def test_no_variant_that_can_be_shown() -> None:
    with pytest.raises(CodecError) as caught:
        best(Master((Variant("x", 1, ("mp4a", "vp09.00")),)))
    assert caught.value.encoding == "VP9"


def test_only_the_newest_segments_of_a_long_playlist_are_kept() -> None:
    body = b"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:7\n" + b"".join(b"#EXTINF:2,\n%d.ts\n" % n for n in range(1000))
    media = parsed(body)
    assert len(media.segments) == playlist.MAX_SEGMENTS
    assert (media.segments[-1].sequence, media.segments[-1].media.url) == (1006, "http://camera/a/999.ts")


@pytest.mark.parametrize(
    "line",
    [
        "#EXT-X-TARGETDURATION:1",
        '#EXT-X-KEY:METHOD=AES-128,URI="{}"\n#EXTINF:1,\n{}',
        '#EXT-X-MAP:URI="{}"',
        "#EXT-X-STREAM-INF:BANDWIDTH=1\nx",
        "#EXT-X-KEY:METHOD=NONE," + "A" * 8000,
        "#EXT-X-KEY:METHOD=NONE," + "A=\"'" * 1000,
        "#EXT-X-KEY:METHOD=NONE" + ", " * 2000,
        "#EXTINF:1,\n" + "../" * 2000 + "x",
        "",
    ],
)
def test_a_megabyte_takes_no_time(line: str) -> None:
    """m3u8, the library, takes a minute for the second."""
    body = "#EXTM3U\n" + "".join(line.replace("{}", str(n)) + "\n" for n in range(1_000_000 // (len(line) + 4)))
    began = time.process_time()
    parse(body.encode(), BASE)
    assert time.process_time() - began < 2


@given(
    st.lists(
        st.one_of(
            st.text(max_size=40),
            st.builds(
                str.__add__, st.sampled_from([*playlist._TAGS, "#EXTINF"]), st.text(max_size=30).map(":".__add__)
            ),
            st.sampled_from(MEDIA.decode().splitlines()),
        )
    )
)
def test_whatever_comes_is_a_playlist_or_none(lines: list[str]) -> None:
    try:
        found = parse("\n".join(["#EXTM3U", *lines]).encode(), BASE)
    except HlsError:
        return
    if isinstance(found, Media):
        assert 1 <= found.target_s <= playlist.MAX_TARGET_S
        assert all(0 <= segment.duration_s <= playlist.MAX_TARGET_S for segment in found.segments)


@pytest.mark.parametrize(("body", "page"), [(b"\n <!doctype HTML><title>Login</title>", True), (b"halo", False)])
def test_a_web_page_is_told_from_other_text(body: bytes, page: bool) -> None:
    with pytest.raises(PlaylistError) as caught:
        parse(body, BASE)
    assert caught.value.page is page
