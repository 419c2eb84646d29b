"""Cameras found by words, and the states of thousands of them told once."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from tests.wallserver.control.conftest import Site
from wallserver.catalogue.camera import Camera, CameraEntry
from wallserver.catalogue.switches import SwitchedOff
from wallserver.control.camera_rows import ListedCamera
from wallserver.control.camera_views import CameraView
from wallserver.control.plans import Plans
from wallserver.control.routes import cameras as routes
from wallserver.control.site import Control
from wallserver.people.rights import Role
from wallserver.people.scope import CameraGroup, CameraScope, Scope

VETERAN = CameraEntry(
    id="vet-4",
    name="Jl. Véteran · Lorong 14",
    district="Makassar",
    village="Bara-Baraya",
    lorong="Lorong 14",
    latitude=-5.143,
    longitude=119.424,
    main_url="rtsp://10.0.1.1/main",
)
MARISO_ALONE = Scope(cameras=CameraScope(groups=frozenset({CameraGroup(district="Mariso")})))


@pytest.fixture
async def city(site: Site) -> Site:
    """With a seventh camera, elsewhere."""
    await site.control.catalogue.cameras.put([VETERAN])
    await site.control.plans.refresh_cameras()
    return site


async def names(client: httpx.AsyncClient, **asked: Any) -> list[str]:
    answer = await client.get("/api/cameras", params=asked)
    assert answer.status_code == 200, answer.text
    return [camera["id"] for camera in answer.json()]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("veteran lorong", ["vet-4"]),
        ("LORONG vet", ["vet-4"]),
        ("bara-baraya", ["vet-4"]),
        ("mariso 3", ["cam-3"]),
        ("teran", []),  # a word begins with what is typed
        ("lorong 1", ["cam-1", "vet-4"]),  # what is typed as a whole comes first
        ("%", ["vet-4", *(f"cam-{n}" for n in range(1, 7))]),
    ],
)
async def test_words_find_cameras_in_any_order_without_accents(city: Site, typed: str, found: list[str]) -> None:
    async with city.administrator() as admin:
        assert await names(admin, q=typed) == found


async def test_what_is_found_comes_in_pages_with_its_place_and_state(city: Site) -> None:
    async with city.administrator() as admin:
        whole = await names(admin)
        assert await names(admin, limit=3) + await names(admin, limit=1000, offset=3) == whole
        (camera,) = (await admin.get("/api/cameras", params={"q": "vet", "limit": 1})).json()
        assert (camera["village"], camera["latitude"], camera["longitude"]) == ("Bara-Baraya", -5.143, 119.424)
        assert camera["state"] == "off"
        assert (await admin.get("/api/cameras", params={"limit": 1001})).status_code == 422


async def test_nobody_finds_what_they_may_not_see(city: Site) -> None:
    async with city.signed_in(Role.VIEWER, MARISO_ALONE) as viewer:
        assert await names(viewer, q="veteran") == []
        assert len(await names(viewer, q="lorong")) == 6
        await city.control.off.off(SwitchedOff("vet-4", "dicat", "admin", city.control.now_ms(), None))
        assert (await viewer.get("/api/states")).json()["states"].keys() == {f"cam-{n}" for n in range(1, 7)}


async def test_a_room_that_reads_all_cameras_has_them_put_into_words_once(
    city: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    city.control.camera_lists._clock = lambda: 0.0  # no second passes
    told: list[str] = []
    one_told = routes._told

    def counted(control: Control, camera: Camera, view: CameraView) -> ListedCamera:
        told.append(camera.id)
        return one_told(control, camera, view)

    monkeypatch.setattr(routes, "_told", counted)
    city.control.states.newest()
    city.control.states._now_ms = lambda: city.control.states._looked_ms
    async with city.administrator() as admin, city.signed_in(Role.VIEWER, MARISO_ALONE) as viewer:
        lists = await asyncio.gather(*(names(admin) for _ in range(10)))
        assert lists == [lists[0]] * 10
        assert sorted(told) == sorted(lists[0])
        assert "vet-4" not in await names(viewer)  # who may see fewer is not told of them
        await city.control.catalogue.cameras.put([VETERAN.model_copy(update={"id": "vet-5"})])
        await city.control.plans.refresh_cameras()
        assert "vet-5" in await names(admin)


async def test_a_page_of_cameras_works_out_once_which_streams_are_needed(
    city: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def needs(_: Plans, stream: str) -> bool:
        asked.append(stream)
        return False

    monkeypatch.setattr(Plans, "needs", needs)
    async with city.administrator() as admin:
        assert len(await names(admin, limit=7)) == 7
    assert asked == []
