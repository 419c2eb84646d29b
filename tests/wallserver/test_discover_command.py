"""`wallserver cameras discover`, run as people run it, against ONVIF devices on the loopback interface."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.onvif_device import PASSWORD, USER, Encoder, OnvifDevice, onvif_device, own_address
from wallserver.cameras_command import import_cameras
from wallserver.catalogue.camera_file import read_camera_file
from wallserver.config import settings_of
from wallserver.discover import Search, discover_cameras
from wallserver.discover_output import as_json


@dataclass(frozen=True, slots=True)
class Said:
    code: int
    out: str
    err: str

    def cameras(self) -> list[dict[str, Any]]:
        assert self.code == 0, self.err
        found: list[dict[str, Any]] = json.loads(self.out)
        return found


class Site:
    """A folder with a config.yaml in it, and the command."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "config.yaml").write_text("state_dir: state\n")

    async def discover(self, *options: str, username: str = USER, password: str | None = PASSWORD) -> Said:
        environment = dict(os.environ)
        if password is not None:
            environment["WALLSERVER_CAMERA_PASSWORD"] = password
        arguments: Sequence[str] = ["--config", str(self.folder / "config.yaml"), "--seconds", "0.5", *options]
        arguments = [*arguments, "--username", username] if username else arguments
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "wallserver", "cameras", "discover", *arguments),
            cwd=self.folder,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        assert process.returncode is not None
        return Said(process.returncode, out.decode(), err.decode())

    async def ask(self, device: OnvifDevice, username: str = USER, password: str = PASSWORD) -> list[dict[str, Any]]:
        """What is said of one device, asked at its address; in this process, which takes a quarter of the time."""
        search = Search(hosts=(device.address,), seconds=0.5, username=username, password=password)
        settings = settings_of(state_dir=self.folder / "state")
        found: list[dict[str, Any]] = json.loads(as_json(await discover_cameras(settings, search)))
        return found


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


async def test_a_device_is_found_by_multicast(site: Site) -> None:
    device = OnvifDevice(own_address())
    async with onvif_device(device, multicast=True):
        found = (await site.discover("--address", "127.0.0.1", "--json")).cameras()
    (camera,) = [one for one in found if one["address"] == device.address]
    assert camera["name"] == "Gate North"
    assert camera["make"] == "Acme [red]Eye2"
    assert camera["onvif_url"] == device.url
    assert camera["main"] == {
        "url": f"rtsp://{device.address}:554/main",
        "profile": "main",
        "codec": "H264",
        "width": 1920,
        "height": 1080,
        "fps": 25.0,
    }
    assert camera["sub"]["url"] == f"rtsp://{device.address}:554/sub"
    assert "names 0.0.0.0 as its streams' address" in camera["remarks"][0]
    assert device.refused == []


@pytest.mark.parametrize("authentication", ["digest", "token", "none"])
@pytest.mark.parametrize("media2", [True, False])
async def test_every_way_in_and_either_media_service(site: Site, authentication: Any, media2: bool) -> None:
    device = OnvifDevice(own_address(), authentication, media2=media2, clock_ahead=timedelta(hours=-3))
    async with onvif_device(device):
        (camera,) = await site.ask(device)
    assert camera["main"]["url"].endswith("/main")
    assert "its clock is 3 h behind" in camera["remarks"]
    assert device.refused == []


async def test_a_device_of_before_get_services(site: Site) -> None:
    device = OnvifDevice(own_address(), get_services=False)
    async with onvif_device(device):
        (camera,) = await site.ask(device)
    assert camera["sub"]["profile"] == "sub"
    assert "GetCapabilities" in device.asked


async def test_what_it_writes_is_what_import_takes(site: Site) -> None:
    device = OnvifDevice(own_address())
    async with onvif_device(device):
        for name in ("found.yaml", "found.csv"):
            said = await site.discover("--host", device.address, "--write", str(site.folder / name))
            assert (said.code, said.err.split(" ")[0]) == (0, "1")
            (entry,) = read_camera_file(site.folder / name)
            assert (entry.username, entry.password, entry.onvif_url) == (USER, PASSWORD, device.url)
            assert (entry.main_profile, entry.sub_profile) == ("main", "sub")
            assert (site.folder / name).stat().st_mode & 0o777 == 0o600
            assert PASSWORD not in said.out + said.err
        settings = settings_of(state_dir=site.folder / "state")
        assert (await import_cameras(settings, site.folder / "found.csv")).added == 1
        assert (await import_cameras(settings, site.folder / "found.yaml")).unchanged == 1
        # It is known now, and a file that is there is not written over.
        (camera,) = await site.ask(device)
        assert camera["known"] == entry.id
        again = await site.discover("--host", device.address, "--write", str(site.folder / "found.csv"))
        assert again.code == 1
        empty = await site.discover("--host", device.address, "--write", str(site.folder / "none.yaml"))
        assert empty.code == 0
        assert yaml.safe_load((site.folder / "none.yaml").read_text()) == {"cameras": []}


async def test_a_recorder_has_a_camera_for_each_channel(site: Site) -> None:
    profiles = tuple(
        Encoder(f"{channel}{size}", width=width, height=height, source=channel)
        for channel in ("a", "b")
        for size, width, height in (("1", 704, 576), ("2", 2560, 1440), ("3", 352, 288))
    )
    device = OnvifDevice(own_address(), profiles=profiles)
    async with onvif_device(device):
        found = await site.ask(device)
    assert [(one["main"]["profile"], one["sub"]["profile"]) for one in found] == [("a2", "a1"), ("b2", "b1")]
    assert len({one["id"] for one in found}) == 2
    assert [one["name"] for one in found] == ["Gate North 1", "Gate North 2"]


