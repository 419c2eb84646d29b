"""Panels, zooms and spans as displays are told of them, and which panels are refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ingest.camera_state import State
from layouts.apply import apply
from layouts.commands import Assign, CellAddress, Merge, Several
from layouts.contents import (
    CameraContent,
    ClockPanel,
    Content,
    ImagePanel,
    StatesPanel,
    TextPanel,
    WebPanel,
    Zoom,
)
from layouts.errors import LayoutError
from layouts.presets import wall_showing
from layouts.tours import Selector
from layouts.wall import Display, Wall
from wallserver.catalogue.camera import Camera
from wallserver.control.camera_views import CameraView
from wallserver.control.panels import MOST_LISTED, check_sites, state_lists, with_views

SITES = ("https://maps.example.org", "http://10.0.0.9:8000")
# Two displays of 2×2 cells side by side, 40 pixels of bezel between them.
WALL = replace(wall_showing("w", "W", [f"k{n}" for n in range(8)], cells_per_display=4), bezel_x=40)


def told(wall: Wall, number: int = 0) -> dict[str, dict[str, object]]:
    """What each cell of a display is told besides its camera."""
    display = wall.displays[number]
    plan = {"cells": [{"id": cell.id, "name": "from the catalogue"} for cell in display.layout.cells]}
    return {cell["id"]: cell for cell in with_views(plan, display, SITES)["cells"]}


def showing(content: Content, **more: object) -> Wall:
    return apply(WALL, Assign("w-1", "c1", content, **more))  # type: ignore[arg-type]


def test_a_cell_that_shows_a_camera_as_it_is_is_told_nothing_more() -> None:
    assert told(WALL)["c1"] == {"id": "c1", "name": "from the catalogue"}


def test_a_zoom_is_told_in_fractions_and_a_label_replaces_the_name() -> None:
    cell = told(showing(CameraContent("k0"), zoom=Zoom(2500, 0, 5000, 4000), label="Pintu air"))["c1"]
    assert cell["zoom"] == {"x": 0.25, "y": 0.0, "w": 0.5, "h": 0.4}
    assert cell["name"] == "Pintu air"
    assert told(showing(CameraContent("k0"), label=""))["c1"]["name"] == ""


def test_the_parts_of_a_span_line_up_across_the_bezel() -> None:
    wall = apply(WALL, Merge((CellAddress("w-1", "c2"), CellAddress("w-2", "c1"))))
    left, right = (told(wall, number)[cell]["span"] for number, cell in ((0, "c2"), (1, "c1")))
    whole = 960 + 40 + 960
    assert left == pytest.approx({"x": 0.5, "y": 0.0, "w": whole / 1920, "h": 0.5})
    # 1,000 pixels of the picture are over before the right display begins.
    assert right == pytest.approx({"x": -1000 / 1920, "y": 0.0, "w": whole / 1920, "h": 0.5})


def test_panels_are_told_with_all_that_they_need() -> None:
    assert told(showing(ClockPanel("Asia/Makassar")))["c1"]["panel"] == {
        "type": "panel",
        "panel": "clock",
        "time_zone": "Asia/Makassar",
    }
    assert told(showing(TextPanel("Siaga\nbanjir")))["c1"]["panel"] == {
        "type": "panel",
        "panel": "text",
        "text": "Siaga\nbanjir",
    }
    for url, allowed in (("https://Maps.example.org/x", True), ("https://other.example.org/", False)):
        panel = told(showing(WebPanel(url)))["c1"]["panel"]
        assert panel == {"type": "panel", "panel": "web", "url": url, "allowed": allowed}


@pytest.mark.parametrize(
    "content",
    [
        WebPanel("https://maps.example.org/city?x=1"),
        ImagePanel("http://10.0.0.9:8000/logo.png"),
        ClockPanel("Asia/Makassar"),
        CameraContent("k0"),
    ],
)
def test_pages_and_pictures_of_the_sites_in_config_yaml_are_taken(content: Content) -> None:
    check_sites(Assign("w-1", "c1", content), SITES)


@pytest.mark.parametrize(
    "url",
    ["https://maps.example.org.evil.example/", "http://maps.example.org/", "http://10.0.0.9/logo.png"],
)
def test_those_of_others_are_refused(url: str) -> None:
    for content in (WebPanel(url), ImagePanel(url)):
        with pytest.raises(LayoutError, match="is not among"):
            check_sites(Several((Assign("w-1", "c1", content),)), SITES)


def test_a_list_has_the_worst_cameras_first_and_counts_all_of_them() -> None:
    states = {"k1": State.LIVE, "k2": State.UNREACHABLE, "k3": State.FROZEN}
    cameras = {name: camera(name, district="Mariso") for name in states} | {"k9": camera("k9", district="Tallo")}
    views = {name: CameraView(states.get(name, State.LIVE), 5, "", "") for name in cameras}
    listed = state_lists(display_with(StatesPanel(Selector(district="Mariso"))), cameras, views)["c1"]
    assert listed["counts"] == {"live": 1, "unreachable": 1, "frozen": 1}
    assert [one["name"] for one in listed["cameras"]] == ["Kamera k2", "Kamera k3", "Kamera k1"]
    dead = state_lists(display_with(StatesPanel(Selector(state="unreachable"))), cameras, views)["c1"]
    assert dead["cameras"] == [{"name": "Kamera k2", "state": "unreachable", "since_ms": 5}]
    assert state_lists(WALL.displays[0], cameras, views) == {}


def test_a_list_of_a_whole_city_stays_as_long_as_can_be_read() -> None:
    cameras = {f"k{n}": camera(f"k{n}") for n in range(7000)}
    views = {name: CameraView(State.LIVE, 5, "", "") for name in cameras}
    listed = state_lists(display_with(StatesPanel()), cameras, views)["c1"]
    assert (listed["counts"], len(listed["cameras"])) == ({"live": 7000}, MOST_LISTED)


def camera(name: str, district: str = "") -> Camera:
    return Camera(name, f"Kamera {name}", district, "", "rtsp", "tcp", has_sub=True, max_sessions=2, risk="green")


def display_with(content: Content) -> Display:
    return showing(content).displays[0]
