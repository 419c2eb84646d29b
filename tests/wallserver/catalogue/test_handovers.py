"""Notes of shifts: left by one, confirmed once by another."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.clock import Ticking
from wallserver.catalogue import open_catalogue
from wallserver.catalogue.handovers import ConfirmationError, Handover
from wallserver.config import Settings


async def test_a_note_is_confirmed_once_by_somebody_else(settings: Settings) -> None:
    clock = Ticking()
    async with open_catalogue(settings, clock) as catalogue:
        notes = catalogue.handovers
        first = await notes.add("Kamera 3 dibersihkan.", "ani")
        clock.now = 2000
        second = await notes.add("Banjir di Mariso.", "ani")
        assert await notes.list(10) == [second, first]
        assert await notes.list(1) == [second]
        with pytest.raises(ConfirmationError, match="somebody else"):
            await notes.confirm(first.id, "ani")
        clock.now = 3000
        confirmed = Handover(first.id, "Kamera 3 dibersihkan.", "ani", 1000, "budi", 3000)
        assert await notes.confirm(first.id, "budi") == confirmed
        with pytest.raises(ConfirmationError, match="budi has confirmed"):
            await notes.confirm(first.id, "citra")
        assert await notes.list(10) == [second, confirmed]
        assert await notes.confirm("none", "budi") is None


async def test_of_two_who_confirm_at_once_one_did(settings: Settings) -> None:
    async with open_catalogue(settings) as catalogue:
        note = await catalogue.handovers.add("x", "ani")
        both = [catalogue.handovers.confirm(note.id, by) for by in ("budi", "citra")]
        results = await asyncio.gather(*both, return_exceptions=True)
        assert [isinstance(result, ConfirmationError) for result in results].count(True) == 1
