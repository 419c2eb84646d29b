"""Tours: cameras that take turns in one cell. Here is what a tour is; whose turn it is, control works out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from layouts.errors import LayoutError
from layouts.names import check_id, check_text

type Order = Literal["fixed", "random", "risk"]
type Kind = Literal["road", "lorong"]
type Risk = Literal["red", "yellow", "green"]

ORDERS: tuple[Order, ...] = ("fixed", "random", "risk")
MOST_CAMERAS = 1000
SHORTEST_DWELL_S, LONGEST_DWELL_S = 2, 3600
LONGEST_ROUND_MIN = 1440


@dataclass(frozen=True, slots=True)
class Selector:
    """The cameras of the catalogue that have all of these; None stands for any.

    `kind`: of the place, a road or a lorong. `state`: as cameras' states are called; which there are is not known here.
    """

    district: str | None = None
    kind: Kind | None = None
    risk: Risk | None = None
    state: str | None = None

    def __post_init__(self) -> None:
        for value in (self.district, self.state):
            check_text("what cameras are selected by", value or "")
        if self.kind not in {None, "road", "lorong"}:
            raise LayoutError(f"a camera's kind is 'road' or 'lorong', not {self.kind!r}")
        if self.risk not in {None, "red", "yellow", "green"}:
            raise LayoutError(f"a risk class is 'red', 'yellow' or 'green', not {self.risk!r}")


@dataclass(frozen=True, slots=True)
class Tour:
    """Cameras that take turns: a list of them, or whatever a selector finds; exactly one of the two.

    Each is shown for `dwell_s` seconds. With the order `risk`, red ones come at least every `red_every_minutes`.
    """

    id: str
    name: str
    cameras: tuple[str, ...] = ()
    selector: Selector | None = None
    dwell_s: int = 10
    order: Order = "fixed"
    red_every_minutes: int | None = None

    def __post_init__(self) -> None:
        check_id("tour", self.id)
        check_text("a tour's name", self.name)
        if bool(self.cameras) == (self.selector is not None):
            raise LayoutError(f"tour {self.id} has either a list of cameras or a selector")
        if len(self.cameras) > MOST_CAMERAS:
            raise LayoutError(f"tour {self.id} has at most {MOST_CAMERAS} cameras, not {len(self.cameras)}")
        if not all(self.cameras):
            raise LayoutError("a camera's id cannot be empty")
        if not SHORTEST_DWELL_S <= self.dwell_s <= LONGEST_DWELL_S:
            raise LayoutError(
                f"tour {self.id} shows each camera for {SHORTEST_DWELL_S} to {LONGEST_DWELL_S} s, not {self.dwell_s}"
            )
        if self.order not in ORDERS:
            raise LayoutError(f"tour {self.id}: its order is one of {', '.join(ORDERS)}, not {self.order[:80]!r}")
        if (self.order == "risk") != (self.red_every_minutes is not None):
            raise LayoutError(f"tour {self.id}: 'red_every_minutes' belongs to the order 'risk', and to no other")
        if self.red_every_minutes is not None and not 1 <= self.red_every_minutes <= LONGEST_ROUND_MIN:
            raise LayoutError(f"tour {self.id}: 'red_every_minutes' is 1 to {LONGEST_ROUND_MIN}")