async def test_a_channel_that_our_user_may_not_see_hides_no_other(site: Site) -> None:
    profiles = tuple(Encoder(channel, source=channel) for channel in ("a", "b", "c"))
    device = OnvifDevice(own_address(), profiles=profiles, forbidden_tokens={"a"})
    async with onvif_device(device):
        found = await site.ask(device)
    assert [one["id"] is not None for one in found] == [False, True, True]
    assert found[0]["remarks"][0] == "does not allow our user to do this (GetStreamUri)"


async def test_mjpeg_alone_is_said_to_be_so(site: Site) -> None:
    device = OnvifDevice(own_address(), profiles=(Encoder("a", codec="JPEG"),))
    async with onvif_device(device):
        (camera,) = await site.ask(device)
    assert camera["main"] is None
    assert camera["remarks"] == ["sends MJPEG only: set it to H.264 or H.265, or enter it by hand: mosaics show it"]


@pytest.mark.parametrize("authentication", ["digest", "token", "never"])
async def test_a_wrong_password_is_tried_once(site: Site, authentication: Any) -> None:
    device = OnvifDevice(own_address(), authentication)
    async with onvif_device(device):
        (camera,) = await site.ask(device, password="wrong")
    assert camera["remarks"] == ["does not accept this name or password"]
    assert len(device.refused) == 1


async def test_without_a_password_it_is_said_that_one_is_wanted(site: Site) -> None:
    device = OnvifDevice(own_address())
    async with onvif_device(device):
        (camera,) = await site.ask(device, username="", password="")
        assert camera["remarks"] == ["asks for a name and password"]
        said = await site.discover("--host", device.address, password=None)
    assert said.code == 1
    assert "--password-file" in said.err
    assert device.refused == []


async def test_the_password_comes_from_a_file(site: Site) -> None:
    (site.folder / "secret").write_text(PASSWORD + "\n")
    device = OnvifDevice(own_address())
    async with onvif_device(device):
        options = ("--host", device.address, "--json", "--password-file", str(site.folder / "secret"))
        (camera,) = (await site.discover(*options, password=None)).cameras()
    assert camera["main"] is not None


@pytest.mark.parametrize("mode", ["discovery elsewhere", "service elsewhere", "redirect"])
async def test_no_other_host_is_ever_asked(site: Site, mode: str) -> None:
    victim, device = OnvifDevice(own_address(), "none"), OnvifDevice(own_address(), "none", mode=mode)
    async with onvif_device(victim), onvif_device(device):
        device.elsewhere = f"{victim.address}:{victim.port}"
        (camera,) = await site.ask(device)
    assert camera["main"] is None
    assert victim.asked == []
    if mode != "redirect":
        assert camera["remarks"] == [f"names the address of another device ({victim.address}), which is not asked"]


@pytest.mark.parametrize(
    ("mode", "remark"),
    [
        ("endless", "answers without end"),
        ("bomb", "does not answer as ONVIF devices do"),
        ("drip", "does not answer in time"),
        ("page", "does not answer as ONVIF devices do"),
    ],
)
async def test_hostile_answers_are_bounded_and_said(site: Site, mode: str, remark: str) -> None:
    device = OnvifDevice(own_address(), mode=mode)
    async with onvif_device(device), asyncio.timeout(20):
        (camera,) = await site.ask(device)
    assert remark in camera["remarks"]


@pytest.mark.parametrize("year", [1, 1970, 2099, 9999])
async def test_no_clock_is_too_wrong(site: Site, year: int) -> None:
    device = OnvifDevice(own_address(), "token")
    end_of_year = datetime.now(UTC).replace(year=year, month=12, day=31, hour=23, minute=59, second=58)
    device.clock_ahead = end_of_year - datetime.now(UTC)
    async with onvif_device(device):
        (camera,) = await site.ask(device)
    assert (camera["main"] is not None) == (year in {1970, 2099})


async def test_a_flood_of_answers_is_cut_off(site: Site) -> None:
    device = OnvifDevice(own_address(), mode="flood")
    async with onvif_device(device), asyncio.timeout(30):
        found = await site.ask(device)
    assert 0 < len(found) <= 64


async def test_an_answer_to_nobodys_probe_is_none(site: Site) -> None:
    device = OnvifDevice(own_address(), mode="another's probe")
    async with onvif_device(device):
        (camera,) = await site.ask(device)
    assert camera["main"] is None  # as one that did not answer: asked at the usual place, where nothing listens
    assert device.probes > 0
    assert device.asked == []


async def test_a_silent_device_is_asked_at_the_url_that_is_given(site: Site) -> None:
    device = OnvifDevice(own_address(), mode="silent")
    async with onvif_device(device):
        (camera,) = (await site.discover("--host", device.url, "--json")).cameras()
    assert camera["main"] is not None
    assert device.probes == 0


async def test_a_name_cannot_play_with_the_terminal_or_a_spreadsheet(site: Site) -> None:
    device = OnvifDevice(own_address(), name="=%1B]0;x%07%1B[31m[bold]%E2%80%AEhaha%0A1")
    async with onvif_device(device):
        said = await site.discover("--host", device.address, "--write", str(site.folder / "found.csv"))
    assert "]0;x[31m[bold]haha1" in said.out
    assert "\x1b" not in said.out
    assert "\u202e" not in said.out
    (entry,) = read_camera_file(site.folder / "found.csv")
    assert entry.name == "]0;x[31m[bold]haha1"
