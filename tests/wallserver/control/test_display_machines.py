"""What a display says of how it fares, while its plan stands and while tours change it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

from wallserver.control.costs import Cost
from wallserver.control.display_load import IN_A_ROW
from wallserver.control.display_machines import DisplayMachines, Machine
from wallserver.control.planner import Bearing
from wallserver.control.plans import Plans


@dataclass
class OneDisplay:
    """Plans of one display, whose costs the test says."""

    listeners: list[Callable[[list[str]], None]] = field(default_factory=list)
    displays: dict[str, Any] = field(default_factory=dict)
    told: Bearing | None = None

    def shows(self, pixels_s: float) -> None:
        self.displays["d"] = SimpleNamespace(plan=SimpleNamespace(cost=Cost(10, pixels_s)))
        for listener in self.listeners:
            listener(["d"])

    def bearing(self, _: str) -> Bearing | None:
        return self.told

    def bears(self, _: str, bearing: Bearing, *, anew: bool = False) -> None:
        self.told = bearing


def with_tour(dropped: Callable[[int], int]) -> list[bool]:
    """After each report, whether a display gets less by now whose tour changes what it decodes each 5 s."""
    plans, now = OneDisplay(), [0.0]
    machines = DisplayMachines(cast("Plans", plans), 100, lambda: 0, lambda: now[0])
    plans.shows(100e6)
    machines.said("d", Machine(decoders=32, mpixels_s=500))
    eased = []
    for number in range(6):
        for pixels_s in (100e6, 150e6):
            plans.shows(pixels_s)
            now[0] += 5
        machines.reported("d", 1000, dropped(number))
        eased.append(plans.told is not None and plans.told.eased)
    return eased


def test_a_display_of_tours_that_drops_pictures_all_the_time_gets_less() -> None:
    assert with_tour(lambda _: 200).index(True) == IN_A_ROW - 1


def test_one_whose_tour_makes_it_drop_some_now_and_then_does_not() -> None:
    assert not any(with_tour(lambda number: 200 if number % 3 else 0))


def test_a_page_cannot_have_control_plan_all_the_time_by_being_ever_other_machines() -> None:
    plans, now = OneDisplay(), [0.0]
    machines = DisplayMachines(cast("Plans", plans), 100, lambda: 0, lambda: now[0])
    plans.shows(100e6)
    one, other = Machine(decoders=32, mpixels_s=500), Machine(decoders=16, mpixels_s=200)
    changes = 0
    for number in range(600):
        now[0] += 0.1
        machine = (one, other)[number % 2]
        if machines.may_be("d", machine):
            before = plans.told
            machines.said("d", machine)
            changes += plans.told != before
    assert 2 <= changes <= 13
