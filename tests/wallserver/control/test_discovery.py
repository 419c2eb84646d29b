"""Cameras of the network over HTTP: found, looked at, taken in; no password comes back, what devices say is text."""

from __future__ import annotations

import asyncio
import gc
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import httpx
import pytest
from aiohttp import web

from tests.support.onvif_device import PASSWORD, USER, Encoder, OnvifDevice, onvif_device, own_address
from tests.support.waiting import eventually
from tests.wallserver.control.conftest import Site
from wallserver import discover
from wallserver.control import discovery
from wallserver.control.discovery import Discovery
from wallserver.discover import Search
from wallserver.discovered import Discovered
from wallserver.people.audit import Wanted

PATH = "/api/discovery"
CREDENTIALS = {"username": USER, "password": PASSWORD}
THREE = (
    Encoder("main"),
    Encoder("middle", width=1280, height=720),
    Encoder("sub", codec="H265", width=640, height=360),
)
TWO_CHANNELS = tuple(
    Encoder(f"{channel}{size}", width=width, height=width * 9 // 16, source=channel)
    for channel in ("a", "b")
    for size, width in (("1", 1920), ("2", 640))
)


async def searched(admin: httpx.AsyncClient, *hosts: str, **credentials: str) -> list[dict[str, Any]]:
    """What is found at these device services; without a probe, for which a search would wait for seconds."""
    begun = await admin.post(PATH, json={"hosts": hosts, **credentials})
    assert begun.status_code == 202, begun.text
    cameras: list[dict[str, Any]] = (await ended(admin))["cameras"]
    return cameras


async def ended(admin: httpx.AsyncClient) -> dict[str, Any]:
    async def told() -> dict[str, Any] | None:
        answer = await admin.get(PATH)
        assert PASSWORD not in answer.text
        said: dict[str, Any] = answer.json()
        return None if said["searching"] else said

    found: dict[str, Any] | None = await eventually(told)
    assert found is not None
    return found


async def added(admin: httpx.AsyncClient, *cameras: dict[str, Any]) -> httpx.Response:
    answer = await admin.post(f"{PATH}/cameras", json={"cameras": cameras})
    assert PASSWORD not in answer.text
    return answer


async def test_a_camera_is_found_and_taken_in_with_the_profiles_that_were_chosen(site: Site) -> None:
    device = OnvifDevice(own_address(), profiles=THREE)
    async with site.administrator() as admin, onvif_device(device):
        (camera,) = await searched(admin, device.url, **CREDENTIALS)
        assert (camera["make"], camera["address"], camera["known"]) == ("Acme [red]Eye2", device.address, None)
        assert (camera["main"], camera["sub"], camera["service"]) == ("main", "sub", device.url)
        assert [one["token"] for one in camera["profiles"]] == ["main", "sub", "middle"]
        assert camera["profiles"][1] == {"token": "sub", "codec": "H265", "width": 640, "height": 360, "fps": 25}
        wanted = {"key": camera["key"], "id": "gerbang", "name": "Gerbang", "main": "main", "sub": "middle"}
        assert (await added(admin, wanted)).json() == {"added": ["gerbang"]}
        found = await site.control.catalogue.cameras.source("gerbang")
        assert found is not None
        source = found[1]
        assert (source.main_url, source.sub_url) == tuple(
            f"rtsp://{device.address}:554/{token}" for token in ("main", "middle")
        )
        assert (source.username, source.password, source.onvif_url) == (USER, PASSWORD, device.url)
        assert (source.main_profile, source.sub_profile) == ("main", "middle")
        assert "gerbang" in site.control.plans.cameras
        assert (await ended(admin))["cameras"][0]["known"] == "gerbang"
        gc.collect()
        assert not [one for one in gc.get_objects() if type(one) is Search]  # nor its password
        again = await added(admin, wanted | {"id": "another"})
        assert "already" in again.json()["cameras"][camera["key"]][0]["en"]
    entries = await site.control.people.audit.page(Wanted(), None, 10)
    assert [one.after for one in entries][:2] == [
        {"added_count": 1, "added": ["gerbang"]},
        {"searched": [device.url]},
    ]
    assert PASSWORD not in repr(entries)
    assert device.refused == []


async def test_a_device_that_wants_a_password_is_asked_again_with_one(site: Site) -> None:
    closed, open_ = OnvifDevice(own_address()), OnvifDevice(own_address(), "none")
    async with site.administrator() as admin, onvif_device(closed), onvif_device(open_):
        first = {one["address"]: one for one in await searched(admin, closed.url, open_.url)}
        assert first[open_.address]["main"] == "main"
        assert (first[closed.address]["id"], first[closed.address]["profiles"]) == (None, [])
        assert first[closed.address]["remarks"] == [
            {"id": "meminta nama pengguna dan kata sandi", "en": "asks for a name and password"}
        ]
        second = {one["address"]: one for one in await searched(admin, closed.url, **CREDENTIALS)}
        assert (second[closed.address]["main"], second[open_.address]) == ("main", first[open_.address])
    assert closed.refused == []


async def test_all_are_taken_in_or_none(site: Site) -> None:
    device = OnvifDevice(own_address(), "none", profiles=TWO_CHANNELS)
    async with site.administrator() as admin, onvif_device(device):
        first, second = await searched(admin, device.url)
        assert first["id"] != second["id"]
        good = {"key": first["key"], "id": "satu", "name": "Satu", "main": "a1"}
        bad = good | {"key": second["key"], "main": "b1"}
        for wanted, column in (
            (bad | {"id": "cam-1"}, "id"),  # of the catalogue
            (bad | {"id": "satu"}, "id"),  # of the other one
            (bad | {"id": "Dua!"}, "id"),
            (bad | {"id": "dua", "name": "x" * 121}, "name"),
            (bad | {"id": "dua", "main": "a1"}, "main_profile"),  # of the other channel
            (bad | {"id": "dua", "sub": "b1"}, "main_profile"),  # twice the same
            (bad | {"id": "dua", "key": "10.9.9.9/0"}, "id"),
        ):
            refused = await added(admin, good, wanted)
            assert refused.status_code == 422
            (said,) = refused.json()["cameras"][wanted["key"]]
            assert (said["column"], said["id"] != said["en"]) == (column, True)
            assert len(site.control.plans.cameras) == 6
        assert (await added(admin, good, bad | {"id": "dua", "sub": "b2"})).json() == {"added": ["satu", "dua"]}


async def test_what_the_catalogue_has_is_known(site: Site) -> None:
    device = OnvifDevice(own_address(), "none")
    async with site.administrator() as admin, onvif_device(device):
        entry = {"id": "lama", "name": "Lama", "main_url": f"rtsp://{device.address}/main"}
        assert (await admin.post("/api/cameras", json=entry)).status_code == 201
        (camera,) = await searched(admin, device.url)
    assert camera["known"] == "lama"


async def test_what_somebody_took_in_meanwhile_is_not_taken_in_again(site: Site) -> None:
    device = OnvifDevice(own_address(), "none", profiles=TWO_CHANNELS)
    async with site.administrator() as admin, onvif_device(device):
        first, second = await searched(admin, device.url)
        entry = {"id": "lama", "name": "Lama", "main_url": f"rtsp://{device.address}/a1"}
        assert (await admin.post("/api/cameras", json=entry)).status_code == 201
        refused = await added(admin, {"key": first["key"], "id": "satu", "name": "Satu", "main": "a1"})
        assert refused.status_code == 422
        assert "already" in refused.json()["cameras"][first["key"]][0]["en"]
        assert (await ended(admin))["cameras"][0]["known"] == "lama"
        good = {"key": second["key"], "id": "dua", "name": "Dua", "main": "b1"}
        answers = device.held["GetServices"] = asyncio.Event()
        assert (await admin.post(PATH, json={"hosts": [device.url]})).status_code == 202
        assert (await added(admin, good)).status_code == 409  # while a search goes on
        answers.set()
        await ended(admin)
        assert (await added(admin, good)).json() == {"added": ["dua"]}


@asynccontextmanager
async def beside(device: OnvifDevice) -> AsyncIterator[None]:
    """Another device at the same address, by a port of its own."""
    runner = web.ServerRunner(web.Server(device.handle), shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, device.address, 0).start()
        device.port = runner.addresses[0][1]
        yield
    finally:
        await runner.cleanup()


async def test_a_device_that_is_asked_again_leaves_the_others_at_its_address_as_they_are(site: Site) -> None:
    open_ = OnvifDevice(own_address(), "none", profiles=TWO_CHANNELS)
    closed = OnvifDevice(open_.address)
    async with site.administrator() as admin, onvif_device(open_), beside(closed):
        first = await searched(admin, closed.url, open_.url)
        assert [one["main"] for one in first] == [None, "a1", "b1"]
        second = await searched(admin, closed.url, **CREDENTIALS)
        assert [one["main"] for one in second] == ["main", "a1", "b1"]
        assert [one["key"] for one in second][1:] == [one["key"] for one in first][1:]
        assert len({one["key"] for one in second}) == 3


async def test_one_device_or_host_that_fails_ends_no_search(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    good, bad = OnvifDevice(own_address(), "none"), OnvifDevice(own_address(), "none")
    cameras, unknown = discover._Device.cameras, f"{'x' * 64}.invalid"  # which no name server is asked for

    async def fails(self: discover._Device) -> list[Discovered]:
        if self._found.address == bad.address:
            raise RuntimeError("nobody thought of this")
        return await cameras(self)

    monkeypatch.setattr(discover._Device, "cameras", fails)
    async with site.administrator() as admin, onvif_device(good), onvif_device(bad):
        found = {one["address"]: one for one in await searched(admin, bad.url, unknown, good.url)}
    assert found[good.address]["main"] == "main"
    assert found[bad.address]["remarks"][0]["en"] == "could not be asked: the log says why"
    assert found[unknown]["remarks"][0]["en"] == "is a name that no name server knows"


async def test_channels_that_take_too_long_hide_no_others(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discover, "STREAMS_S", 3.0)
    monkeypatch.setattr(discover, "CHANNELS_AT_ONCE", 1)
    device = OnvifDevice(own_address(), "none", profiles=TWO_CHANNELS)

    def said(token: str) -> str:
        if token == "a2":  # from then on it is silent
            device.held["GetStreamUri"] = asyncio.Event()
        return f"rtsp://{device.address}/{token}"

    device.stream_url = said
    async with site.administrator() as admin, onvif_device(device):
        first, second = await searched(admin, device.url)
        device.held["GetStreamUri"].set()
    assert (first["main"], first["sub"]) == ("a1", "a2")
    assert (second["main"], second["remarks"][0]["en"]) == (None, "takes too long to answer")


async def test_who_begins_in_the_moment_of_forgetting_is_not_in_its_way(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discovery, "FORGET_S", 0.0)
    one = Discovery(site.control.catalogue)
    one.searching = True
    running = asyncio.create_task(one.run())
    done, _ = await asyncio.wait([running], timeout=0.05)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert not done


async def test_what_devices_say_is_text_and_bounded(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "MOST_CAMERAS", 5)
    profiles = tuple(Encoder(f"p{number}", source=f"s{number}") for number in range(20))
    many = OnvifDevice(own_address(), "none", profiles=profiles)
    bomb = OnvifDevice(own_address(), "none", mode="bomb")
    async with site.administrator() as admin, onvif_device(many), onvif_device(bomb):
        (said,) = await searched(admin, bomb.url)
        assert said["remarks"][0]["id"] == "tidak menjawab seperti perangkat ONVIF"
        found = await searched(admin, many.url)
        assert len(found) == 5
        assert (await admin.get(PATH)).json()["left_out"] == 16
        await searched(admin, many.url)
        assert (await admin.get(PATH)).json()["left_out"] == 16


@contextmanager
def listening() -> Iterator[dict[str, Any]]:
    """A search for what takes connections, and says nothing."""
    with socket.socket() as silent:
        silent.bind((own_address(), 0))
        silent.listen()
        host, port = silent.getsockname()
        yield {"hosts": [f"http://{host}:{port}/onvif"], **CREDENTIALS}


async def test_one_search_at_a_time_which_ends_and_is_forgotten(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    async with site.administrator() as admin:
        with listening() as search:  # for as long as this lasts
            assert (await admin.post(PATH, json=search)).status_code == 202
            assert (await admin.post(PATH, json=search)).status_code == 409
            assert (await admin.delete(PATH)).status_code == 409
        await ended(admin)
        assert (await admin.delete(PATH)).status_code == 204
        with listening() as search:
            monkeypatch.setattr(discovery, "SEARCH_S", 0.05)
            assert (await admin.post(PATH, json=search)).status_code == 202
            (said,) = (await ended(admin))["cameras"]
            assert said["remarks"] == [{"id": "terlalu lama menjawab", "en": "takes too long to answer"}]
            assert (await admin.delete(PATH)).status_code == 204
            told = (await admin.get(PATH)).json()
            assert (told["cameras"], told["searched"]) == ([], False)
            monkeypatch.setattr(discovery, "FORGET_S", 0.05)
            assert (await admin.post(PATH, json=search)).status_code == 202
            await eventually(lambda: not site.control.discovery.searching and not site.control.discovery.devices)


@pytest.mark.parametrize(
    "hosts",
    [
        ["http://u:p@10.0.0.1/"],
        ["rtsp://10.0.0.1/"],
        ["http://10.0.0.1:x/"],
        ["10.0.0.1:80"],
        ["cam/onvif"],
        ["a b"],
        [""],
        ["x"] * 65,
    ],
)
async def test_what_is_no_host_is_refused(site: Site, hosts: list[str]) -> None:
    async with site.administrator() as admin:
        assert (await admin.post(PATH, json={"hosts": hosts, **CREDENTIALS})).status_code == 422
    assert not site.control.discovery.searching
