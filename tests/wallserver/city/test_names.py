"""Who the simulated cameras are."""

from __future__ import annotations

import re

import pytest

from wallserver.city.block_code import MAX_CAMERA
from wallserver.city.names import DISTRICTS, OWN_CLIPS, city_cameras, clip_number
from wallserver.city.places import AREAS


def test_every_camera_has_a_name_an_id_and_a_number_of_its_own() -> None:
    cameras = city_cameras(300, 16)
    for value in ("id", "name", "number"):
        assert len({getattr(camera, value) for camera in cameras}) == 316
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,62}", camera.id) for camera in cameras)
    assert all(0 < camera.number <= MAX_CAMERA for camera in cameras)


def test_forty_cameras_cover_all_districts_roads_and_alleys() -> None:
    cameras = city_cameras(36, 4)
    assert {camera.district for camera in cameras} == set(DISTRICTS)
    assert 8 <= sum(camera.lorong is not None for camera in cameras) <= 20
    assert [camera.kind for camera in cameras].count("hls") == 4


def test_every_camera_stands_in_a_village_and_no_two_in_the_same_place() -> None:
    cameras = city_cameras(300, 16)
    assert set(AREAS) == set(DISTRICTS)
    assert all(camera.village in AREAS[camera.district].villages for camera in cameras)
    assert len({(camera.latitude, camera.longitude) for camera in cameras}) == len(cameras)
    for camera in cameras:
        area = AREAS[camera.district]
        assert camera.latitude is not None
        assert camera.longitude is not None
        assert abs(camera.latitude - area.latitude) <= area.radius
        assert abs(camera.longitude - area.longitude) <= area.radius


def test_a_small_city_is_the_beginning_of_a_large_one() -> None:
    assert city_cameras(5, 2)[:5] == city_cameras(300, 16)[:5]
    assert city_cameras(5, 2)[5:] == city_cameras(300, 16)[300:302]


def test_the_first_64_and_hls_have_clips_of_their_own() -> None:
    cameras = city_cameras(300, 16)
    own = [camera for camera in cameras if clip_number(camera.number) == camera.number]
    assert len(own) == OWN_CLIPS + 16
    assert {clip_number(camera.number) for camera in cameras} == {camera.number for camera in own}


@pytest.mark.parametrize(("cameras", "hls"), [(301, 0), (-1, 0), (1, 17)])
def test_a_city_has_bounds(cameras: int, hls: int) -> None:
    with pytest.raises(ValueError, match="up to 300"):
        city_cameras(cameras, hls)
