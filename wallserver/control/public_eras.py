"""The eras of the public's streams: whenever one shows something else than it did, what it showed is of the past.

An era is a number, in Unix milliseconds where the clock allows it, and always later than the one before it: no clock
that is set back, and nothing that ends by itself, may bring one back of which pictures are still about.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

type Shown = list[dict[str, Any]] | None
"""What is masked of a stream's camera, as JSON; None while it is not to be seen at all."""


class Eras:
    """By stream. A control that has just started goes on from what the bus has, by `resume`."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self._known: dict[str, tuple[Shown, int]] = {}

    def resume(self, stream: str, spec: dict[str, Any], withdrawn_ms: int) -> None:
        """The bus has this specification of it, by an earlier control: where nothing changed its era goes on.

        `withdrawn_ms`: until when it was not to be seen, if ever. An era from before that has ended, though the bus
        may not have heard of it.
        """
        cells, era = spec["cells"], int(spec["era"])
        if era < withdrawn_ms:
            era = max(era + 1, self._now_ms())
        self._known[stream] = cells[0]["masks"] if cells else None, era

    def of(self, stream: str, shown: Shown) -> int:
        """The era in which that is shown: a later one if it is not what was asked for last."""
        before, era = self._known.get(stream, (shown, 0))
        if era == 0 or before != shown:
            era = max(era + 1, self._now_ms())
            self._known[stream] = shown, era
        return era

    def forget_but(self, streams: Collection[str]) -> None:
        """Those of all others, which will not come again: a public id is used once."""
        for stream in self._known.keys() - set(streams):
            del self._known[stream]
