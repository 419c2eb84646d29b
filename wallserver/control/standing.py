"""What stands on a display: how each of its cells comes, and for how long it has come so. Pure.

The next plan is made with it. A cell that shows what it showed gets heavier only after calm; and what stands stays
where another plan is hardly any better: of many plans that are as good, streams that change a little would have another
one the best at each look.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from wallserver.control.ways import Spot, Way

CALM_S = 30.0

type Size = tuple[float, float]
"""Device pixels."""


@dataclass(frozen=True, slots=True)
class Stood:
    """What a cell of this size showed, and how."""

    camera: str | None
    size: Size
    way: Way | None


@dataclass(frozen=True, slots=True)
class Standing:
    """The plan before, made for the same machine: by cell what stood, and for how many seconds.

    `light_s`: for how long its mosaic has been the lighter one; None where it is not.
    """

    cells: Mapping[str, tuple[Stood, float]]
    light_s: float | None = None

    @property
    def stood_s(self) -> float:
        """For how long no cell has come in another way."""
        return min((stood_s for _, stood_s in self.cells.values()), default=CALM_S)

    def held(self, cell: str, camera: str, size: Size) -> Way | None:
        """The way of a cell that shows what it showed, as long as it may not become heavier: what one cell leaves of
        the budget, for a tour's turn, is not given to others that will have to give it back.
        """
        before, _ = self.cells.get(cell, (None, CALM_S))
        if before is None or self.stood_s >= CALM_S or (before.camera, before.size) != (camera, size):
            return None
        return before.way

    def way_of(self, spot: Spot, size: Size) -> Way | None:
        """The way of a cell of this size, whatever it showed, if that is open to it now: a tour's next camera, or one
        that is put in its place, comes as the one before it.
        """
        before, _ = self.cells.get(spot.cell, (None, 0.0))
        if before is None or before.size != size:
            return None
        if before.way is Way.TRANSCODE:  # for a reason of its camera's, which this one may not have
            return None if any(way.passed_through for way in spot.ways) else Way.MOSAIC
        return before.way if before.way in spot.ways else None

    @property
    def holding(self) -> tuple[object, ...]:
        """What it holds back now; the same for as long as time changes nothing."""
        return (self.is_light, self.stood_s < CALM_S and self.ways)

    @property
    def ways(self) -> tuple[object, ...]:
        """How all of it comes, however long it has."""
        return (self.light_s is not None, *((name, stood) for name, (stood, _) in self.cells.items()))

    @property
    def is_light(self) -> bool:
        """Whether its mosaic has to stay the lighter one."""
        return self.light_s is not None and self.light_s < CALM_S
