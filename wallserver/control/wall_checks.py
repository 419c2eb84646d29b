"""What a command names that the site has to have: the domain knows walls, not cameras, time zones or other walls."""

from __future__ import annotations

from collections.abc import Container, Iterable
from functools import cache
from zoneinfo import available_timezones

from ingest.camera_state import State
from layouts.apply import contents_given, tours_given
from layouts.commands import Command
from layouts.contents import CameraContent, ClockPanel, Content, StatesPanel
from layouts.errors import LayoutError
from layouts.tours import Selector, Tour
from layouts.wall import Wall

_STATES = frozenset(State)


def check_given(command: Command, cameras: Container[str]) -> None:
    """LayoutError for a camera, a time zone or a camera's state that there is not."""
    for content in contents_given(command):
        _check_content(content, cameras)
    for tour in tours_given(command):
        _check_tour(tour, cameras)


def check_displays(wall: Wall, walls: Iterable[Wall]) -> None:
    """LayoutError for a display that another wall has too: its id is its own in the whole site."""
    elsewhere = {display.id: other.id for other in walls if other.id != wall.id for display in other.displays}
    for display in wall.displays:
        if display.id in elsewhere:
            raise LayoutError(f"display {display.id} is on wall {elsewhere[display.id]} already", display=display.id)


def _check_content(content: Content, cameras: Container[str]) -> None:
    match content:
        case CameraContent(camera):
            _check_camera(camera, cameras)
        case ClockPanel(time_zone) if time_zone not in _time_zones():
            raise LayoutError(f"there is no time zone {time_zone}; one is Asia/Makassar")
        case StatesPanel(selector):
            _check_selector(selector)
        case _:
            pass


def _check_tour(tour: Tour, cameras: Container[str]) -> None:
    for camera in tour.cameras:
        _check_camera(camera, cameras)
    if tour.selector is not None:
        _check_selector(tour.selector)


def _check_camera(camera: str, cameras: Container[str]) -> None:
    if camera not in cameras:
        raise LayoutError(f"there is no camera {camera} in the catalogue")


def _check_selector(selector: Selector) -> None:
    if selector.state is not None and selector.state not in _STATES:
        raise LayoutError(f"there is no state {selector.state!r} of cameras; there are {', '.join(State)}")


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())
