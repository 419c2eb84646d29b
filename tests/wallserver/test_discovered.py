"""Which streams are taken, and what is known already: without any device."""

from __future__ import annotations

import pytest

from ingest.onvif.device import Profile
from ingest.onvif.errors import OnvifError
from wallserver.catalogue.camera import CameraEntry, CameraSource
from wallserver.discovered import Discovered, at_device, offers, plain_name, with_ids, with_known


def profile(token: str, width: int, height: int, codec: str = "H264", fps: float = 25, source: str = "1") -> Profile:
    return Profile(token, source, codec, width, height, fps)


@pytest.mark.parametrize(
    ("profiles", "main", "sub"),
    [
        ([profile("a", 1920, 1080)], "a", None),
        ([profile("a", 352, 288), profile("b", 1920, 1080), profile("c", 704, 576)], "b", "c"),
        ([profile("a", 1920, 1080, "H265"), profile("b", 1920, 1080)], "b", "a"),
        ([profile("a", 3840, 2160, "JPEG"), profile("b", 640, 480, "H265")], "b", None),
        ([profile("a", 1280, 720, fps=5), profile("b", 1280, 720), profile("c", 0, 0)], "b", "a"),
    ],
)
def test_the_largest_is_main_and_the_one_nearest_to_640x360_is_sub(
    profiles: list[Profile], main: str, sub: str | None
) -> None:
    (offer,) = offers(profiles)
    assert (offer.main.token, offer.sub.token if offer.sub else None) == (main, sub)


def test_without_a_codec_of_ours_nothing_is_offered() -> None:
    assert offers([profile("a", 1920, 1080, "JPEG"), profile("b", 640, 480, "MPEG4")]) == []


@pytest.mark.parametrize(
    ("said", "url", "named"),
    [
        ("rtsp://10.0.0.5:8554/a?b=c", "rtsp://10.0.0.5:8554/a?b=c", None),
        ("rtsp://user:secret@10.0.0.5/a", "rtsp://10.0.0.5/a", None),
        ("rtsp://169.254.169.254/latest", "rtsp://10.0.0.5/latest", "169.254.169.254"),
        ("rtsp://[::]:554/a", "rtsp://10.0.0.5:554/a", "::"),
    ],
)
def test_a_stream_is_taken_at_the_devices_own_address(said: str, url: str, named: str | None) -> None:
    assert at_device(said, "10.0.0.5") == (url, named)


@pytest.mark.parametrize(
    "said", ["", "file:///etc/passwd", "http://10.0.0.5/a", "rtsp://", "rtsp://h:port/", "rtsp://["]
)
def test_what_is_no_rtsp_address_is_said(said: str) -> None:
    with pytest.raises(OnvifError, match="no RTSP address"):
        at_device(said, "10.0.0.5")


def test_a_name_is_no_formula() -> None:
    assert plain_name("=-@+ cmd|' /C calc'!A0") == "cmd|' /C calc'!A0"


def found(path: str, address: str = "10.0.0.5") -> Discovered:
    return Discovered("x", address, entry=CameraEntry(id="new", name="x", main_url=f"rtsp://{address}/{path}"))


def test_what_the_catalogue_has_is_known() -> None:
    catalogue = {"gate": CameraSource("rtsp://10.0.0.5:554/1"), "tide": CameraSource("rtsp://10.0.0.6/old")}
    recorder, other, closed = [found("1"), found("2")], [found("new", "10.0.0.6")], [Discovered("y", "10.0.0.6")]
    marked = with_known([recorder, other, closed], catalogue)
    assert [one.known for one in marked] == ["gate", None, "tide", "tide"]


def test_no_id_is_given_twice() -> None:
    named = with_ids([found("1"), found("2"), found("3")], ["cam-10-0-0-5-2"])
    assert [one.entry.id for one in named if one.entry] == ["cam-10-0-0-5", "cam-10-0-0-5-3", "cam-10-0-0-5-4"]
