"""The ways in which a cell can get its picture, and which of them look right in it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ingest.masks import Mask
from layouts.geometry import Rect
from layouts.wall import Fit
from wallserver.control.costs import StreamFacts

# Device pixels that one pixel of the stream may cover, to a side: 640×360 is enough up to 896×504.
ENOUGH = 1.4


class Way(StrEnum):
    """How a cell gets its picture; the lighter for its display, the further down."""

    MAIN = "main"
    SUB = "sub"
    MOSAIC = "mosaic"
    TRANSCODE = "transcode"  # composed too, but for no other reason than that it cannot be passed on as it is
    STILL = "still"

    @property
    def passed_through(self) -> bool:
        """Whether it takes a slot, and a decoder, of its own."""
        return self in {Way.MAIN, Way.SUB}

    @property
    def weight(self) -> int:
        """What is heavier for the display has more."""
        return {Way.MAIN: 3, Way.SUB: 2, Way.MOSAIC: 1, Way.TRANSCODE: 1, Way.STILL: 0}[self]


class Why(StrEnum):
    """Why it was chosen; in words in `plan_words`."""

    LARGE = "large"  # main: the sub stream is too small for the cell
    ENOUGH = "enough"  # sub: it is large enough, and the display bears a decoder for it
    SMALL = "small"  # a stream that is too small for the cell: there is none better, or no room for it
    TOGETHER = "together"  # mosaic: for all that the display bears no decoder of its own for
    CODEC = "codec"  # transcode: browsers do not play its codec
    B_FRAMES = "b_frames"
    MASKED = "masked"  # transcode: it must not be passed on as it is
    CALM = "calm"  # lighter than could be: the display had more than it bears a short while ago
    OVER_BUDGET = "over_budget"  # still: the display does not even bear the mosaic with it
    RECORDER_FULL = "recorder_full"  # still: its recorder sends no more streams at a time


@dataclass(frozen=True, slots=True)
class CameraFacts:
    """What the planner needs to know about a camera. `main` and `sub` are the same where it has one stream.

    `off`: a person has switched it off. `recorder`: the host that fronts it, where the site names it. `masks`: what of
    it nobody may see.
    """

    id: str
    name: str
    main: StreamFacts
    sub: StreamFacts
    off: bool = False
    recorder: str | None = None
    masks: tuple[Mask, ...] = ()

    @property
    def passable(self) -> bool:
        """Whether it may be passed on as it is."""
        return not self.masks

    def stream(self, way: Way) -> StreamFacts:
        """The one that is passed through this way."""
        return self.main if way is Way.MAIN else self.sub


@dataclass(frozen=True, slots=True)
class Spot:
    """A cell that has a camera to show: where it is on the layout's grid, and how many device pixels it has.

    `ways`: those that are open to it, the best first; MOSAIC stands for being composed, for whatever reason.
    `visited`: nobody pulls its camera, and its stills come from visits.
    """

    cell: str
    rect: Rect
    size: tuple[float, float]
    fit: Fit
    camera: CameraFacts
    ways: tuple[Way, ...]
    visited: bool = False

    def composed_of(self, cell: tuple[float, float]) -> StreamFacts:
        """The stream that a mosaic makes it of, in a cell of so many pixels: never main where sub is enough."""
        seen = min(cell[0], self.size[0]), min(cell[1], self.size[1])
        return self.camera.sub if is_enough(self.camera.sub, seen, self.fit) else self.camera.main


def magnified(picture: tuple[float, float], cell: tuple[float, float], fit: Fit) -> float:
    """How many of the cell's pixels one of the picture's covers, to a side."""
    across, down = cell[0] / picture[0], cell[1] / picture[1]
    return max(across, down) if fit == "cover" else min(across, down)


def is_enough(stream: StreamFacts, cell: tuple[float, float], fit: Fit) -> bool:
    """Whether the stream is not visibly too small for the cell."""
    return magnified((stream.width, stream.height), cell, fit) <= ENOUGH


def open_ways(camera: CameraFacts, size: tuple[float, float], fit: Fit) -> tuple[Way, ...]:
    """Those that a cell of this camera and size can have, the best first. Never main where sub is enough."""
    ways: list[Way] = []
    small = camera.main != camera.sub and not is_enough(camera.sub, size, fit)
    if camera.passable:
        if small and camera.main.playable:
            ways.append(Way.MAIN)
        if camera.sub.playable:
            ways.append(Way.SUB)
    ways.append(Way.MOSAIC)
    if camera.passable:
        ways.append(Way.STILL)
    return tuple(ways)


def why_not_passed(camera: CameraFacts, wanted: StreamFacts) -> Why:
    """Why a camera is not passed through, were there room for it; TOGETHER where nothing but room is missing."""
    if not camera.passable:
        return Why.MASKED
    if wanted.codec != "h264":
        return Why.CODEC
    return Why.B_FRAMES if wanted.b_frames else Why.TOGETHER
