"""Privacy masks: what of a camera's picture nobody may see. masker.py burns them in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, Self

from ingest.errors import MaskError
from ingest.zoom import WHOLE

type Style = Literal["solid", "pixelated"]

MOST_MASKS = 16
LEAST_POINTS, MOST_POINTS = 3, 32


@dataclass(frozen=True, slots=True)
class Mask:
    """A polygon in 1/10000 of an upright picture's width and height. Raises MaskError where it is none.

    `solid` shows nothing of what is behind it; `pixelated` shows that something moves, and its colours.
    """

    points: tuple[tuple[int, int], ...]
    style: Style = "solid"

    def __post_init__(self) -> None:
        if not LEAST_POINTS <= len(self.points) <= MOST_POINTS:
            raise MaskError(f"a mask has {LEAST_POINTS} to {MOST_POINTS} points, not {len(self.points)}")
        if any(not 0 <= place <= WHOLE for point in self.points for place in point):
            raise MaskError(f"a mask's points lie between 0 and {WHOLE}, inside the picture")

    def to_json(self) -> dict[str, Any]:
        """As it travels with a mosaic's specification."""
        return {"points": [list(point) for point in self.points], "style": self.style}

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """The reverse. Raises MaskError."""
        try:
            style = value["style"]
            if style not in ("solid", "pixelated"):
                raise MaskError(f"a mask is solid or pixelated, not {style!r}")
            return cls(tuple((int(x), int(y)) for x, y in value["points"]), style)
        except (KeyError, TypeError, ValueError) as error:
            raise MaskError(f"a mask without usable {error}") from error


def masks_from_json(value: Any) -> tuple[Mask, ...]:
    """The masks of a camera. Raises MaskError: whoever does not understand them must not go on without."""
    if not isinstance(value, list | tuple) or len(value) > MOST_MASKS:
        raise MaskError(f"masks are a list of at most {MOST_MASKS}")
    return tuple(Mask.from_json(one) for one in value)


def masks_to_json(masks: Iterable[Mask]) -> list[dict[str, Any]]:
    """As JSON has them."""
    return [mask.to_json() for mask in masks]
