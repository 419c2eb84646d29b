"""What a cell shows: a camera, a tour, a panel, or nothing; and which part of a picture."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from layouts.errors import LayoutError
from layouts.names import check_id, check_text
from layouts.tours import Selector

LONGEST_TEXT = 2000
LONGEST_URL = 2048
# A password in an address would be read by everybody who sees the wall's JSON, hence no @ before the path.
_URL = re.compile(r"https?://[^\s/?#@\\]+([/?#]\S*)?", re.IGNORECASE)
_TIME_ZONE = re.compile(r"[A-Za-z0-9_+-]{1,32}(/[A-Za-z0-9_+-]{1,32}){0,2}")


@dataclass(frozen=True, slots=True)
class CameraContent:
    """A cell shows this camera."""

    camera: str

    def __post_init__(self) -> None:
        if not self.camera:
            raise LayoutError("a camera's id cannot be empty")
        check_text("a camera's id", self.camera)


@dataclass(frozen=True, slots=True)
class TourContent:
    """A cell shows the cameras of this tour of the wall, one after the other."""

    tour: str

    def __post_init__(self) -> None:
        check_id("tour", self.tour)


@dataclass(frozen=True, slots=True)
class ClockPanel:
    """The time in a zone of the IANA database (Asia/Makassar is WITA). Only its form is checked here."""

    time_zone: str

    def __post_init__(self) -> None:
        if not _TIME_ZONE.fullmatch(self.time_zone):
            raise LayoutError(f"{self.time_zone[:80]!r} is no time zone; one is Asia/Makassar")


@dataclass(frozen=True, slots=True)
class TextPanel:
    """A text, in lines as they were typed."""

    text: str

    def __post_init__(self) -> None:
        check_text("the text of a panel", self.text, LONGEST_TEXT)


@dataclass(frozen=True, slots=True)
class ImagePanel:
    """A picture out of the web, as a coat of arms."""

    url: str

    def __post_init__(self) -> None:
        _check_url(self.url)


@dataclass(frozen=True, slots=True)
class WebPanel:
    """A web page."""

    url: str

    def __post_init__(self) -> None:
        _check_url(self.url)


@dataclass(frozen=True, slots=True)
class StatesPanel:
    """A list of cameras with their states."""

    selector: Selector = field(default=Selector())


@dataclass(frozen=True, slots=True)
class Empty:
    """A cell shows nothing."""


type Panel = ClockPanel | TextPanel | ImagePanel | WebPanel | StatesPanel
type Content = CameraContent | TourContent | Panel | Empty
EMPTY = Empty()

WHOLE_SIDE = 10_000
LEAST_SIDE = 100  # a hundredfold: there is nothing to see beyond


@dataclass(frozen=True, slots=True)
class Zoom:
    """The part of a picture that is shown, in ten-thousandths of its width (x, w) and of its height (y, h)."""

    x: int = 0
    y: int = 0
    w: int = WHOLE_SIDE
    h: int = WHOLE_SIDE

    def __post_init__(self) -> None:
        if min(self.x, self.y) < 0 or max(self.x + self.w, self.y + self.h) > WHOLE_SIDE:
            raise LayoutError(f"a zoom lies within its picture, 0 to {WHOLE_SIDE}; {self} does not")
        if min(self.w, self.h) < LEAST_SIDE:
            raise LayoutError(
                f"a zoom shows {LEAST_SIDE} or more of {WHOLE_SIDE} of each side; {self} does not", reason="zoom"
            )

    def __str__(self) -> str:
        return f"{self.w}×{self.h} at {self.x},{self.y}"


WHOLE = Zoom()


def _check_url(url: str) -> None:
    check_text("an address", url, LONGEST_URL)
    if not _URL.fullmatch(url) or not _can_be_split(url):
        raise LayoutError(
            "an address begins with http:// or https://, with no name or password in it and no spaces",
            reason="address",
        )


def _can_be_split(url: str) -> bool:
    try:
        urlsplit(url)
    except ValueError:  # half an IPv6 address, or a character that stands for a / in another form
        return False
    return True
