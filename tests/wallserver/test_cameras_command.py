"""The command line's functions: import, list, check."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from wallserver.cameras_command import check_cameras, import_cameras, list_cameras
from wallserver.catalogue.errors import CameraFileError, CatalogueError
from wallserver.config import settings_of


async def test_a_file_is_imported_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    settings = settings_of(state_dir=tmp_path / "state")
    file = tmp_path / "cameras.csv"
    file.write_text("id,name,main_url\na,A,rtsp://10.0.0.1/\nb,B,rtsp://10.0.0.2/\n")
    assert (await import_cameras(settings, file)).added == 2
    file.write_text("id,name,main_url\nc,C,rtsp://10.0.0.3/\nd,D,nonsense\n")
    with pytest.raises(CameraFileError, match="row 3, column main_url"):
        await import_cameras(settings, file)
    assert [camera.id for camera in await list_cameras(settings)] == ["a", "b"]


async def test_what_is_unreachable_is_said(tmp_path: Path) -> None:
    settings = settings_of(state_dir=tmp_path / "state")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: every connection is refused
        url = f"rtsp://127.0.0.1:{taken.getsockname()[1]}/x"
        file = tmp_path / "cameras.yaml"
        file.write_text(f"- {{id: a, name: A, main_url: '{url}', sub_url: '{url}/sub'}}\n")
        await import_cameras(settings, file)
        checked = [one async for one in check_cameras(settings, "a")]
        assert [one.stream for one in checked] == ["cam.a.main", "cam.a.sub"]
        secret = url.replace("//", "//user:canary@") + "?token=canary"
        (by_url,) = [one async for one in check_cameras(settings, secret)]
        assert by_url.stream == f"{url}?token=***"
        everything = [one async for one in check_cameras(settings, None)]
        assert len(everything) == 2


async def test_an_unknown_camera_is_said(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="no camera 'z'"):
        async for _ in check_cameras(settings_of(state_dir=tmp_path / "state"), "z"):
            pass
