"""Configurations of Frigate, go2rtc and MediaMTX are files of cameras too."""

from __future__ import annotations

import pytest

from wallserver.catalogue import camera_file
from wallserver.catalogue.camera import CameraSource
from wallserver.catalogue.camera_file import ReadCameras, read_cameras

FRIGATE = """\
mqtt: {enabled: false}
go2rtc:
  streams:
    back:
      - rtsp://admin:p%40ss@10.0.0.6/main#backchannel=0
      - ffmpeg:back#audio=aac
cameras:
  Front Door:
    friendly_name: Pintu depan
    ffmpeg:
      inputs:
        - path: rtsp://10.0.0.5/sub
          roles: [detect]
        - path: rtsp://10.0.0.5/main
          roles: [record]
  back:
    ffmpeg:
      inputs:
        - path: rtsp://127.0.0.1:8554/back
          roles: [record, detect]
  hidden:
    ffmpeg:
      inputs:
        - path: rtsp://admin:{FRIGATE_RTSP_PASSWORD}@10.0.0.7/main
          roles: [detect]
  empty: {}
"""
GO2RTC = """\
streams:
  gate: [rtsp://a:b@10.0.0.5/main, "ffmpeg:gate#video=h264"]
  gate_sub: rtsp://a:b@10.0.0.5/sub
  tide: https://cdn.example/tide.m3u8
  pi: exec:libcamera-vid
"""
MEDIAMTX = """\
paths:
  all_others:
  gate:
    source: rtsp://10.0.0.5/main
    rtspTransport: udp
  alley: {source: "rtsp://10.0.0.6/a$1"}
  mobile:
    source: publisher
  ~^cam(\\d+)$:
    source: rtsp://10.0.0.$G1/main
"""


def sources(read: ReadCameras) -> dict[str, CameraSource]:
    assert read.errors == ()
    return {entry.id: entry.source() for _, entry in read.entries}


def test_frigates_inputs_are_streams_by_their_roles() -> None:
    read = read_cameras(FRIGATE, "yaml")
    assert sources(read) == {
        "front-door": CameraSource("rtsp://10.0.0.5/main", "rtsp://10.0.0.5/sub"),
        "back": CameraSource("rtsp://10.0.0.6/main", None, "admin", "p@ss"),
    }
    assert [entry.name for _, entry in read.entries] == ["Pintu depan", "back"]
    assert [(one.row, one.column) for one in read.left_out] == [(21, "hidden"), (26, "empty")]
    assert "variable" in read.left_out[0].message


def test_go2rtcs_streams_are_cameras_and_their_small_streams() -> None:
    read = read_cameras(GO2RTC, "yaml")
    assert sources(read) == {
        "gate": CameraSource("rtsp://10.0.0.5/main", "rtsp://10.0.0.5/sub", "a", "b"),
        "tide": CameraSource("https://cdn.example/tide.m3u8"),
    }
    assert [one.column for one in read.left_out] == ["pi"]


def test_mediamtxs_paths_are_cameras_where_they_pull() -> None:
    read = read_cameras(MEDIAMTX, "yaml")
    assert sources(read) == {
        "gate": CameraSource("rtsp://10.0.0.5/main"),
        "alley": CameraSource("rtsp://10.0.0.6/a$1"),
    }
    assert [entry.transport for _, entry in read.entries] == ["udp", "tcp"]
    assert [one.column for one in read.left_out] == ["mobile"]


@pytest.mark.parametrize(
    "text",
    [
        "cameras: {a: 5, b: {ffmpeg: [1]}, c: {ffmpeg: {inputs: [x, {path: [1], roles: y}]}}}",
        "streams: {a: , b: [], c: {d: e}, f: 'rtsp://[::1/'}",
        "paths: {a: x, 5: {source: 7}, b: {source: 'rtsp://h:port/'}}",
        "go2rtc: 5\ncameras: {a: {ffmpeg: {inputs: [{path: 'rtsp://[::1/'}]}}}",
    ],
)
def test_nonsense_in_their_places_is_left_out_or_an_error(text: str) -> None:
    read = read_cameras(text, "yaml")
    assert list(read.entries) == []


def test_they_too_have_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_file, "MOST_ROWS", 2)
    read = read_cameras("streams: {a: 'rtsp://h/a', b: 'rtsp://h/b', c: 'rtsp://h/c'}", "yaml")
    assert [error.column for error in read.errors] == ["-"]


@pytest.mark.parametrize("text", ["[" * 5000, "a: !!bool maybe", "a: !!timestamp soon", "a: !!int x"])
def test_what_yaml_cannot_make_a_value_of_is_an_error_in_words(text: str) -> None:
    read = read_cameras(text, "yaml")
    assert (list(read.entries), len(read.errors)) == ([], 1)
