"""What displays say of their machines, and how they fare: from both the planner is told what each bears."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from math import inf
from typing import Annotated

import structlog
from pydantic import BaseModel, ConfigDict, Field

from layouts.wall import MAX_PIXELS
from wallserver.control.choice import Budget
from wallserver.control.display_load import (
    IN_A_ROW,
    NO_LOAD,
    SETTLED_S,
    Load,
    after_calm,
    after_report,
    after_restart,
    has_dropped_much,
)
from wallserver.control.planner import Bearing
from wallserver.control.plans import Plans

_log = structlog.get_logger(__name__)

# Of the fastest that a display's cable takes (gateway.pacing_mbps); the rest is for bursts and what is sent again.
_OF_CABLE = 0.8
_MUCH = 0.1  # more, or less; a tour's next camera is not
# A display may be another machine than before so often: each is another plan, of a tenth of a second of control's time.
_ANOTHER_S = 5.0

type _Side = Annotated[int, Field(ge=1, le=4 * MAX_PIXELS)]


class Machine(BaseModel):
    """What a display's page found out about its machine: decoders at a time, millions of decoded pixels a second, and
    its screen in device pixels."""

    model_config = ConfigDict(extra="ignore", frozen=True)  # a newer page may say more

    decoders: Annotated[int, Field(ge=1, le=1024)]
    mpixels_s: Annotated[float, Field(gt=0, le=1_000_000)]
    screen: tuple[_Side, _Side] | None = None


class DisplayMachines:
    """By display: its browser comes back with the same machine behind it.

    `clock` is monotonic, in seconds; what the next control is to know has its times by `now_ms` (Unix milliseconds).
    """

    def __init__(
        self,
        plans: Plans,
        cable_mbps: float,
        now_ms: Callable[[], int],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._plans = plans
        self._mbps = _OF_CABLE * cable_mbps
        self._clock = clock
        self._calendar_s = now_ms() / 1000 - clock()  # by so much the calendar is ahead of our clock
        self._machines: dict[str, Machine] = {}
        self._loads: dict[str, Load] = {}
        # When each began to decode much more, or much less, than before: what it reports of that time says little.
        self._changed_at: dict[str, float] = {}
        self._pixels_s: dict[str, float] = {}
        self._another_at: dict[str, float] = {}
        self._in_a_row: dict[str, int] = {}  # reports that say that much was dropped
        plans.listeners.append(self._plans_changed)

    def may_be(self, display: str, machine: Machine) -> bool:
        """Whether a display's page may be there on this machine already: not where it was on another one just now."""
        if self._machines.get(display) in {None, machine}:
            return True
        return self._clock() - self._another_at.get(display, -inf) >= _ANOTHER_S

    def said(self, display: str, machine: Machine) -> None:
        """A display's page is there, on this machine."""
        known, kept = self._machines.get(display), self._plans.bearing(display)
        if known != machine:
            self._another_at[display] = self._clock()
        self._machines[display] = machine
        if known is None and kept is not None:  # the control before us knew it
            self._loads[display] = after_restart(kept.load.by_clock(-self._calendar_s), self._clock())
            anew = (kept.budget, kept.screen) != (self._allowed(display), machine.screen)
        elif anew := known != machine:
            self._loads.pop(display, None)
        self._changed_at[display] = self._clock()  # its first pictures come all at once
        self._tell(display, anew=anew)

    def reported(self, display: str, frames: int, dropped: int) -> None:
        """What it decoded and what it dropped since its last report."""
        shown, now = self._plans.displays.get(display), self._clock()
        if shown is None or display not in self._machines:
            return
        before, stood_s = self._loads.get(display, NO_LOAD), now - self._changed_at.get(display, now)
        in_a_row = self._in_a_row.get(display, 0) + 1 if has_dropped_much(frames, dropped) else 0
        if in_a_row >= IN_A_ROW:
            in_a_row, stood_s = 0, max(stood_s, SETTLED_S)
        self._in_a_row[display] = in_a_row
        after = after_report(before, frames, dropped, shown.plan.cost, stood_s, now)
        if after != before:
            self._in_a_row[display] = 0
            _log.warning("a display drops pictures and gets less", display=display, frames=frames, dropped=dropped)
            self._loads[display] = after
            self._tell(display)

    def look(self) -> None:
        """Now and then: displays that have been calm for long enough get more again, and held cells are let go."""
        now = self._clock()
        for display, load in list(self._loads.items()):
            after = after_calm(load, now)
            if after != load:
                _log.info("a display gets more again", display=display, all=after.ceiling is None)
                self._loads[display] = after
                self._tell(display)
        self._plans.replan()

    def _forget(self, display: str) -> None:
        of_displays = (self._loads, self._changed_at, self._pixels_s, self._another_at, self._in_a_row)
        for known in (self._machines, *of_displays):
            known.pop(display, None)

    def _tell(self, display: str, *, anew: bool = False) -> None:
        load, screen = self._loads.get(display, NO_LOAD), self._machines[display].screen
        self._plans.bears(display, Bearing(self._allowed(display), screen, load.by_clock(self._calendar_s)), anew=anew)

    def _allowed(self, display: str) -> Budget:
        return self._loads.get(display, NO_LOAD).allowed(self._declared(display))

    def _declared(self, display: str) -> Budget:
        machine = self._machines[display]
        return Budget(machine.decoders, machine.mpixels_s * 1e6, self._mbps)

    def _plans_changed(self, displays: Iterable[str]) -> None:
        for display in displays:
            shown = self._plans.displays.get(display)
            if shown is None:
                self._forget(display)
                continue
            before, now = self._pixels_s.get(display, 0.0), shown.plan.cost.pixels_s
            if abs(now - before) > _MUCH * before:
                self._changed_at[display], self._pixels_s[display] = self._clock(), now
